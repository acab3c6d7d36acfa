//! A call that rings at one phone is taken at another one, and the account says whose it was.

use acd::Work;
use call::cdr::{CallEventKind, Entry};
use call::{Side, Verb};
use dialplan::{Destination, Routed};
use sim::deeds::ms;
use sim::scenario::{CAROL, NUMBER, PLAN, world, world_of};
use sim::{Faults, Standing, Then, World};
use terms::{AgentId, PhoneId, WatchMode};

/// A customer waits in the queue, and it rings at alice, who lets it ring.
fn rings_at_alice(seed: u64) -> World {
    let mut world = world(seed, Faults::default());
    world.conduct("alice", 60_000, Then::RingOn);
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
    assert!(matches!((world.work("alice"), world.work("bob")), (Work::Idle, Work::Talking(_))));
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
    assert_eq!((world.work("alice"), world.work("bob")), (Work::Idle, Work::Idle));
    let world = done(world);
    assert_eq!(events(&world), ["-: entered", "alice: offered", "alice: caller_gone", "-: taken_elsewhere"]);
}

#[test]
fn the_one_who_is_meant_may_still_answer_and_whoever_is_rung_for_him_may_refuse() {
    for refuses in [false, true] {
        let mut world = rings_at_alice(172);
        world.conduct("bob", 60_000, Then::RingOn);
        if refuses {
            world.conduct("bob", 200, Then::Refuse(603));
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
        world.conduct("carol", 60_000, Then::RingOn);
        world.conduct("bob", 100, Then::Answer);
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

/// A phone calls for what rings at another one, as its dialog names it; whether it has it.
fn takes(world: &mut World, who: &str, replaces: String) -> Standing {
    let phone = world.phone(who);
    let leg = world.act(phone, |agent, now| agent.take_over(now, "103", replaces));
    world.advance(ms(1_000));
    world.agents[phone].talks[&leg].standing
}

/// What rings at one phone is for nobody at another one, by whatever way.
fn is_nobody_elses(world: &mut World, rings: &str, other: &str) {
    let phone = world.phone(rings);
    let leg = world.agents[phone].current().unwrap_or_else(|| panic!("nothing rings\n{}", world.ladder));
    let (board, now) = (world.node.board(), world.now());
    assert_eq!(board.ringing_at(&[PhoneId::of(rings)]), None, "{}", world.ladder);
    let call = board.inspect(now).calls.last().expect("it runs").call;
    let parties = board.sheet(now, call).expect("it runs").parties;
    let rung = parties.iter().find(|line| line.side == Side::Rung).expect("it rings");
    let verb = Verb::PickUp { leg: rung.leg, at: PhoneId::of(other) };
    assert_eq!(board.may(call, &verb), Err("it rings for nobody else"));
    let replaces = world.agents[phone].dialog(leg).expect("it has a dialog");
    assert_eq!(takes(world, other, replaces), Standing::Refused(603), "{}", world.ladder);
    assert!(world.agents[phone].current().is_some(), "it rings on");
}

/// Whoever is in a group may take what rings at another one there.
fn colleagues(seed: u64) -> World {
    let group = "[[group]]\nname = \"desk\"\nmembers = [\"phone:alice\", \"phone:bob\", \"phone:carol\"]\n";
    world_of(seed, &format!("{PLAN}{group}"), Faults::default())
}

#[test]
fn what_rings_so_that_somebody_may_listen_is_taken_by_nobody_else() {
    let mut world = colleagues(174);
    world.conduct("carol", 60_000, Then::RingOn);
    world.dial("+359888123456", NUMBER);
    let carrier = world.phone("carrier");
    world.advance(ms(2_000));
    let leg = world.agents[carrier].current().expect("he is in the menu");
    world.act(carrier, |agent, _| agent.press(leg, '1'));
    world.advance(ms(4_000));
    let (call, party) = world.node.board().talking_at(&[PhoneId::of("alice")]).expect("she talks");
    let to = Routed { destination: Destination::Phone(PhoneId::of("carol")), record: false, route: None };
    world.input(node::Input::Verb { call, verb: Verb::Watch { party, to, mode: WatchMode::Listen } });
    world.advance(ms(1_000));
    is_nobody_elses(&mut world, "carol", "bob");
    done(world);
}

#[test]
fn what_rings_so_that_a_call_is_dialled_for_somebody_is_taken_by_nobody_else() {
    let mut world = colleagues(175);
    world.conduct("alice", 60_000, Then::RingOn);
    let to = Routed { destination: Destination::Phone(PhoneId::of("carol")), record: false, route: None };
    let dial = call::Dial { agent: None, phone: PhoneId::of("alice"), called: "103".into(), routed: to, name: None };
    world.dial_for(dial).expect("it begins");
    world.advance(ms(1_000));
    is_nobody_elses(&mut world, "alice", "bob");
    let alice = world.phone("alice");
    let leg = world.agents[alice].current().expect("it rings there");
    world.act(alice, |agent, now| agent.refuse(now, leg, 486));
    done(world);
}
