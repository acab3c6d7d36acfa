//! One who is in a conference room gives his seat to somebody else, or puts the room on hold: the others go on.

use call::cdr::{Entry, Outcome};
use media::Sound;
use sim::deeds::{faults, ms, under_each_fault};
use sim::rooms::{DAILY, all_of, world};
use sim::scenario::CAROL;
use sim::{Standing, Then, World};
use std::collections::BTreeSet;
use terms::PromptId;

/// Alice, bob and a customer meet; carol answers after a second.
fn meeting(seed: u64) -> World {
    let mut world = world(seed);
    world.conduct("carol", 1_000, Then::Answer);
    world.dials("alice", "800");
    world.advance(ms(300));
    world.dials("bob", "800");
    world.brings("+359888123456", DAILY);
    world.advance(ms(1_500));
    assert_eq!(world.hearing_in("daily"), all_of(&["alice", "bob", "carrier"]), "{}", world.ladder);
    world
}

/// All of these hang up, and nothing is left over.
fn end(world: &mut World, them: &[&str]) {
    them.iter().for_each(|who| world.hangs_up(who));
    world.assert_quiescent();
}

#[test]
fn another_has_his_seat_once_he_has_answered_and_until_then_he_is_there() {
    let messages = under_each_fault(
        || meeting(380),
        |world| {
            let bob = world.refers("bob", "103");
            world.advance(ms(400));
            assert!(world.hearing_in("daily").is_superset(&all_of(&["alice", "bob", "carrier"])), "{}", world.ladder);
            world.advance(ms(8_000));
            assert_eq!(world.hearing_in("daily"), all_of(&["alice", "carol", "carrier"]), "{}", world.ladder);
            assert_ne!(world.standing(bob), Standing::Up, "{}", world.ladder);
            assert!(world.told(bob).contains(&202), "{}", world.ladder);
            end(world, &["alice", "carol", "carrier"]);
            let room = &world.records()[0];
            assert_eq!((room.outcome, room.talked_ms > 9_000), (Outcome::Answered, true), "{room:?}");
        },
    );
    assert!((8..24).contains(&messages), "{messages}");
}

#[test]
fn who_is_told_how_it_goes_stays_where_nobody_takes_it() {
    for (then, last) in [(Then::Refuse(486), 486), (Then::Refuse(603), 603), (Then::Answer, 200)] {
        let mut world = meeting(381);
        world.conduct("carol", 500, then);
        let bob = world.refers("bob", "103");
        world.advance(ms(200));
        world.refers("bob", "101");
        world.advance(ms(2_000));
        // One after the other: the second wish is not done.
        let mut told = world.told(bob).to_vec();
        told.retain(|status| *status > 180);
        told.sort_unstable();
        let mut wanted = [202, 491, last];
        wanted.sort_unstable();
        assert_eq!(told, wanted, "{}", world.ladder);
        let third = if last == 200 { "carol" } else { "bob" };
        assert_eq!(world.hearing_in("daily"), all_of(&["alice", third, "carrier"]), "{}", world.ladder);
        end(&mut world, &["alice", third, "carrier"]);
    }
}

#[test]
fn whoever_hangs_up_at_any_moment_meanwhile_leaves_the_others_to_each_other() {
    for (who, step) in
        ["alice", "bob", "carol", "carrier"].into_iter().flat_map(|who| (0..9).map(move |step| (who, step)))
    {
        let mut world = meeting(382 + step % 2);
        world.conduct("carol", 40, Then::Answer);
        world.refers("bob", "103");
        world.advance(ms(step * step * 2));
        world.assert_wired_as_said();
        let phone = world.phone(who);
        if world.agents[phone].current().is_some() {
            world.hangs_up(who);
        }
        world.advance(ms(3_000));
        let there: Vec<&str> = ["alice", "bob", "carol", "carrier"]
            .into_iter()
            .filter(|one| world.agents[world.phone(one)].current().is_some())
            .collect();
        let others = there.iter().filter(|one| ["alice", "carrier"].contains(one)).count();
        assert_eq!(others, if ["alice", "carrier"].contains(&who) { 1 } else { 2 }, "{who} {step}\n{}", world.ladder);
        let seat = there.iter().filter(|one| ["bob", "carol"].contains(one)).count();
        assert!(seat == 1 || seat == 0 && who == "carol", "{who} {step}\n{}", world.ladder);
        assert_eq!(world.hearing_in("daily"), all_of(&there), "{who} {step}\n{}", world.ladder);
        end(&mut world, &there);
    }
}

#[test]
fn where_all_have_gone_nobody_rings_on() {
    let mut world = meeting(384);
    world.conduct("carol", 60_000, Then::RingOn);
    world.refers("bob", "103");
    world.advance(ms(500));
    for who in ["bob", "alice"] {
        world.hangs_up(who);
        world.advance(ms(500));
        assert!(world.agents[world.phone("carol")].current().is_some(), "it rings on for the room\n{}", world.ladder);
    }
    end(&mut world, &["carrier"]);
}

#[test]
fn a_seat_is_for_one_who_can_be_rung_and_a_lock_keeps_out_whomever_a_guest_would_bring() {
    let mut world = meeting(385);
    let bob = world.refers("bob", "801");
    world.advance(ms(500));
    assert_eq!(world.told(bob), [603], "from one room to another\n{}", world.ladder);
    world.obey_in("daily", call::Verb::Lock { on: true });
    world.refers("bob", "103");
    world.advance(ms(500));
    assert_eq!(world.told(bob), [603, 603], "{}", world.ladder);
    assert_eq!(world.refusals("a seat in a room for nobody"), 2);
    end(&mut world, &["alice", "bob", "carrier"]);
}

#[test]
fn whom_he_has_at_another_leg_comes_in_for_him_from_whatever_worker_and_by_whichever_of_the_two() {
    for (seed, by_room) in (386..390).flat_map(|seed| [(seed, false), (seed, true)]) {
        let mut world = world(seed);
        world.conduct("carol", 200, Then::Answer);
        world.dials("alice", "800");
        let seat = world.dials("carol", "800");
        world.advance(ms(1_000));
        let customer = world.brings("+359888123456", CAROL);
        world.advance(ms(2_000));
        let own = world.own("carol");
        assert_ne!(own, seat);
        let (within, other) = if by_room { (seat.1, own.1) } else { (own.1, seat.1) };
        world.act(seat.0, |agent, now| agent.refer_to(now, within, other));
        world.advance(ms(2_000));
        assert_eq!(world.hearing_in("daily"), all_of(&["alice", "carrier"]), "{seed} {by_room}\n{}", world.ladder);
        assert_eq!(world.told((seat.0, within)), [202, 100, 200], "{seed} {by_room}\n{}", world.ladder);
        assert_eq!(
            world.agents[customer.0].talks[&customer.1].heard.ssrcs.len(),
            1,
            "one voice, as far as he can tell"
        );
        end(&mut world, &["alice", "carrier"]);
    }
}

#[test]
fn whatever_one_fault_does_to_it_he_comes_in_or_is_left_where_he_was() {
    for (nth, fault) in faults(12) {
        let mut world = world(390);
        world.conduct("carol", 200, Then::Answer);
        world.dials("alice", "800");
        let seat = world.dials("carol", "800");
        world.advance(ms(1_000));
        world.brings("+359888123456", CAROL);
        world.advance(ms(2_000));
        let own = world.own("carol");
        world.meet(nth, fault);
        world.act(seat.0, |agent, now| agent.refer_to(now, own.1, seat.1));
        world.advance(ms(8_000));
        assert_eq!(world.hearing_in("daily"), all_of(&["alice", "carrier"]), "{nth} {fault:?}\n{}", world.ladder);
        end(&mut world, &["alice", "carrier"]);
    }
}

#[test]
fn another_device_of_his_takes_his_seat() {
    let mut world = meeting(391);
    let bob = world.own("bob");
    let second = world.add_device("bob");
    world.advance(ms(1_000));
    let replaces = world.agents[bob.0].dialog(bob.1).expect("it is up");
    let taken = world.act(second, |agent, now| agent.take_over(now, "800", replaces));
    world.advance(ms(1_000));
    assert_eq!(
        (world.standing((second, taken)), world.standing(bob)),
        (Standing::Up, Standing::Over),
        "{}",
        world.ladder
    );
    assert_eq!(world.hearing_in("daily"), all_of(&["alice", "bob", "carrier"]), "{}", world.ladder);
    world.hang_up((second, taken));
    end(&mut world, &["alice", "carrier"]);
}

#[test]
fn who_holds_the_room_is_not_heard_and_hears_nothing_and_the_others_go_on() {
    under_each_fault(
        || meeting(392),
        |world| {
            let (phone, leg) = world.own("bob");
            world.act(phone, |agent, now| agent.hold(now, leg, true));
            world.advance(ms(4_000));
            assert_eq!(world.hearing_in("daily"), all_of(&["alice", "carrier"]), "{}", world.ladder);
            assert!(world.agents[phone].talks[&leg].is_speaking(), "music of his own phone goes nowhere");
            let room = world.room("daily").expect("they are there");
            assert_eq!(room.seats.iter().filter(|seat| seat.holds).count(), 1);
            world.act(phone, |agent, now| agent.hold(now, leg, false));
            world.advance(ms(4_000));
            assert_eq!(world.hearing_in("daily"), all_of(&["alice", "bob", "carrier"]), "{}", world.ladder);
            end(world, &["alice", "bob", "carrier"]);
        },
    );
}

#[test]
fn who_is_alone_with_one_who_holds_hears_the_music_of_the_room_and_a_chime_does_not_wait_for_who_is_back() {
    let mut world = meeting(393);
    world.hangs_up("carrier");
    let (phone, leg) = world.own("bob");
    world.act(phone, |agent, now| agent.hold(now, leg, true));
    world.advance(ms(1_000));
    assert_eq!(world.heard(), ["alice hears a sound"], "{}", world.ladder);
    assert_eq!(world.hearing_in("daily"), BTreeSet::new(), "{}", world.ladder);
    assert_eq!(sound(&world, "alice"), Some(Sound::Prompt(PromptId::of("welcome.wav"))));
    world.brings("+359888123457", DAILY);
    world.advance(ms(2_000));
    world.act(phone, |agent, now| agent.hold(now, leg, false));
    world.advance(ms(100));
    assert_eq!(sound(&world, "bob"), None, "{}", world.ladder);
    assert_eq!(world.hearing_in("daily"), all_of(&["alice", "bob", "carrier"]), "{}", world.ladder);
    end(&mut world, &["alice", "bob", "carrier"]);
}

/// What is played to somebody.
fn sound(world: &World, who: &str) -> Option<Sound> {
    let sheet = world.node.board().sheet(world.now(), world.room_call("daily")).expect("it runs");
    let leg = world.leg_in("daily", who);
    sheet.parties.iter().find(|line| line.leg == leg).expect("he is in it").sound
}

#[test]
fn who_has_the_seat_of_another_is_recorded_where_that_one_was() {
    let mut world = world(394);
    world.conduct("carol", 200, Then::Answer);
    world.dials("alice", "804");
    world.advance(ms(500));
    world.dials("bob", "804");
    world.advance(ms(1_000));
    let party = world.leg_in("lecture", "bob");
    world.obey_in("lecture", call::Verb::Mute { party, on: false });
    world.advance(ms(1_000));
    world.refers("bob", "103");
    world.advance(ms(2_000));
    assert_eq!(world.hearing_in("lecture"), all_of(&["alice", "carol"]), "she is let, as he was: {}", world.ladder);
    end(&mut world, &["alice", "carol"]);
    let captured =
        world.ledger.iter().find_map(|entry| if let Entry::Captured(one) = entry { Some(one) } else { None });
    let sides = captured.expect("it is recorded").tracks.iter().map(|track| (track.side, track.leg));
    // Bob is on the right side once he is let, and then carol, for as long as somebody hears her.
    assert_eq!(
        sides.collect::<Vec<_>>(),
        [(0, Some(0)), (1, Some(1)), (1, None), (1, Some(1)), (1, Some(2)), (1, None)]
    );
}
