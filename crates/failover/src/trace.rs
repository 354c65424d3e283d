//! The attempts of a call, as its caller may read them.

use std::hash::{Hash, Hasher};
use std::sync::Arc;
use std::time::Duration;

use super::ids::AttemptId;
use super::outcome::FailureReason;

/// One attempt of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceStep {
    pub attempt: AttemptId,
    pub node: Arc<str>,
    pub why: Why,
    /// After the call was submitted.
    pub started_after: Duration,
    /// After the call was submitted. `None` while the attempt is out, or when it was given up because another answered.
    pub ended_after: Option<Duration>,
    /// Why it was not the answer, if it was not.
    pub reason: Option<FailureReason>,
}

/// Why an attempt was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Why {
    First,
    /// The attempt before it failed, or its node could not serve the call.
    Moved,
    /// The node of the attempt before it is not trusted any more.
    Rescued,
    /// The node of the attempt before it is slower than usual.
    Hedged,
    /// The node asked before was not the leader.
    LeaderHop,
    /// The key was being applied there: asked again.
    AskedAgain,
}

/// The attempts of a call, in the order in which they began. Nearly every call has one: it needs no list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trace {
    first: Option<TraceStep>,
    more: Vec<TraceStep>,
}

impl Trace {
    pub fn push(&mut self, step: TraceStep) {
        match self.first {
            None => self.first = Some(step),
            Some(_) => self.more.push(step),
        }
    }

    pub fn len(&self) -> usize {
        usize::from(self.first.is_some()) + self.more.len()
    }

    pub fn is_empty(&self) -> bool {
        self.first.is_none()
    }

    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &TraceStep> {
        self.first.iter().chain(&self.more)
    }

    pub fn last(&self) -> Option<&TraceStep> {
        self.more.last().or(self.first.as_ref())
    }

    /// The step of this attempt.
    pub fn find(&self, attempt: AttemptId) -> Option<&TraceStep> {
        self.iter().find(|step| step.attempt == attempt)
    }

    /// Notes when, and with what, an attempt ended.
    pub(crate) fn close(&mut self, attempt: AttemptId, reason: Option<FailureReason>, ended_after: Duration) {
        if let Some(step) = self.first.iter_mut().chain(&mut self.more).find(|step| step.attempt == attempt) {
            step.ended_after = Some(ended_after);
            step.reason = reason;
        }
    }
}

impl Hash for Trace {
    /// How long the attempts took is for the reader alone.
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_usize(self.len());
        for TraceStep { attempt, node, why, started_after: _, ended_after: _, reason: _ } in self.iter() {
            (attempt, node, why).hash(state);
        }
    }
}

impl FromIterator<TraceStep> for Trace {
    fn from_iter<I: IntoIterator<Item = TraceStep>>(steps: I) -> Self {
        let mut trace = Self::default();
        steps.into_iter().for_each(|step| trace.push(step));
        trace
    }
}
