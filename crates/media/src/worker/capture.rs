//! Recordings: which streams are tapped into which. The recorder assembles the timeline; here the packets are copied.

use super::Worker;
use crate::{Output, recording};
use terms::{CallRef, CaptureId, Now, StreamId};

/// A recording that runs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Capture {
    call: CallRef,
    left: Option<StreamId>,
    right: Option<StreamId>,
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
        self.captures.insert(capture, Capture { call, left: Some(left), right });
        self.outputs.push_back(Output::Recorder(recording::Input::Begin { capture, call, at: now.mono }));
        self.tap(capture, Some(left), 0);
        self.tap(capture, right, 1);
    }

    pub(super) fn capture_left(&mut self, capture: CaptureId, left: Option<StreamId>) {
        let Some(running) = self.captures.get_mut(&capture) else { return };
        let before = std::mem::replace(&mut running.left, left);
        self.untap(capture, before, 0);
        self.tap(capture, left, 0);
    }

    pub(super) fn capture_right(&mut self, capture: CaptureId, right: Option<StreamId>) {
        let Some(running) = self.captures.get_mut(&capture) else { return };
        let before = std::mem::replace(&mut running.right, right);
        self.untap(capture, before, 1);
        self.tap(capture, right, 1);
    }

    pub(super) fn end_capture(&mut self, now: Now, capture: CaptureId) {
        let Some(Capture { left, right, .. }) = self.captures.remove(&capture) else { return };
        self.untap(capture, left, 0);
        self.untap(capture, right, 1);
        self.outputs.push_back(Output::Recorder(recording::Input::End { capture, at: now.mono }));
    }

    /// A stream came back to the call that it had left: recordings of that call that name it go on with it.
    pub(super) fn tap_again(&mut self, call: CallRef, stream: StreamId) {
        let sides = |of: &Capture| [(of.left, 0), (of.right, 1)];
        let of_call = self.captures.iter().filter(|(_, of)| of.call == call);
        let named = of_call.flat_map(|(id, of)| sides(of).map(|(who, side)| (*id, who, side)));
        let taps: Vec<_> = named.filter(|(_, who, _)| *who == Some(stream)).collect();
        taps.into_iter().for_each(|(capture, who, side)| self.tap(capture, who, side));
    }

    fn tap(&mut self, capture: CaptureId, stream: Option<StreamId>, side: u8) {
        if let Some((_, s)) = stream.and_then(|id| self.named_mut(id)) {
            s.taps.push((capture, side));
            s.attend();
        }
    }

    fn untap(&mut self, capture: CaptureId, stream: Option<StreamId>, side: u8) {
        if let Some((_, s)) = stream.and_then(|id| self.named_mut(id)) {
            s.taps.retain(|tap| *tap != (capture, side));
            s.attend();
        }
    }
}
