//! A voice on its way into a mix: a small jitter buffer by RTP time, and how loud it is. Codes lie in a ring at the place
//! that their timestamp says. For what has not come when it is played, what was heard before is repeated and fades away
//! within three frames. It is there only while a mixer needs it.
//!
//! A frame is held back at first. Where packets come too late for that, half a frame more is. Where more lies there than
//! is needed, since the talker's clock is fast, a frame is left out while he is silent; where less does, since it is slow,
//! his silence lasts a frame longer.

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
/// So many frames in a row with less than is held back are a slow clock, and no jitter: half a second.
const SLOW: u8 = 25;
/// What was heard before a loss is silent after so many samples.
const FADE: u32 = 3 * FRAME as u32;
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
    /// Frames in a row with less than is held back.
    low: u8,
    /// Samples that were made up since the last that came.
    made_up: u32,
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
            low: 0,
            made_up: FADE,
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

    /// Takes a packet of sound. `spurt`: he was silent before it (RFC 3551 4.1).
    pub(super) fn put(&mut self, speaker: Speaker, codec: Codec, timestamp: u32, spurt: bool, codes: &[u8]) {
        let length = codes.len() as u32;
        if self.speaker != Some(speaker) || self.codec != codec {
            (self.speaker, self.codec, self.depth, self.made_up) = (Some(speaker), codec, SHALLOW, FADE);
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
            self.made_up = FADE;
            self.begin(timestamp);
        }
        let gap = timestamp.wrapping_sub(self.end) as i32;
        if gap > 0 && gap <= FADE as i32 && !spurt {
            self.make_up(timestamp, 0);
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
        self.end = self.next;
        self.make_up(timestamp, self.made_up);
        self.end = timestamp;
        self.dry = 0;
    }

    /// Fills the ring from where what has come ends to here. So many samples were made up before it. A packet that comes
    /// late after all takes the place of what stands for it.
    fn make_up(&mut self, until: u32, before: u32) {
        for n in 0..until.wrapping_sub(self.end).min(FADE) {
            let place = self.end.wrapping_add(n);
            // A frame before that: it lies in the ring, or has just been played.
            let code = match place.wrapping_sub(self.next) as usize {
                played if played < FRAME => self.frame[played],
                _ => self.ring[(place as usize).wrapping_sub(FRAME) % RING],
            };
            self.ring[place as usize % RING] = self.faded(code, before + n);
        }
    }

    /// A sample as it is a frame later, where nothing came; so many were made up before it.
    fn faded(&self, code: u8, made_up: u32) -> u8 {
        if made_up >= FADE {
            return self.codec.silence();
        }
        let (left, of) = ((FADE - made_up) as i32, (FADE + FRAME as u32 - made_up).min(FADE) as i32);
        self.codec.code((i32::from(self.codec.sample(code)) * left / of) as i16)
    }

    /// Plays the next frame, and notes how loud it is.
    pub(super) fn advance(&mut self) {
        let waiting = self.waiting();
        if waiting > self.depth + MUCH {
            self.skip(waiting - self.depth);
        }
        self.low = if waiting < self.depth + FRAME as u32 { self.low.saturating_add(1) } else { 0 };
        let mut level = 0;
        if self.low < SLOW || !self.lasts_a_frame_longer() {
            self.play();
            level = self.level();
            if level < TALK && self.waiting() > self.depth + SPARE {
                self.play();
                level = self.level();
            }
        }
        self.hang_over = if level >= TALK { HANG_OVER } else { self.hang_over.saturating_sub(1) };
        self.loudness = level.max(self.loudness - self.loudness / 8);
    }

    /// What has come and is not played yet.
    pub(super) fn waiting(&self) -> u32 {
        self.end.wrapping_sub(self.next)
    }

    /// Where he was silent and is, he may be so for a frame more. What is played stays as it was.
    fn lasts_a_frame_longer(&mut self) -> bool {
        let silent = self.plays && self.dry == 0 && self.level() < TALK;
        if silent {
            self.low = 0;
        }
        silent
    }

    /// Moves on by a frame, or by what is left of one.
    fn play(&mut self) {
        let (silence, before) = (self.codec.silence(), self.frame);
        let waiting = (self.waiting() as usize).min(FRAME);
        self.dry = if waiting < FRAME { self.dry.saturating_add(1) } else { 0 };
        self.made_up = if waiting > 0 { 0 } else { self.made_up };
        self.plays = waiting > 0 || self.made_up < FADE;
        for (place, heard) in before.iter().enumerate() {
            self.frame[place] = if place < waiting {
                std::mem::replace(&mut self.ring[(self.next as usize).wrapping_add(place) % RING], silence)
            } else {
                self.made_up += 1;
                self.faded(*heard, self.made_up - 1)
            };
        }
        self.made_up = self.made_up.min(FADE);
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
