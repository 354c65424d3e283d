//! Versions as tools print them.

/// The first version in a line such as `trunk 0.21.14` or `wasm-opt version 132 (version_132)`.
pub fn first(line: &str) -> Option<&str> {
    line.split_whitespace().find(|word| {
        let mut parts = word.split(['.', '-']);
        word.starts_with(|first: char| first.is_ascii_digit())
            && parts.next().is_some_and(|part| part.bytes().all(|byte| byte.is_ascii_digit()))
    })
}

/// The number before the first dot.
pub fn major(version: &str) -> Option<u32> {
    version.split('.').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_found_in_what_tools_print() {
        assert_eq!(first("trunk 0.21.14\n"), Some("0.21.14"));
        assert_eq!(first("wasm-bindgen 0.2.130 (4f3a5e0 2026-01-01)"), Some("0.2.130"));
        assert_eq!(first("wasm-opt version 132 (version_132)"), Some("132"));
        assert_eq!(first("ChromeDriver 142.0.7444.59 (4b8153ab-refs/branch-heads)"), Some("142.0.7444.59"));
        assert_eq!(first("command not found"), None);
    }

    #[test]
    fn the_major_version_is_a_number() {
        assert_eq!(major("142.0.7444.59"), Some(142));
        assert_eq!(major("132"), Some(132));
        assert_eq!(major(""), None);
    }
}
