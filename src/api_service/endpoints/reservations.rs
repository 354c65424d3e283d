//! Reservations: book, list, cancel.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::super::request::{Access, Repeat};
use super::super::transport::Method;
use super::super::{ApiError, ApiRequest, ApiService, Call};
use super::auth::encode;
use super::wire::{self, TimeStamp};

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "UPPERCASE")]
pub enum ReservationStatus {
    Committed,
    Pending,
    Rejected,
    Cancelled,
}

impl ReservationStatus {
    /// The word of the contract.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Committed => "COMMITTED",
            Self::Pending => "PENDING",
            Self::Rejected => "REJECTED",
            Self::Cancelled => "CANCELLED",
        }
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
    /// Whether the seat is taken by it, or may become so.
    pub fn holds(&self) -> bool {
        matches!(self.status, ReservationStatus::Committed | ReservationStatus::Pending)
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
    /// the person's action (see [`super::super::ActionKey`]): the same for every retry of it.
    ///
    /// # Errors
    /// [`ApiError::Refused`] with status 409 when the seat is taken; [`ApiError::OutcomeUnknown`] when nobody knows.
    pub async fn reserve(self, reservation: NewReservation, key: &Arc<str>) -> Result<Reservation, ApiError> {
        let body = encode(RESERVATIONS, &reservation)?;
        let request = ApiRequest::write(Method::Post, RESERVATIONS, Some(body), Repeat::NeedsKey);
        self.fetch(self.keyed(request, key)).await
    }

    pub fn reservations_of(self, user_id: &str) -> Call<Vec<Reservation>> {
        let path = format!("/reservations/byUser/{}", wire::path_part(user_id));
        self.fetch(ApiRequest::read(path, Access::Authenticated))
    }

    /// All for an ADMIN, those of the own vehicles for a PROVIDER.
    pub fn reservations(self) -> Call<Vec<Reservation>> {
        self.fetch(ApiRequest::read(RESERVATIONS, Access::Authenticated))
    }

    /// # Errors
    /// [`ApiError::Refused`] with status 404 or 405 from a backend that cannot cancel.
    pub async fn cancel_reservation(self, id: &str) -> Result<(), ApiError> {
        let path = format!("/reservations/{}/cancel", wire::path_part(id));
        self.send(ApiRequest::write(Method::Put, path, None, Repeat::Harmless)).await
    }

    /// Takes a reservation out of the list; one that holds a seat frees it.
    ///
    /// # Errors
    /// [`ApiError::Refused`] with status 404 when it is gone already.
    pub async fn delete_reservation(self, id: &str) -> Result<(), ApiError> {
        let path = format!("/reservations/{}", wire::path_part(id));
        self.send(ApiRequest::write(Method::Delete, path, None, Repeat::Harmless)).await
    }
}
