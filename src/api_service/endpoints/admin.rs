//! Figures of the whole cluster, for administrators.

use serde::Deserialize;

use super::super::request::Access;
use super::super::{ApiError, ApiRequest, ApiService};
use super::wire;

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct AdminStats {
    pub total_users: Option<u64>,
    pub total_providers: Option<u64>,
    pub total_reservations: Option<u64>,
    pub total_seats: Option<u64>,
    pub available_seats: Option<u64>,
    /// Milliseconds.
    pub average_processing_time: Option<f64>,
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

impl ApiService {
    pub async fn users(self) -> Result<Vec<User>, ApiError> {
        self.fetch(ApiRequest::read("/api/admin/users", Access::Authenticated)).await
    }

    pub async fn admin_stats(self) -> Result<AdminStats, ApiError> {
        self.fetch(ApiRequest::read("/api/admin/stats", Access::Authenticated)).await
    }

    pub async fn top_providers(self) -> Result<Vec<TopProvider>, ApiError> {
        self.fetch(ApiRequest::read("/api/admin/charts/top-providers", Access::Authenticated)).await
    }
}
