//! Causal broadcast between the nodes.

use tokio::sync::broadcast;

use crate::wire::Delivery;

/// Deliveries that a stream may be behind.
const DELIVERIES_WAITING: usize = 256;

/// This node's side of the broadcast.
pub struct Vcube {
    deliveries: broadcast::Sender<Delivery>,
}

impl Default for Vcube {
    fn default() -> Self {
        Self { deliveries: broadcast::Sender::new(DELIVERIES_WAITING) }
    }
}

impl Vcube {
    /// What is delivered here from now on.
    pub fn deliveries(&self) -> broadcast::Receiver<Delivery> {
        self.deliveries.subscribe()
    }
}
