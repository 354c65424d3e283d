//! What pages are made of. A container is a context, a hook and a store; all else takes props only.

pub mod booking;
pub mod dialog;
pub mod field;
pub mod fleet;
pub mod form;
pub mod header;
pub mod node_pill;
pub mod nodes_monitor;
pub mod notices;
pub mod page;
pub mod registration;
pub mod section;
pub mod settings;
pub mod tabs;
pub mod unfinished;
