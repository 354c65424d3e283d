//! Sockets: what may be out to one origin at once.

use failover::{CallSpec, Duration, Event, NodeState, NodeUrl, OpenStream, Policy};

use crate::world::{Behaviour, World, answered, urls};

const WITH_HEADERS: CallSpec = CallSpec { with_headers: true, slow: true, ..CallSpec::READ };

fn open_stream(world: &mut World) -> OpenStream {
    let node = world.core.node_at(0).expect("the list has a node");
    world.core.stream_opened(node).expect("the node is in the list")
}

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
    let mut streams: Vec<OpenStream> = (0..2).map(|_| open_stream(&mut world)).collect();
    (0..4).for_each(|_| world.later(WITH_HEADERS));
    assert_eq!(out_to(&world, 0), 2);
    let first = streams.remove(0);
    world.command(|core, now| core.stream_closed(first, now));
    assert_eq!(out_to(&world, 0), 3);
}

/// Its node leaves the list and comes back as another one. Closed streams stayed counted: after four of them a healthy
/// node got no authenticated call any more.
#[test]
fn a_stream_gives_its_socket_back_although_its_node_has_left_the_list_meanwhile() {
    let mut world = World::healthy(1);
    for _ in 0..4 {
        let stream = open_stream(&mut world);
        world.command(|core, now| core.set_nodes(&[], now));
        world.command(|core, now| core.stream_closed(stream, now));
        world.command(|core, now| core.set_nodes(&urls(1), now));
    }
    world.advance(100);
    assert!(answered(&world.run(WITH_HEADERS)));
}

#[test]
fn a_stream_that_is_open_holds_its_socket_although_its_node_has_left_the_list_and_come_back() {
    let mut world = World::healthy(1);
    let stream = open_stream(&mut world);
    world.command(|core, now| core.set_nodes(&[], now));
    world.command(|core, now| core.set_nodes(&urls(1), now));
    world.advance(100);
    (0..4).for_each(|_| world.later(WITH_HEADERS));
    assert_eq!(out_to(&world, 0), 3, "the fourth socket is the stream's");
    world.command(|core, now| core.stream_closed(stream, now));
    assert_eq!(out_to(&world, 0), 4);
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
