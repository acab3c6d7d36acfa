//! Conference rooms: who gets there hears all others, whatever call, flow and worker he comes from; and nothing is left behind.

use call::Verb;
use call::cdr::{Entry, Outcome};
use sim::deeds::{Own, faults, ms};
use sim::rooms::{BOARD, DAILY, DOOR, LECTURE, ROOMS, all_of, world, world_of};
use sim::scenario::PLAN;
use sim::{GUEST_PIN, HOST_PIN, Standing, World};
use std::collections::BTreeSet;
use std::time::Duration;
use terms::{LegId, RoomId, limits};

#[test]
fn whoever_gets_there_by_his_phone_a_route_or_a_menu_hears_all_others_and_goes_as_he_likes() {
    // An even seed opens no ports in advance; of four in a row two have one worker, and two have three.
    for seed in 300..308 {
        let mut world = world(seed);
        let alice = world.dials("alice", "800");
        world.advance(ms(1_000));
        assert_eq!(world.heard(), ["alice hears a sound"], "{seed}: {}", world.ladder);
        let bob = world.dials("bob", "800");
        assert_eq!(world.hearing_in("daily"), all_of(&["alice", "bob"]), "{seed}: {}", world.ladder);
        assert_eq!(world.heard(), ["alice hears bob", "bob hears alice"], "{seed}: {}", world.ladder);
        let carrier = world.phone("carrier");
        let customer = (carrier, world.dial("+359888123456", DOOR));
        world.advance(ms(2_000));
        world.type_in(customer, "1");
        let three = ["alice", "bob", "carrier"];
        assert_eq!(world.hearing_in("daily"), all_of(&three), "{seed}: {}", world.ladder);
        let carol = world.dials("carol", "800");
        assert_eq!(world.hearing_in("daily"), all_of(&["alice", "bob", "carol", "carrier"]), "{}", world.ladder);
        // Who began it goes, and the others go on.
        world.hang_up(alice);
        assert_eq!(world.hearing_in("daily"), all_of(&["bob", "carol", "carrier"]), "{seed}: {}", world.ladder);
        world.hang_up(carol);
        world.hang_up(customer);
        world.advance(ms(1_000));
        assert_eq!(world.heard(), ["bob hears a sound"], "he is alone: {}", world.ladder);
        world.hang_up(bob);
        world.assert_quiescent();
        let records = world.records();
        let [first, others @ ..] = &records[..] else { panic!("{records:?}") };
        assert_eq!((first.outcome, first.joined, others.len()), (Outcome::Answered, None, 3));
        assert!(first.talked_ms > 4_000, "{first:?}");
        for other in others {
            assert_eq!((other.outcome, other.joined), (Outcome::Joined, Some(first.call)));
        }
    }
}

#[test]
fn who_come_at_the_same_moment_meet_and_a_room_that_was_left_is_a_new_one() {
    for seed in 310..318 {
        let mut world = world(seed);
        for _ in 0..2 {
            let all: Vec<_> = ["alice", "bob", "carol"].map(|who| world.dials(who, "800")).into();
            let carrier = world.phone("carrier");
            let customers =
                [(carrier, world.dial("+359888123456", DAILY)), (carrier, world.dial("+359888123457", DAILY))];
            world.advance(ms(2_000));
            assert_eq!(world.seats("daily"), 5, "{seed}: {}", world.ladder);
            assert_eq!(world.node.board().running(), 1, "{seed}: {}", world.ladder);
            let mut hearing = world.hearing_in("daily");
            hearing.remove("carrier carrier");
            assert_eq!(hearing, all_of(&["alice", "bob", "carol", "carrier"]), "{seed}: {}", world.ladder);
            all.into_iter().chain(customers).for_each(|one| world.hang_up(one));
            world.advance(ms(3_000));
            assert_eq!(world.room("daily"), None);
        }
        world.assert_quiescent();
    }
}

#[test]
fn a_call_is_transferred_to_a_room() {
    for seed in [320, 325] {
        let mut world = world(seed);
        let bob = world.dials("bob", "800");
        let carrier = world.phone("carrier");
        let customer = (carrier, world.dial("+359888123456", sim::scenario::CAROL));
        world.advance(ms(2_000));
        let carol = world.phone("carol");
        let leg = world.agents[carol].current().expect("she talks to the customer");
        world.act(carol, |agent, now| agent.refer(now, leg, "800"));
        world.advance(ms(2_000));
        assert_eq!(world.hearing_in("daily"), all_of(&["bob", "carrier"]), "{}", world.ladder);
        assert!(!matches!(world.agents[carol].talks[&leg].standing, Standing::Up), "{}", world.ladder);
        world.hang_up(customer);
        world.hang_up(bob);
        world.assert_quiescent();
    }
}

#[test]
fn every_single_fault_lets_all_meet_and_leaves_nothing_behind() {
    for (nth, fault) in faults(26) {
        let mut world = world(330 + nth % 4);
        world.meet(nth, fault);
        let alice = world.dials("alice", "800");
        world.advance(ms(700));
        let (bob, carol) = (world.dials("bob", "800"), world.dials("carol", "800"));
        world.advance(ms(6_000));
        let all = world.hearing_in("daily");
        assert_eq!(all, all_of(&["alice", "bob", "carol"]), "{nth} {fault:?}\n{}", world.ladder);
        for one in [bob, alice, carol] {
            world.hang_up(one);
        }
        world.assert_quiescent();
        assert_eq!(world.records().len(), 3, "{nth} {fault:?}");
    }
}

#[test]
fn whoever_hangs_up_at_whatever_moment_leaves_the_others_to_each_other() {
    // What takes longest is a stream on its way between two workers: a millisecond or two after the ACK.
    for moment in 0..14_u64 {
        for who in 0..3 {
            let mut world = world(336 + moment % 4);
            world.media_delay = Duration::from_micros(300 + 2_000 * (moment % 3));
            let all = ["alice", "bob", "carol"].map(|one| world.dials(one, "800"));
            world.advance(Duration::from_micros(10_000 + moment * 7_300));
            world.hang_up(all[who]);
            world.advance(ms(8_000));
            let rest: Vec<&str> = ["alice", "bob", "carol"]
                .into_iter()
                .enumerate()
                .filter(|(n, _)| *n != who)
                .map(|(_, name)| name)
                .collect();
            assert_eq!(world.hearing_in("daily"), all_of(&rest), "{moment} {who}\n{}", world.ladder);
            all.into_iter().enumerate().filter(|(n, _)| *n != who).for_each(|(_, one)| world.hang_up(one));
            world.assert_quiescent();
        }
    }
}

#[test]
fn the_room_may_end_while_somebody_is_on_his_way_there_who_then_is_the_first_one() {
    for moment in 0..16_u64 {
        let mut world = world(341 + 2 * (moment % 2));
        world.media_delay = ms(3);
        let alice = world.dials("alice", "800");
        world.advance(ms(1_000));
        let bob = world.dials("bob", "800");
        world.advance(ms(10) + Duration::from_micros(moment * 2_500));
        if let Some(call) = world.node.board().room_call(RoomId::of("daily")) {
            world.input(node::Input::HangUp(call));
        }
        world.advance(ms(4_000));
        assert!(!matches!(world.standing(alice), Standing::Up), "{moment}: {}", world.ladder);
        let there = world.seats("daily");
        assert_eq!(there == 1, world.standing(bob) == Standing::Up, "{moment}: {}", world.ladder);
        if there == 1 {
            world.hang_up(bob);
        }
        world.assert_quiescent();
    }
}

#[test]
fn one_more_than_there_is_room_for_is_told_that_it_is_busy_and_so_is_a_guest_of_a_locked_room() {
    let mut world = world(350);
    let (alice, bob) = (world.dials("alice", "802"), world.dials("bob", "802"));
    world.advance(ms(1_000));
    let carol = world.dials("carol", "802");
    world.advance(ms(1_000));
    assert_eq!(world.standing(carol), Standing::Refused(486), "{}", world.ladder);
    assert_eq!(world.refusals("room full"), 1);
    world.hang_up(bob);
    world.advance(ms(1_000));
    world.obey_in("two", Verb::Lock { on: true });
    let carol = world.dials("carol", "802");
    world.advance(ms(1_000));
    assert_eq!((world.standing(carol), world.refusals("room locked")), (Standing::Refused(486), 1));
    world.obey_in("two", Verb::Lock { on: false });
    let carol = world.dials("carol", "802");
    assert_eq!(world.hearing_in("two"), all_of(&["alice", "carol"]), "{}", world.ladder);
    world.hang_up(alice);
    world.hang_up(carol);
    world.assert_quiescent();
}

#[test]
fn a_room_has_two_hundred_places_and_not_one_more() {
    let plan = format!("{PLAN}{ROOMS}").replace("calls_max = 50", "calls_max = 500");
    let mut world = world_of(352, &plan);
    let carrier = world.phone("carrier");
    world.agents[carrier].silent = true;
    let most = limits::ROOM as usize;
    let legs: Vec<LegId> = (0..most).map(|n| world.dial(&format!("+359888{n:06}"), DAILY)).collect();
    world.advance(ms(1_500));
    assert_eq!(world.seats("daily"), most);
    assert_eq!(world.node.board().running(), 1);
    let late = world.dial("+359889000000", DAILY);
    world.advance(ms(1_000));
    assert_eq!((world.standing((carrier, late)), world.refusals("room full")), (Standing::Refused(486), 1));
    world.hang_up((carrier, legs[7]));
    world.advance(ms(500));
    let next = world.dial("+359889000001", DAILY);
    world.advance(ms(500));
    assert_eq!((world.standing((carrier, next)), world.seats("daily")), (Standing::Up, most));
    let call = world.node.board().room_call(RoomId::of("daily")).expect("they are there");
    world.input(node::Input::HangUp(call));
    world.assert_quiescent();
    assert_eq!(world.records().len(), most + 2);
}

#[test]
fn a_pin_is_asked_for_three_times_and_who_goes_on_guessing_must_wait() {
    let mut world = world(354);
    let carrier = world.phone("carrier");
    let call = |world: &mut World| {
        let leg = world.dial("+359888123456", BOARD);
        world.advance(ms(1_000));
        (carrier, leg)
    };
    // Our own host is asked for none.
    let alice = world.dials("alice", "801");
    world.advance(ms(1_000));
    assert_eq!(world.seats("board"), 1, "{}", world.ladder);
    let right = call(&mut world);
    world.type_in(right, GUEST_PIN);
    assert_eq!(world.seats("board"), 1, "he has not said that it is all");
    world.type_in(right, "#");
    assert_eq!(world.hearing_in("board"), all_of(&["alice", "carrier"]), "{}", world.ladder);
    world.hang_up(right);
    let slow = call(&mut world);
    world.type_in(slow, GUEST_PIN);
    world.advance(ms(6_000));
    assert_eq!(world.seats("board"), 2, "no more digits came: {}", world.ladder);
    world.hang_up(slow);
    world.advance(ms(1_000));
    let wrong = call(&mut world);
    for _ in 0..2 {
        world.type_in(wrong, "1234#");
        world.advance(ms(1_000));
        assert_eq!(world.standing(wrong), Standing::Up, "{}", world.ladder);
    }
    world.type_in(wrong, "1234#");
    world.advance(ms(1_000));
    assert!(!matches!(world.standing(wrong), Standing::Up), "{}", world.ladder);
    assert_eq!((world.refusals("wrong room PINs"), world.seats("board")), (1, 1));
    // One more is one too many: he waits, and not even the right one is looked at.
    let again = call(&mut world);
    world.type_in(again, "1234#1234#");
    world.type_in(again, GUEST_PIN);
    world.type_in(again, "#");
    world.advance(ms(500));
    assert!(!matches!(world.standing(again), Standing::Up), "{}", world.ladder);
    let told = world.refusals("room PINs braked") + world.refusals("wrong room PINs");
    assert!(told >= 1 && world.seats("board") == 1, "{told}");
    world.advance(Duration::from_secs(10));
    let right = call(&mut world);
    world.type_in(right, GUEST_PIN);
    world.type_in(right, "#");
    world.advance(ms(500));
    assert_eq!(world.seats("board"), 2, "{}", world.ladder);
    world.hang_up(alice);
    world.hang_up(right);
    world.assert_quiescent();
    assert!(world.records().iter().all(|record| record.digits.is_empty()), "no PIN is in the account");
}

/// One at the door of the board, who has been asked for its PIN.
fn at_the_door(world: &mut World, caller: &str) -> Own {
    let carrier = world.phone("carrier");
    let leg = world.dial(caller, BOARD);
    world.advance(ms(1_000));
    (carrier, leg)
}

#[test]
fn the_brake_on_pins_is_lifted_by_command() {
    let mut world = world(371);
    let one = "+359888123456";
    for _ in 0..2 {
        let wrong = at_the_door(&mut world, one);
        world.type_in(wrong, "1111#1111#1111#");
        world.advance(ms(1_000));
    }
    let waits =
        |world: &World| world.node.board().held_by_pins(world.now()).map(|(held, _)| held.clone()).collect::<Vec<_>>();
    let seen = waits(&world);
    assert!(
        matches!(seen.as_slice(), [(room, Some(call::Guesser::Number(..)))] if *room == RoomId::of("board")),
        "{seen:?}"
    );
    assert!(!format!("{seen:?}").contains(one), "{seen:?}");
    let now = world.now();
    world.node.handle_input(now, node::Input::LiftPins);
    assert_eq!(waits(&world), []);
    let right = at_the_door(&mut world, one);
    world.type_in(right, GUEST_PIN);
    world.type_in(right, "#");
    world.advance(ms(500));
    assert_eq!(world.seats("board"), 1, "{}", world.ladder);
    world.hang_up(right);
    world.assert_quiescent();
}

#[test]
fn callers_who_tell_no_number_do_not_stand_in_each_others_way() {
    let mut world = world(372);
    for _ in 0..2 {
        let wrong = at_the_door(&mut world, "anonymous");
        world.type_in(wrong, "1111#1111#1111#");
        world.advance(ms(1_000));
    }
    let right = at_the_door(&mut world, "anonymous");
    world.type_in(right, GUEST_PIN);
    world.type_in(right, "#");
    world.advance(ms(500));
    assert_eq!(world.seats("board"), 1, "{}", world.ladder);
    world.hang_up(right);
    world.assert_quiescent();
}

/// The plan with other lines of the board.
fn with_board(board: &str) -> String {
    let whole = format!("{PLAN}{ROOMS}");
    let (before, rest) = whole.split_once("[[room]]\nname = \"board\"").expect("it is there");
    let (_, after) = rest.split_once("\n\n").expect("a block");
    format!("{before}{board}\n\n{after}")
}

#[test]
fn whoever_stands_at_a_door_when_a_reload_takes_the_room_is_not_let_in() {
    let gone = with_board("").replace("go = \"room:board\"", "go = \"room:two\"");
    for keys in ["#", "1111#", &format!("{GUEST_PIN}#")] {
        let mut world = world(373);
        let there = at_the_door(&mut world, "+359888123456");
        assert!(world.reload(&gone, None));
        world.type_in(there, keys);
        world.advance(ms(1_000));
        assert!(!matches!(world.standing(there), Standing::Up), "{keys}: {}", world.ladder);
        assert_eq!((world.refusals("no such room"), world.seats("board")), (1, 0), "{keys}");
        world.assert_quiescent();
    }
}

#[test]
fn whoever_stands_at_a_door_that_asks_for_nothing_any_more_is_let_in_whatever_he_types() {
    let open = with_board("[[room]]\nname = \"board\"\nextension = \"801\"");
    let mut world = world(374);
    let there = at_the_door(&mut world, "+359888123456");
    assert!(world.reload(&open, None));
    world.type_in(there, "1111#");
    world.advance(ms(1_000));
    assert_eq!(world.seats("board"), 1, "{}", world.ladder);
    world.hang_up(there);
    world.assert_quiescent();
}

#[test]
fn guests_wait_with_music_for_a_host_and_again_when_he_has_gone() {
    let mut world = world(356);
    let (alice, bob) = (world.dials("alice", "803"), world.dials("bob", "803"));
    world.advance(ms(1_000));
    for guest in [alice, bob] {
        world.type_in(guest, "#");
    }
    assert_eq!(world.seats("hosted"), 2, "{}", world.ladder);
    assert_eq!(world.heard(), ["alice hears a sound", "bob hears a sound"], "{}", world.ladder);
    assert!(world.room("hosted").is_some_and(|line| line.waits));
    let carol = world.dials("carol", "803");
    world.advance(ms(1_000));
    world.type_in(carol, HOST_PIN);
    world.type_in(carol, "#");
    assert_eq!(world.hearing_in("hosted"), all_of(&["alice", "bob", "carol"]), "{}", world.ladder);
    world.hang_up(carol);
    world.advance(ms(1_000));
    assert_eq!(world.heard(), ["alice hears a sound", "bob hears a sound"], "{}", world.ladder);
    world.hang_up(alice);
    world.hang_up(bob);
    world.assert_quiescent();
    let first = &world.records()[0];
    assert!(first.talked_ms < 5_000, "who waits does not talk: {first:?}");
}

#[test]
fn who_is_muted_is_heard_by_nobody_until_he_is_let_and_who_is_kicked_is_gone() {
    let mut world = world(358);
    let (alice, bob) = (world.dials("alice", "804"), world.dials("bob", "804"));
    world.advance(ms(1_000));
    let carol = world.dials("carol", "804");
    let only_alice: BTreeSet<String> = ["bob alice", "carol alice"].map(str::to_owned).into();
    assert_eq!(world.hearing_in("lecture"), only_alice, "guests come in muted: {}", world.ladder);
    let party = world.leg_in("lecture", "bob");
    world.obey_in("lecture", Verb::Mute { party, on: false });
    let mut with_bob = only_alice.clone();
    with_bob.extend(["alice bob", "carol bob"].map(str::to_owned));
    assert_eq!(world.hearing_in("lecture"), with_bob, "{}", world.ladder);
    let may = |world: &World, verb| {
        let call = world.node.board().room_call(RoomId::of("lecture")).expect("it runs");
        world.node.board().may(call, &verb)
    };
    assert_eq!(may(&world, Verb::Mute { party, on: false }), Err("he is not muted"));
    assert_eq!(may(&world, Verb::Hold { party, on: true }), Err("it is a room: mute him"));
    assert_eq!(may(&world, Verb::Lock { on: false }), Err("it is not locked"));
    assert_eq!(may(&world, Verb::Leave { party }), Err("it is a room: kick him"));
    world.obey_in("lecture", Verb::Kick { party });
    world.advance(ms(2_000));
    assert!(!matches!(world.standing(bob), Standing::Up), "{}", world.ladder);
    assert_eq!(world.hearing_in("lecture"), BTreeSet::from(["carol alice".to_owned()]), "{}", world.ladder);
    let party = world.leg_in("lecture", "alice");
    world.obey_in("lecture", Verb::Kick { party });
    world.hang_up(carol);
    world.assert_quiescent();
    let _ = alice;
    let recorded = world.ledger.iter().filter(|entry| matches!(entry, Entry::Captured(_))).count();
    assert_eq!(recorded, 1, "the room is recorded, once");
}

#[test]
fn a_call_that_is_no_room_has_no_doors_and_a_reload_leaves_those_who_talk_alone() {
    let mut world = world(360);
    let (alice, bob) = (world.dials("alice", "800"), world.dials("bob", "800"));
    world.advance(ms(1_000));
    assert!(world.reload(PLAN, None), "a plan without rooms");
    assert_eq!(world.hearing_in("daily"), all_of(&["alice", "bob"]), "{}", world.ladder);
    let carol = world.dials("carol", "800");
    world.advance(ms(1_000));
    assert!(matches!(world.standing(carol), Standing::Refused(_)), "nothing leads there: {}", world.ladder);
    world.hang_up(alice);
    world.hang_up(bob);
    let plain = world.dials("alice", "103");
    world.advance(ms(2_000));
    let call = world.node.board().inspect(world.now()).calls.last().expect("they talk").call;
    assert_eq!(world.node.board().may(call, &Verb::Lock { on: true }), Err("it is no room"));
    assert_eq!(world.node.board().may(call, &Verb::Mute { party: plain.1, on: true }), Err("it is no room"));
    assert_eq!(world.node.board().may(call, &Verb::Kick { party: plain.1 }), Err("it is no room"));
    world.hang_up(plain);
    world.assert_quiescent();
}

#[test]
fn who_was_in_a_room_and_how_long_is_in_the_account() {
    let mut world = world(361);
    let alice = world.dials("alice", "804");
    world.advance(ms(2_000));
    let bob = world.dials("bob", "804");
    let customer = world.brings("+359888123456", LECTURE);
    world.advance(ms(3_000));
    world.hang_up(alice);
    world.advance(ms(1_000));
    world.all_leave([bob, customer]);
    let told = world.ledger.iter().filter_map(|entry| match entry {
        Entry::Seated(seating) => {
            let long = seating.until?.ms_since(seating.since);
            Some((seating.nth, seating.leg, seating.number.reveal().as_str(), seating.host, seating.room, long / 500))
        }
        _ => None,
    });
    let lecture = RoomId::of("lecture");
    let mut told: Vec<_> = told.collect();
    told.sort_unstable();
    // A carrier is not asked for a password first.
    let wanted = [
        (0, Some(0), "alice", true, lecture, 9),
        (1, Some(1), "+359888123456", false, lecture, 7),
        (2, Some(2), "bob", false, lecture, 7),
    ];
    assert_eq!(told, wanted);
}
