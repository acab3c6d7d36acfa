//! The mixer. Who hears several voices hears the sum of those who talk, without his own: a frame of 20 ms at a time, the
//! whole room at one beat. The loudest eight talk; noise floors do not add up. One talker alone is passed on as he is.
//! A sum is computed and encoded once for all who hear the same talkers in the same codec.
//!
//! The beat is a deadline of one stream of the room that hears a mix, whichever it is: its phase is that of the call.

use super::room::Room;
use super::stream::{Plug, Stream};
use super::tick::in_phase;
use super::voice::{FRAME, Voice};
use super::{Slot, Timer, Worker};
use crate::Groups;
use crate::codec::{Codec, mix};
use smallvec::SmallVec;
use std::time::Duration;
use terms::{CallRef, Mono, Now};

/// The time between two frames.
const BEAT: Duration = Duration::from_millis(20);
/// Talkers who are heard at once.
const TALKERS: usize = 8;
/// Frames that are made up for when the shell was late; the rest is left out.
const CATCH_UP: usize = 3;

/// Somebody who talks, for one frame.
#[derive(Debug)]
struct Talker {
    slot: u32,
    speaks: Groups,
    codec: Codec,
    codes: [u8; FRAME],
    samples: [i16; FRAME],
}

/// What those hear who hear these talkers, a bit each, in this codec.
#[derive(Debug)]
struct Sum {
    talkers: u8,
    codec: Codec,
    codes: [u8; FRAME],
}

/// What is worked out for one frame of one room. The worker keeps it for the next, so that nothing is allocated.
#[derive(Debug, Default)]
pub(super) struct Mixer {
    talkers: Vec<Talker>,
    sums: Vec<Sum>,
}

impl Worker {
    /// Gives those a voice whom a mix needs, and takes it from all others; sets the beat.
    pub(super) fn conduct(&mut self, now: Now, call: CallRef, room: &Room) {
        let mixes = |worker: &Worker, slot: &u32| worker.stream(*slot).is_some_and(|s| s.plug == Plug::Mix);
        let listeners: SmallVec<[u32; 2]> = room.iter().copied().filter(|slot| mixes(self, slot)).collect();
        let heard = listeners.iter().filter_map(|slot| self.stream(*slot)).fold(Groups::NONE, |all, l| all | l.hears);
        for slot in room {
            let Some(s) = self.stream_mut(*slot) else { continue };
            match (heard.meet(s.speaks), &s.voice) {
                (true, None) => s.voice = Some(Box::new(Voice::new())),
                (false, Some(_)) => s.voice = None,
                _ => continue,
            }
            s.attend();
        }
        let beats = |slot: &u32| self.stream(*slot).is_some_and(|s| s.deadlines.get(Timer::Beat).is_some());
        if let Some(first) = listeners.first().filter(|_| !listeners.iter().any(beats)) {
            let last = listeners.iter().filter_map(|slot| self.stream(*slot)?.last_tick).max();
            let earliest = last.map_or(now.mono, |last| now.mono.max(last + BEAT));
            self.arm(*first, Timer::Beat, in_phase(earliest, call.0 as u32, BEAT));
        }
    }

    /// A beat: the next frame of a room.
    pub(super) fn beat(&mut self, now: Now, slot: u32, deadline: Mono) {
        let Some(room) = self.stream(slot).map(|s| s.call).and_then(|call| self.rooms.get_mut(&call)) else {
            return;
        };
        let (room, mut mixer) = (std::mem::take(room), std::mem::take(&mut self.mixer));
        let mut at = deadline;
        for _ in 0..CATCH_UP {
            self.frame(&mut mixer, &room, at);
            at += BEAT;
            if at > now.mono {
                break;
            }
        }
        if let Some(place) = self.stream(slot).map(|s| s.call).and_then(|call| self.rooms.get_mut(&call)) {
            *place = room;
        }
        self.mixer = mixer;
        let missed = (now.mono - at).as_micros() / BEAT.as_micros() + u128::from(at <= now.mono);
        at += BEAT.saturating_mul(u32::try_from(missed).unwrap_or(u32::MAX));
        self.arm(slot, Timer::Beat, at);
    }

    fn frame(&mut self, mixer: &mut Mixer, room: &Room, at: Mono) {
        self.choose(mixer, room);
        mixer.sums.clear();
        for slot in room {
            let Some(l) = self.streams.get_mut(*slot as usize).and_then(|s| s.as_deref_mut()) else { continue };
            if l.plug != Plug::Mix {
                continue;
            }
            l.last_tick = Some(at);
            let Some((settings, to)) = l.way_out().filter(|_| !l.presses.is_sending()) else { continue };
            let send = settings.send;
            let codes = mixer.sum(mixer.heard_by(*slot, l), send.codec);
            let header = l.egress.sound(at, send.payload_type, FRAME, BEAT);
            self.outbox.push(Slot(*slot), false, to, |bytes| {
                bytes.extend(header);
                bytes.extend_from_slice(codes);
            });
        }
    }

    /// Lets all voices of a room go on by a frame, and finds the loudest talkers.
    fn choose(&mut self, mixer: &mut Mixer, room: &Room) {
        mixer.talkers.clear();
        let mut loudest: SmallVec<[(u32, u32); TALKERS]> = SmallVec::new();
        for slot in room {
            let Some(voice) = self.stream_mut(*slot).and_then(|s| s.voice.as_deref_mut()) else { continue };
            voice.advance();
            let rank = voice.rank();
            voice.chosen = false;
            let Some(rank) = rank else { continue };
            let place = loudest.iter().position(|(other, _)| *other < rank).unwrap_or(loudest.len());
            if loudest.len() == TALKERS && place < TALKERS {
                loudest.pop();
            }
            if loudest.len() < TALKERS {
                loudest.insert(place, (rank, *slot));
            }
        }
        for (_, slot) in loudest {
            let Some(s) = self.stream_mut(slot) else { continue };
            let speaks = s.speaks;
            let Some(voice) = s.voice.as_deref_mut() else { continue };
            voice.chosen = true;
            if voice.plays {
                mixer.talkers.push(Talker::new(slot, speaks, voice));
            }
        }
    }
}

impl Talker {
    fn new(slot: u32, speaks: Groups, voice: &Voice) -> Talker {
        let mut samples = [0; FRAME];
        voice.codec().decode(&voice.frame, &mut samples);
        Talker { slot, speaks, codec: voice.codec(), codes: voice.frame, samples }
    }
}

impl Mixer {
    /// Which of the talkers a stream hears: never itself.
    fn heard_by(&self, slot: u32, l: &Stream) -> u8 {
        let heard = self.talkers.iter().enumerate().filter(|(_, t)| t.slot != slot && l.hears.meet(t.speaks));
        heard.fold(0, |bits, (n, _)| bits | 1 << n)
    }

    /// What they are together.
    fn sum(&mut self, talkers: u8, codec: Codec) -> &[u8] {
        let known = self.sums.iter().position(|sum| (sum.talkers, sum.codec) == (talkers, codec));
        let place = known.unwrap_or_else(|| {
            let codes = self.codes(talkers, codec);
            self.sums.push(Sum { talkers, codec, codes });
            self.sums.len() - 1
        });
        self.sums.get(place).map_or(&[], |sum| &sum.codes)
    }

    fn codes(&self, talkers: u8, codec: Codec) -> [u8; FRAME] {
        let these = self.talkers.iter().enumerate().filter(|(n, _)| talkers & 1 << n != 0).map(|(_, talker)| talker);
        let mut codes = [codec.silence(); FRAME];
        match (talkers.count_ones(), these.clone().next()) {
            (1, Some(alone)) => {
                codes = alone.codes;
                alone.codec.transcode(codec, &mut codes);
            }
            (_, Some(_)) => {
                let mut samples = [0; FRAME];
                mix(these.map(|talker| &talker.samples[..]), &mut samples);
                codec.encode(&samples, &mut codes);
            }
            (_, None) => {}
        }
        codes
    }
}
