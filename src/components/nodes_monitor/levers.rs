//! The operator's levers as the page offers them: switch with undo, or with evidence and a confirmation first; test;
//! reset.

use std::sync::Arc;

use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api_service::ApiService;
use crate::api_service::failover::{Check, ClusterSnapshot, FailureReason, NodeState, TooSoon};
use crate::i18n::Lang;
use crate::i18n::monitor::{MonitorText, monitor};
use crate::store::notice::NoticeStore;
use crate::words::{check_result, node_name, seconds_to_wait};

/// What is known of a node that is not well, put before the operator who wants to switch to it.
#[derive(Clone, Debug, PartialEq)]
pub struct Evidence {
    pub index: usize,
    pub state: NodeState,
    pub reason: Option<FailureReason>,
    /// Since when it is in this state, in milliseconds since 1970.
    pub since_ms: f64,
    /// What came of the check made just now.
    pub check: Option<Check>,
    /// The node that serves meanwhile.
    pub current: Option<usize>,
}

/// A handle to the levers: copy it freely.
#[derive(Clone, Copy)]
pub struct Levers {
    api: ApiService,
    lang: Signal<Lang>,
    notices: NoticeStore,
    asked: RwSignal<Option<Evidence>>,
    /// A node of another cluster, and that cluster.
    asked_to_follow: RwSignal<Option<(usize, Arc<str>)>>,
    busy: RwSignal<Option<usize>>,
}

impl Levers {
    pub fn new(api: ApiService, lang: Signal<Lang>, notices: NoticeStore) -> Self {
        let (asked, asked_to_follow) = (RwSignal::new(None), RwSignal::new(None));
        Self { api, lang, notices, asked, asked_to_follow, busy: RwSignal::new(None) }
    }

    /// The node that is being checked at the operator's request.
    pub fn busy(self) -> Signal<Option<usize>> {
        self.busy.into()
    }

    fn text(self) -> &'static MonitorText {
        monitor(self.lang.get_untracked())
    }

    fn name(self, index: usize) -> String {
        node_name(self.lang.get_untracked(), index)
    }

    /// Switches to the node at `index`: at once when it is usable, else after a check and a confirmation.
    pub fn switch(self, index: usize) {
        let snapshot = self.api.snapshot();
        let Some(node) = snapshot.nodes.get(index) else {
            return self.notices.error(self.text().no_such_node);
        };
        if snapshot.preferred == Some(index) {
            return self.notices.info(self.text().already_preferred);
        }
        if node.state.usable() {
            return self.commit(index);
        }
        if self.busy.get_untracked().is_some() {
            return;
        }
        self.busy.set(Some(index));
        spawn_local(async move {
            let check = self.api.probe_node(index).await;
            // The page may have been left meanwhile.
            if self.busy.try_set(None).is_some() {
                return;
            }
            match check {
                Ok(check) => self.asked.set(self.evidence(index, check)),
                Err(_) => self.notices.error(self.text().no_such_node),
            }
        });
    }

    fn evidence(self, index: usize, check: Option<Check>) -> Option<Evidence> {
        let snapshot = self.api.snapshot();
        let node = snapshot.nodes.get(index)?;
        Some(Evidence {
            index,
            state: node.state,
            reason: node.reason,
            since_ms: self.api.wall_clock_ms(node.since),
            check,
            current: snapshot.current.filter(|&current| current != index),
        })
    }

    /// What the operator is asked to confirm now.
    pub fn asked(self) -> Signal<Option<Evidence>> {
        self.asked.into()
    }

    /// The operator's answer to what was asked.
    pub fn answer(self, accepted: bool) {
        let Some(evidence) = self.asked.get_untracked() else { return };
        self.asked.set(None);
        if accepted {
            self.commit(evidence.index);
        }
    }

    /// Makes the node the preferred one, and offers the way back.
    fn commit(self, index: usize) {
        let previous = preferred_url(&self.api.snapshot());
        match self.api.switch_to_node(index) {
            Ok(()) => {
                let words = self.text().switched.sentence([&self.name(index)]);
                self.notices.with_undo(words, move || self.restore(previous.as_deref()));
            }
            Err(_) => self.notices.error(self.text().no_such_node),
        }
    }

    /// Back to the node at `previous`, or to the automatic choice when there was none or it left the list.
    fn restore(self, previous: Option<&str>) {
        let index = previous.and_then(|url| self.api.snapshot().nodes.iter().position(|node| *node.url == *url));
        let restored = index.is_some_and(|index| self.api.switch_to_node(index).is_ok());
        if !restored {
            self.api.clear_preference();
        }
    }

    /// Back to the automatic choice, with the way back from that.
    pub fn back_to_automatic(self) {
        let previous = preferred_url(&self.api.snapshot());
        self.api.clear_preference();
        self.notices.with_undo(self.text().automatic_again.to_owned(), move || self.restore(previous.as_deref()));
    }

    /// Asks whether the cluster that the node at `index` names is the right one. A node of this cluster asks nothing.
    pub fn ask_to_follow(self, index: usize) {
        let node = self.api.snapshot().nodes.into_iter().nth(index).filter(|node| node.foreign);
        let cluster = node.and_then(|node| node.health?.cluster_id);
        self.asked_to_follow.set(cluster.map(|cluster| (index, cluster)));
    }

    /// The node and the cluster that the operator is asked about now.
    pub fn asked_to_follow(self) -> Signal<Option<(usize, Arc<str>)>> {
        self.asked_to_follow.into()
    }

    /// The operator's answer to that.
    pub fn answer_to_follow(self, accepted: bool) {
        let Some((index, cluster)) = self.asked_to_follow.get_untracked() else { return };
        self.asked_to_follow.set(None);
        if !accepted {
            return;
        }
        match self.api.follow_cluster(index) {
            Ok(()) => self.notices.info(self.text().followed.fill([&cluster])),
            Err(_) => self.notices.error(self.text().no_such_node),
        }
    }

    /// Checks one node now and says what came of it.
    pub fn test(self, index: usize) {
        if self.busy.get_untracked().is_some() {
            return;
        }
        self.busy.set(Some(index));
        spawn_local(async move {
            let check = self.api.probe_node(index).await;
            if self.busy.try_set(None).is_some() {
                return;
            }
            let lang = self.lang.get_untracked();
            match check {
                Ok(Some(check)) => {
                    self.notices.info(self.text().tested.sentence([&self.name(index), &check_result(lang, &check)]));
                }
                Ok(None) | Err(_) => self.notices.error(self.text().no_such_node),
            }
        });
    }

    /// Sends every request of this page to the node at `index` and to no other, for a while. The banner that is shown
    /// meanwhile takes it back.
    pub fn require(self, index: usize) {
        match self.api.require_node(index) {
            Ok(()) => self.notices.announce(self.text().required_title.sentence([&self.name(index)])),
            Err(_) => self.notices.error(self.text().no_such_node),
        }
    }

    /// Clears the failures of one node.
    pub fn reset(self, index: usize) {
        match self.api.reset_node(index) {
            Ok(()) => self.notices.info(self.text().reset_one_done.fill([&self.name(index)])),
            Err(_) => self.notices.error(self.text().no_such_node),
        }
    }

    /// Clears the failures of all nodes.
    pub fn reset_all(self) {
        match self.api.reset_failed_nodes() {
            Ok(0) => self.notices.info(self.text().reset_none.to_owned()),
            Ok(count) => {
                let words = self.text().reset_done.of(self.lang.get_untracked(), count);
                self.notices.info(words.number(count as u64));
            }
            Err(TooSoon { wait }) => self.notices.error(self.text().reset_too_soon.number(seconds_to_wait(wait))),
        }
    }
}

fn preferred_url(snapshot: &ClusterSnapshot) -> Option<String> {
    let node = snapshot.nodes.get(snapshot.preferred?)?;
    Some(node.url.to_string())
}
