//! What the broadcast costs here, and what the other way would.

use std::collections::VecDeque;

use super::tree::Sent;
use crate::store::NodeId;
use crate::wire::BroadcastFigures;

/// Figures kept for each history.
const FIGURES_KEPT: usize = 300;

/// The last figures of a kind, oldest first.
#[derive(Default)]
struct History(VecDeque<f64>);

impl History {
    fn add(&mut self, figure: f64) {
        self.0.push_back(figure);
        if self.0.len() > FIGURES_KEPT {
            self.0.pop_front();
        }
    }

    fn all(&self) -> Vec<f64> {
        self.0.iter().copied().collect()
    }

    fn mean(&self) -> Option<f64> {
        (!self.0.is_empty()).then(|| self.0.iter().sum::<f64>() / self.0.len() as f64)
    }
}

#[derive(Default)]
pub(super) struct Figures {
    /// Milliseconds from broadcast to delivery.
    latencies: History,
    /// Percent of the bytes sent that are causal metadata, one figure for each second in which a message was sent.
    overheads: History,
    metadata_bytes: u64,
    bytes: u64,
    /// Bytes of causal metadata of each own message, and what a vector clock would have taken.
    metadata: History,
    vector_clocks: History,
    /// How many times each own message was sent until all had it, and over how many hops.
    messages: History,
    depths: History,
    last: Sent,
}

impl Figures {
    /// A message of this node was made.
    pub fn made(&mut self, metadata_bytes: u64, vector_clock_bytes: u64) {
        self.metadata.add(metadata_bytes as f64);
        self.vector_clocks.add(vector_clock_bytes as f64);
    }

    /// All correct nodes have a message of this node, the root at `root`.
    pub fn finished(&mut self, root: usize, sent: Sent) {
        self.messages.add(f64::from(sent.messages));
        self.depths.add(sent.depth(root) as f64);
        self.last = sent;
    }

    /// So many bytes were sent, of which so many are causal metadata. What was not taken counts as well.
    pub fn sent(&mut self, metadata_bytes: u64, bytes: u64) {
        self.metadata_bytes += metadata_bytes;
        self.bytes += bytes;
    }

    pub fn delivered(&mut self, latency_ms: f64) {
        self.latencies.add(latency_ms);
    }

    pub fn sample(&mut self) {
        // Seconds in which nothing but answers was sent belong to the next message.
        if self.metadata_bytes > 0 {
            let (metadata, bytes) = (std::mem::take(&mut self.metadata_bytes), std::mem::take(&mut self.bytes));
            self.overheads.add(metadata as f64 * 100.0 / bytes as f64);
        }
    }

    pub fn latencies(&self) -> Vec<f64> {
        self.latencies.all()
    }

    pub fn overheads(&self) -> Vec<f64> {
        self.overheads.all()
    }

    /// For the contract; `ids` are the nodes by their places in the cube.
    pub fn told(&self, way: &str, ids: &[NodeId]) -> BroadcastFigures {
        let id = |place: usize| ids.get(place).copied();
        BroadcastFigures {
            way: way.to_owned(),
            metadata_bytes: self.metadata.mean(),
            vector_clock_bytes: self.vector_clocks.mean(),
            messages: self.messages.mean(),
            depth: self.depths.mean(),
            all_to_all_messages: ids.len().saturating_sub(1) as u64,
            tree: self.last.tree.iter().filter_map(|(from, to)| Some((id(*from)?, id(*to)?))).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_are_means_and_the_last_tree_and_nothing_of_nothing() {
        let mut figures = Figures::default();
        let nothing = figures.told("tree", &[0, 1, 2]);
        assert_eq!((nothing.metadata_bytes, nothing.messages, nothing.all_to_all_messages), (None, None, 2));
        figures.made(10, 40);
        figures.made(20, 60);
        figures.finished(0, Sent { messages: 2, tree: vec![(0, 1), (0, 2)] });
        figures.finished(0, Sent { messages: 3, tree: vec![(0, 2), (2, 1)] });
        let told = figures.told("tree", &[0, 4, 7]);
        assert_eq!((told.metadata_bytes, told.vector_clock_bytes), (Some(15.0), Some(50.0)));
        assert_eq!((told.messages, told.depth, told.tree), (Some(2.5), Some(1.5), vec![(0, 7), (7, 4)]));
    }

    #[test]
    fn the_overhead_of_a_second_is_that_of_all_that_was_sent_in_it() {
        let mut figures = Figures::default();
        figures.sample();
        assert!(figures.overheads().is_empty());
        figures.sent(0, 50);
        figures.sample();
        figures.sent(20, 50);
        figures.sample();
        assert_eq!(figures.overheads(), [20.0]);
        (0..2 * FIGURES_KEPT).for_each(|_| figures.delivered(1.0));
        assert_eq!(figures.latencies().len(), FIGURES_KEPT);
    }
}
