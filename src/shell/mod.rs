//! What stands around every page: its frame, the header with the node in use, notices, and the banner when no node
//! answers.

pub mod connection_banner;
pub mod header;
pub mod node_pill;
pub mod notices;
pub mod page;
pub mod refused_settings;
pub mod unfinished;
