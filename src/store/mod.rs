//! Reactive state that pages share. Private signals, one writer, readers return signals.

pub mod cluster;
pub mod notice;
pub mod settings;
