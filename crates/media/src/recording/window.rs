//! The part of a recording that is still being put together: samples that may yet arrive late or twice.

use super::wav::FRAME_BYTES;
use std::collections::VecDeque;

/// Frames that a window may span: the time that packets have to find their place (300 ms), what may gather before a
/// write is due (1 s), the disagreement that is borne (200 ms) and the longest payload (200 ms), rounded up.
pub(super) const SPAN: u64 = 16_384;

/// The assembly window. Positions are samples since the recording's beginning.
#[derive(Debug, Default)]
pub(super) struct Window {
    /// Where the window begins: everything before is settled.
    base: u64,
    frames: VecDeque<[Option<i16>; 2]>,
}

impl Window {
    /// Frames in it.
    #[cfg(test)]
    pub fn len(&self) -> usize {
        self.frames.len()
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
        if self.frames.len() < end {
            self.frames.resize(end, [None; 2]);
        }
        let mut found = 0;
        for (frame, sample) in self.frames.range_mut(first..end).zip(samples) {
            let Some(room) = frame.get_mut(usize::from(side)).filter(|room| room.is_none()) else { continue };
            *room = Some(*sample);
            found += 1;
        }
        found
    }

    /// Settles everything before `until`: appends it to `out`, as much as there is. Returns how many frames of
    /// silence follow it up to `until`.
    pub fn settle(&mut self, until: u64, out: &mut Vec<u8>) -> u64 {
        let wanted = until.saturating_sub(self.base);
        let there = self.frames.len().min(usize::try_from(wanted).unwrap_or(usize::MAX));
        out.reserve(there * FRAME_BYTES as usize);
        for [left, right] in self.frames.drain(..there) {
            out.extend_from_slice(&left.unwrap_or(0).to_le_bytes());
            out.extend_from_slice(&right.unwrap_or(0).to_le_bytes());
        }
        self.base += wanted;
        wanted - there as u64
    }
}
