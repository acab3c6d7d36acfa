//! What is sent where sound is mixed: the noise of a line, and a voice that never pauses. Both are mu-law codes that go on
//! from packet to packet; a code's value is its distance from 0xff and 0x7f, the two zeros (G.711 table 2a).

use super::stamp::{self, HEADER, PACKET_BYTES, SAMPLES, Stamp};

/// The two zeros differ in this bit, which is the sign.
const SIGN: u8 = 0x80;
/// The farthest of the noise from zero: 8 steps of 8, which is -54 dBov at its peak.
const FARTHEST: u32 = 8;
/// A tone of 1 kHz, 12 dB below the digital milliwatt (G.711 table 5: two segments lower).
const TONE: [u8; 8] = [0x3e, 0x2b, 0x2b, 0x3e, 0xbe, 0xab, 0xab, 0xbe];

/// The noise of this leg's line; no two lines have the same at once.
pub fn line(stamp: Stamp) -> [u8; PACKET_BYTES] {
    // A generator of Lehmer's kind is noise enough, and the same in every run.
    let mut state = (stamp.leg + 1).wrapping_mul(0x9e37_79b9) ^ stamp.number.wrapping_mul(0x85eb_ca6b);
    filled(stamp, |_| {
        state = state.wrapping_mul(747_796_405).wrapping_add(2_891_336_453);
        let (far, sign) = ((state >> 16) % FARTHEST, if state >> 31 == 0 { SIGN } else { 0 });
        (0x7f - far as u8) | sign
    })
}

/// A steady tone.
pub fn voice(stamp: Stamp) -> [u8; PACKET_BYTES] {
    filled(stamp, |sample| TONE[sample % TONE.len()])
}

fn filled(stamp: Stamp, mut code: impl FnMut(usize) -> u8) -> [u8; PACKET_BYTES] {
    let mut packet = stamp::write(stamp);
    let samples = packet.iter_mut().skip(HEADER).take(SAMPLES as usize);
    samples.enumerate().for_each(|(sample, place)| *place = code(sample));
    packet
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_differ_and_stay_quiet_and_a_voice_goes_on_from_packet_to_packet() {
        let at = |leg, number| Stamp { leg, number, at_ns: 0 };
        assert_ne!(line(at(1, 1))[HEADER..], line(at(2, 1))[HEADER..]);
        assert_ne!(line(at(1, 1))[HEADER..], line(at(1, 2))[HEADER..]);
        let quiet = |code: &u8| u32::from(0x7f - (code & 0x7f)) < FARTHEST;
        let samples = (0..50).flat_map(|number| line(at(3, number))[HEADER..].to_vec()).collect::<Vec<u8>>();
        assert!(samples.iter().all(quiet));
        let positive = samples.iter().filter(|code| **code & SIGN != 0).count();
        assert!((3_600..4_400).contains(&positive), "{positive} of 8000");
        assert!((SAMPLES as usize).is_multiple_of(TONE.len()) && voice(at(1, 1))[HEADER] == TONE[0]);
        assert_eq!(stamp::read(&voice(at(1, 1))), None);
    }
}
