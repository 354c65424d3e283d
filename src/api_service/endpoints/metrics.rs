//! What one node measured: Raft and reservations.

use serde::Deserialize;

use super::super::lenient;
use super::super::request::Access;
use super::super::{ApiRequest, ApiService, Call};
use super::wire::TimeStamp;

/// Raft, as counted by the node that answered.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct RaftMetrics {
    pub current_term: Option<u64>,
    pub current_leader: Option<String>,
    pub node_state: Option<String>,
    pub vote_request_count: Option<u64>,
    pub append_entries_count: Option<u64>,
    pub leader_election_count: Option<u64>,
    pub timestamp: Option<TimeStamp>,
}

/// Reservations, as counted by the node that answered. Rates in percent.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct ReservationMetrics {
    pub total_reservations: Option<u64>,
    pub successful_reservations: Option<u64>,
    pub failed_reservations: Option<u64>,
    pub redirected_reservations: Option<u64>,
    pub average_processing_time_ms: Option<f64>,
    pub success_rate: Option<f64>,
    pub redirection_rate: Option<f64>,
    pub timestamp: Option<TimeStamp>,
}

/// Both at once.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct DashboardMetrics {
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub raft: RaftMetrics,
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub reservations: ReservationMetrics,
}

impl ApiService {
    pub fn raft_metrics(self) -> Call<RaftMetrics> {
        self.fetch(ApiRequest::read("/api/metrics/raft/current", Access::Public))
    }

    pub fn reservation_metrics(self) -> Call<ReservationMetrics> {
        self.fetch(ApiRequest::read("/api/metrics/reservations/current", Access::Public))
    }

    pub fn dashboard_metrics(self) -> Call<DashboardMetrics> {
        self.fetch(ApiRequest::read("/api/metrics/dashboard", Access::Public))
    }
}
