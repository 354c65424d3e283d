//! Performance tests that really run: people made for the test book seats made for the test through the nodes of this
//! cluster and its log, for as long as was asked.
//!
//! The node that led when the test was asked for runs it ([`run`]). Everything that a page shows of it is part of the
//! replicated state ([`crate::store::trial`]): any node answers, and what was measured outlives the node that runs the
//! test. The people, vehicles and reservations of a test live in a state of its own, which goes when the test ends.
//!
//! What is measured:
//! - `raftConsensusTime`: milliseconds from the proposal of a write at the leader to its application there, the mean of
//!   each second. Those writes are in the Raft chart of the leader too.
//! - `vcubeLatency`: milliseconds from broadcast to causal delivery at the node that runs the test, the mean of each
//!   second.
//! - `throughput`: writes committed for the test in each second, bookings and seats given back.
//! - `successRate`, `conflictRate`: percent of the bookings that came to an end.
//! - `hotProducerEfficiency`: percent of the bookings aimed at hot producers that were committed.
//! - `securityValidations`: how many tokens were checked by the nodes that took the bookings.

pub mod config;
pub mod entry;
mod load;
pub mod run;
pub mod subscribers;
mod tally;
