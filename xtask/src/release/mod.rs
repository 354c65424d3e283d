//! The release build: the application as one wasm to start with and parts that are loaded when a page needs them.
//!
//! trunk knows no parts, so this takes the steps that trunk takes for one wasm, and those that parts need. The
//! application marks its parts with `wasm_split`, and is linked with its relocations, so that it is known which code and
//! data each part needs alone:
//!
//! ```text
//! linked wasm ─ cut ─┬─ first part ─ wasm-bindgen ───────────┬─ type ids ─ wasm-opt ─ order ─ shorten names ─ page
//!                    ├─ one file a part ─────────────────────┤                               (of the first part)
//!                    └─ what parts share ─ group ─ merge ────┘
//! ```
//!
//! Files of the application are in a folder named after their content, and name each other within it. With the first
//! part that is loaded comes the style sheet of all of them.

mod check;
mod core_size;
mod functions;
mod group;
mod loader;
mod merge;
mod order;
mod shorten;
mod standard_library;
mod type_ids;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};
use wasm_split_cli_support as splitter;

use crate::failure::Failure;
use crate::page::{self, Tag};
use crate::tools::Toolbox;
use crate::trunk::Site;
use crate::workspace::Workspace;
use crate::{finish, process, style};

pub use loader::parts_of;

const ADVICE: &str = "read the messages above; the first error is the one to start with";
const BINARY: &str = "vcube-raft-frontend";
const TARGET: &str = "wasm32-unknown-unknown";
/// The style sheet of the pages that come as parts.
const SHEET: &str = "pages.css";
/// A part that shows nothing.
const UNSEEN_PART: &str = "many_nodes";
/// The script of the worker, which looks for it beside the application's own.
const WORKER: &str = "check_worker.js";
/// What the first part imports its loader from.
const LOADER: &str = "./__wasm_split.js";
/// What the compiler may use of wasm, and what every browser of the last years has.
const WASM_FEATURES: [&str; 6] = [
    "--enable-bulk-memory",
    "--enable-sign-ext",
    "--enable-nontrapping-float-to-int",
    "--enable-mutable-globals",
    "--enable-reference-types",
    "--enable-multivalue",
];
/// What makes a wasm small.
///
/// The control flow is made anew and everything is done twice: 3 KB less to load (brotli). Code that is there twice is
/// left so where brotli finds it anyhow, and addresses have no sum of their own where the lowest kilobyte could matter,
/// which is the very end of the stack: 2 KB. Not `--traps-never-happen`, for 4 KB: an index out of bounds would be used.
const SMALL: [&str; 8] = [
    "--strip-debug",
    "--strip-producers",
    "--flatten",
    "--rereloop",
    "-Oz",
    "-Oz",
    "--low-memory-unused",
    "--skip-pass=local-cse",
];

/// Builds the site.
///
/// # Errors
/// When a step fails or is interrupted.
pub fn build(workspace: &Workspace, tools: &Toolbox, site: Site<'_>) -> Result<(), Failure> {
    let work = workspace.target.join("site-in-parts");
    let (cut, application) = (work.join("cut"), work.join("application"));
    empty(&work)?;
    let whole = compile(workspace, tools, site.features)?;
    let ids = type_ids(&whole)?;
    let parts = cut_into_parts(&whole, &cut)?;
    bind(workspace, tools, &cut.join("app.wasm"), &application)?;
    let mut table = put_beside(workspace, tools, &parts, &application)?;
    let sheet = application.join(SHEET);
    fs::write(&sheet, style::of_pages(&workspace.root)?).map_err(Failure::file("write", &sheet))?;
    let shown = table.iter_mut().filter(|(part, _)| part.as_str() != UNSEEN_PART);
    shown.for_each(|(_, files)| files.push(SHEET.to_owned()));
    let script = application.join(LOADER);
    fs::write(&script, loader::script("app.js", &table)).map_err(Failure::file("write", &script))?;
    for file in files_of(&application)? {
        if file.extension().is_some_and(|ending| ending == "wasm") {
            optimise(workspace, tools, &ids, &file)?;
        }
    }
    let first = application.join("app_bg.wasm");
    shorten_names(&first, &application.join("app.js"))?;
    let worker = application.join(WORKER);
    let source = workspace.root.join("src").join("api_service").join(WORKER);
    fs::copy(&source, &worker).map_err(Failure::file("copy", &source))?;
    minify(workspace, tools, &application.join("app.js"), "esm")?;
    minify(workspace, tools, &worker, "iife")?;
    let is_part = |file: &PathBuf| *file != first && file.extension().is_some_and(|ending| ending == "wasm");
    check::check(&first, &files_of(&application)?.into_iter().filter(is_part).collect::<Vec<_>>())?;
    let staging = work.join("site");
    lay_out(workspace, &application, &staging)?;
    finish::complete_site(&staging, style::first(&workspace.root)?)?;
    replace(&staging, site.dist)
}

/// The code of the failover core in the first part of the last build, as it is optimised there.
///
/// # Errors
/// When there is no such build, or a step fails.
pub fn core_of_last_build(workspace: &Workspace, tools: &Toolbox) -> Result<Vec<u8>, Failure> {
    let work = workspace.target.join("site-in-parts");
    let named = work.join("named");
    empty(&named)?;
    let mut command = tools.command(workspace, "wasm-bindgen");
    // The names as the compiler spells them: they say which path stands first.
    command.args(["--target", "web", "--no-typescript", "--no-demangle", "--keep-lld-exports", "--out-name", "app"]);
    command.arg("--out-dir").arg(&named).arg(work.join("cut").join("app.wasm"));
    process::run("binding the application to the browser", &mut command, ADVICE)?;
    let file = named.join("app_bg.wasm");
    let mut command = tools.command(workspace, "wasm-opt");
    command.args(WASM_FEATURES).args(SMALL.iter().filter(|option| **option != "--strip-debug"));
    command.arg("-g").arg(&file).arg("-o").arg(&file);
    process::run("optimising the application", &mut command, ADVICE)?;
    let wasm = fs::read(&file).map_err(Failure::file("read", &file))?;
    core_size::code(&wasm).map_err(|problem| Failure::unexpected(&file, problem))
}

/// The whole application as one wasm, with what the cutting needs to know of its references.
fn compile(workspace: &Workspace, tools: &Toolbox, features: &str) -> Result<PathBuf, Failure> {
    let mut command = tools.command(workspace, "cargo");
    command.args(["rustc", "--release", "--target", TARGET, "--bin", BINARY, "--features"]);
    command.arg(if features.is_empty() { "split".to_owned() } else { format!("split,{features}") });
    command.args(["--", "-C", "link-args=--emit-relocs"]);
    standard_library::build_with_the_application(&mut command);
    process::run("compiling the application", &mut command, ADVICE)?;
    Ok(workspace.target.join(TARGET).join("release").join(format!("{BINARY}.wasm")))
}

/// The files that each part needs beside the first part, which is `app.wasm` in `cut`.
fn cut_into_parts(whole: &Path, cut: &Path) -> Result<BTreeMap<String, Vec<PathBuf>>, Failure> {
    println!("cutting the application into parts");
    let wasm = fs::read(whole).map_err(Failure::file("read", whole))?;
    let first = cut.join("app.wasm");
    let mut options = splitter::Options::new(&wasm);
    options.output_dir = cut;
    options.main_out_path = &first;
    options.link_name = LOADER;
    let parts = splitter::transform(options)
        .map_err(|error| Failure::unexpected(whole, format!("it cannot be cut into parts: {error:#}")))?;
    let path = |name: String| cut.join(format!("{name}.wasm"));
    let files = |(part, names): (String, Vec<String>)| (part, names.into_iter().map(path).collect());
    Ok(parts.prefetch_map.into_iter().map(files).collect())
}

/// Binds the first part to the browser.
fn bind(workspace: &Workspace, tools: &Toolbox, first: &Path, application: &Path) -> Result<(), Failure> {
    let mut command = tools.command(workspace, "wasm-bindgen");
    command.args(["--target", "web", "--no-typescript", "--remove-name-section", "--remove-producers-section"]);
    // The parts use what the linker exports: the table of functions, the memory, the stack.
    command.args(["--keep-lld-exports", "--out-name", "app", "--out-dir"]).arg(application).arg(first);
    process::run("binding the application to the browser", &mut command, ADVICE)
}

/// Puts the files of the parts beside the first part, with what several parts share in few files: the splitter writes
/// one for every set of parts.
fn put_beside(
    workspace: &Workspace,
    tools: &Toolbox,
    parts: &BTreeMap<String, Vec<PathBuf>>,
    application: &Path,
) -> Result<loader::Table, Failure> {
    let mut users: BTreeMap<&PathBuf, BTreeSet<&str>> = BTreeMap::new();
    for (part, file) in parts.iter().flat_map(|(part, files)| files.iter().map(move |file| (part, file))) {
        users.entry(file).or_default().insert(part);
    }
    let (own, shared): (Vec<_>, Vec<_>) = users.into_iter().partition(|(_, parts)| parts.len() == 1);
    let mut pieces = Vec::new();
    for (file, parts) in shared {
        let bytes = fs::metadata(file).map_err(Failure::file("read", file))?.len();
        let parts = parts.into_iter().map(str::to_owned).collect();
        pieces.push(group::Group { members: vec![file.clone()], parts, bytes });
    }
    let mut table = loader::Table::new();
    for (number, group) in group::grouped(pieces).into_iter().enumerate() {
        let name = format!("shared-{}.wasm", number + 1);
        merge::merge(workspace, tools, &group.members, &application.join(&name))?;
        for part in group.parts {
            table.entry(part).or_default().push(name.clone());
        }
    }
    for (part, file) in own.into_iter().flat_map(|(file, parts)| parts.into_iter().map(move |part| (part, file))) {
        let name = format!("{part}.wasm");
        fs::copy(file, application.join(&name)).map_err(Failure::file("copy", file))?;
        table.entry(part.to_owned()).or_default().push(name);
    }
    Ok(table)
}

fn type_ids(whole: &Path) -> Result<type_ids::TypeIds, Failure> {
    let wasm = fs::read(whole).map_err(Failure::file("read", whole))?;
    type_ids::TypeIds::of(&wasm).map_err(|problem| Failure::unexpected(whole, problem))
}

fn optimise(workspace: &Workspace, tools: &Toolbox, ids: &type_ids::TypeIds, file: &Path) -> Result<(), Failure> {
    let unusable = |problem| Failure::unexpected(file, problem);
    // First: an optimiser may fold constants, and cut data where it is zero.
    let wasm = fs::read(file).map_err(Failure::file("read", file))?;
    fs::write(file, ids.shorten(&wasm).map_err(unusable)?).map_err(Failure::file("write", file))?;
    let mut command = tools.command(workspace, "wasm-opt");
    command.args(WASM_FEATURES).args(SMALL);
    command.arg(file).arg("-o").arg(file);
    process::run("optimising the application", &mut command, ADVICE)?;
    let wasm = fs::read(file).map_err(Failure::file("read", file))?;
    fs::write(file, order::by_likeness(&wasm).map_err(unusable)?).map_err(Failure::file("write", file))
}

/// Gives what the first part and its script call each other by short names.
fn shorten_names(first: &Path, script: &Path) -> Result<(), Failure> {
    let wasm = fs::read(first).map_err(Failure::file("read", first))?;
    let text = fs::read_to_string(script).map_err(Failure::file("read", script))?;
    let unusable = |problem| Failure::unexpected(first, problem);
    let names = shorten::names(&wasm).map_err(unusable)?;
    let wasm = shorten::wasm(&wasm, &names).map_err(unusable)?;
    let text = shorten::script(&text, &names).map_err(|problem| Failure::unexpected(script, problem))?;
    fs::write(first, wasm).map_err(Failure::file("write", first))?;
    fs::write(script, text).map_err(Failure::file("write", script))
}

/// `format`: what kind of script it is, as esbuild calls it.
fn minify(workspace: &Workspace, tools: &Toolbox, script: &Path, format: &str) -> Result<(), Failure> {
    let mut command = tools.command(workspace, "esbuild");
    command.args(["--minify", "--log-level=warning", "--allow-overwrite"]);
    command.arg(format!("--format={format}")).arg(script).arg(format!("--outfile={}", script.display()));
    process::run("minifying the script", &mut command, ADVICE)
}

/// The site as it is served, but for what every kind of build completes.
fn lay_out(workspace: &Workspace, application: &Path, staging: &Path) -> Result<(), Failure> {
    let folder = format!("app-{}", hash_of(&files_of(application)?)?);
    let into = staging.join(&folder);
    fs::create_dir_all(&into).map_err(Failure::file("create", &into))?;
    for file in files_of(application)? {
        let name = file.file_name().unwrap_or_default();
        fs::copy(&file, into.join(name)).map_err(Failure::file("copy", &file))?;
    }
    let source = workspace.root.join("index.html");
    let html = fs::read_to_string(&source).map_err(Failure::file("read", &source))?;
    let mut page = String::with_capacity(html.len());
    let mut copied = 0;
    for tag in page::tags(&html, "link") {
        let text = tag.text(&html);
        if page::attribute(text, "data-trunk").is_none() {
            continue;
        }
        page.push_str(&html[copied..tag.start]);
        page.push_str(&in_place_of(workspace, tag, &html, &folder, staging)?);
        copied = tag.end;
    }
    page.push_str(&html[copied..]);
    let index = staging.join("index.html");
    fs::write(&index, page).map_err(Failure::file("write", &index))
}

/// What a browser finds where the source has a link for trunk.
fn in_place_of(workspace: &Workspace, tag: Tag, html: &str, folder: &str, staging: &Path) -> Result<String, Failure> {
    let text = tag.text(html);
    let file = workspace.root.join(page::attribute(text, "href").unwrap_or_default());
    let copy = |name: &str| fs::copy(&file, staging.join(name)).map_err(Failure::file("copy", &file));
    match page::attribute(text, "rel") {
        Some("icon") => {
            let name = format!("favicon-{}.svg", hash_of(std::slice::from_ref(&file))?);
            copy(&name)?;
            Ok(format!("<link rel=\"icon\" type=\"image/svg+xml\" href=\"/{name}\">"))
        }
        Some("copy-file") if file.ends_with(WORKER) => Ok(String::new()),
        Some("copy-file") => {
            copy(&file.file_name().unwrap_or_default().to_string_lossy())?;
            Ok(String::new())
        }
        Some("rust") => Ok(format!(
            "<link rel=\"modulepreload\" href=\"/{folder}/app.js\">\
             <link rel=\"modulepreload\" href=\"/{folder}/__wasm_split.js\">\
             <link rel=\"preload\" as=\"fetch\" type=\"application/wasm\" crossorigin href=\"/{folder}/app_bg.wasm\">\
             <script type=\"module\">import init from '/{folder}/app.js';\
             init({{module_or_path:'/{folder}/app_bg.wasm'}})</script>"
        )),
        _ => Err(Failure::unexpected(&workspace.root.join("index.html"), format!("{text} is not known here"))),
    }
}

/// 64 bits of the content of `files`, which are sorted.
fn hash_of(files: &[PathBuf]) -> Result<String, Failure> {
    let mut digest = Sha256::new();
    for file in files {
        digest.update(fs::read(file).map_err(Failure::file("read", file))?);
    }
    Ok(digest.finalize()[..8].iter().map(|byte| format!("{byte:02x}")).collect())
}

/// The files of `folder`, by name.
fn files_of(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let entries = fs::read_dir(folder).map_err(Failure::file("read", folder))?;
    let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).filter(|path| path.is_file()).collect();
    files.sort();
    Ok(files)
}

fn empty(folder: &Path) -> Result<(), Failure> {
    if folder.exists() {
        fs::remove_dir_all(folder).map_err(Failure::file("remove", folder))?;
    }
    fs::create_dir_all(folder).map_err(Failure::file("create", folder))
}

/// Puts the new site where the last one is.
fn replace(staging: &Path, dist: &Path) -> Result<(), Failure> {
    empty(dist)?;
    copy_all(staging, dist)
}

fn copy_all(from: &Path, to: &Path) -> Result<(), Failure> {
    fs::create_dir_all(to).map_err(Failure::file("create", to))?;
    for entry in fs::read_dir(from).map_err(Failure::file("read", from))?.flatten() {
        let (path, target) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() {
            copy_all(&path, &target)?;
        } else {
            fs::copy(&path, &target).map_err(Failure::file("copy", &path))?;
        }
    }
    Ok(())
}
