//! VCube-Raft frontend.
pub mod api_service;
