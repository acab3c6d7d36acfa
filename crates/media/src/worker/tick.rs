//! The packets that a sound becomes, one a packet time. Deadlines are absolute, so that they do not drift, and each
//! stream has its own phase, so that not all tick at once.

use super::stream::{Plug, Stream};
use super::{Slot, Timer, Worker};
use crate::{PlayOutcome, StreamEvent};
use std::time::Duration;
use terms::{Mono, Now};

/// Packets that are made up for when the shell was late. Beyond that the sound pauses: a burst would only overflow
/// the peer's jitter buffer.
const CATCH_UP: u32 = 3;

impl Worker {
    /// Sets the first tick of a sound: in the stream's phase, and not before its last packet has been heard.
    pub(super) fn schedule_tick(&mut self, now: Now, slot: u32) {
        let Some(s) = self.stream(slot) else { return };
        let Some(length) = s.settings.as_ref().map(|s| s.packet_time) else { return };
        let earliest = s.last_tick.map_or(now.mono, |last| now.mono.max(last + length));
        self.arm(slot, Timer::Tick, in_phase(earliest, slot, length));
    }

    pub(super) fn tick(&mut self, now: Now, slot: u32, deadline: Mono) {
        let mut at = deadline;
        for _ in 0..CATCH_UP {
            let Some(length) = self.sound_packet(now, slot, at) else { return };
            at += length;
            if at > now.mono {
                return self.arm(slot, Timer::Tick, at);
            }
        }
        let Some(length) = self.stream(slot).and_then(|s| s.settings.as_ref()).map(|s| s.packet_time) else { return };
        let skipped = (now.mono - at).as_micros() / length.as_micros() + 1;
        at += length.saturating_mul(u32::try_from(skipped).unwrap_or(u32::MAX));
        self.arm(slot, Timer::Tick, at);
    }

    /// Sends one packet of the sound that is plugged in; answers its length unless that was the end.
    fn sound_packet(&mut self, now: Now, slot: u32, at: Mono) -> Option<Duration> {
        let s = self.streams.get_mut(slot as usize)?.as_deref_mut()?;
        let Stream { settings, plug: Plug::Sound, sound: Some(player), egress, latch, presses, .. } = s else {
            return None;
        };
        let settings = settings.as_ref()?;
        let length = settings.packet_time;
        let octets = crate::rtp::ticks(length) as usize;
        let mut last = false;
        match latch.target().filter(|_| settings.sending && !presses.is_sending()) {
            Some(to) => {
                let header = egress.sound(at, settings.send.payload_type, octets, length);
                self.outbox.push(Slot(slot), false, to, |bytes| {
                    bytes.extend(header);
                    let start = bytes.len();
                    bytes.resize(start + octets, 0);
                    last = bytes.get_mut(start..).is_none_or(|payload| player.fill(settings.send.codec, payload));
                });
            }
            // On hold, and while a key is sent, the sound goes on unheard, so that whoever waits for its end does not wait for ever.
            None => last = player.skip(octets),
        }
        let play = player.play;
        s.last_tick = Some(at);
        if !last {
            return Some(length);
        }
        let (stream, call) = (s.id, s.call);
        s.sound = None;
        self.wire(now, call);
        self.tell_of(stream, StreamEvent::PlayFinished { play, outcome: PlayOutcome::Completed });
        None
    }
}

/// The first instant from `earliest` on that lies in the phase of a stream, or of a call.
pub(super) fn in_phase(earliest: Mono, slot: u32, length: Duration) -> Mono {
    let length = u64::try_from(length.as_micros()).unwrap_or(u64::MAX).max(1);
    // Neighbouring slots lie far apart: the fraction is that of the golden ratio.
    let phase = (u64::from(slot.wrapping_mul(0x9e37_79b9)) * length) >> 32;
    let now = earliest.as_micros();
    let wait = (phase + length - now % length) % length;
    Mono::from_micros(now.saturating_add(wait))
}
