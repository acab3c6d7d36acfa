//! By command somebody is rung into a conference room, and one who is in it is sent somewhere else; the others go on.

use call::Verb;
use call::cdr::{CallRecord, Entry, Outcome};
use dialplan::{Destination, Routed};
use sim::deeds::{Own, ms, under_each_fault};
use sim::rooms::{DAILY, LECTURE, ROOMS, all_of, world, world_of};
use sim::scenario::PLAN;
use sim::{Then, World};
use sip::Source;
use terms::{AgentId, CallRef, Cause, PhoneId, QueueId, TrunkId};

fn to(destination: Destination) -> Routed {
    Routed { destination, record: false, route: None }
}

fn phone(user: &str) -> Routed {
    to(Destination::Phone(PhoneId::of(user)))
}

fn invite(to: Routed) -> Verb {
    Verb::Invite { to, by: None, called: "".into() }
}

/// Alice and bob meet; carol answers after a second.
fn meeting(seed: u64) -> World {
    let mut world = world(seed);
    two_meet(&mut world, "800");
    world
}

fn two_meet(world: &mut World, number: &str) {
    world.conduct("carol", 1_000, Then::Answer);
    world.dials("alice", number);
    world.advance(ms(300));
    world.dials("bob", number);
    world.advance(ms(1_500));
}

fn away(world: &World, room: &str, who: &str, to: Routed) -> Verb {
    Verb::Away { party: world.leg_in(room, who), to, by: None, called: "away".into() }
}

/// What is said of one who cannot be rung, or sent.
fn refused(world: &World, room: &str, verb: &Verb) -> &'static str {
    world.node.board().may(world.room_call(room), verb).expect_err("not now")
}

fn record_of(world: &World, source: Source) -> CallRecord {
    let of = |record: &CallRecord| record.source == source && record.called == "away".into();
    world.records().into_iter().find(of).unwrap_or_else(|| panic!("no such call: {:?}", world.records()))
}

/// Each call that was opened is closed, once.
fn each_call_has_one_record(world: &World) {
    let of = |is: fn(&Entry) -> Option<CallRef>| -> Vec<CallRef> { world.ledger.iter().filter_map(is).collect() };
    let mut opened = of(|entry| if let Entry::Opened(record) = entry { Some(record.call) } else { None });
    let mut closed = of(|entry| if let Entry::Closed(record) = entry { Some(record.call) } else { None });
    opened.sort_unstable();
    closed.sort_unstable();
    assert_eq!(opened, closed, "{}", world.ladder);
}

#[test]
fn whoever_is_rung_for_a_room_is_shown_it_and_is_in_it_once_he_has_answered() {
    let messages = under_each_fault(
        || meeting(400),
        |world| {
            world.obey_in("daily", invite(phone("carol")));
            world.advance(ms(8_400));
            let carol = world.own("carol");
            let rung = world.agents[carol.0].talks[&carol.1].arrival.clone().expect("she rings by an INVITE");
            assert_eq!((rung.caller, rung.caller_name), ("800".into(), Some("daily".into())), "{}", world.ladder);
            assert_eq!(world.hearing_in("daily"), all_of(&["alice", "bob", "carol"]), "{}", world.ladder);
            world.finish();
            each_call_has_one_record(world);
        },
    );
    assert!((4..20).contains(&messages), "{messages}");
}

#[test]
fn who_does_not_come_changes_nothing_and_nobody_rings_on_for_a_room_that_all_have_left() {
    for then in [Then::Refuse(486), Then::RingOn, Then::Vanish] {
        let mut world = meeting(401);
        world.conduct("carol", 500, then);
        world.obey_in("daily", invite(phone("carol")));
        world.advance(ms(2_000));
        assert_eq!(world.hearing_in("daily"), all_of(&["alice", "bob"]), "{then:?} {}", world.ladder);
        world.hangs_up("alice");
        world.advance(ms(300));
        world.hangs_up("bob");
        world.assert_quiescent();
        each_call_has_one_record(&world);
    }
}

#[test]
fn two_are_rung_at_once_by_an_agents_devices_and_by_a_number_outside() {
    let mut world =
        world_of(402, &(PLAN.replace("calls_max = 50\n", "calls_max = 50\ntarget = \"10.0.0.2:5060\"\n") + ROOMS));
    world.conduct("carol", 1_000, Then::Answer);
    world.dials("carol", "800");
    world.advance(ms(1_000));
    let outside = Destination::Trunk(TrunkId::of("carrier"), Some("+442079460099".into()));
    let by = Some(PhoneId::of("carol"));
    world.obey_in("daily", Verb::Invite { to: to(outside), by, called: "0207946".into() });
    world.obey_in("daily", invite(to(Destination::Agent(AgentId::of("bob")))));
    world.advance(ms(4_000));
    assert_eq!(world.hearing_in("daily"), all_of(&["bob", "carol", "carrier"]), "{}", world.ladder);
    let carrier = world.own("carrier");
    let rung = world.agents[carrier.0].talks[&carrier.1].arrival.clone().expect("by an INVITE");
    assert_eq!(rung.caller, "103".into(), "with her number");
    world.finish();
    let legs = world.leg_records();
    let out = legs.iter().find(|leg| leg.who == Source::Trunk(TrunkId::of("carrier"))).expect("it was called");
    assert_eq!(out.charged_to, by.map(Source::Phone));
}

#[test]
fn nobody_is_rung_into_what_is_full_or_no_room_nor_twice() {
    let mut world = world(403);
    two_meet(&mut world, "802");
    assert_eq!(refused(&world, "two", &invite(phone("carol"))), "the room is full");
    world.finish();
    two_meet(&mut world, "800");
    assert_eq!(refused(&world, "daily", &invite(phone("bob"))), "his phone is in the room");
    let queue = invite(to(Destination::Queue(QueueId::of("support"))));
    assert!(refused(&world, "daily", &queue).starts_with("only a phone"));
    world.obey_in("daily", invite(phone("carol")));
    assert_eq!(refused(&world, "daily", &invite(phone("carol"))), "his phone rings for it");
    world.finish();
    let call = world.dials("alice", "103");
    world.advance(ms(2_000));
    assert_eq!(world.node.board().may(world.only_call(), &invite(phone("bob"))), Err("it is no room"));
    let nobody = Verb::Away { party: call.1, to: phone("bob"), by: None, called: "".into() };
    assert_eq!(world.node.board().may(world.only_call(), &nobody), Err("no such party"));
    world.finish();
}

#[test]
fn who_is_rung_for_a_room_may_be_let_into_one_that_is_locked() {
    let mut world = meeting(404);
    world.obey_in("daily", Verb::Lock { on: true });
    world.obey_in("daily", invite(phone("carol")));
    world.advance(ms(3_000));
    assert_eq!(world.hearing_in("daily"), all_of(&["alice", "bob", "carol"]), "{}", world.ladder);
    world.finish();
}

/// Alice and a customer meet; bob is sent for.
fn with_customer(seed: u64, number: &str) -> (World, Own) {
    let mut world = world(seed);
    world.conduct("carol", 1_000, Then::Answer);
    world.dials("alice", if number == DAILY { "800" } else { "804" });
    world.advance(ms(500));
    let customer = world.brings("+359888123456", number);
    world.advance(ms(500));
    world.dials("bob", if number == DAILY { "800" } else { "804" });
    world.advance(ms(1_500));
    (world, customer)
}

#[test]
fn one_is_sent_from_a_room_to_a_phone_and_the_others_go_on_without_him() {
    let messages = under_each_fault(
        || with_customer(410, DAILY).0,
        |world| {
            let verb = away(world, "daily", "carrier", phone("carol"));
            world.obey_in("daily", verb);
            world.advance(ms(8_000));
            assert_eq!(world.hearing_in("daily"), all_of(&["alice", "bob"]), "{}", world.ladder);
            world.come_to_hear(&["alice hears bob", "bob hears alice", "carol hears carrier", "carrier hears carol"]);
            world.finish();
            each_call_has_one_record(world);
            let record = record_of(world, Source::Trunk(TrunkId::of("carrier")));
            assert_eq!((record.outcome, record.phone), (Outcome::Answered, Some(PhoneId::of("carol"))), "{record:?}");
            assert_eq!(record.caller, "+359888123456".into());
        },
    );
    assert!((4..20).contains(&messages), "{messages}");
}

#[test]
fn one_is_sent_from_a_room_to_a_queue_where_he_is_a_customer_as_any_other() {
    let (mut world, _) = with_customer(411, DAILY);
    world.hangs_up("alice");
    world.advance(ms(1_000));
    let verb = away(&world, "daily", "carrier", to(Destination::Queue(QueueId::of("support"))));
    world.obey_in("daily", verb);
    world.advance(ms(6_000));
    world.come_to_hear(&["alice hears carrier", "carrier hears alice", "bob hears a sound"]);
    world.finish();
    let record = record_of(&world, Source::Trunk(TrunkId::of("carrier")));
    assert_eq!((record.outcome, record.agent), (Outcome::Answered, Some(AgentId::of("alice"))), "{record:?}");
    each_call_has_one_record(&world);
}

#[test]
fn the_last_one_may_be_sent_and_the_room_is_over_then() {
    let mut world = world(412);
    world.conduct("carol", 1_000, Then::Answer);
    world.dials("bob", "800");
    world.advance(ms(1_500));
    let verb = away(&world, "daily", "bob", phone("carol"));
    world.obey_in("daily", verb);
    world.advance(ms(3_000));
    assert_eq!(world.room("daily"), None);
    world.come_to_hear(&["bob hears carol", "carol hears bob"]);
    world.finish();
    each_call_has_one_record(&world);
}

/// Carol does this when the customer is sent to her.
fn sent_to(then: Then) -> World {
    let (mut world, _) = with_customer(413, DAILY);
    world.conduct("carol", 500, then);
    world
}

fn is_sent_and_back(world: &mut World, within: u64) {
    let verb = away(world, "daily", "carrier", phone("carol"));
    world.obey_in("daily", verb);
    world.advance(ms(300));
    assert_eq!(world.room("daily").map(|room| room.seats.len()), Some(2), "{}", world.ladder);
    world.advance(ms(within));
    assert_eq!(world.hearing_in("daily"), all_of(&["alice", "bob", "carrier"]), "{}", world.ladder);
    let room = world.room_call("daily");
    world.finish();
    let record = record_of(world, Source::Trunk(TrunkId::of("carrier")));
    assert_eq!((record.outcome, record.joined), (Outcome::Joined, Some(room)), "{record:?}");
    each_call_has_one_record(world);
}

#[test]
fn who_was_sent_to_nobody_is_back_in_the_room() {
    is_sent_and_back(&mut sent_to(Then::Refuse(603)), 2_000);
    is_sent_and_back(&mut sent_to(Then::RingOn), 70_000);
    let messages = under_each_fault(|| sent_to(Then::Refuse(486)), |world| is_sent_and_back(world, 40_000));
    assert!((4..20).contains(&messages), "{messages}");
}

#[test]
fn he_is_back_as_he_was_there_whatever_lock_there_is_now_but_not_where_all_have_gone() {
    for (host, locked, gone) in [(false, true, false), (true, false, false), (false, false, true)] {
        let (number, name, who) = if host { (LECTURE, "lecture", "alice") } else { (DAILY, "daily", "carrier") };
        let (mut world, _) = with_customer(415, number);
        world.conduct("carol", 500, Then::Refuse(486));
        let party = world.leg_in(name, who);
        world.obey_in(name, Verb::Mute { party, on: true });
        let verb = away(&world, name, who, phone("carol"));
        world.obey_in(name, verb);
        if locked {
            world.obey_in(name, Verb::Lock { on: true });
        }
        if gone {
            ["alice", "bob"].into_iter().for_each(|who| world.hangs_up(who));
        }
        world.advance(ms(3_000));
        if gone {
            assert_eq!(world.room(name), None);
        } else {
            let room = world.room(name).expect("a room");
            let back = room.seats.iter().find(|seat| seat.leg == party).expect("he is back");
            assert_eq!((back.host, back.muted, room.seats.len()), (host, true, 3), "{room:?}");
        }
        world.finish();
        let cause = if gone { Cause::BUSY } else { Cause::NORMAL };
        let record = world.records().into_iter().find(|record| record.called == "away".into()).expect("his call");
        assert_eq!(record.cause, cause, "{record:?}");
        each_call_has_one_record(&world);
    }
}

#[test]
fn what_he_says_after_a_recorded_room_is_not_in_its_recording_nor_in_one_of_its_own() {
    let (mut world, _) = with_customer(414, LECTURE);
    let party = world.leg_in("lecture", "carrier");
    world.obey_in("lecture", Verb::Mute { party, on: false });
    world.advance(ms(1_000));
    let verb = away(&world, "lecture", "carrier", phone("carol"));
    world.obey_in("lecture", verb);
    world.advance(ms(4_000));
    world.come_to_hear(&["bob hears alice", "carol hears carrier", "carrier hears carol"]);
    world.finish();
    let recordings: Vec<_> = world
        .ledger
        .iter()
        .filter_map(|entry| if let Entry::Captured(recording) = entry { Some(recording) } else { None })
        .collect();
    let [one] = &recordings[..] else { panic!("{recordings:?}") };
    let his: Vec<_> = one.tracks.iter().filter(|track| track.side == 1).map(|track| track.leg).collect();
    assert!(matches!(his[..], [.., Some(_), None]), "nobody is on his side since he went: {:?}", one.tracks);
    each_call_has_one_record(&world);
}

#[test]
fn whoever_hangs_up_at_whatever_moment_of_it_leaves_nothing_behind() {
    for moment in 0..16_u64 {
        for who in ["alice", "carrier", "carol", "bob"] {
            let (mut world, _) = with_customer(416 + moment % 4, DAILY);
            let verb = away(&world, "daily", "carrier", phone("carol"));
            world.obey_in("daily", verb);
            world.obey_in("daily", invite(to(Destination::Agent(AgentId::of("alice")))));
            world.advance(ms(moment * 97));
            let phone = world.phone(who);
            if let Some(leg) = world.agents[phone].current().filter(|_| who != "carol" || moment > 11) {
                world.hang_up((phone, leg));
            }
            world.assert_wired_as_said();
            world.advance(ms(3_000));
            world.finish();
            each_call_has_one_record(&world);
        }
    }
}
