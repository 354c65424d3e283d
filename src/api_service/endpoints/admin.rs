//! Figures of the whole cluster, for administrators.

use serde::Deserialize;

use super::super::request::Access;
use super::super::{ApiRequest, ApiService, Call};
use super::listed::Listed;

#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct AdminStats {
    pub total_users: Option<u64>,
    pub total_providers: Option<u64>,
    pub total_reservations: Option<u64>,
    pub total_seats: Option<u64>,
    pub available_seats: Option<u64>,
    /// Milliseconds.
    pub average_processing_time: Option<f64>,
}

#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct TopProvider {
    pub provider_id: String,
    pub reservation_count: u64,
}

/// An account.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct User {
    pub id: Option<String>,
    pub email: Option<String>,
    pub name: Option<String>,
    pub role: Option<String>,
}

impl ApiService {
    pub fn users(self) -> Call<Listed<User>> {
        self.fetch_list(ApiRequest::read("/api/admin/users", Access::Authenticated))
    }

    pub fn admin_stats(self) -> Call<AdminStats> {
        self.fetch(ApiRequest::read("/api/admin/stats", Access::Authenticated))
    }

    pub fn top_providers(self) -> Call<Listed<TopProvider>> {
        self.fetch_list(ApiRequest::read("/api/admin/charts/top-providers", Access::Authenticated))
    }
}
