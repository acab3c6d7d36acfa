//! Tables by number: what a core keeps under ids of its own, or under fingerprints.
//!
//! The hash is a plain mixing of bits, the same in each run: nobody outside chooses these numbers. What strangers write
//! (branches, Call-IDs, tags) becomes a [`Fingerprint`](crate::fingerprint::Fingerprint) first, under a secret key.
//! Nothing may depend on the order in which a table is walked.

use std::hash::{BuildHasherDefault, Hasher};

/// A table by number.
pub(crate) type Table<K, V> = hashbrown::HashMap<K, V, BuildHasherDefault<Mixer>>;

/// 2^64 divided by the golden ratio: consecutive numbers end up far apart.
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

/// Mixes the numbers of a key.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Mixer(u64);

impl Mixer {
    fn mix(&mut self, number: u64) {
        let wide = u128::from(self.0.rotate_left(5) ^ number) * u128::from(SPREAD);
        self.0 = (wide as u64) ^ (wide >> 64) as u64;
    }
}

impl Hasher for Mixer {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.mix(u64::from(*byte)));
    }

    fn write_u8(&mut self, number: u8) {
        self.mix(u64::from(number));
    }

    fn write_u32(&mut self, number: u32) {
        self.mix(u64::from(number));
    }

    fn write_u64(&mut self, number: u64) {
        self.mix(number);
    }

    fn write_usize(&mut self, number: usize) {
        self.mix(number as u64);
    }

    fn write_u128(&mut self, number: u128) {
        self.mix(number as u64);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::hash::{BuildHasher, Hash};

    #[derive(Hash)]
    enum Key {
        A(u64, u8),
        B(u64),
    }

    #[test]
    fn consecutive_numbers_fill_both_ends_of_the_hash_evenly() {
        let build = BuildHasherDefault::<Mixer>::default();
        let (mut low, mut high) = (vec![0_u32; 128], vec![0_u32; 128]);
        for n in 0..12_800_u64 {
            for key in [Key::A(n, 1), Key::A(n, 2), Key::B(n)] {
                let hash = build.hash_one(key);
                low[(hash & 127) as usize] += 1;
                high[(hash >> 57) as usize] += 1;
            }
        }
        let even = |counts: &[u32]| counts.iter().all(|count| (200..400).contains(count));
        assert!(even(&low) && even(&high), "{low:?} {high:?}");
    }
}
