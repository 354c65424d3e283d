//! State as a shape: each state differs from the others without its colour.

use leptos::prelude::*;

use crate::api_service::failover::node::NodeState;

/// The four points of a leader.
pub const DIAMOND: &str = "M8 1 15 8 8 15 1 8Z";

const RING: &str = "M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1Zm0 1.6a5.4 5.4 0 1 1 0 10.8A5.4 5.4 0 0 1 8 2.6Z";

/// The outline for `state`, in a box of 16 × 16, to be filled by the even-odd rule.
pub fn outline(state: NodeState) -> String {
    match state {
        // ✓ in a disc
        NodeState::Healthy => {
            "M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1ZM4.1 8.4l1.2-1.2L7 8.9l3.7-3.7 1.2 1.2L7 11.3Z".to_owned()
        }
        // ! in a triangle
        NodeState::Suspect => "M8 1.2 15.4 14.4H.6ZM7.2 5.8v4.3h1.6V5.8ZM7.2 11.2v1.6h1.6v-1.6Z".to_owned(),
        // ✕ in an octagon
        NodeState::Failed => "M5.1 1h5.8L15 5.1v5.8L10.9 15H5.1L1 10.9V5.1ZM4.6 5.8 6.8 8 4.6 10.2l1.2 1.2L8 9.2l2.2 2.2 1.2-1.2L9.2 8l2.2-2.2-1.2-1.2L8 6.8 5.8 4.6Z".to_owned(),
        // … in a ring
        NodeState::Probing => format!("{RING}M4.3 7.2h1.6v1.6H4.3Zm2.9 0h1.6v1.6H7.2Zm2.9 0h1.6v1.6h-1.6Z"),
        // ↑ in a ring
        NodeState::Recovering => format!("{RING}M8 4.1l3.3 3.3-1.1 1.1-1.4-1.4v4.8H7.2V7.1L5.8 8.5 4.7 7.4Z"),
        // ? in a ring
        NodeState::Unknown => format!(
            "{RING}M7.2 10.6h1.6v1.6H7.2ZM5.4 6.3a2.6 2.6 0 1 1 3.9 2.2c-.4.3-.5.5-.5.9v.4H7.2v-.5c0-1 .5-1.6 1.2-2A1.05 1.05 0 1 0 6.9 6.3Z"
        ),
    }
}

/// An icon of 16 × 16 from one outline. Said by the word beside it, so hidden from screen readers.
#[component]
pub fn Glyph(
    /// The outline, filled by the even-odd rule.
    #[prop(into)]
    outline: Signal<String>,
) -> impl IntoView {
    view! {
        <svg class="glyph" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false">
            <path fill="currentColor" fill-rule="evenodd" d=outline />
        </svg>
    }
}
