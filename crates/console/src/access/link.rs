//! The link of a demonstration: whoever opens it is let in, in any number of browsers, while the switch runs. The token is
//! as good as a password, so it is in no log, and the cookie that a browser gets for it is another secret made of it.

use super::Viewer;
use control::{Role, Sight};
use sha2::{Digest as _, Sha256};
use std::fmt;

/// Characters of a token: with 32 that may stand at each place, 130 bits.
pub const TOKEN: usize = 26;

/// A link.
#[derive(Clone)]
pub struct Link {
    token: String,
    port: u16,
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Link").field("port", &self.port).finish_non_exhaustive()
    }
}

impl Link {
    /// One with this token, to pages on this port.
    pub fn new(token: String, port: u16) -> Link {
        Link { token, port }
    }

    /// Its path.
    pub fn path(&self) -> String {
        format!("/k/{}", self.token)
    }

    /// Whether this is its token.
    pub fn is_token(&self, said: &str) -> bool {
        alike(said, &self.token)
    }

    /// The name of its cookie: cookies do not tell ports apart, and two switches may run on one machine.
    pub fn cookie(&self) -> String {
        format!("strowger-{}", self.port)
    }

    /// What the cookie holds.
    pub fn session(&self) -> String {
        let digest = Sha256::digest(format!("session of {}", self.token));
        digest.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Whether this is what the cookie holds.
    pub fn is_session(&self, said: &str) -> bool {
        alike(said, &self.session())
    }

    /// Whom it lets in.
    pub fn guest(&self) -> Viewer {
        Viewer { name: "guest".into(), roles: vec![Role::Supervisor], sight: Sight::everything() }
    }
}

/// Compares in a time that does not tell where they differ.
fn alike(one: &str, other: &str) -> bool {
    let pairs = one.bytes().zip(other.bytes());
    one.len() == other.len() && pairs.fold(0, |differ, (one, other)| differ | (one ^ other)) == 0
}
