//! VCube-Raft frontend.
pub mod api_service;
pub mod config;
#[cfg(feature = "test-hooks")]
pub mod test_hooks;
