//! The rules of the failover core, in virtual time.

#![allow(clippy::expect_used, reason = "a test that cannot go on says why and ends")]

mod determinism;
mod generations;
mod hedging;
mod identity;
mod known_faults;
mod leader;
mod levers;
mod network;
mod origins;
mod outcomes;
mod probing;
mod properties;
mod read_index;
mod recheck;
mod routing;
mod slowness;
mod story;
mod success_rate;
mod time;
mod world;
