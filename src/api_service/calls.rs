//! Calls: a request goes to whichever node can answer it, a write is kept until it is answered, and the answer is read
//! as what the caller asked for.

use std::rc::Rc;
use std::sync::Arc;

use futures_util::future::LocalBoxFuture;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::driver::{Asker, Failed, is_for};
use super::endpoints::listed::{Listed, Unreadable};
use super::failover::{CallFailure, NodeId};
use super::pending::{PendingWrite, WriteStore};
use super::request::{Access, ApiRequest, Repeat};
use super::transport::Body;
use super::{ApiError, ApiService, Delivered, Service, answer, decode, second_opinion};

/// A call under way.
pub type Call<T> = LocalBoxFuture<'static, Result<T, ApiError>>;

/// An answer that is JSON of some kind.
pub(super) struct Answer {
    pub value: Arc<Value>,
    pub node: NodeId,
    /// What was asked for.
    pub path: Rc<str>,
}

impl Answer {
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, ApiError> {
        decode::from_value(&self.value).map_err(|error| ApiError::unreadable(&self.path, &error))
    }
}

impl ApiService {
    /// Sends `request` to whichever node can answer it, within the request's deadline, and as whoever is signed in now,
    /// also where it is repeated.
    ///
    /// # Errors
    /// Whatever [`ApiError`] names, but for answers of 4xx: those are delivered.
    pub fn fetch_with_failover(self, request: ApiRequest) -> Call<Delivered> {
        let asker = self.service().driver.asker();
        Box::pin(self.delivered(request, asker))
    }

    async fn delivered(self, mut request: ApiRequest, asker: Asker) -> Result<Delivered, ApiError> {
        let service = self.service();
        if request.repeat == Repeat::NeedsKey && request.idempotency_key.is_none() && service.keys_are_honoured() {
            request.idempotency_key = Some(self.new_idempotency_key());
        }
        let expected = request.expected;
        let path = Rc::clone(&request.path);
        let delivered = service.call(request, asker).await?;
        let status = delivered.response.status;
        if status >= 500 {
            return Err(answer::refusal(&delivered.response).unwrap_or(ApiError::Server { status }));
        }
        if (200..300).contains(&status) && !expected.admits(&delivered.response.body) {
            return Err(ApiError::not_json(&path));
        }
        Ok(delivered)
    }

    /// Sends `request` and reads the answer as a `T`. Every 4xx is an error here.
    pub fn fetch<T: DeserializeOwned + 'static>(self, request: ApiRequest) -> Call<T> {
        Box::pin(async move { self.answer(request).await?.read() })
    }

    /// Sends `request` and reads the answer as a list. Every 4xx is an error here; entries that cannot be read are left
    /// out, counted, and noted for the export.
    pub fn fetch_list<T: DeserializeOwned + 'static>(self, request: ApiRequest) -> Call<Listed<T>> {
        Box::pin(async move {
            let answer = self.answer(request).await?;
            let listed: Listed<T> = answer.read()?;
            self.note_unreadable(&answer.path, listed.unreadable.as_ref());
            Ok(listed)
        })
    }

    /// Takes note of what of the list at `path` could not be read the last time.
    pub(super) fn note_unreadable(self, path: &str, unreadable: Option<&Unreadable>) {
        let service = self.service();
        if !service.unreadable.borrow_mut().note(path, unreadable) {
            return;
        }
        let listeners = service.unreadable_listeners.borrow().clone();
        if let Some(unreadable) = unreadable {
            listeners.iter().for_each(|listener| listener(path, unreadable));
        }
    }

    /// Calls `listener` with the path of a list that could be read only in part, whenever that is news. For as long as
    /// the page lives.
    pub fn on_unreadable(self, listener: impl Fn(&str, &Unreadable) + 'static) {
        self.service().unreadable_listeners.borrow_mut().push(Rc::new(listener));
    }

    /// Sends `request` and gives the answer as JSON of any kind. Every 4xx is an error here.
    pub(super) async fn answer(self, request: ApiRequest) -> Result<Answer, ApiError> {
        let path = Rc::clone(&request.path);
        let Delivered { response, node, .. } = self.accepted(request).await?;
        match response.body {
            Body::Json(value) => Ok(Answer { value, node, path }),
            Body::Other(_) => Err(ApiError::not_json(&path)),
        }
    }

    /// The answer, when it is no 4xx.
    pub(super) async fn accepted(self, request: ApiRequest) -> Result<Delivered, ApiError> {
        let delivered = self.fetch_with_failover(request).await?;
        answer::refusal(&delivered.response).map_or(Ok(delivered), Err)
    }

    /// Sends `request`, whose success says it all: the body of the answer may be anything.
    pub async fn send(self, request: ApiRequest) -> Result<(), ApiError> {
        self.accepted(request.any_body()).await.map(drop)
    }

    /// `request` with the key of the person's action, where the nodes honour keys.
    pub(super) fn keyed(self, request: ApiRequest, key: &Arc<str>) -> ApiRequest {
        let idempotency_key = self.service().keys_are_honoured().then(|| Arc::clone(key));
        ApiRequest { idempotency_key, ..request }
    }

    /// 128 random bits in hex, for one user action.
    pub fn new_idempotency_key(self) -> Arc<str> {
        Arc::from(format!("{:032x}", self.service().driver.random()))
    }

    /// From now on writes under way are kept in `store`, and those that are in it are offered again.
    pub fn keep_writes_in(self, store: Box<dyn WriteStore>) {
        let service = self.service();
        service.pending.borrow_mut().keep_in(store, service.wall_clock_now_ms());
    }

    /// Writes of whoever is signed in that were sent and not answered, those from before a reload included; oldest first.
    /// None that is too old to be sent again.
    pub fn pending_writes(self) -> Vec<PendingWrite> {
        let service = self.service();
        let Some(asker) = service.driver.asker() else { return Vec::new() };
        service.pending.borrow().of(&asker.user_id, service.wall_clock_now_ms())
    }

    /// [`ApiService::pending_writes`] for which nobody waits any more.
    pub fn unfinished_writes(self) -> Vec<PendingWrite> {
        let service = self.service();
        self.pending_writes().into_iter().filter(|write| !service.pending.borrow().is_under_way(&write.key)).collect()
    }

    /// Sends such a write again, with its own key: applied once, however often it is sent.
    ///
    /// # Errors
    /// Those of any other write, a refusal in the server's words included; [`ApiError::Cancelled`] when what was kept is
    /// not a write, or that of somebody else.
    pub async fn resume_write(self, write: &PendingWrite) -> Result<(), ApiError> {
        if self.service().driver.asker().is_none_or(|asker| asker.user_id != write.user) {
            return Err(ApiError::Cancelled);
        }
        let Some(request) = write.request() else {
            self.forget_write(&write.key);
            return Err(ApiError::Cancelled);
        };
        self.send(request).await
    }

    /// Nobody wants this write any more.
    pub fn forget_write(self, key: &str) {
        self.service().pending.borrow_mut().ended(key);
    }

    /// This node gave the token that requests carry from now on: its 401 is final.
    pub(super) fn token_issued_by(self, node: NodeId) {
        self.service().issuer.set(Some(node));
    }
}

impl Service {
    /// What comes of `request`, sent as `asker`, who may have left meanwhile: then nobody waits for it any more.
    async fn call(&self, request: ApiRequest, asker: Asker) -> Result<Delivered, ApiError> {
        let personal = request.access == Access::Authenticated;
        let result = self.keep_and_send(request, asker.clone()).await;
        let unauthorized = result.as_ref().is_ok_and(|delivered| delivered.response.status == 401);
        if personal && !is_for(&self.driver.asker(), &asker, unauthorized) {
            return Err(ApiError::Cancelled);
        }
        if personal && result.as_ref().is_ok_and(|delivered| delivered.response.status < 300) {
            self.identity_was_accepted.set(true);
        }
        result
    }

    /// Keeps a write until it is answered.
    async fn keep_and_send(&self, request: ApiRequest, asker: Asker) -> Result<Delivered, ApiError> {
        let now_ms = self.wall_clock_now_ms();
        let kept = asker.as_ref().and_then(|asker| PendingWrite::of(&request, &asker.user_id, now_ms));
        let key = kept.as_ref().map(|write| write.key.clone());
        if let Some(write) = kept {
            self.pending.borrow_mut().began(write);
        }
        let result = self.ask(request, asker).await;
        if let Some(key) = key {
            let mut pending = self.pending.borrow_mut();
            if result.is_ok() { pending.ended(&key) } else { pending.unanswered(&key) }
        }
        result
    }

    /// Sends the request, and asks a second node before a 401 is believed.
    async fn ask(&self, request: ApiRequest, asker: Asker) -> Result<Delivered, ApiError> {
        let second = (request.access == Access::Authenticated).then(|| request.clone());
        let mut delivered = self.driver.call(request, asker.clone()).await.map_err(failure)?;
        if delivered.response.status == 401
            && let Some(mut second) = second
            && !second_opinion::is_final(self.issuer.get(), delivered.node, self.driver.read(|core, _| core.len()))
        {
            second.avoid = Some(delivered.node);
            delivered = self.driver.call(second, asker).await.map_err(failure)?;
        }
        Ok(delivered)
    }

    fn wall_clock_now_ms(&self) -> f64 {
        self.driver.wall_clock_ms(self.driver.now())
    }

    fn keys_are_honoured(&self) -> bool {
        let named = || self.driver.read(|core, _| core.features()).is_some_and(|features| features.idempotency_key);
        self.idempotency_keys.unwrap_or_else(named)
    }
}

fn failure(failed: Option<Failed>) -> ApiError {
    let Some(failed) = failed else { return ApiError::Cancelled };
    match failed.failure {
        CallFailure::NoNodes => ApiError::NoNodes,
        CallFailure::RequiredNode { node } => ApiError::RequiredNode { node: Arc::from(&*node) },
        CallFailure::TimedOut => ApiError::TimedOut { waited: failed.waited },
        CallFailure::NoLeader => ApiError::NoLeader,
        CallFailure::Unsendable(what) => ApiError::Unsendable { what },
        CallFailure::OutcomeUnknown { node } => ApiError::OutcomeUnknown { node: Some(Arc::from(&*node)) },
        CallFailure::Unreachable => {
            ApiError::Unreachable { tried: u32::try_from(failed.trace.len()).unwrap_or(u32::MAX) }
        }
    }
}
