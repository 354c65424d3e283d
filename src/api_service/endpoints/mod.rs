//! The HTTP contract, one file a domain: the path, its types, and the call.
//!
//! Unknown fields are ignored, a missing optional field is `None`, and ids may be numbers or texts.

pub mod admin;
pub mod auth;
pub mod cluster;
pub mod fleet;
pub mod metrics;
pub mod performance;
pub mod reservations;
pub mod series;
pub mod wire;
