//! What the ledger keeps of legs, for the word that is owed to their peers should this process die.

use crate::face::{Source, Transport};
use crate::message::{Message, Name};
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;
use terms::{LegId, Pii};

/// What became of a leg, as far as its peer would have to hear of our death.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DialogChange {
    /// From now on something is owed.
    Begun {
        /// Its leg.
        leg: LegId,
        /// What.
        owed: Box<Owed>,
    },
    /// What is owed is another thing now: it rang and was answered, or a re-INVITE moved its target.
    Moved {
        /// Its leg.
        leg: LegId,
        /// What.
        owed: Box<Owed>,
    },
    /// It is over.
    Ended {
        /// Its leg.
        leg: LegId,
    },
    /// One of an earlier start is over: the word was said, or given up.
    Parted {
        /// The ledger's name for it.
        key: i64,
    },
}

/// The word that is owed, with what it takes to say it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Owed {
    /// BYE, in a confirmed dialog.
    Bye(KeptDialog),
    /// CANCEL, for an INVITE of ours that rings.
    Cancel(KeptInvite),
    /// A final response, to an INVITE of theirs that was told to wait.
    Refusal(KeptArrival),
}

/// What a CANCEL needs (RFC 3261 9.1), and the ACK and BYE for an answer that comes all the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptInvite {
    /// The INVITE as it was sent, without its body.
    pub invite: Head,
    /// Who it is.
    pub peer: Source,
    /// How their messages travel.
    pub transport: Transport,
    /// Where it went.
    pub to: SocketAddr,
    /// Our end of that way.
    pub from: SocketAddr,
}

/// What a final response needs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptArrival {
    /// Their INVITE as it came, its top Via stamped, without its body.
    pub arrived: Head,
    /// Our tag in the responses before.
    pub local_tag: String,
    /// How their messages travel.
    pub transport: Transport,
    /// Who sent it.
    pub to: SocketAddr,
    /// Our end of that way.
    pub from: SocketAddr,
}

/// The head of a message: its start line and its fields, to the empty line.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct Head(Pii<Bytes>);

/// Bytes of a head that is kept: the ledger has a row for each leg that rings.
const HEAD: usize = 8_192;

impl Head {
    /// Of these bytes, without copying them; none when it is too long to be kept.
    pub(crate) fn of(message: &Bytes) -> Option<Head> {
        let end = memchr::memmem::find(message, b"\r\n\r\n").map_or(message.len(), |at| at + 4);
        (end <= HEAD).then(|| Head(Pii::new(message.slice(..end))))
    }

    /// A message with these fields and no body.
    pub(crate) fn message(&self) -> Option<Message> {
        let whole = self.0.reveal();
        let mut text = Vec::with_capacity(whole.len());
        for line in whole.split_inclusive(|byte| *byte == b'\n') {
            let name = line.split(|byte| *byte == b':').next().unwrap_or_default().trim_ascii();
            if Name::of(name) != Name::ContentLength {
                text.extend_from_slice(line);
            }
        }
        Message::parse(text.into()).ok()
    }
}

impl std::fmt::Debug for Head {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Head of {} bytes", self.0.reveal().len())
    }
}

impl From<String> for Head {
    fn from(text: String) -> Head {
        Head(Pii::new(text.into()))
    }
}

impl From<Head> for String {
    fn from(head: Head) -> String {
        String::from_utf8_lossy(head.0.reveal()).into_owned()
    }
}

/// What a BYE needs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptDialog {
    /// The Call-ID.
    pub call_id: String,
    /// Our tag.
    pub local_tag: String,
    /// Their tag.
    pub remote_tag: String,
    /// We.
    pub local: KeptParty,
    /// They.
    pub remote: KeptParty,
    /// A CSeq number that our requests had reached.
    pub seq: u32,
    /// The route set, in the order in which we write it.
    pub routes: Vec<String>,
    /// The remote target.
    pub target: Pii<String>,
    /// Who it is.
    pub peer: Source,
    /// How their messages travel.
    pub transport: Transport,
    /// Where they went.
    pub to: SocketAddr,
    /// Our end of that way.
    pub from: SocketAddr,
}

/// One end of a dialog.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptParty {
    /// The display name.
    pub display: Option<Pii<String>>,
    /// The URI in From or To.
    pub uri: Pii<String>,
}
