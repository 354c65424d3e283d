//! VCube-Raft frontend.
pub mod api_service;
pub mod config;
