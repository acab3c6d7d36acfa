//! Keys as RFC 4733 sends them. A key is told once, when its first packet arrives, whichever of its packets that is:
//! all packets of one event carry the same RTP timestamp. Detection of tones within the sound is left to others.

use terms::{Mono, limits};

/// RFC 4733 2.5.1.3: an event longer than this goes on in a new segment with a later timestamp.
const SEGMENT_TICKS: u32 = 0xffff;
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

    /// The key, if it is one.
    pub(crate) fn key(self) -> Option<char> {
        KEYS.get(usize::from(self.code)).map(|&key| char::from(key))
    }
}

#[derive(Clone, Copy, Debug)]
struct Pressed {
    ssrc: u32,
    timestamp: u32,
    code: u8,
    ended: bool,
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
    pub(crate) fn note(&mut self, now: Mono, ssrc: u32, timestamp: u32, event: TelephoneEvent) -> Option<char> {
        let key = self.new_key(ssrc, timestamp, event)?;
        let second = now.as_micros() / 1_000_000;
        self.told = if self.second == second { self.told + 1 } else { 1 };
        self.second = second;
        if self.told > limits::DIGITS {
            self.refused += 1;
            return None;
        }
        Some(key)
    }

    fn new_key(&mut self, ssrc: u32, timestamp: u32, event: TelephoneEvent) -> Option<char> {
        if let Some(last) = &mut self.last
            && last.ssrc == ssrc
        {
            let later = timestamp.wrapping_sub(last.timestamp);
            if later == 0 {
                last.ended |= event.end;
                return None;
            }
            if later > u32::MAX / 2 {
                return None; // A late packet of an event before this one.
            }
            if later == SEGMENT_TICKS && event.code == last.code && !last.ended {
                *last = Pressed { ssrc, timestamp, code: event.code, ended: event.end };
                return None;
            }
        }
        self.last = Some(Pressed { ssrc, timestamp, code: event.code, ended: event.end });
        event.key()
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
        let mut digits = Digits::default();
        packets.iter().filter_map(|&(at, code, end)| digits.note(Mono::ZERO, 7, at, event(code, end, 160))).collect()
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
        assert_eq!(told(&[(0, 1, false), (1_600, 2, false), (0, 1, true), (1_600, 2, true)]), "12");
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
            (from..from + 100).filter(|n| digits.note(now, 1, n * 160, event(1, true, 160)).is_some()).count()
        };
        assert_eq!(told(0, Mono::ZERO), limits::DIGITS);
        assert_eq!(told(100, Mono::from_micros(1_000_000)), limits::DIGITS);
        assert_eq!(digits.refused, 2 * (100 - limits::DIGITS as u64));
    }

    #[test]
    fn a_new_source_with_an_older_clock_is_heard() {
        let mut digits = Digits::default();
        assert_eq!(digits.note(Mono::ZERO, 1, 90_000, event(1, true, 160)), Some('1'));
        assert_eq!(digits.note(Mono::ZERO, 2, 10, event(1, true, 160)), Some('1'));
    }
}
