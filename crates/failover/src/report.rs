//! What a node says of itself, in its health body and in the answers to requests.

use std::sync::Arc;

use super::stats::Class;
use super::time::Timestamp;

/// A node's role in the Raft group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    Leader,
    Follower,
    Candidate,
    Learner,
}

impl Role {
    pub const ALL: [Self; 4] = [Self::Leader, Self::Follower, Self::Candidate, Self::Learner];

    /// The word that a health body has for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Leader => "leader",
            Self::Follower => "follower",
            Self::Candidate => "candidate",
            Self::Learner => "learner",
        }
    }
}

/// What a node's backend can do beyond the older one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Features {
    /// Writes may carry an idempotency key.
    pub idempotency_key: bool,
    /// Reads may name the index of the log that the answer has to include.
    pub min_index: bool,
    /// Events of a stream have ids, from which it can be resumed on another node.
    pub event_id: bool,
}

impl Features {
    /// What both can do.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            idempotency_key: self.idempotency_key && other.idempotency_key,
            min_index: self.min_index && other.min_index,
            event_id: self.event_id && other.event_id,
        }
    }
}

/// A health body. Every field is optional: the older backend says nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct HealthReport {
    pub role: Option<Role>,
    pub term: Option<u64>,
    pub leader_id: Option<u64>,
    pub node_id: Option<u64>,
    pub commit_index: Option<u64>,
    pub last_applied: Option<u64>,
    pub quorum: Option<bool>,
    pub cluster_id: Option<Arc<str>>,
    pub version: Option<Arc<str>>,
    pub features: Features,
}

/// Everything that one node is known to have said of itself.
#[derive(Debug, Default, Hash)]
pub(crate) struct Reported {
    /// Its last health body.
    pub health: Option<HealthReport>,
    /// Grows when what routing depends on changes: role, term, leader, identity, quorum.
    pub routing_changes: u32,
    /// The index of the log that it has applied, as it last said.
    pub applied: u64,
    stale_until: Option<Timestamp>,
}

impl Reported {
    /// Takes in a health body.
    pub fn receive(&mut self, report: HealthReport) {
        let routing =
            |report: &HealthReport| (report.role, report.term, report.leader_id, report.node_id, report.quorum);
        if self.health.as_ref().map(routing) != Some(routing(&report)) {
            self.routing_changes = self.routing_changes.wrapping_add(1);
        }
        self.has_applied(report.last_applied);
        self.health = Some(report);
    }

    /// Takes in an index of the log that came with an answer. One that is lower than before counts too: the node was
    /// restored from a backup.
    pub fn has_applied(&mut self, index: Option<u64>) {
        self.applied = index.unwrap_or(self.applied);
    }

    /// The node denied that it is the leader: what its last report said of that is out of date.
    pub fn denies_leadership(&mut self) {
        if let Some(health) = &mut self.health
            && health.role == Some(Role::Leader)
        {
            health.role = None;
            self.routing_changes = self.routing_changes.wrapping_add(1);
        }
    }

    /// The node answered that it is behind the read index: it is passed over until then.
    pub fn stale_until(&mut self, until: Timestamp) {
        self.stale_until = Some(until);
    }

    /// The node answered a request: it is not behind the read index.
    pub fn is_current(&mut self) {
        self.stale_until = None;
    }

    /// Whether it was behind the read index a moment ago.
    pub fn is_stale(&self, now: Timestamp) -> bool {
        self.stale_until.is_some_and(|until| until > now)
    }

    /// Whether it said that it has no quorum.
    pub fn lacks_quorum(&self) -> bool {
        self.health.as_ref().is_some_and(|health| health.quorum == Some(false))
    }

    /// Whether silence about a request of this class is explained: without a quorum no write is answered.
    pub fn explains_silence(&self, class: Class) -> bool {
        class == Class::Write && self.lacks_quorum()
    }
}
