//! A sound that yields to a voice: ringback while somebody who is rung sends early media or none, music while one who
//! holds sends his own or none. It is heard when nothing has come from the voice for a while, until its first packet; in
//! between it stands still. Who hears it before there is a voice hears it until that comes.

use super::stream::{Plug, Stream};
use super::{Timer, Worker};
use std::time::Duration;
use terms::Now;

/// How often it is looked whether something came.
const LOOK: Duration = Duration::from_millis(100);
/// Looks without a packet after which a voice is silent: 400 ms.
const LOOKS: u8 = 4;

/// How long a voice has been silent, to one listener.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Quiet {
    /// Packets that had come from it at the last look.
    received: u64,
    /// Looks since the last one came.
    looks: u8,
}

impl Worker {
    /// Begins to look whether the voice comes that a stream hears instead of its sound.
    pub(super) fn begin_to_listen(&mut self, now: Now, slot: u32) {
        let Some((l, Plug::Hear(voice))) = self.stream(slot).map(|l| (l, l.plug)) else { return };
        if l.sound.is_none() || l.deadlines.get(Timer::Quiet).is_some() {
            return;
        }
        let received = self.received(voice);
        if let Some(l) = self.stream_mut(slot) {
            l.quiet = Quiet { received, looks: 0 };
        }
        self.arm_about(slot, Timer::Quiet, now.mono + LOOK);
    }

    /// Looks whether it came.
    pub(super) fn listen_for(&mut self, now: Now, slot: u32) {
        let Some((l, Plug::Hear(voice))) = self.stream(slot).map(|l| (l, l.plug)) else { return };
        if l.sound.is_none() {
            return;
        }
        let (before, received, call) = (l.quiet, self.received(voice), l.call);
        let looks = if received == before.received { before.looks + 1 } else { 0 };
        if let Some(l) = self.stream_mut(slot) {
            l.quiet = Quiet { received, looks };
        }
        if looks < LOOKS {
            return self.arm_about(slot, Timer::Quiet, now.mono + LOOK);
        }
        self.plug(slot, Plug::Sound);
        self.wire(now, call);
    }

    /// The first packet of a voice for which a sound was heard: from this one on it is the voice.
    pub(super) fn speaks_up(&mut self, now: Now, voice: u32) {
        let Some((call, room)) = self.stream(voice).and_then(|s| Some((s.call, self.rooms.get(&s.call)?.clone())))
        else {
            return;
        };
        for slot in &room {
            if self.awaits(*slot) == Some(voice) {
                self.plug(*slot, Plug::Hear(voice));
            }
        }
        self.wire(now, call);
    }

    /// Whose first packet ends what a stream hears.
    pub(super) fn awaits(&self, slot: u32) -> Option<u32> {
        let l = self.stream(slot).filter(|l| l.yields() && l.plug == Plug::Sound)?;
        self.voices(slot, self.rooms.get(&l.call)?).0
    }

    fn received(&self, slot: u32) -> u64 {
        self.stream(slot).map_or(0, |s| s.reception.received())
    }
}

impl Stream {
    /// Its sound yields to a voice.
    pub(super) fn yields(&self) -> bool {
        self.sound.as_ref().is_some_and(|player| player.yields)
    }
}
