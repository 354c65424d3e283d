//! The read index: given up when every node that answers is behind it, and bounded by what a majority reports.

use failover::{CallSpec, Duration, HealthReport, JournalEvent};

use crate::world::{Behaviour, World, answered};

/// A cluster restored from a backup: the page has seen index 100, the nodes are at 50, and the node in use dies. Every read
/// made three attempts and took 9.5 s, until a reload.
#[test]
fn after_a_restore_from_a_backup_the_first_read_is_answered_at_once_and_the_others_by_one_attempt() {
    let mut world = World::healthy(3);
    world.asked_index = 100;
    world.nodes[1] = Behaviour::HasApplied { index: 49 };
    world.nodes[2] = Behaviour::HasApplied { index: 50 };
    world.kill(0);
    for number in 0..40 {
        let read = world.run(CallSpec::READ);
        assert!(answered(&read) && read.waited <= Duration::from_millis(500), "read {number}: {:?}", read.waited);
        if number == 0 {
            assert_eq!(world.last_path().last(), Some(&2), "the freshest");
        } else if number > 2 {
            assert!(world.last_path().len() <= 2, "read {number}: {:?}", world.last_path());
        }
    }
    let said = world.events("read-index-given-up");
    assert!(matches!(&said[0], JournalEvent::ReadIndexGivenUp { node, freshest: 50 } if &**node == "http://node-2"));
    assert!(said.len() <= 2, "{said:?}");
}

#[test]
fn an_index_far_beyond_what_a_majority_reports_is_not_believed() {
    let mut world = World::healthy(3);
    assert!(world.core.believes_index(5_000_000_000, 0), "nothing is known yet");
    assert!(!world.core.believes_index(u64::MAX, 0));
    let reports = |applied| Some(HealthReport { last_applied: Some(applied), ..HealthReport::default() });
    world.reports = vec![reports(u64::MAX), reports(100), reports(99)];
    world.round();
    assert!(!world.core.believes_index(u64::MAX, 100));
    assert!(!world.core.believes_index(5_000_000_000, 100));
    assert!(world.core.believes_index(5_000, 100), "a busy cluster");
    world.reports = vec![reports(5_000_000_000), reports(5_000_000_000), reports(99)];
    world.round();
    assert!(world.core.believes_index(5_000_000_100, 100), "two of three say so");
}
