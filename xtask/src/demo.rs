//! `cargo xtask demo`: a real cluster on this machine and the application in front of it, until Ctrl-C.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process;
use std::time::Duration;

use clap::Args;
use post_build::CONFIG_VARIABLE;
use serde_json::{Value, json};

use crate::cluster_process::{self, Nodes};
use crate::failure::Failure;
use crate::process::{Running, ended, pause};
use crate::tools::Toolbox;
use crate::workspace::Workspace;
use crate::{http, ports, trunk};

/// A node that died is told within this.
const WATCH: Duration = Duration::from_millis(250);

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
}

/// # Errors
/// When a port is taken, a tool is missing and cannot be installed, a build fails, or the cluster does not come up.
pub fn run(workspace: &Workspace, options: &Options) -> Result<(), Failure> {
    let ports = ports::of_nodes(&options.ports, options.nodes, options.app_port)?;
    ensure_free(&ports, options.app_port)?;
    let tools = Toolbox::new().with_trunk(workspace, options.release)?;
    let program = cluster_process::build(workspace, &tools)?;
    // The builds may have taken minutes, in which another program came.
    ensure_free(&ports, options.app_port)?;
    let folder = Folder::create()?;

    println!("\nStarting {} nodes …", ports.len());
    let mut nodes = Nodes::start(&program, &ports, folder.path())?;
    let leader = nodes.wait_for_leader()?;
    println!("The cluster has a leader: node {leader}. Building the application …");

    let mut app = start_app(workspace, &tools, options, &ports, folder.path())?;
    let mut announced = false;
    loop {
        nodes.tell_of_the_dead();
        if let Some(status) = app.poll() {
            return Err(Failure::Cluster {
                what: format!("trunk, which serves the application, {}", ended(status)),
                advice: "read its messages above, then start the demo again".into(),
            });
        }
        if !announced && http::get(options.app_port, "/").is_some_and(|(status, _)| status == 200) {
            announced = true;
            announce(options.app_port, &nodes, &program);
        }
        pause(WATCH)?;
    }
}

fn ensure_free(nodes: &[u16], app: u16) -> Result<(), Failure> {
    for (index, port) in nodes.iter().enumerate() {
        ports::ensure_free(*port, &format!("node {index}"), "--ports")?;
    }
    ports::ensure_free(app, "the application", "--app-port")
}

fn start_app(
    workspace: &Workspace,
    tools: &Toolbox,
    options: &Options,
    ports: &[u16],
    folder: &Path,
) -> Result<Running, Failure> {
    let config = folder.join("config.json");
    fs::write(&config, config_for(workspace, ports)?).map_err(Failure::file("write", &config))?;
    let dist = folder.join("dist");
    let site = trunk::Site { release: options.release, features: "", dist: &dist };
    let mut command = trunk::serve(workspace, tools, site, options.app_port)?;
    command.env(CONFIG_VARIABLE, config);
    Running::start("serving the application", &mut command, "read the messages above")
}

/// The default configuration with the nodes of this demonstration.
fn config_for(workspace: &Workspace, ports: &[u16]) -> Result<String, Failure> {
    let path = workspace.root.join("src/config.json");
    let default = fs::read_to_string(&path).map_err(Failure::file("read", &path))?;
    with_nodes(&default, ports).ok_or_else(|| Failure::unexpected(&path, "it is not a JSON object"))
}

fn with_nodes(config: &str, ports: &[u16]) -> Option<String> {
    let mut config: Value = serde_json::from_str(config).ok()?;
    let nodes: Vec<String> = ports.iter().map(|port| format!("http://localhost:{port}")).collect();
    config.as_object_mut()?.insert("nodes".to_owned(), json!(nodes));
    serde_json::to_string_pretty(&config).ok()
}

fn announce(app_port: u16, nodes: &Nodes, program: &Path) {
    println!("\nThe application:  http://localhost:{app_port}\n");
    print!("{}", nodes.describe());
    if let Some(accounts) = cluster_process::demo_accounts(program) {
        println!("\nDemo accounts:");
        for line in accounts.lines() {
            println!("  {line}");
        }
    }
    println!("\nTo try a failure: kill -9, kill -STOP or kill -CONT one of the processes. Ctrl-C ends everything.");
}

/// A folder for data, logs and the served site; gone with the demonstration.
struct Folder(PathBuf);

impl Folder {
    fn create() -> Result<Self, Failure> {
        let path = env::temp_dir().join(format!("vcube-demo-{}", process::id()));
        fs::create_dir_all(&path).map_err(Failure::file("create", &path))?;
        Ok(Self(path))
    }

    fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.0) {
            eprintln!("cannot remove {}: {error}", self.0.display());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_demo_changes_the_nodes_of_the_default_configuration_and_nothing_else() {
        let config = with_nodes(r#"{"nodes":["http://a"],"requestTimeoutMs":5000}"#, &[9000, 9001]);
        let config: Value = config.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
        let expected = json!({"nodes": ["http://localhost:9000", "http://localhost:9001"], "requestTimeoutMs": 5000});
        assert_eq!(config, expected);
        assert_eq!(with_nodes("[]", &[9000]), None);
    }
}
