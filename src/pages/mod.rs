//! One folder a page, with everything that only this page needs; a page of one file is that file.

pub mod admin;
pub mod chunks;
pub mod forbidden;
#[cfg(feature = "gallery")]
pub mod gallery;
pub mod guide;
pub mod live;
pub mod login;
pub mod node;
pub mod not_found;
pub mod performance;
pub mod provider;
pub mod refusal;
pub mod research;
pub mod settings;
pub mod user;
