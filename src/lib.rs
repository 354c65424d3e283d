//! The browser frontend of a VCube-Raft cluster: seats are booked, and the cluster is watched and steered, straight
//! from the page, whichever of its nodes are alive.
//!
//! # Code map, in order of use
//!
//! | module | what is in it |
//! |---|---|
//! | [`api_service`] | calls to the cluster: the driver of the failover, `fetch`, the typed contract |
//! | [`config`] | `/config.json`, read once, with a reason for every value that is refused and for a file that cannot be had |
//! | [`storage`] | what the browser keeps; refusing is no error |
//! | [`first_frame`] | what was typed into the login form of the HTML before the application ran |
//! | [`lock`] | one tab among all |
//! | [`i18n`] | every text in French and English, numbers and dates by locale |
//! | [`guide`] | the user's guide, in both languages |
//! | [`store`] | reactive state that pages share: the session, the cluster, settings, notices; one writer each |
//! | [`console`] | the browser's console as a view of the journal |
//! | [`words`] | what a node's state, its events, durations and the cluster as a whole are called; pure |
//! | [`routes`] | every address: its page, who may see it, where a role begins |
//! | [`hooks`] | ways of living with time and with the page; each ends with its owner |
//! | [`components`] | what pages are made of; `nodes_monitor` is the operator's |
//! | [`shell`] | what stands around every page: its frame, header, notices, banner |
//! | [`pages`] | one folder a page; `pages::admin` holds `AdminDashboard` |
//! | [`app`] | contexts, routes, guards |
//!
//! # Invariants
//!
//! - A module uses only what stands before it in the map.
//! - The package `failover` (`crates/failover`, seen here as `api_service::failover`) uses `std` alone: no clock, no
//!   chance but its seed, no browser, no async.
//! - Under `api_service` only `browser` names `web_sys`; nothing there knows of views.
//! - The failover is the one truth about nodes: the monitor shows its state and sends it commands.
//! - Nothing from outside can panic the page: no `unwrap`, no `expect` on what a node, a file or a browser gave.
//! - A token is in the session's storage, in the `Authorization` header and, for a moment, in what one tab says to another
//!   (`store::handover`), and nowhere else.
//! - Text from a node reaches the page as text, never as HTML.
//!
//! `tests/architecture.rs` holds those that a machine can see.

pub mod api_service;
pub mod app;
pub mod components;
pub mod config;
pub mod console;
pub mod first_frame;
pub mod guide;
pub mod hooks;
pub mod i18n;
pub mod lock;
pub mod pages;
pub mod routes;
pub mod shell;
pub mod storage;
pub mod store;
#[cfg(feature = "test-hooks")]
pub mod test_hooks;
pub mod words;
