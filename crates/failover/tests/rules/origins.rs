//! Sockets: what may be out to one origin at once.

use failover::{CallSpec, Duration, Event, NodeState, NodeUrl, Policy};

use crate::world::{Behaviour, World, answered};

const WITH_HEADERS: CallSpec = CallSpec { with_headers: true, slow: true, ..CallSpec::READ };

fn out_to(world: &World, node: usize) -> usize {
    world.seen.iter().filter(|seen| seen.node == node).count()
}

#[test]
fn four_requests_with_headers_are_out_and_the_others_wait_in_the_core() {
    let mut world = World::healthy(1);
    let calls: Vec<_> = (0..10).map(|_| world.submit(WITH_HEADERS)).collect();
    assert_eq!(out_to(&world, 0), 4);
    world.advance(20);
    assert_eq!(out_to(&world, 0), 8, "each that ends lets the next one go");
    world.advance(40);
    assert!(calls.iter().all(|call| answered(&world.done[call])));
    let last = &world.done[&calls[9]];
    assert_eq!(last.waited, Duration::from_millis(60));
    assert_eq!(
        last.trace.last().expect("it was sent").started_after,
        Duration::from_millis(40),
        "its time began when it was sent"
    );
}

#[test]
fn requests_without_headers_do_not_wait() {
    let mut world = World::healthy(1);
    (0..10).for_each(|_| world.later(CallSpec::READ));
    assert_eq!(out_to(&world, 0), 10);
}

#[test]
fn an_open_stream_takes_a_socket() {
    let mut world = World::healthy(1);
    let node = world.core.node_at(0).expect("one node");
    (0..2).for_each(|_| world.core.stream_opened(node));
    (0..4).for_each(|_| world.later(WITH_HEADERS));
    assert_eq!(out_to(&world, 0), 2);
    world.command(|core, now| core.stream_closed(node, now));
    assert_eq!(out_to(&world, 0), 3);
}

#[test]
fn those_that_wait_choose_again_when_no_headers_came_for_400_ms() {
    let mut world = World::healthy(3);
    world.nodes[0] = Behaviour::Hangs;
    let spec = CallSpec { with_headers: true, ..CallSpec::READ };
    let calls: Vec<_> = (0..8).map(|_| world.submit(spec)).collect();
    assert_eq!(out_to(&world, 0), 4);
    world.advance(450);
    assert_eq!(out_to(&world, 0), 4, "no more sockets are given to a node that does not answer");
    assert!(calls[4..].iter().all(|call| answered(&world.done[call])), "the others went elsewhere");
    world.advance(2_000);
    assert!(calls.iter().all(|call| answered(&world.done[call])));
}

#[test]
fn those_that_wait_choose_again_when_the_node_is_not_trusted_any_more() {
    let mut world = World::healthy(2);
    // Both were away a moment ago: neither is so good that the other is skipped for being slow.
    for node in 0..2 {
        world.kill(node);
        world.run(CallSpec::READ);
        world.advance(2_000);
        world.revive(node);
        while world.state(node) != NodeState::Recovering {
            world.advance(100);
        }
    }
    let home = world.current();
    assert_eq!([0, 1].map(|node| world.state(node)), [NodeState::Recovering; 2]);
    world.hang(home);
    let spec = CallSpec { with_headers: true, ..CallSpec::READ };
    let first: Vec<_> = (0..4).map(|_| world.submit(spec)).collect();
    world.advance(350);
    // Some were answered elsewhere by a hedge; what they left behind still takes the sockets of the silent node.
    assert!(first.iter().any(|call| world.done.contains_key(call)));
    let sent = out_to(&world, home);
    let calls: Vec<_> = (0..3).map(|_| world.submit(spec)).collect();
    assert_eq!(out_to(&world, home), sent, "they wait");
    while world.state(home) == NodeState::Recovering {
        world.advance(50);
    }
    world.advance(50);
    assert!(calls.iter().all(|call| world.done.get(call).is_some_and(answered)), "they wait no longer than the others");
}

#[test]
fn headers_are_a_sign_that_no_preflight_hangs() {
    let mut world = World::healthy(2);
    world.nodes[0] = Behaviour::Answers { after_ms: 600 };
    let spec = CallSpec { with_headers: true, background: true, ..CallSpec::READ };
    (0..4).for_each(|_| world.later(spec));
    let attempts: Vec<_> = world.open_attempts();
    for attempt in attempts {
        world.tell(Event::HeadersCame { attempt });
    }
    let waiting = world.submit(spec);
    world.advance(450);
    assert!(world.path(waiting).is_empty(), "it still waits for its own node");
    world.advance(1_000);
    assert!(answered(&world.done[&waiting]));
}

#[test]
fn a_call_that_waits_for_a_socket_ends_with_its_deadline() {
    let mut world = World::healthy(1);
    world.nodes[0] = Behaviour::Hangs;
    let calls: Vec<_> = (0..6).map(|_| world.submit(WITH_HEADERS)).collect();
    world.advance(10_000);
    assert!(calls.iter().all(|call| world.done.contains_key(call)));
    assert_eq!(world.core.under_way(), (0, 0));
}

#[test]
fn a_cancelled_call_leaves_the_queue() {
    let mut world = World::healthy(1);
    let calls: Vec<_> = (0..5).map(|_| world.submit(WITH_HEADERS)).collect();
    world.tell(Event::Cancel { call: calls[4] });
    world.advance(1_000);
    assert!(world.path(calls[4]).is_empty());
    assert!(answered(&world.done[&calls[3]]));
}

#[test]
fn nodes_behind_one_origin_share_its_sockets_and_its_two_probes() {
    let urls: Vec<NodeUrl> = (0..4).map(|node| NodeUrl::from_normalized(format!("/node/{node}"))).collect();
    let mut world = World::of(&urls, 7, Policy::default());
    assert_eq!(world.probes.len(), 2, "two at a time");
    world.advance(100);
    assert_eq!(world.snapshot().healthy(), 4, "the others had their turn");
    (0..4).for_each(|node| {
        world.command(|core, now| core.switch_to_node(node, now)).expect("the node exists");
        (0..2).for_each(|_| world.later(WITH_HEADERS));
    });
    assert_eq!(world.seen.len(), 4);
}
