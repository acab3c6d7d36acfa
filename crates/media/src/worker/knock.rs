//! The first packets to a peer who hears another one and was not heard yet. A peer who latches, too, may wait for a packet
//! of ours before he sends his own, and the one whom he hears may have nothing to say: both would wait for each other
//! (RFC 7362 4). So he is sent silence until he is heard, unless he names the host from which he signals.

use super::stream::{Plug, Stream};
use super::{Slot, Timer, Worker};
use std::time::Duration;
use terms::Now;

/// How long it waits before each one. As a rule somebody has spoken before the first; the others are for losses.
const PAUSES: [Duration; 3] = [Duration::from_millis(200), Duration::from_secs(4), Duration::from_secs(8)];

/// How often a peer was sent silence.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Knocks {
    tried: usize,
    sent: u64,
    sent_before: u64,
}

impl Worker {
    /// Begins, where there is a reason to.
    pub(super) fn begin_to_knock(&mut self, now: Now, slot: u32) {
        let Some(s) = self.stream_mut(slot).filter(|s| s.is_waited_for()) else { return };
        if s.deadlines.get(Timer::Knock).is_none() {
            s.knocks = Knocks { tried: 0, sent_before: s.egress.sent().0, ..s.knocks };
            self.arm_about(slot, Timer::Knock, now.mono + PAUSES[0]);
        }
    }

    /// Sends a packet of silence, unless others went out meanwhile.
    pub(super) fn knock(&mut self, now: Now, slot: u32) {
        let leaves = self.leaves_it_to_the_other(slot);
        let Some(s) = self.streams.get_mut(slot as usize).and_then(|s| s.as_deref_mut()) else { return };
        if !s.is_waited_for() {
            return;
        }
        let Stream { settings: Some(settings), egress, knocks, latch, presses, .. } = s else { return };
        if let Some(to) =
            latch.target().filter(|_| !leaves && egress.sent().0 == knocks.sent_before && !presses.is_sending())
        {
            let octets = crate::rtp::ticks(settings.packet_time) as usize;
            let header = egress.sound(now.mono, settings.send.payload_type, octets, settings.packet_time);
            // Whoever speaks next begins a talkspurt, under numbers that follow.
            egress.switch();
            let silence = settings.send.codec.silence();
            self.outbox.push(Slot(slot), false, to, |bytes| {
                bytes.extend(header);
                bytes.resize(bytes.len() + octets, silence);
            });
            knocks.sent += 1;
        }
        knocks.tried += 1;
        knocks.sent_before = egress.sent().0;
        if let Some(pause) = PAUSES.get(knocks.tried) {
            self.arm_about(slot, Timer::Knock, now.mono + *pause);
        }
    }

    /// Of two who wait for each other one is woken first: what he says wakes the other.
    fn leaves_it_to_the_other(&self, slot: u32) -> bool {
        let Some(s) = self.stream(slot).filter(|s| s.knocks.tried == 0) else { return false };
        let Plug::Hear(other) = s.plug else { return false };
        let both = self.stream(other).is_some_and(|other| other.plug == Plug::Hear(slot) && other.is_waited_for());
        both && slot < other
    }
}

impl Stream {
    /// Whether more went to the peer than silence to wake him.
    pub(super) fn has_sent(&self) -> bool {
        self.egress.sent().0 > self.knocks.sent
    }

    /// Whether the peer hears another one, is to be heard, was not yet, and may wait for us.
    fn is_waited_for(&self) -> bool {
        let open = self.settings.as_ref().is_some_and(|settings| settings.sending && settings.receiving);
        open && self.bound && matches!(self.plug, Plug::Hear(_)) && self.latch.may_wait()
    }
}
