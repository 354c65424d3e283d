//! Figures of the whole cluster, for administrators.

use serde::Deserialize;

use super::super::json::{Object, ReadError, Value};
use super::super::request::Access;
use super::super::{ApiError, ApiRequest, ApiService};
use super::wire;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct AdminStats {
    pub total_users: Option<u64>,
    pub total_providers: Option<u64>,
    pub total_reservations: Option<u64>,
    pub total_seats: Option<u64>,
    pub available_seats: Option<u64>,
    /// Milliseconds.
    pub average_processing_time: Option<f64>,
}

impl AdminStats {
    fn read(answer: &Value) -> Result<Self, ReadError> {
        let answer = Object::of(answer)?;
        Ok(Self {
            total_users: answer.number("totalUsers")?,
            total_providers: answer.number("totalProviders")?,
            total_reservations: answer.number("totalReservations")?,
            total_seats: answer.number("totalSeats")?,
            available_seats: answer.number("availableSeats")?,
            average_processing_time: answer.decimal("averageProcessingTime")?,
        })
    }
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TopProvider {
    #[serde(deserialize_with = "wire::id")]
    pub provider_id: String,
    pub reservation_count: u64,
}

/// An account.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct User {
    #[serde(deserialize_with = "wire::optional_id")]
    pub id: Option<String>,
    pub email: Option<String>,
    pub name: Option<String>,
    pub role: Option<String>,
}

const STATS: &str = "/api/admin/stats";

impl ApiService {
    pub async fn users(self) -> Result<Vec<User>, ApiError> {
        self.fetch(ApiRequest::read("/api/admin/users", Access::Authenticated)).await
    }

    pub async fn admin_stats(self) -> Result<AdminStats, ApiError> {
        let (answer, _) = self.fetch_value(ApiRequest::read(STATS, Access::Authenticated)).await?;
        AdminStats::read(&answer).map_err(|error| ApiError::unreadable(STATS, &error))
    }

    pub async fn top_providers(self) -> Result<Vec<TopProvider>, ApiError> {
        self.fetch(ApiRequest::read("/api/admin/charts/top-providers", Access::Authenticated)).await
    }
}
