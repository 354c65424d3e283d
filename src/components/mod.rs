//! What pages are made of. A container is a context, a hook and a store; all else takes props only.

pub mod accounts;
pub mod admin_charts;
pub mod booking;
pub mod chart;
pub mod dialog;
pub mod download;
pub mod field;
pub mod figures;
pub mod fleet;
pub mod form;
pub mod header;
pub mod live;
pub mod node;
pub mod node_pill;
pub mod nodes_monitor;
pub mod notices;
pub mod page;
pub mod performance;
pub mod recovery;
pub mod registration;
pub mod reservations;
pub mod section;
pub mod settings;
pub mod tabs;
pub mod unfinished;
pub mod unique;
