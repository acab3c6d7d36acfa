//! Who hears whom. The streams of a call are a room, and each has a level; what an egress is plugged into follows from
//! the levels of its room, and from what has come. It is found when one of them changes, never when a packet comes.
//!
//! A sound is heard instead of a voice, unless it yields to one (`quiet`). One voice is relayed; of several the sum is
//! heard (`mixer`), and a sound yields to them at once.

use super::stream::Plug;
use super::{Timer, Worker};
use crate::sound::Player;
use crate::{Hearing, PlayOutcome, Playing, StreamEvent};
use smallvec::SmallVec;
use terms::{CallRef, Now, StreamId};

/// The slots of a call's streams.
pub(super) type Room = SmallVec<[u32; 2]>;

impl Worker {
    /// Takes the levels of streams of one call, as a whole.
    pub(super) fn hearings(&mut self, now: Now, call: CallRef, levels: &[(StreamId, Hearing)]) {
        for (id, level) in levels {
            if let Some((slot, _)) = self.named(*id).filter(|(_, s)| s.call == call) {
                self.take_level(slot, level);
            }
        }
        self.wire(now, call);
    }

    fn take_level(&mut self, slot: u32, level: &Hearing) {
        let Some(s) = self.stream_mut(slot) else { return };
        (s.hears, s.speaks, s.keeps_keys) = (level.hears, level.speaks, level.keeps_keys);
        let play = level.sound.map(|playing| playing.play);
        // The same one goes on where it is, or has been heard.
        if std::mem::replace(&mut s.play, play) == play {
            return;
        }
        let resumed = s.aside.take_if(|aside| Some(aside.play) == play).map(|aside| *aside);
        let sound = resumed.or_else(|| level.sound.and_then(|playing| self.player(slot, &playing)));
        let Some(s) = self.stream_mut(slot) else { return };
        let before = std::mem::replace(&mut s.sound, sound);
        // What is heard once interrupts what is heard again and again.
        match before.filter(|before| before.repeat) {
            _ if level.sound.is_none_or(|sound| sound.repeat) => s.aside = None,
            Some(music) => s.aside = Some(Box::new(music)),
            None => {}
        }
        if s.plug == Plug::Sound {
            self.plug(slot, Plug::Nothing);
        }
    }

    fn player(&mut self, slot: u32, playing: &Playing) -> Option<Player> {
        let player = Player::new(playing, &self.book);
        if let (None, Some(stream)) = (&player, self.stream(slot).map(|s| s.id)) {
            self.tell_of(stream, StreamEvent::PlayFinished { play: playing.play, outcome: PlayOutcome::Missing });
        }
        player
    }

    /// Plugs each egress of a room into what the levels say.
    pub(super) fn wire(&mut self, now: Now, call: CallRef) {
        let Some(room) = self.rooms.get(&call).cloned() else { return };
        for slot in &room {
            let (voice, others) = self.voices(*slot, &room);
            let Some(l) = self.stream(*slot) else { continue };
            let plug = match voice {
                Some(_) if others > 0 && (l.sound.is_none() || l.yields()) => Plug::Mix,
                Some(voice) if l.sound.is_none() => Plug::Hear(voice),
                // Who hears that sound already hears it until the voice comes.
                Some(voice) if l.yields() && l.plug != Plug::Sound => Plug::Hear(voice),
                _ if l.sound.is_some() => Plug::Sound,
                _ => Plug::Nothing,
            };
            if l.plug != plug {
                self.plug(*slot, plug);
            }
            match plug {
                Plug::Sound => self.start(now, *slot),
                Plug::Hear(_) => {
                    self.begin_to_knock(now, *slot);
                    self.begin_to_listen(now, *slot);
                }
                Plug::Mix | Plug::Nothing => {}
            }
        }
        self.await_voices(&room);
        self.conduct(now, call, &room);
    }

    /// Notes whose first packet matters to somebody who hears a sound meanwhile.
    fn await_voices(&mut self, room: &Room) {
        let awaited: Room = room.iter().filter_map(|slot| self.awaits(*slot)).collect();
        for slot in room {
            if let Some(s) = self.stream_mut(*slot) {
                s.awaited = awaited.contains(slot);
                s.attend();
            }
        }
    }

    /// Whom a stream may hear, and how many others beside him.
    pub(super) fn voices(&self, slot: u32, room: &Room) -> (Option<u32>, usize) {
        let Some(l) = self.stream(slot) else { return (None, 0) };
        let speakers = room.iter().filter_map(|speaker| Some((self.stream(*speaker)?, *speaker)));
        let heard = speakers.filter(|(s, speaker)| *speaker != slot && l.hears.meet(s.speaks));
        let (first, count) = heard.fold((None, 0), |(first, count), (s, speaker)| {
            (Some(first.map_or((s.id, speaker), |first| (s.id, speaker).min(first))), count + 1usize)
        });
        (first.map(|(_, speaker)| speaker), count.saturating_sub(1))
    }

    /// Plugs a stream's egress into something else.
    pub(super) fn plug(&mut self, slot: u32, plug: Plug) {
        let Some(s) = self.stream_mut(slot) else { return };
        s.egress.switch();
        s.deadlines.clear(Timer::Tick);
        s.deadlines.clear(Timer::Quiet);
        s.deadlines.clear(Timer::Beat);
        if let Plug::Hear(heard) = std::mem::replace(&mut s.plug, plug)
            && let Some(speaker) = self.stream_mut(heard)
        {
            speaker.listeners.retain(|listener| *listener != slot);
        }
        if let Plug::Hear(voice) = plug
            && let Some(speaker) = self.stream_mut(voice)
        {
            speaker.listeners.push(slot);
        }
    }

    /// A stream is gone: whoever heard it hears who else is there.
    pub(super) fn leave_room(&mut self, now: Now, call: CallRef, slot: u32) {
        let Some(room) = self.rooms.get_mut(&call) else { return };
        room.retain(|other| *other != slot);
        if room.is_empty() {
            self.rooms.remove(&call);
        } else {
            self.wire(now, call);
        }
    }
}
