//! What a link or a cookie holds. It shows itself to nobody by accident.

use sha2::{Digest as _, Sha256};
use std::fmt;

/// Random bytes in one: 256 bits.
const BYTES: usize = 32;

/// A secret, in hexadecimal.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    /// A new one; none where the machine gives no randomness.
    pub fn new() -> Option<Secret> {
        let mut bytes = [0_u8; BYTES];
        getrandom::fill(&mut bytes).ok()?;
        Some(Secret(hex(&bytes)))
    }

    /// For whom it is meant.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What is kept of it.
    pub fn proof(&self) -> String {
        proof(&self.0)
    }

    /// A known one, for a test.
    #[cfg(test)]
    pub fn of(text: &str) -> Secret {
        Secret(text.to_owned())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// What is kept of a secret.
pub fn proof(secret: &str) -> String {
    hex(&Sha256::digest(secret.as_bytes()))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
