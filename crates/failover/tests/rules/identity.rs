//! Identity: a node of another cluster serves nobody, and several addresses of one node are one node.

use std::sync::Arc;

use failover::{
    CallResult, CallSpec, ClusterMode, Duration, Event, HealthReport, JournalEvent, NodeState, Policy, Replay, Role,
    Standing, Target,
};

use crate::world::{Behaviour, World, answered, report, urls};

fn of_cluster(node_id: u64, cluster: &str) -> Option<HealthReport> {
    let role = if node_id == 2 { Role::Leader } else { Role::Follower };
    Some(HealthReport { cluster_id: Some(Arc::from(cluster)), ..report(node_id, role, 3, 2) })
}

/// Nodes that each name an id and a cluster, checked once.
fn named(names: &[(u64, &str)]) -> World {
    named_with(names, 7)
}

fn named_with(names: &[(u64, &str)], seed: u64) -> World {
    let mut world = World::reporting(names.iter().map(|(id, cluster)| of_cluster(*id, cluster)).collect(), seed);
    world.advance(100);
    world
}

fn foreign(world: &World) -> Vec<bool> {
    world.snapshot().nodes.iter().map(|node| node.foreign).collect()
}

/// Twenty of twenty reads, and bookings, were served by the other cluster, and the read index was dropped.
#[test]
fn a_home_that_names_another_cluster_serves_no_read_and_no_write_and_the_read_index_is_kept() {
    let mut world = named(&[(1, "ours"), (2, "ours"), (3, "ours")]);
    assert!(answered(&world.run(CallSpec::READ)) && world.last_path() == [0]);
    world.asked_index = 7;
    world.reports[0] = of_cluster(1, "theirs");
    world.round();
    for _ in 0..20 {
        assert!(answered(&world.run(CallSpec::READ)));
        assert!(!world.last_path().contains(&0), "{:?}", world.last_path());
        assert!(answered(&world.run(CallSpec::write(Replay::Keyed))));
        assert!(!world.last_path().contains(&0), "{:?}", world.last_path());
    }
    assert_eq!(world.asked_index, 7);
    let snapshot = world.snapshot();
    assert_eq!((snapshot.healthy(), snapshot.total(), snapshot.mode), (2, 3, ClusterMode::Degraded));
    assert!(snapshot.nodes[0].foreign && snapshot.nodes[0].state == NodeState::Healthy);
    assert_eq!(snapshot.cluster.as_deref(), Some("ours"));
    let why = world.core.explain(Target::AnyNode, world.now);
    assert!(why.iter().any(|candidate| candidate.index == 0 && candidate.standing == Standing::Foreign));
    let said = world.events("foreign-node");
    assert!(matches!(&said[..], [JournalEvent::ForeignNode { cluster, .. }] if &**cluster == "theirs"), "{said:?}");
}

#[test]
fn a_foreign_node_that_names_the_cluster_again_is_used_again() {
    let mut world = named(&[(1, "ours"), (2, "ours"), (3, "ours")]);
    world.reports[0] = of_cluster(1, "theirs");
    world.round();
    world.reports[0] = of_cluster(1, "ours");
    world.round();
    world.advance(120_000);
    assert!(answered(&world.run(CallSpec::READ)) && world.last_path() == [0]);
    assert_eq!(world.events("no-longer-foreign").len(), 1);
}

#[test]
fn a_call_that_waits_for_a_node_goes_elsewhere_when_the_node_turns_out_to_be_foreign() {
    let mut world = named(&[(1, "ours"), (2, "ours"), (3, "ours")]);
    world.nodes[0] = Behaviour::ReadsTake { after_ms: 4_000 };
    world.reports[0] = of_cluster(1, "theirs");
    let read = world.submit(CallSpec::READ);
    world.round();
    assert!(world.done.get(&read).is_some_and(answered));
    assert_eq!(world.path(read)[0], 0);
}

#[test]
fn what_a_node_answers_after_it_was_found_to_be_foreign_is_shown_to_nobody() {
    for slow in [false, true] {
        let mut world = named(&[(1, "ours"), (2, "ours"), (3, "ours")]);
        world.nodes = vec![Behaviour::ReadsTake { after_ms: 50 }; 3];
        world.reports[0] = of_cluster(1, "theirs");
        let read = world.submit(CallSpec { slow, ..CallSpec::READ });
        world.round();
        world.advance(100);
        let completion = world.done.get(&read).expect("another node answers");
        let CallResult::Answered { attempt } = completion.result else { panic!("{completion:?}") };
        assert_ne!(&*completion.trace.find(attempt).expect("it was sent").node, "http://node-0");
    }
}

#[test]
fn the_cluster_that_most_nodes_name_is_joined_and_of_a_tie_that_of_the_first() {
    assert_eq!(foreign(&named(&[(1, "a"), (2, "b"), (3, "b")])), [true, false, false]);
    assert_eq!(foreign(&named(&[(1, "a"), (2, "b")])), [false, true]);
    // Three addresses of one node are one voice.
    assert_eq!(foreign(&named(&[(1, "b"), (1, "b"), (1, "b"), (2, "a"), (3, "a")])), [true, true, true, false, false]);
}

#[test]
fn a_node_that_does_not_answer_delays_the_choice_of_the_cluster_by_little() {
    let mut world = World::before_the_first_check(&urls(3), 7, Policy::default());
    world.hang(2);
    world.reports = vec![of_cluster(1, "a"), of_cluster(2, "a"), None];
    world.tell(Event::Tick);
    world.advance(100);
    assert_eq!(world.snapshot().cluster, None, "the third has not been heard");
    world.advance(2_000);
    assert_eq!(world.snapshot().cluster.as_deref(), Some("a"));
}

#[test]
fn a_backend_that_names_no_cluster_is_taken_as_it_is() {
    let mut world = named(&[(1, "ours"), (2, "ours"), (3, "ours")]);
    world.reports[0] = Some(HealthReport::default());
    world.round();
    assert_eq!(foreign(&world), [false; 3]);
    assert!(answered(&world.run(CallSpec::READ)) && world.last_path() == [0]);
}

#[test]
fn when_every_node_names_another_cluster_nothing_is_sent_until_the_operator_follows_and_only_then_is_the_index_dropped()
{
    let mut world = named(&[(1, "old"), (2, "old"), (3, "old")]);
    world.asked_index = 7;
    world.reports = vec![of_cluster(1, "new"), of_cluster(2, "new"), of_cluster(3, "new")];
    world.round();
    let sent = world.seen.len();
    assert_eq!(world.snapshot().mode, ClusterMode::Foreign);
    let read = world.run(CallSpec::READ);
    assert!(!answered(&read) && read.waited <= Duration::from_millis(1_500), "{:?}", read.waited);
    assert_eq!((world.seen.len(), world.asked_index), (sent, 7));
    assert!(world.events("outage-began").is_empty(), "they are well");
    world.command(|core, now| core.follow_cluster(1, now)).expect("it is in the list");
    assert_eq!((foreign(&world), world.asked_index), (vec![false; 3], 0));
    assert!(answered(&world.run(CallSpec::READ)));
    assert_eq!(world.events("cluster-followed").len(), 1);
    assert!(world.command(|core, now| core.follow_cluster(9, now)).is_err());
}

#[test]
fn to_follow_a_node_of_the_same_cluster_changes_nothing() {
    let mut world = named(&[(1, "ours"), (2, "ours")]);
    world.asked_index = 7;
    world.command(|core, now| core.follow_cluster(1, now)).expect("it is in the list");
    assert_eq!((world.asked_index, world.events("cluster-followed").len()), (7, 0));
}

#[test]
fn a_page_that_was_loaded_again_is_still_in_its_cluster() {
    let mut world = World::before_the_first_check(&urls(3), 7, Policy::default());
    world.reports = vec![of_cluster(1, "new"), of_cluster(2, "new"), of_cluster(3, "new")];
    world.command(|core, now| core.resume_cluster("ours", now));
    world.advance(100);
    assert_eq!(foreign(&world), [true; 3]);
}

#[test]
fn a_list_without_any_of_the_old_nodes_is_a_new_start() {
    let mut world = named(&[(1, "old"), (2, "old")]);
    world.asked_index = 7;
    let others = urls(4)[2..].to_vec();
    world.reports = vec![of_cluster(1, "new"), of_cluster(2, "new")];
    world.command(|core, now| core.set_nodes(&others, now));
    world.advance(100);
    assert_eq!((foreign(&world), world.asked_index), (vec![false; 2], 0));
    assert_eq!(world.snapshot().cluster.as_deref(), Some("new"));
}

/// Was "3/3 healthy".
#[test]
fn three_addresses_of_one_node_are_counted_once() {
    let mut world = named(&[(1, "ours"), (1, "ours"), (1, "ours")]);
    let snapshot = world.snapshot();
    assert_eq!((snapshot.healthy(), snapshot.total()), (1, 1));
    let same: Vec<Option<usize>> = snapshot.nodes.iter().map(|node| node.same_as).collect();
    assert_eq!(same, [None, Some(0), Some(0)]);
    assert_eq!(world.events("same-node").len(), 2);
    world.kill(0);
    assert!(answered(&world.run(CallSpec::READ)), "another way to it may work");
    world.advance(400);
    let snapshot = world.snapshot();
    assert_eq!((snapshot.healthy(), snapshot.total()), (1, 1), "it is well: one of the ways to it is not");
}

#[test]
fn a_slow_read_is_not_hedged_to_another_address_of_the_same_node() {
    let mut world = named(&[(1, "ours"), (1, "ours"), (1, "ours")]);
    world.nodes[0] = Behaviour::ReadsTake { after_ms: 600 };
    assert!(answered(&world.run(CallSpec::READ)));
    assert_eq!((world.last_path(), world.snapshot().counters.hedges), (vec![0], 0));
}

#[test]
fn a_request_that_failed_goes_to_another_node_before_another_address_of_the_same_one() {
    for seed in 0..20 {
        let mut world = named_with(&[(1, "ours"), (1, "ours"), (1, "ours"), (3, "ours")], seed);
        world.kill(0);
        assert!(answered(&world.run(CallSpec::READ)));
        assert_eq!(world.last_path(), [0, 3], "seed {seed}");
    }
}

#[test]
fn the_same_id_in_two_clusters_is_two_nodes() {
    let world = named(&[(1, "ours"), (2, "ours"), (1, "theirs")]);
    assert!(world.snapshot().nodes.iter().all(|node| node.same_as.is_none()));
}

#[test]
fn an_address_that_names_changing_ids_is_a_balancer_and_the_same_as_nobody() {
    let mut world = named(&[(1, "ours"), (2, "ours"), (3, "ours")]);
    for id in [1, 2, 1, 3] {
        world.reports[2] = of_cluster(id, "ours");
        world.round();
        let last = world.snapshot().nodes.remove(2);
        assert!(last.balancer && last.same_as.is_none());
    }
    assert_eq!(world.snapshot().healthy(), 3);
    (0..8).for_each(|_| world.round());
    assert!(!world.snapshot().nodes[2].balancer, "it was replaced by another node, once");
}

#[test]
fn when_the_list_is_reordered_the_first_address_is_still_the_one_that_counts() {
    let mut world = named(&[(1, "ours"), (1, "ours"), (2, "ours")]);
    let mut list = urls(3);
    list.reverse();
    world.command(|core, now| core.set_nodes(&list, now));
    let same: Vec<Option<usize>> = world.snapshot().nodes.iter().map(|node| node.same_as).collect();
    assert_eq!(same, [None, None, Some(1)]);
}
