//! Just enough HTML to complete a page that trunk wrote.

use std::fmt;

/// Why a page cannot be completed.
#[derive(Debug, PartialEq, Eq)]
pub struct Problem(pub &'static str);

impl fmt::Display for Problem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.0)
    }
}

/// An opening tag: bytes `start..end` of its page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tag {
    pub start: usize,
    pub end: usize,
}

impl Tag {
    pub fn text<'a>(&self, html: &'a str) -> &'a str {
        &html[self.start..self.end]
    }
}

/// The opening tags with `name`, in order.
pub fn tags<'a>(html: &'a str, name: &'a str) -> impl Iterator<Item = Tag> + 'a {
    let mut from = 0;
    std::iter::from_fn(move || {
        loop {
            let start = from + html[from..].find('<')?;
            from = start + 1;
            let rest = &html[from..];
            let matches = rest.get(..name.len()).is_some_and(|found| found.eq_ignore_ascii_case(name))
                && rest[name.len()..].starts_with(|next: char| next == '>' || next == '/' || next.is_whitespace());
            if matches {
                let end = start + html[start..].find('>')? + 1;
                from = end;
                return Some(Tag { start, end });
            }
        }
    })
}

/// The value of an attribute of a tag, quoted or not. An attribute without a value has an empty one.
pub fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    let mut rest = tag.trim_start_matches('<').trim_end_matches('>').trim_end_matches('/');
    rest = &rest[rest.find(char::is_whitespace)?..];
    loop {
        rest = rest.trim_start();
        if rest.is_empty() {
            return None;
        }
        let end = rest.find(|next: char| next == '=' || next.is_whitespace()).unwrap_or(rest.len());
        let found = &rest[..end];
        rest = rest[end..].trim_start();
        let mut value = "";
        if let Some(after) = rest.strip_prefix('=') {
            let after = after.trim_start();
            let quote = after.chars().next().filter(|first| *first == '"' || *first == '\'');
            (value, rest) = match quote {
                Some(quote) => after[1..].split_once(quote)?,
                None => after.split_at(after.find(char::is_whitespace).unwrap_or(after.len())),
            };
        }
        if found.eq_ignore_ascii_case(name) {
            return Some(value);
        }
    }
}

/// Whether the page carries the script with which trunk's development server reloads it.
pub fn reloads_itself(html: &str) -> bool {
    html.contains(".well-known/trunk/ws")
}

/// Fills in what trunk's development server would fill in at every request, in that script: afterwards its text, and
/// with it its hash, stays.
pub fn settle_reload_script(html: &str) -> String {
    // Minifying turns quotes into backticks.
    html.replace("'{{__TRUNK_ADDRESS__}}'", "window.location.host")
        .replace("`{{__TRUNK_ADDRESS__}}`", "window.location.host")
        .replace("{{__TRUNK_WS_BASE__}}", "/")
}

/// Comments are for whoever reads the source.
pub fn without_comments(html: &str) -> String {
    let mut result = String::with_capacity(html.len());
    let mut rest = html;
    while let Some((before, comment)) = rest.split_once("<!--") {
        result.push_str(before.trim_end());
        rest = comment.split_once("-->").map_or("", |(_, after)| after);
    }
    result.push_str(rest);
    result
}

/// Takes `integrity` away from preloads: browsers check it where the file is used, and warn of it here.
pub fn without_preload_integrity(html: &str) -> String {
    let mut result = String::with_capacity(html.len());
    let mut copied = 0;
    for tag in tags(html, "link") {
        let text = tag.text(html);
        let Some(value) = attribute(text, "integrity").filter(|_| attribute(text, "rel") == Some("preload")) else {
            continue;
        };
        result.push_str(&html[copied..tag.start]);
        let quoted = format!(" integrity=\"{value}\"");
        result.push_str(&text.replacen(&quoted, "", 1).replacen(&format!(" integrity={value}"), "", 1));
        copied = tag.end;
    }
    result.push_str(&html[copied..]);
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_found_by_their_whole_name() {
        let html = "<!doctype html><html><header><HEAD><link rel=a><link\n rel='b'></head>";
        let texts: Vec<&str> = tags(html, "head").map(|tag| tag.text(html)).collect();
        assert_eq!(texts, ["<HEAD>"]);
        assert_eq!(tags(html, "link").count(), 2);
    }

    #[test]
    fn attributes_are_read_quoted_or_not() {
        let tag = "<link rel=\"preload\" as=fetch crossorigin href='/a b.json' data-x = 1 >";
        assert_eq!(attribute(tag, "rel"), Some("preload"));
        assert_eq!(attribute(tag, "as"), Some("fetch"));
        assert_eq!(attribute(tag, "crossorigin"), Some(""));
        assert_eq!(attribute(tag, "href"), Some("/a b.json"));
        assert_eq!(attribute(tag, "data-x"), Some("1"));
        assert_eq!(attribute(tag, "src"), None);
        assert_eq!(attribute("<script>", "src"), None);
    }

    #[test]
    fn comments_go() {
        assert_eq!(without_comments("<p>\n<!-- why -->\n<b><!--x-->c"), "<p>\n<b>c");
    }

    #[test]
    fn only_preloads_lose_their_integrity() {
        let html = "<link rel=\"modulepreload\" integrity=\"sha384-a\"><link rel=\"preload\" integrity=\"sha384-b\" as=\"fetch\">\
                    <link rel=preload integrity=sha384-c as=fetch>";
        let expected = "<link rel=\"modulepreload\" integrity=\"sha384-a\"><link rel=\"preload\" as=\"fetch\">\
                        <link rel=preload as=fetch>";
        assert_eq!(without_preload_integrity(html), expected);
    }

    #[test]
    fn the_reload_script_is_settled_minified_or_not() {
        let script = "a='{{__TRUNK_ADDRESS__}}';b=`{{__TRUNK_ADDRESS__}}`;c='{{__TRUNK_WS_BASE__}}'";
        assert_eq!(settle_reload_script(script), "a=window.location.host;b=window.location.host;c='/'");
    }
}
