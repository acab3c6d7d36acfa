//! What the account is told: who answered, by which trunk a call went out, and how long a contact waited in all.

use call::cdr::{CallEventKind, CallRecord, Entry, Outcome};
use sim::scenario::{CAROL, NUMBER, PLAN, prompts, reference_call, world};
use sim::{Faults, World};
use std::time::Duration;
use terms::{LegId, PhoneId, TrunkId};

fn record(world: &World) -> &CallRecord {
    match world.ledger.iter().rev().find(|entry| matches!(entry, Entry::Closed(_))) {
        Some(Entry::Closed(record)) => record,
        _ => panic!("no call was closed"),
    }
}

/// What happened in queues.
fn kinds(world: &World) -> Vec<CallEventKind> {
    let kind = |entry: &Entry| match entry {
        Entry::Event(event) if event.call.is_some() => Some(event.what.clone()),
        _ => None,
    };
    world.ledger.iter().filter_map(kind).collect()
}

fn hang_up(world: &mut World, leg: LegId) {
    let carrier = world.phone("carrier");
    world.act(carrier, |agent, now| agent.hang_up(now, leg));
    world.assert_quiescent();
}

#[test]
fn the_record_names_the_phone_that_answered() {
    let mut world = world(40, Faults::default());
    reference_call(&mut world);
    world.assert_quiescent();
    assert_eq!((record(&world).phone, record(&world).trunk_out), (Some(PhoneId::of("alice")), None));
    let leg = world.dial("+359888123456", CAROL);
    world.advance(Duration::from_secs(5));
    hang_up(&mut world, leg);
    assert_eq!((record(&world).phone, record(&world).agent), (Some(PhoneId::of("carol")), None));
}

#[test]
fn the_record_names_the_trunk_that_was_tried_last_unless_a_phone_answered() {
    let trunk =
        "[[trunk]]\nname = \"dead\"\ntarget = \"10.0.0.99:5060\"\nprobe = \"30s\"\n\n[[phone]]\nuser = \"alice\"";
    let plan =
        PLAN.replacen("[[phone]]\nuser = \"alice\"", trunk, 1).replace("go = \"phone:carol\"", "go = \"flow:out\"");
    let (phone, dead) = (PhoneId::of("carol"), TrunkId::of("dead"));
    for (then, reached) in [(", unreachable = \"phone:carol\"", (Some(phone), None)), ("", (None, Some(dead)))] {
        let flow = format!("[flow.out]\nfirst = {{ ring = \"trunk:dead\", wait = \"60s\"{then} }}\n\n[flow.main]");
        let mut world = World::new(41, &plan.replace("[flow.main]", &flow), prompts(), Faults::default());
        world.advance(Duration::from_secs(40));
        let leg = world.dial("+359888123456", CAROL);
        world.advance(Duration::from_secs(5));
        if reached.0.is_some() {
            hang_up(&mut world, leg);
        }
        let record = record(&world);
        assert_eq!((record.phone, record.trunk_out), reached, "{}", world.ladder);
        assert_eq!(record.outcome == Outcome::Answered, reached.0.is_some());
    }
}

/// A caller who comes to a queue that only bob serves, and is sent on from there to alice's.
fn sent_on(overflow: &str, bob: impl Fn(&mut World)) -> (Vec<CallEventKind>, CallRecord) {
    let (mut world, leg) = come(overflow, bob);
    world.advance(Duration::from_secs(45));
    hang_up(&mut world, leg);
    (kinds(&world), record(&world).clone())
}

/// The same, until he has come to the first queue.
fn come(overflow: &str, bob: impl Fn(&mut World)) -> (World, LegId) {
    let first = format!("[[queue]]\nname = \"first\"\nagents = [\"bob\"]\noverflow = [{overflow}]\n\n[[route]]\nfrom");
    let plan = PLAN.replacen("[[route]]\nfrom", &first, 1).replace("1 = \"queue:support\"", "1 = \"queue:first\"");
    let mut world = World::new(42, &plan, prompts(), Faults::default());
    world.advance(Duration::from_secs(2));
    bob(&mut world);
    let leg = world.dial("+359888123456", NUMBER);
    world.advance(Duration::from_millis(1_500));
    let carrier = world.phone("carrier");
    assert_eq!(waited_so_far(&world), None, "he came to no queue");
    world.act(carrier, |agent, _| agent.press(leg, '1'));
    (world, leg)
}

/// What the call that runs has waited.
fn waited_so_far(world: &World) -> Option<u64> {
    world.node.board().inspect(world.now()).calls[0].waited_ms
}

#[test]
fn a_running_call_tells_what_it_has_waited_so_far_in_all_its_queues() {
    let overflow = "{ when = \"waited > 30s\", go = \"queue:support\" }";
    let (mut world, leg) = come(overflow, |world| world.desk("bob").pause("lunch"));
    for so_far in [10_000, 20_000] {
        world.advance(Duration::from_secs(10));
        let waited = waited_so_far(&world).expect("it is in a queue");
        assert!((so_far - 500..=so_far).contains(&waited), "{waited} ms");
    }
    world.advance(Duration::from_secs(25));
    let waited = waited_so_far(&world);
    world.advance(Duration::from_secs(5));
    assert_eq!(waited_so_far(&world), waited, "he talks");
    hang_up(&mut world, leg);
    assert_eq!(Some(record(&world).waited_ms), waited);
}

#[test]
fn a_contact_that_goes_through_two_queues_tells_its_whole_wait() {
    let overflow = "{ when = \"waited > 30s\", go = \"queue:support\" }";
    let (kinds, record) = sent_on(overflow, |world| world.desk("bob").pause("lunch"));
    let [
        CallEventKind::Entered { again: false, .. },
        CallEventKind::Overflowed { waited_ms, before_ms: 0, again: false, let_in: Some(true), .. },
        CallEventKind::Entered { again: true, .. },
        CallEventKind::Offered { .. },
        CallEventKind::Connected { waited_ms: here_ms, before_ms, .. },
        CallEventKind::Completed { .. },
    ] = kinds[..]
    else {
        panic!("{kinds:?}");
    };
    assert!((30_000..30_100).contains(&waited_ms), "{waited_ms} ms");
    assert_eq!((before_ms, record.waited_ms), (waited_ms, waited_ms + here_ms));
}

#[test]
fn who_is_sent_on_at_once_was_never_let_in() {
    let overflow = "{ when = \"no agents\", go = \"queue:support\" }";
    let (kinds, record) = sent_on(overflow, |world| world.desk("bob").log_out());
    let sent_on = CallEventKind::Overflowed {
        why: "no_agents".into(),
        waited_ms: 0,
        again: false,
        before_ms: 0,
        let_in: Some(false),
        contact_kind: Default::default(),
    };
    assert_eq!(kinds[0], sent_on);
    assert!(matches!(kinds[1], CallEventKind::Entered { again: true, .. }), "{kinds:?}");
    assert_eq!(record.outcome, Outcome::Answered);
}
