//! How `/config.json` is had. Only one answer means that there is none, and only on the machine of whoever opened the page:
//! whatever else is not the file is asked again, and then said. The application does not start with nodes that nobody
//! named, since a password would go to whatever listens there.

use std::net::Ipv4Addr;
use std::time::Duration;

use super::{Config, ConfigProblem, parse};
use crate::api_service::browser::{own_file, pause};

const PATH: &str = "/config.json";
/// The property of the window under which the script of `index.html` leaves the promise of the first answer.
const ASKED_EARLY: &str = "configAnswer";
/// One answer may take this long, its text included. As long as an attempt at a node (`requestTimeoutMs`).
const ANSWER_WITHIN: Duration = Duration::from_secs(5);
/// Before the second question and those after it, in milliseconds: a server that is being restarted is back within
/// seconds, and a person who waits longer wants to know why.
const PAUSES_MS: [u32; 3] = [300, 1_000, 2_500];

/// Why the application cannot start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LoadError {
    /// The file is there and cannot be used: every reason, in its order.
    Refused(Vec<ConfigProblem>),
    Unavailable(Unavailable),
}

/// Why the file cannot be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unavailable {
    /// Nothing answered in time, or the answer broke off.
    NoAnswer,
    /// The server answered with this status.
    Status(u16),
    /// The server answered with a web page, or with nothing.
    WebPage,
    /// There is no such file, on a server that is not the machine of whoever opened the page.
    Missing,
}

/// Asks the page's own origin for the file, several times where the answer may be another one soon.
///
/// # Errors
/// Why the application cannot start.
pub async fn load() -> Result<Config, LoadError> {
    let host = web_sys::window().and_then(|window| window.location().hostname().ok()).unwrap_or_default();
    let mut early = Some(ASKED_EARLY);
    load_by(|| own_file(PATH, early.take(), ANSWER_WITHIN), pause, is_loopback(&host)).await
}

async fn load_by<Asked, Paused>(
    mut ask: impl FnMut() -> Asked,
    mut pause: impl FnMut(u32) -> Paused,
    on_loopback: bool,
) -> Result<Config, LoadError>
where
    Asked: Future<Output = Option<(u16, String)>>,
    Paused: Future<Output = ()>,
{
    for pause_ms in PAUSES_MS {
        match judge(ask().await, on_loopback) {
            Err(LoadError::Unavailable(why)) if why != Unavailable::Missing => pause(pause_ms).await,
            settled => return settled,
        }
    }
    judge(ask().await, on_loopback)
}

/// What follows from status and text of an answer; `None` when there was none.
fn judge(answer: Option<(u16, String)>, on_loopback: bool) -> Result<Config, LoadError> {
    let unavailable = |why| Err(LoadError::Unavailable(why));
    match answer {
        None => unavailable(Unavailable::NoAnswer),
        Some((200..=299, text)) => {
            let text = text.trim_start_matches('\u{feff}').trim();
            if text.is_empty() || text.starts_with('<') {
                return unavailable(Unavailable::WebPage);
            }
            parse(text, on_loopback).map_err(LoadError::Refused)
        }
        Some((404, _)) if on_loopback => Ok(Config::default()),
        Some((404, _)) => unavailable(Unavailable::Missing),
        Some((status, _)) => unavailable(Unavailable::Status(status)),
    }
}

/// Whether a page of this host comes from the machine that it runs on.
fn is_loopback(host: &str) -> bool {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    host == "localhost"
        || host.ends_with(".localhost")
        || host == "[::1]"
        || host.parse::<Ipv4Addr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use futures_executor::block_on;

    use super::*;

    const FILE: &str = r#"{"nodes":["http://a"]}"#;

    /// What comes of these answers, one after the other, and how many questions were asked.
    fn asked(answers: &[Option<(u16, &str)>], on_loopback: bool) -> (Result<Config, LoadError>, usize) {
        let mut left: VecDeque<_> = answers.iter().map(|answer| answer.map(|(s, text)| (s, text.to_owned()))).collect();
        let mut questions = 0;
        let ask = || {
            questions += 1;
            std::future::ready(left.pop_front().unwrap_or_default())
        };
        let found = block_on(load_by(ask, |_| std::future::ready(()), on_loopback));
        (found, questions)
    }

    /// Each of these was taken for a file that is not there.
    #[test]
    fn a_server_that_fails_once_is_asked_again_and_its_file_is_used() {
        for failure in [None, Some((503, "busy")), Some((500, FILE)), Some((200, "<!doctype html>")), Some((200, " "))]
        {
            let (found, questions) = asked(&[failure, Some((200, FILE))], true);
            assert_eq!((found, questions), (parse(FILE, true).map_err(LoadError::Refused), 2), "{failure:?}");
        }
    }

    #[test]
    fn a_server_that_goes_on_failing_is_asked_four_times_and_never_gives_the_defaults() {
        let cases = [
            (None, Unavailable::NoAnswer),
            (Some((503, "")), Unavailable::Status(503)),
            (Some((403, "")), Unavailable::Status(403)),
            (Some((200, "<html>")), Unavailable::WebPage),
        ];
        for (answer, why) in cases {
            assert_eq!(asked(&[answer; 9], true), (Err(LoadError::Unavailable(why)), 4));
        }
    }

    #[test]
    fn a_file_that_is_not_there_leaves_the_defaults_on_the_own_machine_and_nowhere_else() {
        assert_eq!(asked(&[Some((404, "<html>"))], true), (Ok(Config::default()), 1));
        assert_eq!(asked(&[Some((404, ""))], false), (Err(LoadError::Unavailable(Unavailable::Missing)), 1));
    }

    #[test]
    fn a_file_that_is_there_and_cannot_be_used_is_not_asked_for_again() {
        let refused = Err(LoadError::Refused(vec![ConfigProblem::NoNodes]));
        assert_eq!(asked(&[Some((200, r#"{"nodes":[]}"#))], true), (refused, 1));
        let missing = Err(LoadError::Refused(vec![ConfigProblem::NodesMissing]));
        assert_eq!(asked(&[Some((200, "{}"))], false), (missing, 1));
    }

    #[test]
    fn the_own_machine_is_told_from_hosts_that_only_look_like_it() {
        for host in ["localhost", "LOCALHOST", "localhost.", "vcube.localhost", "127.0.0.1", "127.9.9.9", "[::1]"] {
            assert!(is_loopback(host), "{host}");
        }
        for host in ["", "localhost.example", "127.0.0.1.example", "10.0.0.1", "[::2]", "notlocalhost", "0.0.0.0"] {
            assert!(!is_loopback(host), "{host}");
        }
    }
}
