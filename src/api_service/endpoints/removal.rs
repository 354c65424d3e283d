//! What came of a removal. Whether something has gone is looked at before it is said: a server without such a route
//! answers 404 too, and some say that they removed what they still list.

use super::super::failover::Duration;
use super::super::{ApiError, ApiService};
use super::listed::Listed;

/// What came of a removal that the cluster did not refuse.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Removal {
    /// It is gone.
    Done,
    /// It was gone before.
    GoneBefore,
    /// The cluster says that it did it, and lists it all the same.
    StillListed,
}

/// Before each look at what must have gone: the node that lists may be behind the one that removed.
const PAUSES: [Duration; 3] = [Duration::ZERO, Duration::from_millis(500), Duration::from_millis(1_500)];

/// Whether `listed` holds an entry for which `is_it` is true; `None` where the list was not to be had, or not whole.
pub(super) fn among<T>(listed: Result<Listed<T>, ApiError>, is_it: impl FnMut(&T) -> bool) -> Option<bool> {
    let listed = listed.ok()?;
    let found = listed.entries.iter().any(is_it);
    (found || listed.unreadable.is_none()).then_some(found)
}

impl ApiService {
    /// What came of a removal that was answered with `said`. `is_listed` looks whether it is there, as [`among`] says.
    ///
    /// # Errors
    /// Whatever the cluster said, but for a 404 about what is no longer listed.
    pub(super) async fn removed(
        self,
        said: Result<(), ApiError>,
        is_listed: impl AsyncFn() -> Option<bool>,
    ) -> Result<Removal, ApiError> {
        if let Err(error) = said {
            return self.gone_before(error, is_listed).await;
        }
        // Where nobody lists it any more, or nobody can tell, the answer counts.
        let gone = self.is_gone_from_the_list(is_listed).await;
        Ok(if gone { Removal::Done } else { Removal::StillListed })
    }

    /// [`Removal::GoneBefore`] when `error` says that there is no such thing and none is listed.
    ///
    /// # Errors
    /// `error` in any other case.
    pub(super) async fn gone_before(
        self,
        error: ApiError,
        is_listed: impl AsyncFn() -> Option<bool>,
    ) -> Result<Removal, ApiError> {
        let gone = match &error {
            // The contract's own code counts unless the list says otherwise.
            error if error.is_gone() => self.is_gone_from_the_list(is_listed).await,
            // It may as well be that there is no such route.
            ApiError::Refused { status: 404, code: None, .. } => is_listed().await == Some(false),
            _ => false,
        };
        if gone { Ok(Removal::GoneBefore) } else { Err(error) }
    }

    async fn is_gone_from_the_list(self, is_listed: impl AsyncFn() -> Option<bool>) -> bool {
        for pause in PAUSES {
            self.service().driver.sleep(pause).await;
            if is_listed().await != Some(true) {
                return true;
            }
        }
        false
    }
}
