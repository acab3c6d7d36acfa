//! The part of a recording that is still being put together: samples that may yet arrive late or twice.

use super::wav::FRAME_BYTES;
use smallvec::SmallVec;
use std::collections::VecDeque;
use terms::{StreamId, limits};

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
    /// What each speaker has said since, as far as it has come.
    lanes: SmallVec<[Lane; 2]>,
}

/// What one speaker has said on his side.
#[derive(Debug)]
struct Lane {
    side: u8,
    who: StreamId,
    samples: VecDeque<i16>,
}

impl Window {
    /// Frames in it.
    #[cfg(test)]
    pub fn len(&self) -> usize {
        self.there()
    }

    fn there(&self) -> usize {
        self.lanes.iter().map(|lane| lane.samples.len()).max().unwrap_or(0)
    }

    /// Where the window begins.
    pub fn base(&self) -> u64 {
        self.base
    }

    /// Puts a speaker's samples at `place` of his side, as far as they lie in the window and he has said nothing there
    /// yet. Returns how many found room.
    pub fn put(&mut self, (side, who): (u8, StreamId), place: i64, samples: &[i16]) -> usize {
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
        let Some(lane) = self.lane(side, who) else { return 0 };
        // Packets nearly always come in order: then all of it is new.
        if lane.len() < first {
            lane.resize(first, NOTHING);
        }
        let (known, new) = samples.split_at_checked(lane.len() - first).unwrap_or((samples, &[]));
        let mut found = new.len();
        for (room, sample) in lane.range_mut(first..first + known.len()).zip(known) {
            if *room == NOTHING {
                *room = audible(*sample);
                found += 1;
            }
        }
        lane.extend(new.iter().copied().map(audible));
        found
    }

    /// A speaker's own, while there are not too many: the others share one.
    fn lane(&mut self, side: u8, who: StreamId) -> Option<&mut VecDeque<i16>> {
        let own = self.lanes.iter().position(|lane| lane.side == side && lane.who == who);
        let at = match own {
            Some(at) => at,
            None if self.lanes.len() < limits::RECORDING_VOICES => {
                self.lanes.push(Lane { side, who, samples: VecDeque::new() });
                self.lanes.len() - 1
            }
            None => self.lanes.iter().rposition(|lane| lane.side == side)?,
        };
        self.lanes.get_mut(at).map(|lane| &mut lane.samples)
    }

    /// Settles everything before `until`: appends it to `out`, as much as there is. Those who speak on one side are
    /// heard together. Returns how many frames of silence follow it up to `until`.
    pub fn settle(&mut self, until: u64, out: &mut Vec<u8>) -> u64 {
        let wanted = until.saturating_sub(self.base);
        let there = self.there().min(usize::try_from(wanted).unwrap_or(usize::MAX));
        let start = out.len();
        // Silence is zero, and remains wherever nobody spoke.
        out.resize(start + there * FRAME_BYTES as usize, 0);
        let written = out.get_mut(start..).unwrap_or_default();
        for lane in &mut self.lanes {
            let (here, at) = (lane.samples.len().min(there), 2 * usize::from(lane.side));
            for (frame, sample) in written.chunks_exact_mut(FRAME_BYTES as usize).zip(lane.samples.drain(..here)) {
                if let Some([low, high]) = frame.get_mut(at..at + 2).filter(|_| sample != NOTHING) {
                    let sum = i16::from_le_bytes([*low, *high]).saturating_add(sample);
                    [*low, *high] = sum.to_le_bytes();
                }
            }
        }
        // Who has said nothing lately makes room; the usual two keep theirs.
        if self.lanes.len() > 2 {
            self.lanes.retain(|lane| !lane.samples.is_empty());
        }
        self.base += wanted;
        wanted - there as u64
    }
}

/// The sample, told apart from none.
fn audible(sample: i16) -> i16 {
    sample.max(NOTHING + 1)
}
