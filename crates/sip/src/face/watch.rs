//! What phones watch, publish and write: lamps, presence, texts.

use super::{Body, Package, SubId};
use terms::{LegId, PhoneId, Pii};

/// What whoever makes the documents and knows the names must know. It is no call's business.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Watch {
    /// A phone wants to watch something, past authentication; answer with `Admit` or `Deny`.
    Subscribed {
        /// Its subscription.
        sub: SubId,
        /// Who, what.
        subscriber: Box<Subscriber>,
    },
    /// A subscription wants the whole state anew: it was renewed, or ends, or missed something; answer with `Notify`.
    StateWanted {
        /// Which.
        sub: SubId,
    },
    /// A subscription that was admitted is over; no event names it afterwards.
    Unsubscribed {
        /// Which.
        sub: SubId,
    },
    /// What a phone says of its user's presence is new, or over.
    Published(Box<Published>),
    /// A phone sends a text; answer with `PassText` or `RefuseText`.
    Texted {
        /// Which.
        text: TextId,
        /// Who, to whom.
        from: Box<Text>,
    },
}

/// Who wants to watch what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscriber {
    /// The phone, by its password.
    pub by: PhoneId,
    /// What kind of news.
    pub package: Package,
    /// The user part of the Request-URI, unescaped, or its number, as in [`Arrival::called`](super::Arrival::called).
    pub resource: Pii<String>,
    /// The host in the Request-URI: what the switch is called by this phone.
    pub host: String,
}

/// What a phone says of its user's presence (RFC 3903).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    /// Whose.
    pub phone: PhoneId,
    /// Its number: each of his devices may say something.
    pub number: u64,
    /// What it says; absent: that is over.
    pub body: Option<Body>,
}

/// One text on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TextId(pub u64);

/// Who sends a text to whom (RFC 3428).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// The phone, by its password.
    pub from: PhoneId,
    /// The user part of the Request-URI, unescaped, or its number.
    pub to: Pii<String>,
    /// The leg in which it was sent: it is for whoever is at the other end of that call.
    pub within: Option<LegId>,
}

/// How far a leg of a phone is, as a lamp shows it (RFC 4235 3.7.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LineState {
    /// It was placed, and nothing was heard yet.
    Trying,
    /// It rings.
    Early,
    /// It was answered.
    Confirmed,
}

/// What names a leg in a document, to be repeated in the Replaces of whoever takes its call (RFC 4235 4.1.1, RFC 3891). It
/// says nothing of the dialog itself, and opens nothing else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handle {
    /// In place of the Call-ID.
    pub call_id: String,
    /// In place of the tag of the phone that is watched.
    pub local_tag: String,
    /// In place of the other tag.
    pub remote_tag: String,
}

/// A leg of a phone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Which.
    pub leg: LegId,
    /// Whose.
    pub phone: PhoneId,
    /// How far it is.
    pub state: LineState,
    /// The number or user at the other end, as the phone was told it.
    pub number: Pii<String>,
    /// The display name.
    pub name: Option<Pii<String>>,
}
