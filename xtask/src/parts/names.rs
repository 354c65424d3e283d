//! Files are named after their contents, and the page names them.

use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256, Sha384};

use super::loader::{self, Table};
use super::{LOADER, Parts, STEM, Tools, read_text};
use crate::failure::Failure;
use crate::page::{self, Problem};

/// The files that trunk's page loads.
pub struct Loaded {
    pub script: String,
    pub wasm: String,
}

impl Loaded {
    pub fn of(html: &str) -> Result<Self, Problem> {
        let file = |rel: &str, ending: &str| {
            page::tags(html, "link")
                .map(|tag| tag.text(html))
                .filter(|link| page::attribute(link, "rel") == Some(rel))
                .filter_map(|link| page::attribute(link, "href"))
                .find(|href| href.ends_with(ending))
                .map(|href| href.trim_start_matches('/').to_owned())
        };
        Ok(Self {
            script: file("modulepreload", ".js").ok_or(Problem("it loads no script"))?,
            wasm: file("preload", ".wasm").ok_or(Problem("it loads no wasm"))?,
        })
    }
}

/// What takes their place.
pub struct Named {
    main: Loaded,
    /// `sha384-…` of the main part's script.
    main_integrity: String,
    loader: String,
    loader_integrity: String,
}

impl Named {
    /// Writes every part into `site`, made small and named after its content.
    pub fn write(tools: &Tools<'_>, parts: &Parts, work: &Path, site: &Path) -> Result<Self, Failure> {
        let bound = work.join("bound");
        tools.bind(&parts.main, &bound)?;
        let wasm = bound.join(format!("{STEM}_bg.wasm"));
        let small = work.join("small.wasm");
        tools.optimise(&wasm, &small)?;
        let main = fs::read(&small).map_err(Failure::file("read", &small))?;
        let script = bound.join(format!("{STEM}.js"));
        let script = read_text(&script)?;
        let table = write_parts(tools, parts, work, site)?;
        // The two scripts name each other: one hash for both, of everything that is in them and of the wasm.
        let hash = hash(&[&main, script.as_bytes(), loader::script("", &table).as_bytes()]);
        let main_names = Loaded { script: format!("{STEM}-{hash}.js"), wasm: format!("{STEM}-{hash}_bg.wasm") };
        let loader = format!("{STEM}-{hash}-parts.js");
        // Where the loader is, and not what the wasm calls it.
        let script = script
            .replace(&format!("from \"{LOADER}\""), &format!("from \"./{loader}\""))
            .replace(&format!("{STEM}_bg.wasm"), &main_names.wasm);
        let loader_script = loader::script(&main_names.script, &table);
        let write = |name: &str, content: &[u8]| {
            let file = site.join(name);
            fs::write(&file, content).map_err(Failure::file("write", &file))
        };
        write(&main_names.wasm, &main)?;
        write(&main_names.script, script.as_bytes())?;
        write(&loader, loader_script.as_bytes())?;
        Ok(Self {
            main: main_names,
            main_integrity: integrity(&script),
            loader,
            loader_integrity: integrity(&loader_script),
        })
    }
}

/// Every file of every part, once.
fn write_parts(tools: &Tools<'_>, parts: &Parts, work: &Path, site: &Path) -> Result<Table, Failure> {
    let small = work.join("small.wasm");
    let mut written: Vec<(&PathBuf, String)> = Vec::new();
    let mut table = Table::new();
    for (part, files) in &parts.files {
        for file in files {
            let name = match written.iter().find(|(known, _)| *known == file) {
                Some((_, name)) => name.clone(),
                None => {
                    tools.optimise(file, &small)?;
                    let wasm = fs::read(&small).map_err(Failure::file("read", &small))?;
                    let stem = file.file_stem().unwrap_or_default().to_string_lossy().replace("split_", "");
                    let name = format!("{stem}-{}.wasm", hash(&[&wasm]));
                    let to = site.join(&name);
                    fs::write(&to, wasm).map_err(Failure::file("write", &to))?;
                    written.push((file, name.clone()));
                    name
                }
            };
            table.entry(part.clone()).or_default().push(name);
        }
    }
    Ok(table)
}

/// The page of trunk with the new files in place of the whole ones.
pub fn link(html: &str, whole: &Loaded, named: &Named) -> Result<String, Problem> {
    let is_script = |link: &str| {
        page::attribute(link, "rel") == Some("modulepreload")
            && page::attribute(link, "href").is_some_and(|href| href.ends_with(&whole.script))
    };
    let tag = page::tags(html, "link").find(|tag| is_script(tag.text(html))).ok_or(Problem("it loads no script"))?;
    let preload = |file: &str, integrity: &str| {
        format!("<link rel=\"modulepreload\" href=\"/{file}\" crossorigin=\"anonymous\" integrity=\"{integrity}\">")
    };
    let links = preload(&named.main.script, &named.main_integrity) + &preload(&named.loader, &named.loader_integrity);
    let html = format!("{}{links}{}", &html[..tag.start], &html[tag.end..]);
    Ok(html.replace(&whole.wasm, &named.main.wasm).replace(&whole.script, &named.main.script))
}

fn hash(contents: &[&[u8]]) -> String {
    let mut digest = Sha256::new();
    for content in contents {
        digest.update(content);
    }
    digest.finalize()[..8].iter().map(|byte| format!("{byte:02x}")).collect()
}

fn integrity(script: &str) -> String {
    format!("sha384-{}", STANDARD.encode(Sha384::digest(script)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "<head><script type=module>import init from '/a-1.js';init('/a-1_bg.wasm')</script>\
                        <link rel=\"modulepreload\" href=\"/a-1.js\" crossorigin=\"anonymous\" integrity=\"sha384-old\">\
                        <link rel=\"preload\" href=\"/a-1_bg.wasm\" as=\"fetch\"></head>";

    #[test]
    fn the_page_names_the_parts_in_place_of_the_whole() {
        let whole = Loaded::of(PAGE).ok();
        let names = whole.as_ref().map(|whole| (whole.script.as_str(), whole.wasm.as_str()));
        assert_eq!(names, Some(("a-1.js", "a-1_bg.wasm")));
        let named = Named {
            main: Loaded { script: "b-2.js".into(), wasm: "b-2_bg.wasm".into() },
            main_integrity: "sha384-new".into(),
            loader: "b-2-parts.js".into(),
            loader_integrity: "sha384-loader".into(),
        };
        let page = whole.and_then(|whole| link(PAGE, &whole, &named).ok()).unwrap_or_default();
        let expected = "<head><script type=module>import init from '/b-2.js';init('/b-2_bg.wasm')</script>\
             <link rel=\"modulepreload\" href=\"/b-2.js\" crossorigin=\"anonymous\" integrity=\"sha384-new\">\
             <link rel=\"modulepreload\" href=\"/b-2-parts.js\" crossorigin=\"anonymous\" integrity=\"sha384-loader\">\
             <link rel=\"preload\" href=\"/b-2_bg.wasm\" as=\"fetch\"></head>";
        assert_eq!(page, expected);
    }

    #[test]
    fn a_page_without_a_script_is_refused() {
        assert!(Loaded::of("<head><link rel=preload href=/a.wasm></head>").is_err());
    }
}
