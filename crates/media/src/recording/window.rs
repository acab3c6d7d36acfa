//! The part of a recording that is still being put together: samples that may yet arrive late or twice.

use super::wav::FRAME_BYTES;
use std::collections::VecDeque;

/// Frames that a window may span: the time that packets have to find their place (300 ms), what may gather before a
/// write is due (1 s), the disagreement that is borne (200 ms) and the longest payload (200 ms), rounded up.
pub(super) const SPAN: u64 = 16_384;

/// What no sample is: silence, unless something comes. Codecs clip before it.
const NOTHING: i16 = i16::MIN;

/// The assembly window. Positions are samples since the recording's beginning.
#[derive(Debug, Default)]
pub(super) struct Window {
    /// Where the window begins: everything before is settled.
    base: u64,
    /// What each side has said since, as far as it has come.
    sides: [VecDeque<i16>; 2],
}

impl Window {
    /// Frames in it.
    #[cfg(test)]
    pub fn len(&self) -> usize {
        self.there()
    }

    fn there(&self) -> usize {
        self.sides.iter().map(VecDeque::len).max().unwrap_or(0)
    }

    /// Where the window begins.
    pub fn base(&self) -> u64 {
        self.base
    }

    /// Puts a speaker's samples at `place`, as far as they lie in the window and nobody was there first. Returns how
    /// many found room.
    pub fn put(&mut self, side: u8, place: i64, samples: &[i16]) -> usize {
        // What is settled already is too late.
        let late = usize::try_from((self.base as i64).saturating_sub(place).max(0)).unwrap_or(usize::MAX);
        let Some(samples) = samples.get(late..) else { return 0 };
        let Ok(first) = usize::try_from(place.saturating_add_unsigned(late as u64).saturating_sub_unsigned(self.base))
        else {
            return 0;
        };
        let end = first.saturating_add(samples.len());
        if end as u64 > SPAN {
            return 0;
        }
        let Some(side) = self.sides.get_mut(usize::from(side)) else { return 0 };
        // Packets nearly always come in order: then all of it is new.
        if side.len() < first {
            side.resize(first, NOTHING);
        }
        let (known, new) = samples.split_at_checked(side.len() - first).unwrap_or((samples, &[]));
        let mut found = new.len();
        for (room, sample) in side.range_mut(first..first + known.len()).zip(known) {
            if *room == NOTHING {
                *room = audible(*sample);
                found += 1;
            }
        }
        side.extend(new.iter().copied().map(audible));
        found
    }

    /// Settles everything before `until`: appends it to `out`, as much as there is. Returns how many frames of
    /// silence follow it up to `until`.
    pub fn settle(&mut self, until: u64, out: &mut Vec<u8>) -> u64 {
        let wanted = until.saturating_sub(self.base);
        let there = self.there().min(usize::try_from(wanted).unwrap_or(usize::MAX));
        let start = out.len();
        // Silence is zero, and remains wherever nobody spoke.
        out.resize(start + there * FRAME_BYTES as usize, 0);
        let written = out.get_mut(start..).unwrap_or_default();
        for (number, side) in self.sides.iter_mut().enumerate() {
            let here = side.len().min(there);
            for (frame, sample) in written.chunks_exact_mut(FRAME_BYTES as usize).zip(side.drain(..here)) {
                if let Some(place) = frame.get_mut(2 * number..2 * number + 2).filter(|_| sample != NOTHING) {
                    place.copy_from_slice(&sample.to_le_bytes());
                }
            }
        }
        self.base += wanted;
        wanted - there as u64
    }
}

/// The sample, told apart from none.
fn audible(sample: i16) -> i16 {
    sample.max(NOTHING + 1)
}
