//! Short keys for long texts: an index compares 16 bytes instead of a branch, a Call-ID and a tag, and keeps no copy.
//!
//! The hash is keyed with the seed, which nobody outside knows: no stranger can aim two texts at one key, nor many
//! texts at one place of a table.

use sha2::{Digest, Sha256};
use siphasher::sip128::{Hasher128, SipHasher24};
use std::hash::Hasher;

/// What stands for a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Fingerprint(u128);

impl Fingerprint {
    /// A number below `sides`, zero where there is none.
    pub(crate) fn below(self, sides: usize) -> usize {
        usize::try_from(self.0 % (sides.max(1) as u128)).unwrap_or(0)
    }
}

impl std::fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

/// Takes fingerprints.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fingerprints(SipHasher24);

impl Fingerprints {
    /// Fingerprints that depend on `seed`, which must be secret.
    pub(crate) fn new(seed: u64) -> Fingerprints {
        let mut hash = Sha256::new();
        hash.update(b"strowger fingerprints");
        hash.update(seed.to_be_bytes());
        let digest: [u8; 32] = hash.finalize().into();
        let mut key = [0; 16];
        key.iter_mut().zip(digest).for_each(|(place, byte)| *place = byte);
        Fingerprints(SipHasher24::new_with_key(&key))
    }

    /// The fingerprint of several parts of a kind; where one ends and the next begins counts.
    pub(crate) fn of(&self, kind: u8, parts: &[&str]) -> Fingerprint {
        self.join(kind, parts.iter().map(|part| part.as_bytes()))
    }

    /// The same of octets.
    pub(crate) fn of_octets(&self, kind: u8, parts: &[&[u8]]) -> Fingerprint {
        self.join(kind, parts.iter().copied())
    }

    fn join<'a>(&self, kind: u8, parts: impl Iterator<Item = &'a [u8]>) -> Fingerprint {
        let mut hash = self.0;
        hash.write(&[kind]);
        for part in parts {
            hash.write(&(part.len() as u64).to_le_bytes());
            hash.write(part);
        }
        Fingerprint(hash.finish128().as_u128())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_depends_on_the_kind_each_part_its_bounds_and_the_seed() {
        let prints = Fingerprints::new(1);
        let print = prints.of(1, &["ab", "c"]);
        assert_eq!(print, Fingerprints::new(1).of(1, &["ab", "c"]));
        for other in [prints.of(1, &["a", "bc"]), prints.of(1, &["ab", "d"]), prints.of(1, &["ab"])] {
            assert_ne!(print, other);
        }
        assert_ne!(print, prints.of(2, &["ab", "c"]));
        assert_ne!(print, Fingerprints::new(2).of(1, &["ab", "c"]));
    }
}
