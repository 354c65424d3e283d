//! The histories of the simulation: bookings are linearizable a seat, and no session sees time run backwards.

use std::path::Path;

use histories::report::check_and_write;
use histories::{Violation, check};
use simulator::client::RulesKind;
use simulator::scenarios::{self, Blow};
use simulator::{Setup, Sim};

fn with_seats(setup: Setup) -> Setup {
    Setup { seats: 12, writes_permille: 250, ..setup }
}

fn checked(name: &str, setup: Setup) -> histories::Checked {
    let seed = setup.seed;
    let history = Sim::new(with_seats(setup)).run().history;
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    match check_and_write(folder, &format!("{name}-{seed}"), &history.seats) {
        Ok(checked) => checked,
        Err(told) => panic!("{name}, SIM_SEED={seed}: {told}"),
    }
}

#[test]
fn seats_are_booked_and_read_in_order_while_nodes_die_hang_and_lose_answers() {
    for blow in [Blow::Kill, Blow::Hang, Blow::Cut, Blow::Stall] {
        for seed in 0..5 {
            let checked = checked("rotating", scenarios::rotating(RulesKind::Core, blow, seed));
            assert!(checked.operations > 1_000 && checked.seats == 12, "{checked:?}");
        }
    }
}

#[test]
fn seats_are_booked_and_read_in_order_while_the_next_node_goes_before_the_last_is_known_to_be_back() {
    for seed in 0..3 {
        checked("relay", scenarios::relay(RulesKind::Core, seed));
    }
}

/// The seeded fault: a booking whose answer was lost is sent again with its key, and meets itself.
#[test]
fn nodes_that_have_forgotten_what_a_key_is_for_are_found() {
    let found = (0..5).find_map(|seed| {
        let mut setup = with_seats(scenarios::rotating(RulesKind::Core, Blow::Cut, seed));
        setup.keys_ignored = true;
        check(&Sim::new(setup).run().history.seats).err()
    });
    let Some(violation @ Violation::NotLinearizable { .. }) = &found else { panic!("it was not found: {found:?}") };
    assert!(violation.operations().len() <= 12, "{violation}");
    assert!(violation.to_string().contains("refused"), "{violation}");
    assert!(violation.svg().contains("<rect"));
}
