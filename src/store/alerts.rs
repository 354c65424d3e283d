//! What reaches an operator who does not look at the page: a notification of the browser, and a mark on the tab's icon.
//! Off until it is asked for.

use codee::string::FromToStringCodec;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_use_storage::use_local_storage;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Notification, NotificationOptions, NotificationPermission};

use crate::api_service::ApiService;
use crate::api_service::failover::ClusterMode;
use crate::lock::Lock;
use crate::store::cluster::{ClusterStore, Overview};

/// Under this name the choice is kept in the browser.
const STORAGE_KEY: &str = "vcube.alerts";
const ON: &str = "on";
const OFF: &str = "off";

/// The tab that holds the lock of this name watches while it is hidden. Where there are no locks (plain http) there are
/// no notifications either.
const LOCK: &str = "vcube.alerts";

/// A notification takes the place of the one before: the state now is what counts.
const TAG: &str = "vcube-cluster";

/// What changed, as far as it is worth disturbing somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alert {
    /// Fewer nodes are healthy than before.
    NodeFailed,
    /// No node answers, or those that do have no quorum.
    NoQuorum,
    /// Every node is healthy again.
    Back,
}

/// The alert that the change from `before` to `after` is worth. Nothing before the first answers, and nothing twice.
pub fn alert(before: &Overview, after: &Overview) -> Option<Alert> {
    let unknown = |overview: &Overview| overview.healthy == 0 && overview.usable == overview.listed;
    if unknown(before) || after.total == 0 {
        return None;
    }
    let lost =
        |overview: &Overview| matches!(overview.mode, ClusterMode::Outage { .. }) || overview.quorum == Some(false);
    match (lost(before), lost(after)) {
        (false, true) => Some(Alert::NoQuorum),
        (true, true) => None,
        _ if after.failed > before.failed => Some(Alert::NodeFailed),
        _ if after.healthy == after.total && before.healthy < before.total => Some(Alert::Back),
        _ => None,
    }
}

/// Whether alerts are on. A handle: copy it freely.
#[derive(Clone, Copy, Debug)]
pub struct Alerts {
    /// [`ON`], or another word.
    choose: WriteSignal<String>,
    on: Signal<bool>,
}

impl Alerts {
    /// As it was chosen before, when the browser still allows it.
    pub fn from_browser() -> Self {
        let (chosen, choose, _) = use_local_storage::<String, FromToStringCodec>(STORAGE_KEY);
        let on = Memo::new(move |_| chosen.with(|chosen| chosen == ON) && Self::allowed());
        Self { choose, on: on.into() }
    }

    fn allowed() -> bool {
        Self::offered() && Notification::permission() == NotificationPermission::Granted
    }

    /// Whether this browser has notifications at all: on plain http it has none but on localhost.
    pub fn offered() -> bool {
        js_sys::Reflect::has(&js_sys::global(), &"Notification".into()).unwrap_or(false)
    }

    pub const fn on(self) -> Signal<bool> {
        self.on
    }

    pub fn turn_off(self) {
        self.choose.set(OFF.to_owned());
    }

    /// Asks the person for permission; `refused` is called when there is none.
    pub fn turn_on(self, refused: impl FnOnce() + 'static) {
        spawn_local(async move {
            if !Self::allowed()
                && Self::offered()
                && let Ok(asked) = Notification::request_permission()
            {
                // Whatever came of it, the permission is what counts.
                let _ = JsFuture::from(asked).await;
            }
            if Self::allowed() {
                self.choose.set(ON.to_owned());
            } else {
                refused();
            }
        });
    }

    /// Keeps watch while the page is hidden, for as long as alerts are on and `wanted`; of all tabs of the browser one
    /// does. Until the current owner is gone.
    pub fn watch_while_hidden(self, api: ApiService, wanted: Signal<bool>) {
        let claim = StoredValue::new_local(None::<Lock>);
        let worth = Memo::new(move |_| self.on.get() && wanted.get());
        Effect::new(move |before: Option<bool>| {
            let now = worth.get();
            if now {
                claim.set_value(Lock::claim(LOCK, move || api.watch_while_hidden(true)));
            } else if before == Some(true) {
                claim.set_value(None);
                api.watch_while_hidden(false);
            }
            now
        });
    }

    /// From now on, notifies of every change of the cluster that is worth it, in the words of `sentence`; it gives
    /// none when nobody is there who is to know.
    pub fn watch(self, cluster: ClusterStore, sentence: impl Fn(Alert, &Overview) -> Option<String> + 'static) {
        let overview = cluster.overview();
        Effect::watch(
            move || overview.get(),
            move |after, before, _| {
                let worth = before.and_then(|before| alert(before, after)).filter(|_| self.on.get_untracked());
                if let Some(text) = worth.and_then(|found| sentence(found, after)) {
                    notify(&text);
                }
            },
            false,
        );
        Effect::new(move |_| mark_icon(self.on.get() && overview.with(|overview| overview.failed > 0)));
    }
}

/// By hand: `use_web_notification` of leptos-use 0.20 asks for permission as soon as it is made, wanted or not, and panics
/// where a browser has notifications for service workers only (Chrome on Android).
fn notify(text: &str) {
    let options = NotificationOptions::new();
    options.set_tag(TAG);
    options.set_body(text);
    // Refused when the permission was revoked meanwhile: then nobody wants to be disturbed.
    let _ = Notification::new_with_options("VCube-Raft", &options);
}

/// The tab's icon as it is in the page, kept while a marked one is shown.
fn mark_icon(marked: bool) {
    let Some(link) = document().query_selector("link[rel=icon]").ok().flatten() else { return };
    const PLAIN: &str = "data-plain";
    let plain = link.get_attribute(PLAIN).or_else(|| link.get_attribute("href")).unwrap_or_default();
    let shown = if marked { MARKED_ICON } else { &plain };
    // Refused only for an invalid attribute name.
    let _ = link.set_attribute(PLAIN, &plain);
    let _ = link.remove_attribute("integrity");
    let _ = link.set_attribute("href", shown);
}

/// The cube with a disc in the colour of a failed node.
const MARKED_ICON: &str = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 24 24'%3E%3Cpath d='M12 2 21 7v10l-9 5-9-5V7Zm0 0v10m9-5-9 5m-9-5 9 5m0 0v10' fill='none' stroke='%231f4fd8' stroke-width='1.6' stroke-linejoin='round'/%3E%3Ccircle cx='18' cy='6' r='6' fill='%23c4122d' stroke='%23fff' stroke-width='1.5'/%3E%3C/svg%3E";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api_service::failover::Timestamp;

    fn overview(healthy: usize, failed: usize) -> Overview {
        let mode = if healthy == 0 && failed == 3 {
            ClusterMode::Outage { since: Timestamp::ZERO, next_try: None }
        } else {
            ClusterMode::Normal
        };
        Overview {
            healthy,
            failed,
            total: 3,
            listed: 3,
            foreign: 0,
            usable: 3 - failed,
            quorum: None,
            current: None,
            current_role: None,
            preferred: None,
            preferred_state: None,
            term: None,
            highest_commit: None,
            mode,
            last_move: None,
            local_fault: None,
            required: None,
        }
    }

    #[test]
    fn a_node_that_fails_is_worth_an_alert_and_the_first_answers_are_not() {
        assert_eq!(alert(&overview(3, 0), &overview(2, 1)), Some(Alert::NodeFailed));
        assert_eq!(alert(&overview(0, 0), &overview(2, 1)), None);
        assert_eq!(alert(&overview(2, 1), &overview(2, 1)), None);
    }

    #[test]
    fn an_outage_is_told_once_and_the_return_of_the_last_node_too() {
        assert_eq!(alert(&overview(1, 2), &overview(0, 3)), Some(Alert::NoQuorum));
        assert_eq!(alert(&overview(0, 3), &overview(0, 3)), None);
        assert_eq!(alert(&overview(0, 3), &overview(1, 2)), None);
        assert_eq!(alert(&overview(2, 1), &overview(3, 0)), Some(Alert::Back));
    }
}
