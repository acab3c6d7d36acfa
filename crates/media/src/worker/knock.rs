//! The first packets to a peer who hears another one and was not heard yet. A peer who latches, too, may wait for a packet
//! of ours before he sends his own, and the one whom he hears may have nothing to say: both would wait for each other
//! (RFC 7362 4). So he is sent silence until he is heard, or is no latching peer.

use super::stream::{Plug, Stream};
use super::{Slot, Timer, Worker};
use std::time::Duration;
use terms::Now;

/// When the first one goes out: as a rule somebody has spoken by then.
const FIRST: Duration = Duration::from_millis(40);
/// By how much longer each pause is than the one before it.
const GROWTH: u32 = 10;
/// How many there are, should one be lost: the last after 4.4 seconds.
const MOST: u8 = 3;

/// How often a peer was sent silence.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Knocks {
    tried: u8,
    sent_before: u64,
}

impl Worker {
    /// Begins, where there is a reason to.
    pub(super) fn begin_to_knock(&mut self, now: Now, slot: u32) {
        let Some(s) = self.stream_mut(slot).filter(|s| s.is_waited_for()) else { return };
        if s.deadlines.get(Timer::Knock).is_none() {
            s.knocks = Knocks { tried: 0, sent_before: s.egress.sent().0 };
            self.arm(slot, Timer::Knock, now.mono + FIRST);
        }
    }

    /// Sends a packet of silence, unless others went out meanwhile.
    pub(super) fn knock(&mut self, now: Now, slot: u32) {
        let Some(s) = self.streams.get_mut(slot as usize).and_then(|s| s.as_deref_mut()) else { return };
        if !s.is_waited_for() || s.knocks.tried == MOST {
            return;
        }
        let Stream { settings: Some(settings), egress, knocks, latch, .. } = s else { return };
        if let Some(to) = latch.target().filter(|_| egress.sent().0 == knocks.sent_before) {
            let octets = crate::rtp::ticks(settings.packet_time) as usize;
            let header = egress.sound(now.mono, settings.send.payload_type, octets, settings.packet_time);
            // Whoever speaks next begins a talkspurt, under numbers that follow.
            egress.switch();
            let silence = settings.send.codec.silence();
            self.outbox.push(Slot(slot), false, to, |bytes| {
                bytes.extend(header);
                bytes.resize(bytes.len() + octets, silence);
            });
        }
        let tried = knocks.tried + 1;
        *knocks = Knocks { tried, sent_before: egress.sent().0 };
        self.arm(slot, Timer::Knock, now.mono + FIRST * GROWTH.pow(tried.into()));
    }
}

impl Stream {
    /// Whether the peer hears another one, is to be heard, and was not yet.
    fn is_waited_for(&self) -> bool {
        let open = self.settings.as_ref().is_some_and(|settings| settings.sending && settings.receiving);
        open && self.bound && matches!(self.plug, Plug::Hear(_)) && self.latch.is_unheard()
    }
}
