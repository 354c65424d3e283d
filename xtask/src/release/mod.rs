//! The release build: the application as one wasm to start with, and chunks that are loaded when somebody needs them.
//!
//! trunk knows no chunks (trunk-rs/trunk#1022), so this takes the steps that trunk takes for one wasm, with a cut before
//! them. The application marks where to cut with `wasm_split` (`src/pages/chunks.rs`), and is linked with its
//! relocations, so that it is known which code and data each chunk needs alone:
//!
//! ```text
//! cargo rustc ─ linked wasm ─ cut ─┬─ first chunk ─ wasm-bindgen ─────┬─ wasm-opt ─ site
//!                                  ├─ split_<chunk>.wasm ─────────────┤
//!                                  ├─ chunk_<n>.wasm: what some share ┘
//!                                  └─ __wasm_split.js, which loads them
//! ```
//!
//! Files of the application are in a folder named after their content, and name each other within it.

pub mod files;
mod site;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use wasm_split_cli_support as splitter;

use crate::failure::Failure;
use crate::process;
use crate::tools::Toolbox;
use crate::workspace::Workspace;

use files::{empty, files_below, replace};

const ADVICE: &str = "read the messages above; the first error is the one to start with";
const BINARY: &str = "vcube-raft-frontend";
const TARGET: &str = "wasm32-unknown-unknown";

/// The files that each chunk loads beside those that every page loads, relative to the site.
pub type Chunks = BTreeMap<String, Vec<String>>;

/// Builds the site with `features` of the application, separated by commas, and leaves it in `dist`.
///
/// # Errors
/// When a step fails or is interrupted.
pub fn build(workspace: &Workspace, tools: &Toolbox, features: &str, dist: &Path) -> Result<Chunks, Failure> {
    let work = workspace.target.join("release-site");
    let (application, staging) = (work.join("application"), work.join("site"));
    empty(&work)?;
    let whole = compile(workspace, tools, features)?;
    let first = work.join("app.wasm");
    let chunks = cut_into_chunks(&whole, &first, &application)?;
    bind(workspace, tools, &first, &application)?;
    let source = site::Source::read(&workspace.root)?;
    source.copy_scripts(&application)?;
    for file in files_below(&application)? {
        if file.extension().is_some_and(|ending| ending == "wasm") {
            optimise(workspace, tools, source.wasm_opt_options()?, &file)?;
        }
    }
    let folder = source.lay_out(&application, &staging)?;
    post_build::complete(&workspace.root, &staging)?;
    replace(&staging, dist)?;
    let paths = |names: Vec<String>| names.into_iter().map(|name| format!("{folder}/{name}.wasm")).collect();
    Ok(chunks.into_iter().map(|(chunk, names)| (chunk, paths(names))).collect())
}

/// The whole application as one wasm, with what the cutting needs to know of its references.
fn compile(workspace: &Workspace, tools: &Toolbox, features: &str) -> Result<PathBuf, Failure> {
    let mut command = tools.command(workspace, "cargo");
    command.args(["rustc", "--release", "--target", TARGET, "--bin", BINARY, "--features"]);
    command.arg(if features.is_empty() { "split".to_owned() } else { format!("split,{features}") });
    command.args(["--", "-C", "link-args=--emit-relocs"]);
    process::run("compiling the application", &mut command, ADVICE)?;
    Ok(workspace.target.join(TARGET).join("release").join(format!("{BINARY}.wasm")))
}

/// Writes the first chunk as `first`, and all others with the script that loads them into `application`. Gives the
/// names of the files of each chunk, without `.wasm`.
fn cut_into_chunks(whole: &Path, first: &Path, application: &Path) -> Result<BTreeMap<String, Vec<String>>, Failure> {
    println!("cutting the application into chunks");
    let wasm = fs::read(whole).map_err(Failure::file("read", whole))?;
    let mut options = splitter::Options::new(&wasm);
    options.output_dir = application;
    options.main_out_path = first;
    options.main_module = "./app.js";
    let cut = splitter::transform(options)
        .map_err(|error| Failure::unexpected(whole, format!("it cannot be cut: {error:#}")))?;
    Ok(cut.prefetch_map.into_iter().collect())
}

/// Binds the first chunk to the browser: `app.js` and `app_bg.wasm`.
fn bind(workspace: &Workspace, tools: &Toolbox, first: &Path, application: &Path) -> Result<(), Failure> {
    let mut command = tools.command(workspace, "wasm-bindgen");
    // The chunks use what the linker exports: the table of functions, the memory, the stack.
    command.args(["--target", "web", "--no-typescript", "--keep-lld-exports", "--out-name", "app"]);
    command.arg("--out-dir").arg(application).arg(first);
    process::run("binding the application to the browser", &mut command, ADVICE)
}

fn optimise(
    workspace: &Workspace,
    tools: &Toolbox,
    options: impl Iterator<Item = String>,
    file: &Path,
) -> Result<(), Failure> {
    let mut command = tools.command(workspace, "wasm-opt");
    command.args(options).arg(file).arg("-o").arg(file);
    println!("optimising {}", file.file_name().unwrap_or_default().to_string_lossy());
    // It warns of names that the cutter gives to places in functions; they are removed here with all other names.
    process::run_quietly("optimising the application", &mut command, ADVICE)
}
