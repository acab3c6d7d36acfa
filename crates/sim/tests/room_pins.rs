//! The PINs of conference rooms: three tries in a call, a brake on who goes on, and what a reload makes of whoever stands at
//! the door.

use sim::deeds::{Own, ms};
use sim::rooms::{BOARD, ROOMS, all_of, world};
use sim::scenario::PLAN;
use sim::{GUEST_PIN, Standing, World};
use std::time::Duration;
use terms::RoomId;

const CALLER: &str = "+359888123456";

/// One at the door of the board, who has been asked for its PIN.
fn at_the_door(world: &mut World, caller: &str) -> Own {
    let one = world.brings(caller, BOARD);
    world.advance(ms(1_000));
    one
}

/// He types this.
fn typed(world: &mut World, who: Own, keys: &str) {
    world.type_in(who, keys);
    world.advance(ms(500));
}

fn is_up(world: &World, who: Own) -> bool {
    world.standing(who) == Standing::Up
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
    assert_eq!(world.seats("board"), 1, "{}", world.ladder);
    world.all_leave([right]);
}

/// The plan with another board.
fn with_board(board: &str) -> String {
    let whole = format!("{PLAN}{ROOMS}");
    let (before, rest) = whole.split_once("[[room]]\nname = \"board\"").expect("it is there");
    let (_, after) = rest.split_once("\n\n").expect("a block");
    format!("{before}{board}\n\n{after}")
}

#[test]
fn a_pin_is_asked_for_three_times_and_who_goes_on_guessing_must_wait() {
    let mut world = world(354);
    // Our own host is asked for none.
    let alice = world.dials("alice", "801");
    world.advance(ms(1_000));
    assert_eq!(world.seats("board"), 1, "{}", world.ladder);
    let right = at_the_door(&mut world, CALLER);
    world.type_in(right, GUEST_PIN);
    assert_eq!(world.seats("board"), 1, "he has not said that it is all");
    world.type_in(right, "#");
    assert_eq!(world.hearing_in("board"), all_of(&["alice", "carrier"]), "{}", world.ladder);
    world.hang_up(right);
    let slow = at_the_door(&mut world, CALLER);
    world.type_in(slow, GUEST_PIN);
    world.advance(ms(6_000));
    assert_eq!(world.seats("board"), 2, "no more digits came: {}", world.ladder);
    world.hang_up(slow);
    world.advance(ms(1_000));
    let wrong = at_the_door(&mut world, CALLER);
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
    let again = at_the_door(&mut world, CALLER);
    world.type_in(again, "1234#1234#");
    world.type_in(again, GUEST_PIN);
    world.type_in(again, "#");
    world.advance(ms(500));
    assert!(!matches!(world.standing(again), Standing::Up), "{}", world.ladder);
    let told = world.refusals("room PINs braked") + world.refusals("wrong room PINs");
    assert!(told >= 1 && world.seats("board") == 1, "{told}");
    world.advance(Duration::from_secs(10));
    let right = at_the_door(&mut world, CALLER);
    world.type_in(right, GUEST_PIN);
    world.type_in(right, "#");
    world.advance(ms(500));
    assert_eq!(world.seats("board"), 2, "{}", world.ladder);
    world.hang_up(alice);
    world.hang_up(right);
    world.assert_quiescent();
    assert!(world.records().iter().all(|record| record.digits.is_empty()), "no PIN is in the account");
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
    let gone = with_board("").replace("go = \"room:board\"", "go = \"room:two\"");
    for keys in ["#", "1111#", &format!("{GUEST_PIN}#")] {
        let mut world = world(373);
        let there = at_the_door(&mut world, CALLER);
        assert!(world.reload(&gone, None));
        typed(&mut world, there, keys);
        assert!(!is_up(&world, there), "{keys}: {}", world.ladder);
        assert_eq!((world.refusals("no such room"), world.seats("board")), (1, 0), "{keys}");
        world.assert_quiescent();
    }
}

#[test]
fn whoever_stands_at_a_door_that_asks_for_nothing_any_more_is_let_in_whatever_he_types() {
    let open = with_board("[[room]]\nname = \"board\"\nextension = \"801\"");
    let mut world = world(374);
    let there = at_the_door(&mut world, CALLER);
    assert!(world.reload(&open, None));
    typed(&mut world, there, "1111#");
    assert_eq!(world.seats("board"), 1, "{}", world.ladder);
    world.all_leave([there]);
}
