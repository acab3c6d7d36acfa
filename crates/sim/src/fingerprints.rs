//! Whose voices are in a packet: everybody says one code all along, and of those who are heard together the sum says who
//! they are, whichever two of eight or three of the first five.

use media::codec::{Codec, mix};
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// A code for each, such that no two sums are the same code in either law, none is silence, and what is transcoded is none
/// of them.
const CODES: [u8; 8] = [0x99, 0x48, 0x9b, 0x0d, 0x14, 0xc1, 0x30, 0xbb];
/// Of so many, also three together are known.
const FIRST: usize = 5;

/// What the n-th of a world says. Those behind the eighth are known only as long as they are heard alone.
pub(crate) fn of(nth: usize) -> u8 {
    CODES.get(nth).copied().unwrap_or(0x60 + nth as u8)
}

/// The voices in a packet that is this code all along.
pub(crate) fn voices(payload_type: u8, code: u8) -> Vec<u8> {
    static KNOWN: LazyLock<[BTreeMap<u8, Vec<u8>>; 2]> = LazyLock::new(|| [sums(Codec::Pcmu), sums(Codec::Pcma)]);
    let [pcmu, pcma] = &*KNOWN;
    let sums = if payload_type == Codec::Pcma.static_payload_type() { pcma } else { pcmu };
    let several = sums.get(&code).filter(|_| !CODES.contains(&code));
    several.cloned().unwrap_or_else(|| vec![code])
}

/// What two and three of them are together.
fn sums(codec: Codec) -> BTreeMap<u8, Vec<u8>> {
    let mut sums = BTreeMap::new();
    for bits in 0u32..1 << CODES.len() {
        let count = bits.count_ones();
        if count == 2 || count == 3 && bits < 1 << FIRST {
            let these: Vec<u8> = (0..CODES.len()).filter(|n| bits >> n & 1 == 1).map(|n| CODES[n]).collect();
            sums.insert(sum(codec, &these), these);
        }
    }
    sums
}

fn sum(codec: Codec, codes: &[u8]) -> u8 {
    let samples: Vec<[i16; 1]> = codes.iter().map(|code| [codec.sample(*code)]).collect();
    let mut out = [0];
    mix(samples.iter().map(|sample| &sample[..]), &mut out);
    codec.code(out[0])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_two_and_of_the_first_every_three_are_told_apart_in_either_law() {
        for (payload_type, codec) in [(0, Codec::Pcmu), (8, Codec::Pcma)] {
            assert_eq!(sums(codec).len(), 28 + 10, "no sum stands for two");
            for bits in 1u32..1 << CODES.len() {
                let these: Vec<u8> = (0..CODES.len()).filter(|n| bits >> n & 1 == 1).map(|n| CODES[n]).collect();
                if these.len() < 3 || these.len() == 3 && bits < 1 << FIRST {
                    let code = sum(codec, &these);
                    assert!(codec.sample(code).unsigned_abs() > 120, "{these:?} are no silence");
                    assert_eq!(voices(payload_type, code), these);
                }
            }
            let other = if codec == Codec::Pcmu { Codec::Pcma } else { Codec::Pcmu };
            for code in CODES {
                let transcoded = codec.code(other.sample(code));
                assert_eq!(voices(payload_type, transcoded), [transcoded]);
                assert!(!CODES.contains(&transcoded));
            }
        }
    }
}
