//! One style sheet of many: `style/*.css`, one file a component, is loaded with the page; `style/pages/*.css`, of what
//! only some pages show, comes with the first of them in a release build, and with the page in any other.

use std::fs;
use std::path::Path;

use sha2::{Digest as _, Sha256};

use crate::failure::Failure;
use crate::page::{self, Problem};

/// The sheets that others build upon, in this order. The rest follows by name.
const FIRST: [&str; 3] = ["tokens.css", "base.css", "layout.css"];
/// What the page calls the one sheet before its name has a hash.
const PLACEHOLDER: &str = "/style.css";

/// What is loaded with the page, in a project at `root`.
///
/// # Errors
/// As [`whole`].
pub fn first(root: &Path) -> Result<String, Failure> {
    bundle(&root.join("style"))
}

/// What the pages need beside it.
///
/// # Errors
/// As [`whole`].
pub fn of_pages(root: &Path) -> Result<String, Failure> {
    bundle(&root.join("style").join("pages"))
}

/// All of it.
///
/// # Errors
/// When a sheet cannot be read, or imports another: that would be a request more.
pub fn whole(root: &Path) -> Result<String, Failure> {
    Ok(first(root)? + &of_pages(root)?)
}

/// The sheets of `folder` as one text, without comments.
fn bundle(folder: &Path) -> Result<String, Failure> {
    let entries = fs::read_dir(folder).map_err(Failure::file("read", folder))?;
    let names = entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned());
    let mut bundle = String::new();
    for name in ordered(names.filter(|name| name.ends_with(".css")).collect()) {
        let path = folder.join(name);
        let text = fs::read_to_string(&path).map_err(Failure::file("read", &path))?;
        let text = without_comments(&text);
        if text.contains("@import") {
            return Err(Failure::unexpected(
                &path,
                "@import is not needed: every sheet of this folder is loaded anyhow",
            ));
        }
        bundle.push_str(text.trim());
        bundle.push('\n');
    }
    Ok(bundle)
}

/// Names the sheet after its content in `html`, which links it as [`PLACEHOLDER`]. Gives the page and the file's name.
///
/// # Errors
/// When the page does not link it.
pub fn link(html: &str, sheet: &str) -> Result<(String, String), Problem> {
    let tag = page::tags(html, "link")
        .find(|tag| page::attribute(tag.text(html), "href") == Some(PLACEHOLDER))
        .ok_or(Problem("it does not link /style.css"))?;
    let digest = Sha256::digest(sheet);
    let hash: String = digest[..8].iter().map(|byte| format!("{byte:02x}")).collect();
    let name = format!("style-{hash}.css");
    let linked = format!("{}<link rel=\"stylesheet\" href=\"/{name}\">{}", &html[..tag.start], &html[tag.end..]);
    Ok((linked, name))
}

fn ordered(mut names: Vec<String>) -> Vec<String> {
    let place = |name: &str| FIRST.iter().position(|first| *first == name).unwrap_or(FIRST.len());
    names.sort_by(|a, b| (place(a), a).cmp(&(place(b), b)));
    names
}

/// Comments go, texts in quotes stay as they are.
fn without_comments(css: &str) -> String {
    let mut result = String::with_capacity(css.len());
    let mut rest = css;
    while let Some(at) = rest.find(['"', '\'', '/']) {
        let (before, from) = rest.split_at(at);
        result.push_str(before);
        if let Some(comment) = from.strip_prefix("/*") {
            rest = comment.split_once("*/").map_or("", |(_, after)| after);
        } else if let Some(after) = from.strip_prefix('/') {
            result.push('/');
            rest = after;
        } else {
            let end = quoted_length(from);
            result.push_str(&from[..end]);
            rest = &from[end..];
        }
    }
    result.push_str(rest);
    result
}

/// How long the quoted text at the start of `css` is, quotes included.
fn quoted_length(css: &str) -> usize {
    let mut chars = css.char_indices();
    let quote = chars.next().map(|(_, quote)| quote);
    while let Some((at, found)) = chars.next() {
        if found == '\\' {
            chars.next();
        } else if Some(found) == quote {
            return at + 1;
        }
    }
    css.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_come_first_and_components_follow_by_name() {
        let names = ["b.css", "layout.css", "a.css", "tokens.css", "base.css"].map(str::to_owned);
        assert_eq!(ordered(names.into()), ["tokens.css", "base.css", "layout.css", "a.css", "b.css"]);
    }

    #[test]
    fn comments_go_and_quoted_texts_stay() {
        let css = "/* why */a{content:\"/* kept */\";b:'it\\'s /*';c:1/2}/* end";
        assert_eq!(without_comments(css), "a{content:\"/* kept */\";b:'it\\'s /*';c:1/2}");
    }

    #[test]
    fn the_sheet_is_named_after_its_content() {
        let html = "<link rel=stylesheet href=/style.css><p>";
        let (page, name) = link(html, "a{}").unwrap_or_default();
        assert!(name.starts_with("style-") && name.len() == "style-0123456789abcdef.css".len(), "{name}");
        assert_eq!(page, format!("<link rel=\"stylesheet\" href=\"/{name}\"><p>"));
        assert_ne!(link(html, "b{}").unwrap_or_default().1, name);
        assert!(link("<p>", "a{}").is_err());
    }
}
