//! What somebody who is in does with his own: another password, and the browsers in which he is.

use super::{Guest, Outside, Users, sign_in};
use crate::access::password::may_be;
use crate::access::secret::Secret;
use ledger::{Access, Session};
use terms::{Now, Wall};

/// Letters of a session's name: the beginning of the proof of its cookie, by which nobody gets in.
const ID: usize = 16;

/// What a session is called.
pub fn id(session: &Session) -> &str {
    session.proof.get(..ID).unwrap_or(&session.proof)
}

impl Users {
    /// He chooses another password, with the one that he has: he is in here, by a new session, and nowhere else.
    pub async fn change(
        &self,
        user: &str,
        (old, new): (String, String),
        guest: Guest<'_>,
        now: Now,
    ) -> Result<Secret, Outside> {
        self.prove(user, old, true, guest, now).await?;
        if !may_be(&new) {
            return Err(Outside::Unfit);
        }
        let phc = self.passwords.hash(new).await.ok_or(Outside::Away)?;
        self.sessions.end_all(user);
        self.became().insert(user.to_owned(), Some(phc.clone()));
        let chosen = Access::Password { user: user.to_owned(), phc, at: now.wall };
        self.begin(user, guest, now.wall, vec![chosen, sign_in(user, "changed", guest, now.wall)]).await
    }

    /// The browsers in which somebody is, the one that was used last first.
    pub fn sessions_of(&self, user: &str, now: Wall) -> Vec<Session> {
        self.sessions.all_of(user, now)
    }

    /// Everybody's.
    pub fn sessions_count(&self, user: &str, now: Wall) -> (usize, Option<Wall>) {
        let all = self.sessions_of(user, now);
        (all.len(), all.first().map(|session| session.seen))
    }

    /// One of his ends; false: it is none of his.
    pub async fn end_session(&self, user: &str, said: &str, guest: Guest<'_>, now: Wall) -> bool {
        let found = self.sessions.all_of(user, now).into_iter().find(|session| id(session) == said);
        let Some(ended) = found.and_then(|session| self.sessions.end_proof(&session.proof)) else { return false };
        self.tell(vec![ended, sign_in(user, "ended", guest, now)]).await
    }

    /// Who has chosen a password, and when.
    pub async fn passwords(&self) -> ledger::Result<Vec<(String, Wall)>> {
        self.reader.passwords().await
    }

    /// Who did what, the newest first.
    pub async fn audit(&self, filter: &ledger::AuditFilter, limit: u32) -> ledger::Result<Vec<ledger::AuditEntry>> {
        self.reader.audit(filter, limit).await
    }
}
