//! What the page has to say: notices that a person sees, and sentences that a screen reader speaks.

use std::sync::Arc;
use std::time::Duration;

use leptos::leptos_dom::helpers::TimeoutHandle;
use leptos::prelude::*;

/// Sentences about what happens in the background are spoken this often at most.
const BACKGROUND_PAUSE: Duration = Duration::from_secs(5);

/// More notices than this at once help nobody: the oldest without an action goes first.
const NOTICES_AT_MOST: usize = 5;

/// What a notice is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoticeKind {
    Info,
    Success,
    Error,
}

/// Something that a notice offers to do.
#[derive(Clone)]
pub struct NoticeAction {
    /// `None`: the word for "undo" of the language in use.
    pub label: Option<String>,
    run: Arc<dyn Fn() + Send + Sync>,
}

/// One notice. It never changes once it is shown.
#[derive(Clone)]
pub struct Notice {
    /// Counts up for the life of the page.
    pub id: u64,
    pub kind: NoticeKind,
    pub text: String,
    pub action: Option<NoticeAction>,
}

impl Notice {
    /// A notice that carries an action or an error stays until it is dismissed.
    pub fn stays(&self) -> bool {
        self.action.is_some() || self.kind == NoticeKind::Error
    }
}

/// A handle to the notices of the page: copy it freely.
#[derive(Clone, Copy)]
pub struct NoticeStore {
    shown: RwSignal<Vec<Notice>>,
    next_id: StoredValue<u64>,
    status: RwSignal<String>,
    alert: RwSignal<String>,
    /// [`NoticeStore::status`] and [`NoticeStore::alert`] for readers.
    regions: (Signal<String>, Signal<String>),
    background: StoredValue<Background, LocalStorage>,
}

/// What waits to be spoken about the background.
#[derive(Default)]
struct Background {
    waiting: Option<String>,
    resting: Option<TimeoutHandle>,
}

impl Default for NoticeStore {
    fn default() -> Self {
        let (status, alert) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
        Self {
            shown: RwSignal::new(Vec::new()),
            next_id: StoredValue::new(0),
            status,
            alert,
            regions: (status.into(), alert.into()),
            background: StoredValue::new_local(Background::default()),
        }
    }
}

impl NoticeStore {
    /// Oldest first.
    pub fn shown(self) -> RwSignal<Vec<Notice>> {
        self.shown
    }

    /// The identities of [`NoticeStore::shown`].
    pub fn shown_ids(self) -> Vec<u64> {
        self.shown.with(|shown| shown.iter().map(|notice| notice.id).collect())
    }

    /// The notice of this identity, while it is shown.
    pub fn notice(self, id: u64) -> Option<Notice> {
        self.shown.with_untracked(|shown| shown.iter().find(|notice| notice.id == id).cloned())
    }

    /// Something to know; it goes by itself.
    pub fn info(self, text: impl Into<String>) {
        self.add(NoticeKind::Info, text.into(), None);
    }

    /// Something that was asked for is done; it goes by itself.
    pub fn success(self, text: impl Into<String>) {
        self.add(NoticeKind::Success, text.into(), None);
    }

    /// Something failed; it stays until dismissed.
    pub fn error(self, text: impl Into<String>) {
        self.add(NoticeKind::Error, text.into(), None);
    }

    /// Something is done, and `undo` takes it back. Only the last such notice is shown: the undo of a thing that was
    /// done over since would surprise.
    pub fn with_undo(self, text: impl Into<String>, undo: impl Fn() + Send + Sync + 'static) {
        self.shown
            .update(|shown| shown.retain(|notice| notice.action.as_ref().is_none_or(|action| action.label.is_some())));
        let action = NoticeAction { label: None, run: Arc::new(undo) };
        self.add(NoticeKind::Success, text.into(), Some(action));
    }

    /// Something failed, and `act` is what can be done about it.
    pub fn error_with_action(
        self,
        text: impl Into<String>,
        label: impl Into<String>,
        act: impl Fn() + Send + Sync + 'static,
    ) {
        let action = NoticeAction { label: Some(label.into()), run: Arc::new(act) };
        self.add(NoticeKind::Error, text.into(), Some(action));
    }

    /// The session ended: what was said in it, and what can be undone of it, is not for whoever comes next.
    pub fn end_session(self) {
        self.shown.set(Vec::new());
        self.status.set(String::new());
        self.alert.set(String::new());
        self.background.update_value(|background| background.waiting = None);
    }

    pub fn dismiss(self, id: u64) {
        self.shown.update(|shown| shown.retain(|notice| notice.id != id));
    }

    /// Does what the notice offers, once, and takes the notice away.
    pub fn act(self, id: u64) {
        let action = self.shown.with_untracked(|shown| {
            shown.iter().find(|notice| notice.id == id).and_then(|notice| notice.action.clone())
        });
        if let Some(action) = action {
            self.dismiss(id);
            (action.run)();
        }
    }

    /// Speaks `text` now, without showing it: for what the person has just done.
    pub fn announce(self, text: impl Into<String>) {
        speak(self.status, text.into());
    }

    /// Speaks `text` as an alert, without showing it: for an error that stands where it was made.
    pub fn alert_only(self, text: impl Into<String>) {
        speak(self.alert, text.into());
    }

    /// Speaks `text` without showing it: for what happens in the background. Of several sentences within five seconds
    /// the last is spoken.
    pub fn announce_background(self, text: impl Into<String>) {
        let resting = self.background.with_value(|background| background.resting.is_some());
        if resting {
            self.background.update_value(|background| background.waiting = Some(text.into()));
        } else {
            self.announce(text);
            self.rest();
        }
    }

    fn rest(self) {
        let awake = move || {
            let mut waiting = None;
            // The page may be gone.
            let _ = self.background.try_update_value(|background| {
                background.resting = None;
                waiting = background.waiting.take();
            });
            if let Some(text) = waiting {
                self.announce_background(text);
            }
        };
        // Without timers every sentence is spoken at once.
        let resting = set_timeout_with_handle(awake, BACKGROUND_PAUSE).ok();
        self.background.update_value(|background| background.resting = resting);
    }

    /// The content of the one `role=status` region.
    pub const fn status(self) -> Signal<String> {
        self.regions.0
    }

    /// The content of the one `role=alert` region.
    pub const fn alert(self) -> Signal<String> {
        self.regions.1
    }

    fn add(self, kind: NoticeKind, text: String, action: Option<NoticeAction>) {
        match kind {
            NoticeKind::Error => speak(self.alert, text.clone()),
            NoticeKind::Info | NoticeKind::Success => speak(self.status, text.clone()),
        }
        let id = self.next_id.with_value(|id| *id);
        self.next_id.set_value(id + 1);
        self.shown.update(|shown| {
            // The same words again take the place of the old ones.
            shown.retain(|notice| notice.text != text || notice.action.is_some());
            shown.push(Notice { id, kind, text, action });
            while shown.len() > NOTICES_AT_MOST {
                let oldest = shown.iter().position(|notice| !notice.stays()).unwrap_or(0);
                shown.remove(oldest);
            }
        });
    }
}

/// A region speaks only when its text changes: a repeated sentence is told apart by a space that nobody hears.
fn speak(region: RwSignal<String>, text: String) {
    region.update(|spoken| {
        let again = *spoken == text;
        *spoken = text;
        if again {
            spoken.push('\u{a0}');
        }
    });
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    fn store() -> (Owner, NoticeStore) {
        let owner = Owner::new();
        let store = owner.with(NoticeStore::default);
        (owner, store)
    }

    fn texts(store: NoticeStore) -> Vec<String> {
        store.shown().with_untracked(|shown| shown.iter().map(|notice| notice.text.clone()).collect())
    }

    #[test]
    fn an_error_and_an_action_stay_and_the_rest_goes_by_itself() {
        let (_owner, store) = store();
        store.info("a");
        store.success("b");
        store.error("c");
        store.with_undo("d", || ());
        let stays: Vec<bool> = store.shown().with_untracked(|shown| shown.iter().map(Notice::stays).collect());
        assert_eq!(stays, [false, false, true, true]);
    }

    #[test]
    fn an_undo_runs_once_and_takes_its_notice_away() {
        let (_owner, store) = store();
        let undone = Arc::new(AtomicU32::new(0));
        let count = Arc::clone(&undone);
        store.with_undo("switched", move || {
            count.fetch_add(1, Ordering::Relaxed);
        });
        let id = store.shown().with_untracked(|shown| shown[0].id);
        store.act(id);
        store.act(id);
        assert_eq!(undone.load(Ordering::Relaxed), 1);
        assert!(texts(store).is_empty());
    }

    #[test]
    fn only_the_last_thing_done_can_be_undone() {
        let (_owner, store) = store();
        store.with_undo("to node 1", || ());
        store.error_with_action("failed", "check", || ());
        store.with_undo("to node 2", || ());
        assert_eq!(texts(store), ["failed", "to node 2"]);
    }

    #[test]
    fn notices_and_what_they_can_undo_end_with_the_session() {
        let (_owner, store) = store();
        let undone = Arc::new(AtomicU32::new(0));
        let count = Arc::clone(&undone);
        store.error("your seat is taken");
        store.with_undo("published", move || {
            count.fetch_add(1, Ordering::Relaxed);
        });
        let id = store.shown().with_untracked(|shown| shown[1].id);
        store.end_session();
        store.act(id);
        assert!(texts(store).is_empty());
        assert_eq!((undone.load(Ordering::Relaxed), store.alert().get_untracked().as_str()), (0, ""));
    }

    #[test]
    fn many_notices_drop_the_oldest_that_needs_no_answer() {
        let (_owner, store) = store();
        store.error("keep");
        for index in 0..8 {
            store.info(index.to_string());
        }
        assert_eq!(texts(store), ["keep", "4", "5", "6", "7"]);
    }

    #[test]
    fn errors_are_spoken_by_the_alert_region_and_all_else_by_the_status_region() {
        let (_owner, store) = store();
        store.info("well");
        store.error("not well");
        assert_eq!(
            (store.status().get_untracked().as_str(), store.alert().get_untracked().as_str()),
            ("well", "not well")
        );
    }

    #[test]
    fn the_same_sentence_twice_is_spoken_twice() {
        let (_owner, store) = store();
        let mut heard = Vec::new();
        for _ in 0..3 {
            store.announce("booked");
            heard.push(store.status().get_untracked());
        }
        assert!(heard.windows(2).all(|pair| pair[0] != pair[1]), "{heard:?}");
        assert!(heard.iter().all(|text| text.trim_end_matches('\u{a0}') == "booked"));
    }
}
