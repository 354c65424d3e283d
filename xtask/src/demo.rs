//! `cargo xtask demo`: a real cluster on this machine and the application in front of it, until Ctrl-C.

use std::env;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::ExitStatus;
use std::time::Duration;

use clap::Args;
use post_build::CONFIG_VARIABLE;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::cluster_process::{self, DemoAccount, Nodes};
use crate::failure::Failure;
use crate::jobs::Job;
use crate::process::{Running, ended, pause};
use crate::tools::Toolbox;
use crate::workspace::Workspace;
use crate::{http, ports, trunk};

/// A node that died is told within this.
const WATCH: Duration = Duration::from_millis(250);
/// trunk is not started again when it ended this often without serving anything.
const MOST_FAILURES: u32 = 3;

#[derive(Args)]
pub struct Options {
    /// The ports of the nodes, separated by commas [default: 8080,8081,8082].
    #[arg(long, value_delimiter = ',', value_name = "PORT,…")]
    ports: Vec<u16>,
    /// How many nodes, 1 to 16, on ports from 8080 on.
    #[arg(long, value_name = "COUNT")]
    nodes: Option<usize>,
    /// The port of the application.
    #[arg(long, default_value_t = 5173, value_name = "PORT")]
    app_port: u16,
    /// Serves the release build. Takes minutes to start.
    #[arg(long)]
    release: bool,
    /// Nodes that answer as a backend did that knows none of the contract's extensions: no tokens, no keys, no hints.
    #[arg(long)]
    older: bool,
    /// Without the travellers who book and cancel a little by themselves.
    #[arg(long)]
    quiet: bool,
}

/// # Errors
/// When a port is taken, a tool is missing and cannot be installed, a build fails, or the cluster does not come up.
pub fn run(workspace: &Workspace, options: &Options) -> Result<(), Failure> {
    let ports = ports::of_nodes(&options.ports, options.nodes, options.app_port)?;
    ensure_free(&ports, options.app_port)?;
    let untooled = Toolbox::new();
    let beside = vec![cluster_process::build(workspace, &untooled), application(workspace, &untooled, options)];
    let tools = untooled.with_trunk(workspace, options.release, beside)?;
    let program = cluster_process::program(workspace);
    // The builds may have taken minutes, in which another program came.
    ensure_free(&ports, options.app_port)?;
    let folder = folder()?;

    println!("\nStarting {} nodes …", ports.len());
    let mut nodes = Nodes::start(&program, &ports, options.older, folder.path())?;
    let leader = nodes.wait_for_leader()?;
    println!("The cluster has a leader: node {leader}. Building the page …");
    let _travellers = if options.quiet { None } else { Some(nodes.start_traffic(&program, folder.path())?) };

    let accounts = cluster_process::demo_accounts(&program);
    let config = folder.path().join("config.json");
    let text = config_for(workspace, &ports, &accounts)?;
    fs::write(&config, text).map_err(Failure::file("write", &config))?;
    let start = || start_page(workspace, &tools, options, &config, &folder.path().join("dist"));
    let mut page = ServedPage { running: start()?, ready: false, failures: 0 };
    loop {
        nodes.tell_of_the_dead();
        if let Some(status) = page.running.poll() {
            page.start_again(status, start)?;
        }
        if !page.ready && http::get(options.app_port, "/").is_some_and(|(status, _)| status == 200) {
            page.ready = true;
            page.failures = 0;
            announce(options.app_port, page.running.pid(), &nodes, &accounts);
        }
        pause(WATCH)?;
    }
}

/// trunk, which builds and serves the page.
struct ServedPage {
    running: Running,
    /// Whether the page has been served since it was started.
    ready: bool,
    /// How often in a row it ended before it served anything.
    failures: u32,
}

impl ServedPage {
    /// trunk's watcher may die of an event that it does not understand (notify-rs/notify#678): that is no reason to end
    /// the cluster too.
    fn start_again(&mut self, status: ExitStatus, start: impl Fn() -> Result<Running, Failure>) -> Result<(), Failure> {
        self.failures += u32::from(!self.ready);
        let what = format!("trunk, which serves the application, {}", ended(status));
        if self.failures >= MOST_FAILURES {
            return Err(Failure::Cluster {
                what: format!("{what}, {MOST_FAILURES} times in a row without serving anything"),
                advice: "read its messages above, then start the demo again".into(),
            });
        }
        println!("\n{what}. It is started again; the nodes go on.");
        // Whatever it started ends with it.
        self.running.end();
        self.running = start()?;
        self.ready = false;
        Ok(())
    }
}

/// The compilation of the application, exactly as trunk asks for it: trunk then finds it done.
fn application(workspace: &Workspace, tools: &Toolbox, options: &Options) -> Job {
    let mut command = tools.command(workspace, "cargo");
    command.args(["build", "--target", "wasm32-unknown-unknown", "--bin", "vcube-raft-frontend"]);
    if options.release {
        command.arg("--release");
    }
    Job {
        name: "the application".to_owned(),
        command,
        crates: 210,
        seconds: 150,
        advice: "read cargo's messages above".to_owned(),
    }
}

fn ensure_free(nodes: &[u16], app: u16) -> Result<(), Failure> {
    for (index, port) in nodes.iter().enumerate() {
        ports::ensure_free(*port, &format!("node {index}"), "--ports")?;
    }
    ports::ensure_free(app, "the application", "--app-port")
}

fn start_page(
    workspace: &Workspace,
    tools: &Toolbox,
    options: &Options,
    config: &Path,
    dist: &Path,
) -> Result<Running, Failure> {
    let site = trunk::Site { release: options.release, features: "", dist };
    let mut command = trunk::serve(workspace, tools, site, options.app_port)?;
    command.env(CONFIG_VARIABLE, config);
    Running::start("serving the application", &mut command, "read the messages above")
}

/// The default configuration with the nodes and the accounts of this demonstration.
fn config_for(workspace: &Workspace, ports: &[u16], accounts: &[DemoAccount]) -> Result<String, Failure> {
    let path = workspace.root.join("src/config.json");
    let default = fs::read_to_string(&path).map_err(Failure::file("read", &path))?;
    config_over(&default, ports, accounts).ok_or_else(|| Failure::unexpected(&path, "it is not a JSON object"))
}

fn config_over(config: &str, ports: &[u16], accounts: &[DemoAccount]) -> Option<String> {
    let mut config: Value = serde_json::from_str(config).ok()?;
    let nodes: Vec<String> = ports.iter().map(|port| format!("http://localhost:{port}")).collect();
    let fields = config.as_object_mut()?;
    fields.insert("nodes".to_owned(), json!(nodes));
    fields.insert("demoAccounts".to_owned(), json!(accounts));
    serde_json::to_string_pretty(&config).ok()
}

/// A folder for data, logs and the served site; gone with the demonstration. Its name cannot be guessed, and it is open
/// to this user alone.
fn folder() -> Result<TempDir, Failure> {
    let parent = env::temp_dir();
    let made = tempfile::Builder::new().prefix("vcube-demo-").permissions(Permissions::from_mode(0o700)).tempdir();
    made.map_err(Failure::file("create a folder in", &parent))
}

fn announce(app_port: u16, page: u32, nodes: &Nodes, accounts: &[DemoAccount]) {
    println!("\nThe application:  http://localhost:{app_port}\n");
    print!("{}", nodes.describe());
    println!("  trunk   http://localhost:{app_port:<5} process {page}");
    if !accounts.is_empty() {
        println!("\nDemo accounts (the login page offers them as buttons):");
    }
    for DemoAccount { role, email, password } in accounts {
        println!("  {role:<10}  {email:<22}  {password}");
    }
    println!("\nTo try a failure: kill -9, kill -STOP or kill -CONT one of the processes. Ctrl-C ends everything.");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_demo_changes_nodes_and_accounts_of_the_default_configuration_and_nothing_else() {
        let account = DemoAccount { role: "USER".into(), email: "user@vcube.test".into(), password: "secret".into() };
        let config = config_over(r#"{"nodes":["http://a"],"requestTimeoutMs":5000}"#, &[9000, 9001], &[account]);
        let config: Value = config.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
        let expected = json!({
            "nodes": ["http://localhost:9000", "http://localhost:9001"],
            "requestTimeoutMs": 5000,
            "demoAccounts": [{ "role": "USER", "email": "user@vcube.test", "password": "secret" }],
        });
        assert_eq!(config, expected);
        assert_eq!(config_over("[]", &[9000], &[]), None);
    }

    #[test]
    fn trunk_is_started_again_until_it_fails_three_times_in_a_row_without_serving() {
        let command = || {
            let mut command = std::process::Command::new("true");
            Running::start("a program", &mut command, "")
        };
        let running = command().unwrap();
        let mut page = ServedPage { running, ready: true, failures: 0 };
        for _ in 0..MOST_FAILURES {
            let status = page.running.wait().unwrap();
            assert!(page.start_again(status, command).is_ok(), "after {} failures", page.failures);
        }
        let status = page.running.wait().unwrap();
        assert!(matches!(page.start_again(status, command), Err(Failure::Cluster { .. })));
    }
}
