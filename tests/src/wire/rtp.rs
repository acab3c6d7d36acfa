//! RTP streams out of frames (RFC 3550 5.1): what each direction of each leg carried, packet by packet,
//! with the time at which it passed. RTCP (RFC 5761 4 tells it apart) is left out.

use super::pcap::{By, Frame};
use crate::g711::Law;
use crate::sound::{Run, Sound, listen};
use std::collections::BTreeMap;
use std::net::SocketAddr;

/// One packet.
#[derive(Clone, Debug, PartialEq)]
pub struct Packet {
    /// Seconds since 1970.
    pub at: f64,
    /// The marker bit.
    pub marker: bool,
    /// The payload type.
    pub payload_type: u8,
    /// The sequence number.
    pub sequence: u16,
    /// The timestamp.
    pub timestamp: u32,
    /// The synchronisation source.
    pub ssrc: u32,
    /// What it carries.
    pub payload: Vec<u8>,
}

impl Packet {
    /// Parses a datagram; `None` for what is not RTP.
    pub fn parse(at: f64, data: &[u8]) -> Option<Packet> {
        if data.len() < 12 || data[0] >> 6 != 2 || (192..=223).contains(&data[1]) {
            return None;
        }
        let mut begin = 12 + usize::from(data[0] & 0x0f) * 4;
        if data[0] & 0x10 != 0 {
            let words = u16::from_be_bytes(data.get(begin + 2..begin + 4)?.try_into().ok()?);
            begin += 4 + usize::from(words) * 4;
        }
        let padding = if data[0] & 0x20 != 0 { usize::from(*data.last()?) } else { 0 };
        let end = data.len().checked_sub(padding)?;
        Some(Packet {
            at,
            marker: data[1] & 0x80 != 0,
            payload_type: data[1] & 0x7f,
            sequence: u16::from_be_bytes([data[2], data[3]]),
            timestamp: u32::from_be_bytes([data[4], data[5], data[6], data[7]]),
            ssrc: u32::from_be_bytes([data[8], data[9], data[10], data[11]]),
            payload: data.get(begin..end)?.to_vec(),
        })
    }

    /// Its bytes, for those who send some.
    pub fn print(&self) -> Vec<u8> {
        let mut bytes = vec![0x80, u8::from(self.marker) << 7 | self.payload_type];
        bytes.extend(self.sequence.to_be_bytes());
        bytes.extend(self.timestamp.to_be_bytes());
        bytes.extend(self.ssrc.to_be_bytes());
        bytes.extend(&self.payload);
        bytes
    }
}

/// All packets from one address to another.
#[derive(Clone, Debug)]
pub struct Stream {
    /// Who sent it.
    pub from: SocketAddr,
    /// To whom.
    pub to: SocketAddr,
    /// In the order of the wire.
    pub packets: Vec<Packet>,
}

/// A stretch of a sound in a stream.
#[derive(Clone, Debug)]
pub struct Heard {
    /// What, and from which part (`at` counts samples of the stream's audio).
    pub run: Run,
    /// When the packet with its first sample passed.
    pub begin: f64,
    /// When the packet with its last sample passed.
    pub end: f64,
}

impl Stream {
    /// The audio in the order of the wire, and which packet each stretch came with: (first sample, time).
    fn audio(&self) -> (Vec<i16>, Vec<(usize, f64)>) {
        let (mut samples, mut times) = (Vec::new(), Vec::new());
        for packet in &self.packets {
            let Some(law) = Law::of(packet.payload_type) else { continue };
            times.push((samples.len(), packet.at));
            samples.extend(packet.payload.iter().map(|byte| law.decode(*byte)));
        }
        (samples, times)
    }

    /// The known sounds that it carried.
    pub fn heard(&self, sounds: &[&Sound]) -> Vec<Heard> {
        let (samples, times) = self.audio();
        let when = |sample: usize| {
            let after = times.partition_point(|(first, _)| *first <= sample);
            times[after.saturating_sub(1)].1
        };
        let runs = listen(&samples, sounds);
        runs.into_iter().map(|run| Heard { begin: when(run.at), end: when(run.end() - 1), run }).collect()
    }

    /// When each packet that carries a part of this sound passed, by the place in the sound.
    pub fn places(&self, sound: &Sound) -> BTreeMap<usize, f64> {
        let (samples, times) = self.audio();
        let runs = listen(&samples, &[sound]);
        let mut places = BTreeMap::new();
        for (first, at) in times {
            if let Some(run) = runs.iter().find(|run| run.at <= first && first < run.end()) {
                places.entry(run.from + first - run.at).or_insert(at);
            }
        }
        places
    }
}

/// The streams of a capture, in the order in which they began. Only what looks like RTP twice is one.
pub fn streams(frames: &[Frame]) -> Vec<Stream> {
    let mut found: Vec<Stream> = Vec::new();
    let mut index: BTreeMap<(SocketAddr, SocketAddr), usize> = BTreeMap::new();
    for frame in frames {
        if frame.by != By::Udp || frame.from.port() == 5060 || frame.to.port() == 5060 {
            continue;
        }
        let Some(packet) = Packet::parse(frame.at, &frame.data) else { continue };
        let place = *index.entry((frame.from, frame.to)).or_insert_with(|| {
            found.push(Stream { from: frame.from, to: frame.to, packets: vec![] });
            found.len() - 1
        });
        found[place].packets.push(packet);
    }
    found.retain(|stream| stream.packets.len() > 1);
    found
}

/// How long each packet's worth of a sound took from one stream to another, in milliseconds.
/// Packets may be cut differently on both sides: the nearest earlier place is taken, and its age added.
pub fn delays(before: &Stream, after: &Stream, sound: &Sound) -> Vec<f64> {
    let entered = before.places(sound);
    let left = after.places(sound);
    let mut delays = Vec::new();
    for (place, out) in left {
        if let Some((earlier, came)) = entered.range(..=place).next_back()
            && place - earlier < 320
        {
            delays.push((out - came) * 1_000.0 - (place - earlier) as f64 / 8.0);
        }
    }
    delays
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A stream of this sound in 20 ms packets that begins at a time.
    fn stream(sound: &Sound, begin: f64, skip: &[usize]) -> Stream {
        let packets =
            sound.samples.chunks_exact(160).enumerate().filter(|(n, _)| !skip.contains(n)).map(|(n, chunk)| Packet {
                at: begin + n as f64 * 0.02,
                marker: n == 0,
                payload_type: 8,
                sequence: n as u16,
                timestamp: n as u32 * 160,
                ssrc: 1,
                payload: chunk.iter().map(|sample| Law::A.encode(*sample)).collect(),
            });
        Stream {
            from: "127.0.0.1:4000".parse().unwrap(),
            to: "127.0.0.2:4000".parse().unwrap(),
            packets: packets.collect(),
        }
    }

    #[test]
    fn a_packet_survives_printing_and_rtcp_is_not_rtp() {
        let packet = stream(&Sound::new("a", 0.1), 0.0, &[]).packets.remove(1);
        assert_eq!(Packet::parse(packet.at, &packet.print()), Some(packet.clone()));
        let mut report = packet.print();
        report[1] = 200;
        assert_eq!(Packet::parse(0.0, &report), None);
        assert_eq!(Packet::parse(0.0, b"short"), None);
    }

    #[test]
    fn delay_is_measured_by_content_even_where_packets_are_missing() {
        let sound = Sound::new("a", 3.0);
        let (before, after) = (stream(&sound, 100.0, &[]), stream(&sound, 100.043, &[20, 21, 22]));
        let delays = delays(&before, &after, &sound);
        assert!(delays.len() > 130, "{}", delays.len());
        assert!(delays.iter().all(|delay| (delay - 43.0).abs() < 0.1), "{delays:?}");
    }

    #[test]
    fn a_hole_in_a_stream_shows_in_what_was_heard_and_when() {
        let sound = Sound::new("a", 2.0);
        let heard = stream(&sound, 50.0, &[40, 41, 42, 43]).heard(&[&sound]);
        assert_eq!(heard.len(), 2, "{heard:?}");
        assert!(((heard[1].begin - heard[0].end) - 0.1).abs() < 0.021, "{heard:?}");
    }
}
