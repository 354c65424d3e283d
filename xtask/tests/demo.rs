//! `cargo xtask demo` as a person has it. Run by `cargo xtask test`, once the tools are there.

#![allow(clippy::expect_used, reason = "a test that cannot go on says why and ends")]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill, killpg};
use nix::unistd::Pid;

/// It may have to compile the cluster and the application on two busy cores.
const FIRST_START: Duration = Duration::from_secs(900);
/// Nothing has to be compiled for these.
const NEXT_START: Duration = Duration::from_secs(180);
const END: Duration = Duration::from_secs(30);

struct Demo {
    process: Child,
    lines: Receiver<String>,
    app_port: u16,
    node_ports: Vec<u16>,
}

impl Demo {
    fn start() -> Self {
        // Held at once, so that no two are the same.
        let held: Vec<TcpListener> =
            (0..4).map(|_| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port")).collect();
        let ports: Vec<u16> = held.iter().map(|port| port.local_addr().expect("its number").port()).collect();
        drop(held);
        let (app_port, node_ports) = (ports[3], ports[..3].to_vec());
        let nodes: Vec<String> = node_ports.iter().map(u16::to_string).collect();
        let mut process = Command::new(env!("CARGO_BIN_EXE_xtask"))
            .args(["demo", "--ports", &nodes.join(","), "--app-port", &app_port.to_string()])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            // In a group of its own, as a shell starts it: Ctrl-C goes to the group.
            .process_group(0)
            .spawn()
            .expect("the demo starts");
        let output = process.stdout.take().expect("its output");
        let (sender, lines) = mpsc::channel();
        thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                println!("{line}");
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        Self { process, lines, app_port, node_ports }
    }

    /// The first line from here on for which `wanted` has an answer.
    fn wait_for<T>(&self, what: &str, within: Duration, wanted: impl Fn(&str) -> Option<T>) -> T {
        let until = Instant::now() + within;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            let line =
                self.lines.recv_timeout(left).unwrap_or_else(|_| panic!("no line with {what} within {within:?}"));
            if let Some(found) = wanted(&line) {
                return found;
            }
        }
    }

    fn process_of(&self, what: &str, within: Duration) -> i32 {
        self.wait_for(what, within, |line| {
            line.trim_start().starts_with(what).then(|| line.rsplit_once("process ")?.1.trim().parse().ok()).flatten()
        })
    }

    fn page(&self) -> Option<String> {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.app_port)).ok()?;
        write!(stream, "GET / HTTP/1.0\r\nHost: localhost\r\nAccept: text/html\r\n\r\n").ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        Some(answer)
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        if self.process.try_wait().ok().flatten().is_none() {
            // A test that failed half-way: the group ends, and with it what it started.
            let _ = killpg(Pid::from_raw(self.process.id() as i32), Signal::SIGINT);
            let _ = self.process.wait();
        }
    }
}

#[test]
#[ignore = "needs trunk, and minutes: `cargo xtask test` runs it as a suite of its own"]
fn a_page_whose_server_crashes_is_served_again_and_ctrl_c_ends_all_of_it() {
    let mut demo = Demo::start();
    demo.wait_for("the address of the application", FIRST_START, |line| {
        line.starts_with("The application:  http://localhost:").then_some(())
    });
    let trunk = demo.process_of("trunk ", END);
    assert!(demo.page().is_some_and(|page| page.contains(" 200 ") && page.contains("VCube-Raft")));

    kill(Pid::from_raw(trunk), Signal::SIGABRT).expect("trunk runs");
    demo.wait_for("why it is started again", END, |line| line.contains("It is started again").then_some(()));
    let next = demo.process_of("trunk ", NEXT_START);
    assert_ne!(next, trunk);
    assert!(demo.page().is_some_and(|page| page.contains(" 200 ")));

    killpg(Pid::from_raw(demo.process.id() as i32), Signal::SIGINT).expect("the demo runs");
    let until = Instant::now() + END;
    let status = loop {
        if let Some(status) = demo.process.try_wait().expect("its status") {
            break status;
        }
        assert!(Instant::now() < until, "the demo does not end");
        thread::sleep(Duration::from_millis(50));
    };
    assert_eq!(status.code(), Some(130), "what a shell reports after Ctrl-C");
    for port in demo.node_ports.iter().chain([&demo.app_port]) {
        assert!(TcpStream::connect((Ipv4Addr::LOCALHOST, *port)).is_err(), "something still listens on {port}");
    }
}
