//! Keys as RFC 4733 sends them. A key is told once, when its first packet arrives, whichever of its packets that is.
//! All packets of one press carry the same RTP timestamp, as a rule; senders that count time badly are understood by the
//! event code, the E bit and the sequence number. Detection of tones within the sound is left to others.

use terms::{Mono, limits};

/// RFC 4733 2.5.1.3: an event longer than this goes on in a new segment with a later timestamp.
const SEGMENT_TICKS: u32 = 0xffff;
/// How loud the tone is that stands for a key of ours: -10 dBm0 (RFC 4733 2.3).
const VOLUME: u8 = 10;
const KEYS: &[u8; 16] = b"0123456789*#ABCD";

/// The payload of a telephone-event packet (RFC 4733 2.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TelephoneEvent {
    /// The event code; 0-15 are the keys.
    pub(crate) code: u8,
    /// The key was released.
    pub(crate) end: bool,
    /// How long it has lasted since the packet's timestamp, in RTP ticks.
    pub(crate) duration: u16,
}

impl TelephoneEvent {
    /// Reads the first event of a payload.
    pub(crate) fn parse(payload: &[u8]) -> Option<TelephoneEvent> {
        let &[code, flags, high, low] = payload.first_chunk::<4>()?;
        Some(TelephoneEvent { code, end: flags & 0x80 != 0, duration: u16::from_be_bytes([high, low]) })
    }

    /// The event for a key.
    pub(crate) fn code(key: char) -> Option<u8> {
        let code = KEYS.iter().position(|known| char::from(*known) == key)?;
        u8::try_from(code).ok()
    }

    /// As it is written.
    pub(crate) fn payload(self) -> [u8; 4] {
        let [high, low] = self.duration.to_be_bytes();
        [self.code, u8::from(self.end) << 7 | VOLUME, high, low]
    }

    /// The key, if it is one.
    pub(crate) fn key(self) -> Option<char> {
        KEYS.get(usize::from(self.code)).map(|&key| char::from(key))
    }
}

/// Where an event packet stands in its stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) ssrc: u32,
    /// Counts the beginnings of sequence numbers: those of different epochs cannot be compared.
    pub(crate) epoch: u32,
    /// The extended sequence number.
    pub(crate) sequence: u64,
    pub(crate) timestamp: u32,
}

#[derive(Clone, Copy, Debug)]
struct Pressed {
    newest: Place,
    code: u8,
    ended: bool,
    duration: u16,
}

/// Which event was told last, and how many lately.
#[derive(Clone, Debug, Default)]
pub(crate) struct Digits {
    last: Option<Pressed>,
    second: u64,
    told: usize,
    /// Keys that came faster than anybody can press or dial them, and were not told.
    pub(crate) refused: u64,
}

impl Digits {
    /// Takes an event packet; answers the key when it is one that was not told yet. Of one second's keys, at most
    /// `limits::DIGITS` are told: a stranger must not fill our lanes with them.
    pub(crate) fn note(&mut self, now: Mono, place: Place, event: TelephoneEvent) -> Option<char> {
        let key = self.new_key(place, event)?;
        let second = now.as_micros() / 1_000_000;
        self.told = if self.second == second { self.told + 1 } else { 1 };
        self.second = second;
        if self.told > limits::DIGITS {
            self.refused += 1;
            return None;
        }
        Some(key)
    }

    fn new_key(&mut self, place: Place, event: TelephoneEvent) -> Option<char> {
        if let Some(last) = &mut self.last {
            if last.newest.precedes(place) == Some(false) {
                // A late packet: of this event, or of one before it.
                last.ended |= event.end && last.code == event.code && last.newest.timestamp == place.timestamp;
                return None;
            }
            if last.goes_on(place, event) {
                *last = Pressed { newest: place, ended: last.ended | event.end, ..Pressed::new(place, event) };
                return None;
            }
        }
        self.last = Some(Pressed::new(place, event));
        event.key()
    }
}

impl Place {
    /// Whether `other` was sent after this; `None` where nothing tells.
    fn precedes(self, other: Place) -> Option<bool> {
        ((self.ssrc, self.epoch) == (other.ssrc, other.epoch)).then_some(self.sequence < other.sequence)
    }
}

impl Pressed {
    fn new(newest: Place, event: TelephoneEvent) -> Pressed {
        Pressed { newest, code: event.code, ended: event.end, duration: event.duration }
    }

    /// Whether a packet that came later is of the same press.
    fn goes_on(&self, place: Place, event: TelephoneEvent) -> bool {
        if (self.newest.ssrc, self.code) != (place.ssrc, event.code) || (self.ended && !event.end) {
            return false;
        }
        let later = place.timestamp.wrapping_sub(self.newest.timestamp);
        // The next press begins after the end of this one. Where the timestamp grows within a press, it does not get there.
        let grown = u32::from(event.duration.saturating_sub(self.duration));
        later <= u32::from(self.duration).max(grown) || (later == SEGMENT_TICKS && !self.ended)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(code: u8, end: bool, duration: u16) -> TelephoneEvent {
        let [high, low] = duration.to_be_bytes();
        TelephoneEvent::parse(&[code, u8::from(end) << 7 | 10, high, low]).expect("four bytes")
    }

    fn told(packets: &[(u32, u8, bool)]) -> String {
        let packets: Vec<_> = packets.iter().map(|&(at, code, end)| (at, code, end, 160)).collect();
        told_of(&packets)
    }

    /// With durations; each packet is sent after the one before it.
    fn told_of(packets: &[(u32, u8, bool, u16)]) -> String {
        let mut digits = Digits::default();
        let sent = packets.iter().zip(1..);
        sent.filter_map(|(&(at, code, end, length), n)| digits.note(Mono::ZERO, place(n, at), event(code, end, length)))
            .collect()
    }

    fn place(sequence: u64, timestamp: u32) -> Place {
        Place { ssrc: 7, epoch: 1, sequence, timestamp }
    }

    #[test]
    fn a_key_is_told_once_at_its_start_whatever_is_repeated() {
        assert_eq!(told(&[(0, 5, false), (0, 5, false), (0, 5, true), (0, 5, true), (0, 5, true)]), "5");
    }

    #[test]
    fn a_key_whose_start_was_lost_is_told_by_its_end() {
        assert_eq!(told(&[(0, 1, true), (0, 1, true), (1_600, 2, true)]), "12");
    }

    #[test]
    fn the_same_key_twice_is_two_keys_even_when_the_end_of_the_first_was_lost() {
        assert_eq!(told(&[(0, 9, false), (1_600, 9, false), (1_600, 9, true)]), "99");
    }

    #[test]
    fn a_late_end_of_the_previous_key_does_not_tell_it_again() {
        let mut digits = Digits::default();
        let packets = [(1, 0, 1, false), (3, 1_600, 2, false), (2, 0, 1, true), (4, 1_600, 2, true)];
        let told = |(n, at, code, end)| digits.note(Mono::ZERO, place(n, at), event(code, end, 160));
        assert_eq!(packets.into_iter().filter_map(told).collect::<String>(), "12");
    }

    #[test]
    fn different_keys_with_one_timestamp_are_different_keys() {
        assert_eq!(told(&[(0, 1, false), (0, 1, true), (0, 2, false), (0, 2, true), (0, 3, false)]), "123");
        assert_eq!(told(&[(0, 1, false), (0, 2, false), (0, 3, true)]), "123", "the ends were lost");
    }

    #[test]
    fn the_same_key_after_its_end_is_pressed_again_whatever_its_timestamp() {
        assert_eq!(told(&[(0, 5, false), (0, 5, true), (0, 5, true), (0, 5, false), (0, 5, true)]), "55");
    }

    #[test]
    fn a_press_whose_timestamp_grows_is_one_key() {
        let presses = |first: u16, growth: u16, step: u32| {
            let press = |from: u32| {
                let at = move |n: u16| (from + u32::from(n) * step, first + n.min(6) * growth);
                (0..9).map(at).zip(0..).map(|((at, length), n)| (at, 4, n > 5, length))
            };
            told_of(&press(0).chain(press(8_000)).collect::<Vec<_>>())
        };
        assert_eq!(presses(160, 160, 160), "44");
        assert_eq!(presses(160, 160, 80), "44");
        assert_eq!(presses(0, 160, 160), "44", "the first packet has no length yet");
        assert_eq!(presses(160, 0, 160), "44", "each packet is its own length");
    }

    #[test]
    fn timestamps_that_begin_anew_lose_no_key() {
        assert_eq!(told(&[(3_000_000, 1, false), (3_000_000, 1, true), (1_000, 2, true), (2_600, 3, true)]), "123");
        assert_eq!(told(&[(3_000_000, 1, true), (1_000, 1, false), (1_000, 1, true)]), "11");
    }

    #[test]
    fn a_key_held_beyond_one_segment_is_still_one_key() {
        assert_eq!(told(&[(0, 3, false), (0xffff, 3, false), (0xffff, 3, true), (0x1_fffe, 3, false)]), "33");
    }

    #[test]
    fn all_sixteen_keys_are_told_and_other_events_are_not() {
        let packets: Vec<_> = (0..=16).map(|code| (u32::from(code) * 1_600, code, true)).collect();
        assert_eq!(told(&packets), "0123456789*#ABCD");
        assert_eq!(TelephoneEvent::parse(&[1, 2, 3]), None);
    }

    #[test]
    fn a_flood_of_keys_is_cut_and_counted() {
        let mut digits = Digits::default();
        let mut told = |from: u32, now: Mono| {
            let pressed = |n: &u32| digits.note(now, place(u64::from(*n), n * 320), event(1, true, 160)).is_some();
            (from..from + 100).filter(pressed).count()
        };
        assert_eq!(told(0, Mono::ZERO), limits::DIGITS);
        assert_eq!(told(100, Mono::from_micros(1_000_000)), limits::DIGITS);
        assert_eq!(digits.refused, 2 * (100 - limits::DIGITS as u64));
    }

    #[test]
    fn a_new_source_with_an_older_clock_is_heard() {
        let mut digits = Digits::default();
        assert_eq!(digits.note(Mono::ZERO, place(9, 90_000), event(1, true, 160)), Some('1'));
        let other = Place { ssrc: 8, epoch: 2, ..place(1, 10) };
        assert_eq!(digits.note(Mono::ZERO, other, event(1, true, 160)), Some('1'));
    }
}
