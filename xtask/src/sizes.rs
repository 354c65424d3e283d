//! What a browser loads for a page, file by file, against the budget.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write as _;
use std::path::Path;

use crate::failure::Failure;
use crate::page::Problem;
use crate::parts;

/// Of everything that login and `/admin` load, with brotli 11, in bytes. The React application that this one replaces
/// is 155 KB; 1 KB is 1,000 bytes.
const BUDGET: usize = 170_000;

/// The part with what stands further down on `/admin`: charts and tables that come when they are near the screen.
const FURTHER_DOWN: &str = "charts";

/// A file of the site.
struct File {
    name: String,
    raw: usize,
    brotli: usize,
}

/// Prints what a browser loads for login, for `/admin`, and for every other part.
///
/// # Errors
/// When the site cannot be read.
pub fn print(dist: &Path) -> Result<(), Failure> {
    let contents = read_all(dist, dist)?;
    let parts =
        parts(&contents).map_err(|(name, problem)| Failure::unexpected(&dist.join(name), problem.to_string()))?;
    let of_parts: BTreeSet<&String> = parts.values().flatten().collect();
    let login = loaded_from("index.html", &contents, &of_parts);
    println!("\nWhat a browser loads for login and /admin (brotli 11; 1 KB = 1,000 bytes):");
    let total = print_table(&measure(&contents, &login));
    println!("Login and /admin, until they are shown: {}", against_budget(total));
    if let Some(files) = parts.get(FURTHER_DOWN) {
        println!("Further down on /admin, once it comes near the screen or nothing else is to be loaded:");
        let more = print_table(&measure(&contents, files));
        println!("Login and the whole of /admin: {}", against_budget(total + more));
    }
    for (part, files) in parts.iter().filter(|(part, _)| *part != FURTHER_DOWN) {
        println!("For the part {part}, when nothing but login and /admin is there:");
        print_table(&measure(&contents, files));
    }
    let is_known = |name: &String| login.contains(name) || of_parts.contains(name);
    let rest: Vec<String> = contents.keys().filter(|name| !is_known(name)).cloned().collect();
    if !rest.is_empty() {
        println!("Beside these:");
        print_table(&measure(&contents, &rest));
    }
    Ok(())
}

fn against_budget(total: usize) -> String {
    let (word, left) = if total <= BUDGET { ("left", BUDGET - total) } else { ("OVER BUDGET", total - BUDGET) };
    format!("{} of {}, {} {word}", kb(total), kb(BUDGET), kb(left))
}

/// The files of each part; nothing when the application is whole.
fn parts(contents: &BTreeMap<String, Vec<u8>>) -> Result<BTreeMap<String, Vec<String>>, (String, Problem)> {
    for (name, content) in contents.iter().filter(|(name, _)| name.ends_with(".js")) {
        let table = parts::parts_of(&String::from_utf8_lossy(content)).map_err(|problem| (name.clone(), problem))?;
        if let Some(mut table) = table {
            // Named as from the loader's own folder.
            let folder = name.rsplit_once('/').map_or(String::new(), |(folder, _)| format!("{folder}/"));
            table.values_mut().flatten().for_each(|file| file.insert_str(0, &folder));
            return Ok(table);
        }
    }
    Ok(BTreeMap::new())
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

fn measure(contents: &BTreeMap<String, Vec<u8>>, names: &[String]) -> Vec<File> {
    let content = |name: &String| Some((name.clone(), contents.get(name)?));
    let mut files: Vec<File> = names
        .iter()
        .filter_map(content)
        .map(|(name, content)| File { name, raw: content.len(), brotli: brotli_size(content) })
        .collect();
    files.sort_by_key(|file| std::cmp::Reverse(file.brotli));
    files
}

fn brotli_size(content: &[u8]) -> usize {
    compressed(content).len()
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

/// How large `content` is when it is compressed, in words.
pub fn compressed_kb(content: &[u8]) -> String {
    kb(brotli_size(content))
}

fn print_table(files: &[File]) -> usize {
    println!("  {:>10}  {:>10}  file", "raw", "brotli");
    for file in files {
        println!("  {:>10}  {:>10}  {}", kb(file.raw), kb(file.brotli), file.name);
    }
    let raw = files.iter().map(|file| file.raw).sum();
    let brotli = files.iter().map(|file| file.brotli).sum();
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
            file("index.html", "<script>import '/app-1.js'</script><link href=/style-2.css>"),
            file("app-1.js", "import './snippets/a/inline0.js'; import './parts.js'; fetch('app-1_bg.wasm')"),
            file(
                "parts.js",
                "const PARTS = {\"admin\":[\"admin-3.wasm\"]};\nexport const __wasm_split_load_admin = 0;",
            ),
            file("admin-3.wasm", ""),
            file("app-1_bg.wasm", "chart.js"),
            file("chart.js", ""),
            file("snippets/a/inline0.js", ""),
            file("style-2.css", ""),
        ]);
        let parts = parts(&contents).unwrap_or_default();
        assert_eq!(parts, BTreeMap::from([("admin".to_owned(), vec!["admin-3.wasm".to_owned()])]));
        let mut loaded = loaded_from("index.html", &contents, &parts.values().flatten().collect());
        loaded.sort();
        let expected = ["app-1.js", "app-1_bg.wasm", "index.html", "parts.js", "snippets/a/inline0.js", "style-2.css"];
        assert_eq!(loaded, expected);
    }

    #[test]
    fn sizes_are_in_thousands_of_bytes() {
        assert_eq!(kb(170_000), "170.0 KB");
        assert_eq!(kb(1_049), "1.0 KB");
    }

    #[test]
    fn brotli_is_really_applied() {
        assert!(brotli_size(&[b'a'; 10_000]) < 50);
    }
}
