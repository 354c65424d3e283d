//! What must hold after each step, seen from outside: from what was sent and what came of it, not from the core's state.

use std::hash::Hash;
use std::time::Duration;

use failover::{CallFailure, CallResult, NodeState, Policy, Replay, Timestamp};

use crate::scene::{CALLS, Effects, End, NODES, Odd, Out, Scene, Setup, Stage, Step};

/// The rule that stale generations are about.
pub const BLAMED: &str = "a node is blamed for nothing that it did since it was last cleared";

/// What is known of one node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Known {
    state: NodeState,
    /// What began before says nothing: the node failed, was reset, or is unknown again since then.
    epoch: Timestamp,
    /// What began before and fails says nothing: what began then has cleared the node of a suspicion.
    cleared: Timestamp,
    /// Suspicions with a reason, since it last answered a request.
    suspicions: u32,
}

impl Known {
    /// Whether it may be blamed for what began at this time.
    fn may_be_blamed(&self, began: Timestamp) -> bool {
        began >= self.epoch && began >= self.cleared
    }
}

/// Follows a scene step by step, and says when something happens that must not.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Watch {
    nodes: [Known; NODES],
    /// To which nodes each call was sent, and how many times.
    sent: [[u32; NODES]; CALLS],
    /// How many times each was answered that it was not applied, since the node does not lead.
    refused: [u32; CALLS],
    slept: bool,
    pub broken: Option<&'static str>,
}

/// What a search should come by, if it is to be worth anything.
#[derive(Clone, Copy, Debug, Default)]
pub struct Seen {
    pub failed: bool,
    pub recovering: bool,
    pub outage: bool,
    pub network_down: bool,
    pub late: bool,
}

/// How far a node is trusted.
fn trust(state: NodeState) -> u32 {
    match state {
        NodeState::Unknown | NodeState::Healthy | NodeState::Recovering => 2,
        NodeState::Suspect => 1,
        NodeState::Failed | NodeState::Probing => 0,
    }
}

fn state_of(scene: &Scene, node: usize) -> NodeState {
    scene.core.state_at(node).unwrap_or(NodeState::Unknown)
}

impl Watch {
    pub fn new(scene: &Scene) -> Self {
        let known = |node| Known {
            state: state_of(scene, node),
            epoch: Timestamp::ZERO,
            cleared: Timestamp::ZERO,
            suspicions: 0,
        };
        Self {
            nodes: std::array::from_fn(known),
            sent: [[0; NODES]; CALLS],
            refused: [0; CALLS],
            slept: false,
            broken: None,
        }
    }

    /// Takes in what `step` led to.
    pub fn step(&mut self, step: Step, scene: &Scene, effects: &Effects, setup: &Setup) -> Seen {
        let usable_before = self.nodes.map(|node| node.state.usable());
        let mut seen = Seen::default();
        self.slept |= step == Step::Sleep;
        for (out, end) in &effects.ended {
            if let (Some(call), End::Oddly(Odd::NotLeader)) = (out.call, end) {
                self.refused[call] += 1;
            }
        }
        for node in 0..NODES {
            seen.late |= effects.ended.iter().any(|(out, end)| {
                out.node == node
                    && out.call.is_some()
                    && *end == End::Badly
                    && !self.nodes[node].may_be_blamed(out.began)
            });
            if let Err(rule) = self.judge_node(node, step, scene, effects, &setup.policy) {
                self.broken.get_or_insert(rule);
            }
        }
        let rules = [
            effects.nonsense.map_or(Ok(()), Err),
            scene.core.audit(scene.now),
            self.judge_starts(scene, effects, setup, usable_before),
            self.judge_ends(scene, effects, setup, usable_before),
        ];
        if let Some(rule) = rules.into_iter().find_map(Result::err) {
            self.broken.get_or_insert(rule);
        }
        let states = self.nodes.map(|node| node.state);
        Seen {
            failed: states.contains(&NodeState::Failed),
            recovering: states.contains(&NodeState::Recovering),
            outage: states.iter().all(|state| trust(*state) == 0),
            network_down: step != Step::Reset
                && states.iter().zip(usable_before).any(|(state, usable)| *state == NodeState::Unknown && !usable),
            ..seen
        }
    }

    /// No healthy node is blamed: one that is trusted less after a step than before has given a reason since it was last
    /// cleared.
    fn judge_node(
        &mut self,
        node: usize,
        step: Step,
        scene: &Scene,
        effects: &Effects,
        policy: &Policy,
    ) -> Result<(), &'static str> {
        let (now, known) = (scene.now, self.nodes[node]);
        let (before, after) = (known.state, state_of(scene, node));
        let mut next = Known { state: after, ..known };
        let here = || effects.ended.iter().filter(|(out, _)| out.node == node);
        let well = here().find(|(_, end)| *end == End::Well).map(|(out, _)| *out);
        if well.is_some_and(|out| out.call.is_some() && out.began >= known.epoch) {
            next.suspicions = 0;
        }
        let mut result = Ok(());
        if step == Step::Sleep {
            (next.epoch, next.cleared) = (now, now);
            if trust(after) < trust(before) {
                result = Err("nobody is blamed for what the machine slept");
            }
        } else if step == Step::Reset || (after == NodeState::Unknown && before != after) {
            (next.epoch, next.suspicions) = (now, 0);
        } else if trust(after) < trust(before) || (after == NodeState::Failed && before == NodeState::Probing) {
            let silent = |out: &Out| now.since(out.began) >= policy.silence_floor && known.may_be_blamed(out.began);
            let over = |out: &Out| now.since(out.began) >= policy.probe_timeout && known.may_be_blamed(out.began);
            let reason = here().any(|(out, end)| match end {
                End::Badly => known.may_be_blamed(out.began),
                End::Aborted if out.call.is_none() => over(out),
                End::Aborted => silent(out),
                End::Well | End::Oddly(_) => false,
            });
            let silence = scene.out.values().any(|out| out.node == node && out.call.is_some() && silent(out));
            // Its health page is well, and its requests fail again and again.
            let contradicted = before == NodeState::Suspect
                && well.is_some_and(|out| out.call.is_none())
                && known.suspicions >= policy.contradictions_until_failed;
            if !(reason || silence || contradicted) {
                result = Err(BLAMED);
            }
            if trust(after) == 1 {
                next.suspicions += 1;
            } else {
                (next.epoch, next.suspicions) = (now, 0);
            }
        } else if before == NodeState::Suspect && after.usable() {
            match well {
                Some(out) => next.cleared = next.cleared.max(out.began),
                None => result = Err("a suspicion is cleared by an answer"),
            }
        }
        self.nodes[node] = next;
        result
    }

    /// Where calls are sent.
    fn judge_starts(
        &mut self,
        scene: &Scene,
        effects: &Effects,
        setup: &Setup,
        usable_before: [bool; NODES],
    ) -> Result<(), &'static str> {
        for out in &effects.started {
            let Some(call) = out.call else { continue };
            let sent = &mut self.sent[call];
            sent[out.node] += 1;
            if setup.calls[call].replay == Replay::Once && sent.iter().sum::<u32>() > 1 + self.refused[call] {
                return Err("what must not run twice is sent once");
            }
            let usable = |node: usize| usable_before[node] && self.nodes[node].state.usable();
            let other = (0..NODES).find(|other| *other != out.node && usable(*other) && sent[*other] == 0);
            if !usable_before[out.node] && !self.nodes[out.node].state.usable() && other.is_some() {
                return Err("a node that is not trusted gets no call while another one could have it");
            }
            let here = scene.out.values().filter(|other| other.node == out.node && other.call.is_some()).count();
            if here + usize::from(scene.streams_from(out.node)) > setup.policy.origin_requests as usize {
                return Err("calls and streams do not take more sockets than there are");
            }
        }
        Ok(())
    }

    /// How calls end.
    fn judge_ends(
        &self,
        scene: &Scene,
        effects: &Effects,
        setup: &Setup,
        usable_before: [bool; NODES],
    ) -> Result<(), &'static str> {
        let deadline = |call: usize| {
            let policy = &setup.policy;
            let length = if setup.calls[call].read { policy.read_deadline } else { policy.write_deadline };
            // What was slept is given back, up to the length of the call.
            if self.slept { length * 2 } else { length }
        };
        for (call, stage) in scene.calls.iter().enumerate() {
            if matches!(stage, Stage::UnderWay { since } if scene.now.since(*since) >= deadline(call)) {
                return Err("a call ends by its deadline");
            }
        }
        for (call, completion) in &effects.completed {
            let in_time = completion.waited < deadline(*call);
            let may_repeat = setup.calls[*call].replay != Replay::Once;
            let left =
                |node: usize| usable_before[node] && self.nodes[node].state.usable() && self.sent[*call][node] == 0;
            let given_up = matches!(completion.result, CallResult::Failed(_)) && may_repeat && in_time;
            // While the person's own network is down, one attempt has to do.
            if given_up && (0..NODES).any(left) && scene.core.snapshot(scene.now).local_fault.is_none() {
                return Err("a call that may be repeated is not given up while a node is left to ask");
            }
            let unknown = matches!(completion.result, CallResult::Failed(CallFailure::OutcomeUnknown { .. }));
            if unknown && setup.calls[*call].replay == Replay::Repeatable {
                return Err("what may be repeated has no unknown outcome");
            }
            if completion.waited > deadline(*call) + Duration::from_millis(1) {
                return Err("a call ends by its deadline");
            }
        }
        Ok(())
    }
}
