//! What goes into the core and what comes out of it.

use std::sync::Arc;

use super::call::{CallSpec, Completion};
use super::ids::{AttemptId, CallId, NodeId};
use super::outcome::Reply;
use super::report::HealthReport;
use super::stats::Check;

/// What the driver reports to the core.
#[derive(Clone, Debug)]
pub enum Event {
    /// A page wants something.
    Submit { call: CallId, spec: CallSpec },
    /// The page does not want it any more.
    Cancel { call: CallId },
    /// The headers of an attempt's answer arrived; its body is still being read.
    HeadersCame { attempt: AttemptId },
    /// An attempt ended: its answer was read to the end of the body, or there was none.
    AttemptEnded { attempt: AttemptId, reply: Reply },
    /// A health check ended. `report` is what its body said, if it could be read.
    ProbeEnded { probe: AttemptId, reply: Reply, report: Option<HealthReport> },
    /// The control fetch of the page's own origin ended: with any answer at all, or with none.
    ControlEnded { control: AttemptId, reached: bool },
    /// The browser says that it has, or has no, network.
    Online { online: bool },
    /// The page was shown or hidden.
    Visibility { visible: bool },
    /// The time that [`Failover::next_wakeup`](super::Failover::next_wakeup) named has come.
    Tick,
}

/// What the core tells the driver to do.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Send `call` to the node at `url`.
    StartAttempt { call: CallId, attempt: AttemptId, node: NodeId, url: Arc<str>, ignore_read_index: bool },
    /// Cancel this attempt: nobody waits for it any more.
    AbortAttempt { attempt: AttemptId },
    /// Check the health of the node at `url`.
    StartProbe { probe: AttemptId, node: NodeId, url: Arc<str> },
    /// Cancel this health check: it took too long, or nobody waits for it any more.
    AbortProbe { probe: AttemptId },
    /// Every node that answers is behind what the page has seen: it must not ask for more than `freshest`, which the
    /// freshest of them has applied.
    GiveUpReadIndex { freshest: u64 },
    /// The operator follows another cluster: what the page has seen of the old one's log means nothing any more.
    ForgetReadIndex,
    /// A health check ended: whoever waits for it can go on.
    CheckEnded { node: NodeId, check: Check },
    /// The node was removed from the list: nobody should wait for a check of it.
    CheckDropped { node: NodeId },
    /// Fetch something small from the page's own origin, past every cache.
    StartControl { control: AttemptId },
    /// Cancel this control fetch: it took too long.
    AbortControl { control: AttemptId },
    /// The call ended.
    Complete { call: CallId, completion: Completion },
}
