//! The HTTP contract, one file a domain: the path, its types, and the call.
//!
//! Unknown fields are ignored, and a missing optional field is `None`. What servers write in different ways is read as
//! [`super::lenient`] says; what a list holds that cannot be read is left out and counted: [`listed::Listed`].

pub mod admin;
pub mod auth;
pub mod cluster;
pub mod fleet;
pub mod listed;
pub mod metrics;
pub mod performance;
pub mod removal;
pub mod reservations;
pub mod series;
pub mod wire;
