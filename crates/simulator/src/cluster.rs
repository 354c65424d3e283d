//! Nodes, what is wrong with them, and the replicated log that they keep.

use std::collections::BTreeMap;
use std::sync::Arc;

use failover::random::Random;
use failover::{Answer, AttemptId, CallId, Duration, Features, HealthReport, Reply, RetryAfter, Role};

use crate::seats::{Booking, SeatAnswer, SeatCall, Seats};
use crate::{Micros, ms, secs};

/// How long a healthy node takes: around `p50`, with a tail.
#[derive(Clone, Copy, Debug)]
pub struct Latency {
    pub p50: Micros,
    /// Of a thousand answers, how many take up to four times as long.
    pub tail_permille: u64,
}

impl Default for Latency {
    fn default() -> Self {
        Self { p50: ms(20), tail_permille: 20 }
    }
}

/// What goes wrong, and what mends it.
#[derive(Clone, Debug)]
pub enum Fault {
    /// The process dies: connections are reset, new ones refused.
    Kill(usize),
    /// The process is stopped: nothing is answered; what was asked is executed when it goes on.
    Hang(usize),
    /// Well again, whatever it was.
    Mend(usize),
    Slow(usize, u64),
    /// Requests, but not health checks, are answered with this status.
    Status(usize, u16, Option<Duration>),
    /// Bodies of requests break off, or never end.
    Cut(usize),
    Stall(usize),
    /// Cut off from the other nodes, but not from clients.
    Partition(usize),
    /// Applies the log this much later than the leader.
    Lag(usize, Micros),
    /// Another node becomes the leader.
    LeaderChange,
    Offline {
        client: usize,
        offline: bool,
    },
    /// The client's machine sleeps until then.
    Freeze {
        client: usize,
        until: Micros,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Manner {
    Normal,
    Status(u16, Option<Duration>),
    Cut,
    Stall,
}

#[derive(Debug)]
struct Node {
    up: bool,
    hung: bool,
    manner: Manner,
    slow: u64,
    partitioned: bool,
    lag: Micros,
    applied: usize,
    /// After a restart or a partition the log is fetched first.
    catches_up_at: Micros,
    in_flight: Vec<RequestId>,
    deferred: Vec<RequestId>,
    /// Since when nothing is wrong with it.
    good_since: Option<Micros>,
}

impl Node {
    fn is_connected(&self) -> bool {
        self.up && !self.hung && !self.partitioned
    }
}

/// What a client asks a node for.
#[derive(Clone, Debug)]
pub struct Request {
    pub client: usize,
    pub attempt: AttemptId,
    pub call: CallId,
    pub node: usize,
    pub probe: bool,
    pub write: bool,
    /// The key that the node knows a repeated write by.
    pub key: Option<u64>,
    pub min_index: u64,
    pub seat: Option<SeatCall>,
    /// What the body of the answer says of the seat.
    pub told: Option<SeatAnswer>,
}

impl Request {
    pub fn describe(&self) -> String {
        let kind = match (self.probe, self.write) {
            (true, _) => "probe",
            (_, true) => "write",
            _ => "read",
        };
        format!("{kind} call {} attempt {}", self.call.0, self.attempt.0)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestId {
    slot: usize,
    /// Slots are used again: what is still on its way for an older request finds nothing.
    use_of_slot: u64,
}

struct Slot {
    use_of_slot: u64,
    request: Option<Request>,
    arrived: Micros,
}

/// A committed write.
#[derive(Clone, Copy, Debug)]
pub struct LogEntry {
    pub client: usize,
    pub call: CallId,
    pub at: Micros,
}

pub enum Executed {
    Reply { after: Micros, reply: Reply },
    Again { after: Micros },
    Nothing,
}

pub struct Cluster {
    nodes: Vec<Node>,
    slots: Vec<Slot>,
    free: Vec<usize>,
    uses: u64,
    pub log: Vec<LogEntry>,
    /// The index at which each key was applied, and what was answered.
    keys: BTreeMap<(usize, u64), (usize, Option<SeatAnswer>)>,
    keys_ignored: bool,
    seats: Seats,
    pub leader: Option<usize>,
    leader_since: Micros,
    /// Since when a majority of the nodes is up and connected.
    quorum_since: Option<Micros>,
    term: u64,
    latency: Latency,
    followers_forward: bool,
    random: Random,
    /// Requests that reached each node, and the probes among them.
    pub received: Vec<u64>,
    pub urls: Vec<Arc<str>>,
}

impl Cluster {
    pub fn new(count: usize, latency: Latency, followers_forward: bool, random: Random) -> Self {
        let node = |_| Node {
            up: true,
            hung: false,
            manner: Manner::Normal,
            slow: 1,
            partitioned: false,
            lag: ms(8),
            applied: 0,
            catches_up_at: 0,
            in_flight: Vec::new(),
            deferred: Vec::new(),
            good_since: Some(0),
        };
        Self {
            nodes: (0..count).map(node).collect(),
            slots: Vec::new(),
            free: Vec::new(),
            uses: 0,
            log: Vec::new(),
            keys: BTreeMap::new(),
            keys_ignored: false,
            seats: Seats::default(),
            leader: Some(0),
            leader_since: 0,
            quorum_since: Some(0),
            term: 1,
            latency,
            followers_forward,
            random,
            received: vec![0; count],
            urls: (0..count).map(|index| Arc::from(url(index))).collect(),
        }
    }

    /// The seats that calls are about; and whether a repeated write is applied again.
    pub fn offer_seats(&mut self, count: usize, keys_ignored: bool) {
        self.seats = Seats::free(count);
        self.keys_ignored = keys_ignored;
    }

    pub fn register(&mut self, request: Request, now: Micros) -> RequestId {
        self.uses += 1;
        let use_of_slot = self.uses;
        let content = Slot { use_of_slot, request: Some(request), arrived: now };
        let slot = self.free.pop().unwrap_or(self.slots.len());
        if slot == self.slots.len() {
            self.slots.push(content);
        } else {
            self.slots[slot] = content;
        }
        RequestId { slot, use_of_slot }
    }

    fn slot(&mut self, id: RequestId) -> Option<&mut Slot> {
        let slot = self.slots.get_mut(id.slot)?;
        (slot.use_of_slot == id.use_of_slot).then_some(slot)
    }

    /// The request ends: its answer is on the table.
    pub fn take(&mut self, id: RequestId) -> Option<Request> {
        let request = self.slot(id)?.request.take()?;
        let node = &mut self.nodes[request.node];
        node.in_flight.retain(|other| *other != id);
        node.deferred.retain(|other| *other != id);
        self.free.push(id.slot);
        Some(request)
    }

    pub fn network_time(&mut self) -> Micros {
        500 + self.random.below(1_500)
    }

    pub fn election_time(&mut self) -> Micros {
        ms(300) + self.random.below(ms(500))
    }

    /// How long the longest election takes.
    pub const LONGEST_ELECTION: Micros = ms(800);

    /// How long the node will work on it; a reply when it refuses; `None` when it hangs.
    pub fn arrive(&mut self, id: RequestId, now: Micros) -> Option<Result<Micros, Reply>> {
        let (index, probe) = {
            let slot = self.slot(id)?;
            slot.arrived = now;
            let request = slot.request.as_ref()?;
            (request.node, request.probe)
        };
        self.received[index] += 1;
        if !self.nodes[index].up {
            return Some(Err(Reply::NetworkError));
        }
        let takes = self.work_time(index, probe);
        let node = &mut self.nodes[index];
        node.in_flight.push(id);
        if node.hung {
            node.deferred.push(id);
            return None;
        }
        Some(Ok(takes))
    }

    fn work_time(&mut self, index: usize, probe: bool) -> Micros {
        let p50 = if probe { self.latency.p50 / 4 } else { self.latency.p50.saturating_sub(ms(2)) };
        let mut takes = p50 * 7 / 10 + self.random.below(p50 * 6 / 10 + 1);
        if self.random.below(1_000) < self.latency.tail_permille {
            takes += takes / 2 + self.random.below(takes * 5 / 2);
        }
        takes * self.nodes[index].slow
    }

    pub fn execute(&mut self, id: RequestId, now: Micros) -> Executed {
        let Some(request) = self.slot(id).and_then(|slot| slot.request.clone()) else { return Executed::Nothing };
        let node = &mut self.nodes[request.node];
        if !node.up {
            return Executed::Nothing;
        }
        if node.hung {
            node.deferred.push(id);
            return Executed::Nothing;
        }
        let plain = |status: u16| Answer { status, ..Answer::default() };
        let reply = |answer: Answer| Executed::Reply { after: 500, reply: Reply::Answer(answer) };
        if request.probe {
            return reply(plain(200));
        }
        match node.manner {
            Manner::Normal => {}
            Manner::Status(status, retry_after) => {
                let retry_after = retry_after.map(RetryAfter::standard);
                return reply(Answer { retry_after, ..plain(status) });
            }
            Manner::Cut | Manner::Stall => {}
        }
        let manner = node.manner;
        let executed = if request.write { self.write(id, &request, now) } else { self.read(id, &request, now) };
        // The work is done; what is lost is the word of it.
        match (manner, executed) {
            (Manner::Cut, Executed::Reply { after, .. }) => Executed::Reply { after, reply: Reply::Truncated },
            (Manner::Stall, Executed::Reply { .. }) => Executed::Nothing,
            (_, executed) => executed,
        }
    }

    fn read(&mut self, id: RequestId, request: &Request, now: Micros) -> Executed {
        let applied = self.applied(request.node, now);
        let told = request.seat.map(|call| SeatAnswer::Holder(self.seats.holder_at(call.seat, applied)));
        self.tell(id, told);
        let status = if applied < request.min_index { 425 } else { 200 };
        let answer = Answer { status, raft_index: Some(applied), ..Answer::default() };
        Executed::Reply { after: 500, reply: Reply::Answer(answer) }
    }

    fn write(&mut self, id: RequestId, request: &Request, now: Micros) -> Executed {
        let waited = self.slot(id).map_or(0, |slot| now.saturating_sub(slot.arrived));
        let leader = self.leader.filter(|leader| self.can_lead(*leader));
        let here = leader == Some(request.node);
        let forwarded = self.followers_forward && leader.is_some() && !self.nodes[request.node].partitioned;
        if here || forwarded {
            let (index, told) = self.commit(request, now);
            self.tell(id, told);
            let answer = Answer { status: 201, raft_index: Some(index), ..Answer::default() };
            // The commit stands; whether its news arrive is another matter.
            return Executed::Reply { after: ms(4) + self.random.below(ms(4)), reply: Reply::Answer(answer) };
        }
        if self.followers_forward && waited < secs(5) {
            return Executed::Again { after: ms(50) };
        }
        let leader_url =
            leader.filter(|_| !self.nodes[request.node].partitioned).map(|leader| Arc::clone(&self.urls[leader]));
        let answer = Answer { status: 503, not_leader: true, leader_url, ..Answer::default() };
        Executed::Reply { after: 500, reply: Reply::Answer(answer) }
    }

    fn commit(&mut self, request: &Request, now: Micros) -> (u64, Option<SeatAnswer>) {
        let key = request.key.filter(|_| !self.keys_ignored);
        if let Some(key) = key
            && let Some((index, told)) = self.keys.get(&(request.client, key))
        {
            return (*index as u64, *told);
        }
        self.log.push(LogEntry { client: request.client, call: request.call, at: now });
        let index = self.log.len();
        let own = Booking { client: request.client, call: request.call.0 };
        let told = request.seat.map(|call| self.seats.apply(call, own, index as u64));
        if let Some(key) = key {
            self.keys.insert((request.client, key), (index, told));
        }
        (index as u64, told)
    }

    /// Writes into the answer what it says of the seat.
    fn tell(&mut self, id: RequestId, told: Option<SeatAnswer>) {
        if let Some(request) = self.slot(id).and_then(|slot| slot.request.as_mut()) {
            request.told = told;
        }
    }

    /// How much of the log this node has applied.
    fn applied(&mut self, index: usize, now: Micros) -> u64 {
        let leads = self.leader == Some(index);
        let node = &mut self.nodes[index];
        if leads && !node.partitioned {
            node.applied = self.log.len();
        } else if node.up && !node.hung && !node.partitioned && now >= node.catches_up_at {
            while self.log.get(node.applied).is_some_and(|entry| entry.at + node.lag <= now) {
                node.applied += 1;
            }
        }
        node.applied as u64
    }

    fn can_lead(&self, index: usize) -> bool {
        self.has_majority() && self.nodes[index].is_connected()
    }

    fn has_majority(&self) -> bool {
        self.nodes.iter().filter(|node| node.is_connected()).count() * 2 > self.nodes.len()
    }

    pub fn needs_election(&self, _now: Micros) -> bool {
        self.leader.is_none_or(|leader| !self.can_lead(leader))
    }

    pub fn elect(&mut self, now: Micros) -> Option<usize> {
        if !self.needs_election(now) {
            return None;
        }
        let able: Vec<usize> = (0..self.nodes.len()).filter(|index| self.can_lead(*index)).collect();
        let leader = *able.get(self.random.below(able.len() as u64) as usize)?;
        self.leader = Some(leader);
        self.leader_since = now;
        self.term += 1;
        Some(leader)
    }

    /// Which requests break off, and which go on, because of this fault.
    pub fn apply(&mut self, fault: &Fault, now: Micros) -> (Vec<RequestId>, Vec<RequestId>) {
        let mut none = (Vec::new(), Vec::new());
        let index = match fault {
            Fault::Kill(index)
            | Fault::Hang(index)
            | Fault::Mend(index)
            | Fault::Slow(index, _)
            | Fault::Status(index, ..)
            | Fault::Cut(index)
            | Fault::Stall(index)
            | Fault::Partition(index)
            | Fault::Lag(index, _) => *index,
            Fault::LeaderChange => {
                self.change_leader(now);
                return none;
            }
            Fault::Offline { .. } | Fault::Freeze { .. } => return none,
        };
        self.applied(index, now);
        let node = &mut self.nodes[index];
        node.good_since = None;
        match fault {
            Fault::Kill(_) => {
                node.up = false;
                node.hung = false;
                node.deferred.clear();
                none.0 = std::mem::take(&mut node.in_flight);
            }
            Fault::Hang(_) => node.hung = true,
            Fault::Mend(_) => {
                if !node.up || node.partitioned {
                    node.catches_up_at = now + ms(200);
                }
                (node.up, node.hung, node.partitioned) = (true, false, false);
                (node.manner, node.slow, node.lag) = (Manner::Normal, 1, ms(8));
                node.good_since = Some(now);
                none.1 = std::mem::take(&mut node.deferred);
            }
            Fault::Slow(_, factor) => node.slow = *factor,
            Fault::Status(_, status, retry_after) => node.manner = Manner::Status(*status, *retry_after),
            Fault::Cut(_) => node.manner = Manner::Cut,
            Fault::Stall(_) => node.manner = Manner::Stall,
            Fault::Partition(_) => node.partitioned = true,
            Fault::Lag(_, lag) => node.lag = *lag,
            Fault::LeaderChange | Fault::Offline { .. } | Fault::Freeze { .. } => {}
        }
        self.quorum_since = if self.has_majority() { self.quorum_since.or(Some(now)) } else { None };
        none
    }

    fn change_leader(&mut self, now: Micros) {
        let others: Vec<usize> =
            (0..self.nodes.len()).filter(|index| Some(*index) != self.leader && self.can_lead(*index)).collect();
        if let Some(next) = others.get(self.random.below(others.len() as u64) as usize) {
            self.leader = Some(*next);
            self.leader_since = now;
            self.term += 1;
        }
    }

    /// Whether some node was well during all of the time since then.
    pub fn was_usable_since(&self, since: Micros) -> bool {
        self.nodes.iter().any(|node| node.good_since.is_some_and(|at| at <= since))
    }

    /// Whether a leader was well, and led a majority, during all of the time since then.
    pub fn was_led_since(&self, since: Micros) -> bool {
        if self.quorum_since.is_none_or(|at| at > since) {
            return false;
        }
        self.leader.is_some_and(|leader| {
            self.leader_since <= since && self.nodes[leader].good_since.is_some_and(|at| at <= since)
        })
    }

    /// What a health body says.
    pub fn report_of(&mut self, request: &Request, reply: &Reply, now: Micros) -> Option<HealthReport> {
        if !request.probe || !matches!(reply, Reply::Answer(_)) {
            return None;
        }
        let index = request.node;
        let applied = self.applied(index, now);
        let partitioned = self.nodes[index].partitioned;
        let leader = self.leader.filter(|_| !partitioned);
        let role = match (leader == Some(index), partitioned) {
            (true, _) => Role::Leader,
            (_, true) => Role::Candidate,
            _ => Role::Follower,
        };
        Some(HealthReport {
            role: Some(role),
            term: Some(self.term),
            leader_id: leader.map(|leader| leader as u64 + 1),
            node_id: Some(index as u64 + 1),
            commit_index: Some(applied),
            last_applied: Some(applied),
            quorum: Some(!partitioned && self.has_majority()),
            features: Features { idempotency_key: true, min_index: true, event_id: false },
            ..HealthReport::default()
        })
    }
}

pub fn url(index: usize) -> String {
    format!("http://node-{index}")
}
