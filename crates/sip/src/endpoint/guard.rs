//! Who sent this? A carrier is known by its address; everybody else must prove to be a phone of ours
//! (RFC 3261 22). Nothing is kept for those who do not: challenges cost no memory.

use super::Endpoint;
use super::receive::Incoming;
use super::refuse::challenge_status;
use crate::digest::{Ha1, Verdict};
use crate::face::Source;
use crate::message::{Method, Name};

impl Endpoint {
    /// The sender of a request outside of a dialog; none when it was challenged or refused.
    pub(super) fn identify(&mut self, incoming: &Incoming, method: &Method) -> Option<Source> {
        let message = &incoming.message;
        let (asked, _) = names(method);
        let trunk = self.directory.trunk_at(incoming.remote.ip()).filter(|_| !self.is_phone(incoming, method));
        if let Some(trunk) = trunk
            && !message.has(asked)
        {
            return Some(Source::Trunk(trunk));
        }
        let directory = &self.directory;
        let lookup = |user: &str| {
            let account = directory.user(user)?;
            Some(Ha1 { md5: account.ha1_md5, sha256: account.ha1_sha256 })
        };
        let (now, from) = (self.now.mono, incoming.remote.ip());
        let verdict = self.challenger.verify(now, from, method, message.uri_raw(), message.raw(asked), lookup);
        match verdict {
            Verdict::Ok { user } => {
                let phone = self.directory.user(&user).map(|account| account.id);
                phone.map(Source::Phone)
            }
            // A phone that does not exist and a password that is wrong look the same from outside.
            Verdict::Wrong | Verdict::Unreadable => {
                self.refuse_stateless(incoming, 403, "", "wrong credentials");
                None
            }
            // A carrier may pass on credentials for somebody else's realm.
            Verdict::Missing if trunk.is_some() => trunk.map(Source::Trunk),
            Verdict::Missing | Verdict::Stale | Verdict::Replayed => {
                self.challenge(incoming, method, verdict.is_stale());
                None
            }
        }
    }

    /// A phone may share its address with a carrier (a laboratory, an address translator): who registers,
    /// or has registered from this very port, is asked for the password all the same.
    fn is_phone(&self, incoming: &Incoming, method: &Method) -> bool {
        *method == Method::Register
            || self.registrar.knows(incoming.remote)
            || self.directory.is_fixed_phone(incoming.remote)
    }

    fn challenge(&mut self, incoming: &Incoming, method: &Method, stale: bool) {
        let (_, name) = names(method);
        let values = self.challenger.challenges(self.now.mono, incoming.remote.ip(), stale);
        let why = if stale { "stale credentials" } else { "no credentials" };
        self.refuse_with(incoming, challenge_status(method), "", why, |builder| {
            values.iter().fold(builder, |builder, value| builder.header(name, value))
        });
    }
}

/// Where the credentials stand, and where the challenge goes.
fn names(method: &Method) -> (Name, Name) {
    match challenge_status(method) {
        401 => (Name::Authorization, Name::WwwAuthenticate),
        _ => (Name::ProxyAuthorization, Name::ProxyAuthenticate),
    }
}
