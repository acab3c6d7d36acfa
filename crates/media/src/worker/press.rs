//! Keys that are sent to a peer as RFC 4733 has them, where they came otherwise than with sound, or from one of several
//! whom he hears together. While one is sent, so is nothing else: what the peer hears pauses for it, and goes on behind it
//! under numbers that follow.

use super::room::Room;
use super::stream::{Plug, Stream};
use super::{Slot, Timer, Worker};
use crate::KeySet;
use crate::digits::TelephoneEvent;
use crate::rtp::ticks;
use std::collections::VecDeque;
use std::time::Duration;
use terms::{Mono, Now, StreamId, limits};

/// Its packets follow each other at this distance, and each is that much longer (RFC 4733 2.5.1.2).
const STEP: Duration = Duration::from_millis(20);
/// A key is this many of them long: 100 ms.
const STEPS: u16 = 5;
/// RFC 4733 2.5.1.4: its end is sent three times.
const ENDS: u16 = 3;
/// Octets of a packet's payload.
const OCTETS: usize = 4;

/// Whether the keys of a peer are kept from whoever hears him.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Keeping {
    /// Those that come are.
    on: bool,
    /// The one that came last is, with all of its packets.
    last: bool,
}

impl Keeping {
    /// Another key has come.
    pub(super) fn pressed(&mut self, key: char, keeps: KeySet) -> bool {
        self.on |= keeps.has(key);
        self.last = self.on;
        self.on
    }

    /// Whether a packet of a key is kept.
    pub(super) fn keeps(self) -> bool {
        self.last
    }
}

/// The keys that are to be sent to a peer.
#[derive(Clone, Debug, Default)]
pub(super) struct Presses {
    /// The one that is being sent, and how many of its packets were.
    now: Option<(u8, u16)>,
    waiting: VecDeque<u8>,
}

impl Presses {
    /// One is being sent.
    pub(super) fn is_sending(&self) -> bool {
        self.now.is_some()
    }
}

impl Worker {
    /// Keys pass again from the next one on.
    pub(super) fn let_keys(&mut self, stream: StreamId) {
        if let Some((_, s)) = self.named_mut(stream) {
            s.keeping.on = false;
        }
    }

    /// Sends one, once those before it are over.
    pub(super) fn press(&mut self, now: Now, stream: StreamId, key: char) {
        if let Some((slot, _)) = self.named(stream) {
            self.press_at(now.mono, slot, key);
        }
    }

    /// Somebody pressed a key: whoever hears him within a mix, where no packet is passed on, gets it as if it were.
    pub(super) fn press_in_mixes(&mut self, now: Mono, slot: u32, key: char) {
        let Some((call, speaks)) = self.stream(slot).map(|s| (s.call, s.speaks)) else { return };
        let Some(room) = self.rooms.get(&call) else { return };
        let hears = |other: &u32| self.stream(*other).is_some_and(|l| l.plug == Plug::Mix && l.hears.meet(speaks));
        let listeners: Room = room.iter().copied().filter(|other| *other != slot && hears(other)).collect();
        listeners.into_iter().for_each(|listener| self.press_at(now, listener, key));
    }

    fn press_at(&mut self, now: Mono, slot: u32, key: char) {
        let (Some(code), Some(s)) = (TelephoneEvent::code(key), self.stream_mut(slot)) else { return };
        if s.way_for_keys().is_none() || s.presses.waiting.len() >= limits::DIGITS {
            return;
        }
        s.presses.waiting.push_back(code);
        if !s.presses.is_sending() {
            self.key_packet(slot, now);
        }
    }

    /// A stream that came from another worker in the middle of a key goes on with it.
    pub(super) fn go_on_pressing(&mut self, now: Now, slot: u32) {
        let idle = |s: &Stream| s.presses.is_sending() && s.deadlines.get(Timer::Key).is_none();
        if self.stream(slot).is_some_and(idle) {
            self.arm(slot, Timer::Key, now.mono);
        }
    }

    /// The next packet of a key, or the first one of the next key.
    pub(super) fn key_packet(&mut self, slot: u32, at: Mono) {
        let Some(s) = self.streams.get_mut(slot as usize).and_then(|s| s.as_deref_mut()) else { return };
        let Some((payload_type, to)) = s.way_for_keys() else {
            // It was cut off: put on hold, or what was negotiated is so no more.
            let cut = std::mem::take(&mut s.presses);
            return if cut.is_sending() {
                s.egress.release(u32::from(STEPS) * STEP)
            };
        };
        let Some((code, sent)) = s.presses.now.or_else(|| s.presses.waiting.pop_front().map(|code| (code, 0))) else {
            return;
        };
        if sent == 0 {
            s.egress.press(at, STEP);
        }
        let (end, steps) = (sent >= STEPS, (sent + 1).min(STEPS));
        let event = TelephoneEvent { code, end, duration: steps * ticks(STEP) as u16 };
        let header = s.egress.key(payload_type, sent == 0, OCTETS);
        self.outbox.push(Slot(slot), false, to, |bytes| {
            bytes.extend(header);
            bytes.extend(event.payload());
        });
        let over = sent + 1 == STEPS + ENDS;
        s.presses.now = (!over).then_some((code, sent + 1));
        if over {
            s.egress.release(u32::from(STEPS) * STEP);
        }
        if !over || !s.presses.waiting.is_empty() {
            self.arm(slot, Timer::Key, at + STEP);
        }
    }
}

impl Stream {
    /// The payload type for keys and where they go; none where the peer takes none, or not now.
    fn way_for_keys(&self) -> Option<(u8, std::net::SocketAddr)> {
        let (settings, to) = self.way_out()?;
        Some((settings.send_events?, to))
    }
}
