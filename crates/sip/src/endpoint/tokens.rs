//! Tags, branches, Call-IDs and jitter: SHA-256 in counter mode over the seed, so that who saw many
//! of them cannot tell the next (a dialog is protected by its tags) and a simulation can repeat them all.

use sha2::{Digest, Sha256};
use std::time::Duration;

/// The one source of randomness of the core.
pub(crate) struct Tokens {
    seed: u64,
    counter: u64,
    block: [u8; 32],
    used: usize,
}

impl Tokens {
    /// A source that depends on nothing but `seed`.
    pub(crate) fn new(seed: u64) -> Tokens {
        Tokens { seed, counter: 0, block: [0; 32], used: 32 }
    }

    /// 64 random bits.
    pub(crate) fn next_u64(&mut self) -> u64 {
        if self.used >= 32 {
            self.counter += 1;
            let mut hash = Sha256::new();
            hash.update(b"strowger tokens");
            hash.update(self.seed.to_be_bytes());
            hash.update(self.counter.to_be_bytes());
            self.block = hash.finalize().into();
            self.used = 0;
        }
        let mut value = 0_u64;
        for byte in self.block.iter().skip(self.used).take(8) {
            value = value << 8 | u64::from(*byte);
        }
        self.used += 8;
        value
    }

    /// A tag (64 bits; RFC 3261 19.3 asks for 32).
    pub(crate) fn tag(&mut self) -> String {
        format!("{:016x}", self.next_u64())
    }

    /// A branch with the magic cookie (RFC 3261 8.1.1.7).
    pub(crate) fn branch(&mut self) -> String {
        format!("z9hG4bK{:016x}", self.next_u64())
    }

    /// A Call-ID.
    pub(crate) fn call_id(&mut self) -> String {
        format!("{:016x}{:016x}", self.next_u64(), self.next_u64())
    }

    /// A time between the two, to the millisecond.
    pub(crate) fn between(&mut self, from: Duration, to: Duration) -> Duration {
        let span = u64::try_from(to.saturating_sub(from).as_millis()).unwrap_or(u64::MAX).saturating_add(1);
        from + Duration::from_millis(self.next_u64() % span)
    }

    /// A tag that depends on the request alone, for responses without state (RFC 3261 8.2.7).
    pub(crate) fn stateless_tag(&self, parts: &[&str]) -> String {
        let mut hash = Sha256::new();
        hash.update(b"strowger stateless");
        hash.update(self.seed.to_be_bytes());
        for part in parts {
            hash.update(part.as_bytes());
            hash.update([0]);
        }
        let digest: [u8; 32] = hash.finalize().into();
        format!("{:016x}", u64::from_be_bytes(digest.first_chunk().copied().unwrap_or_default()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_tokens_and_another_seed_others() {
        let (mut a, mut b, mut c) = (Tokens::new(1), Tokens::new(1), Tokens::new(2));
        for _ in 0..9 {
            let tag = a.tag();
            assert_eq!(tag, b.tag());
            assert_ne!(tag, c.tag());
        }
    }

    #[test]
    fn a_time_between_two_stays_between_them() {
        let mut tokens = Tokens::new(7);
        let (from, to) = (Duration::from_millis(2_100), Duration::from_secs(4));
        for _ in 0..1_000 {
            let time = tokens.between(from, to);
            assert!(time >= from && time <= to, "{time:?}");
        }
        assert_eq!(tokens.between(to, to), to);
    }
}
