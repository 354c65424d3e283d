//! A real VCube-Raft cluster for development and tests.
//!
//! The node (`vcube-node`): [`node`] opens [`store`] (Raft log, vote and snapshots on disk; state machine in memory),
//! [`serve`]s the HTTP contract of [`api`] to clients, and on a private port Raft ([`raft_net`]) and all else that is
//! between nodes to its [`peers`]. Beside Raft the nodes test each other
//! ([`diagnosis`]), tell each other of reservations in causal order ([`vcube`]), make way for a leader that is wanted
//! ([`handover`]) and run performance tests ([`performance`]).
//!
//! [`older`] makes a node answer as a backend did that knows none of the extensions.
//!
//! [`traffic`] gives a demonstration a little life, over the HTTP contract as everybody else.
//!
//! Invariants: nothing below `harness` knows that it is tested. The state machine reads no clock and draws no random
//! number. The app's types are not imported: [`wire`] is the contract written a second time.

pub mod anywhere;
pub mod api;
pub mod auth;
pub mod clock;
pub mod diagnosis;
pub mod handover;
pub mod harness;
pub mod meters;
pub mod node;
pub mod older;
pub mod passwords;
pub mod peers;
pub mod performance;
pub mod places;
pub mod raft_net;
pub mod seed;
pub mod serve;
pub mod store;
pub mod traffic;
pub mod vcube;
pub mod wire;

pub use api::{ROUTES, Writes};
pub use harness::client::{Answer, Client, ClientError};
pub use harness::cluster::{Cluster, ClusterError, ClusterOptions};
pub use harness::events::{EventStream, StreamError, StreamItem};
pub use harness::proxy::{Fault, Proxy};
pub use harness::static_site::StaticSite;
pub use seed::{DEMO_ACCOUNTS, DemoAccount, demo_account};
