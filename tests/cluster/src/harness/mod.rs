//! What tests and demos hold a cluster with: real processes, faults on demand, a plain client, a site to serve.

pub mod client;
pub mod cluster;
pub mod events;
pub mod links;
pub mod many;
mod options;
pub mod ports;
pub mod proxy;
pub mod static_site;
