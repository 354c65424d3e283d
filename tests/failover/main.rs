//! The rules of the failover core, in virtual time.

mod known_faults;
mod levers;
mod outcomes;
mod probing;
mod world;
