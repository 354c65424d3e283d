//! What one node measured: Raft and reservations.

use serde::Deserialize;

use super::super::request::Access;
use super::super::{ApiError, ApiRequest, ApiService};
use super::wire::{self, TimeStamp};

/// Raft, as counted by the node that answered.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct RaftMetrics {
    pub current_term: Option<u64>,
    #[serde(deserialize_with = "wire::optional_id")]
    pub current_leader: Option<String>,
    pub node_state: Option<String>,
    pub vote_request_count: Option<u64>,
    pub append_entries_count: Option<u64>,
    pub leader_election_count: Option<u64>,
    pub timestamp: Option<TimeStamp>,
}

/// Reservations, as counted by the node that answered. Rates in percent.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
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
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct DashboardMetrics {
    pub raft: RaftMetrics,
    pub reservations: ReservationMetrics,
}

/// One point of a chart. A node that measured nothing at that time may say `null`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Sample {
    pub timestamp: TimeStamp,
    pub value: Option<f64>,
}

/// One causal delivery, as the vcube stream tells it. Its vector clock is not shown to anyone, and not read.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Delivery {
    /// The node that sent the message.
    #[serde(deserialize_with = "wire::id")]
    pub origin: String,
    /// From broadcast to delivery at the node that tells it.
    pub latency_ms: f64,
    pub timestamp: Option<TimeStamp>,
}

impl ApiService {
    pub async fn raft_metrics(self) -> Result<RaftMetrics, ApiError> {
        self.fetch(ApiRequest::read("/api/metrics/raft/current", Access::Public)).await
    }

    pub async fn reservation_metrics(self) -> Result<ReservationMetrics, ApiError> {
        self.fetch(ApiRequest::read("/api/metrics/reservations/current", Access::Public)).await
    }

    pub async fn dashboard_metrics(self) -> Result<DashboardMetrics, ApiError> {
        self.fetch(ApiRequest::read("/api/metrics/dashboard", Access::Public)).await
    }

    /// Raft consensus times of the node that answers, in milliseconds.
    pub async fn raft_chart(self) -> Result<Vec<Sample>, ApiError> {
        self.fetch(ApiRequest::read("/api/metrics/raft/chart-data", Access::Public)).await
    }

    /// Reservations a second.
    pub async fn reservations_chart(self) -> Result<Vec<Sample>, ApiError> {
        self.fetch(ApiRequest::read("/api/metrics/reservations/chart-data", Access::Public)).await
    }

    /// Milliseconds of causal delivery, oldest first.
    pub async fn latency_history(self) -> Result<Vec<f64>, ApiError> {
        self.fetch(ApiRequest::read("/api/metrics/latency/history", Access::Public)).await
    }

    /// Committed operations a second, oldest first.
    pub async fn throughput_history(self) -> Result<Vec<f64>, ApiError> {
        self.fetch(ApiRequest::read("/api/metrics/throughput/history", Access::Public)).await
    }

    /// Percent of the bytes sent that are causal metadata, oldest first.
    pub async fn overhead_history(self) -> Result<Vec<f64>, ApiError> {
        self.fetch(ApiRequest::read("/api/metrics/vcube/overhead/history", Access::Public)).await
    }

    /// Entries removed at each log compaction, oldest first.
    pub async fn compaction_history(self) -> Result<Vec<f64>, ApiError> {
        self.fetch(ApiRequest::read("/api/metrics/vcube/compaction/history", Access::Public)).await
    }
}
