//! The PINs of conference rooms: three tries in a call, a brake on who goes on, and what a reload makes of whoever stands at
//! the door.

use call::cdr::Entry;
use sim::scenario::{PLAN, prompts};
use sim::{Faults, GUEST_PIN, PhoneIndex, Standing, World};
use std::time::Duration;
use terms::{LegId, RoomId};

/// The room.
const ROOM: &str = "[[room]]\nname = \"board\"\nextension = \"801\"\n";
const PINS: &str = "pin = \"set aside\"\nhost_pin = \"set aside\"\nhosts = [\"phone:alice\"]\n";
/// What a carrier dials to get there.
const BOARD: &str = "+442079460005";
const ROUTE: &str = "[[route]]\nfrom = \"trunk:carrier\"\nto = \"+442079460005\"\ngo = \"room:board\"\n";
const CALLER: &str = "+359888123456";

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

fn world(seed: u64) -> World {
    let mut world = World::new(seed, &format!("{PLAN}{ROOM}{PINS}{ROUTE}"), prompts(), Faults::default());
    let all = |world: &World| world.agents.iter().skip(1).all(|agent| agent.registered == Some(200));
    assert!(world.wait_until(Duration::from_secs(70), all), "not everybody registered");
    world.ladder.clear();
    world
}

/// One at the door, who has been asked for the PIN.
fn at_the_door(world: &mut World, caller: &str) -> (PhoneIndex, LegId) {
    let carrier = world.phone("carrier");
    let leg = world.dial(caller, BOARD);
    world.advance(ms(1_000));
    (carrier, leg)
}

fn typed(world: &mut World, (phone, leg): (PhoneIndex, LegId), keys: &str) {
    for key in keys.chars() {
        world.act(phone, |agent, _| agent.press(leg, key));
        world.advance(ms(300));
    }
    world.advance(ms(500));
}

fn hang_up(world: &mut World, (phone, leg): (PhoneIndex, LegId)) {
    world.act(phone, |agent, now| agent.hang_up(now, leg));
}

fn is_up(world: &World, (phone, leg): (PhoneIndex, LegId)) -> bool {
    world.agents[phone].talks[&leg].standing == Standing::Up
}

fn seats(world: &World) -> usize {
    world.node.board().room(RoomId::of("board")).map_or(0, |line| line.seats.len())
}

fn refusals(world: &World, reason: &str) -> u64 {
    world.node.board().inspect(world.now()).refusals.get(reason).copied().unwrap_or(0)
}

/// Wrong PINs, as many as somebody types who would wait for long then, and not so many that everybody would.
fn guesses(world: &mut World, caller: &str) {
    for _ in 0..6 {
        let wrong = at_the_door(world, caller);
        if is_up(world, wrong) {
            typed(world, wrong, "1111#1111#1111#");
        }
    }
}

/// The right PIN lets him in.
fn comes_in(world: &mut World, caller: &str) {
    let right = at_the_door(world, caller);
    typed(world, right, &format!("{GUEST_PIN}#"));
    assert_eq!(seats(world), 1, "{}", world.ladder);
    hang_up(world, right);
    world.assert_quiescent();
}

#[test]
fn a_pin_is_asked_for_three_times_and_who_goes_on_guessing_must_wait() {
    let mut world = world(354);
    // Our own host is asked for none.
    let phone = world.phone("alice");
    let alice = (phone, world.act(phone, |agent, now| agent.dial(now, "801")));
    world.advance(ms(1_000));
    assert_eq!(seats(&world), 1, "{}", world.ladder);
    let right = at_the_door(&mut world, CALLER);
    typed(&mut world, right, GUEST_PIN);
    assert_eq!(seats(&world), 1, "he has not said that it is all");
    typed(&mut world, right, "#");
    assert_eq!(seats(&world), 2, "{}", world.ladder);
    hang_up(&mut world, right);
    let slow = at_the_door(&mut world, CALLER);
    typed(&mut world, slow, GUEST_PIN);
    world.advance(ms(6_000));
    assert_eq!(seats(&world), 2, "no more digits came: {}", world.ladder);
    hang_up(&mut world, slow);
    world.advance(ms(1_000));
    let wrong = at_the_door(&mut world, CALLER);
    for _ in 0..2 {
        typed(&mut world, wrong, "1234#");
        assert!(is_up(&world, wrong), "{}", world.ladder);
    }
    typed(&mut world, wrong, "1234#");
    assert!(!is_up(&world, wrong), "{}", world.ladder);
    assert_eq!((refusals(&world, "wrong room PINs"), seats(&world)), (1, 1));
    // One more is one too many: he waits, and not even the right one is looked at.
    let again = at_the_door(&mut world, CALLER);
    typed(&mut world, again, &format!("1234#1234#{GUEST_PIN}#"));
    assert!(!is_up(&world, again), "{}", world.ladder);
    let told = refusals(&world, "room PINs braked") + refusals(&world, "wrong room PINs");
    assert!(told >= 1 && seats(&world) == 1, "{told}");
    world.advance(Duration::from_secs(10));
    let right = at_the_door(&mut world, CALLER);
    typed(&mut world, right, &format!("{GUEST_PIN}#"));
    assert_eq!(seats(&world), 2, "{}", world.ladder);
    hang_up(&mut world, alice);
    hang_up(&mut world, right);
    world.assert_quiescent();
    let closed =
        world.ledger.iter().filter_map(|entry| if let Entry::Closed(record) = entry { Some(record) } else { None });
    assert!(closed.into_iter().all(|record| record.digits.is_empty()), "no PIN is in the account");
}

#[test]
fn the_brake_on_pins_is_lifted_by_command() {
    let mut world = world(371);
    guesses(&mut world, CALLER);
    let waits =
        |world: &World| world.node.board().held_by_pins(world.now()).map(|(held, _)| held.clone()).collect::<Vec<_>>();
    let seen = waits(&world);
    assert!(
        matches!(seen.as_slice(), [(room, Some(call::Guesser::Number(..)))] if *room == RoomId::of("board")),
        "{seen:?}"
    );
    assert!(!format!("{seen:?}").contains(CALLER), "{seen:?}");
    let now = world.now();
    world.node.handle_input(now, node::Input::LiftPins);
    assert_eq!(waits(&world), []);
    comes_in(&mut world, CALLER);
}

#[test]
fn callers_who_tell_no_number_do_not_stand_in_each_others_way() {
    let mut world = world(372);
    guesses(&mut world, "anonymous");
    comes_in(&mut world, "anonymous");
}

#[test]
fn whoever_stands_at_a_door_when_a_reload_takes_the_room_is_not_let_in() {
    for keys in ["#", "1111#", &format!("{GUEST_PIN}#")] {
        let mut world = world(373);
        let there = at_the_door(&mut world, CALLER);
        assert!(world.reload(PLAN, None));
        typed(&mut world, there, keys);
        assert!(!is_up(&world, there), "{keys}: {}", world.ladder);
        assert_eq!((refusals(&world, "no such room"), seats(&world)), (1, 0), "{keys}");
        world.assert_quiescent();
    }
}

#[test]
fn whoever_stands_at_a_door_that_asks_for_nothing_any_more_is_let_in_whatever_he_types() {
    let mut world = world(374);
    let there = at_the_door(&mut world, CALLER);
    assert!(world.reload(&format!("{PLAN}{ROOM}{ROUTE}"), None));
    typed(&mut world, there, "1111#");
    assert_eq!(seats(&world), 1, "{}", world.ladder);
    hang_up(&mut world, there);
    world.assert_quiescent();
}
