//! What the browser keeps for the page. Storage may be switched off, full or throw: then nothing is kept, and that is
//! no error.
//!
//! For what is read once, written on an occasion, or has to be known to be kept. What is followed while the page lives is
//! kept by `use_local_storage` of leptos-use.

use web_sys::Storage;

/// Where a value is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Area {
    /// Until the person clears it: settings.
    Local,
    /// Until the tab is closed: the session.
    Tab,
}

fn storage(area: Area) -> Option<Storage> {
    let window = web_sys::window()?;
    // Refused outright (`Err`) or absent (`Ok(None)`): the same to us.
    match area {
        Area::Local => window.local_storage(),
        Area::Tab => window.session_storage(),
    }
    .ok()
    .flatten()
}

/// The value kept under `key`; `None` when there is none or storage is refused.
pub fn read(area: Area, key: &str) -> Option<String> {
    storage(area)?.get_item(key).ok().flatten()
}

/// Keeps `value` under `key`, when storage lets it.
pub fn write(area: Area, key: &str, value: &str) {
    if let Some(storage) = storage(area) {
        let _ = storage.set_item(key, value);
    }
}

/// Forgets what is kept under `key`.
pub fn remove(area: Area, key: &str) {
    if let Some(storage) = storage(area) {
        let _ = storage.remove_item(key);
    }
}
