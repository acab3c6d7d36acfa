//! All recordings of a recorder thread: frames in, file requests out.

use super::capture::{Capture, Fate};
use super::{Input, Output};
use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;
use terms::{CaptureId, Mono, Now};

/// The recordings take turns, so that a thousand of them do not all write at once.
const TURNS: u64 = 10;
/// The time of a turn. So each file grows every 200 ms: with the 300 ms that packets have to find their place, a killed
/// process loses half a second.
const TURN: Duration = Duration::from_millis(20);
/// Arrival times lead; the recorder's own clock follows this far behind, so that frames which wait in their lane while
/// a disk is slow are not late when they are read.
const LANE_TIME: Duration = Duration::from_millis(500);

/// The recorder's core.
#[derive(Debug, Default)]
pub struct Recorder {
    captures: BTreeMap<CaptureId, Capture>,
    outputs: VecDeque<Output>,
    next_turn: Option<Mono>,
    /// Whose turn is next: that of recordings with this rest.
    turn: u64,
    /// The recording whose header the shell is writing now.
    patching: Option<CaptureId>,
    counts: Snapshot,
}

/// What can be seen from outside.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Snapshot {
    /// Recordings that are not finished.
    pub captures: usize,
    /// Frames taken.
    pub frames: u64,
    /// Frames for recordings that do not run.
    pub unknown: u64,
    /// Frames that came too late, or twice.
    pub useless: u64,
    /// Frames with far too many samples, or for a side that does not exist.
    pub absurd: u64,
    /// Frames for recordings that have a fault.
    pub discarded: u64,
    /// Faults told by the shell.
    pub faults: u64,
}

impl Recorder {
    /// A recorder with nothing to do.
    pub fn new() -> Recorder {
        Recorder::default()
    }

    /// Takes an input; drain the outputs after it.
    pub fn handle_input(&mut self, now: Now, input: Input) {
        match input {
            Input::Begin { capture, call, at } => {
                if let std::collections::btree_map::Entry::Vacant(room) = self.captures.entry(capture) {
                    room.insert(Capture::begin(capture, call, at, &mut self.outputs));
                    self.next_turn.get_or_insert(now.mono + TURN);
                }
            }
            Input::Frame { capture, channel, stream, ssrc, at, rtp_time, codec, payload } => {
                let Some(running) = self.captures.get_mut(&capture) else {
                    self.counts.unknown += 1;
                    return;
                };
                match running.frame((channel, stream, ssrc), at, rtp_time, codec, payload) {
                    Fate::Taken => self.counts.frames += 1,
                    Fate::Absurd => self.counts.absurd += 1,
                    Fate::Discarded => self.counts.discarded += 1,
                }
                if running.is_brimming() {
                    running.flush(false, &mut self.outputs);
                }
            }
            Input::Lost { capture, channel, stream, ssrc, samples } => {
                if let Some(running) = self.captures.get_mut(&capture) {
                    running.lose((channel, stream, ssrc), samples);
                }
            }
            Input::HearSilence { capture, lasts } => {
                if let Some(running) = self.captures.get_mut(&capture) {
                    running.hear_silence(lasts);
                }
            }
            Input::End { capture, at } => {
                if let Some(running) = self.captures.get_mut(&capture) {
                    running.end(at, &mut self.outputs);
                }
            }
        }
    }

    /// A request of the shell failed: disk full, folder gone. The recording goes no further, the call does.
    pub fn fault(&mut self, capture: CaptureId, text: &str) {
        let Some(running) = self.captures.get_mut(&capture) else { return };
        self.counts.faults += 1;
        running.fail(text.to_owned());
        if self.patching == Some(capture) {
            running.unheaded();
        }
        let hopeless = |output: &Output| match output {
            Output::Write { capture: id, .. } | Output::Patch { capture: id, .. } => *id == capture,
            Output::Open { .. } | Output::Silent { .. } | Output::Close { .. } | Output::Finished { .. } => false,
        };
        self.outputs.retain(|output| !hopeless(output));
    }

    /// The next request. After one that fails, tell [`Recorder::fault`] before polling again.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.patching = None;
        let mut output = self.outputs.pop_front()?;
        match &mut output {
            Output::Patch { capture, header } => {
                if let Some(running) = self.captures.get_mut(capture) {
                    running.headed(header);
                    self.patching = Some(*capture);
                }
            }
            Output::Finished { capture, summary } => {
                if let Some(ended) = self.captures.remove(capture) {
                    self.counts.useless += ended.useless;
                    *summary = ended.summary();
                }
            }
            Output::Open { .. } | Output::Write { .. } | Output::Silent { .. } | Output::Close { .. } => {}
        }
        Some(output)
    }

    /// When [`Recorder::handle_timeout`] is due: while anything is recorded, every 20 ms.
    pub fn poll_timeout(&self) -> Option<Mono> {
        self.next_turn
    }

    /// Lets the files grow whose turn has come. Read the lanes empty before.
    pub fn handle_timeout(&mut self, now: Now) {
        let Some(due) = self.next_turn.filter(|due| *due <= now.mono) else { return };
        let missed = u64::try_from((now.mono - due).as_micros() / TURN.as_micros()).unwrap_or(TURNS);
        let turns = (missed + 1).min(TURNS);
        let behind = Mono::from_micros(now.mono.since(Mono::ZERO + LANE_TIME).as_micros() as u64);
        for (id, running) in &mut self.captures {
            if (id.0 + TURNS - self.turn) % TURNS < turns {
                running.advance(behind);
                running.flush(true, &mut self.outputs);
            }
        }
        self.turn = (self.turn + turns) % TURNS;
        let next = (due + TURN * turns as u32).max(now.mono + Duration::from_micros(1));
        self.next_turn = (!self.captures.is_empty()).then_some(next);
    }

    /// Ends everything, for a process that stops in order.
    pub fn end_all(&mut self, at: Mono) {
        for running in self.captures.values_mut() {
            running.end(at, &mut self.outputs);
        }
    }

    /// What can be seen from outside.
    pub fn inspect(&self) -> Snapshot {
        let running: u64 = self.captures.values().map(|capture| capture.useless).sum();
        Snapshot { captures: self.captures.len(), useless: self.counts.useless + running, ..self.counts }
    }
}
