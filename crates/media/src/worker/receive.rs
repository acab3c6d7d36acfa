//! The path of a packet: checked, latched, counted, tapped, mixed, and forwarded where it lies.

use super::stream::{Meaning, Stream};
use super::{DropReason, Slot, Verdict, Worker};
use crate::codec::Codec;
use crate::digits::{Place, TelephoneEvent};
use crate::egress::{Incoming, Speaker};
use crate::latch::{Claim, canonical};
use crate::rtp::packet::{self, HEADER_BYTES, Header};
use crate::rtp::reception::Seen;
use crate::{KeySet, Output, StreamEvent, recording};
use bytes::{Bytes, BytesMut};
use smallvec::SmallVec;
use std::net::SocketAddr;
use terms::{Mono, Now};

/// The longest payload that is plausible for one packet: 200 ms of G.711.
const LONGEST_PAYLOAD: usize = 1_600;

/// Payloads on their way to the recorder lie together in blocks of this size: four hundred of 20 ms.
const BLOCK_BYTES: usize = 65_536;

/// A packet that a stream accepted.
#[derive(Clone, Copy)]
struct Accepted {
    header: Header,
    meaning: Meaning,
    incoming: Incoming,
    /// A key that is kept from the listeners.
    kept: bool,
}

impl Worker {
    /// Takes a packet that came to a stream's RTP port, in the buffer where it lies; it may be rewritten there.
    pub fn ingest(&mut self, now: Now, slot: Slot, from: SocketAddr, packet: &mut [u8]) -> Verdict {
        let accepted = match self.accept(now.mono, slot.0, canonical(from), packet) {
            Ok(accepted) => accepted,
            Err(reason) => {
                match self.stream_mut(slot.0) {
                    Some(s) => s.refuse(reason),
                    None => self.gone += 1,
                }
                return Verdict::Drop(reason);
            }
        };
        let Some(s) = self.stream(slot.0) else { return Verdict::Drop(DropReason::Gone) };
        if s.attended {
            let (tapped, begins) = (!s.taps.is_empty(), s.awaited && !accepted.incoming.event);
            if tapped {
                self.copy_to_recorder(now.mono, slot.0, &accepted, packet);
            }
            self.put_aside(slot.0, &accepted, packet);
            if begins {
                self.speaks_up(now, slot.0);
            }
            if accepted.incoming.event && self.stream(slot.0).is_some_and(|s| s.keeps_keys) {
                return self.keep(slot.0, &accepted);
            }
        }
        let verdict = self.pass_on(now.mono, slot.0, &accepted, packet);
        if let Verdict::Drop(reason) = verdict
            && let Some(s) = self.stream_mut(slot.0)
        {
            s.refuse(reason);
        }
        verdict
    }

    fn pass_on(&mut self, now: Mono, slot: u32, accepted: &Accepted, packet: &mut [u8]) -> Verdict {
        let Some(s) = self.stream(slot) else { return Verdict::Absorbed };
        match s.listeners[..] {
            [] => Verdict::Absorbed,
            [listener] => self.forward(now, listener, accepted, packet),
            _ => {
                // All but the last get copies; the last one gets the buffer itself.
                let listeners: SmallVec<[u32; 2]> = s.listeners.clone();
                let Some((last, others)) = listeners.split_last() else { return Verdict::Absorbed };
                for listener in others {
                    self.forward_copy(now, *listener, accepted, packet);
                }
                self.forward(now, *last, accepted, packet)
            }
        }
    }

    /// Nobody hears a key; who hears the voice goes on behind it as if it had not been there.
    fn keep(&mut self, slot: u32, accepted: &Accepted) -> Verdict {
        let listeners = self.stream(slot).map(|s| s.listeners.clone()).unwrap_or_default();
        for listener in listeners {
            if let Some(l) = self.stream_mut(listener) {
                l.egress.absorb(&accepted.incoming);
            }
        }
        Verdict::Absorbed
    }

    fn accept(&mut self, now: Mono, slot: u32, from: SocketAddr, packet: &[u8]) -> Result<Accepted, DropReason> {
        let s = self.streams.get_mut(slot as usize).and_then(|s| s.as_deref_mut()).ok_or(DropReason::Gone)?;
        let settings = s.settings.as_ref().ok_or(DropReason::NotConfigured)?;
        let receiving = settings.receiving;
        let header = packet::parse(packet).ok_or(DropReason::Malformed)?;
        let meaning = s.meaning(header.payload_type).ok_or(DropReason::PayloadType)?;
        let payload = packet.get(header.start..header.end).unwrap_or(&[]);
        if payload.is_empty() || payload.len() > LONGEST_PAYLOAD {
            return Err(DropReason::Malformed);
        }
        let event = match meaning {
            Meaning::Sound(_) => None,
            Meaning::Event => Some(TelephoneEvent::parse(payload).ok_or(DropReason::Malformed)?),
        };
        self.latch(now, slot, from)?;
        let s = self.stream_mut(slot).ok_or(DropReason::Gone)?;
        if !receiving {
            return Err(DropReason::Held);
        }
        let sequence = match s.reception.note(header.ssrc, header.sequence) {
            Seen::Newest(n) | Seen::Reordered(n) | Seen::Restarted(n) => n,
            Seen::Duplicate => return Err(DropReason::Duplicate),
            Seen::Refused => return Err(DropReason::Late),
        };
        let digit = match event {
            Some(event) => {
                let (ssrc, timestamp) = (header.ssrc, header.timestamp);
                s.digits.note(now, Place { ssrc, epoch: s.reception.epoch, sequence, timestamp }, event)
            }
            None => {
                s.reception.note_arrival(now, header.timestamp);
                None
            }
        };
        let incoming = Incoming {
            speaker: Speaker { slot, generation: s.generation, epoch: s.reception.epoch },
            sequence,
            timestamp: header.timestamp,
            marker: header.marker,
            event: event.is_some(),
            ticks: event.map_or(payload.len() as u32, |e| u32::from(e.duration)),
            octets: payload.len(),
        };
        let stream = s.id;
        if let Some(digit) = digit {
            let keeps = s.settings.as_ref().map_or(KeySet::NONE, |settings| settings.keeps);
            let (kept, stays) = (s.keeping.pressed(digit, keeps), s.keeps_keys);
            self.tell_of(stream, StreamEvent::Digit { digit, kept });
            if !kept && !stays {
                self.press_in_mixes(now, slot, digit);
            }
        }
        let kept = event.is_some() && self.stream(slot).is_some_and(|s| s.keeping.keeps());
        Ok(Accepted { header, meaning, incoming, kept })
    }

    /// Whether the stream believes this source; tells the shell when its socket may filter.
    fn latch(&mut self, now: Mono, slot: u32, from: SocketAddr) -> Result<(), DropReason> {
        let s = self.stream_mut(slot).ok_or(DropReason::Gone)?;
        let claim = s.latch.claim(now, from);
        match claim {
            Claim::Held => Ok(()),
            Claim::Refused => {
                self.tell_stranger(slot, from);
                Err(DropReason::WrongSource)
            }
            Claim::Settled | Claim::Taken => {
                s.reports.source = None;
                let remote = (claim == Claim::Settled).then_some(from);
                if remote.is_some() || s.connected {
                    s.connected = remote.is_some();
                    let stream = s.id;
                    self.outputs.push_back(Output::ConnectSocket { stream, remote });
                }
                Ok(())
            }
        }
    }

    /// The first stranger after an offer is named, so that an operator sees why somebody is not heard.
    fn tell_stranger(&mut self, slot: u32, from: SocketAddr) {
        let Some(s) = self.stream_mut(slot) else { return };
        if !std::mem::replace(&mut s.stranger_told, true) {
            let (stream, call, expected) = (s.id, s.call, s.latch.source().or(s.latch.signalled()));
            self.outputs.push_back(Output::Stranger { stream, call, from, expected });
        }
    }

    /// Keeps what a mixer needs.
    fn put_aside(&mut self, slot: u32, accepted: &Accepted, packet: &[u8]) {
        let Accepted { header, meaning: Meaning::Sound(codec), incoming, .. } = *accepted else { return };
        if let Some(voice) = self.stream_mut(slot).and_then(|s| s.voice.as_deref_mut()) {
            let codes = packet.get(header.start..header.end).unwrap_or(&[]);
            voice.put(incoming.speaker, codec, header.timestamp, header.marker, codes);
        }
    }

    fn copy_to_recorder(&mut self, at: Mono, slot: u32, accepted: &Accepted, packet: &[u8]) {
        let Some(s) = self.streams.get(slot as usize).and_then(|s| s.as_deref()) else { return };
        let copies = &mut self.copies;
        let Accepted { header, meaning, .. } = *accepted;
        // A key has no samples; an empty frame says that the hole which it leaves is no loss.
        let (codec, payload) = match meaning {
            Meaning::Sound(codec) => (codec, packet.get(header.start..header.end).unwrap_or(&[])),
            Meaning::Event => (Codec::Pcma, &[][..]),
        };
        let payload = copy(copies, payload);
        for &(capture, channel) in &s.taps {
            self.outputs.push_back(Output::Recorder(recording::Input::Frame {
                capture,
                channel,
                stream: s.id,
                ssrc: header.ssrc,
                at,
                rtp_time: header.timestamp,
                codec,
                payload: payload.clone(),
            }));
        }
    }

    fn forward(&mut self, at: Mono, listener: u32, accepted: &Accepted, packet: &mut [u8]) -> Verdict {
        let Some(l) = self.stream_mut(listener) else { return Verdict::Absorbed };
        match l.readdress(at, accepted) {
            Ok(Some((header, to, target))) => {
                let start = accepted.header.start - HEADER_BYTES;
                if let Some(bytes) = packet.get_mut(start..accepted.header.end) {
                    write(bytes, &header, accepted.meaning, target);
                }
                Verdict::Forward { slot: Slot(listener), to, start, end: accepted.header.end }
            }
            Ok(None) => Verdict::Absorbed,
            Err(reason) => Verdict::Drop(reason),
        }
    }

    fn forward_copy(&mut self, at: Mono, listener: u32, accepted: &Accepted, packet: &[u8]) {
        let Some(l) = self.streams.get_mut(listener as usize).and_then(|s| s.as_deref_mut()) else { return };
        let Ok(Some((header, to, target))) = l.readdress(at, accepted) else { return };
        let payload = packet.get(accepted.header.start..accepted.header.end).unwrap_or(&[]);
        self.outbox.push(Slot(listener), false, to, |out| {
            let start = out.len();
            out.extend(header);
            out.extend_from_slice(payload);
            if let Some(bytes) = out.get_mut(start..) {
                write(bytes, &header, accepted.meaning, target);
            }
        });
    }
}

/// Copies a payload into a block that many share: an allocation each would cost more than all the rest, since another
/// thread frees it. The block goes when the last of them has been read.
fn copy(block: &mut BytesMut, payload: &[u8]) -> Bytes {
    if block.capacity() < payload.len() {
        *block = BytesMut::with_capacity(BLOCK_BYTES);
    }
    block.extend_from_slice(payload);
    block.split().freeze()
}

/// Writes the new header, and the payload in the listener's codec, over header and payload.
fn write(bytes: &mut [u8], header: &[u8; HEADER_BYTES], meaning: Meaning, target: Codec) {
    let Some((head, payload)) = bytes.split_first_chunk_mut::<HEADER_BYTES>() else { return };
    *head = *header;
    if let Meaning::Sound(codec) = meaning {
        codec.transcode(target, payload);
    }
}

impl Stream {
    /// The header, address and codec under which a speaker's packet goes on to this stream's peer. `None`: it does not.
    fn readdress(
        &mut self,
        at: Mono,
        accepted: &Accepted,
    ) -> Result<Option<([u8; HEADER_BYTES], SocketAddr, Codec)>, DropReason> {
        let Some((settings, to)) = self.way_out().filter(|_| !self.presses.is_sending()) else { return Ok(None) };
        let (codec, length) = (settings.send.codec, settings.packet_time);
        let payload_type = match accepted.meaning {
            Meaning::Sound(_) => Some(settings.send.payload_type),
            Meaning::Event if accepted.kept => None,
            Meaning::Event => settings.send_events,
        };
        let Some(payload_type) = payload_type else {
            self.egress.absorb(&accepted.incoming);
            return Ok(None);
        };
        match self.egress.relay(at, payload_type, length, &accepted.incoming) {
            Some(header) => Ok(Some((header, to, codec))),
            None => Err(DropReason::Late),
        }
    }
}
