//! `vcube-node`: one node of the reference cluster.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use reference_cluster::node::{self, NodeError, NodeOptions};
use reference_cluster::vcube::Way;
use reference_cluster::{DEMO_ACCOUNTS, Writes, auth, traffic};

/// One node of a VCube-Raft cluster, for development and tests.
#[derive(Parser)]
#[command(version, args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Subcommands>,
    /// This node's number in --peers.
    #[arg(long, required = true)]
    id: Option<u64>,
    /// Where to listen.
    #[arg(long, default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// Where the other nodes reach this one: an address that no client can use.
    #[arg(long, default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    private_address: IpAddr,
    /// The port there; any free one, which the other nodes are told, when it is 0.
    #[arg(long, default_value_t = 0)]
    private_port: u16,
    /// Where the private ports are, for nodes that are not to be asked for theirs: 0=http://10.0.0.1:9080
    #[arg(long, value_delimiter = ',', value_parser = numbered_url)]
    private_urls: Vec<(u64, String)>,
    /// The file of the secret that the nodes share; `vcube-node secret` makes one. A node that is alone needs none.
    #[arg(long)]
    secret_file: Option<PathBuf>,
    /// Every node, itself included: 0=http://127.0.0.1:8080,1=http://127.0.0.1:8081
    #[arg(long, required = true, value_delimiter = ',', value_parser = numbered_url)]
    peers: Vec<(u64, String)>,
    /// Where clients reach the nodes, when that is not where the nodes find each other.
    #[arg(long, value_delimiter = ',', value_parser = numbered_url)]
    public_urls: Vec<(u64, String)>,
    /// The folder of the log, the vote and the snapshots.
    #[arg(long, required = true)]
    data: Option<PathBuf>,
    /// What a follower does with a write.
    #[arg(long, value_enum, default_value_t)]
    writes: Writes,
    /// How the nodes tell each other of reservations; the same for all nodes.
    #[arg(long, value_enum, default_value_t)]
    broadcast: Way,
    /// Answer as a backend did that knows none of the extensions: no tokens, no keys, no hints of the leader.
    #[arg(long)]
    older: bool,
    /// Start a new cluster with the demo accounts, whose passwords are public, and a few vehicles. On loopback alone.
    #[arg(long)]
    demo: bool,
    /// Who administers a new cluster that has no demo accounts. The password is printed once.
    #[arg(long, default_value = "admin@cluster.invalid")]
    admin_email: String,
    /// Addresses of proxies whose X-Forwarded-For is believed.
    #[arg(long, value_delimiter = ',')]
    trusted_proxies: Vec<IpAddr>,
    /// How long a token is valid, in seconds.
    #[arg(long, default_value_t = 12 * 3_600)]
    token_ttl_secs: u64,
    /// How long after its end a token is still taken, in seconds: the clocks of the nodes may differ by that.
    #[arg(long, default_value_t = 30)]
    token_leeway_secs: u64,
    /// Time between two heartbeats of the leader, in milliseconds.
    #[arg(long, default_value_t = 100)]
    heartbeat_ms: u64,
    /// Shortest election timeout, in milliseconds.
    #[arg(long, default_value_t = 300)]
    election_min_ms: u64,
    /// Longest election timeout, in milliseconds. A silent leader is also trusted for this long.
    #[arg(long, default_value_t = 500)]
    election_max_ms: u64,
    /// Log entries between two snapshots.
    #[arg(long, default_value_t = 5_000)]
    snapshot_every: u64,
    /// End when standard input ends: whoever started this node holds the other side.
    #[arg(long)]
    exit_with_parent: bool,
}

#[derive(Subcommand)]
enum Subcommands {
    /// Prints a new secret for the nodes of a cluster to share.
    Secret,
    /// Prints role, e-mail address and password of every demo account, separated by tabs.
    DemoAccounts,
    /// Books and cancels a little at the nodes, until standard input ends.
    Traffic {
        /// Where the nodes are: http://127.0.0.1:8080,http://127.0.0.1:8081
        #[arg(long, required = true, value_delimiter = ',')]
        nodes: Vec<String>,
    },
}

fn numbered_url(text: &str) -> Result<(u64, String), String> {
    let (id, url) = text.split_once('=').ok_or("write it as 0=http://127.0.0.1:8080")?;
    let id = id.parse().map_err(|error| format!("`{id}` is not a node number: {error}"))?;
    if !["http://", "https://"].iter().any(|scheme| url.starts_with(scheme)) {
        return Err(format!("`{url}` begins neither with http:// nor with https://"));
    }
    Ok((id, url.trim_end_matches('/').to_owned()))
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match arguments.command {
        Some(Subcommands::Secret) => {
            println!("{}", auth::random_secret());
            return ExitCode::SUCCESS;
        }
        Some(Subcommands::DemoAccounts) => {
            for account in DEMO_ACCOUNTS {
                println!("{}\t{}\t{}", account.role.as_str(), account.email, account.password);
            }
            return ExitCode::SUCCESS;
        }
        Some(Subcommands::Traffic { nodes }) => {
            return in_runtime(async {
                tokio::select! {
                    () = traffic::run(nodes, traffic::GENTLE_MS) => {}
                    () = node::parent_ended() => {}
                }
                Ok(())
            });
        }
        None => {}
    }
    // clap has made sure of both.
    let (Some(id), Some(data)) = (arguments.id, arguments.data) else { return ExitCode::FAILURE };
    let options = NodeOptions {
        id,
        data,
        listen: arguments.listen,
        private_listen: SocketAddr::new(arguments.private_address, arguments.private_port),
        private_urls: arguments.private_urls.into_iter().collect(),
        secret_file: arguments.secret_file,
        peers: arguments.peers.into_iter().collect(),
        public_urls: arguments.public_urls.into_iter().collect(),
        writes: arguments.writes,
        broadcast: arguments.broadcast,
        older: arguments.older,
        token_ttl_secs: arguments.token_ttl_secs,
        token_leeway_secs: arguments.token_leeway_secs,
        demo: arguments.demo,
        admin_email: arguments.admin_email,
        trusted_proxies: arguments.trusted_proxies,
        heartbeat_ms: arguments.heartbeat_ms,
        election_ms: (arguments.election_min_ms, arguments.election_max_ms),
        snapshot_every: arguments.snapshot_every,
        exit_with_parent: arguments.exit_with_parent,
    };
    in_runtime(node::run(options))
}

fn in_runtime(task: impl Future<Output = Result<(), NodeError>>) -> ExitCode {
    let filter = tracing_subscriber::EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("warn,openraft=error,reference_cluster=info"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(false).init();
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return failed(&error),
    };
    match runtime.block_on(task) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => failed(&error),
    }
}

fn failed(error: &dyn std::error::Error) -> ExitCode {
    eprintln!("vcube-node: {error}");
    ExitCode::FAILURE
}
