//! The whole application in Chromium, in front of a real cluster whose nodes are killed, stopped and brought back.
//!
//! `cargo xtask test --only page` builds the site with its test hooks and runs these. Environment: `VCUBE_DIST` is the
//! folder of that build.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod accessibility;
mod answers;
mod bad_input;
mod booking;
mod browser;
mod calm;
mod chunks;
mod deployment;
mod display;
mod endurance;
mod failover;
mod figures;
mod first_frame;
mod header;
mod hidden;
mod histories;
mod identity;
mod leaks;
mod live;
mod node_page;
mod older;
mod one_page_each;
mod operator;
mod partial;
mod provider;
mod removals;
mod routes;
mod scale;
mod sessions;
mod several_seats;
mod single_numbers;
mod streams;
mod surroundings;
mod work;
mod worker;
mod world;
