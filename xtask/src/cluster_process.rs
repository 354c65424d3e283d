//! Reference nodes as processes of their own, as a person would run them.

use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use serde::Serialize;
use serde_json::Value;

use crate::failure::Failure;
use crate::http;
use crate::jobs::Job;
use crate::process::{self, Running};
use crate::tools::Toolbox;
use crate::workspace::Workspace;

/// A new cluster has a leader within a second; a busy machine may need more.
const LEADER_WITHIN: Duration = Duration::from_secs(30);
/// The file of the secret that the nodes share, in the folder of the demonstration.
const SECRET: &str = "secret";
/// How much of a node's log is shown when it did not come up.
const LOG_LINES: usize = 15;

/// The build of the program of the nodes.
pub fn build(workspace: &Workspace, tools: &Toolbox) -> Job {
    let mut command = tools.command(workspace, "cargo");
    command.args(["build", "--package", "reference-cluster", "--bin", "vcube-node"]);
    Job {
        name: "the reference cluster".to_owned(),
        command,
        crates: 255,
        seconds: 170,
        advice: "read cargo's messages above".to_owned(),
    }
}

/// Where [`build`] leaves the program.
pub fn program(workspace: &Workspace) -> PathBuf {
    workspace.target.join("debug").join("vcube-node")
}

/// A node that was started here.
pub struct Node {
    index: usize,
    port: u16,
    /// How it was started, for whoever wants to start it again.
    command: String,
    older: bool,
    log: PathBuf,
    running: Running,
    told: bool,
}

/// The nodes of a demonstration. Dropping them ends all.
pub struct Nodes {
    nodes: Vec<Node>,
}

impl Nodes {
    /// Starts one node a port, each with its data and its log below `folder`. `older` nodes answer as a backend did
    /// that knows none of the contract's extensions.
    ///
    /// # Errors
    /// When a program or a folder cannot be had.
    pub fn start(program: &Path, ports: &[u16], older: bool, folder: &Path) -> Result<Self, Failure> {
        make_secret(program, &folder.join(SECRET))?;
        let mut nodes = Vec::with_capacity(ports.len());
        for index in 0..ports.len() {
            nodes.push(Node::start(program, ports, index, older, folder)?);
        }
        Ok(Self { nodes })
    }

    /// Waits until every node answers and all name the same leader.
    ///
    /// # Errors
    /// When a node ended, or no leader was found in time; with the end of the log that says most.
    pub fn wait_for_leader(&mut self) -> Result<usize, Failure> {
        let started = Instant::now();
        loop {
            process::pause(Duration::from_millis(100))?;
            for node in &mut self.nodes {
                node.ensure_runs()?;
            }
            if let Some(leader) = self.leader() {
                return Ok(leader);
            }
            if started.elapsed() > LEADER_WITHIN {
                let log = self.nodes.first().map(Node::end_of_log).unwrap_or_default();
                return Err(Failure::Cluster {
                    what: format!("the nodes found no leader within {} s{log}", LEADER_WITHIN.as_secs()),
                    advice: "check that nothing keeps the nodes from reaching each other on the loopback interface"
                        .into(),
                });
            }
        }
    }

    fn leader(&self) -> Option<usize> {
        let answers: Option<Vec<Standing>> = self.nodes.iter().map(Node::standing).collect();
        agreed_leader(&answers?)
    }

    /// Says once of every node that ended by itself how it ended, and how to start it again.
    pub fn tell_of_the_dead(&mut self) {
        for node in &mut self.nodes {
            let Some(status) = node.running.poll().filter(|_| !node.told) else { continue };
            node.told = true;
            // The number of its process group is free from now on.
            node.running.end();
            println!(
                "\nnode {} (http://localhost:{}, process {}) {}. The others go on.\n  its log:        {}\n  start it again: {}",
                node.index,
                node.port,
                node.running.pid(),
                process::ended(status),
                node.log.display(),
                node.command
            );
        }
    }

    /// Has a few travellers book and cancel at the nodes, for as long as this process lives.
    ///
    /// # Errors
    /// When the program cannot be started.
    pub fn start_traffic(&self, program: &Path, folder: &Path) -> Result<Running, Failure> {
        let (output, errors) = open_log(&folder.join("traffic.log"))?;
        let urls: Vec<String> = self.nodes.iter().map(|node| format!("http://127.0.0.1:{}", node.port)).collect();
        let mut command = Command::new(program);
        command.args(["traffic", "--nodes", &urls.join(",")]).stdout(output).stderr(errors);
        Running::start_with_lifeline("starting the travellers of the demonstration", &mut command, "use --quiet")
    }

    /// A line a node: where it is, which process, how to try what happens.
    pub fn describe(&self) -> String {
        let line = |node: &Node| {
            format!("  node {:<2} http://localhost:{:<5} process {}\n", node.index, node.port, node.running.pid())
        };
        self.nodes.iter().map(line).collect()
    }
}

impl Node {
    fn start(program: &Path, ports: &[u16], index: usize, older: bool, folder: &Path) -> Result<Self, Failure> {
        let data = folder.join(format!("node-{index}"));
        fs::create_dir_all(&data).map_err(Failure::file("create", &data))?;
        let log = folder.join(format!("node-{index}.log"));
        let (output, errors) = open_log(&log)?;
        let mut command = Command::new(program);
        command.args(arguments(ports, index)).arg("--demo").args(older.then_some("--older"));
        command.arg("--secret-file").arg(folder.join(SECRET)).arg("--data").arg(&data);
        let shown = process::shown(&command);
        // A node ends even when this process is killed: the system then closes the pipe that the node reads.
        command.arg("--exit-with-parent").stdout(output).stderr(errors);
        let advice = "build it again: cargo build --package reference-cluster";
        let running = Running::start_with_lifeline("starting a node", &mut command, advice)?;
        Ok(Self { index, port: ports[index], command: shown, older, log, running, told: false })
    }

    fn ensure_runs(&mut self) -> Result<(), Failure> {
        let Some(status) = self.running.poll() else { return Ok(()) };
        Err(Failure::Cluster {
            what: format!("node {} {} while it started{}", self.index, process::ended(status), self.end_of_log()),
            advice: format!("start it by hand and read its messages: {}", self.command),
        })
    }

    /// What the node says of itself, when it answers. An older one says who leads in its Raft status alone, and only to
    /// somebody.
    fn standing(&self) -> Option<Standing> {
        let answer = if self.older {
            http::get_with(self.port, "/api/raft/status", "X-User-Id: demo\r\nX-User-Role: ADMIN\r\n")
        } else {
            http::get(self.port, "/api/health")
        };
        let (_, body) = answer.filter(|(status, _)| (200..300).contains(status))?;
        Standing::of(&serde_json::from_str(&body).ok()?)
    }

    fn end_of_log(&self) -> String {
        let text = fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        let last = &lines[lines.len().saturating_sub(LOG_LINES)..];
        if last.is_empty() { String::new() } else { format!("; its log ends with\n    {}", last.join("\n    ")) }
    }
}

/// Has `program` make what the nodes of one demonstration know each other by.
fn make_secret(program: &Path, file: &Path) -> Result<(), Failure> {
    let failed = || Failure::Cluster {
        what: format!("{} made no secret for the cluster", program.display()),
        advice: "build it again: cargo build --package reference-cluster".into(),
    };
    let secret = process::capture(Command::new(program).arg("secret")).ok_or_else(failed)?;
    let mut options = OpenOptions::new();
    let written = options.write(true).create_new(true).mode(0o600).open(file);
    written.and_then(|mut file| file.write_all(secret.as_bytes())).map_err(Failure::file("write", file))
}

fn open_log(path: &Path) -> Result<(File, File), Failure> {
    let file = File::create(path).map_err(Failure::file("write", path))?;
    let same = file.try_clone().map_err(Failure::file("write", path))?;
    Ok((file, same))
}

/// Who leads, as one node says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Standing {
    leader: u64,
    leads: bool,
}

impl Standing {
    /// Read from a health answer or a Raft status; nothing while the node knows no leader.
    fn of(answer: &Value) -> Option<Self> {
        let leader = answer.get("leaderId").or_else(|| answer.get("currentLeader")).and_then(Value::as_u64)?;
        let role = answer.get("role").or_else(|| answer.get("state")).and_then(Value::as_str)?;
        Some(Self { leader, leads: role.eq_ignore_ascii_case("leader") })
    }
}

/// The index of the node that leads when all name it.
fn agreed_leader(nodes: &[Standing]) -> Option<usize> {
    let leader = nodes.first()?.leader;
    let agreed = nodes.iter().all(|node| node.leader == leader);
    nodes.iter().position(|node| agreed && node.leads)
}

/// How node `index` of a cluster on `ports` is told who it is, and where nodes and browsers reach each of them.
fn arguments(ports: &[u16], index: usize) -> Vec<String> {
    let all = |host: &str| {
        let urls: Vec<String> =
            ports.iter().enumerate().map(|(id, port)| format!("{id}=http://{host}:{port}")).collect();
        urls.join(",")
    };
    vec![
        "--id".to_owned(),
        index.to_string(),
        "--listen".to_owned(),
        format!("127.0.0.1:{}", ports[index]),
        "--peers".to_owned(),
        all("127.0.0.1"),
        "--public-urls".to_owned(),
        all("localhost"),
    ]
}

/// An account that a new cluster has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DemoAccount {
    pub role: String,
    pub email: String,
    pub password: String,
}

/// The accounts that a new cluster has, as `program` lists them; none when it cannot be asked.
pub fn demo_accounts(program: &Path) -> Vec<DemoAccount> {
    accounts_in(&process::capture(Command::new(program).arg("demo-accounts")).unwrap_or_default())
}

fn accounts_in(listed: &str) -> Vec<DemoAccount> {
    let account = |line: &str| match line.split('\t').collect::<Vec<_>>().as_slice() {
        [role, email, password] => {
            Some(DemoAccount { role: (*role).to_owned(), email: (*email).to_owned(), password: (*password).to_owned() })
        }
        _ => None,
    };
    listed.lines().filter_map(account).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_leader_is_read_from_health_and_from_the_status_of_an_older_node() {
        let follower = Standing { leader: 1, leads: false };
        let health = json!({ "role": "follower", "leaderId": 1, "term": 2 });
        assert_eq!(Standing::of(&health), Some(follower));
        let status = json!({ "state": "LEADER", "currentLeader": 1 });
        let leader = Standing { leader: 1, leads: true };
        assert_eq!(Standing::of(&status), Some(leader));
        assert_eq!(Standing::of(&json!({ "role": "candidate", "leaderId": null })), None);
        assert_eq!(agreed_leader(&[follower, leader]), Some(1));
        assert_eq!(agreed_leader(&[Standing { leader: 0, leads: false }, leader]), None);
    }

    #[test]
    fn accounts_are_read_as_the_nodes_list_them() {
        let account = DemoAccount { role: "ADMIN".into(), email: "a@vcube.test".into(), password: "a b".into() };
        assert_eq!(accounts_in("ADMIN\ta@vcube.test\ta b\nno account\n"), [account]);
    }

    #[test]
    fn a_node_is_told_of_every_node_by_the_same_number() {
        let expected = [
            "--id",
            "1",
            "--listen",
            "127.0.0.1:9001",
            "--peers",
            "0=http://127.0.0.1:9000,1=http://127.0.0.1:9001",
            "--public-urls",
            "0=http://localhost:9000,1=http://localhost:9001",
        ];
        assert_eq!(arguments(&[9000, 9001], 1), expected);
    }
}
