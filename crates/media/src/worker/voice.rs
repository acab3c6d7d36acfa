//! A voice on its way into a mix: a small jitter buffer by RTP time, and how loud it is. Codes lie in a ring at the place
//! that their timestamp says; what has not come when it is played is silence. It is there only while a mixer needs it.
//!
//! A frame is held back at first. Where packets come too late for that, half a frame more is; where more lies there than
//! is needed, since the talker's clock is fast, a frame is left out while he is silent.

use crate::codec::Codec;
use crate::egress::Speaker;

/// The samples of a frame of a mix: 20 ms.
pub(super) const FRAME: usize = 160;
/// Samples that the ring holds: the longest packet behind the deepest buffer.
const RING: usize = 4_096;
/// Held back at first, and at most: one to three frames.
const SHALLOW: u32 = FRAME as u32;
const DEEP: u32 = 3 * FRAME as u32;
/// More than this beside what is held back is left out in silence; more than that, at once.
const SPARE: u32 = 3 * FRAME as u32;
const MUCH: u32 = 2_000;
/// The mean magnitude of a frame from which on somebody talks: about -50 dB of full scale. Line noise lies below.
const TALK: u32 = 100;
/// Frames for which somebody is still a talker after that: 400 ms.
const HANG_OVER: u8 = 20;

/// A voice.
#[derive(Clone, Debug)]
pub(super) struct Voice {
    ring: [u8; RING],
    codec: Codec,
    speaker: Option<Speaker>,
    /// The RTP time of what is played next, and where what has come ends.
    next: u32,
    end: u32,
    depth: u32,
    /// Frames since it ran dry.
    dry: u8,
    /// What is played now.
    pub(super) frame: [u8; FRAME],
    /// There is something in it.
    pub(super) plays: bool,
    /// How loud it has been lately.
    loudness: u32,
    hang_over: u8,
    /// It was among the talkers of the last frame.
    pub(super) chosen: bool,
}

impl Voice {
    pub(super) fn new() -> Voice {
        Voice {
            ring: [0; RING],
            codec: Codec::Pcma,
            speaker: None,
            next: 0,
            end: 0,
            depth: SHALLOW,
            dry: 0,
            frame: [0; FRAME],
            plays: false,
            loudness: 0,
            hang_over: 0,
            chosen: false,
        }
    }

    pub(super) fn codec(&self) -> Codec {
        self.codec
    }

    /// Takes a packet of sound.
    pub(super) fn put(&mut self, speaker: Speaker, codec: Codec, timestamp: u32, codes: &[u8]) {
        let length = codes.len() as u32;
        if self.speaker != Some(speaker) || self.codec != codec {
            (self.speaker, self.codec, self.depth) = (Some(speaker), codec, SHALLOW);
            self.begin(timestamp);
        } else if self.dry > 0 {
            // What should have been played already is late: more is held back from now on.
            if timestamp == self.end && u32::from(self.dry) <= DEEP / SHALLOW {
                self.depth = (self.depth + SHALLOW / 2).min(DEEP);
            }
            self.begin(timestamp);
        }
        let ahead = timestamp.wrapping_sub(self.next) as i32;
        if ahead < 0 && ahead > -(MUCH as i32) {
            return;
        }
        if ahead < 0 || ahead > MUCH as i32 {
            self.begin(timestamp);
        }
        for (place, code) in codes.iter().enumerate() {
            self.ring[(timestamp as usize).wrapping_add(place) % RING] = *code;
        }
        let end = timestamp.wrapping_add(length);
        if end.wrapping_sub(self.end) as i32 > 0 {
            self.end = end;
        }
    }

    /// Begins anew: this packet is played once what is held back before it is over.
    fn begin(&mut self, timestamp: u32) {
        self.ring.fill(self.codec.silence());
        self.next = timestamp.wrapping_sub(self.depth);
        self.end = timestamp;
        self.dry = 0;
    }

    /// Plays the next frame, and notes how loud it is.
    pub(super) fn advance(&mut self) {
        let waiting = self.end.wrapping_sub(self.next);
        if waiting > self.depth + MUCH {
            self.skip(waiting - self.depth);
        }
        self.play();
        let mut level = self.level();
        if level < TALK && self.end.wrapping_sub(self.next) > self.depth + SPARE {
            self.play();
            level = self.level();
        }
        self.hang_over = if level >= TALK { HANG_OVER } else { self.hang_over.saturating_sub(1) };
        self.loudness = level.max(self.loudness - self.loudness / 8);
    }

    /// Moves on by a frame, or by what is left of one.
    fn play(&mut self) {
        let silence = self.codec.silence();
        let waiting = (self.end.wrapping_sub(self.next) as usize).min(FRAME);
        self.plays = waiting > 0;
        self.dry = if waiting < FRAME { self.dry.saturating_add(1) } else { 0 };
        self.frame.fill(silence);
        for (place, code) in self.frame.iter_mut().take(waiting).enumerate() {
            let at = (self.next as usize).wrapping_add(place) % RING;
            *code = std::mem::replace(&mut self.ring[at], silence);
        }
        self.next = self.next.wrapping_add(waiting as u32);
    }

    fn skip(&mut self, samples: u32) {
        let silence = self.codec.silence();
        (0..samples).for_each(|n| self.ring[self.next.wrapping_add(n) as usize % RING] = silence);
        self.next = self.next.wrapping_add(samples);
    }

    /// The mean magnitude of the frame.
    fn level(&self) -> u32 {
        if !self.plays {
            return 0;
        }
        let sum: u32 = self.frame.iter().map(|code| u32::from(self.codec.sample(*code).unsigned_abs())).sum();
        sum / FRAME as u32
    }

    /// Its rank among the talkers; `None` when it is none. Who is one of them stays so until another is twice as loud.
    pub(super) fn rank(&self) -> Option<u32> {
        let rank = if self.chosen { self.loudness * 2 } else { self.loudness };
        (self.hang_over > 0).then_some(rank)
    }
}
