//! Which nodes are shown and in what order, and which of them are in the page. Pure.

use std::ops::Range;

use crate::api_service::failover::node::NodeState;

/// From this many nodes on the list can be filtered, shows the worst first, and keeps few rows in the page.
pub const MANY: usize = 24;

/// Rows kept in the page at once when there are many.
pub const ROWS_AT_MOST: usize = 60;

/// Rows kept above and below those that are seen, so that Tab and a quick scroll find something.
const OVERSCAN: usize = 4;

/// What the filter by state offers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StateFilter {
    #[default]
    All,
    Trouble,
    Healthy,
    Unknown,
}

impl StateFilter {
    /// In the order in which they are offered.
    pub const ALL: [Self; 4] = [Self::All, Self::Trouble, Self::Healthy, Self::Unknown];

    /// For the URL.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Trouble => "trouble",
            Self::Healthy => "healthy",
            Self::Unknown => "unknown",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|filter| filter.as_str() == text)
    }

    pub const fn admits(self, state: NodeState) -> bool {
        match self {
            Self::All => true,
            Self::Healthy => matches!(state, NodeState::Healthy),
            Self::Unknown => matches!(state, NodeState::Unknown),
            Self::Trouble => !matches!(state, NodeState::Healthy | NodeState::Unknown),
        }
    }
}

/// How much a state needs to be looked at: lower comes first.
const fn urgency(state: NodeState) -> u8 {
    match state {
        NodeState::Failed => 0,
        NodeState::Suspect => 1,
        NodeState::Probing => 2,
        NodeState::Recovering => 3,
        NodeState::Unknown => 4,
        NodeState::Healthy => 5,
    }
}

/// The indexes to show. With many nodes the worst come first; few keep the order of the configuration, which an
/// operator knows by heart. `matches` says whether the text of the filter is in a node's name or address.
pub fn ordered(states: &[NodeState], filter: StateFilter, matches: impl Fn(usize) -> bool) -> Vec<usize> {
    let mut shown: Vec<usize> =
        (0..states.len()).filter(|&index| filter.admits(states[index]) && matches(index)).collect();
    if states.len() >= MANY {
        shown.sort_by_key(|&index| urgency(states[index]));
    }
    shown
}

/// The rows, of `count`, that have to be in the page when the list is scrolled to `scroll` of its content. All three
/// lengths in CSS pixels.
pub fn window(count: usize, scroll: f64, height: f64, row_height: f64) -> Range<usize> {
    if count < MANY || row_height <= 0.0 {
        return 0..count;
    }
    let first = (scroll.max(0.0) / row_height) as usize;
    let seen = (height.max(0.0) / row_height).ceil() as usize + 1;
    let start = first.saturating_sub(OVERSCAN).min(count);
    let end = (first + seen + OVERSCAN).min(count).min(start + ROWS_AT_MOST);
    start..end
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_nodes_keep_the_order_of_the_configuration() {
        let states = [NodeState::Healthy, NodeState::Failed, NodeState::Healthy];
        assert_eq!(ordered(&states, StateFilter::All, |_| true), [0, 1, 2]);
    }

    #[test]
    fn of_many_nodes_the_worst_come_first() {
        let mut states = vec![NodeState::Healthy; 100];
        states[70] = NodeState::Failed;
        states[80] = NodeState::Suspect;
        states[90] = NodeState::Failed;
        assert_eq!(ordered(&states, StateFilter::All, |_| true)[..4], [70, 90, 80, 0]);
    }

    #[test]
    fn the_filter_by_state_and_the_text_both_have_to_let_a_node_through() {
        let states = [NodeState::Healthy, NodeState::Failed, NodeState::Recovering, NodeState::Unknown];
        assert_eq!(ordered(&states, StateFilter::Trouble, |index| index != 1), [2]);
        assert_eq!(ordered(&states, StateFilter::Healthy, |_| true), [0]);
        assert_eq!(ordered(&states, StateFilter::Unknown, |_| true), [3]);
    }

    #[test]
    fn few_rows_are_all_in_the_page_and_of_many_only_those_near_the_eye() {
        assert_eq!(window(3, 0.0, 600.0, 64.0), 0..3);
        assert_eq!(window(1_000, 0.0, 640.0, 64.0), 0..15);
        let middle = window(1_000, 32_000.0, 640.0, 64.0);
        assert_eq!(middle, 496..515);
        assert_eq!(window(1_000, 1e9, 640.0, 64.0), 1_000..1_000);
    }

    #[test]
    fn never_more_than_sixty_rows_are_in_the_page() {
        assert_eq!(window(1_000, 0.0, 100_000.0, 64.0).len(), ROWS_AT_MOST);
    }

    #[test]
    fn a_filter_is_read_back_from_the_url() {
        assert_eq!(StateFilter::ALL.map(|filter| StateFilter::parse(filter.as_str())), StateFilter::ALL.map(Some));
        assert_eq!(StateFilter::parse("broken"), None);
    }
}
