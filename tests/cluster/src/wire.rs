//! The shapes of the HTTP contract, as this cluster sends and reads them.
//!
//! They are written down here a second time on purpose: the app has its own, and a mistake on either side must show.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What somebody may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Role {
    Admin,
    Provider,
    User,
    Researcher,
}

impl Role {
    /// The name of the role in the contract.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Admin => "ADMIN",
            Self::Provider => "PROVIDER",
            Self::User => "USER",
            Self::Researcher => "RESEARCHER",
        }
    }

    /// The role with this name, in whatever case.
    pub fn from_name(name: &str) -> Option<Self> {
        let all = [Self::Admin, Self::Provider, Self::User, Self::Researcher];
        all.into_iter().find(|role| role.as_str().eq_ignore_ascii_case(name))
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Credentials {
    pub email: String,
    pub password: String,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LoginAnswer {
    pub success: bool,
    pub role: Role,
    pub user_id: String,
    /// Empty from an older backend.
    #[serde(default)]
    pub user_name: String,
    /// Missing from an older backend, which knows a caller by `X-User-Id` and `X-User-Role`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UserRegistration {
    pub email: String,
    pub password: String,
    pub full_name: String,
    pub phone: String,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProviderRegistration {
    pub email: String,
    pub password: String,
    pub contact_name: String,
    pub phone: String,
    pub company_name: String,
    #[serde(default)]
    pub description: String,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Provider {
    pub id: String,
    pub name: String,
    /// For people who are logged in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    pub role: Role,
    /// For people who are logged in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone_number: Option<String>,
    pub company_name: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Vehicle {
    pub id: String,
    pub name: String,
    pub make: String,
    pub model: String,
    pub license_plate: String,
    pub capacity: u32,
    pub published: bool,
    pub provider_id: String,
    pub departure: Option<String>,
    pub destination: Option<String>,
    /// ISO 8601.
    pub departure_time: Option<String>,
    pub price: Option<f64>,
}

/// The body of `POST` and `PUT /api/integrated/vehicles`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct VehicleDraft {
    pub name: String,
    pub make: String,
    pub model: String,
    pub license_plate: String,
    pub capacity: u32,
    pub departure: Option<String>,
    pub destination: Option<String>,
    pub departure_time: Option<String>,
    pub price: Option<f64>,
    /// Kept as it is when missing.
    pub published: Option<bool>,
    /// Whom the vehicle is for; when given it must be the caller.
    pub provider_id: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Seat {
    pub id: String,
    pub vehicle_id: String,
    pub label: String,
    pub available: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum ReservationStatus {
    Committed,
    Pending,
    Rejected,
    Cancelled,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Reservation {
    pub id: String,
    pub user_id: String,
    pub provider_id: String,
    pub vehicle_id: String,
    pub seat_id: String,
    pub status: ReservationStatus,
    /// ISO 8601, UTC.
    pub created_at: String,
}

/// The body of `POST /reservations/`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NewReservation {
    pub user_id: String,
    pub provider_id: String,
    pub vehicle_id: String,
    pub seat_id: String,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Health {
    pub status: String,
    pub features: Vec<String>,
    pub node_id: u64,
    pub cluster_id: Option<String>,
    pub version: String,
    pub role: String,
    pub term: u64,
    pub leader_id: Option<u64>,
    pub commit_index: u64,
    pub last_applied: u64,
    pub quorum: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RaftStatus {
    pub node_id: u64,
    pub state: String,
    pub current_term: u64,
    pub current_leader: Option<u64>,
    pub commit_index: u64,
    pub last_applied: u64,
    pub peers: Vec<Peer>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Peer {
    pub node_id: u64,
    pub url: String,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RaftMetrics {
    pub current_term: u64,
    pub current_leader: Option<u64>,
    pub node_state: String,
    /// Vote requests this node sent or answered since it started.
    pub vote_request_count: u64,
    /// Append requests (heartbeats included) this node sent or answered since it started.
    pub append_entries_count: u64,
    /// Elections that ended with a leader, as seen by this node since it started.
    pub leader_election_count: u64,
    /// Epoch milliseconds.
    pub timestamp: u64,
}

/// What this node did with booking requests since it started. A rate of nothing, or the mean of nothing, is null.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReservationMetrics {
    pub total_reservations: u64,
    pub successful_reservations: u64,
    pub failed_reservations: u64,
    pub redirected_reservations: u64,
    pub average_processing_time_ms: Option<f64>,
    pub success_rate: Option<f64>,
    pub redirection_rate: Option<f64>,
    /// Epoch milliseconds.
    pub timestamp: u64,
}

/// A reservation as the stream of committed ones tells it to anybody: without its owner.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CommittedReservation {
    pub id: String,
    pub provider_id: String,
    pub vehicle_id: String,
    pub seat_id: String,
    pub status: ReservationStatus,
    /// ISO 8601, UTC.
    pub created_at: String,
}

/// The data of one event of the reservations stream: the metrics of the node as they are then, and what was committed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ReservationEvent {
    #[serde(flatten)]
    pub metrics: ReservationMetrics,
    /// Missing in the first event of a stream that does not resume.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reservation: Option<CommittedReservation>,
}

/// What a node thinks of another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PeerState {
    Correct,
    /// It failed the last test.
    Suspect,
    /// It failed the last three tests, or more.
    Faulty,
    /// It was not tested yet.
    Unknown,
}

/// What a node thinks of every other one.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ClusterView {
    pub node_id: u64,
    pub term: u64,
    pub leader_id: Option<u64>,
    /// Whether this node hears a majority.
    pub quorum: bool,
    pub peers: Vec<PeerView>,
    /// The nodes that this one tests itself.
    pub tests: Vec<u64>,
    /// Between two tests, in milliseconds.
    pub interval: u64,
    /// How the messages of this node get to the others.
    pub broadcast: BroadcastFigures,
}

/// The answer to `POST /api/cluster/elect`.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Elected {
    /// In which the node leads.
    pub term: u64,
}

/// What the last messages of a node took to get to all others: means, null before the first.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BroadcastFigures {
    /// `tree`, or `vectorClock` when each node sends to each other one.
    pub way: String,
    /// Bytes of causal metadata a message.
    pub metadata_bytes: Option<f64>,
    /// What a vector clock would have taken.
    pub vector_clock_bytes: Option<f64>,
    /// How many times a message was sent until all had it.
    pub messages: Option<f64>,
    /// Over how many nodes at most it went.
    pub depth: Option<f64>,
    /// How many times each node would send a message to each other one.
    pub all_to_all_messages: u64,
    /// Who had the last message from whom.
    pub tree: Vec<(u64, u64)>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PeerView {
    pub node_id: u64,
    pub url: String,
    pub state: PeerState,
    /// Of the last change of the state; ISO 8601, UTC.
    pub since: String,
    /// Counts the changes: -1 unknown, even correct, odd faulty. The larger of two is the newer.
    pub counter: i64,
    /// The node that tests it, on this side of it.
    pub tested_by: Option<u64>,
    /// The node that brought the news; null when this node tests it itself.
    pub heard_from: Option<u64>,
    /// How long ago it was found out, by whomever.
    pub age_ms: Option<u64>,
    /// Of the last own test; null when it failed, or was made by another node.
    pub round_trip_ms: Option<f64>,
    /// How far its clock is ahead of this node's.
    pub clock_offset_ms: Option<f64>,
}

/// One message of another node, delivered here in causal order: the data of the vcube stream.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Delivery {
    /// The node that sent the message.
    pub origin: u64,
    /// Counts the messages of the origin since it started, from 1.
    pub sequence: u64,
    /// From the origin's clock at the broadcast to this node's at the delivery, the offset of the clocks taken out.
    pub latency_ms: f64,
    /// How many messages of each node come before this one; its own count is `sequence`. Nodes that others of these
    /// depend on may be left out.
    pub clock: BTreeMap<u64, u64>,
    /// Epoch milliseconds of the delivery.
    pub timestamp: u64,
    /// The node that sent it here.
    pub via: u64,
    /// How many times it was sent on until it was here; null when it came to make up for a loss.
    pub hops: Option<u32>,
}

/// The data of `event: gap`: what was asked for is no longer held.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Gap {
    /// The stream goes on after this log index.
    pub index: u64,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Dashboard {
    pub raft: RaftMetrics,
    pub reservations: ReservationMetrics,
}

/// One point of a chart.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// Epoch milliseconds.
    pub timestamp: u64,
    pub value: f64,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AdminStats {
    pub total_users: u64,
    pub total_providers: u64,
    pub total_reservations: u64,
    pub total_seats: u64,
    pub available_seats: u64,
    /// Milliseconds; null while nothing was measured.
    pub average_processing_time: Option<f64>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TopProvider {
    pub provider_id: String,
    pub reservation_count: u64,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct UserRow {
    pub id: String,
    pub email: String,
    pub name: String,
    pub role: Role,
}

/// The body of every refusal.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ErrorBody {
    pub error: String,
    pub message: String,
}
