//! The synthetic phone's RTP: it speaks in fingerprints (every sample of a packet is the same byte), so
//! that whoever hears it knows whom he hears, or in words when somebody is to listen; and it keeps account
//! of what the stream it hears looks like.

use crate::words::{Voices, Words};
use bytes::{BufMut, Bytes, BytesMut};
use media::codec::Codec;
use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;
use terms::Mono;

/// One packet each 20 ms: 160 samples at 8 kHz.
pub const PACKET_TIME: Duration = Duration::from_millis(20);
pub(crate) const SAMPLES: u32 = 160;
/// RFC 4733 2.5.1.4: the end of an event is sent three times.
const ENDS: u32 = 3;
/// A key is held for five packets (100 ms).
const KEY_PACKETS: u32 = 5;

/// What a phone says.
#[derive(Debug)]
pub struct Speech {
    ssrc: u32,
    sequence: u16,
    time: u32,
    /// When the next packet is due.
    pub next: Mono,
    /// It speaks in words instead of its fingerprint.
    pub(crate) words: Option<Words>,
    begun: bool,
    keys: VecDeque<char>,
    key: Option<Key>,
}

#[derive(Debug)]
struct Key {
    event: u8,
    start: u32,
    sent: u32,
}

impl Speech {
    /// Nothing said yet.
    pub fn new(ssrc: u32, now: Mono) -> Speech {
        Speech {
            ssrc,
            sequence: (ssrc >> 16) as u16,
            time: ssrc,
            next: now,
            words: None,
            begun: false,
            keys: VecDeque::new(),
            key: None,
        }
    }

    /// Presses a key after those pressed before.
    pub fn press(&mut self, digit: char) {
        self.keys.push_back(digit);
    }

    /// The packet that is due, and the time of the next.
    pub fn packet(&mut self, payload_type: u8, codec: Codec, events: Option<u8>, fingerprint: u8) -> Bytes {
        self.next += PACKET_TIME;
        let time = self.time;
        self.time = self.time.wrapping_add(SAMPLES);
        if self.key.is_none() {
            self.key = self.keys.pop_front().and_then(event_of).map(|event| Key { event, start: time, sent: 0 });
        }
        match (self.key.take(), events) {
            (Some(mut key), Some(payload_type)) => {
                let marker = key.sent == 0;
                let packet = self.event_packet(payload_type, &key, marker);
                key.sent += 1;
                self.key = (key.sent < KEY_PACKETS + ENDS).then_some(key);
                packet
            }
            _ => {
                let marker = !std::mem::replace(&mut self.begun, true);
                let mut packet = self.header(payload_type, marker, time);
                match &mut self.words {
                    Some(words) => packet.put_slice(&words.next(codec)),
                    None => packet.put_bytes(fingerprint, SAMPLES as usize),
                }
                packet.freeze()
            }
        }
    }

    fn event_packet(&mut self, payload_type: u8, key: &Key, marker: bool) -> Bytes {
        let mut packet = self.header(payload_type, marker, key.start);
        let end = key.sent >= KEY_PACKETS;
        let duration = SAMPLES * (key.sent + 1).min(KEY_PACKETS);
        packet.put_u8(key.event);
        packet.put_u8(if end { 0x80 | 10 } else { 10 });
        packet.put_u16(duration as u16);
        packet.freeze()
    }

    fn header(&mut self, payload_type: u8, marker: bool, time: u32) -> BytesMut {
        let mut packet = BytesMut::with_capacity(12 + SAMPLES as usize);
        packet.put_u8(0x80);
        packet.put_u8(u8::from(marker) << 7 | payload_type & 0x7f);
        packet.put_u16(self.sequence);
        packet.put_u32(time);
        packet.put_u32(self.ssrc);
        self.sequence = self.sequence.wrapping_add(1);
        packet
    }
}

fn event_of(digit: char) -> Option<u8> {
    match digit {
        '0'..='9' => u8::try_from(digit as u32 - '0' as u32).ok(),
        '*' => Some(10),
        '#' => Some(11),
        'A'..='D' => u8::try_from(digit as u32 - 'A' as u32 + 12).ok(),
        _ => None,
    }
}

/// What a phone heard in one call.
#[derive(Clone, Debug, Default)]
pub struct Heard {
    /// RTP packets.
    pub packets: u64,
    /// Packets by fingerprint; whatever is no fingerprint (prompts, music, tones) is under `None`.
    pub voices: BTreeMap<Option<u8>, u64>,
    /// Keys heard, one for each event.
    pub keys: String,
    /// Different SSRCs seen; one egress a leg means one.
    pub ssrcs: Vec<u32>,
    /// Sequence numbers that were not the last one plus one.
    pub sequence_breaks: u64,
    /// Times when the RTP time went back within one SSRC.
    pub time_reversals: u64,
    /// Packets with the marker bit.
    pub markers: u64,
    /// Payload types seen.
    pub payload_types: Vec<u8>,
    /// The longest silence between two packets.
    pub longest_gap: Duration,
    last: Option<Last>,
    last_key_start: Option<u32>,
}

#[derive(Clone, Copy, Debug)]
struct Last {
    at: Mono,
    sequence: u16,
    time: u32,
}

impl Heard {
    /// Whether the voice with this fingerprint was heard.
    pub fn voice(&self, fingerprint: u8) -> u64 {
        self.voices.get(&Some(fingerprint)).copied().unwrap_or(0)
    }

    /// Packets of prompts, music and tones.
    pub fn sounds(&self) -> u64 {
        self.voices.get(&None).copied().unwrap_or(0)
    }

    /// Listens to one packet.
    pub fn listen(&mut self, now: Mono, packet: &[u8], events: Option<u8>, known: &Voices) {
        let Some((header, payload)) = packet.split_at_checked(12) else { return };
        let word = |at: usize| u32::from_be_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]]);
        let (payload_type, sequence) = (header[1] & 0x7f, u16::from_be_bytes([header[2], header[3]]));
        let (time, ssrc) = (word(4), word(8));
        self.packets += 1;
        self.markers += u64::from(header[1] >> 7);
        if !self.ssrcs.contains(&ssrc) {
            self.ssrcs.push(ssrc);
        }
        if !self.payload_types.contains(&payload_type) {
            self.payload_types.push(payload_type);
        }
        if let Some(last) = self.last {
            self.longest_gap = self.longest_gap.max(now.since(last.at));
            self.sequence_breaks += u64::from(sequence != last.sequence.wrapping_add(1));
            self.time_reversals += u64::from((time.wrapping_sub(last.time) as i32) < 0);
        }
        self.last = Some(Last { at: now, sequence, time });
        if Some(payload_type) == events {
            return self.listen_key(time, payload);
        }
        let first = payload.first().copied();
        let fingerprint = first.filter(|first| payload.iter().all(|byte| byte == first));
        let voice = fingerprint.or_else(|| known.whose(payload));
        *self.voices.entry(voice).or_insert(0) += 1;
    }

    fn listen_key(&mut self, start: u32, payload: &[u8]) {
        if self.last_key_start.replace(start) == Some(start) {
            return;
        }
        let key = match payload.first() {
            Some(digit @ 0..=9) => char::from(b'0' + digit),
            Some(10) => '*',
            Some(11) => '#',
            Some(letter @ 12..=15) => char::from(b'A' + letter - 12),
            _ => return,
        };
        self.keys.push(key);
    }
}
