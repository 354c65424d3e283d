//! What pages are made of: the kit (forms, tables, charts, dialogs) and the nodes monitor. No component knows of a page,
//! and none but the monitor asks the cluster for anything.

pub mod chart;
pub mod check_bar;
pub mod dialog;
pub mod download;
pub mod field;
pub mod figures;
pub mod form;
pub mod glyph;
pub mod nodes_monitor;
pub mod recovery;
pub mod reservations;
pub mod seats;
pub mod section;
pub mod tabs;
pub mod unique;
