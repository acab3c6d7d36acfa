//! Recordings: which streams are tapped into which. The recorder assembles the timeline; here the packets are copied.

use super::Worker;
use crate::{Output, recording};
use smallvec::SmallVec;
use std::time::Duration;
use terms::{CallRef, CaptureId, Now, StreamId};

/// A recording that runs.
#[derive(Clone, Debug)]
pub(super) struct Capture {
    call: CallRef,
    left: Option<StreamId>,
    right: Option<StreamId>,
    /// Who else is heard on the right.
    guests: Box<[StreamId]>,
}

/// Who is heard on which side, each once.
type Sides = SmallVec<[(StreamId, u8); 2]>;

impl Capture {
    fn sides(&self) -> Sides {
        let mut sides: Sides = self.left.map(|left| (left, 0)).into_iter().collect();
        for right in self.right.iter().chain(&self.guests) {
            if !sides.contains(&(*right, 1)) {
                sides.push((*right, 1));
            }
        }
        sides
    }
}

impl Worker {
    pub(super) fn capture(
        &mut self,
        now: Now,
        capture: CaptureId,
        call: CallRef,
        left: StreamId,
        right: Option<StreamId>,
    ) {
        if self.captures.contains_key(&capture) {
            return;
        }
        let running = Capture { call, left: Some(left), right, guests: Box::default() };
        let sides = running.sides();
        self.captures.insert(capture, running);
        self.outputs.push_back(Output::Recorder(recording::Input::Begin { capture, call, at: now.mono }));
        sides.into_iter().for_each(|(stream, side)| self.tap(capture, stream, side));
    }

    pub(super) fn capture_left(&mut self, capture: CaptureId, left: Option<StreamId>) {
        self.retap(capture, |running| running.left = left);
    }

    pub(super) fn capture_right(&mut self, capture: CaptureId, right: Option<StreamId>) {
        self.retap(capture, |running| running.right = right);
    }

    pub(super) fn capture_guests(&mut self, capture: CaptureId, guests: Box<[StreamId]>) {
        self.retap(capture, |running| running.guests = guests);
    }

    /// Changes who is heard on its sides; who stays is not touched.
    fn retap(&mut self, capture: CaptureId, change: impl FnOnce(&mut Capture)) {
        let Some(running) = self.captures.get_mut(&capture) else { return };
        let before = running.sides();
        change(running);
        let after = running.sides();
        for (stream, side) in before.iter().filter(|one| !after.contains(one)) {
            self.untap(capture, *stream, *side);
        }
        for (stream, side) in after.iter().filter(|one| !before.contains(one)) {
            self.tap(capture, *stream, *side);
        }
    }

    pub(super) fn hear_silence(&mut self, capture: CaptureId, lasts: Duration) {
        if self.captures.contains_key(&capture) {
            self.outputs.push_back(Output::Recorder(recording::Input::HearSilence { capture, lasts }));
        }
    }

    pub(super) fn end_capture(&mut self, now: Now, capture: CaptureId) {
        let Some(running) = self.captures.remove(&capture) else { return };
        running.sides().into_iter().for_each(|(stream, side)| self.untap(capture, stream, side));
        self.outputs.push_back(Output::Recorder(recording::Input::End { capture, at: now.mono }));
    }

    /// A stream came back to the call that it had left: recordings of that call that name it go on with it.
    pub(super) fn tap_again(&mut self, call: CallRef, stream: StreamId) {
        let of_call = self.captures.iter().filter(|(_, of)| of.call == call);
        let named = of_call.flat_map(|(id, of)| of.sides().into_iter().map(|(who, side)| (*id, who, side)));
        let taps: Vec<_> = named.filter(|(_, who, _)| *who == stream).collect();
        taps.into_iter().for_each(|(capture, who, side)| self.tap(capture, who, side));
    }

    fn tap(&mut self, capture: CaptureId, stream: StreamId, side: u8) {
        if let Some((_, s)) = self.named_mut(stream) {
            s.taps.push((capture, side));
            s.attend();
        }
    }

    fn untap(&mut self, capture: CaptureId, stream: StreamId, side: u8) {
        if let Some((_, s)) = self.named_mut(stream) {
            s.taps.retain(|tap| *tap != (capture, side));
            s.attend();
        }
    }
}
