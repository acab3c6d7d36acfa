//! The PINs of rooms, and the brake on guessing them: who types wrong ones waits, longer from try to try; and so does a room
//! at which many are typed, whoever types them, since a number can be made up.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;
use terms::{Mono, PhoneId, RoomId, TrunkId, limits};

/// A PIN. It never shows in a log.
#[derive(Clone, PartialEq, Eq)]
pub struct Pin(String);

impl Pin {
    /// One of these digits.
    pub fn new(digits: String) -> Pin {
        Pin(digits)
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
pub(crate) enum Guesser {
    Phone(PhoneId),
    Number(TrunkId, String),
    /// Whoever it is: a room is guarded by itself, too.
    Anybody(RoomId),
}

/// What was typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Typed {
    Guest,
    Host,
    Wrong,
    /// It was not looked at: he must wait first, or everybody must who comes to this room.
    Held,
}

/// How many wrong ones cost nothing, and how long one waits after the next: doubled by each further one, up to this.
struct Patience {
    free: u32,
    longest: Duration,
}

/// One who mistypes has three tries in a call.
const CALLER: Patience = Patience { free: 3, longest: Duration::from_secs(300) };
/// Everybody else must wait, too, then: so it is not for long.
const ROOM: Patience = Patience { free: 20, longest: Duration::from_secs(30) };
/// After so long without a wrong one everything is forgotten.
const FORGIVEN: Duration = Duration::from_secs(1_800);

#[derive(Clone, Copy, Debug)]
struct Guesses {
    wrong: u32,
    last: Mono,
    until: Mono,
}

/// The PINs, and who has typed wrong ones lately.
#[derive(Debug, Default)]
pub(crate) struct Door {
    pins: Pins,
    guesses: BTreeMap<Guesser, Guesses>,
}

impl Door {
    /// The PINs from now on.
    pub fn take(&mut self, pins: Pins) {
        self.pins = pins;
    }

    /// Whether nothing that he types is looked at now.
    pub fn is_held(&self, now: Mono, room: RoomId, guesser: &Guesser) -> bool {
        let held = |guesser| self.guesses.get(guesser).is_some_and(|guesses: &Guesses| now < guesses.until);
        held(guesser) || held(&Guesser::Anybody(room))
    }

    /// Somebody has typed this.
    pub fn typed(&mut self, now: Mono, room: RoomId, guesser: Guesser, digits: &str) -> Typed {
        if self.is_held(now, room, &guesser) {
            return Typed::Held;
        }
        let pins = self.pins.get(&room).cloned().unwrap_or_default();
        let fits = |pin: &Option<Pin>| pin.as_ref().is_some_and(|pin| same(pin.0.as_bytes(), digits.as_bytes()));
        if fits(&pins.host) || fits(&pins.guest) {
            self.guesses.remove(&guesser);
            return if fits(&pins.host) { Typed::Host } else { Typed::Guest };
        }
        if digits.is_empty() {
            return if pins.guest.is_none() { Typed::Guest } else { Typed::Wrong };
        }
        self.wrong(now, guesser, &CALLER);
        self.wrong(now, Guesser::Anybody(room), &ROOM);
        Typed::Wrong
    }

    fn wrong(&mut self, now: Mono, guesser: Guesser, patience: &Patience) {
        let quiet = |guesses: &Guesses| now.since(guesses.last) >= FORGIVEN;
        if self.guesses.len() >= limits::PIN_GUESSERS && !self.guesses.contains_key(&guesser) {
            self.guesses.retain(|_, guesses| !quiet(guesses));
            let longest =
                self.guesses.iter().min_by_key(|(_, guesses)| guesses.last).map(|(guesser, _)| guesser.clone());
            longest.filter(|_| self.guesses.len() >= limits::PIN_GUESSERS).map(|longest| self.guesses.remove(&longest));
        }
        let guesses = self.guesses.entry(guesser).or_insert(Guesses { wrong: 0, last: now, until: now });
        guesses.wrong = if quiet(guesses) { 1 } else { guesses.wrong.saturating_add(1) };
        let beyond = guesses.wrong.saturating_sub(patience.free);
        let pause = if beyond == 0 { Duration::ZERO } else { Duration::from_secs(1 << (beyond - 1).min(16)) };
        (guesses.last, guesses.until) = (now, now + pause.min(patience.longest));
    }
}

/// In the same time, wherever they differ.
fn same(one: &[u8], other: &[u8]) -> bool {
    let differ = one.iter().zip(other).fold(0, |differ, (one, other)| differ | (one ^ other));
    one.len() == other.len() && differ == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOM_1: RoomId = RoomId(1);

    fn door(guest: Option<&str>, host: Option<&str>) -> Door {
        let pin = |digits: Option<&str>| digits.map(|digits| Pin::new(digits.to_owned()));
        let mut door = Door::default();
        door.take(Pins::from([(ROOM_1, RoomPins { guest: pin(guest), host: pin(host) })]));
        door
    }

    fn at(seconds: u64) -> Mono {
        Mono::from_micros(seconds * 1_000_000)
    }

    fn caller(n: u64) -> Guesser {
        Guesser::Phone(PhoneId(n))
    }

    #[test]
    fn who_guesses_waits_longer_from_try_to_try_and_nobody_else_does() {
        let mut door = door(Some("4711"), None);
        for _ in 0..3 {
            assert_eq!(door.typed(at(0), ROOM_1, caller(1), "1234"), Typed::Wrong);
        }
        assert_eq!(door.typed(at(0), ROOM_1, caller(1), "1235"), Typed::Wrong, "the fourth costs a second");
        assert_eq!(door.typed(at(0), ROOM_1, caller(1), "4711"), Typed::Held, "not even the right one is looked at");
        assert_eq!(door.typed(at(0), ROOM_1, caller(2), "4711"), Typed::Guest);
        let mut now = 1;
        for pause in [2, 4, 8, 16, 32, 64, 128, 256, 300, 300] {
            assert_eq!(door.typed(at(now), ROOM_1, caller(1), "1236"), Typed::Wrong);
            assert_eq!(door.typed(at(now + pause - 1), ROOM_1, caller(1), "4711"), Typed::Held, "{pause}");
            now += pause;
        }
        assert_eq!(door.typed(at(now), ROOM_1, caller(1), "4711"), Typed::Guest, "the right one forgives");
        assert_eq!(door.typed(at(now), ROOM_1, caller(1), "1"), Typed::Wrong);
        assert!(!door.is_held(at(now), ROOM_1, &caller(1)));
    }

    #[test]
    fn a_room_is_guarded_against_many_who_guess_once_each_and_is_open_again_soon() {
        let mut door = door(Some("4711"), None);
        let wrong = (0..1_000).filter(|n| door.typed(at(0), ROOM_1, caller(*n), "0000") == Typed::Wrong).count();
        assert_eq!(wrong, 21);
        assert_eq!(door.typed(at(0), ROOM_1, caller(5_000), "4711"), Typed::Held);
        assert_eq!(door.typed(at(1), ROOM_1, caller(5_000), "4711"), Typed::Guest);
        assert!(!door.is_held(at(0), RoomId(2), &caller(5_000)), "another room");
        let pause = |door: &Door| door.guesses[&Guesser::Anybody(ROOM_1)].until.since(at(100));
        for n in 0..20 {
            door.wrong(at(100), caller(n), &CALLER);
            door.wrong(at(100), Guesser::Anybody(ROOM_1), &ROOM);
        }
        assert_eq!(pause(&door), ROOM.longest);
    }

    #[test]
    fn what_is_kept_of_guessers_is_bounded_and_the_quiet_ones_are_forgotten() {
        let mut door = door(Some("4711"), None);
        for n in 0..2 * limits::PIN_GUESSERS as u64 {
            door.wrong(Mono::from_micros(n), caller(n), &CALLER);
        }
        assert_eq!(door.guesses.len(), limits::PIN_GUESSERS);
        assert!(door.guesses.contains_key(&caller(2 * limits::PIN_GUESSERS as u64 - 1)));
        assert!(!door.guesses.contains_key(&caller(0)));
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
