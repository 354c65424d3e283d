//! The refresh of the monitor: one at a time, by itself or at the operator's wish.

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::interval::{Interval, use_interval};
use crate::api_service::ApiService;
use crate::api_service::failover::Timestamp;
use crate::hooks::{use_polling, use_visibility};
use crate::i18n::Lang;
use crate::i18n::monitor::monitor;
use crate::words::age;

/// A handle: copy it freely.
#[derive(Clone, Copy)]
pub struct Refresh {
    /// What was picked; kept in the browser.
    pub interval: RwSignal<Interval>,
    /// Whether a round of checks is under way.
    pub under_way: RwSignal<bool>,
    ended: RwSignal<Option<Timestamp>>,
    visible: Signal<bool>,
}

impl Refresh {
    /// Begins: a round of checks now, and again after each interval while it is on and the page is visible.
    pub fn start(api: ApiService, default_ms: u32) -> Self {
        let interval = use_interval(default_ms);
        let refresh =
            Self { interval, under_way: RwSignal::new(false), ended: RwSignal::new(None), visible: use_visibility() };
        let pause_ms = Memo::new(move |_| interval.get().pause_ms());
        use_polling(pause_ms, move || refresh.round(api));
        refresh
    }

    /// Asks for a round now. While one is under way this is the same round.
    pub fn now(self, api: ApiService) {
        if !self.under_way.get_untracked() {
            spawn_local(self.round(api));
        }
    }

    async fn round(self, api: ApiService) {
        self.under_way.set(true);
        api.perform_health_check().await;
        // The page may have been left meanwhile.
        if self.under_way.try_set(false).is_none() {
            self.ended.set(Some(api.now()));
        }
    }

    /// Why nothing is refreshed by itself, else how old the last refresh is.
    pub fn note(self, lang: Signal<Lang>, now: Signal<Timestamp>) -> Signal<String> {
        Memo::new(move |_| {
            let text = monitor(lang.get());
            if !self.visible.get() {
                text.paused_hidden.to_owned()
            } else if !self.interval.get().on {
                text.paused_off.to_owned()
            } else {
                self.ended.get().map_or_else(String::new, |at| age(lang.get(), now.get().since(at)))
            }
        })
        .into()
    }
}
