//! Who is asked comes into the conversation: three talk, and more; one leaves and the others talk on, until two are left.

use acd::{Command, What, Work};
use call::cdr::{Entry, Outcome};
use call::{Standing, Verb};
use dialplan::{Destination, Routed};
use sim::deeds::{ms, served};
use sim::scenario::{NUMBER, PLAN, world_of};
use sim::{Conduct, Faults, Then, World};
use std::collections::BTreeSet;
use terms::{AgentId, LegId, PhoneId};

fn verb(who: LegId, to: Destination) -> Verb {
    Verb::Consult { party: who, to: Routed { destination: to, record: false, route: None }, by: None }
}

/// Alice asks somebody.
fn asks(world: &mut World, to: Destination) {
    let alice = world.leg_of("alice");
    world.obeys(verb(alice, to));
}

fn carol() -> Destination {
    Destination::Phone(PhoneId::of("carol"))
}

fn bob() -> Destination {
    Destination::Agent(AgentId::of("bob"))
}

/// Who hears whom, as the state of the call says: a sum cannot be told by its sound. The worker does as it says.
fn hearing(world: &mut World) -> BTreeSet<String> {
    world.advance(ms(200));
    world.assert_wired_as_said();
    let sheet = world.node.board().sheet(world.now(), world.only_call()).expect("it runs");
    let name = |leg: LegId| {
        let line = sheet.parties.iter().find(|line| line.leg == leg).expect("he is in it");
        match line.at {
            Some(call::At::Phone(phone)) => {
                let all = ["alice", "bob", "carol"].into_iter();
                all.clone().find(|name| PhoneId::of(name) == phone).expect("one of ours").to_owned()
            }
            _ => "carrier".to_owned(),
        }
    };
    let pairs = sheet.parties.iter().flat_map(|line| line.hears.iter().map(|other| (line.leg, *other)));
    pairs.map(|(one, other)| format!("{} {}", name(one), name(other))).collect()
}

/// Each of them hears all others.
fn all_of(names: &[&str]) -> BTreeSet<String> {
    let pairs = names.iter().flat_map(|one| names.iter().map(move |other| (one, other)));
    pairs.filter(|(one, other)| one != other).map(|(one, other)| format!("{one} {other}")).collect()
}

/// Alice asks somebody, and has him join.
fn three(world: &mut World, to: Destination) {
    asks(world, to);
    world.advance(ms(2_000));
    world.obeys(Verb::Join);
}

fn handed(world: &World) -> Vec<(AgentId, bool)> {
    let one = |entry: &acd::Entry| match entry.what {
        What::Input(Command::HandOver { to, joins, .. }) => Some((to, joins)),
        _ => None,
    };
    world.journal.iter().filter_map(one).collect()
}

#[test]
fn three_hear_each_other_and_a_fourth_is_asked_beside_the_others() {
    let mut world = served(150);
    three(&mut world, bob());
    assert_eq!(hearing(&mut world), all_of(&["carrier", "alice", "bob"]), "{}", world.ladder);
    asks(&mut world, carol());
    world.advance(ms(2_000));
    let mut beside = all_of(&["alice", "carol"]);
    beside.extend(all_of(&["carrier", "bob"]));
    assert_eq!(hearing(&mut world), beside, "{}", world.ladder);
    world.obeys(Verb::Swap);
    assert_eq!(hearing(&mut world), all_of(&["carrier", "alice", "bob"]));
    world.obeys(Verb::Swap);
    world.obeys(Verb::Join);
    assert_eq!(hearing(&mut world), all_of(&["carrier", "alice", "bob", "carol"]), "{}", world.ladder);
    world.hangs_up("alice");
    assert_eq!(hearing(&mut world), all_of(&["carrier", "bob", "carol"]), "{}", world.ladder);
    world.hangs_up("carrier");
    assert_eq!(hearing(&mut world), all_of(&["bob", "carol"]), "{}", world.ladder);
    world.hangs_up("carol");
    world.assert_quiescent();
    assert_eq!(world.record().outcome, Outcome::Answered);
}

#[test]
fn a_contact_goes_on_with_whichever_agent_is_left() {
    for (seed, who, left) in [(151, "alice", "bob"), (152, "bob", "alice")] {
        for command in [false, true] {
            let mut world = served(seed);
            three(&mut world, bob());
            world.advance(ms(500));
            assert_eq!(handed(&world), [(AgentId::of("bob"), true)]);
            let talks = |world: &World, who| matches!(world.work(who), Work::Talking(_));
            assert!(talks(&world, "alice") && talks(&world, "bob"), "{}", world.ladder);
            match command {
                true => {
                    let party = world.leg_of(who);
                    world.obeys(Verb::Leave { party });
                }
                false => world.hangs_up(who),
            }
            world.advance(ms(500));
            assert_eq!(handed(&world)[1..], [(AgentId::of(left), false)], "{}", world.ladder);
            assert_eq!(world.work(who), Work::WrapUp);
            assert!(talks(&world, left));
            assert_eq!(world.heard(), wanted(left), "{}", world.ladder);
            world.hangs_up("carrier");
            world.assert_quiescent();
            assert_eq!(world.record().agent, Some(AgentId::of(left)));
        }
    }
}

fn wanted(left: &str) -> Vec<String> {
    let first = format!("carrier hears {left}");
    vec![first, format!("{left} hears carrier")]
}

#[test]
fn one_who_leaves_while_somebody_is_asked_does_not_put_those_together() {
    for before in [300, 2_500] {
        let mut world = served(153);
        three(&mut world, bob());
        world.conduct("carol", 1_000, Then::Answer);
        asks(&mut world, carol());
        world.advance(ms(before));
        world.hangs_up("bob");
        world.advance(ms(2_000));
        assert_eq!(hearing(&mut world), all_of(&["alice", "carol"]), "{before}\n{}", world.ladder);
        assert!(!matches!(world.work("bob"), Work::Talking(_)), "{before}");
        assert!(matches!(world.work("alice"), Work::Talking(_)), "{before}");
        world.obeys(Verb::Swap);
        assert_eq!(hearing(&mut world), all_of(&["alice", "carrier"]), "{before}\n{}", world.ladder);
        world.hangs_up("alice");
        assert_eq!(hearing(&mut world), all_of(&["carrier", "carol"]), "{before}\n{}", world.ladder);
        world.hangs_up("carrier");
        world.assert_quiescent();
    }
}

#[test]
fn who_asks_and_leaves_has_the_one_whom_he_asked_take_his_place_among_the_others() {
    let mut world = served(154);
    three(&mut world, bob());
    asks(&mut world, carol());
    world.advance(ms(2_000));
    world.hangs_up("alice");
    assert_eq!(hearing(&mut world), all_of(&["carrier", "bob", "carol"]), "{}", world.ladder);
    assert_eq!(world.work("alice"), Work::WrapUp);
    assert!(matches!(world.work("bob"), Work::Talking(_)));
    world.hangs_up("carrier");
    world.hangs_up("bob");
    world.assert_quiescent();
}

#[test]
fn a_party_of_three_is_put_on_hold_while_the_others_talk() {
    let mut world = served(155);
    three(&mut world, carol());
    let party = world.leg_of("carol");
    world.obeys(Verb::Hold { party, on: true });
    assert_eq!(hearing(&mut world), all_of(&["carrier", "alice"]), "{}", world.ladder);
    world.obeys(Verb::Hold { party, on: false });
    assert_eq!(hearing(&mut world), all_of(&["carrier", "alice", "carol"]), "{}", world.ladder);
    world.hangs_up("alice");
    world.hangs_up("carrier");
    world.assert_quiescent();
}

#[test]
fn another_device_takes_the_place_of_one_of_three() {
    let mut world = served(156);
    let (phone, other) = (world.phone("bob"), world.add_device("bob"));
    world.advance(ms(2_000));
    world.conduct("bob", 500, Then::Answer);
    world.agents[other].conduct = Conduct { then: Then::RingOn, ..Conduct::default() };
    three(&mut world, bob());
    world.advance(ms(500));
    let leg = world.agents[phone].current().expect("it is in the call");
    let dialog = world.agents[phone].dialog(leg).expect("a dialog");
    world.act(other, |agent, now| agent.take_over(now, "102", dialog));
    world.advance(ms(2_000));
    assert_eq!(hearing(&mut world), all_of(&["carrier", "alice", "bob"]), "{}", world.ladder);
    assert_eq!(handed(&world), [(AgentId::of("bob"), true)], "bob talks as before");
    world.hangs_up("carrier");
    world.hangs_up("alice");
    world.assert_quiescent();
}

#[test]
fn what_cannot_be_is_denied_by_name() {
    let mut world = served(157);
    let (call, alice) = (world.only_call(), world.leg_of("alice"));
    let may = |world: &World, verb: &Verb| world.node.board().may(call, verb);
    assert_eq!(may(&world, &Verb::Join), Err("nobody is asked"));
    assert_eq!(may(&world, &Verb::Leave { party: alice }), Err("only two are in it"));
    assert_eq!(may(&world, &Verb::Leave { party: LegId::outbound(999) }), Err("in no conversation"));
    world.conduct("bob", 1_000, Then::Answer);
    asks(&mut world, bob());
    assert_eq!(may(&world, &Verb::Join), Err("it still rings"));
    world.advance(ms(2_000));
    world.obeys(Verb::Join);
    let to = Routed { destination: carol(), record: false, route: None };
    assert_eq!(may(&world, &Verb::Transfer { party: alice, to, by: None }), Err("more than two talk"));
    world.hangs_up("carrier");
    world.hangs_up("alice");
    world.assert_quiescent();
}

#[test]
fn a_conversation_has_so_many_places_and_no_more() {
    let mut world = served(158);
    let places = terms::limits::CONFERENCE;
    for nth in 2..places {
        // The same phone may be rung again: each is another device of carol's.
        world.add_device("carol");
        world.advance(ms(1_500));
        let devices: Vec<_> = (0..world.agents.len()).filter(|at| world.agents[*at].identity.user == "carol").collect();
        for (rank, device) in devices.iter().enumerate() {
            let then = if rank == nth - 2 { Then::Answer } else { Then::RingOn };
            world.agents[*device].conduct = Conduct { ring: ms(200), then, ..Conduct::default() };
        }
        three(&mut world, carol());
        world.advance(ms(200));
    }
    let sheet = world.node.board().sheet(world.now(), world.only_call()).expect("it runs");
    let talk = sheet.parties.iter().filter(|line| line.stance == Standing::Talking).count();
    assert_eq!(talk, places, "{}", world.ladder);
    let (call, alice) = (world.only_call(), world.leg_of("alice"));
    assert_eq!(world.node.board().may(call, &verb(alice, bob())), Err("no free place in the conversation"));
    world.input(node::Input::HangUp(call));
    world.assert_quiescent();
}

#[test]
fn whoever_hangs_up_at_any_moment_leaves_nothing_behind() {
    let all = ["carrier", "alice", "bob", "carol"];
    for (who, step) in all.into_iter().flat_map(|who| (0..8).map(move |step| (who, step))) {
        let mut world = served(160);
        three(&mut world, bob());
        world.conduct("carol", 300, Then::Answer);
        asks(&mut world, carol());
        world.advance(ms(step * 100));
        if world.node.board().may(world.only_call(), &Verb::Join).is_ok() {
            world.obeys(Verb::Join);
            world.advance(ms((step % 4) * 7));
        }
        for who in [who].into_iter().chain(all) {
            let phone = world.phone(who);
            if let Some(leg) = world.agents[phone].current() {
                world.act(phone, |agent, now| agent.hang_up(now, leg));
                world.advance(ms(1_500));
                world.assert_wired_as_said();
            }
        }
        world.assert_quiescent();
    }
}

/// How long of each agent's part somebody was on hold, in half seconds.
fn held(world: &World) -> Vec<(AgentId, u64)> {
    let halves = |ms: u64| (ms + 250) / 500;
    let one = |entry: &Entry| match entry {
        Entry::Event(event) => match event.what {
            acd::CallEventKind::Completed { held_ms, .. } => Some((event.agent?, halves(held_ms))),
            _ => None,
        },
        _ => None,
    };
    world.ledger.iter().filter_map(one).collect()
}

#[test]
fn an_agent_who_leaves_a_conference_has_the_time_on_hold_that_fell_into_his_part() {
    let third = "[[agent]]\nname = \"carol\"\ndevices = [\"phone:carol\"]\nready = true\n\n[[queue]]";
    let mut world = world_of(162, &PLAN.replacen("[[queue]]", third, 1), Faults::default());
    let leg = world.dial("+359888123456", NUMBER);
    let carrier = world.phone("carrier");
    world.advance(ms(2_000));
    world.act(carrier, |agent, _| agent.press(leg, '1'));
    world.advance(ms(4_000));
    // The customer is on hold while others are asked: 4 s for bob, and 3 s for carol with bob there.
    asks(&mut world, bob());
    world.advance(ms(4_000));
    world.obeys(Verb::Join);
    world.advance(ms(2_000));
    let party = world.leg_of("bob");
    world.obeys(Verb::Hold { party, on: true });
    world.advance(ms(3_000));
    world.obeys(Verb::Hold { party, on: false });
    asks(&mut world, Destination::Agent(AgentId::of("carol")));
    world.advance(ms(1_000));
    world.obeys(Verb::Join);
    world.advance(ms(2_000));
    world.hangs_up("alice");
    world.advance(ms(2_000));
    world.hangs_up("carrier");
    world.advance(ms(10_000));
    let of = AgentId::of;
    assert_eq!(held(&world), [(of("alice"), 16), (of("bob"), 8), (of("carol"), 0)], "{}", world.ladder);
}
