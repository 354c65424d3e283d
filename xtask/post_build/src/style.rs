//! One style sheet of many: `style/*.css` and `style/pages/*.css`, one file a component or page, without comments and
//! without the white space that means nothing.

use std::fs;
use std::path::Path;

use sha2::{Digest as _, Sha256};

use crate::error::Error;
use crate::page::{self, Problem};

/// The sheets that others build upon, in this order. The rest follows by name.
const FIRST: [&str; 3] = ["tokens.css", "base.css", "layout.css"];
/// What the page calls the one sheet before its name has a hash.
const PLACEHOLDER: &str = "/style.css";
/// White space means nothing before and after these.
const INERT: [char; 4] = ['{', '}', ';', ','];

/// The style sheet of the repository at `root`.
///
/// # Errors
/// When a sheet cannot be read, or imports another: that would be a request more.
pub fn bundle(root: &Path) -> Result<String, Error> {
    let folder = root.join("style");
    let mut bundle = String::new();
    for folder in [folder.clone(), folder.join("pages")] {
        let entries = fs::read_dir(&folder).map_err(Error::file("read", &folder))?;
        let names = entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned());
        for name in ordered(names.filter(|name| name.ends_with(".css")).collect()) {
            let path = folder.join(name);
            let text = fs::read_to_string(&path).map_err(Error::file("read", &path))?;
            if text.contains("@import") {
                let problem = Problem("@import is not needed: every sheet of this folder is loaded anyhow");
                return Err(Error::unexpected(&path, problem));
            }
            bundle.push_str(&minified(&text));
        }
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

/// A sheet as it is served. Comments go; a run of white space becomes one space, or nothing beside `{`, `}`, `;` and
/// `,`, where it means nothing. Texts in quotes stay as they are.
fn minified(css: &str) -> String {
    let mut result = String::with_capacity(css.len());
    let mut rest = css;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '"' | '\'' => quoted_length(rest),
            '/' if rest.starts_with("/*") => rest.find("*/").map_or(rest.len(), |end| end + "*/".len()),
            _ => first.len_utf8(),
        };
        let (token, after) = rest.split_at(length);
        rest = after;
        // A comment parts words as a space does.
        if first.is_whitespace() || token.starts_with("/*") {
            if !result.is_empty() && !result.ends_with(INERT) && !result.ends_with(' ') {
                result.push(' ');
            }
            continue;
        }
        if INERT.contains(&first) && result.ends_with(' ') {
            result.pop();
        }
        result.push_str(token);
    }
    result.truncate(result.trim_end().len());
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
        let css = "/* why */a{content:\"/*  kept */\";b:'it\\'s  /*';c:1/2}/* end";
        assert_eq!(minified(css), "a{content:\"/*  kept */\";b:'it\\'s  /*';c:1/2}");
    }

    #[test]
    fn white_space_stays_where_it_means_something() {
        let css = "\n.a .b,\n.c > .d {\n  width: max(1px, (100% - 2px) / 2 + var(--e));\n  margin: 0 /* x */ auto;\n}\n\n@media (max-width: 1px) {\n  a :is(b) {\n    c: d;\n  }\n}\n";
        let expected = ".a .b,.c > .d{width: max(1px,(100% - 2px) / 2 + var(--e));margin: 0 auto;}@media (max-width: 1px){a :is(b){c: d;}}";
        assert_eq!(minified(css), expected);
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
