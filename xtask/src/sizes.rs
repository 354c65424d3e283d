//! What a browser loads, chunk by chunk. Sizes are printed; what counts is how long a person waits (`cargo xtask bench
//! --only page`). A guard rail is there so that growth is noticed.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write as _;
use std::path::Path;

use crate::failure::Failure;
use crate::release::Chunks;

/// What a page needs until it is shown.
struct Wait {
    page: &'static str,
    /// The chunk that it loads beside what every page loads.
    chunk: Option<&'static str>,
    /// In bytes, with brotli 11.
    guard_rail: usize,
}

const WAITS: [Wait; 2] = [
    Wait { page: "/login", chunk: None, guard_rail: 290_000 },
    Wait { page: "/admin", chunk: Some("operators"), guard_rail: 400_000 },
];

/// How large a file of the site is, in bytes.
#[derive(Clone, Copy)]
struct Size {
    raw: usize,
    brotli: usize,
}

type Sizes = BTreeMap<String, Size>;

/// Prints what a browser loads for any page, for each chunk, and what the first pages come to.
///
/// # Errors
/// When the site cannot be read, or a chunk of [`WAITS`] is not there.
pub fn print(dist: &Path, chunks: &Chunks) -> Result<(), Failure> {
    let contents = read_all(dist, dist)?;
    let of_chunks: BTreeSet<&String> = chunks.values().flatten().collect();
    let start = loaded_from("index.html", &contents, &of_chunks);
    let sizes: Sizes = contents.iter().map(|(name, content)| (name.clone(), size_of(content))).collect();
    println!("\nWhat a browser loads for any page (brotli 11; 1 KB = 1,000 bytes):");
    let at_start = print_table(&sizes, &start);
    let mut totals = BTreeMap::new();
    for (chunk, files) in chunks {
        println!("For the chunk {chunk}, beside that:");
        totals.insert(chunk.as_str(), print_table(&sizes, files));
    }
    let is_known = |name: &String| start.contains(name) || of_chunks.contains(name);
    let rest: Vec<String> = contents.keys().filter(|name| !is_known(name)).cloned().collect();
    if !rest.is_empty() {
        println!("When it is asked for:");
        print_table(&sizes, &rest);
    }
    println!("Everything: {}", kb(sizes.values().map(|size| size.brotli).sum()));
    for wait in WAITS {
        let of_chunk = match wait.chunk {
            Some(chunk) => *totals
                .get(chunk)
                .ok_or_else(|| Failure::unexpected(dist, format!("the application has no chunk named {chunk}")))?,
            None => 0,
        };
        let total = at_start + of_chunk;
        let beyond = if total > wait.guard_rail { ": BEYOND IT" } else { "" };
        println!("{} until it is shown: {} (guard rail {}{beyond})", wait.page, kb(total), kb(wait.guard_rail));
    }
    Ok(())
}

/// Every file below `folder` by its path relative to `root`.
fn read_all(root: &Path, folder: &Path) -> Result<BTreeMap<String, Vec<u8>>, Failure> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(folder).map_err(Failure::file("read", folder))?.flatten() {
        let path = entry.path();
        if path.is_dir() {
            files.extend(read_all(root, &path)?);
        } else {
            let name = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().into_owned();
            files.insert(name, fs::read(&path).map_err(Failure::file("read", &path))?);
        }
    }
    Ok(files)
}

/// `start`, and every file but `later` that is named in a loaded page, script or style sheet.
fn loaded_from(start: &str, contents: &BTreeMap<String, Vec<u8>>, later: &BTreeSet<&String>) -> Vec<String> {
    let mut loaded = vec![start.to_owned()];
    let mut next = 0;
    while let Some(name) = loaded.get(next).cloned() {
        next += 1;
        let is_text = [".html", ".js", ".css"].iter().any(|ending| name.ends_with(ending));
        let Some(content) = contents.get(&name).filter(|_| is_text) else { continue };
        let text = String::from_utf8_lossy(content);
        for other in contents.keys().filter(|name| !later.contains(name)) {
            if !loaded.contains(other) && text.contains(other.as_str()) {
                loaded.push(other.clone());
            }
        }
    }
    loaded
}

fn size_of(content: &[u8]) -> Size {
    Size { raw: content.len(), brotli: compressed(content).len() }
}

/// What a server sends of a file that it compressed ahead.
fn compressed(content: &[u8]) -> Vec<u8> {
    let mut compressed = Vec::new();
    {
        // Quality 11 and a window of 2^22 bytes: what a server does with files that it compresses ahead.
        let mut writer = brotli::CompressorWriter::new(&mut compressed, 64 * 1024, 11, 22);
        // Writing to memory does not fail.
        let _ = writer.write_all(content);
    }
    compressed
}

/// Puts a compressed copy beside every file of the site, as `name.br`: many servers send that instead.
///
/// # Errors
/// When a file cannot be read or written.
pub fn compress_beside(dist: &Path) -> Result<(), Failure> {
    for (name, content) in read_all(dist, dist)? {
        let copy = dist.join(format!("{name}.br"));
        fs::write(&copy, compressed(&content)).map_err(Failure::file("write", &copy))?;
    }
    Ok(())
}

/// Prints the files `names`, the largest first. Gives what they come to, compressed.
fn print_table(sizes: &Sizes, names: &[String]) -> usize {
    let mut files: Vec<(&String, Size)> = names.iter().filter_map(|name| Some((name, *sizes.get(name)?))).collect();
    files.sort_by_key(|(_, size)| std::cmp::Reverse(size.brotli));
    println!("  {:>10}  {:>10}  file", "raw", "brotli");
    for (name, size) in &files {
        println!("  {:>10}  {:>10}  {name}", kb(size.raw), kb(size.brotli));
    }
    let raw = files.iter().map(|(_, size)| size.raw).sum();
    let brotli = files.iter().map(|(_, size)| size.brotli).sum();
    println!("  {:>10}  {:>10}  total", kb(raw), kb(brotli));
    brotli
}

/// Kilobytes of 1,000 bytes.
fn kb(bytes: usize) -> String {
    format!("{:.1} KB", bytes as f64 / 1_000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_loaded_is_followed_through_pages_and_scripts() {
        let file = |name: &str, text: &str| (name.to_owned(), text.as_bytes().to_vec());
        let contents = BTreeMap::from([
            file(
                "index.html",
                "<script>import '/app-1/app.js'</script><link href=/app-1/load.js><link href=/style-2.css>",
            ),
            file("app-1/app.js", "import 'app-1/snippets/inline0.js'; fetch('app-1/app_bg.wasm')"),
            file("app-1/load.js", "fetch('app-1/split_admin.wasm')"),
            file("app-1/split_admin.wasm", ""),
            file("app-1/app_bg.wasm", "chart.js"),
            file("chart.js", ""),
            file("app-1/snippets/inline0.js", ""),
            file("style-2.css", ""),
        ]);
        let admin = "app-1/split_admin.wasm".to_owned();
        let loaded = loaded_from("index.html", &contents, &BTreeSet::from([&admin]));
        let expected = [
            "index.html",
            "app-1/app.js",
            "app-1/load.js",
            "style-2.css",
            "app-1/app_bg.wasm",
            "app-1/snippets/inline0.js",
        ];
        assert_eq!(BTreeSet::from_iter(loaded.iter().map(String::as_str)), BTreeSet::from(expected));
    }

    #[test]
    fn sizes_are_in_thousands_of_bytes() {
        assert_eq!(kb(170_000), "170.0 KB");
        assert_eq!(kb(1_049), "1.0 KB");
    }

    #[test]
    fn brotli_is_really_applied() {
        assert!(size_of(&[b'a'; 10_000]).brotli < 50);
    }
}
