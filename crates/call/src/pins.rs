//! The PINs of rooms, and who may try them: who types wrong ones at a room waits, and so does everybody at a room at which many
//! are typed, since a number can be made up. How long is decided by the brake that all PINs have ([`terms::Guesses`]).

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;
use terms::{Guesses, Mono, Patience, PhoneId, Pii, RoomId, TrunkId, Waits, is_same};

/// A PIN. It never shows in a log.
#[derive(Clone, PartialEq, Eq)]
pub struct Pin(String);

impl Pin {
    /// One of these digits.
    pub fn new(digits: String) -> Pin {
        Pin(digits)
    }

    fn is(&self, digits: &str) -> bool {
        is_same(self.0.as_bytes(), digits.as_bytes())
    }
}

impl fmt::Debug for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pin(***)")
    }
}

/// What is typed at the door of a room.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RoomPins {
    /// By a guest.
    pub guest: Option<Pin>,
    /// By a host.
    pub host: Option<Pin>,
}

/// The PINs of all rooms that have any.
pub type Pins = BTreeMap<RoomId, RoomPins>;

/// Who types PINs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Guesser {
    /// One of ours.
    Phone(PhoneId),
    /// Somebody whom a carrier brings, by the number that it tells of him.
    Number(TrunkId, Pii<String>),
}

/// Whom a wrong PIN is held against: the one who typed it at this room, or everybody there (absent).
pub type Held = (RoomId, Option<Guesser>);

/// What was typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Typed {
    Guest,
    Host,
    Wrong,
    /// It was not looked at: he must wait first, or everybody must who comes to this room.
    Held,
}

/// One who mistypes has three tries in a call.
const CALLER: Patience = Patience { free: 3, longest: Duration::from_secs(300) };
/// Everybody else must wait, too, then: so it is not for long.
const ROOM: Patience = Patience { free: 20, longest: Duration::from_secs(30) };

/// The PINs, and who has typed wrong ones lately.
#[derive(Debug, Default)]
pub(crate) struct Door {
    pins: Pins,
    guesses: Guesses<Held>,
}

/// Those against whom a try at a room counts. Who tells no number is one of many who do not: he has no brake of his own.
fn concerned(room: RoomId, guesser: Option<&Guesser>) -> impl Iterator<Item = Held> {
    let himself = guesser.map(|guesser| (room, Some(guesser.clone())));
    himself.into_iter().chain([(room, None)])
}

impl Door {
    /// The PINs from now on.
    pub fn take(&mut self, pins: Pins) {
        self.pins = pins;
    }

    /// Whether nothing that he types is looked at now.
    pub fn is_held(&self, now: Mono, room: RoomId, guesser: Option<&Guesser>) -> bool {
        concerned(room, guesser).any(|held| self.guesses.pause(&held, now).is_some())
    }

    /// Somebody has typed this.
    pub fn typed(&mut self, now: Mono, room: RoomId, guesser: Option<Guesser>, digits: &str) -> Typed {
        if self.is_held(now, room, guesser.as_ref()) {
            concerned(room, guesser.as_ref()).for_each(|held| self.guesses.held(&held));
            return Typed::Held;
        }
        // A room of which no PIN is known any more is shut, not open.
        let Some(pins) = self.pins.get(&room) else { return Typed::Wrong };
        let is = |pin: &Option<Pin>| pin.as_ref().is_some_and(|pin| pin.is(digits));
        let typed = match (is(&pins.host), is(&pins.guest)) {
            (true, _) => Typed::Host,
            (_, true) => Typed::Guest,
            _ if digits.is_empty() => return if pins.guest.is_none() { Typed::Guest } else { Typed::Wrong },
            _ => Typed::Wrong,
        };
        match typed {
            Typed::Wrong => self.wrong(now, room, guesser),
            // A guest's PIN says nothing of the hosts': else whoever has it could guess that one without end.
            Typed::Guest if pins.host.is_some() => {}
            // Himself alone: the room is forgiven by nobody.
            _ if guesser.is_some() => self.guesses.forgive(&(room, guesser)),
            _ => {}
        }
        typed
    }

    /// Who waits, or had to a while ago.
    pub fn held_by_pins(&self, now: Mono) -> impl Iterator<Item = (&Held, Waits)> {
        self.guesses.waiting(now)
    }

    /// Forgets the wrong ones.
    pub fn lift(&mut self, now: Mono) {
        self.guesses.lift(now);
    }

    fn wrong(&mut self, now: Mono, room: RoomId, guesser: Option<Guesser>) {
        for held in concerned(room, guesser.as_ref()) {
            let patience = if held.1.is_some() { &CALLER } else { &ROOM };
            self.guesses.wrong(held, patience, now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOM_1: RoomId = RoomId(1);
    const ROOM_2: RoomId = RoomId(2);

    fn door(guest: Option<&str>, host: Option<&str>) -> Door {
        let pin = |digits: Option<&str>| digits.map(|digits| Pin::new(digits.to_owned()));
        let pins = RoomPins { guest: pin(guest), host: pin(host) };
        let mut door = Door::default();
        door.take(Pins::from([(ROOM_1, pins.clone()), (ROOM_2, pins)]));
        door
    }

    fn at(seconds: u64) -> Mono {
        Mono::from_micros(seconds * 1_000_000)
    }

    fn caller(n: u64) -> Option<Guesser> {
        Some(Guesser::Phone(PhoneId(n)))
    }

    /// What becomes of somebody's wrong ones, one after another.
    fn wrong(door: &mut Door, secs: u64, room: RoomId, guesser: Option<Guesser>, times: usize) {
        for nth in 0..times {
            assert_eq!(door.typed(at(secs), room, guesser.clone(), "0000"), Typed::Wrong, "{nth}");
        }
    }

    #[test]
    fn who_guesses_waits_longer_from_try_to_try_and_nobody_else_does() {
        let mut door = door(Some("4711"), None);
        wrong(&mut door, 0, ROOM_1, caller(1), 4);
        assert_eq!(door.typed(at(0), ROOM_1, caller(1), "4711"), Typed::Held, "not even the right one is looked at");
        assert_eq!(door.typed(at(0), ROOM_1, caller(2), "4711"), Typed::Guest);
        let mut now = 1;
        for pause in [2, 4, 8, 16, 32, 64, 128, 256, 300, 300] {
            assert_eq!(door.typed(at(now), ROOM_1, caller(1), "1236"), Typed::Wrong);
            assert_eq!(door.typed(at(now + pause - 1), ROOM_1, caller(1), "4711"), Typed::Held, "{pause}");
            now += pause;
        }
        assert_eq!(door.typed(at(now), ROOM_1, caller(1), "4711"), Typed::Guest, "the right one forgives");
        wrong(&mut door, now, ROOM_1, caller(1), 1);
        assert!(!door.is_held(at(now), ROOM_1, caller(1).as_ref()));
    }

    #[test]
    fn a_room_is_guarded_against_many_who_guess_once_each_and_is_open_again_soon() {
        let mut door = door(Some("4711"), None);
        let tries = (0..1_000).filter(|n| door.typed(at(0), ROOM_1, caller(*n), "0000") == Typed::Wrong).count();
        assert_eq!(tries, 21);
        assert_eq!(door.typed(at(0), ROOM_1, caller(5_000), "4711"), Typed::Held);
        assert_eq!(door.typed(at(1), ROOM_1, caller(5_000), "4711"), Typed::Guest);
        assert!(!door.is_held(at(0), ROOM_2, caller(5_000).as_ref()), "another room");
        (0..20).for_each(|n| door.wrong(at(100), ROOM_1, caller(n)));
        assert_eq!(door.guesses.pause(&(ROOM_1, None), at(100)), Some(ROOM.longest));
    }

    #[test]
    fn the_guests_pin_forgives_nothing_where_the_hosts_could_be_guessed_beside_it() {
        let mut both = door(Some("4711"), Some("2222"));
        wrong(&mut both, 0, ROOM_1, caller(1), 3);
        assert_eq!(both.typed(at(0), ROOM_1, caller(1), "4711"), Typed::Guest);
        wrong(&mut both, 0, ROOM_1, caller(1), 1);
        assert_eq!(both.typed(at(0), ROOM_1, caller(1), "2222"), Typed::Held);
        assert_eq!(both.typed(at(1), ROOM_1, caller(1), "2222"), Typed::Host);
        wrong(&mut both, 1, ROOM_1, caller(1), 3);
        assert_eq!(both.typed(at(1), ROOM_1, caller(1), "4711"), Typed::Guest, "the hosts' forgives");
        let mut hosts = door(None, Some("2222"));
        wrong(&mut hosts, 0, ROOM_1, caller(1), 3);
        assert_eq!(hosts.typed(at(0), ROOM_1, caller(1), ""), Typed::Guest);
        wrong(&mut hosts, 0, ROOM_1, caller(1), 1);
        assert_eq!(hosts.typed(at(0), ROOM_1, caller(1), ""), Typed::Held, "nothing at all forgives nothing, too");
    }

    #[test]
    fn whoever_knows_the_pin_of_one_room_is_not_forgiven_at_another() {
        let mut door = door(Some("4711"), None);
        wrong(&mut door, 0, ROOM_2, caller(1), 4);
        assert_eq!(door.typed(at(0), ROOM_1, caller(1), "4711"), Typed::Guest);
        assert_eq!(door.typed(at(0), ROOM_2, caller(1), "4711"), Typed::Held);
    }

    #[test]
    fn who_tells_no_number_stands_in_nobodys_way_before_the_whole_room_waits() {
        let mut door = door(Some("4711"), None);
        wrong(&mut door, 0, ROOM_1, None, 20);
        assert_eq!(door.typed(at(0), ROOM_1, None, "4711"), Typed::Guest);
        wrong(&mut door, 0, ROOM_1, None, 1);
        assert_eq!(door.typed(at(0), ROOM_1, None, "4711"), Typed::Held);
    }

    #[test]
    fn a_room_of_which_a_reload_has_taken_the_pins_is_shut_and_stays_as_long_as_it_was_braked() {
        let mut door = door(Some("4711"), None);
        let pins = std::mem::take(&mut door.pins);
        assert_eq!(["", "4711"].map(|typed| door.typed(at(0), ROOM_1, caller(1), typed)), [Typed::Wrong; 2]);
        door.take(pins.clone());
        wrong(&mut door, 0, ROOM_1, caller(1), 4);
        door.take(pins);
        assert_eq!(door.typed(at(0), ROOM_1, caller(1), "4711"), Typed::Held);
    }

    #[test]
    fn those_who_wait_are_seen_until_it_is_lifted() {
        let mut door = door(Some("4711"), None);
        wrong(&mut door, 0, ROOM_1, caller(1), 4);
        assert_eq!(door.typed(at(0), ROOM_1, caller(1), "4711"), Typed::Held);
        let seen: Vec<_> =
            door.held_by_pins(at(0)).map(|(held, waits)| (held.clone(), waits.wrong, waits.held)).collect();
        assert_eq!(seen, [((ROOM_1, caller(1)), 4, 1)]);
        door.lift(at(0));
        assert_eq!(door.typed(at(0), ROOM_1, caller(1), "4711"), Typed::Guest);
    }

    #[test]
    fn a_host_and_a_guest_have_each_their_own_and_nothing_is_a_guest_where_only_hosts_have_one() {
        let mut both = door(Some("1111"), Some("2222"));
        let typed = |door: &mut Door, digits| door.typed(at(0), ROOM_1, caller(1), digits);
        assert_eq!(typed(&mut both, "1111"), Typed::Guest);
        assert_eq!(typed(&mut both, "2222"), Typed::Host);
        assert_eq!(typed(&mut both, ""), Typed::Wrong);
        assert_eq!(typed(&mut both, "11112222"), Typed::Wrong);
        let mut hosts = door(None, Some("2222"));
        assert_eq!(typed(&mut hosts, ""), Typed::Guest);
        assert_eq!(typed(&mut hosts, "1"), Typed::Wrong);
        assert_eq!(format!("{both:?}").matches("1111").count(), 0, "{both:?}");
    }
}
