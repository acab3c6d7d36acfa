//! The link of a demonstration: whoever opens it is let in, in any number of browsers, while the switch runs. The token is
//! as good as a password, so it is in no log, and the cookie that a browser gets for it is another secret made of it.

use super::Viewer;
use super::secret::proof;
use control::{Role, Sight};
use std::fmt;
use terms::is_same;

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
        is_same(said.as_bytes(), self.token.as_bytes())
    }

    /// The name of its cookie: cookies do not tell ports apart, and two switches may run on one machine.
    pub fn cookie(&self) -> String {
        format!("strowger-{}", self.port)
    }

    /// What the cookie holds.
    pub fn session(&self) -> String {
        proof(&format!("session of {}", self.token))
    }

    /// Whether this is what the cookie holds.
    pub fn is_session(&self, said: &str) -> bool {
        is_same(said.as_bytes(), self.session().as_bytes())
    }

    /// Whom it lets in.
    pub fn guest(&self) -> Viewer {
        Viewer { name: "guest".into(), roles: vec![Role::Supervisor], sight: Sight::everything() }
    }
}
