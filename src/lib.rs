//! VCube-Raft frontend.
