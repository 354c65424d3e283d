//! Every figure that steers the failover, with its unit and its reason. Change one here, and nowhere else.
//!
//! Relations between figures are checked when a [`Policy`] is made: a policy that contradicts itself is refused
//! with the relation that it breaks.

use std::time::Duration;

pub use identity::IdentityPolicy;
pub use slowness::SlownessPolicy;
pub use success::SuccessPolicy;

mod identity;
mod slowness;
mod success;

/// Events kept in the journal. At ten events a failover this is the story of fifty failovers, in under 64 KB.
pub const JOURNAL_CAPACITY: usize = 512;

/// Lines about failed and moved requests that one node gets in the journal between two changes of its state.
pub const LINES_AN_EPISODE: u32 = 32;

/// Buffers of calls that have ended, kept for the next ones: more are rarely under way at once.
pub const SPARE_BUFFERS: usize = 64;

/// Checks kept per node for the check bar: at one check every 10 s, the last eight minutes.
pub const CHECKS_KEPT: usize = 50;

/// Answers to reads that are remembered one by one, per node: enough for a median that one late answer does not move.
pub const ANSWERS_REMEMBERED: usize = 16;

/// Each of the two windows that make up "the last 30 to 60 s": the one that is being filled, and the one before.
pub const STATS_WINDOW: Duration = Duration::from_secs(30);

/// Answers from which on a window says how a node is now. Up to this many the 95th percentile is worked out with each
/// answer, from then on with every eighth: it hardly moves, and working it out reads the whole histogram.
pub const WINDOW_SAMPLES: u32 = 64;

/// An index of the log that lies further than this beyond what a majority of the nodes reports is not believed: an hour
/// at three thousand writes a second, of which those reports may be too old to tell.
pub const READ_INDEX_SLACK: u64 = 10_000_000;

/// Stale timers that are kept whatever is under way, and how many more for each call, attempt and node: sweeping them
/// out costs as much as sorting the others, so it is done when most are stale.
pub const SPARE_TIMERS: usize = 256;
pub const TIMERS_PER_ITEM: usize = 8;

/// How the list of nodes is read when no node was chosen by hand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// The first node is the primary, the others are backups.
    #[default]
    Listed,
    /// Every client starts at a node of its own, drawn at random: for large numbers of clients.
    Spread,
}

/// The figures that steer the failover. [`Policy::default`] is what the product ships with.
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    pub order: Order,

    /// One attempt, body included. The existing frontend's figure; a booking over a slow mobile line fits in it.
    pub attempt_timeout: Duration,
    /// A whole read with all its attempts: two full timeouts, then a person has turned away.
    pub read_deadline: Duration,
    /// A whole write with all its attempts: a follower may hold it for 5 s through an election, twice.
    pub write_deadline: Duration,

    /// A health check of a node that nothing else is known about is due this long after the last one.
    pub health_check_interval: Duration,
    /// The interval is drawn from `interval · U[this, 100] / 100`, so that clients do not march in step.
    pub health_check_jitter_low_percent: u32,
    /// One health check. A node on the same continent answers in a tenth of it; one that needs longer is no help.
    pub probe_timeout: Duration,
    /// Health checks of a hidden page that watches on behalf of an alert: a browser wakes it once a minute anyway.
    pub hidden_check_interval: Duration,
    /// The first round is spread over this time when there are more nodes than [`Policy::eager_nodes`].
    pub first_round_spread: Duration,
    /// Up to this many nodes are probed at once at the start: fewer than the sockets that a page opens anyway.
    pub eager_nodes: usize,
    /// A round after the page became visible starts within this time, so that restored windows do not stampede.
    pub visible_jitter: Duration,
    /// Health checks in flight at once: half of Chromium's 256 sockets.
    pub probes_in_flight: usize,
    /// Health checks that begin at once, in one turn of the page: each that the page itself makes takes a browser a third
    /// of a millisecond, on a slow machine a whole one, and a page that is busy for 50 ms feels so.
    pub probes_at_once: usize,
    /// The next of them begin this much later: a browser lets no timer that a timer set be sooner.
    pub probe_pause: Duration,
    /// Health checks in flight to one origin: with `origin_requests` they fill the six sockets that a browser opens.
    pub origin_probes: u32,

    /// Requests with headers of their own out to one origin, open streams counted. Each may need a preflight, and a
    /// hung preflight keeps its socket for minutes; the browser opens six.
    pub origin_requests: u32,
    /// Nothing with headers is sent to an origin whose oldest request has had no headers for this long.
    pub origin_stall: Duration,

    /// A suspect is probed again within `U[0, this]`: soon enough to matter, spread enough to spare a node that a
    /// thousand clients suspect at the same moment.
    pub confirm_within: Duration,
    /// A failed node is probed again after `min(reprobe_max, reprobe_first · 2^k) · U[0.5, 1]`: one that restarts is found
    /// within a second, one that stays away costs three to six checks a minute.
    pub reprobe_first: Duration,
    pub reprobe_max: Duration,
    /// The second of the two probes that a failed node must answer comes `U[low, high]` after the first: long enough
    /// that one lucky packet is told from a node that is back.
    pub second_probe_low: Duration,
    pub second_probe_high: Duration,
    /// A recovering node is probed every `U[low, high]`: a relapse is noticed before many have returned to it.
    pub recovering_probe_low: Duration,
    pub recovering_probe_high: Duration,
    /// A recovering node is healthy after it was stable for `U[low, high]`: clients return over this time, not at once.
    pub stable_low: Duration,
    pub stable_high: Duration,
    /// The stable time doubles with every relapse, up to this: a flapping node moves nobody more than 4 times a minute.
    pub stable_max: Duration,
    /// A node that is left again within this time after it could have been returned to is flapping: a minute, in which
    /// it may move its clients four times.
    pub flap_memory: Duration,
    /// How long a flapping node is not returned to; it doubles with every flap. With one return a minute it moves
    /// its clients at most four times in any minute: away, back, away, and the next return.
    pub flap_hold_first: Duration,
    pub flap_hold_max: Duration,
    /// Answers of 500 in a row that make a node suspect: one is a bug in one handler, three are a sick node.
    pub errors_until_suspect: u32,
    /// Times that a node's health page says "well" right after a request failed, with no request answered in between,
    /// until the requests are believed. Once may be a lost packet.
    pub contradictions_until_failed: u32,

    /// An attempt without an answer for `max(this, silence_p95_factor · p95)`, with no success of the node since it began,
    /// makes the node suspect. Shorter silences are those of a busy network.
    pub silence_floor: Duration,
    /// How many p95 of silence make a node suspect: four are well outside of what a healthy node does.
    pub silence_p95_factor: u32,
    /// Answers needed before p95 steers anything, silence and hedges alike: fewer have no 95th percentile.
    pub silence_samples: u32,
    /// The silence that makes a suspect while fewer answers were measured, and the longest for a read: with the answer of
    /// another node a read that no hedge helped waits a second at most. A write may wait for an election.
    pub silence_unmeasured: Duration,

    /// A read without an answer for `clamp(p95, low, high)` is sent to a second node as well. Below 50 ms a second
    /// request gains nothing that a person sees; above one second the node is a suspect anyway.
    pub hedge_low: Duration,
    pub hedge_high: Duration,
    /// The wait before a hedge while fewer than `silence_samples` answers were measured: longer than a healthy node on
    /// another continent needs.
    pub hedge_unmeasured: Duration,
    /// Hedges that may be sent at once, and what each success gives back, in thousandths: at most 3 % more requests.
    pub hedge_tokens: u32,
    pub hedge_refill_milli: u32,
    /// The slower of two attempts is listened to for this long after the call was answered: what it says of its node
    /// is worth more than the socket.
    pub loser_grace: Duration,
    /// Moves that a client may make beyond each call's free first one, and what each first-try success gives back,
    /// in thousandths: a tenth of the traffic may be retries, nothing while nothing succeeds.
    pub retry_tokens: u32,
    pub retry_refill_milli: u32,
    /// Latency is forgotten with this time constant, except that a higher one counts at once (peak EWMA; Finagle's).
    pub ewma_decay: Duration,

    /// Hops to a leader that a node named, before every node has denied that it leads. The second covers an election
    /// between hint and hop; more is a loop.
    pub leader_hops: u32,
    /// A failed node that others name as leader is checked at most this often: between the hint and its own pace, which
    /// may be twenty seconds, nobody could book.
    pub hinted_check_pause: Duration,
    /// First wait before a further round over nodes that all failed; it doubles up to `backoff_max`, times U[0.5, 1].
    pub backoff_first: Duration,
    pub backoff_max: Duration,
    /// Once every node has denied that it leads, each further one is asked after `min(max, first · 2^k) · U[0.75, 1]`, where
    /// k grows by one with every `hops_a_pause` requests of the call beyond its second. An election takes some hundred
    /// milliseconds: it is found out within two pauses. Up to five nodes that name each other in a circle cost no more
    /// than 20 requests in a write's 15 s.
    pub election_pause_first: Duration,
    pub election_pause_max: Duration,
    pub hops_a_pause: u32,
    /// Rounds over all nodes that one call may make while they fail. One more than the first catches a restart;
    /// waiting for an election or a draining node is bounded by the deadline alone.
    pub rounds: u32,
    /// Longest wait that a `Retry-After` may add for a person.
    pub retry_after_person: Duration,
    /// Longest time that a `Retry-After` keeps a node unused.
    pub retry_after_node: Duration,
    /// A `Retry-After` is lengthened by U[0, this] percent: those who were told the same second do not all return in it.
    pub retry_after_jitter_percent: u32,
    /// A 429 or 503 that does not say for how long, in a way that can be read, keeps a node unused for
    /// `this · U[1 - jitter, 1 + jitter]`: twice the pause before a failed node is asked again.
    pub hold_unsaid: Duration,
    pub hold_unsaid_jitter_percent: u32,
    /// A node that was behind the read index is passed over for this long: replication takes milliseconds, a snapshot
    /// seconds.
    pub stale_hold: Duration,

    /// While every node is failed, one prober goes round: first wait, doubling up to the maximum, times U[0.5, 1]. The
    /// maximum is what a person waits at most until a cluster that came back is noticed without a request.
    pub outage_probe_first: Duration,
    pub outage_probe_max: Duration,

    /// While no node is usable all are checked again when somebody asks, at most this often. In an outage at ten requests
    /// a second three checks every five seconds are 6 % more; a person who tries again is not told old news.
    pub recheck_pause: Duration,

    /// After an outage background work begins again within U[0, this]: the first node that is back must not get all of it
    /// at once.
    pub release_within: Duration,

    /// Two nodes that fail within this time, with no success in between, may mean the person's own network. Two nodes
    /// that die by themselves rarely do so within a second.
    pub local_fault_window: Duration,
    /// The control fetch of the page's own origin: as long as a health check.
    pub control_timeout: Duration,
    /// After a control fetch that succeeded none is sent for this long: the nodes are to blame meanwhile.
    pub control_pause: Duration,

    /// *Require this node* ends by itself: it is a tool for diagnosis, and is forgotten easily.
    pub requirement_lasts: Duration,
    /// A wake-up later than asked by more than this is a jump of the clock (the machine slept).
    pub clock_jump: Duration,
    /// A second reset within this time is refused: it would only erase the evidence of the first.
    pub reset_pause: Duration,

    /// When a home that works is left for a faster node.
    pub slowness: SlownessPolicy,
    /// When a node that answers is passed over, because too many of its requests fail.
    pub success: SuccessPolicy,
    /// Which cluster the page is in, and which addresses lead to one node.
    pub identity: IdentityPolicy,

    /// A failure says nothing of a node when something younger has said since that the node is well. Off only in the test
    /// that has to find out what becomes of the others without this rule: no configuration names it.
    pub generations: bool,
}

impl Default for Policy {
    fn default() -> Self {
        let ms = Duration::from_millis;
        Self {
            order: Order::Listed,
            attempt_timeout: ms(5_000),
            read_deadline: ms(10_000),
            write_deadline: ms(15_000),
            health_check_interval: ms(30_000),
            health_check_jitter_low_percent: 80,
            probe_timeout: ms(1_000),
            hidden_check_interval: ms(60_000),
            first_round_spread: ms(2_000),
            eager_nodes: 8,
            visible_jitter: ms(500),
            probes_in_flight: 128,
            probes_at_once: 32,
            probe_pause: ms(4),
            origin_probes: 2,
            origin_requests: 4,
            origin_stall: ms(400),
            confirm_within: ms(250),
            reprobe_first: ms(1_000),
            reprobe_max: ms(20_000),
            second_probe_low: ms(500),
            second_probe_high: ms(1_000),
            recovering_probe_low: ms(1_000),
            recovering_probe_high: ms(2_000),
            stable_low: ms(5_000),
            stable_high: ms(30_000),
            stable_max: ms(600_000),
            flap_memory: ms(60_000),
            flap_hold_first: ms(60_000),
            flap_hold_max: ms(600_000),
            errors_until_suspect: 3,
            contradictions_until_failed: 2,
            silence_floor: ms(400),
            silence_p95_factor: 4,
            silence_samples: 16,
            silence_unmeasured: ms(800),
            hedge_low: ms(50),
            hedge_high: ms(1_000),
            hedge_unmeasured: ms(300),
            hedge_tokens: 3,
            hedge_refill_milli: 30,
            loser_grace: ms(2_000),
            retry_tokens: 5,
            retry_refill_milli: 100,
            ewma_decay: ms(10_000),
            leader_hops: 2,
            hinted_check_pause: ms(2_000),
            backoff_first: ms(100),
            backoff_max: ms(1_600),
            election_pause_first: ms(200),
            election_pause_max: ms(2_000),
            hops_a_pause: 3,
            rounds: 2,
            retry_after_person: ms(5_000),
            retry_after_node: ms(60_000),
            retry_after_jitter_percent: 10,
            hold_unsaid: ms(2_000),
            hold_unsaid_jitter_percent: 20,
            stale_hold: ms(1_000),
            outage_probe_first: ms(1_000),
            outage_probe_max: ms(15_000),
            recheck_pause: ms(5_000),
            release_within: ms(2_000),
            local_fault_window: ms(1_000),
            control_timeout: ms(1_000),
            control_pause: ms(5_000),
            requirement_lasts: ms(600_000),
            clock_jump: ms(2_000),
            reset_pause: ms(5_000),
            slowness: SlownessPolicy::default(),
            success: SuccessPolicy::default(),
            identity: IdentityPolicy::default(),
            generations: true,
        }
    }
}

impl Policy {
    /// Checks every relation between figures.
    ///
    /// # Errors
    /// The first relation that does not hold, in words.
    pub fn check(&self) -> Result<(), &'static str> {
        let relations = [
            (
                self.attempt_timeout <= self.read_deadline,
                "one attempt fits into a read: attempt_timeout ≤ read_deadline",
            ),
            (
                self.read_deadline <= self.write_deadline,
                "a write may take as long as a read: read_deadline ≤ write_deadline",
            ),
            (
                self.probe_timeout <= self.attempt_timeout,
                "a probe is quicker than a request: probe_timeout ≤ attempt_timeout",
            ),
            (
                self.probe_timeout <= self.health_check_interval,
                "probes of a node never overlap: probe_timeout ≤ health_check_interval",
            ),
            (self.reprobe_first <= self.reprobe_max, "reprobe_first ≤ reprobe_max"),
            (self.second_probe_low <= self.second_probe_high, "second_probe_low ≤ second_probe_high"),
            (self.recovering_probe_low <= self.recovering_probe_high, "recovering_probe_low ≤ recovering_probe_high"),
            (
                self.stable_low <= self.stable_high && self.stable_high <= self.stable_max,
                "stable_low ≤ stable_high ≤ stable_max",
            ),
            (self.backoff_first <= self.backoff_max, "backoff_first ≤ backoff_max"),
            (
                self.election_pause_first <= self.election_pause_max && self.hops_a_pause > 0,
                "election_pause_first ≤ election_pause_max, hops_a_pause > 0",
            ),
            (
                self.hedge_low <= self.hedge_unmeasured && self.hedge_unmeasured <= self.hedge_high,
                "hedge_low ≤ hedge_unmeasured ≤ hedge_high",
            ),
            (
                self.hedge_unmeasured <= self.silence_unmeasured && self.hedge_low <= self.silence_floor,
                "a hedge comes before a suspicion: hedge_unmeasured ≤ silence_unmeasured, hedge_low ≤ silence_floor",
            ),
            (self.flap_hold_first <= self.flap_hold_max, "flap_hold_first ≤ flap_hold_max"),
            (
                self.flap_memory.as_secs() >= 60 && self.flap_hold_first.as_secs() >= 60,
                "four moves a minute at most: flap_memory ≥ 60 s and flap_hold_first ≥ 60 s",
            ),
            (
                self.origin_requests > 0 && self.origin_probes > 0 && self.origin_requests + self.origin_probes <= 6,
                "a browser opens six sockets to an origin: origin_requests + origin_probes ≤ 6, both > 0",
            ),
            (
                self.confirm_within.saturating_add(self.probe_timeout) <= self.recheck_pause,
                "a recheck ends before the next: confirm_within + probe_timeout ≤ recheck_pause",
            ),
            (self.outage_probe_first <= self.outage_probe_max, "outage_probe_first ≤ outage_probe_max"),
            (
                self.retry_after_person <= self.read_deadline,
                "a wait fits into a read: retry_after_person ≤ read_deadline",
            ),
            (self.health_check_jitter_low_percent <= 100, "health_check_jitter_low_percent ≤ 100"),
            (!self.attempt_timeout.is_zero(), "an attempt has time: attempt_timeout > 0"),
            (!self.probe_timeout.is_zero(), "a probe has time: probe_timeout > 0"),
            (self.probes_in_flight > 0, "probes_in_flight > 0"),
            (
                self.probes_at_once > 0 && !self.probe_pause.is_zero(),
                "the rest of a round comes later: probes_at_once > 0, probe_pause > 0",
            ),
        ];
        let others =
            self.slowness.relations().into_iter().chain(self.success.relations()).chain(self.identity.relations());
        let mut relations = relations.into_iter().chain(others);
        match relations.find(|(holds, _)| !holds) {
            Some((_, relation)) => Err(relation),
            None => Ok(()),
        }
    }
}
