//! What happens to the process itself: stopped, killed, its ledger late, its clock set.

use call::cdr::{CallRecord, Entry};
use sim::scenario::{CAROL, NUMBER, reference_call, sweep, world};
use sim::{Faults, Standing, World};
use std::time::Duration;

fn closed(world: &World) -> Vec<CallRecord> {
    let of = |entry: &Entry| match entry {
        Entry::Closed(record) => Some((**record).clone()),
        _ => None,
    };
    world.ledger.iter().filter_map(of).collect()
}

#[test]
fn a_stop_of_seconds_at_any_moment_loses_nobody() {
    for step in (0..24_u64).step_by(2) {
        let mut world = world(step, Faults::default());
        let leg = world.dial("+359888123456", NUMBER);
        let carrier = world.phone("carrier");
        world.advance(Duration::from_millis(step * 400));
        world.stop_process(Duration::from_secs(1 + step % 5));
        world.advance(Duration::from_secs(20));
        world.assert_one_offer_each();
        let standing = world.agents[carrier].talks[&leg].standing;
        assert!(matches!(standing, Standing::Up | Standing::Over), "stopped at {step}: {standing:?}\n{}", world.ladder);
        world.act(carrier, |agent, now| agent.hang_up(now, leg));
        world.assert_quiescent();
    }
}

#[test]
fn a_death_in_the_middle_of_a_call_ends_it_on_both_sides_and_the_next_call_is_served() {
    let mut world = world(5, Faults::default());
    let (carrier, alice) = (world.phone("carrier"), world.phone("alice"));
    let leg = world.dial("+359888123456", NUMBER);
    world.wait_until(Duration::from_secs(30), |world| world.agents[alice].current().is_some());
    world.advance(Duration::from_secs(8));
    assert_eq!(world.agents[carrier].talks[&leg].standing, Standing::Up);
    world.crash(Duration::from_secs(1));
    world.advance(Duration::from_secs(2));
    assert_eq!(world.agents[carrier].talks[&leg].standing, Standing::Over, "{}", world.ladder);
    assert!(world.agents[alice].current().is_none(), "{}", world.ladder);
    let seen = reference_call(&mut world);
    assert!(seen.both_heard, "nobody has registered again: {seen:?}\n{}", world.ladder);
    world.assert_quiescent();
}

#[test]
fn a_phone_that_rings_when_the_process_dies_stops_and_the_caller_is_refused() {
    let mut world = world(11, Faults::default());
    let (carrier, carol) = (world.phone("carrier"), world.phone("carol"));
    world.agent("carol").conduct.ring = Duration::from_secs(300);
    let leg = world.dial("+359888123456", CAROL);
    assert!(world.wait_until(Duration::from_secs(5), |world| world.agents[carol].current().is_some()));
    world.advance(Duration::from_secs(2));
    assert_eq!(world.agents[carrier].talks[&leg].standing, Standing::Ringing);
    world.crash(Duration::from_secs(1));
    world.advance(Duration::from_secs(2));
    assert!(world.agents[carol].current().is_none(), "it rings on\n{}", world.ladder);
    assert_eq!(world.agents[carrier].talks[&leg].standing, Standing::Refused(503), "{}", world.ladder);
    world.assert_quiescent();
}

#[test]
fn agents_come_back_as_they_were_and_are_not_made_ready_by_a_restart() {
    let mut world = world(6, Faults::default());
    world.advance(Duration::from_secs(1));
    world.desk("alice").pause("lunch");
    world.desk("bob").log_out();
    world.advance(Duration::from_secs(1));
    world.crash(Duration::from_millis(300));
    world.advance(Duration::from_secs(1));
    let agents = world.node.acd().inspect().agents;
    let status =
        |name: &str| agents.iter().find(|line| line.agent == terms::AgentId::of(name)).map(|line| &line.status);
    assert_eq!(status("alice"), Some(&acd::Status::NotReady("lunch".into())));
    assert_eq!(status("bob"), Some(&acd::Status::LoggedOut));
    world.assert_quiescent();
}

#[test]
fn a_ledger_that_answers_late_and_twice_delays_nothing_but_the_record() {
    let mut world = world(8, Faults::default());
    world.delay_ledger(Duration::from_secs(20));
    for _ in 0..3 {
        assert!(reference_call(&mut world).both_heard, "{}", world.ladder);
        world.advance(Duration::from_secs(4));
    }
    world.assert_quiescent();
    assert_eq!(closed(&world).len(), 3);
}

/// The reference call with the clock set at this second, by so much; what is measured of it.
fn measured(at: u64, step_ms: i64) -> (u64, u64, Vec<String>) {
    let mut world = world(9, Faults::default());
    let carrier = world.phone("carrier");
    let leg = world.dial("+359888123456", NUMBER);
    for second in 0..60 {
        if second == at {
            world.set_clock(step_ms);
        }
        world.advance(Duration::from_secs(1));
    }
    world.act(carrier, |agent, now| agent.hang_up(now, leg));
    world.assert_quiescent();
    let record = closed(&world).remove(0);
    let kind = |entry: &Entry| match entry {
        Entry::Event(event) => Some(format!("{:?}", event.what)),
        _ => None,
    };
    (record.waited_ms, record.talked_ms, world.ledger.iter().filter_map(kind).collect())
}

#[test]
fn a_clock_that_is_set_by_an_hour_changes_no_wait_no_timer_and_no_service_level() {
    let usual = measured(100, 0);
    assert!(usual.1 > 0, "the call was served: {usual:?}");
    for at in [0, 8, 15, 30] {
        for step_ms in [3_600_000, -3_600_000] {
            assert_eq!(measured(at, step_ms), usual, "set by {step_ms} ms in second {at}");
        }
    }
}

#[test]
fn a_registration_outlives_a_clock_that_is_set() {
    for step_ms in [3_600_000, -3_600_000] {
        let mut world = world(10, Faults::default());
        world.advance(Duration::from_secs(5));
        let bound = world.node.sip().inspect().bindings;
        world.set_clock(step_ms);
        world.advance(Duration::from_secs(30));
        assert_eq!(world.node.sip().inspect().bindings, bound, "set by {step_ms} ms");
        world.assert_quiescent();
    }
}

#[test]
fn worlds_with_stops_deaths_and_late_ledgers_end_quiet() {
    for seed in (1..17).filter(|seed| seed % 4 != 0) {
        sweep(1_000 + seed);
    }
}
