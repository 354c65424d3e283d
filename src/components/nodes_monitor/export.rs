//! Hands a text to the person as a file.

use leptos::prelude::document;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Blob, BlobPropertyBag, HtmlAnchorElement, Url};

/// Offers `json` as a download named after the moment it was taken.
///
/// # Errors
/// What the browser answered when it refused to make or to offer the file.
pub fn save(json: &str, taken_at_ms: f64) -> Result<(), JsValue> {
    save_file(&file_name(taken_at_ms), json)
}

/// Offers `json` as a download of this name.
///
/// # Errors
/// As [`save`].
pub fn save_file(name: &str, json: &str) -> Result<(), JsValue> {
    let kind = BlobPropertyBag::new();
    kind.set_type("application/json");
    let parts = js_sys::Array::of1(&JsValue::from_str(json));
    let blob = Blob::new_with_str_sequence_and_options(&parts, &kind)?;
    let address = Url::create_object_url_with_blob(&blob)?;
    let link: HtmlAnchorElement = document().create_element("a")?.unchecked_into();
    link.set_href(&address);
    link.set_download(name);
    link.click();
    Url::revoke_object_url(&address)
}

fn file_name(taken_at_ms: f64) -> String {
    let date = js_sys::Date::new(&JsValue::from_f64(taken_at_ms));
    let stamp = date.to_iso_string().as_string().unwrap_or_default();
    // Colons are not allowed in file names everywhere.
    format!("vcube-journal-{}.json", stamp.get(..19).unwrap_or(&stamp).replace(':', "-"))
}
