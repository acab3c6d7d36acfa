//! The RTP packet of the generator: 20 ms of G.711 whose first samples say who sent it, which one it is and when.
//! A relay hands them on unchanged; whatever comes without them is not ours.

use std::time::{SystemTime, UNIX_EPOCH};

/// A header and 160 samples.
pub const PACKET_BYTES: usize = HEADER + SAMPLES as usize;
/// Of a header without extras (RFC 3550 5.1).
pub const HEADER: usize = 12;
/// Samples in a packet.
pub const SAMPLES: u32 = 160;
/// Mu-law silence.
const SILENCE: u8 = 0xff;
const MARK: [u8; 4] = *b"strw";

/// What a packet says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// The leg that sent it.
    pub leg: u32,
    /// Which of that leg's packets it is.
    pub number: u32,
    /// When it was sent, in nanoseconds since the Unix epoch.
    pub at_ns: u64,
}

/// A packet of PCMU (payload type 0) with this stamp.
pub fn write(stamp: Stamp) -> [u8; PACKET_BYTES] {
    let mut packet = [SILENCE; PACKET_BYTES];
    let mut fields = packet.iter_mut();
    let mut put = |bytes: &[u8]| bytes.iter().zip(&mut fields).for_each(|(byte, place)| *place = *byte);
    // RFC 3550 5.1: version 2; the marker on the first packet (RFC 3551 4.1).
    put(&[0x80, if stamp.number == 0 { 0x80 } else { 0 }]);
    put(&(stamp.number as u16).to_be_bytes());
    put(&stamp.number.wrapping_mul(SAMPLES).to_be_bytes());
    put(&(0x0100_0000 + stamp.leg).to_be_bytes());
    put(&MARK);
    put(&stamp.leg.to_be_bytes());
    put(&stamp.number.to_be_bytes());
    put(&stamp.at_ns.to_be_bytes());
    packet
}

/// The stamp of a packet, whatever its header says by now.
pub fn read(packet: &[u8]) -> Option<Stamp> {
    let (mark, rest) = packet.get(HEADER..)?.split_first_chunk::<4>()?;
    let (leg, rest) = rest.split_first_chunk::<4>()?;
    let (number, rest) = rest.split_first_chunk::<4>()?;
    let at_ns = u64::from_be_bytes(*rest.first_chunk::<8>()?);
    (*mark == MARK).then(|| Stamp { leg: u32::from_be_bytes(*leg), number: u32::from_be_bytes(*number), at_ns })
}

/// Nanoseconds since the Unix epoch: the clock with which the kernel stamps what arrives.
pub fn wall_ns() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_survives_another_header() {
        let stamp = Stamp { leg: 999, number: 70_000, at_ns: wall_ns() };
        let mut packet = write(stamp);
        packet[1..HEADER].fill(0x55);
        assert_eq!(read(&packet), Some(stamp));
        packet[HEADER] = 0;
        assert_eq!(read(&packet), None);
        assert_eq!(read(&packet[..20]), None);
    }
}
