//! Which transaction a message belongs to (RFC 3261 17.1.3 and 17.2.3), as keys that compare.
//! Taking the values out of a message is left to the endpoint.

/// The cookie that says: this branch is unique (RFC 3261 8.1.1.7).
const COOKIE: &str = "z9hG4bK";

/// Identifies a request that came in.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum ServerKey {
    /// RFC 3261: the branch, who wrote it, and the method (INVITE for its ACK).
    Branch {
        /// The branch of the topmost Via.
        branch: String,
        /// Its host and port, in lower case.
        sent_by: String,
        /// The method.
        method: String,
    },
    /// RFC 2543: no unique branch, so everything that a repeat has in common.
    Old {
        /// Request-URI, From tag, Call-ID, CSeq number, topmost Via and method, one a line.
        text: String,
    },
}

/// What a key is made of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Marks<'a> {
    /// The branch of the topmost Via.
    pub branch: Option<&'a str>,
    /// The host (and port) of the topmost Via.
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

impl ServerKey {
    /// The key of a request.
    pub(crate) fn of(marks: &Marks<'_>) -> ServerKey {
        // RFC 3261 17.2.3: only a branch that begins with the cookie is unique; RFC 4475 3.2.1: the
        // cookie alone is not.
        match marks.branch {
            Some(branch) if branch.starts_with(COOKIE) && branch.len() > COOKIE.len() => ServerKey::Branch {
                branch: branch.to_owned(),
                sent_by: marks.sent_by.to_ascii_lowercase(),
                method: marks.method.to_owned(),
            },
            _ => {
                let Marks { branch, sent_by, method, uri, from_tag, call_id, cseq } = marks;
                let branch = branch.unwrap_or_default();
                ServerKey::Old { text: format!("{method}\n{uri}\n{from_tag}\n{call_id}\n{cseq}\n{sent_by}\n{branch}") }
            }
        }
    }
}

/// Identifies a request that went out: its branch and method (our branches are unique, but a CANCEL
/// carries that of its INVITE).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ClientKey {
    /// The branch that we wrote.
    pub branch: String,
    /// The method in CSeq.
    pub method: String,
}

/// Identifies a request whatever way it took (RFC 3261 8.2.2.2).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct MergeKey {
    /// The Call-ID.
    pub call_id: String,
    /// The From tag.
    pub from_tag: String,
    /// The CSeq number.
    pub cseq: u32,
    /// The CSeq method.
    pub method: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    const MARKS: Marks<'static> = Marks {
        branch: Some("z9hG4bKabc"),
        sent_by: "Host.example:5060",
        method: "INVITE",
        uri: "sip:a@b",
        from_tag: "f",
        call_id: "c",
        cseq: 1,
    };

    #[test]
    fn a_branch_with_the_cookie_is_the_key_whatever_else_differs() {
        let same = Marks { uri: "sip:x@y", cseq: 9, sent_by: "host.example:5060", ..MARKS };
        assert_eq!(ServerKey::of(&MARKS), ServerKey::of(&same));
        assert_ne!(ServerKey::of(&MARKS), ServerKey::of(&Marks { sent_by: "host.example:5062", ..MARKS }));
        assert_ne!(ServerKey::of(&MARKS), ServerKey::of(&Marks { method: "CANCEL", ..MARKS }));
    }

    #[test]
    fn without_a_unique_branch_everything_counts() {
        for branch in [None, Some("1"), Some("z9hG4bK")] {
            let old = Marks { branch, ..MARKS };
            assert_eq!(ServerKey::of(&old), ServerKey::of(&old));
            assert_ne!(ServerKey::of(&old), ServerKey::of(&Marks { cseq: 2, ..old }));
            assert_ne!(ServerKey::of(&old), ServerKey::of(&Marks { call_id: "d", ..old }));
        }
    }
}
