//! Words for durations, ages, reasons and lag. Pure: numbers in, text out.

pub mod journal;
pub mod status;

use std::sync::Arc;

use crate::api_service::failover::snapshot::NodeSnapshot;
use crate::api_service::failover::{Check, Duration, FailureReason, NodeState};
use crate::i18n::Lang;
use crate::i18n::monitor::{MonitorText, monitor};
use crate::i18n::status::status;

/// Between a number and its unit: they never part at the end of a line.
pub const NBSP: char = '\u{a0}';

/// "node 0", as it stands inside a sentence.
pub fn node_name(lang: Lang, index: usize) -> String {
    status(lang).node.number(index as u64)
}

/// The name of the node at `url`: its index in `urls`, or its address when it is no longer in the list.
pub fn node_name_of(lang: Lang, urls: &[Arc<str>], url: &str) -> String {
    match urls.iter().position(|known| &**known == url) {
        Some(index) => node_name(lang, index),
        None => url.to_owned(),
    }
}

/// A node by the id that another one gives it: a number is told from a count by its name, "node 0".
pub fn named_node(lang: Lang, id: &str) -> String {
    id.trim().parse().map_or_else(|_| id.to_owned(), |index| node_name(lang, index))
}

/// How long something took: "2.4 ms", "410 ms", "1.2 s", "2 min 5 s", "3 h 10 min".
pub fn duration(lang: Lang, value: Duration) -> String {
    let micros = u64::try_from(value.as_micros()).unwrap_or(u64::MAX);
    let millis = micros / 1_000;
    if micros < 100 {
        format!("<{NBSP}{}{NBSP}ms", tenths(lang, 1))
    } else if micros < 9_950 {
        format!("{}{NBSP}ms", tenths(lang, (micros + 50) / 100))
    } else if micros < 999_500 {
        format!("{}{NBSP}ms", (micros + 500) / 1_000)
    } else if millis < 9_950 {
        format!("{}{NBSP}s", tenths(lang, (millis + 50) / 100))
    } else {
        whole_seconds((value + Duration::from_millis(500)).as_secs())
    }
}

/// How long ago something was: "just now", "3 s ago", "2 min ago", "3 h 10 min ago".
pub fn age(lang: Lang, passed: Duration) -> String {
    let seconds = passed.as_secs();
    if seconds == 0 {
        return monitor(lang).just_now.to_owned();
    }
    // Past a minute the seconds are left out: the text would change without telling more.
    let text = whole_seconds(if seconds < 60 { seconds } else { seconds / 60 * 60 });
    status(lang).ago.fill([&text])
}

fn tenths(lang: Lang, value: u64) -> String {
    format!("{}{}{}", value / 10, status(lang).decimal_mark, value % 10)
}

/// A whole number with its thousands set off as the browser's `Intl` does, without the browser.
pub fn count(lang: Lang, number: usize) -> String {
    let (thousands, rest) = (number / 1_000, number % 1_000);
    if thousands == 0 {
        return rest.to_string();
    }
    // Three digits each, zeros included.
    let rest = (rest + 1_000).to_string();
    format!("{}{}{}", count(lang, thousands), status(lang).thousands_mark, rest.get(1..).unwrap_or_default())
}

fn whole_seconds(seconds: u64) -> String {
    let (big, small, names) = match seconds {
        0..60 => return format!("{seconds}{NBSP}s"),
        60..3_600 => (seconds / 60, seconds % 60, ("min", "s")),
        _ => (seconds / 3_600, seconds % 3_600 / 60, ("h", "min")),
    };
    if small == 0 {
        format!("{big}{NBSP}{}", names.0)
    } else {
        format!("{big}{NBSP}{} {small}{NBSP}{}", names.0, names.1)
    }
}

/// A Raft term, `number` as it is to be written.
pub fn term(lang: Lang, number: &str) -> String {
    status(lang).term.fill([number])
}

/// Whole seconds of a wait, rounded up: a wait never reads "0 s" while it lasts.
pub fn seconds_to_wait(wait: Duration) -> u64 {
    wait.as_secs() + u64::from(wait.subsec_nanos() > 0)
}

/// Why a node is not trusted, or why a request went on.
pub fn reason(lang: Lang, reason: FailureReason) -> String {
    let text = status(lang);
    let words = match reason {
        FailureReason::Network => text.network,
        FailureReason::TimedOut => text.timed_out,
        FailureReason::Silent => text.silent,
        FailureReason::Malformed => text.malformed,
        FailureReason::Draining => text.draining,
        FailureReason::Marked => text.marked,
        FailureReason::Unsendable => text.unsendable,
        FailureReason::LowSuccessRate => text.low_success_rate,
        FailureReason::Status(code) => return text.answer.number(u64::from(code)),
    };
    words.to_owned()
}

/// "slow: 300 ms, where node 2 takes 5 ms"; `None` for a node that keeps pace with the others.
pub fn slower_than(lang: Lang, node: &NodeSnapshot) -> Option<String> {
    let slower = node.slower?;
    let (latency, other) = (duration(lang, slower.latency), duration(lang, slower.other));
    Some(monitor(lang).slower_than.fill([&latency, &node_name(lang, slower.than), &other]))
}

/// What there is to say of who a node says that it is: of another cluster, a node that is in the list already, a balancer.
/// Why a node of this cluster is not well comes first. `None` when there is nothing to say.
pub fn identity_words(lang: Lang, node: &NodeSnapshot) -> Option<String> {
    let text = monitor(lang);
    if node.foreign {
        let cluster = node.health.as_ref()?.cluster_id.as_deref()?;
        return Some(text.foreign.fill([cluster]));
    }
    if !matches!(node.state, NodeState::Healthy | NodeState::Unknown) {
        return None;
    }
    match node.same_as {
        Some(first) => Some(text.same_node.fill([&node_name(lang, first)])),
        None => node.balancer.then(|| text.balancer.to_owned()),
    }
}

/// "answered in 3 ms" or "did not answer: …".
pub fn check_result(lang: Lang, check: &Check) -> String {
    let text: &MonitorText = monitor(lang);
    match check.result {
        Ok(latency) => text.answered_in.fill([&duration(lang, latency)]),
        Err(failure) => text.did_not_answer.fill([&reason(lang, failure)]),
    }
}

/// The last checks in one sentence: "48 of 50 answered". `None` when there was none.
pub fn checks_summary(lang: Lang, checks: &[Check]) -> Option<String> {
    if checks.is_empty() {
        return None;
    }
    let answered = checks.iter().filter(|check| check.result.is_ok()).count();
    let total = checks.len();
    Some(status(lang).checks.of(lang, total).fill([&answered.to_string(), &total.to_string()]))
}

/// Share of the requests and probes that were answered, 0 to 1. `None` before the first.
pub fn success_rate(successes: u64, failures: u64) -> Option<f64> {
    let total = successes + failures;
    // Counts stay far below 2^53, where `f64` is exact.
    (total > 0).then(|| successes as f64 / total as f64)
}

/// How many entries `node` is behind the highest commit index that any node reported. `None` when it cannot be
/// told: the node reports no index, or what it reported is from before it failed.
pub fn lag(node: &NodeSnapshot, highest_commit: Option<u64>) -> Option<u64> {
    if matches!(node.state, NodeState::Failed | NodeState::Probing) {
        return None;
    }
    let report = node.health.as_ref()?;
    let reached = report.last_applied.or(report.commit_index)?;
    Some(highest_commit?.saturating_sub(reached))
}

/// Whether the last check is too old to be believed: older than three intervals.
pub fn is_stale(since_last_check: Option<Duration>, interval: Duration) -> bool {
    since_last_check.is_some_and(|age| age > interval * 3)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api_service::failover::{Failover, HealthReport, NodeUrl, Policy, Timestamp};

    fn plain(text: &str) -> String {
        text.replace(NBSP, " ")
    }

    fn ms(value: u64) -> Duration {
        Duration::from_millis(value)
    }

    #[test]
    fn a_duration_is_written_with_the_decimal_mark_of_the_language() {
        assert_eq!(plain(&duration(Lang::Fr, Duration::from_micros(2_440))), "2,4 ms");
        assert_eq!(plain(&duration(Lang::En, Duration::from_micros(2_440))), "2.4 ms");
        assert_eq!(plain(&duration(Lang::En, ms(410))), "410 ms");
        assert_eq!(plain(&duration(Lang::Fr, ms(1_240))), "1,2 s");
        assert_eq!(plain(&duration(Lang::En, ms(125_000))), "2 min 5 s");
        assert_eq!(plain(&duration(Lang::En, ms(11_400_000))), "3 h 10 min");
    }

    #[test]
    fn who_a_node_says_that_it_is_comes_after_why_it_is_not_well_and_another_cluster_before_both() {
        let urls = [NodeUrl::from_normalized("http://a")];
        let mut node =
            Failover::new(&urls, Policy::default(), 1, Timestamp::ZERO).snapshot(Timestamp::ZERO).nodes.remove(0);
        assert_eq!(identity_words(Lang::En, &node), None);
        node.same_as = Some(2);
        assert_eq!(
            identity_words(Lang::En, &node).as_deref().map(plain).as_deref(),
            Some("the same node as node 2, counted once")
        );
        node.state = NodeState::Failed;
        assert_eq!(identity_words(Lang::En, &node), None);
        node.foreign = true;
        node.health = Some(HealthReport { cluster_id: Some("c2".into()), ..HealthReport::default() });
        let words = identity_words(Lang::Fr, &node);
        assert_eq!(
            words.as_deref().map(plain).as_deref(),
            Some("appartient au cluster « c2 » : rien ne lui est envoyé")
        );
    }

    #[test]
    fn thousands_are_set_off_as_the_language_does() {
        assert_eq!([0, 7, 999].map(|number| count(Lang::En, number)), ["0", "7", "999"]);
        assert_eq!(count(Lang::Fr, 1_000), "1\u{202f}000");
        assert_eq!(count(Lang::En, 1_002_003), "1,002,003");
    }

    #[test]
    fn a_duration_at_the_edge_of_a_unit_never_shows_a_thousand_of_the_smaller_one() {
        assert_eq!(plain(&duration(Lang::En, Duration::from_micros(9_960))), "10 ms");
        assert_eq!(plain(&duration(Lang::En, Duration::from_micros(999_600))), "1.0 s");
        assert_eq!(plain(&duration(Lang::En, ms(9_960))), "10 s");
        assert_eq!(plain(&duration(Lang::En, Duration::from_micros(40))), "< 0.1 ms");
    }

    #[test]
    fn an_age_counts_seconds_below_a_minute_and_whole_minutes_above() {
        assert_eq!(plain(&age(Lang::Fr, ms(900))), "à l’instant");
        assert_eq!(plain(&age(Lang::Fr, ms(3_900))), "il y a 3 s");
        assert_eq!(plain(&age(Lang::En, ms(59_000))), "59 s ago");
        assert_eq!(plain(&age(Lang::En, ms(125_000))), "2 min ago");
        assert_eq!(plain(&age(Lang::En, ms(3_720_000))), "1 h 2 min ago");
    }

    #[test]
    fn a_wait_is_rounded_up_to_whole_seconds() {
        assert_eq!(seconds_to_wait(ms(1)), 1);
        assert_eq!(seconds_to_wait(ms(4_000)), 4);
        assert_eq!(seconds_to_wait(ms(4_001)), 5);
    }

    #[test]
    fn a_node_that_left_the_list_is_named_by_its_address() {
        let urls: Vec<Arc<str>> = vec!["http://a:1".into(), "http://b:2".into()];
        assert_eq!(plain(&node_name_of(Lang::Fr, &urls, "http://b:2")), "nœud 1");
        assert_eq!(node_name_of(Lang::En, &urls, "http://gone:9"), "http://gone:9");
    }

    #[test]
    fn the_checks_are_summed_up_in_words() {
        let at = crate::api_service::failover::time::Timestamp::ZERO;
        let ok = Check { at, result: Ok(ms(3)) };
        let bad = Check { at, result: Err(FailureReason::Network) };
        assert_eq!(checks_summary(Lang::En, &[]), None);
        assert_eq!(checks_summary(Lang::En, &[ok, bad, ok]).as_deref(), Some("2 of 3 answered"));
        assert_eq!(checks_summary(Lang::Fr, &[ok]).as_deref(), Some("1 sur 1 réussi"));
    }

    #[test]
    fn the_success_rate_is_unknown_before_the_first_answer() {
        assert_eq!(success_rate(0, 0), None);
        assert_eq!(success_rate(3, 1), Some(0.75));
    }

    #[test]
    fn a_check_is_stale_after_three_intervals_and_a_node_never_checked_is_not() {
        let interval = ms(10_000);
        assert!(!is_stale(Some(ms(30_000)), interval));
        assert!(is_stale(Some(ms(30_001)), interval));
        assert!(!is_stale(None, interval));
    }
}
