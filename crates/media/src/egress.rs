//! The one RTP stream that a leg's peer hears from us. The egress owns SSRC, sequence number, timestamp and marker;
//! whatever the leg plays or hears plugs into it, so that the peer sees one source from greeting to goodbye.
//!
//! - Sounds: the sequence number grows by one a packet, the timestamp by the packet's length. After a pause the
//!   timestamp advances by the time that passed, in whole packets, and the marker says so (RFC 3551 4.1).
//! - Relay: numbers are the speaker's, shifted. So what was lost before us stays visible as loss, and what was
//!   reordered stays so. Another speaker (or SSRC) gets another shift, and the marker.
//! - Timestamps and sequence numbers never jump back; only reordered packets of the same speaker lie behind.

use crate::rtp::{duration, packet, ticks};
use std::time::Duration;
use terms::Mono;

/// A speaker's timestamp that runs ahead of the clock by more than this has been set anew.
const RUNAWAY: Duration = Duration::from_secs(5);

/// Whom a relayed packet comes from: another stream, SSRC or start is another speaker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Speaker {
    pub(crate) slot: u32,
    pub(crate) generation: u32,
    pub(crate) epoch: u32,
}

/// A packet that a speaker sent, as far as the egress must know it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Incoming {
    pub(crate) speaker: Speaker,
    /// The extended sequence number.
    pub(crate) sequence: u64,
    pub(crate) timestamp: u32,
    pub(crate) marker: bool,
    /// It is a telephone-event (RFC 4733): its timestamp stands still.
    pub(crate) event: bool,
    /// How much time it covers, from its timestamp on.
    pub(crate) ticks: u32,
    /// The length of the payload.
    pub(crate) octets: usize,
}

/// How a speaker's numbers become ours.
#[derive(Clone, Copy, Debug)]
struct Shift {
    speaker: Speaker,
    /// Nothing before this may be sent: its number would be one that was used for something else.
    floor: u64,
    newest: u64,
    sequence: u16,
    timestamp: u32,
    sound_at: u32,
    heard_at: Mono,
}

/// The egress of one leg.
#[derive(Clone, Debug)]
pub(crate) struct Egress {
    ssrc: u32,
    sequence: u16,
    timestamp: u32,
    /// When the next packet is due if there is no pause; `None` before the first one.
    due: Option<Mono>,
    switched: bool,
    shift: Option<Shift>,
    packets: u64,
    octets: u64,
}

impl Egress {
    pub(crate) fn new(ssrc: u32, sequence: u16, timestamp: u32) -> Egress {
        Egress { ssrc, sequence, timestamp, due: None, switched: true, shift: None, packets: 0, octets: 0 }
    }

    /// Something else is plugged in: the next packet carries the marker.
    pub(crate) fn switch(&mut self) {
        self.switched = true;
        self.shift = None;
    }

    /// Nothing is sent for a while (hold): a speaker's numbers go on without us.
    pub(crate) fn pause(&mut self) {
        self.shift = None;
    }

    /// The header for the next packet of a sound that is due at `at`.
    pub(crate) fn sound(&mut self, at: Mono, payload_type: u8, octets: usize, length: Duration) -> [u8; 12] {
        let marker = self.catch_up(at, length);
        let header = packet::header(marker, payload_type, self.sequence, self.timestamp, self.ssrc);
        self.sequence = self.sequence.wrapping_add(1);
        self.timestamp = self.timestamp.wrapping_add(ticks(length) as u32);
        self.due = Some(at + length);
        self.count(octets);
        header
    }

    /// The header under which a speaker's packet goes on; `None` when it is too late to be told apart from others.
    pub(crate) fn relay(&mut self, at: Mono, payload_type: u8, length: Duration, p: &Incoming) -> Option<[u8; 12]> {
        let shift = match self.shift {
            Some(shift) if !shift.is_broken(at, p) => shift,
            _ => self.anchor(at, length, p),
        };
        if p.sequence < shift.floor {
            return None;
        }
        let sequence = (p.sequence as u16).wrapping_add(shift.sequence);
        let timestamp = p.timestamp.wrapping_add(shift.timestamp);
        if p.sequence >= shift.newest {
            self.sequence = sequence.wrapping_add(1);
            let sound_at = if p.event { shift.sound_at } else { p.timestamp };
            self.shift = Some(Shift { newest: p.sequence, sound_at, heard_at: at, ..shift });
        }
        let end = timestamp.wrapping_add(p.ticks);
        if end.wrapping_sub(self.timestamp) as i32 > 0 {
            self.timestamp = end;
        }
        self.due = Some(if p.event { at } else { at + duration(p.ticks) });
        self.count(p.octets);
        let marker = std::mem::take(&mut self.switched) || p.marker;
        Some(packet::header(marker, payload_type, sequence, timestamp, self.ssrc))
    }

    /// A key begins: the timestamp of all its packets (RFC 4733 2.5.1.1). What a speaker says goes on without us until it
    /// is over.
    pub(crate) fn press(&mut self, at: Mono, length: Duration) -> u32 {
        self.catch_up(at, length);
        self.shift = None;
        self.due = Some(self.due.map_or(at, |due| due.max(at)));
        self.timestamp
    }

    /// The header of its next packet, which has as many octets.
    pub(crate) fn key(&mut self, payload_type: u8, begins: bool, octets: usize) -> [u8; 12] {
        let header = packet::header(begins, payload_type, self.sequence, self.timestamp, self.ssrc);
        self.sequence = self.sequence.wrapping_add(1);
        self.count(octets);
        header
    }

    /// It was this long: what follows begins behind it.
    pub(crate) fn release(&mut self, length: Duration) {
        self.timestamp = self.timestamp.wrapping_add(ticks(length) as u32);
        self.due = self.due.map(|due| due + length);
        self.switch();
    }

    /// A speaker's packet is not sent on: the numbers close ranks, so that it does not look lost.
    pub(crate) fn absorb(&mut self, p: &Incoming) {
        if let Some(shift) = &mut self.shift
            && shift.speaker == p.speaker
            && p.sequence > shift.newest
        {
            // What is still missing before it could only get numbers that the shift has just given away.
            let missing = p.sequence - shift.newest - 1;
            shift.sequence = shift.sequence.wrapping_sub(1);
            shift.floor = p.sequence + 1;
            shift.newest = p.sequence;
            self.sequence = self.sequence.wrapping_add(missing as u16);
        }
    }

    /// Makes up for a pause; answers whether the next packet begins a talkspurt.
    fn catch_up(&mut self, at: Mono, length: Duration) -> bool {
        let mut marker = std::mem::take(&mut self.switched);
        let length_us = u64::try_from(length.as_micros()).unwrap_or(u64::MAX).max(1);
        let pause_us = self.due.map_or(0, |due| u64::try_from((at - due).as_micros()).unwrap_or(u64::MAX));
        let packets = pause_us.saturating_add(length_us / 2) / length_us;
        if packets > 0 {
            self.timestamp = self.timestamp.wrapping_add(packets.wrapping_mul(ticks(length)) as u32);
            marker = true;
        }
        marker
    }

    fn anchor(&mut self, at: Mono, length: Duration, p: &Incoming) -> Shift {
        self.catch_up(at, length);
        self.switched = true;
        Shift {
            speaker: p.speaker,
            floor: p.sequence,
            newest: p.sequence,
            sequence: self.sequence.wrapping_sub(p.sequence as u16),
            timestamp: self.timestamp.wrapping_sub(p.timestamp),
            sound_at: p.timestamp,
            heard_at: at,
        }
    }

    fn count(&mut self, octets: usize) {
        self.packets += 1;
        self.octets += octets as u64;
    }

    /// The source under which we send.
    pub(crate) fn ssrc(&self) -> u32 {
        self.ssrc
    }

    /// Packets and octets of payload sent.
    pub(crate) fn sent(&self) -> (u64, u64) {
        (self.packets, self.octets)
    }

    /// The RTP time that belongs to this instant (RFC 3550 6.4.1).
    pub(crate) fn rtp_time(&self, now: Mono) -> u32 {
        let Some(due) = self.due else { return self.timestamp };
        self.timestamp.wrapping_add(ticks(now - due) as u32).wrapping_sub(ticks(due - now) as u32)
    }
}

impl Shift {
    /// Whether this packet shows that the shift no longer holds.
    fn is_broken(&self, at: Mono, p: &Incoming) -> bool {
        if self.speaker != p.speaker {
            return true;
        }
        if p.event || p.sequence <= self.newest {
            return false;
        }
        let ahead = p.timestamp.wrapping_sub(self.sound_at);
        // Back, or far ahead of the time that passed: the speaker has set his clock anew under the same SSRC.
        ahead > u32::MAX / 2 || u64::from(ahead) > ticks((at - self.heard_at).saturating_add(RUNAWAY))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LENGTH: Duration = Duration::from_millis(20);
    const ANN: Speaker = Speaker { slot: 1, generation: 0, epoch: 1 };
    const BOB: Speaker = Speaker { slot: 2, generation: 0, epoch: 1 };

    fn at(ms: u64) -> Mono {
        Mono::from_micros(ms * 1_000)
    }

    /// Sequence, timestamp, marker.
    fn read(header: [u8; 12]) -> (u16, u32, bool) {
        let h = packet::parse(&header).expect("RTP");
        assert_eq!(h.ssrc, 77);
        (h.sequence, h.timestamp, h.marker)
    }

    fn egress() -> Egress {
        Egress::new(77, 65_535, 1_000)
    }

    fn packet_of(speaker: Speaker, sequence: u64, timestamp: u32) -> Incoming {
        Incoming { speaker, sequence, timestamp, marker: false, event: false, ticks: 160, octets: 160 }
    }

    fn key(sequence: u64, timestamp: u32, duration: u32) -> Incoming {
        Incoming { event: true, ticks: duration, octets: 4, ..packet_of(ANN, sequence, timestamp) }
    }

    fn hear(e: &mut Egress, ms: u64, p: Incoming) -> Option<(u16, u32, bool)> {
        e.relay(at(ms), 0, LENGTH, &p).map(read)
    }

    fn play(e: &mut Egress, ms: u64) -> (u16, u32, bool) {
        read(e.sound(at(ms), 0, 160, LENGTH))
    }

    #[test]
    fn prompt_relay_prompt_is_one_stream() {
        let mut e = egress();
        assert_eq!(play(&mut e, 0), (65_535, 1_000, true));
        assert_eq!(play(&mut e, 20), (0, 1_160, false));
        e.switch();
        assert_eq!(hear(&mut e, 47, packet_of(ANN, 70_000, 9)), Some((1, 1_320, true)));
        assert_eq!(hear(&mut e, 67, packet_of(ANN, 70_001, 169)), Some((2, 1_480, false)));
        e.switch();
        assert_eq!(play(&mut e, 80), (3, 1_640, true));
    }

    #[test]
    fn a_pause_is_a_jump_of_whole_packets_with_the_marker() {
        let mut e = egress();
        play(&mut e, 0);
        assert_eq!(play(&mut e, 111), (0, 1_160 + 5 * 160, true), "91 ms late: five packets");
        assert_eq!(play(&mut e, 131), (1, 1_160 + 6 * 160, false));
    }

    #[test]
    fn loss_and_reordering_before_us_stay_visible() {
        let mut e = egress();
        hear(&mut e, 0, packet_of(ANN, 100, 0));
        assert_eq!(hear(&mut e, 60, packet_of(ANN, 103, 480)), Some((2, 1_480, false)));
        assert_eq!(hear(&mut e, 61, packet_of(ANN, 102, 320)), Some((1, 1_320, false)));
        assert_eq!(hear(&mut e, 80, packet_of(ANN, 104, 640)), Some((3, 1_640, false)));
        assert_eq!(hear(&mut e, 81, packet_of(ANN, 99, 0)), None, "from before we listened");
    }

    #[test]
    fn another_speaker_goes_on_where_the_first_one_ended() {
        let mut e = egress();
        hear(&mut e, 0, packet_of(ANN, 100, 0));
        e.switch();
        assert_eq!(hear(&mut e, 20, packet_of(BOB, 5_000, 0x8000_0000)), Some((0, 1_160, true)));
        assert_eq!(hear(&mut e, 40, packet_of(BOB, 5_001, 0x8000_00a0)), Some((1, 1_320, false)));
    }

    #[test]
    fn a_speaker_who_sets_his_clock_anew_does_not_move_ours() {
        let mut e = egress();
        hear(&mut e, 0, packet_of(ANN, 100, 500_000));
        assert_eq!(hear(&mut e, 20, packet_of(ANN, 101, 10)), Some((0, 1_160, true)), "set back");
        assert_eq!(hear(&mut e, 40, packet_of(ANN, 102, 900_000)), Some((1, 1_320, true)), "set forward");
        assert_eq!(hear(&mut e, 60, packet_of(ANN, 103, 900_160)), Some((2, 1_480, false)));
        let silence = packet_of(ANN, 104, 900_160 + 8_000 * 60);
        assert_eq!(hear(&mut e, 60_060, silence), Some((3, 1_480 + 480_000, false)), "a minute of silence is one");
    }

    #[test]
    fn an_event_keeps_its_timestamp_and_what_follows_lies_behind_it() {
        let mut e = egress();
        hear(&mut e, 0, packet_of(ANN, 100, 0));
        assert_eq!(hear(&mut e, 20, key(101, 160, 160)), Some((0, 1_160, false)));
        assert_eq!(hear(&mut e, 40, key(102, 160, 320)), Some((1, 1_160, false)));
        e.switch();
        assert_eq!(play(&mut e, 45).1, 1_480, "not within the key's time");
    }

    #[test]
    fn an_absorbed_event_leaves_no_gap_and_loss_beside_it_stays() {
        let mut e = egress();
        hear(&mut e, 0, packet_of(ANN, 100, 0));
        e.absorb(&key(101, 160, 160));
        e.absorb(&key(103, 160, 320));
        assert_eq!(
            hear(&mut e, 60, packet_of(ANN, 104, 640)).map(|p| p.0),
            Some(1),
            "102 is missing, 101 and 103 are not"
        );
        assert_eq!(hear(&mut e, 61, packet_of(ANN, 102, 320)), None);
    }

    #[test]
    fn the_rtp_time_of_a_report_follows_the_clock() {
        let mut e = egress();
        play(&mut e, 0);
        assert_eq!(e.rtp_time(at(20)), 1_160);
        assert_eq!(e.rtp_time(at(10)), 1_080);
        assert_eq!(e.rtp_time(at(1_020)), 9_160);
    }
}
