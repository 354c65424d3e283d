//! What one node measured: Raft and reservations.

use super::super::json::{FromValue, Object, ReadError, Value};
use super::super::request::Access;
use super::super::{ApiRequest, ApiService, Call};
use super::wire::TimeStamp;

/// Raft, as counted by the node that answered.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RaftMetrics {
    pub current_term: Option<u64>,
    pub current_leader: Option<String>,
    pub node_state: Option<String>,
    pub vote_request_count: Option<u64>,
    pub append_entries_count: Option<u64>,
    pub leader_election_count: Option<u64>,
    pub timestamp: Option<TimeStamp>,
}

impl FromValue for RaftMetrics {
    fn from_value(answer: &Value) -> Result<Self, ReadError> {
        let answer = Object::of(answer)?;
        Ok(Self {
            current_term: answer.number("currentTerm")?,
            current_leader: answer.id("currentLeader")?,
            node_state: answer.text("nodeState")?,
            vote_request_count: answer.number("voteRequestCount")?,
            append_entries_count: answer.number("appendEntriesCount")?,
            leader_election_count: answer.number("leaderElectionCount")?,
            timestamp: answer.part("timestamp")?,
        })
    }
}

/// Reservations, as counted by the node that answered. Rates in percent.
#[derive(Clone, Debug, Default, PartialEq)]
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

impl FromValue for ReservationMetrics {
    fn from_value(answer: &Value) -> Result<Self, ReadError> {
        let answer = Object::of(answer)?;
        Ok(Self {
            total_reservations: answer.number("totalReservations")?,
            successful_reservations: answer.number("successfulReservations")?,
            failed_reservations: answer.number("failedReservations")?,
            redirected_reservations: answer.number("redirectedReservations")?,
            average_processing_time_ms: answer.decimal("averageProcessingTimeMs")?,
            success_rate: answer.decimal("successRate")?,
            redirection_rate: answer.decimal("redirectionRate")?,
            timestamp: answer.part("timestamp")?,
        })
    }
}

/// Both at once.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DashboardMetrics {
    pub raft: RaftMetrics,
    pub reservations: ReservationMetrics,
}

impl FromValue for DashboardMetrics {
    fn from_value(answer: &Value) -> Result<Self, ReadError> {
        let answer = Object::of(answer)?;
        Ok(Self {
            raft: answer.part("raft")?.unwrap_or_default(),
            reservations: answer.part("reservations")?.unwrap_or_default(),
        })
    }
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
