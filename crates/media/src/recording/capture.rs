//! One recording: its speakers, its window, and what of it is on its way to the file.

use super::Output;
use super::silence::Silence;
use super::voice::{Packet, Speaker, Voice};
use super::wav::{self, FRAME_BYTES, HEADER_BYTES};
use super::window::Window;
use crate::codec::Codec;
use crate::face::CaptureSummary;
use bytes::Bytes;
use std::collections::VecDeque;
use std::time::Duration;
use terms::{CallRef, CaptureId, Mono, limits};

/// Samples in a millisecond.
const MS: u64 = Codec::CLOCK_RATE as u64 / 1_000;
/// How long a packet may take to find its place.
pub(super) const ASSEMBLY: u64 = 300 * MS;
/// Samples in the longest payload that is taken; RTP packets of 20 ms have 160.
const PAYLOAD: usize = 200 * MS as usize;
/// Bytes that are written at once when there are so many.
const WRITE_BYTES: usize = 32_768;
/// The longest recording, in samples.
const LONGEST: u64 = limits::RECORDING_SECONDS * Codec::CLOCK_RATE as u64;

static SILENCE: [u8; WRITE_BYTES] = [0; WRITE_BYTES];

/// What became of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// It is in the recording, or waits for its speaker's anchor.
    Taken,
    /// It has too many samples, or its side does not exist.
    Absurd,
    /// The recording has a fault, is over, or is full.
    Discarded,
}

/// A running recording.
#[derive(Debug)]
pub(super) struct Capture {
    id: CaptureId,
    begin: Mono,
    file: String,
    window: Window,
    voices: Vec<Voice>,
    /// Lost samples of speakers that are forgotten.
    lost: u64,
    /// How far time has come, in samples.
    clock: u64,
    buffer: Vec<u8>,
    /// Bytes of samples handed out so far, ...
    handed: u64,
    /// ... as far as the last header says that is on its way, ...
    promised: u64,
    /// ... and as far as the last two say that the shell took.
    headed: (u64, u64),
    fault: Option<String>,
    ended: bool,
    /// Somebody wants to know when nobody speaks.
    silence: Option<Silence>,
    ready: Vec<(i64, Packet)>,
    /// Packets of which nothing found room: late, or there already.
    pub useless: u64,
}

impl Capture {
    pub fn begin(id: CaptureId, call: CallRef, begin: Mono, outputs: &mut VecDeque<Output>) -> Capture {
        let file = format!("{call}-{id}.wav");
        outputs.push_back(Output::Open { capture: id, file_name: file.clone() });
        let header = Bytes::copy_from_slice(&wav::header(0));
        outputs.push_back(Output::Write { capture: id, bytes: header });
        Capture {
            id,
            begin,
            file,
            window: Window::default(),
            voices: Vec::new(),
            lost: 0,
            clock: 0,
            buffer: Vec::new(),
            handed: 0,
            promised: 0,
            headed: (0, 0),
            fault: None,
            ended: false,
            silence: None,
            ready: Vec::new(),
            useless: 0,
        }
    }

    /// Whether frames are of no use any more.
    pub fn is_closed(&self) -> bool {
        self.ended || self.fault.is_some()
    }

    /// Takes a tapped packet.
    pub fn frame(&mut self, speaker: Speaker, at: Mono, rtp_time: u32, codec: Codec, payload: Bytes) -> Fate {
        if self.is_closed() {
            return Fate::Discarded;
        }
        if payload.len() > PAYLOAD || speaker.0 > 1 {
            return Fate::Absurd;
        }
        let arrival = self.position(at);
        self.clock = self.clock.max(arrival);
        if payload.is_empty() {
            let voice = self.voices.iter_mut().find(|voice| voice.speaker == speaker);
            voice.into_iter().for_each(|voice| voice.sends_otherwise(rtp_time));
            return Fate::Taken;
        }
        let arrival = i64::try_from(arrival).unwrap_or(i64::MAX / 2);
        let index = self.voice_of(speaker);
        if let Some(voice) = self.voices.get_mut(index) {
            let time = voice.unroll(rtp_time);
            voice.hear(Packet { time, arrival, codec, payload }, &mut self.ready);
        }
        self.put_ready(index);
        Fate::Taken
    }

    /// Somebody wants to know when nobody has spoken for so long, from now on.
    pub fn hear_silence(&mut self, lasts: Duration) {
        let lasts = u64::try_from(lasts.as_millis()).unwrap_or(u64::MAX).saturating_mul(MS);
        self.silence = Some(Silence::new(self.clock, lasts));
    }

    /// So much of a speaker's was lost on its way here.
    pub fn lose(&mut self, speaker: Speaker, samples: u64) {
        if self.is_closed() {
            return;
        }
        let index = self.voice_of(speaker);
        if let Some(voice) = self.voices.get_mut(index) {
            voice.lose(samples);
        }
    }

    /// Samples from the beginning to `at`, at most the longest recording.
    fn position(&self, at: Mono) -> u64 {
        let micros = u64::try_from(at.since(self.begin).as_micros()).unwrap_or(u64::MAX);
        (micros / 1_000).saturating_mul(MS).saturating_add(micros % 1_000 * MS / 1_000).min(LONGEST)
    }

    /// The speaker's place among the voices; he who was not heard for the longest time makes room for a new one.
    fn voice_of(&mut self, speaker: Speaker) -> usize {
        if let Some(index) = self.voices.iter().position(|voice| voice.speaker == speaker) {
            return index;
        }
        if self.voices.len() < limits::RECORDING_VOICES {
            self.voices.push(Voice::new(speaker));
            return self.voices.len() - 1;
        }
        let oldest = self.voices.iter().enumerate().min_by_key(|(_, voice)| voice.heard).map_or(0, |(index, _)| index);
        if let Some(voice) = self.voices.get_mut(oldest) {
            self.lost += std::mem::replace(voice, Voice::new(speaker)).lost;
        }
        oldest
    }

    /// Puts what has a place into the window.
    fn put_ready(&mut self, index: usize) {
        let mut samples = [0i16; PAYLOAD];
        let Some(voice) = self.voices.get_mut(index) else { return };
        for (place, packet) in self.ready.drain(..) {
            let n = packet.codec.decode(&packet.payload, &mut samples);
            let sound = samples.get(..n).unwrap_or_default();
            if let Some(silence) = &mut self.silence {
                silence.hear(place, sound);
            }
            let found = self.window.put((voice.speaker.0, voice.speaker.1), place, sound);
            voice.count(packet.time, n as i64, found as u64);
            self.useless += u64::from(found == 0);
        }
    }

    /// Time goes on, also when nobody speaks.
    pub fn advance(&mut self, now: Mono) {
        self.clock = self.clock.max(self.position(now));
    }

    /// Hands out what has settled: everything, or only what fills a write.
    pub fn flush(&mut self, everything: bool, outputs: &mut VecDeque<Output>) {
        if self.is_closed() {
            return;
        }
        self.judge_voices(false);
        if self.silence.as_mut().is_some_and(|silence| silence.is_long(self.clock)) {
            outputs.push_back(Output::Silent { capture: self.id });
        }
        if self.clock == LONGEST {
            self.settle(LONGEST, true, outputs);
            self.fail(format!("longer than {} hours: the rest is missing", limits::RECORDING_SECONDS / 3_600));
        } else {
            self.settle(self.clock.saturating_sub(ASSEMBLY), everything, outputs);
        }
    }

    /// Samples held: in the window, and on trial.
    #[cfg(test)]
    pub fn held(&self) -> usize {
        self.window.len() + self.voices.iter().map(Voice::held).sum::<usize>()
    }

    /// Whether so much has come that it should be handed out before its time.
    pub fn is_brimming(&self) -> bool {
        self.clock.saturating_sub(self.window.base()) > ASSEMBLY + WRITE_BYTES as u64 / FRAME_BYTES
    }

    fn judge_voices(&mut self, at_once: bool) {
        let clock = i64::try_from(self.clock).unwrap_or(i64::MAX);
        for index in 0..self.voices.len() {
            if let Some(voice) = self.voices.get_mut(index).filter(|voice| voice.is_on_trial()) {
                if at_once {
                    voice.decide(&mut self.ready);
                } else {
                    voice.judge(clock, &mut self.ready);
                }
                self.put_ready(index);
            }
        }
    }

    fn settle(&mut self, until: u64, everything: bool, outputs: &mut VecDeque<Output>) {
        let silence = self.window.settle(until, &mut self.buffer);
        let mut silent_bytes = silence.saturating_mul(FRAME_BYTES);
        while silent_bytes > 0 {
            // A long silence is written from one static piece: it must cost no memory.
            let n = usize::try_from(silent_bytes).unwrap_or(usize::MAX).min(WRITE_BYTES);
            if self.buffer.is_empty() && n == WRITE_BYTES {
                self.hand(Bytes::from_static(&SILENCE), outputs);
            } else {
                self.buffer.resize(self.buffer.len() + n, 0);
                self.hand_full(outputs);
            }
            silent_bytes -= n as u64;
        }
        self.hand_full(outputs);
        if everything && !self.buffer.is_empty() {
            let rest = Bytes::from(std::mem::take(&mut self.buffer));
            self.hand(rest, outputs);
        }
        if everything && self.handed != self.promised {
            self.promised = self.handed;
            outputs.push_back(Output::Patch { capture: self.id, header: wav::header(self.handed) });
        }
    }

    fn hand_full(&mut self, outputs: &mut VecDeque<Output>) {
        while self.buffer.len() >= WRITE_BYTES {
            let rest = self.buffer.split_off(WRITE_BYTES);
            let full = Bytes::from(std::mem::replace(&mut self.buffer, rest));
            self.hand(full, outputs);
        }
    }

    fn hand(&mut self, bytes: Bytes, outputs: &mut VecDeque<Output>) {
        self.handed += bytes.len() as u64;
        outputs.push_back(Output::Write { capture: self.id, bytes });
    }

    /// The recording ends; its timeline ends at `at`.
    pub fn end(&mut self, at: Mono, outputs: &mut VecDeque<Output>) {
        if self.ended {
            return;
        }
        if self.fault.is_none() {
            self.clock = self.clock.max(self.position(at));
            self.judge_voices(true);
            let end = self.position(at).max(self.window.base());
            self.settle(end, true, outputs);
        }
        self.ended = true;
        outputs.push_back(Output::Close { capture: self.id });
        outputs.push_back(Output::Finished { capture: self.id, summary: CaptureSummary::default() });
    }

    /// The file cannot be written: what was, stays; nothing more is asked for.
    pub fn fail(&mut self, text: String) {
        self.fault.get_or_insert(text);
        self.window = Window::default();
        self.buffer = Vec::new();
        self.voices.drain(..).for_each(|voice| self.lost += voice.lost);
    }

    /// The shell took a header.
    pub fn headed(&mut self, header: &[u8; HEADER_BYTES]) {
        self.headed = (self.headed.1, wav::sample_bytes(header));
    }

    /// It could not write it: the one before still holds.
    pub fn unheaded(&mut self) {
        self.headed.1 = self.headed.0;
    }

    /// What became of it.
    pub fn summary(&self) -> CaptureSummary {
        let lost = self.lost + self.voices.iter().map(|voice| voice.lost).sum::<u64>();
        CaptureSummary {
            file: self.file.clone(),
            duration_ms: self.headed.1 / FRAME_BYTES / MS,
            gap_ms: lost / MS,
            fault: self.fault.clone(),
        }
    }
}
