//! Something done again and again, never twice at a time.

use std::future::Future;
use std::pin::pin;

use futures_util::future::select;
use gloo_timers::future::TimeoutFuture;
use leptos::prelude::*;
use leptos::task::spawn_local_scoped_with_cancellation;

use super::wake::Bell;
use super::{PageRefresh, use_visibility};

/// A handle to a polling: copy it freely.
#[derive(Clone, Copy)]
pub struct Polling {
    bell: StoredValue<Bell, LocalStorage>,
    running: RwSignal<bool>,
}

impl Polling {
    /// Polls now; right after the run under way when there is one, since that one may have begun too early.
    pub fn poll_now(self) {
        self.bell.try_with_value(Bell::ring);
    }

    /// Whether a run is under way.
    pub fn running(self) -> Signal<bool> {
        self.running.into()
    }
}

/// Runs `poll` now, and again `pause_ms` milliseconds after each run has *ended*, until the owner is cleaned up.
///
/// - Runs never overlap. Cleaning up drops the run under way, and dropping it aborts its fetch.
/// - While the page is hidden nothing runs; once it is shown again a run follows at once.
/// - A refresh of the whole page ([`PageRefresh`] in context) is one of this polling too.
/// - A pause of 0 rests until [`Polling::poll_now`], or until the pause changes.
pub fn use_polling<Fut>(pause_ms: impl Into<Signal<u32>>, poll: impl Fn() -> Fut + 'static) -> Polling
where
    Fut: Future<Output = ()> + 'static,
{
    let pause_ms = pause_ms.into();
    let visible = use_visibility();
    let bell = Bell::default();
    let polling = Polling { bell: StoredValue::new_local(bell.clone()), running: RwSignal::new(false) };

    let page = use_context::<PageRefresh>();
    let changed = bell.clone();
    // A new pause, a page that is shown again, or one whose refresh is asked for, ends the rest. The first run of the effect is no change.
    Effect::new(move |before: Option<(u32, bool, Option<u32>)>| {
        let now = (pause_ms.get(), visible.get(), page.map(PageRefresh::asked));
        if before.is_some_and(|before| before != now) {
            changed.ring();
        }
        now
    });

    spawn_local_scoped_with_cancellation(async move {
        loop {
            while !visible.get_untracked() {
                bell.rung().await;
            }
            bell.hush();
            polling.running.set(true);
            let run = page.map(PageRefresh::run);
            poll().await;
            drop(run);
            // The owner may have gone while the run ended.
            if polling.running.try_set(false).is_some() {
                return;
            }
            match pause_ms.get_untracked() {
                0 => bell.rung().await,
                pause => {
                    select(TimeoutFuture::new(pause), pin!(bell.rung())).await;
                }
            }
        }
    });
    polling
}
