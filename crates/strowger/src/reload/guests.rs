//! Who may log in at the pages: links by which users choose a password, and who is locked out. Of a link the office sees
//! its SHA-256 alone; whoever asked for it has the secret.

use super::Office;
use crate::admin::wire::Reply;
use crate::names;
use ledger::{Access, Invitation, Item};
use std::time::Duration;
use terms::Wall;

/// How long a link is good.
const LINK: Duration = Duration::from_secs(15 * 60);
/// Letters of a SHA-256 in hexadecimal.
const PROOF: usize = 64;

/// Whether this is a SHA-256 in hexadecimal.
pub(super) fn is_proof(proof: &str) -> bool {
    proof.len() == PROOF && proof.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

impl Office {
    pub(super) fn invite(&self, asked: &str, user: &str, proof: &str) -> Reply {
        if let Err(words) = names::user(&self.base, user) {
            return Reply::Refused(words);
        }
        if !is_proof(proof) {
            return Reply::Refused("the proof of a link is a SHA-256 in hexadecimal".into());
        }
        let at = self.clock.now().wall;
        let until = Wall::from_millis(at.as_millis() + i64::try_from(LINK.as_millis()).unwrap_or(i64::MAX));
        let link = Invitation { proof: proof.into(), user: user.into(), asked: asked.into(), at, until };
        self.admit(Access::Invited(link), format!("user {user} may choose a password for 15 minutes"))
    }

    pub(super) fn lock_out(&self, asked: &str, user: &str) -> Reply {
        if let Err(words) = names::user(&self.base, user) {
            return Reply::Refused(words);
        }
        tracing::info!(asked, user, "a user is locked out");
        self.admit(Access::Locked(user.into()), format!("user {user} is out until he is invited again"))
    }

    pub(super) fn admit(&self, access: Access, words: String) -> Reply {
        match self.keep(vec![Item::Access(Box::new(access))]) {
            true => Reply::Done(words),
            false => Reply::Refused("the ledger cannot write, see `strowger status`: nothing is changed".into()),
        }
    }
}
