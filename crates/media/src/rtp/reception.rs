//! What a receiver keeps about one source: sequence numbers made whole (RFC 3550 A.1), loss (A.3), jitter (A.8).
//! Duplicates are found with a window over the last 64 packets.

use super::CLOCK_HZ;
use terms::Mono;

/// A forward jump of this many packets or more is taken for a source that started over.
const MAX_DROPOUT: u16 = 3_000;
/// Packets later than this many are too old to be of use; the duplicate window is one word.
const MAX_MISORDER: u16 = 64;

/// Where a packet stands among those of its source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Seen {
    /// The newest so far; its extended sequence number.
    Newest(u64),
    /// Older than the newest, seen for the first time.
    Reordered(u64),
    /// Seen before.
    Duplicate,
    /// Too old, or the first of a jump that must be confirmed by its successor.
    Refused,
    /// The source started over (a new SSRC, or a confirmed jump); the extended sequence number.
    Restarted(u64),
}

/// The state of one source, and the sums over those that were before it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Reception {
    source: Option<Source>,
    received_before: u64,
    lost_before: u64,
    jitter_before_us: u64,
    /// Counts the sources: whoever forwards must anchor anew when it changes.
    pub(crate) epoch: u32,
}

#[derive(Clone, Debug)]
struct Source {
    ssrc: u32,
    base: u64,
    newest: u64,
    window: u64,
    received: u64,
    probe: Option<u16>,
    transit: Option<u32>,
    /// Sixteen times the jitter, in RTP ticks.
    jitter: u64,
    expected_at_report: u64,
    received_at_report: u64,
}

impl Source {
    fn new(ssrc: u32, sequence: u16) -> Source {
        // One cycle in hand, so that what comes before the first packet does not fall below zero.
        let base = 0x1_0000 + u64::from(sequence);
        Source {
            ssrc,
            base,
            newest: base,
            window: 1,
            received: 1,
            probe: None,
            transit: None,
            jitter: 0,
            expected_at_report: 0,
            received_at_report: 0,
        }
    }

    fn expected(&self) -> u64 {
        self.newest - self.base + 1
    }
}

/// The numbers of one report block (RFC 3550 6.4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Block {
    pub(crate) ssrc: u32,
    pub(crate) fraction_lost: u8,
    pub(crate) lost: i64,
    pub(crate) newest: u32,
    pub(crate) jitter: u32,
}

impl Reception {
    /// Takes account of an accepted packet.
    pub(crate) fn note(&mut self, ssrc: u32, sequence: u16) -> Seen {
        match &mut self.source {
            Some(source) if source.ssrc == ssrc => match source.note(sequence) {
                Some(seen) => seen,
                None => self.restart(ssrc, sequence),
            },
            _ => self.restart(ssrc, sequence),
        }
    }

    fn restart(&mut self, ssrc: u32, sequence: u16) -> Seen {
        self.suspend();
        self.epoch = self.epoch.wrapping_add(1);
        let source = Source::new(ssrc, sequence);
        let first = source.base;
        self.source = Some(source);
        Seen::Restarted(first)
    }

    /// What comes now is not taken account of; what comes later begins anew, so that the gap is not loss.
    pub(crate) fn suspend(&mut self) {
        self.received_before = self.received();
        self.lost_before = self.lost();
        self.jitter_before_us = self.jitter_us();
        self.source = None;
    }

    /// RFC 3550 A.8: the interarrival jitter, for packets that carry sound.
    pub(crate) fn note_arrival(&mut self, now: Mono, timestamp: u32) {
        let Some(source) = &mut self.source else { return };
        let arrival = (u128::from(now.as_micros()) * u128::from(CLOCK_HZ) / 1_000_000) as u32;
        let transit = arrival.wrapping_sub(timestamp);
        if let Some(before) = source.transit.replace(transit) {
            let d = u64::from((transit.wrapping_sub(before) as i32).unsigned_abs());
            source.jitter = (source.jitter + d).saturating_sub((source.jitter + 8) >> 4);
        }
    }

    /// Packets received, of all sources together.
    pub(crate) fn received(&self) -> u64 {
        self.received_before + self.source.as_ref().map_or(0, |s| s.received)
    }

    /// RFC 3550 A.3: packets that the sequence numbers show as missing, of all sources together.
    pub(crate) fn lost(&self) -> u64 {
        self.lost_before + self.source.as_ref().map_or(0, |s| s.expected().saturating_sub(s.received))
    }

    /// The jitter in microseconds.
    pub(crate) fn jitter_us(&self) -> u64 {
        self.source.as_ref().map_or(self.jitter_before_us, |s| (s.jitter >> 4).saturating_mul(1_000_000) / CLOCK_HZ)
    }

    /// The block of the next report; the interval since the last one ends here.
    pub(crate) fn report(&mut self) -> Option<Block> {
        let source = self.source.as_mut()?;
        let expected = source.expected();
        let of_interval = expected - source.expected_at_report;
        let lost = of_interval.saturating_sub(source.received - source.received_at_report);
        source.expected_at_report = expected;
        source.received_at_report = source.received;
        Some(Block {
            ssrc: source.ssrc,
            fraction_lost: u8::try_from((lost << 8).checked_div(of_interval).unwrap_or(0)).unwrap_or(u8::MAX),
            lost: i64::try_from(expected).unwrap_or(i64::MAX) - i64::try_from(source.received).unwrap_or(i64::MAX),
            newest: (source.newest - 0x1_0000) as u32,
            jitter: u32::try_from(source.jitter >> 4).unwrap_or(u32::MAX),
        })
    }

    /// The source heard now.
    pub(crate) fn ssrc(&self) -> Option<u32> {
        self.source.as_ref().map(|s| s.ssrc)
    }
}

impl Source {
    /// `None`: the source has started over at this sequence number.
    fn note(&mut self, sequence: u16) -> Option<Seen> {
        let ahead = sequence.wrapping_sub(self.newest as u16);
        let seen = if ahead == 0 {
            return Some(Seen::Duplicate);
        } else if ahead < MAX_DROPOUT {
            self.newest += u64::from(ahead);
            self.window = self.window.checked_shl(u32::from(ahead)).unwrap_or(0) | 1;
            Seen::Newest(self.newest)
        } else if ahead > u16::MAX - MAX_MISORDER + 1 {
            let behind = ahead.wrapping_neg();
            let bit = 1u64 << behind;
            if self.window & bit != 0 {
                return Some(Seen::Duplicate);
            }
            self.window |= bit;
            Seen::Reordered(self.newest - u64::from(behind))
        } else if self.probe == Some(sequence) {
            // RFC 3550 A.1: two in a row after a jump, so the other side has started over.
            return None;
        } else {
            self.probe = Some(sequence.wrapping_add(1));
            return Some(Seen::Refused);
        };
        self.probe = None;
        self.received += 1;
        Some(seen)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn loss_reordering_and_duplicates_are_told_apart() {
        let mut r = Reception::default();
        assert_eq!(r.note(1, 65_534), Seen::Restarted(0x1_fffe));
        assert_eq!(r.note(1, 65_535), Seen::Newest(0x1_ffff));
        assert_eq!(r.note(1, 2), Seen::Newest(0x2_0002), "the sequence number wraps");
        assert_eq!(r.lost(), 2);
        assert_eq!(r.note(1, 1), Seen::Reordered(0x2_0001));
        assert_eq!(r.note(1, 1), Seen::Duplicate);
        assert_eq!(r.note(1, 2), Seen::Duplicate);
        assert_eq!((r.received(), r.lost()), (4, 1));
    }

    #[test]
    fn one_stray_number_is_refused_and_two_in_a_row_are_a_restart() {
        let mut r = Reception::default();
        r.note(1, 10);
        assert_eq!(r.note(1, 30_000), Seen::Refused);
        assert_eq!(r.note(1, 11), Seen::Newest(0x1_000b));
        assert_eq!(r.note(1, 30_001), Seen::Refused);
        let epoch = r.epoch;
        assert_eq!(r.note(1, 30_002), Seen::Restarted(0x1_0000 + 30_002));
        assert_eq!(r.epoch, epoch + 1);
        assert_eq!(r.lost(), 0, "a restart is not loss");
    }

    #[test]
    fn what_passed_while_suspended_is_not_loss() {
        let mut r = Reception::default();
        r.note(1, 10);
        r.note(1, 12);
        r.suspend();
        assert_eq!((r.received(), r.lost(), r.report()), (2, 1, None));
        assert_eq!(r.note(1, 900), Seen::Restarted(0x1_0000 + 900));
        assert_eq!((r.received(), r.lost()), (3, 1));
    }

    #[test]
    fn packets_before_the_first_one_do_not_underflow() {
        let mut r = Reception::default();
        r.note(1, 0);
        assert_eq!(r.note(1, 65_535), Seen::Reordered(0xffff));
        assert_eq!(r.lost(), 0);
        assert!(r.report().is_some_and(|b| b.lost == -1), "RFC 3550 A.3: loss may be negative");
    }

    #[test]
    fn jitter_follows_a_late_packet_and_steady_ones_have_none() {
        let mut r = Reception::default();
        for n in 0..50u32 {
            r.note(1, n as u16);
            let late = if n == 40 { 16_000 } else { 0 };
            r.note_arrival(Mono::ZERO + Duration::from_micros(u64::from(n) * 20_000 + late), n * 160);
            assert!(n >= 40 || r.jitter_us() == 0, "packet {n}");
        }
        // 128 ticks once late and once early, halved every eleven packets by 1/16 each.
        assert!((700..1_500).contains(&r.jitter_us()), "{}", r.jitter_us());
    }

    #[test]
    fn the_fraction_lost_is_of_the_interval() {
        let mut r = Reception::default();
        for n in 0..100 {
            r.note(1, n);
        }
        assert_eq!(r.report().map(|b| b.fraction_lost), Some(0));
        for n in (100..200).step_by(2) {
            r.note(1, n);
        }
        let block = r.report().expect("a source");
        assert_eq!((block.fraction_lost, block.lost, block.newest), (126, 49, 198));
    }
}
