//! Callers that wait for the next health check of some nodes.

use futures_channel::oneshot;

use crate::api_service::failover::{Check, NodeId};

/// A caller that waits until each of these nodes was checked.
struct CheckWaiter {
    nodes: Vec<NodeId>,
    last: Option<Check>,
    sender: oneshot::Sender<Option<Check>>,
}

/// Every caller that waits for checks.
#[derive(Default)]
pub(super) struct CheckWaiters(Vec<CheckWaiter>);

impl CheckWaiters {
    /// Resolves when each of `nodes` was checked once more, with the check of the last one to end.
    pub fn wait_for(&mut self, nodes: Vec<NodeId>) -> oneshot::Receiver<Option<Check>> {
        let (sender, receiver) = oneshot::channel();
        self.0.push(CheckWaiter { nodes, last: None, sender });
        receiver
    }

    /// A check of `node` ended; `None`: the node is gone, and no check of it will come.
    pub fn ended(&mut self, node: NodeId, check: Option<Check>) {
        for waiter in &mut self.0 {
            let waited = waiter.nodes.len();
            waiter.nodes.retain(|awaited| *awaited != node);
            if waiter.nodes.len() < waited {
                waiter.last = check.or(waiter.last);
            }
        }
        for waiter in self.0.extract_if(.., |waiter| waiter.nodes.is_empty()) {
            // An error here means that the caller has left. Nobody is woken before the executor's next turn.
            let _ = waiter.sender.send(waiter.last);
        }
    }
}
