//! Reactive state that pages share. Private signals, one writer, readers return signals.

pub mod alerts;
pub mod cluster;
pub mod handover;
pub mod membership;
pub mod notice;
pub mod preference;
pub mod session;
pub mod settings;
pub mod theme;
