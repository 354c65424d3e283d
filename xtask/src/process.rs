//! Starts, follows and ends other programs.
//!
//! Each runs in a process group of its own, so that Ctrl-C reaches xtask alone: it then ends every group in order, with
//! what those programs started themselves, in their group or in another. A program that is paused (SIGSTOP) ends as
//! well.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill, killpg};
use nix::unistd::Pid;

use crate::failure::Failure;

/// Ctrl-C is noticed after this long at most.
const POLL: Duration = Duration::from_millis(50);
/// A program that was asked to end has this long to end what it started.
const GRACE: Duration = Duration::from_secs(3);

static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// From here on Ctrl-C, SIGTERM and a closed terminal end the task in order, and not at once.
///
/// # Errors
/// When the system refuses the handler.
pub fn watch_for_interrupts() -> Result<(), Failure> {
    ctrlc::set_handler(|| INTERRUPTED.store(true, Ordering::SeqCst)).map_err(|error| Failure::Option {
        what: format!("cannot watch for Ctrl-C: {error}"),
        advice: "start the task in an ordinary terminal".into(),
    })
}

pub fn interrupted() -> bool {
    INTERRUPTED.load(Ordering::SeqCst)
}

/// Waits, but not longer than until Ctrl-C.
///
/// # Errors
/// [`Failure::Interrupted`].
pub fn pause(duration: Duration) -> Result<(), Failure> {
    let until = Instant::now() + duration;
    while Instant::now() < until {
        if interrupted() {
            return Err(Failure::Interrupted);
        }
        thread::sleep(POLL.min(until.saturating_duration_since(Instant::now())));
    }
    Ok(())
}

/// A program that was started here. Dropping it ends its whole process group.
pub struct Running {
    child: Child,
    ended: Option<ExitStatus>,
    /// The group has been ended. Its number may by now be another's.
    group_ended: bool,
}

impl Running {
    /// Starts `command` without standard input, in a process group of its own.
    ///
    /// # Errors
    /// When the program cannot be started.
    pub fn start(step: &str, command: &mut Command, advice: &str) -> Result<Self, Failure> {
        Self::spawn(step, command.stdin(Stdio::null()), advice)
    }

    /// Like [`Running::start`], with a standard input that stays open and silent for as long as this process lives.
    ///
    /// # Errors
    /// When the program cannot be started.
    pub fn start_with_lifeline(step: &str, command: &mut Command, advice: &str) -> Result<Self, Failure> {
        Self::spawn(step, command.stdin(Stdio::piped()), advice)
    }

    fn spawn(step: &str, command: &mut Command, advice: &str) -> Result<Self, Failure> {
        command.process_group(0);
        let child = command.spawn().map_err(|source| Failure::NotStarted {
            step: step.to_owned(),
            command: shown(command),
            source,
            advice: advice.to_owned(),
        })?;
        Ok(Self { child, ended: None, group_ended: false })
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// How the program ended, if it has.
    pub fn poll(&mut self) -> Option<ExitStatus> {
        if self.ended.is_none() {
            self.ended = self.child.try_wait().ok().flatten();
        }
        self.ended
    }

    /// Waits for the end of the program.
    ///
    /// # Errors
    /// [`Failure::Interrupted`].
    pub fn wait(&mut self) -> Result<ExitStatus, Failure> {
        self.wait_unless(|| false)
    }

    /// Waits for the end of the program, and ends it when `stop` says so.
    fn wait_unless(&mut self, stop: impl Fn() -> bool) -> Result<ExitStatus, Failure> {
        loop {
            if let Some(status) = self.poll() {
                return Ok(status);
            }
            if interrupted() {
                return Err(Failure::Interrupted);
            }
            if stop() {
                self.end();
            }
            thread::sleep(POLL);
        }
    }

    /// Waits for the end of the program while each line of `output` is given to `line`.
    fn wait_reading(
        mut self,
        output: Option<impl Read + Send>,
        mut line: impl FnMut(&str) + Send,
        stop: impl Fn() -> bool,
    ) -> Result<ExitStatus, Failure> {
        thread::scope(|scope| {
            if let Some(output) = output {
                scope.spawn(move || {
                    for text in BufReader::new(output).split(b'\n').map_while(Result::ok) {
                        line(&String::from_utf8_lossy(&text));
                    }
                });
            }
            let status = self.wait_unless(stop);
            // Ends whoever still holds the pipe open, or the reader would wait for ever.
            self.end();
            status
        })
    }

    fn signal(&self, signal: Signal) {
        if let Ok(pid) = i32::try_from(self.child.id()) {
            // Fails only when the group has ended.
            let _ = killpg(Pid::from_raw(pid), signal);
        }
    }

    /// Asks the group to end, then ends what is left of it.
    pub fn end(&mut self) {
        if std::mem::replace(&mut self.group_ended, true) {
            return;
        }
        let mut started = Vec::new();
        if self.poll().is_none() {
            // While the leader runs: once it has ended, nothing tells what it started in another group.
            started = family::descendants(self.child.id());
            self.signal(Signal::SIGTERM);
            // A paused program takes SIGTERM only once it runs again.
            self.signal(Signal::SIGCONT);
            let until = Instant::now() + GRACE;
            while self.poll().is_none() && Instant::now() < until {
                thread::sleep(Duration::from_millis(10));
            }
        }
        // The leader has ended or has had its time; what it started may still be there.
        self.signal(Signal::SIGKILL);
        if self.ended.is_none() {
            self.ended = self.child.wait().ok();
        }
        for process in started.iter().filter(|process| process.is_running()) {
            // Fails only when it has just ended.
            let _ = kill(Pid::from_raw(process.pid), Signal::SIGKILL);
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.end();
    }
}

/// Runs `command` to its end with its output shown.
///
/// # Errors
/// When it cannot be started, is interrupted, or ends with an error.
pub fn run(step: &str, command: &mut Command, advice: &str) -> Result<(), Failure> {
    let status = Running::start(step, command, advice)?.wait()?;
    if status.success() { Ok(()) } else { Err(Failure::command(step, command, ended(status), advice)) }
}

/// Runs `command` to its end. What it prints is shown only when it fails.
///
/// # Errors
/// When it cannot be started or fails.
pub fn run_quietly(step: &str, command: &mut Command, advice: &str) -> Result<(), Failure> {
    let output = command.stdin(Stdio::null()).output().map_err(|source| Failure::NotStarted {
        step: step.to_owned(),
        command: shown(command),
        source,
        advice: advice.to_owned(),
    })?;
    if output.status.success() {
        return Ok(());
    }
    eprint!("{}", String::from_utf8_lossy(&output.stderr));
    Err(Failure::command(step, command, ended(output.status), advice))
}

/// Runs `command` to its end, showing its standard output and giving each line of it to `line`.
///
/// # Errors
/// When it cannot be started, or is interrupted.
pub fn follow(
    step: &str,
    command: &mut Command,
    advice: &str,
    mut line: impl FnMut(&str) + Send,
) -> Result<ExitStatus, Failure> {
    let mut running = Running::start(step, command.stdout(Stdio::piped()), advice)?;
    let output = running.child.stdout.take();
    let show_and_give = |text: &str| {
        println!("{text}");
        line(text);
    };
    running.wait_reading(output, show_and_give, || false)
}

/// Runs `command` to its end without showing anything, giving each line of its standard error to `line`. Ends it early
/// when `stop` says so.
///
/// # Errors
/// When it cannot be started, or is interrupted.
pub fn watch(
    step: &str,
    command: &mut Command,
    advice: &str,
    line: impl FnMut(&str) + Send,
    stop: impl Fn() -> bool,
) -> Result<ExitStatus, Failure> {
    let mut running = Running::start(step, command.stdout(Stdio::null()).stderr(Stdio::piped()), advice)?;
    let output = running.child.stderr.take();
    running.wait_reading(output, line, stop)
}

/// The standard output of `command` when it ends well.
pub fn capture(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

/// How a program ended, in words.
pub fn ended(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("ended with exit code {code}"),
        (None, Some(signal)) => match Signal::try_from(signal) {
            Ok(signal) => format!("ended by {signal}"),
            Err(_) => format!("ended by signal {signal}"),
        },
        (None, None) => "ended".to_owned(),
    }
}

/// A command as it can be typed into a shell, with the variables that were set for it.
pub fn shown(command: &Command) -> String {
    let variables = command
        .get_envs()
        .filter(|(name, _)| *name != OsStr::new("PATH"))
        .filter_map(|(name, value)| Some(format!("{}={}", name.to_string_lossy(), quoted(value?))));
    let words = std::iter::once(command.get_program()).chain(command.get_args()).map(quoted);
    variables.chain(words).collect::<Vec<_>>().join(" ")
}

fn quoted(word: &OsStr) -> String {
    let word = word.to_string_lossy();
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:=,@%+".contains(&byte);
    if !word.is_empty() && word.bytes().all(plain) {
        word.into_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

/// Who started whom, as Linux tells it. Elsewhere nothing is known, and only groups are ended.
mod family {
    use std::collections::HashMap;
    use std::fs;

    /// A process, told from a later one with the same number by when it started.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct Process {
        pub pid: i32,
        started: u64,
    }

    impl Process {
        pub fn is_running(&self) -> bool {
            read(self.pid).is_some_and(|(process, _)| process == *self)
        }
    }

    /// Every process that `pid` or one of its descendants started, and that runs.
    pub fn descendants(pid: u32) -> Vec<Process> {
        let mut children: HashMap<i32, Vec<Process>> = HashMap::new();
        let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
        for (process, parent) in entries.filter_map(|entry| read(entry.file_name().to_str()?.parse().ok()?)) {
            children.entry(parent).or_default().push(process);
        }
        let mut found = children.remove(&i32::try_from(pid).unwrap_or(-1)).unwrap_or_default();
        let mut next = 0;
        while let Some(process) = found.get(next).copied() {
            found.extend(children.remove(&process.pid).unwrap_or_default());
            next += 1;
        }
        found
    }

    /// A process and its parent.
    fn read(pid: i32) -> Option<(Process, i32)> {
        parse(pid, &fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
    }

    /// Fields 4 (parent) and 22 (start, in clock ticks since boot) of proc(5)'s `stat`; field 2 may hold anything.
    pub fn parse(pid: i32, stat: &str) -> Option<(Process, i32)> {
        let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
        let parent = fields.get(1)?.parse().ok()?;
        Some((Process { pid, started: fields.get(19)?.parse().ok()? }, parent))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_shown_as_it_can_be_typed() {
        let mut command = Command::new("cargo");
        command.args(["test", "--test", "page*"]).env("VCUBE_DIST", "/tmp/a b").env("PATH", "/bin");
        assert_eq!(shown(&command), "VCUBE_DIST='/tmp/a b' cargo test --test 'page*'");
    }

    #[test]
    fn a_paused_program_ends_with_what_it_started() {
        let mut command = Command::new("sh");
        command.args(["-c", "sleep 60 & echo $!; wait"]).stdout(Stdio::piped());
        let mut running = Running::start("sleep", &mut command, "").ok();
        let child = running.as_mut().and_then(|running| {
            let stdout = running.child.stdout.take()?;
            let line = BufReader::new(stdout).lines().next()?.ok()?;
            running.signal(Signal::SIGSTOP);
            line.trim().parse::<i32>().ok()
        });
        let child = Pid::from_raw(child.unwrap_or_default());
        assert!(kill(child, None).is_ok(), "the grandchild is not there");
        let started = Instant::now();
        drop(running);
        assert!(started.elapsed() < GRACE, "it did not end when it was asked to");
        // The grandchild is reaped by another process: it may be seen for a moment.
        let until = Instant::now() + Duration::from_secs(2);
        while kill(child, None).is_ok() && !zombie(child) && Instant::now() < until {
            thread::sleep(Duration::from_millis(10));
        }
        assert!(kill(child, None).is_err() || zombie(child), "the grandchild is still there");
    }

    fn zombie(pid: Pid) -> bool {
        std::fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|text| text.contains(") Z "))
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn what_a_program_started_in_another_group_ends_with_it() {
        let mut command = Command::new("sh");
        command.args(["-c", "setsid sleep 60 & echo $!; wait"]).stdout(Stdio::piped());
        let mut running = Running::start("sleep", &mut command, "").ok();
        let line = running.as_mut().and_then(|running| running.child.stdout.take()).map(BufReader::new);
        let job = line.and_then(|line| line.lines().next()?.ok()?.trim().parse::<i32>().ok()).unwrap_or_default();
        let job = Pid::from_raw(job);
        assert!(kill(job, None).is_ok(), "the job is not there");
        // It leaves the group only when it runs.
        thread::sleep(Duration::from_millis(100));
        drop(running);
        let until = Instant::now() + Duration::from_secs(2);
        while kill(job, None).is_ok() && !zombie(job) && Instant::now() < until {
            thread::sleep(Duration::from_millis(10));
        }
        assert!(kill(job, None).is_err() || zombie(job), "the job is still there");
    }

    #[test]
    fn a_process_is_read_whatever_its_name_is() {
        let stat = "42 (a) b (c) S 7 42 42 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 98765 1 2";
        assert_eq!(family::parse(42, stat).map(|(process, parent)| (process.pid, parent)), Some((42, 7)));
        assert!(format!("{:?}", family::parse(42, stat)).contains("98765"));
    }

    #[test]
    fn the_end_of_a_program_is_told_in_words() {
        assert_eq!(ended(ExitStatus::from_raw(9)), "ended by SIGKILL");
        assert_eq!(ended(ExitStatus::from_raw(2 << 8)), "ended with exit code 2");
    }
}
