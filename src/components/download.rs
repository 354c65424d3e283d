//! Hands a text to the person as a file.

use leptos::prelude::document;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Blob, BlobPropertyBag, HtmlAnchorElement, Url};

use crate::i18n::format;

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    Json,
    Csv,
}

/// Offers `text` as a download whose name is `name` and the moment it was taken.
///
/// # Errors
/// What the browser answered when it refused to make or to offer the file.
pub fn save(text: &str, kind: FileKind, name: &str, taken_at_ms: f64) -> Result<(), JsValue> {
    let ending = match kind {
        FileKind::Json => "json",
        FileKind::Csv => "csv",
    };
    save_file(text, kind, &format!("{name}-{}.{ending}", stamp(taken_at_ms)))
}

/// Offers `text` as a download of this name.
///
/// # Errors
/// As [`save`].
pub fn save_file(text: &str, kind: FileKind, name: &str) -> Result<(), JsValue> {
    let options = BlobPropertyBag::new();
    options.set_type(match kind {
        FileKind::Json => "application/json",
        FileKind::Csv => "text/csv;charset=utf-8",
    });
    let parts = js_sys::Array::of1(&JsValue::from_str(text));
    let blob = Blob::new_with_str_sequence_and_options(&parts, &options)?;
    let address = Url::create_object_url_with_blob(&blob)?;
    let link: HtmlAnchorElement = document().create_element("a")?.unchecked_into();
    link.set_href(&address);
    link.set_download(name);
    link.click();
    Url::revoke_object_url(&address)
}

/// The moment, without the colons that file names may not have everywhere.
fn stamp(at_ms: f64) -> String {
    let iso = format::iso(at_ms);
    iso.get(..19).unwrap_or(&iso).replace(':', "-")
}
