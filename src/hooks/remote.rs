//! Data that comes from the cluster: what was last known, how fresh it is, and why it is not fresher.

use std::future::Future;

use leptos::prelude::*;

use super::{Polling, use_polling};
use crate::api_service::endpoints::listed::{Partial, Unreadable};
use crate::api_service::{ApiError, ApiService};
use crate::store::session::Session;

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
pub struct Remote<T: Send + Sync + 'static> {
    value: RwSignal<Option<T>>,
    asking: Asking,
}

/// How the asking for data goes, whatever the data is.
#[derive(Clone, Copy)]
pub struct Asking {
    freshness: Memo<Freshness>,
    error: RwSignal<Option<ApiError>>,
    since: RwSignal<Option<f64>>,
    unreadable: RwSignal<Vec<Unreadable>>,
    polling: Polling,
}

impl<T: Send + Sync> Clone for Remote<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Send + Sync> Copy for Remote<T> {}

impl Asking {
    /// Why the last call gave nothing; `None` when it gave something.
    pub fn error(self) -> RwSignal<Option<ApiError>> {
        self.error
    }

    /// When the data came in, in milliseconds since 1970.
    pub fn since(self) -> Signal<Option<f64>> {
        self.since.into()
    }

    pub const fn freshness(self) -> Memo<Freshness> {
        self.freshness
    }

    /// How much of the lists that the data was made of could not be read: of the data that is shown, so it goes when
    /// they read well again, and stays while a refresh fails.
    pub fn unreadable(self) -> Signal<Vec<Unreadable>> {
        self.unreadable.into()
    }

    /// Whether a call is under way.
    pub fn running(self) -> Signal<bool> {
        self.polling.running()
    }

    /// Asks again now.
    pub fn refresh(self) {
        self.polling.poll_now();
    }
}

impl<T: Send + Sync> Remote<T> {
    /// The last known data.
    pub fn value(self) -> RwSignal<Option<T>> {
        self.value
    }

    /// How fresh the data is, and why it is not fresher.
    pub const fn asking(self) -> Asking {
        self.asking
    }

    /// Asks again now.
    pub fn refresh(self) {
        self.asking.refresh();
    }

    /// Forgets the data, as when another thing is asked for from now on, and asks again.
    pub fn restart(self) {
        self.value.set(None);
        self.asking.error.set(None);
        self.asking.unreadable.set(Vec::new());
        self.refresh();
    }
}

/// Calls `fetch` now and again as [`use_polling`] does, and keeps what came of it. A failed call keeps the data of the
/// one before. A 401 ends the session.
///
/// # Panics
/// Without an [`ApiService`] and a [`Session`] in context: a mistake of the caller, not of the world.
pub fn use_remote<T, Fut>(pause_ms: u32, fetch: impl Fn(ApiService) -> Fut + 'static) -> Remote<T>
where
    T: PartialEq + Send + Sync + 'static,
    Fut: Future<Output = Result<T, ApiError>> + 'static,
{
    use_partial(pause_ms, move |api| {
        let asked = fetch(api);
        async move { asked.await.map(Partial::whole) }
    })
}

/// As [`use_remote`], for what is made of lists: what of them could not be read is kept beside the data, and the section
/// of the data says it.
///
/// # Panics
/// As [`use_remote`].
pub fn use_partial<T, Fut>(pause_ms: u32, fetch: impl Fn(ApiService) -> Fut + 'static) -> Remote<T>
where
    T: PartialEq + Send + Sync + 'static,
    Fut: Future<Output = Result<Partial<T>, ApiError>> + 'static,
{
    let (api, session) = (expect_context::<ApiService>(), expect_context::<Session>());
    let value = RwSignal::new(None::<T>);
    let (error, since, unreadable) = (RwSignal::new(None), RwSignal::new(None), RwSignal::new(Vec::new()));
    let freshness = Memo::new(move |_| Freshness::of(value.with(Option::is_some), error.with(Option::is_some)));
    let polling = use_polling(pause_ms, move || {
        let asked = fetch(api);
        async move {
            match session.checked(asked.await) {
                Ok(Partial { value: fresh, unreadable: left_out }) => {
                    if value.with_untracked(|known| known.as_ref() != Some(&fresh)) {
                        value.set(Some(fresh));
                    }
                    if unreadable.with_untracked(|known| *known != left_out) {
                        unreadable.set(left_out);
                    }
                    error.set(None);
                    since.set(Some(js_sys::Date::now()));
                }
                // Nobody is to be told of a call that was given up.
                Err(ApiError::Cancelled) => {}
                Err(problem) => error.set(Some(problem)),
            }
        }
    });
    Remote { value, asking: Asking { freshness, error, since, unreadable, polling } }
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
