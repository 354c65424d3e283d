//! Starts, follows and ends other programs.
//!
//! Each runs in a process group of its own, so that Ctrl-C reaches xtask alone: it then ends every group in order, with
//! what those programs started themselves. A program that is paused (SIGSTOP) ends as well.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, killpg};
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
        loop {
            if let Some(status) = self.poll() {
                return Ok(status);
            }
            if interrupted() {
                return Err(Failure::Interrupted);
            }
            thread::sleep(POLL);
        }
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
        if self.poll().is_none() {
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
    let stdout = running.child.stdout.take();
    thread::scope(|scope| {
        if let Some(stdout) = stdout {
            scope.spawn(move || {
                for text in BufReader::new(stdout).split(b'\n').map_while(Result::ok) {
                    let text = String::from_utf8_lossy(&text);
                    println!("{text}");
                    line(&text);
                }
            });
        }
        let status = running.wait();
        // Ends whoever still holds the pipe open, or the reader would wait for ever.
        running.end();
        status
    })
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
        assert!(nix::sys::signal::kill(child, None).is_ok(), "the grandchild is not there");
        let started = Instant::now();
        drop(running);
        assert!(started.elapsed() < GRACE, "it did not end when it was asked to");
        // The grandchild is reaped by another process: it may be seen for a moment.
        let until = Instant::now() + Duration::from_secs(2);
        while nix::sys::signal::kill(child, None).is_ok() && !zombie(child) && Instant::now() < until {
            thread::sleep(Duration::from_millis(10));
        }
        assert!(nix::sys::signal::kill(child, None).is_err() || zombie(child), "the grandchild is still there");
    }

    fn zombie(pid: Pid) -> bool {
        std::fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|text| text.contains(") Z "))
    }

    #[test]
    fn the_end_of_a_program_is_told_in_words() {
        assert_eq!(ended(ExitStatus::from_raw(9)), "ended by SIGKILL");
        assert_eq!(ended(ExitStatus::from_raw(2 << 8)), "ended with exit code 2");
    }
}
