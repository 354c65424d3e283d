//! Reservations: book, list, cancel.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::super::request::{Access, Repeat};
use super::super::transport::Method;
use super::super::{ApiError, ApiRequest, ApiService, Call, decode};
use super::auth::encode;
use super::listed::Listed;
use super::removal::{Removal, among};
use super::wire::{self, TimeStamp};

/// What became of a reservation.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(from = "String")]
pub enum ReservationStatus {
    Committed,
    Pending,
    Rejected,
    Cancelled,
    /// A word that the contract does not know, as it came.
    Other(String),
}

impl ReservationStatus {
    /// Characters of an unknown word that are kept.
    const WORD_AT_MOST: usize = 40;

    /// The word of the contract, or the one that came.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Committed => "COMMITTED",
            Self::Pending => "PENDING",
            Self::Rejected => "REJECTED",
            Self::Cancelled => "CANCELLED",
            Self::Other(word) => word,
        }
    }
}

impl From<String> for ReservationStatus {
    fn from(word: String) -> Self {
        let known = [Self::Committed, Self::Pending, Self::Rejected, Self::Cancelled];
        let known = known.into_iter().find(|status| status.as_str().eq_ignore_ascii_case(word.trim()));
        known.unwrap_or_else(|| Self::Other(word.trim().chars().take(Self::WORD_AT_MOST).collect()))
    }
}

#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct Reservation {
    pub id: String,
    pub user_id: String,
    pub provider_id: String,
    pub vehicle_id: String,
    pub seat_id: String,
    pub status: ReservationStatus,
    pub created_at: Option<TimeStamp>,
}

impl Reservation {
    /// Whether the seat is taken by it, or may become so. An unknown word holds the seat too: nobody is to be promised a
    /// seat that may be somebody else's.
    pub fn holds(&self) -> bool {
        !matches!(self.status, ReservationStatus::Rejected | ReservationStatus::Cancelled)
    }
}

/// A seat to be booked.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NewReservation {
    pub user_id: String,
    pub provider_id: String,
    pub vehicle_id: String,
    pub seat_id: String,
}

const RESERVATIONS: &str = "/reservations/";

impl ApiService {
    /// Books a seat, once: with `key` where the backend honours it, else with a single attempt. The key is that of
    /// the person's action (see [`super::super::ActionKey`]): the same for every retry of it. A success that does not
    /// say what was booked is looked up among the person's reservations.
    ///
    /// # Errors
    /// [`ApiError::Refused`] with status 409 when the seat is taken; [`ApiError::OutcomeUnknown`] when nobody knows.
    pub async fn reserve(self, reservation: NewReservation, key: &Arc<str>) -> Result<Reservation, ApiError> {
        let body = encode(RESERVATIONS, &reservation)?;
        let request = ApiRequest::write(Method::Post, RESERVATIONS, Some(body), Repeat::NeedsKey).or_nothing();
        let delivered = self.accepted(self.keyed(request, key)).await?;
        let made = delivered.response.body.json();
        let unreadable = match made.map(decode::from_value) {
            Some(Ok(made)) => return Ok(made),
            // Of a body that names no reservation nothing is expected.
            Some(Err(error)) => made.filter(|made| made.get("id").is_some()).map(|_| error),
            None => None,
        };
        let is_it = |made: &Reservation| {
            made.vehicle_id == reservation.vehicle_id && made.seat_id == reservation.seat_id && made.holds()
        };
        let listed = self.reservations_of(&reservation.user_id).await;
        let booked = listed.ok().and_then(|listed| listed.entries.into_iter().find(is_it));
        booked.ok_or_else(|| match unreadable {
            Some(error) => ApiError::unreadable(RESERVATIONS, &error),
            None => ApiError::OutcomeUnknown { node: None },
        })
    }

    pub fn reservations_of(self, user_id: &str) -> Call<Listed<Reservation>> {
        let path = format!("/reservations/byUser/{}", wire::path_part(user_id));
        self.fetch_list(ApiRequest::read(path, Access::Authenticated))
    }

    /// All for an ADMIN, those of the own vehicles for a PROVIDER.
    pub fn reservations(self) -> Call<Listed<Reservation>> {
        self.fetch_list(ApiRequest::read(RESERVATIONS, Access::Authenticated))
    }

    /// Those of `user`, or all that the caller may see.
    fn reservations_seen(self, user: Option<&str>) -> Call<Listed<Reservation>> {
        user.map_or_else(|| self.reservations(), |user| self.reservations_of(user))
    }

    /// Gives a seat up. `user`: in whose list the reservation stands; `None`: in that of all that the caller may see.
    /// [`Removal::GoneBefore`] where it holds no seat any more.
    ///
    /// # Errors
    /// [`ApiError::Refused`] with status 404 or 405 and without a code from a backend that cannot cancel.
    pub async fn cancel_reservation(self, id: &str, user: Option<&str>) -> Result<Removal, ApiError> {
        let path = format!("/reservations/{}/cancel", wire::path_part(id));
        let is_it = |listed: &Reservation| listed.id == id && listed.holds();
        match self.send(ApiRequest::write(Method::Put, path, None, Repeat::Harmless)).await {
            Ok(()) => Ok(Removal::Done),
            Err(error) => self.gone_before(error, async || among(self.reservations_seen(user).await, is_it)).await,
        }
    }

    /// Takes a reservation out of the list; one that holds a seat frees it. `user` as for
    /// [`ApiService::cancel_reservation`].
    ///
    /// # Errors
    /// [`ApiError::Refused`] with status 404 or 405 and without a code from a backend that cannot remove.
    pub async fn delete_reservation(self, id: &str, user: Option<&str>) -> Result<Removal, ApiError> {
        let path = format!("/reservations/{}", wire::path_part(id));
        let said = self.send(ApiRequest::write(Method::Delete, path, None, Repeat::Harmless)).await;
        let is_it = |listed: &Reservation| listed.id == id;
        self.removed(said, async || among(self.reservations_seen(user).await, is_it)).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_is_known_in_any_case_and_an_unknown_word_is_kept_and_holds_the_seat() {
        let status = |word: &str| ReservationStatus::from(word.to_owned());
        assert_eq!(
            (status("COMMITTED"), status("cancelled")),
            (ReservationStatus::Committed, ReservationStatus::Cancelled)
        );
        assert_eq!(status("CONFIRMED").as_str(), "CONFIRMED");
        assert_eq!(status(&"x".repeat(1_000)).as_str().len(), ReservationStatus::WORD_AT_MOST);
        let reservation = |word: &str| Reservation {
            id: "r".into(),
            user_id: "u".into(),
            provider_id: "p".into(),
            vehicle_id: "v".into(),
            seat_id: "s".into(),
            status: status(word),
            created_at: None,
        };
        assert!(reservation("COMPLETED").holds() && !reservation("Rejected").holds());
    }
}
