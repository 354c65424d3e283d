//! Data that comes from the cluster: what was last known, how fresh it is, and why it is not fresher.

use std::future::Future;

use futures_util::future::{FutureExt as _, LocalBoxFuture};

use crate::ui::*;

use super::{Polling, use_polling};
use crate::api_service::{ApiError, ApiService};
use crate::session::Session;

/// How fresh the data of a section is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freshness {
    /// Nothing has come in yet.
    Loading,
    Ready,
    /// There is data, but the last refresh failed.
    Stale,
    /// There is no data, and the last try failed.
    Error,
}

impl Freshness {
    /// What there is to show, told from whether there is data and whether the last call failed.
    pub const fn of(has_value: bool, has_failed: bool) -> Self {
        match (has_value, has_failed) {
            (false, false) => Self::Loading,
            (true, false) => Self::Ready,
            (true, true) => Self::Stale,
            (false, true) => Self::Error,
        }
    }

    /// The word of `data-state`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Loading => "loading",
            Self::Ready => "ready",
            Self::Stale => "stale",
            Self::Error => "error",
        }
    }
}

/// A handle to remote data: copy it freely.
pub struct Remote<T: 'static> {
    value: RwSignal<Option<T>>,
    error: RwSignal<Option<ApiError>>,
    /// When the data came in, in milliseconds since 1970.
    since: RwSignal<Option<f64>>,
    polling: Polling,
}

impl<T> Clone for Remote<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Remote<T> {}

impl<T> Remote<T> {
    /// The last known data.
    pub fn value(self) -> RwSignal<Option<T>> {
        self.value
    }

    /// Why the last call gave nothing; `None` when it gave something.
    pub fn error(self) -> RwSignal<Option<ApiError>> {
        self.error
    }

    /// When the data came in, in milliseconds since 1970.
    pub fn since(self) -> Signal<Option<f64>> {
        self.since.into()
    }

    pub fn freshness(self) -> Memo<Freshness> {
        Memo::new(move |_| Freshness::of(self.value.with(Option::is_some), self.error.with(Option::is_some)))
    }

    /// Whether a call is under way.
    pub fn running(self) -> Signal<bool> {
        self.polling.running()
    }

    /// Asks again now.
    pub fn refresh(self) {
        self.polling.poll_now();
    }

    /// Forgets the data, as when another thing is asked for from now on, and asks again.
    pub fn restart(self) {
        self.value.set(None);
        self.error.set(None);
        self.polling.poll_now();
    }
}

/// Calls `fetch` now and again as [`use_polling`] does, and keeps what came of it. A failed call keeps the data of the
/// one before. A 401 ends the session.
///
/// # Panics
/// Without an [`ApiService`] and a [`Session`] in context: a mistake of the caller, not of the world.
pub fn use_remote<T, Fut>(pause_ms: u32, fetch: impl Fn(ApiService) -> Fut + 'static) -> Remote<T>
where
    T: PartialEq + 'static,
    Fut: Future<Output = Result<T, ApiError>> + 'static,
{
    begin(pause_ms, Box::new(move |api| Box::pin(fetch(api))))
}

type Fetch<T> = Box<dyn Fn(ApiService) -> LocalBoxFuture<'static, Result<T, ApiError>>>;

/// The same for every call that brings a `T`.
fn begin<T: PartialEq + 'static>(pause_ms: u32, fetch: Fetch<T>) -> Remote<T> {
    let api = expect_context::<ApiService>();
    let value = RwSignal::new(None);
    let (error, since, polling) = keep_asking(
        pause_ms,
        Box::new(move || {
            let call = fetch(api);
            let kept = async move {
                let fresh = call.await?;
                let changed = value.with_untracked(|old: &Option<T>| old.as_ref() != Some(&fresh));
                if changed {
                    value.set(Some(fresh));
                }
                Ok(())
            };
            kept.boxed_local()
        }),
    );
    Remote { value, error, since, polling }
}

type Asking = (RwSignal<Option<ApiError>>, RwSignal<Option<f64>>, Polling);

/// The same for data of every type: one instance in the wasm.
fn keep_asking(pause_ms: u32, ask: Box<dyn Fn() -> LocalBoxFuture<'static, Result<(), ApiError>>>) -> Asking {
    let session = expect_context::<Session>();
    let (error, since) = (RwSignal::new(None), RwSignal::new(None));
    let polling = use_polling(pause_ms, move || {
        let asked = ask();
        async move {
            match session.checked(asked.await) {
                Ok(()) => {
                    error.set(None);
                    since.set(Some(js_sys::Date::now()));
                }
                // Nobody is to be told of a call that was given up.
                Err(ApiError::Cancelled) => {}
                Err(problem) => error.set(Some(problem)),
            }
        }
    });
    (error, since, polling)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_refresh_makes_data_stale_and_a_first_failure_is_an_error() {
        let words = [(false, false), (true, false), (true, true), (false, true)]
            .map(|(value, error)| Freshness::of(value, error).as_str());
        assert_eq!(words, ["loading", "ready", "stale", "error"]);
    }
}
