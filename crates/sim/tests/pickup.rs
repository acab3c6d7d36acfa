//! A call that rings at one phone is taken at another one, and the account says whose it was.

use acd::Work;
use call::Verb;
use call::cdr::{CallEventKind, Entry};
use sim::scenario::{CAROL, NUMBER, world};
use sim::{Conduct, Faults, Then, World};
use std::time::Duration;
use terms::{AgentId, PhoneId};

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

fn conduct(world: &mut World, who: &str, ring_ms: u64, then: Then) {
    world.agent(who).conduct = Conduct { ring: ms(ring_ms), then, ..Conduct::default() };
}

/// A customer waits in the queue, and it rings at alice, who lets it ring.
fn rings_at_alice(seed: u64) -> World {
    let mut world = world(seed, Faults::default());
    conduct(&mut world, "alice", 60_000, Then::RingOn);
    let leg = world.dial("+359888123456", NUMBER);
    let carrier = world.phone("carrier");
    world.advance(ms(2_000));
    world.act(carrier, |agent, _| agent.press(leg, '1'));
    world.advance(ms(2_000));
    assert!(world.agents[world.phone("alice")].current().is_some(), "{}", world.ladder);
    world
}

/// By a command this phone rings, too, for what rings at another one.
fn pick_up(world: &mut World, from: &str, at: &str) {
    let (call, leg) = world.node.board().ringing_at(&[PhoneId::of(from)]).expect("it rings there");
    let verb = Verb::PickUp { leg, at: PhoneId::of(at) };
    assert_eq!(world.node.board().may(call, &verb), Ok(()));
    world.input(node::Input::Verb { call, verb: verb.clone() });
    assert_eq!(world.node.board().may(call, &verb), Err("it rings there, too"));
}

fn work(world: &World, agent: &str) -> Work {
    let agents = world.node.acd().inspect_at(world.now().mono).agents;
    agents.into_iter().find(|line| line.agent == AgentId::of(agent)).expect("he is in the plan").work
}

/// What queues have of it: each event with its agent.
fn events(world: &World) -> Vec<String> {
    let told = world.ledger.iter().filter_map(|entry| {
        let Entry::Event(event) = entry else { return None };
        let who = ["alice", "bob"].into_iter().find(|name| event.agent == Some(AgentId::of(name))).unwrap_or("-");
        match &event.what {
            CallEventKind::AgentState { .. } => None,
            CallEventKind::OfferFailed { why, .. } => Some(format!("{who}: {}", why.word())),
            CallEventKind::Withdrawn { why, .. } => Some(format!("{who}: {}", why.word())),
            what => Some(format!("{who}: {}", what.word())),
        }
    });
    told.collect()
}

fn done(mut world: World) -> World {
    let carrier = world.phone("carrier");
    if let Some(leg) = world.agents[carrier].current() {
        world.act(carrier, |agent, now| agent.hang_up(now, leg));
    }
    world.assert_quiescent();
    world
}

#[test]
fn a_queues_call_that_another_agent_takes_is_his_answer_and_no_miss_of_the_one_who_was_rung() {
    let mut world = rings_at_alice(170);
    pick_up(&mut world, "alice", "bob");
    world.advance(ms(2_000));
    assert_eq!(world.heard(), ["carrier hears bob", "bob hears carrier"], "{}", world.ladder);
    assert!(matches!((work(&world, "alice"), work(&world, "bob")), (Work::Idle, Work::Talking(_))));
    let world = done(world);
    let told = ["-: entered", "alice: offered", "alice: answered_elsewhere", "bob: connected", "bob: completed"];
    assert_eq!(events(&world), told);
}

#[test]
fn a_queues_call_that_no_agent_takes_leaves_the_queue_by_that() {
    let mut world = rings_at_alice(171);
    pick_up(&mut world, "alice", "carol");
    world.advance(ms(2_000));
    assert_eq!(world.heard(), ["carrier hears carol", "carol hears carrier"], "{}", world.ladder);
    assert_eq!((work(&world, "alice"), work(&world, "bob")), (Work::Idle, Work::Idle));
    let world = done(world);
    assert_eq!(events(&world), ["-: entered", "alice: offered", "alice: caller_gone", "-: taken_elsewhere"]);
}

#[test]
fn the_one_who_is_meant_may_still_answer_and_whoever_is_rung_for_him_may_refuse() {
    for refuses in [false, true] {
        let mut world = rings_at_alice(172);
        conduct(&mut world, "bob", 60_000, Then::RingOn);
        if refuses {
            conduct(&mut world, "bob", 200, Then::Refuse(603));
        }
        pick_up(&mut world, "alice", "bob");
        world.advance(ms(1_000));
        let alice = world.phone("alice");
        let leg = world.agents[alice].current().expect("it rings there still");
        world.act(alice, |agent, now| agent.answer(now, leg));
        world.advance(ms(1_000));
        assert_eq!(world.heard(), ["carrier hears alice", "alice hears carrier"], "{}", world.ladder);
        let world = done(world);
        assert_eq!(events(&world), ["-: entered", "alice: offered", "alice: connected", "alice: completed"]);
    }
}

#[test]
fn a_call_that_no_queue_knows_is_taken_too_and_whoever_hangs_up_leaves_nothing_behind() {
    for (who, step) in ["carrier", "carol", "bob"].into_iter().flat_map(|who| (0..6).map(move |step| (who, step))) {
        let mut world = world(173, Faults::default());
        conduct(&mut world, "carol", 60_000, Then::RingOn);
        conduct(&mut world, "bob", 100, Then::Answer);
        world.dial("+359888123456", CAROL);
        world.advance(ms(1_000));
        pick_up(&mut world, "carol", "bob");
        world.advance(ms(step * 40));
        world.assert_wired_as_said();
        let phone = world.phone(who);
        if let Some(leg) = world.agents[phone].current() {
            world.act(phone, |agent, now| agent.hang_up(now, leg));
        }
        world.advance(ms(2_000));
        if who == "carol" {
            assert_eq!(world.heard(), ["carrier hears bob", "bob hears carrier"], "{step}\n{}", world.ladder);
        }
        done(world);
    }
}
