//! The last checks of a node as a bar chart of one line. A failed check is a bar of full height with a gap in it: it
//! differs from an answered one without its colour.

use std::fmt::Write;

use leptos::ev::{KeyboardEvent, PointerEvent};
use leptos::prelude::*;

use crate::api_service::failover::Check;
use crate::api_service::failover::policy::CHECKS_KEPT;

/// Width of a bar with the gap after it, and of the bar alone, in units of the drawing.
const STEP: usize = 5;
const BAR: usize = 4;
/// Height of the drawing in units.
const HEIGHT: u32 = 20;
/// Height of the quickest answer.
const LOWEST: u32 = 5;

/// The drawing: outlines of the answered checks and of the failed ones.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bars {
    pub answered: String,
    pub failed: String,
}

/// Draws `checks`, oldest first, the newest at the right edge.
pub fn bars(checks: &[Check]) -> Bars {
    let mut drawn = Bars::default();
    let shown = checks.len().min(CHECKS_KEPT);
    let first = CHECKS_KEPT - shown;
    for (slot, check) in (first..).zip(&checks[checks.len() - shown..]) {
        match check.result {
            Ok(latency) => {
                // Each doubling of the latency above half a millisecond is one unit more.
                let doublings = (latency.as_micros() / 500 + 1).ilog2();
                let height = (LOWEST + doublings).min(HEIGHT - 4);
                bar(&mut drawn.answered, slot, HEIGHT - height, HEIGHT);
            }
            Err(_) => {
                bar(&mut drawn.failed, slot, 0, HEIGHT - 8);
                bar(&mut drawn.failed, slot, HEIGHT - 5, HEIGHT);
            }
        }
    }
    drawn
}

fn bar(path: &mut String, slot: usize, top: u32, bottom: u32) {
    let left = slot * STEP;
    // Writing to a string cannot fail.
    let _ = write!(path, "M{left} {top}h{BAR}V{bottom}h-{BAR}Z");
}

/// The check under a pointer `share` (0 to 1) of the way across the bar. `None` over an empty place.
fn check_at(share: f64, checks: usize) -> Option<usize> {
    let slot = (share.clamp(0.0, 0.999) * CHECKS_KEPT as f64) as usize;
    slot.checked_sub(CHECKS_KEPT - checks.min(CHECKS_KEPT))
}

/// Where the selection goes on a key, counted from the oldest check. `None` for a key that is not ours.
fn moved(selected: Option<usize>, checks: usize, key: &str) -> Option<usize> {
    let last = checks.checked_sub(1)?;
    let selected = selected.unwrap_or(last).min(last);
    match key {
        "ArrowLeft" | "ArrowDown" => Some(selected.saturating_sub(1)),
        "ArrowRight" | "ArrowUp" => Some((selected + 1).min(last)),
        "Home" => Some(0),
        "End" => Some(last),
        _ => None,
    }
}

/// The bar. One tab stop; arrow keys, Home and End step through the checks, the pointer points at them.
#[component]
pub fn CheckBar(
    /// The drawing.
    #[prop(into)]
    bars: Signal<Bars>,
    /// How many checks there are.
    #[prop(into)]
    count: Signal<usize>,
    /// What the bar is, for a screen reader.
    #[prop(into)]
    label: Signal<String>,
    /// All checks in one sentence, shown while none is selected.
    #[prop(into)]
    summary: Signal<String>,
    /// One check in words, counted from the oldest.
    #[prop(into)]
    describe: Callback<usize, String>,
) -> impl IntoView {
    let selected = RwSignal::new(None::<usize>);
    let shown = Memo::new(move |_| match selected.get() {
        Some(index) if index < count.get() => describe.run(index),
        _ => summary.get(),
    });
    let on_key = move |event: KeyboardEvent| {
        if let Some(index) = moved(selected.get_untracked(), count.get_untracked(), &event.key()) {
            event.prevent_default();
            selected.set(Some(index));
        }
    };
    let on_point = move |event: PointerEvent| {
        let target: web_sys::Element = event_target(&event);
        let width = f64::from(target.client_width().max(1));
        selected.set(check_at(f64::from(event.offset_x()) / width, count.get_untracked()));
    };
    // Places are counted from the left edge, empty ones included: the newest check is always at the last, so that a new
    // one changes nothing that a screen reader was told.
    let position = move || selected.get().map_or(CHECKS_KEPT, |index| CHECKS_KEPT - count.get() + index + 1);
    let mark = move || {
        let (index, count) = (selected.get()?, count.get());
        (index < count).then(|| format!("M{} 0h{BAR}V{HEIGHT}h-{BAR}Z", (CHECKS_KEPT - count + index) * STEP))
    };
    view! {
        <div class="checks">
            <div
                class="check-bar"
                role="slider"
                tabindex="0"
                aria-readonly="true"
                aria-label=label
                aria-valuemin="1"
                aria-valuemax=CHECKS_KEPT
                aria-valuenow=position
                aria-valuetext=move || selected.get().map(|_| shown.get())
                on:keydown=on_key
                on:focus=move |_| selected.set(count.get_untracked().checked_sub(1))
                on:blur=move |_| selected.set(None)
                on:pointermove=on_point
                on:pointerleave=move |_| selected.set(None)
            >
                <svg viewBox="0 0 249 20" preserveAspectRatio="none" aria-hidden="true" focusable="false">
                    <path class="bar-empty" d="M0 19H249" />
                    <path class="bar-ok" d=move || bars.with(|bars| bars.answered.clone()) />
                    <path class="bar-down" d=move || bars.with(|bars| bars.failed.clone()) />
                    <path class="bar-selected" d=mark />
                </svg>
            </div>
            <span class="check-text">{shown}</span>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api_service::failover::{Duration, FailureReason, Timestamp};

    fn check(result: Result<u64, FailureReason>) -> Check {
        Check { at: Timestamp::ZERO, result: result.map(Duration::from_millis) }
    }

    #[test]
    fn the_newest_check_stands_at_the_right_edge() {
        let drawn = bars(&[check(Ok(1))]);
        assert!(drawn.answered.starts_with("M245 "), "{}", drawn.answered);
        assert_eq!(drawn.answered.matches('M').count(), 1);
    }

    #[test]
    fn a_slow_answer_is_a_higher_bar_and_never_as_high_as_a_failure() {
        let top = |millis| bars(&[check(Ok(millis))]).answered.split(['M', ' ', 'h']).nth(2).map(str::to_owned);
        assert_eq!(top(1), Some("14".to_owned()));
        assert_eq!(top(100), Some("8".to_owned()));
        assert_eq!(top(60_000), Some("4".to_owned()));
        assert!(bars(&[check(Err(FailureReason::Network))]).failed.starts_with("M245 0h"));
    }

    #[test]
    fn keys_step_through_the_checks_and_stop_at_the_ends() {
        assert_eq!(moved(None, 3, "ArrowLeft"), Some(1));
        assert_eq!(moved(Some(0), 3, "ArrowLeft"), Some(0));
        assert_eq!(moved(Some(2), 3, "ArrowRight"), Some(2));
        assert_eq!(moved(Some(2), 3, "Home"), Some(0));
        assert_eq!(moved(Some(0), 3, "Tab"), None);
        assert_eq!(moved(None, 0, "End"), None);
    }

    #[test]
    fn the_pointer_finds_the_check_under_it_and_nothing_over_an_empty_place() {
        assert_eq!(check_at(1.0, 2), Some(1));
        assert_eq!(check_at(0.97, 2), Some(0));
        assert_eq!(check_at(0.5, 2), None);
        assert_eq!(check_at(0.0, CHECKS_KEPT), Some(0));
    }
}
