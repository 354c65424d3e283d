//! Builds that run beside each other, with the time that is left: a first start takes minutes, and whoever waits for it
//! is told for how long.

use std::collections::VecDeque;
use std::io::{IsTerminal as _, Write as _};
use std::process::Command;
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use crate::failure::Failure;
use crate::process;

/// How often the progress is written where it can be written over, and where it is a line more each time.
const REDRAW: Duration = Duration::from_secs(1);
const NEW_LINE: Duration = Duration::from_secs(15);
/// How much of a failed build's output is shown.
const SHOWN_LINES: usize = 60;
/// Below this share of the work the time left is the measured one; above it, what this machine has shown.
const KNOWN_FROM: f64 = 0.05;

/// A build by cargo, which says what it compiles.
pub struct Job {
    /// What it builds, as a person calls it.
    pub name: String,
    pub command: Command,
    /// How many crates it compiles when nothing is there yet.
    pub crates: u32,
    /// How long that took on one core of the machine where it was measured, in seconds.
    pub seconds: u32,
    /// What to do when it fails.
    pub advice: String,
}

/// Applies a change to the [`State`] of one job, which is shared with the progress line.
type ChangeState<'a> = dyn Fn(&dyn Fn(&mut State)) + Sync + 'a;

/// How far a job is.
#[derive(Clone, Debug, PartialEq)]
struct State {
    name: String,
    crates: u32,
    seconds: u32,
    compiled: u32,
    begun: bool,
    done: bool,
}

impl State {
    fn of(job: &Job) -> Self {
        let Job { name, crates, seconds, .. } = job;
        Self { name: name.clone(), crates: *crates, seconds: *seconds, compiled: 0, begun: false, done: false }
    }

    /// Seconds of work done, of those measured.
    fn worked(&self) -> f64 {
        let seconds = f64::from(self.seconds);
        if self.done { seconds } else { seconds * self.share() }
    }

    /// The last crate takes longest, and is only finished with the job: 0 to 0.95.
    fn share(&self) -> f64 {
        (f64::from(self.compiled) / f64::from(self.crates.max(1))).min(0.95)
    }
}

/// Runs `lanes` beside each other, and the jobs of a lane one after the other; the first failure ends all.
///
/// # Errors
/// When a job cannot be started, fails, or is interrupted.
pub fn run(lanes: Vec<Vec<Job>>) -> Result<(), Failure> {
    let states: Mutex<Vec<Vec<State>>> =
        Mutex::new(lanes.iter().map(|jobs| jobs.iter().map(State::of).collect()).collect());
    let failure: Mutex<Option<Failure>> = Mutex::new(None);
    let started = Instant::now();
    thread::scope(|scope| {
        let running: Vec<_> = lanes
            .into_iter()
            .enumerate()
            .map(|(lane, jobs)| {
                let (states, failure) = (&states, &failure);
                scope.spawn(move || {
                    for (at, job) in jobs.into_iter().enumerate() {
                        if locked(failure).is_some() {
                            return;
                        }
                        let change = |change: &dyn Fn(&mut State)| change(&mut locked(states)[lane][at]);
                        if let Err(problem) = run_job(job, &change, failure) {
                            locked(failure).get_or_insert(problem);
                            return;
                        }
                    }
                })
            })
            .collect();
        let mut line = ProgressLine::new();
        while !running.iter().all(thread::ScopedJoinHandle::is_finished) {
            thread::sleep(Duration::from_millis(100));
            line.show(started.elapsed(), &locked(&states));
        }
        line.end();
    });
    match failure.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner) {
        Some(failure) => Err(failure),
        None => Ok(()),
    }
}

/// A job that panicked has failed; what the others know still holds.
fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

fn run_job(mut job: Job, change: &ChangeState<'_>, failure: &Mutex<Option<Failure>>) -> Result<(), Failure> {
    change(&|state| state.begun = true);
    let mut last = VecDeque::with_capacity(SHOWN_LINES);
    let status = process::watch(
        &job.name,
        &mut job.command,
        &job.advice,
        |line| {
            if line.trim_start().starts_with("Compiling ") {
                change(&|state| state.compiled += 1);
            }
            if last.len() == SHOWN_LINES {
                last.pop_front();
            }
            last.push_back(line.to_owned());
        },
        // When another job failed there is no use in going on.
        || locked(failure).is_some(),
    )?;
    if status.success() {
        change(&|state| state.done = true);
        return Ok(());
    }
    if locked(failure).is_none() {
        eprintln!();
        last.iter().for_each(|line| eprintln!("{line}"));
    }
    Err(Failure::command(&format!("building {}", job.name), &job.command, process::ended(status), &job.advice))
}

/// One line on a terminal, or a line now and then elsewhere.
struct ProgressLine {
    terminal: bool,
    shown: Option<Instant>,
}

impl ProgressLine {
    fn new() -> Self {
        Self { terminal: std::io::stdout().is_terminal(), shown: None }
    }

    fn show(&mut self, elapsed: Duration, lanes: &[Vec<State>]) {
        let every = if self.terminal { REDRAW } else { NEW_LINE };
        if self.shown.is_some_and(|at| at.elapsed() < every) {
            return;
        }
        self.shown = Some(Instant::now());
        let text = progress(elapsed, lanes);
        if self.terminal {
            // From the start of the line, and what is left of a longer one goes.
            print!("\r{text}\u{1b}[K");
            // A terminal that cannot be written to shows nothing.
            let _ = std::io::stdout().flush();
        } else {
            println!("{text}");
        }
    }

    fn end(self) {
        if self.terminal && self.shown.is_some() {
            println!();
        }
    }
}

/// What is under way, and about how long it will take.
fn progress(elapsed: Duration, lanes: &[Vec<State>]) -> String {
    let under_way = lanes.iter().flatten().filter(|state| state.begun && !state.done);
    let names: Vec<String> = under_way
        .map(|state| format!("{} {} of {} crates", state.name, state.compiled.min(state.crates), state.crates))
        .collect();
    let seconds = elapsed.as_secs();
    format!("  {}:{:02}  {} · {}", seconds / 60, seconds % 60, names.join(" · "), in_words(left(elapsed, lanes)))
}

/// The time until the last lane is through: what was measured, at the pace of this machine once it has shown one.
fn left(elapsed: Duration, lanes: &[Vec<State>]) -> Duration {
    let of_lane = |lane: &Vec<State>| {
        let total: f64 = lane.iter().map(|state| f64::from(state.seconds)).sum();
        let worked: f64 = lane.iter().map(State::worked).sum();
        let pace = if worked >= total * KNOWN_FROM && worked > 0.0 { elapsed.as_secs_f64() / worked } else { 1.0 };
        (total - worked) * pace
    };
    Duration::from_secs_f64(lanes.iter().map(of_lane).fold(0.0, f64::max))
}

/// In whole minutes above one, in steps of ten seconds below.
pub fn in_words(left: Duration) -> String {
    match left.as_secs() {
        0..=14 => "a few seconds left".to_owned(),
        seconds @ 15..=89 => format!("about {} s left", (seconds + 5) / 10 * 10),
        seconds => format!("about {} min left", (seconds + 30) / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(seconds: u32, compiled: u32, done: bool) -> State {
        State { name: "trunk".to_owned(), crates: 100, seconds, compiled, begun: true, done }
    }

    #[test]
    fn the_time_left_is_that_of_the_slowest_lane_at_the_pace_of_this_machine() {
        let begun = [vec![state(300, 0, false)], vec![state(100, 0, false)]];
        assert_eq!(left(Duration::ZERO, &begun), Duration::from_secs(300), "as measured before there is a pace");
        let slower = [vec![state(300, 50, false)], vec![state(100, 0, true)]];
        assert_eq!(left(Duration::from_secs(300), &slower), Duration::from_secs(300), "half of it took twice as long");
        assert_eq!(left(Duration::from_secs(9), &[vec![state(300, 100, true)]]), Duration::ZERO);
    }

    #[test]
    fn a_job_that_compiles_more_than_was_measured_is_not_over_before_it_ends() {
        assert!(left(Duration::from_secs(100), &[vec![state(100, 150, false)]]) > Duration::ZERO);
    }

    #[test]
    fn progress_names_what_is_under_way_and_how_long_it_will_take() {
        let lanes = [vec![state(300, 50, false)], vec![state(100, 100, true)]];
        assert_eq!(progress(Duration::from_secs(75), &lanes), "  1:15  trunk 50 of 100 crates · about 80 s left");
        assert_eq!(in_words(Duration::from_secs(420)), "about 7 min left");
        assert_eq!(in_words(Duration::from_secs(3)), "a few seconds left");
    }

    #[test]
    fn a_job_that_fails_ends_the_others_and_is_the_failure() {
        let job = |script: &str| {
            let mut command = Command::new("sh");
            command.args(["-c", script]);
            Job { name: script.to_owned(), command, crates: 1, seconds: 1, advice: String::new() }
        };
        let started = Instant::now();
        let failed = run(vec![vec![job("sleep 60")], vec![job("exit 3"), job("sleep 50")]]);
        assert!(matches!(failed, Err(Failure::Command { ref ended, .. }) if ended.contains('3')), "{failed:?}");
        assert!(started.elapsed() < Duration::from_secs(20));
        assert!(run(vec![vec![job("true"), job("true")], vec![job("true")]]).is_ok());
    }
}
