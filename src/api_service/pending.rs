//! Writes under way, kept where a reload does not reach, and offered again after it with the same key.
//!
//! Only authenticated writes with an idempotency key are kept: without a key they could not be sent again, and the
//! bodies of public ones hold passwords.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::decode;
use super::request::{Access, ApiRequest, Repeat};
use super::transport::Method;

/// More than this many at once is no person's doing.
const KEPT_AT_MOST: usize = 20;

/// A write that was sent and not answered.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct PendingWrite {
    pub key: String,
    pub method: String,
    pub path: String,
    pub body: Option<String>,
    /// When it was first sent, in milliseconds since 1970.
    pub since_ms: f64,
}

impl PendingWrite {
    /// The write that `request` is, if it can be kept.
    pub fn of(request: &ApiRequest, now_ms: f64) -> Option<Self> {
        let key = request.idempotency_key.as_deref()?;
        let kept = request.access == Access::Authenticated && request.repeat == Repeat::NeedsKey;
        kept.then(|| Self {
            key: key.to_owned(),
            method: request.method.as_str().to_owned(),
            path: request.path.to_string(),
            body: request.body.as_deref().map(str::to_owned),
            since_ms: now_ms,
        })
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
}

impl PendingWrites {
    /// Takes up what is in `store`, and keeps everything there from now on. A text that cannot be read counts as none.
    pub fn keep_in(&mut self, store: Box<dyn WriteStore>) {
        let kept: Vec<Value> = store.load().and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
        let kept = kept.iter().filter_map(|entry| decode::from_value::<PendingWrite>(entry).ok());
        let new = kept.filter(|kept| !self.writes.iter().any(|write| write.key == kept.key));
        self.writes.extend(new.collect::<Vec<_>>());
        self.store = Some(store);
    }

    /// The write is about to be sent.
    pub fn began(&mut self, write: PendingWrite) {
        if self.writes.iter().any(|known| known.key == write.key) {
            return;
        }
        if self.writes.len() == KEPT_AT_MOST {
            self.writes.remove(0);
        }
        self.writes.push(write);
        self.save();
    }

    /// It was answered, or its person does not want it any more.
    pub fn ended(&mut self, key: &str) {
        let before = self.writes.len();
        self.writes.retain(|write| write.key != key);
        if self.writes.len() != before {
            self.save();
        }
    }

    /// Oldest first.
    pub fn list(&self) -> &[PendingWrite] {
        &self.writes
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

    #[test]
    fn a_write_that_a_reload_interrupted_is_there_again_with_its_key() {
        let memory = Memory::default();
        let mut before = PendingWrites::default();
        before.keep_in(Box::new(memory.clone()));
        ["k1", "k2"]
            .iter()
            .filter_map(|key| PendingWrite::of(&booking(key), 5.0))
            .for_each(|write| before.began(write));
        before.ended("k1");

        let mut after = PendingWrites::default();
        after.keep_in(Box::new(memory));
        assert_eq!(after.list().len(), 1);
        let Some(again) = after.list()[0].request() else { panic!("a POST") };
        assert_eq!((again.idempotency_key.as_deref(), &*again.path), (Some("k2"), "/reservations/"));
        assert_eq!(again.body.as_deref(), Some("{}"));
    }

    #[test]
    fn passwords_and_writes_without_a_key_are_not_kept() {
        assert_eq!(PendingWrite::of(&booking("k").public(), 0.0), None);
        let bare = ApiRequest::write(Method::Post, "/x", None, Repeat::NeedsKey);
        assert_eq!(PendingWrite::of(&bare, 0.0), None);
    }

    #[test]
    fn a_store_full_of_nonsense_counts_as_empty() {
        let memory = Memory(Rc::new(RefCell::new(Some("[{\"key\":7},null,[]]".into()))));
        let mut writes = PendingWrites::default();
        writes.keep_in(Box::new(memory));
        assert!(writes.list().is_empty());
    }
}
