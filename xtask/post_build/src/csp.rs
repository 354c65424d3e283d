//! The Content-Security-Policy of the page: nothing is allowed but what the application does.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

use crate::page::{self, Problem};

/// Puts the policy into `html` as its head's first element after the character set: it holds for what follows it.
///
/// Every inline script is allowed by its hash, so none may change afterwards.
///
/// # Errors
/// When the page has no `<head>`, or a policy already.
pub fn insert(html: &str) -> Result<String, Problem> {
    if html.to_ascii_lowercase().contains("content-security-policy") {
        return Err(Problem("it has a Content-Security-Policy already"));
    }
    let head = page::tags(html, "head").next().ok_or(Problem("it has no <head>"))?;
    // The character set must be within the first 1,024 bytes, and the policy alone takes a third of that.
    let after = page::tags(html, "meta").find(|tag| page::attribute(tag.text(html), "charset").is_some());
    let at = after.unwrap_or(head).end;
    let meta = format!("<meta http-equiv=\"Content-Security-Policy\" content=\"{}\">", policy(html));
    Ok(format!("{}{meta}{}", &html[..at], &html[at..]))
}

/// The policy for `html`.
///
/// - `'wasm-unsafe-eval'` compiles wasm, and nothing else;
/// - nodes are named at run time, so any http(s) origin may be connected to;
/// - there is no `'unsafe-inline'`: no script beside the hashed ones, no style attribute in HTML (styles that code sets
///   through the DOM are not affected);
/// - the one worker comes from the application's own origin; what it may do is said by the headers of its script, as this
///   policy does not hold in it;
/// - forms are handled by the application and never sent by the browser.
///
/// `frame-ancestors` works only as a header of the server.
pub fn policy(html: &str) -> String {
    let mut scripts = String::from("script-src 'self' 'wasm-unsafe-eval'");
    for hash in inline_script_hashes(html) {
        scripts.push_str(&format!(" '{hash}'"));
    }
    let mut connect = String::from("connect-src 'self' http: https:");
    if page::reloads_itself(html) {
        // trunk's development server tells the page about new builds over a WebSocket.
        connect.push_str(" ws: wss:");
    }
    [
        "default-src 'none'",
        &scripts,
        "style-src 'self'",
        "img-src 'self' data:",
        "worker-src 'self'",
        &connect,
        "base-uri 'none'",
        "form-action 'none'",
    ]
    .join("; ")
}

/// `sha256-…` of every script whose text is in the page.
fn inline_script_hashes(html: &str) -> Vec<String> {
    page::tags(html, "script")
        .filter(|tag| page::attribute(tag.text(html), "src").is_none())
        .filter_map(|tag| html[tag.end..].split_once("</script").map(|(text, _)| text))
        .map(|text| format!("sha256-{}", STANDARD.encode(Sha256::digest(text))))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_inline_script_is_allowed_by_its_hash() {
        // The example of the specification, https://www.w3.org/TR/CSP3/#external-hash.
        let html = "<head></head><script>alert('Hello, world.');</script><script src=/a.js></script>";
        assert_eq!(inline_script_hashes(html), ["sha256-qznLcsROx4GACP2dm0UCKCzCG+HiZ1guq6ZZDob/Tng="]);
    }

    #[test]
    fn the_policy_stands_before_everything_that_is_loaded() {
        let html = "<!doctype html><html><head><meta charset=\"utf-8\"><link rel=preload href=/a></head></html>";
        let with = insert(html).unwrap_or_default();
        let policy = with.find("Content-Security-Policy");
        assert!(policy > with.find("charset") && policy < with.find("preload"), "{with}");
    }

    #[test]
    fn web_sockets_are_for_the_development_server_alone() {
        assert!(!policy("<script>1</script>").contains("ws:"));
        assert!(policy("<script>'.well-known/trunk/ws'</script>").contains(" ws: wss:"));
    }

    #[test]
    fn nothing_inline_is_allowed_as_a_whole() {
        let policy = policy("<script>1</script>");
        assert!(!policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"), "{policy}");
    }

    #[test]
    fn a_page_with_a_policy_is_refused() {
        assert!(insert("<head><meta http-equiv='content-security-policy'></head>").is_err());
        assert!(insert("no page at all").is_err());
    }
}
