//! Calls to the cluster.
pub mod failover;
