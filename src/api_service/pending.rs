//! Writes under way, kept where a reload does not reach, and offered again after it with the same key.
//!
//! Only authenticated writes with an idempotency key are kept: without a key they could not be sent again, and the
//! bodies of public ones hold passwords. Each belongs to the person who made it.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::decode;
use super::request::{Access, ApiRequest, Repeat};
use super::transport::Method;

/// More than this many at once is no person's doing.
const KEPT_AT_MOST: usize = 20;

/// For this long a write is offered again, in milliseconds: an hour. A node that has forgotten its key would apply it a
/// second time (the reference cluster remembers keys for a day), and whoever comes back later looks at what there is.
const OFFERED_FOR_MS: f64 = 3_600_000.0;

/// A write that was sent and not answered.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct PendingWrite {
    /// Whose it is: the id of the person who was signed in.
    pub user: String,
    pub key: String,
    pub method: String,
    pub path: String,
    pub body: Option<String>,
    /// When it was first sent, in milliseconds since 1970.
    pub since_ms: f64,
}

impl PendingWrite {
    /// The write that `request` of `user` is, if it can be kept.
    pub fn of(request: &ApiRequest, user: &str, now_ms: f64) -> Option<Self> {
        let key = request.idempotency_key.as_deref()?;
        let kept = request.access == Access::Authenticated && request.repeat == Repeat::NeedsKey;
        kept.then(|| Self {
            user: user.to_owned(),
            key: key.to_owned(),
            method: request.method.as_str().to_owned(),
            path: request.path.to_string(),
            body: request.body.as_deref().map(str::to_owned),
            since_ms: now_ms,
        })
    }

    /// Whether it may still be sent again. A clock that was set back makes nothing young.
    fn is_recent(&self, now_ms: f64) -> bool {
        (now_ms - self.since_ms).abs() <= OFFERED_FOR_MS
    }

    /// The request that sends this write again, with its own key; `None` when what was kept is not a write.
    pub fn request(&self) -> Option<ApiRequest> {
        let method = Method::parse(&self.method).filter(|method| *method != Method::Get)?;
        let path = Some(self.path.as_str()).filter(|path| path.starts_with('/'))?;
        let mut request = ApiRequest::write(method, path, self.body.clone(), Repeat::NeedsKey);
        request.idempotency_key = Some(self.key.as_str().into());
        Some(request)
    }
}

/// A place for one text that outlives a reload of the page, but not its tab.
pub trait WriteStore {
    /// `None` when nothing is there, or when there is no such place.
    fn load(&self) -> Option<String>;
    /// Best effort: a full or forbidden storage keeps nothing.
    fn save(&self, text: &str);
}

/// The writes under way.
#[derive(Default)]
pub struct PendingWrites {
    store: Option<Box<dyn WriteStore>>,
    writes: Vec<PendingWrite>,
    /// The keys of those for which somebody waits in this page.
    under_way: BTreeSet<String>,
}

impl PendingWrites {
    /// Takes up what is in `store`, and keeps everything there from now on. A text that cannot be read counts as none, and
    /// so does a write that is too old.
    pub fn keep_in(&mut self, store: Box<dyn WriteStore>, now_ms: f64) {
        let kept: Vec<Value> = store.load().and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
        let kept = kept.iter().filter_map(|entry| decode::from_value::<PendingWrite>(entry).ok());
        let new = kept.filter(|kept| kept.is_recent(now_ms) && !self.writes.iter().any(|write| write.key == kept.key));
        self.writes.extend(new.collect::<Vec<_>>());
        self.store = Some(store);
    }

    /// The write is about to be sent.
    pub fn began(&mut self, write: PendingWrite) {
        self.under_way.insert(write.key.clone());
        if self.writes.iter().any(|known| known.key == write.key) {
            return;
        }
        if self.writes.len() == KEPT_AT_MOST {
            self.writes.remove(0);
        }
        self.writes.push(write);
        self.save();
    }

    /// Nobody waits for it any more, and nobody knows what came of it.
    pub fn unanswered(&mut self, key: &str) {
        self.under_way.remove(key);
    }

    /// It was answered, or its person does not want it any more.
    pub fn ended(&mut self, key: &str) {
        self.under_way.remove(key);
        let before = self.writes.len();
        self.writes.retain(|write| write.key != key);
        if self.writes.len() != before {
            self.save();
        }
    }

    /// Those of `user` that may be sent again; oldest first.
    pub fn of(&self, user: &str, now_ms: f64) -> Vec<PendingWrite> {
        self.writes.iter().filter(|write| write.user == user && write.is_recent(now_ms)).cloned().collect()
    }

    /// Whether somebody waits in this page for the write of this key.
    pub fn is_under_way(&self, key: &str) -> bool {
        self.under_way.contains(key)
    }

    fn save(&self) {
        if let Some(store) = &self.store
            && let Ok(text) = serde_json::to_string(&self.writes)
        {
            store.save(&text);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::rc::Rc;

    use super::*;

    #[derive(Clone, Default)]
    struct Memory(Rc<RefCell<Option<String>>>);

    impl WriteStore for Memory {
        fn load(&self) -> Option<String> {
            self.0.borrow().clone()
        }

        fn save(&self, text: &str) {
            *self.0.borrow_mut() = Some(text.to_owned());
        }
    }

    fn booking(key: &str) -> ApiRequest {
        let mut request = ApiRequest::write(Method::Post, "/reservations/", Some("{}".into()), Repeat::NeedsKey);
        request.idempotency_key = Some(key.into());
        request
    }

    /// What the page keeps after it was loaded again.
    fn loaded_again(memory: &Memory, now_ms: f64) -> PendingWrites {
        let mut writes = PendingWrites::default();
        writes.keep_in(Box::new(memory.clone()), now_ms);
        writes
    }

    #[test]
    fn a_write_that_a_reload_interrupted_is_there_again_with_its_key() {
        let memory = Memory::default();
        let mut before = loaded_again(&memory, 5.0);
        ["k1", "k2"]
            .iter()
            .filter_map(|key| PendingWrite::of(&booking(key), "ana", 5.0))
            .for_each(|write| before.began(write));
        before.ended("k1");

        let after = loaded_again(&memory, 6.0).of("ana", 6.0);
        assert_eq!(after.len(), 1);
        let Some(again) = after[0].request() else { panic!("a POST") };
        assert_eq!((again.idempotency_key.as_deref(), &*again.path), (Some("k2"), "/reservations/"));
        assert_eq!(again.body.as_deref(), Some("{}"));
    }

    /// Whoever signed in next in that tab was offered it, and it was sent with their token.
    #[test]
    fn a_write_is_offered_to_the_person_who_made_it_and_to_nobody_else() {
        let memory = Memory::default();
        let mut writes = loaded_again(&memory, 0.0);
        for (key, user) in [("k1", "ana"), ("k2", "bob")] {
            PendingWrite::of(&booking(key), user, 0.0).into_iter().for_each(|write| writes.began(write));
        }
        let keys =
            |user| loaded_again(&memory, 1.0).of(user, 1.0).into_iter().map(|write| write.key).collect::<Vec<_>>();
        assert_eq!((keys("ana"), keys("bob"), keys("eve")), (vec!["k1".into()], vec!["k2".into()], Vec::new()));
    }

    #[test]
    fn a_write_that_its_cluster_may_have_forgotten_is_not_offered_any_more() {
        let memory = Memory::default();
        let mut writes = loaded_again(&memory, 0.0);
        PendingWrite::of(&booking("k"), "ana", 0.0).into_iter().for_each(|write| writes.began(write));
        for (now_ms, offered) in [(OFFERED_FOR_MS, 1), (OFFERED_FOR_MS + 1.0, 0), (-OFFERED_FOR_MS - 1.0, 0)] {
            assert_eq!(writes.of("ana", now_ms).len(), offered, "{now_ms}");
            assert_eq!(loaded_again(&memory, now_ms).of("ana", 0.0).len(), offered, "{now_ms}");
        }
    }

    #[test]
    fn a_write_is_under_way_until_nobody_waits_for_it() {
        let mut writes = PendingWrites::default();
        PendingWrite::of(&booking("k"), "ana", 0.0).into_iter().for_each(|write| writes.began(write));
        assert!(writes.is_under_way("k"));
        writes.unanswered("k");
        assert!(!writes.is_under_way("k"));
        assert_eq!(writes.of("ana", 0.0).len(), 1);
    }

    #[test]
    fn passwords_and_writes_without_a_key_are_not_kept() {
        assert_eq!(PendingWrite::of(&booking("k").public(), "ana", 0.0), None);
        let bare = ApiRequest::write(Method::Post, "/x", None, Repeat::NeedsKey);
        assert_eq!(PendingWrite::of(&bare, "ana", 0.0), None);
    }

    #[test]
    fn a_store_full_of_nonsense_counts_as_empty_and_so_does_a_write_of_nobody() {
        let nobodys = r#"{"key":"k","method":"POST","path":"/x","body":null,"since_ms":0.0}"#;
        let memory = Memory(Rc::new(RefCell::new(Some(format!(r#"[{{"key":7}},null,[],{nobodys}]"#)))));
        assert!(loaded_again(&memory, 0.0).writes.is_empty());
    }
}
