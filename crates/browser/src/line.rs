//! One line of sound towards a page for as long as its leg lives: the page's connection stays open for a shift, and call
//! after call speaks through it. Each call's stream has sequence numbers, times and a source of its own; the page sees one
//! source whose numbers go on, since a jump backwards in SRTP's index is a replay (RFC 3711 3.3.1), and a jump in time is a
//! jump in the page's jitter buffer.
//!
//! No number is used twice, whatever a peer sends: two packets under one SRTP index would give the key away (RFC 3711 9.1).

use std::time::Duration;
use terms::Mono;

/// Packets that may be missing between two of one stream; beyond it, a new one began.
const GAP: u16 = 3_000;
/// Between the last packet of one stream and the first of the next there is at least this.
const PACKET: Duration = Duration::from_millis(20);
/// RTP time of G.711 and its telephone-events: ticks a millisecond (RFC 3551).
const TICKS_PER_MS: u128 = 8;

/// Where the line stands.
#[derive(Debug, Default)]
pub(crate) struct Line {
    last: Option<Last>,
}

#[derive(Clone, Copy, Debug)]
struct Last {
    source: u32,
    sequence: u16,
    /// The highest number of the line so far.
    number: u64,
    /// Which of the 64 numbers up to it were used: it by the lowest bit, the one before it by the next.
    used: u64,
    time: u32,
    /// What is added to the stream's times.
    shift: u32,
    at: Mono,
}

/// A packet's place in the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// The extended sequence number.
    pub(crate) number: u64,
    /// The RTP time.
    pub(crate) time: u32,
}

impl Line {
    /// The place of a stream's packet; none for one that had its place already, or may have had.
    pub(crate) fn place(&mut self, now: Mono, source: u32, sequence: u16, time: u32) -> Option<Place> {
        let last = match self.last {
            None => Last { source, sequence, number: u64::from(sequence), used: 1, time, shift: 0, at: now },
            Some(last) => match last.ahead(source, sequence) {
                Some(ahead @ 1..) => last.on(now, ahead, sequence, time),
                Some(behind) => return self.fill(behind.unsigned_abs(), time),
                None => last.next(now, source, sequence, time),
            },
        };
        self.last = Some(last);
        Some(Place { number: last.number, time: last.time })
    }

    /// A packet that comes after one that was sent later.
    fn fill(&mut self, behind: u16, time: u32) -> Option<Place> {
        let last = self.last.as_mut()?;
        let bit = 1u64.checked_shl(u32::from(behind))?;
        let number = last.number.checked_sub(u64::from(behind)).filter(|_| last.used & bit == 0)?;
        last.used |= bit;
        Some(Place { number, time: time.wrapping_add(last.shift) })
    }
}

impl Last {
    /// How far ahead a packet of the same stream lies; none for one of another.
    fn ahead(&self, source: u32, sequence: u16) -> Option<i16> {
        let ahead = sequence.wrapping_sub(self.sequence) as i16;
        (self.source == source && ahead.unsigned_abs() <= GAP).then_some(ahead)
    }

    fn on(self, now: Mono, ahead: i16, sequence: u16, time: u32) -> Last {
        let ahead = u32::from(ahead.unsigned_abs());
        let used = self.used.checked_shl(ahead).unwrap_or(0) | 1;
        let (number, time) = (self.number + u64::from(ahead), time.wrapping_add(self.shift));
        Last { sequence, number, used, time, at: now, ..self }
    }

    /// Another stream goes on: one number and one packet later, or as much later as it is.
    fn next(self, now: Mono, source: u32, sequence: u16, time: u32) -> Last {
        let since = now.since(self.at).max(PACKET).as_millis() * TICKS_PER_MS;
        // Of a time that wraps every six days only the lower part matters.
        let next = self.time.wrapping_add(since as u32);
        let (number, used) = (self.number + 1, u64::MAX);
        Last { source, sequence, number, used, time: next, shift: next.wrapping_sub(time), at: now }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: u64) -> Mono {
        Mono::from_micros(ms * 1_000)
    }

    #[test]
    fn a_stream_goes_on_over_the_wrap_of_its_numbers_with_gaps_and_disorder() {
        let mut line = Line::default();
        let mut number = |ms, sequence, time| line.place(at(ms), 1, sequence, time).map(|p| (p.number, p.time));
        assert_eq!(number(0, 65_534, 160), Some((65_534, 160)));
        assert_eq!(number(40, 0, 480), Some((65_536, 480)));
        assert_eq!(number(41, 65_535, 320), Some((65_535, 320)), "late, and in its place");
        assert_eq!(number(60, 1, 640), Some((65_537, 640)));
    }

    #[test]
    fn the_next_stream_goes_on_where_the_last_one_was() {
        let mut line = Line::default();
        line.place(at(0), 1, 40_000, 1_000);
        let next = line.place(at(1_000), 2, 7, 900_000).expect("in the line");
        assert_eq!(next, Place { number: 40_001, time: 1_000 + 8_000 });
        let after = line.place(at(1_020), 2, 8, 900_160).expect("in the line");
        assert_eq!(after, Place { number: 40_002, time: 1_000 + 8_160 });
    }

    #[test]
    fn numbers_that_jump_begin_anew_and_never_go_back() {
        let mut line = Line::default();
        line.place(at(0), 1, 50_000, 0);
        assert_eq!(line.place(at(20), 1, 20_000, 77).expect("in the line"), Place { number: 50_001, time: 160 });
    }

    #[test]
    fn no_number_is_used_twice_and_none_from_before_the_beginning() {
        let mut line = Line::default();
        let mut number = |source, sequence| line.place(at(0), source, sequence, 0).map(|p| p.number);
        assert_eq!((number(1, 3), number(1, 3)), (Some(3), None));
        assert_eq!((number(1, 6), number(1, 5), number(1, 5)), (Some(6), Some(5), None));
        assert_eq!(number(1, 65_535), None, "before the beginning of the line");
        assert_eq!((number(2, 9), number(2, 8)), (Some(7), None), "what was used by the stream before");
        assert_eq!((number(2, 100), number(2, 9)), (Some(98), None), "too late to be known");
    }

    proptest::proptest! {
        #[test]
        fn whatever_comes_no_number_comes_twice(packets in proptest::collection::vec((0..3u32, 0..200u16, 0..4u16), 1..400)) {
            let (mut line, mut seen) = (Line::default(), std::collections::BTreeSet::new());
            for (source, low, high) in packets {
                if let Some(place) = line.place(at(0), source, low.wrapping_add(high << 14), 0) {
                    proptest::prop_assert!(seen.insert(place.number), "{} came twice", place.number);
                }
            }
        }
    }
}
