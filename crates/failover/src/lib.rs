//! The failover core: which node a request goes to, and what becomes of it when that node does not answer. A pure
//! state machine over time and events.
//!
//! Events come in through [`Failover::handle`], what to do comes out of [`Failover::poll_action`], and
//! [`Failover::next_wakeup`] says when it has to be asked again. A driver connects it to a network; tests and the
//! simulator connect it to virtual nodes.
//!
//! # Invariants
//!
//! - It uses `std` alone: the package has no dependencies. There is no browser, no async, no global, no thread.
//! - It reads no clock and has no chance but its seed: the same seed and the same events give the same actions, natively
//!   and in wasm. So there is no `HashMap`, whose order differs, and no `exp`, `ln` or `powf`, on which platforms disagree.
//! - A struct's fields are written in the file that declares it, and nowhere else.
//! - Every figure that steers it is in [`policy`].
//! - Nothing from outside can make it panic, and nothing overflows: sums of times saturate.
//! - What must hold between two events is in `audit.rs`, and is checked after every event of the property tests, and in
//!   every interleaving of two nodes, two calls and a stream (`tests/model`).
//!
//! # A node's states
//!
//! ```text
//!            success                     failure, or silence
//!  Unknown ───────────▶ Healthy ─────────────────────────▶ Suspect ◀── reset
//!     │                    ▲  ▲    check succeeds             │
//!     │ failure            │  └───────────────────────────────┤ check fails
//!     └──▶ Suspect         │ stable for a while               ▼
//!                      Recovering ──── failure ───────────▶ Failed ◀─┐
//!                          ▲                                  │ pause │ failure
//!                          └────── second success ─────── Probing ────┘
//! ```
//!
//! A node that becomes Failed begins a new *epoch*. An attempt carries its node and that node's epoch: when it ends
//! late, it changes nothing but latency figures. A thousand requests caught on one dying node are one episode. A suspicion
//! that is cleared begins a new *generation*: a request or a check that was sent before the one that cleared it, and fails
//! later, changes nothing but latency figures either.
//! Beside its state a node may be *held* (it asked to be left alone), *stale* (behind the read index), *slow* (somebody
//! waits for it longer than a hedge would), *left as slow* (another node is far faster), *passed
//! over* (too many of its requests fail), *foreign* (it belongs to another cluster) or *flapping* (left too often, and
//! not returned to yet).
//!
//! # What an answer means
//!
//! | outcome | the node | Repeatable | Keyed | Once |
//! |---|---|---|---|---|
//! | network error, body broken off, 502, 504, other 5xx | failure | next node | next, same key | unknown |
//! | attempt timed out | failure, unless it answered others meanwhile | next | next, same key | unknown |
//! | not the leader | none | next | the leader | the leader |
//! | 500, or a body that does not parse | suspect at the third in a row | one retry | one retry (500) | report |
//! | 503 | held | next | next | next only with a standard Retry-After |
//! | 429 | held | next | next | report |
//! | 425 | stale | next; in the end the freshest | – | – |
//! | 409 `key_in_progress` | none | – | ask again | – |
//! | the browser refuses to send it | none | report | report | report |
//! | 2xx, other 4xx | alive | return | return | return |
//!
//! The first move of a call is free when the node it moves to is known to be well; everything else costs a token, and
//! who has none waits. A read that waits longer than usual is *hedged*: sent to a second node as well. A call whose node
//! becomes a suspect is *rescued* once. While one node is usable, suspects and failed ones get health checks only.
//!
//! # The whole
//!
//! *Degraded*: some are usable. *Panic*: none is, one is only suspected: one retry at most. *Outage*: all have failed: one
//! attempt a request, background work parked, one prober going round. In both every node is *rechecked*, and a call fails
//! only when the recheck has found nobody; so does a call that the last usable node cannot help. *Local fault*: not even
//! the page's own origin is reached: nobody is blamed, and any answer from anywhere ends it.
//!
//! # How to read a journal
//!
//! Find the first `node-changed` to `suspect`: its `reason` is what went wrong, and the `attempt-failed` lines around it
//! say for whom and how long they had waited. `request-moved` and `hedged` say where those went instead; `current-changed`
//! is where everybody goes from then on, with the wait of the first who noticed. `suspect → healthy` was a hiccup;
//! `suspect → failed` an episode, which ends with `probing → recovering → healthy`. `budget-refused` means that repeats
//! had become a tenth of the traffic: look for what fails everywhere. A node has at most
//! [`policy::LINES_AN_EPISODE`] lines about requests between two changes of its state, so that a burst does not push its
//! own beginning out of the ring. For the present moment [`Failover::explain`] lists the candidates with their reasons.
//!
//! # How to change a figure
//!
//! Change it in [`policy`], with the reason in its doc, and let [`Policy::check`] hold its relations to the others. Then
//! run `cargo test -p simulator` (the targets, 80 seeds of everything at once) and `cargo bench -p failover --bench targets`
//! (a thousand seeds, beside the rules of the frontend that this one replaces). A seed that breaks something is printed:
//! `SIM_SEED=<seed> cargo test -p simulator one_seed -- --nocapture` tells its story. A change of the rules changes the
//! number in `tests/rules/story.rs`, natively and in the browser alike.
//!
//! # Code map
//!
//! | what | where |
//! |---|---|
//! | the machine: events, actions, what it is made of | `core`, [`event`], [`ids`] |
//! | time, chance, figures | [`time`], `timers`, [`random`], [`policy`] |
//! | **a node**: all that is known of one | [`node`] |
//! | … its state, with every transition of the picture above | `health` |
//! | … when it is checked, what it said, what was measured | `probe_schedule`, [`report`], [`stats`], [`latency`], `load`, `traffic`, `flapping`, `pace`, `tally` |
//! | **the nodes**: the list, their addresses, their sockets | `list`, [`node_url`], `origin` |
//! | … which is next and why, and which is in use | `selection`, [`explain`], `home` |
//! | … which cluster they are, and which are one | `identity` |
//! | … which works, and is left all the same | `slowness`, `success_rate` |
//! | **a call**: what is asked for, what it has tried, how it ended | [`call`], `call_state`, [`trace`] |
//! | … from submission to completion, and each of its attempts | `calls`, `attempts`, `hedge`, `budget` |
//! | … what an answer means for the node and for the call (the table) | [`outcome`], `answers`, `leader` |
//! | **health checks** | `probing` |
//! | … when all is down, before anybody is told so, when it is the person's network | `outage`, `recheck`, `local_fault` |
//! | **the page and the operator** | `page`, [`levers`] |
//! | what can be seen | [`journal`], [`snapshot`] |
//! | what must hold between two events | `audit` |
//! | the state in the form in which a search compares it | `canonical` |
//! | beside the machine: the newest state that a session has seen | [`read_index`] |

mod answers;
mod attempts;
mod audit;
mod budget;
pub mod call;
mod call_state;
mod calls;
mod canonical;
mod core;
pub mod event;
pub mod explain;
mod flapping;
mod health;
mod hedge;
mod home;
mod identity;
pub mod ids;
pub mod journal;
pub mod latency;
mod leader;
pub mod levers;
mod list;
mod load;
mod local_fault;
pub mod node;
pub mod node_url;
mod origin;
mod outage;
pub mod outcome;
mod pace;
mod page;
pub mod policy;
mod probe_schedule;
mod probing;
pub mod random;
pub mod read_index;
mod recheck;
pub mod report;
mod selection;
mod slowness;
pub mod snapshot;
pub mod stats;
mod success_rate;
mod tally;
pub mod time;
mod timers;
pub mod trace;
mod traffic;

pub use std::time::Duration;

pub use self::core::Failover;
pub use call::{CallFailure, CallResult, CallSpec, Completion, Target};
pub use event::{Action, Event};
pub use explain::{Candidate, Standing};
pub use ids::{AttemptId, CallId, NodeId};
pub use journal::{Entry, JournalEvent};
pub use levers::{SwitchError, TooSoon};
pub use node::NodeState;
pub use node_url::NodeUrl;
pub use origin::OpenStream;
pub use outcome::{Answer, FailureReason, Outcome, Replay, Reply, RetryAfter, Unsendable};
pub use policy::{Order, Policy};
pub use report::{Features, HealthReport, Role};
pub use snapshot::{
    Actor, Changes, ClusterMode, ClusterSnapshot, Counters, Lately, Move, NodeSnapshot, Requirement, SlowerThan,
};
pub use stats::{Check, Class};
pub use time::Timestamp;
pub use trace::{Trace, TraceStep, Why};
