//! What somebody outside sees of a running call, and what he may do to it.

use call::cdr::{By, Entry};
use call::{At, CallSheet, Side, State};
use node::Input;
use sim::scenario::{CAROL, world};
use sim::{Conduct, Faults, Standing, World};
use std::time::Duration;
use terms::{Cause, LegId, PhoneId};

/// A trunk call to carol, who talks to the caller.
fn a_conversation(seed: u64) -> (World, LegId) {
    let mut world = world(seed, Faults::default());
    world.agent("carol").conduct = Conduct::default();
    let leg = world.dial("+359888123456", CAROL);
    let carrier = world.phone("carrier");
    let up = |world: &World| world.agents[carrier].talks[&leg].standing == Standing::Up;
    assert!(world.wait_until(Duration::from_secs(20), up));
    world.advance(Duration::from_secs(2));
    (world, leg)
}

fn sheet(world: &World) -> CallSheet {
    let now = world.now();
    let running = world.node.board().inspect(now).calls;
    let call = running.first().expect("it runs").call;
    world.node.board().sheet(now, call).expect("it runs")
}

#[test]
fn a_conversation_is_seen_with_both_parties_who_hear_each_other() {
    let (world, _) = a_conversation(60);
    let sheet = sheet(&world);
    assert_eq!((sheet.line.phase, sheet.answered, sheet.parties.len()), ("talking", true, 2));
    let [caller, callee] = sheet.parties.as_slice() else { panic!("{sheet:?}") };
    assert!(matches!(caller.at, Some(At::Trunk(_))) && callee.at == Some(At::Phone(PhoneId::of("carol"))), "{sheet:?}");
    assert_eq!(
        [caller, callee].map(|party| (party.side, party.state, party.stance)),
        [(Side::Caller, State::Up, call::Standing::Talking), (Side::Callee, State::Up, call::Standing::Talking),]
    );
    assert_eq!((&caller.hears, &callee.hears), (&vec![callee.leg], &vec![caller.leg]));
    let involved = world.node.board().involved(sheet.line.call).expect("it runs");
    assert_eq!(involved.phones, [PhoneId::of("carol"), PhoneId::of("carol")]);
}

#[test]
fn a_call_that_is_ended_from_outside_ends_for_both_with_a_record_that_the_switch_did_it() {
    let (mut world, leg) = a_conversation(61);
    let call = sheet(&world).line.call;
    world.input(Input::HangUp(call));
    world.input(Input::HangUp(call)); // Twice is once.
    let carrier = world.phone("carrier");
    let over = |world: &World| world.agents[carrier].talks[&leg].standing == Standing::Over;
    assert!(world.wait_until(Duration::from_secs(5), over));
    world.assert_quiescent();
    assert!(!world.node.board().is_running(call));
    let ends: Vec<_> = world
        .ledger
        .iter()
        .filter_map(|entry| if let Entry::Closed(record) = entry { Some(record) } else { None })
        .collect();
    assert_eq!(
        ends.iter().map(|end| (end.call, end.ended_by, end.cause)).collect::<Vec<_>>(),
        [(call, By::Switch, Cause::NORMAL)]
    );
    world.input(Input::HangUp(call)); // It is gone: nobody minds.
    assert!(world.node.board().inspect(world.now()).astray.is_empty());
}
