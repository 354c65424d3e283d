//! Cuts the application into parts: what everybody loads, and what a page loads when somebody goes to it.
//!
//! The application marks its parts with `wasm_split` and is linked with its relocations (`build.rs`), so that it is
//! known which code and data each part needs alone. trunk builds that wasm and the page; then, in trunk's hook:
//!
//! ```text
//! linked wasm ─ cut ─┬─ main ─ wasm-bindgen ─────────────────── wasm-opt ─┐
//!                    ├─ one file a part ─────────────────────── wasm-opt ─┼─ named after their contents ─ page
//!                    └─ what parts share ─ grouped ─ wasm-merge ─ wasm-opt ─┘
//! ```

mod group;
mod loader;
mod merge;
mod names;

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use wasm_split_cli_support as splitter;

use crate::failure::Failure;
use crate::page;
use crate::process;
use crate::workspace::Workspace;

pub use loader::parts_of;

/// The feature of the application that marks its parts.
pub const FEATURE: &str = "split";
/// Names the linked wasm for trunk's hook. Set by `cargo xtask build --release`.
pub const LINKED_VARIABLE: &str = "VCUBE_LINKED_WASM";

/// What every call of a part goes through as long as the wasm has not been cut.
const UNCUT: &str = "__wasm_split_placeholder__";
/// What the main part imports its loader from before that file has its name.
const LOADER: &str = "./__wasm_split.js";
/// What wasm-bindgen calls the main part.
const STEM: &str = "app";
const ADVICE: &str =
    "read the message above; `cargo xtask test --only page` shows whether the application builds whole";

/// Where the linked wasm of a release build is.
pub fn linked_wasm(workspace: &Workspace) -> PathBuf {
    workspace.target.join("wasm32-unknown-unknown/release/vcube-raft-frontend.wasm")
}

/// Replaces the script and the wasm that trunk wrote into `staging` by parts, when the application marks any. Gives
/// the page that loads them.
///
/// # Errors
/// When the wasm cannot be cut, or a tool is missing or fails.
pub fn cut(workspace: &Workspace, staging: &Path, html: String) -> Result<String, Failure> {
    let index = staging.join("index.html");
    let unusable = |problem: page::Problem| Failure::unexpected(&index, problem.to_string());
    let whole = names::Loaded::of(&html).map_err(unusable)?;
    let script = staging.join(&whole.script);
    if !read_text(&script)?.contains(UNCUT) {
        return Ok(html);
    }
    let linked = env::var_os(LINKED_VARIABLE).map(PathBuf::from).ok_or_else(|| Failure::Option {
        what: format!("the feature `{FEATURE}` marks parts, and nobody says which wasm is to be cut into them"),
        advice: "run `cargo xtask build --release`, or leave the feature out".into(),
    })?;
    let work = workspace.target.join("parts");
    if work.exists() {
        fs::remove_dir_all(&work).map_err(Failure::file("remove", &work))?;
    }
    let tools = Tools { workspace, options: wasm_options(workspace)? };
    let parts = Parts::cut(&linked, &work)?.joined(&tools, &work)?;
    for file in [&script, &staging.join(&whole.wasm)] {
        fs::remove_file(file).map_err(Failure::file("remove", file))?;
    }
    let named = names::Named::write(&tools, &parts, &work, staging)?;
    names::link(&html, &whole, &named).map_err(unusable)
}

/// The programs of binaryen and wasm-bindgen, which are on trunk's PATH, and with it on its hook's.
struct Tools<'a> {
    workspace: &'a Workspace,
    /// The features of wasm that are used, as options of binaryen.
    options: Vec<String>,
}

impl Tools<'_> {
    fn optimise(&self, from: &Path, to: &Path) -> Result<(), Failure> {
        let mut command = self.command("wasm-opt");
        command.arg("-Oz").args(&self.options).arg(from).arg("-o").arg(to);
        process::run_quietly("optimising a part", &mut command, ADVICE)
    }

    /// Writes the script and the wasm of the main part into `folder`.
    fn bind(&self, main: &Path, folder: &Path) -> Result<(), Failure> {
        let mut command = self.command("wasm-bindgen");
        // The parts use what the linker exports: its table of functions, its memory, its stack.
        command.args(["--target", "web", "--no-typescript", "--keep-lld-exports", "--out-name", STEM, "--out-dir"]);
        command.arg(folder).arg(main);
        process::run_quietly("binding the main part", &mut command, ADVICE)
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.workspace.root);
        command
    }
}

/// The options that index.html gives to trunk's `wasm-opt`: one list for builds in parts and whole.
fn wasm_options(workspace: &Workspace) -> Result<Vec<String>, Failure> {
    let path = workspace.root.join("index.html");
    let html = read_text(&path)?;
    page::tags(&html, "link")
        .find_map(|tag| page::attribute(tag.text(&html), "data-wasm-opt-params"))
        .map(|options| options.split_whitespace().map(str::to_owned).collect())
        .ok_or_else(|| Failure::unexpected(&path, "no link has data-wasm-opt-params"))
}

/// The wasm in pieces.
struct Parts {
    /// Not yet bound.
    main: PathBuf,
    /// What each part loads, whatever is loaded already.
    files: BTreeMap<String, Vec<PathBuf>>,
}

impl Parts {
    fn cut(linked: &Path, work: &Path) -> Result<Self, Failure> {
        let wasm = fs::read(linked).map_err(Failure::file("read", linked))?;
        let main = work.join("main.wasm");
        let mut options = splitter::Options::new(&wasm);
        options.output_dir = work;
        options.main_out_path = &main;
        options.link_name = LOADER;
        let cut = splitter::transform(options)
            .map_err(|error| Failure::unexpected(linked, format!("it cannot be cut: {error:#}")))?;
        let path = |name: String| work.join(format!("{name}.wasm"));
        let files = cut.prefetch_map.into_iter().map(|(part, names)| (part, names.into_iter().map(path).collect()));
        Ok(Self { main, files: files.collect() })
    }

    /// With what several parts share in few files: the splitter writes one for every set of parts.
    fn joined(self, tools: &Tools<'_>, work: &Path) -> Result<Self, Failure> {
        let mut users: BTreeMap<&PathBuf, BTreeSet<String>> = BTreeMap::new();
        for (part, files) in &self.files {
            for file in files {
                users.entry(file).or_default().insert(part.clone());
            }
        }
        let mut shared = Vec::new();
        for (file, parts) in users.iter().filter(|(_, parts)| parts.len() > 1) {
            let bytes = fs::metadata(file).map_err(Failure::file("read", file))?.len();
            shared.push(group::Group { members: vec![(*file).clone()], parts: parts.clone(), bytes });
        }
        let mut files: BTreeMap<String, Vec<PathBuf>> = BTreeMap::new();
        for (number, group) in group::grouped(shared).into_iter().enumerate() {
            let file = work.join(format!("shared-{}.wasm", number + 1));
            merge::merge(tools, &group.members, &file)?;
            for part in group.parts {
                files.entry(part).or_default().push(file.clone());
            }
        }
        for (file, parts) in users {
            if let (1, Some(part)) = (parts.len(), parts.first()) {
                files.entry(part.clone()).or_default().push(file.clone());
            }
        }
        Ok(Self { main: self.main, files })
    }
}

fn read_text(path: &Path) -> Result<String, Failure> {
    fs::read_to_string(path).map_err(Failure::file("read", path))
}
