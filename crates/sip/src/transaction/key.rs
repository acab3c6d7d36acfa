//! Which transaction a message belongs to (RFC 3261 17.1.3 and 17.2.3), as keys that compare.
//! Taking the values out of a message is left to the endpoint.

use crate::fingerprint::{Fingerprint, Fingerprints};
use crate::origin::Origin;

/// The cookie that says: this branch is unique (RFC 3261 8.1.1.7).
const COOKIE: &str = "z9hG4bK";

/// Identifies a request that came in. RFC 3261: the branch, who wrote it, and the method (INVITE for its ACK).
/// RFC 2543, without a unique branch: everything that a repeat has in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct ServerKey(Fingerprint);

/// Identifies a request that went out: its branch and method (our branches are unique, but a CANCEL
/// carries that of its INVITE).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct ClientKey(Fingerprint);

/// Identifies a request whatever way it took (RFC 3261 8.2.2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct MergeKey(Fingerprint);

/// Identifies a dialog by what is ours in it: the Call-ID and our tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct DialogKey(Fingerprint);

/// What a key is made of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Marks<'a> {
    /// The branch of the topmost Via.
    pub branch: Option<&'a str>,
    /// The host (and port) of the topmost Via, in lower case.
    pub sent_by: &'a str,
    /// The method, INVITE for an ACK or a CANCEL of one.
    pub method: &'a str,
    /// The Request-URI.
    pub uri: &'a str,
    /// The From tag.
    pub from_tag: &'a str,
    /// The Call-ID.
    pub call_id: &'a str,
    /// The CSeq number.
    pub cseq: u32,
}

/// Makes keys.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Keys(Fingerprints);

/// What a fingerprint stands for, so that no two kinds share one.
mod kind {
    pub(super) const BRANCH: u8 = 1;
    pub(super) const OLD: u8 = 2;
    pub(super) const CLIENT: u8 = 3;
    pub(super) const MERGE: u8 = 4;
    pub(super) const DIALOG: u8 = 5;
    pub(super) const CLAIM: u8 = 6;
    pub(super) const REFUSAL: u8 = 7;
    pub(super) const NAME: u8 = 8;
    pub(super) const HANDLE: u8 = 9;
}

impl Keys {
    /// Keys that depend on `seed`, which must be secret.
    pub(crate) fn new(seed: u64) -> Keys {
        Keys(Fingerprints::new(seed))
    }

    /// The key of a request that came in.
    pub(crate) fn server(&self, marks: &Marks<'_>) -> ServerKey {
        let Marks { branch, sent_by, method, uri, from_tag, call_id, cseq } = *marks;
        // RFC 3261 17.2.3: only a branch that begins with the cookie is unique; RFC 4475 3.2.1: the
        // cookie alone is not.
        match branch {
            Some(branch) if branch.starts_with(COOKIE) && branch.len() > COOKIE.len() => {
                ServerKey(self.0.of(kind::BRANCH, &[branch, sent_by, method]))
            }
            _ => {
                let (branch, cseq) = (branch.unwrap_or_default(), cseq.to_string());
                ServerKey(self.0.of(kind::OLD, &[method, uri, from_tag, call_id, &cseq, sent_by, branch]))
            }
        }
    }

    /// The key of a request that goes out.
    pub(crate) fn client(&self, branch: &str, method: &str) -> ClientKey {
        ClientKey(self.0.of(kind::CLIENT, &[branch, method]))
    }

    /// The key of a request whatever way it took.
    pub(crate) fn merge(&self, call_id: &str, from_tag: &str, cseq: u32, method: &str) -> MergeKey {
        MergeKey(self.0.of(kind::MERGE, &[call_id, from_tag, &cseq.to_string(), method]))
    }

    /// The key of somebody at a source who says who he is.
    pub(crate) fn claim(&self, origin: Origin, user: &str) -> Fingerprint {
        self.0.of_octets(kind::CLAIM, &[&origin.octets(), user.as_bytes()])
    }

    /// The key of a kind of refusal of a source.
    pub(crate) fn refusal(&self, origin: Origin, why: &str) -> Fingerprint {
        self.0.of_octets(kind::REFUSAL, &[&origin.octets(), why.as_bytes()])
    }

    /// The key of a name that somebody claims, wherever he is.
    pub(crate) fn name(&self, user: &str) -> Fingerprint {
        self.0.of(kind::NAME, &[user])
    }

    /// What nobody else can write who names a leg by its number.
    pub(crate) fn handle(&self, number: &str) -> Fingerprint {
        self.0.of(kind::HANDLE, &[number])
    }

    /// The key of a dialog.
    pub(crate) fn dialog(&self, call_id: &str, local_tag: &str) -> DialogKey {
        DialogKey(self.0.of(kind::DIALOG, &[call_id, local_tag]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MARKS: Marks<'static> = Marks {
        branch: Some("z9hG4bKabc"),
        sent_by: "host.example:5060",
        method: "INVITE",
        uri: "sip:a@b",
        from_tag: "f",
        call_id: "c",
        cseq: 1,
    };

    #[test]
    fn a_branch_with_the_cookie_is_the_key_whatever_else_differs() {
        let keys = Keys::new(1);
        let same = Marks { uri: "sip:x@y", cseq: 9, ..MARKS };
        assert_eq!(keys.server(&MARKS), keys.server(&same));
        assert_ne!(keys.server(&MARKS), keys.server(&Marks { sent_by: "host.example:5062", ..MARKS }));
        assert_ne!(keys.server(&MARKS), keys.server(&Marks { method: "CANCEL", ..MARKS }));
    }

    #[test]
    fn without_a_unique_branch_everything_counts() {
        let keys = Keys::new(1);
        for branch in [None, Some("1"), Some("z9hG4bK")] {
            let old = Marks { branch, ..MARKS };
            assert_eq!(keys.server(&old), keys.server(&old));
            assert_ne!(keys.server(&old), keys.server(&Marks { cseq: 2, ..old }));
            assert_ne!(keys.server(&old), keys.server(&Marks { call_id: "d", ..old }));
        }
    }
}
