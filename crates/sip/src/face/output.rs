//! What the core asks of the shell.

use super::{DialogChange, Event, Noted, Transport, Watch};
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;
use terms::{LinkId, PhoneId, Pii, TrunkId, Wall};

/// What the core asks of the shell.
#[derive(Clone, Debug)]
pub enum Output {
    /// Send these bytes.
    Transmit {
        /// On this link.
        link: LinkId,
        /// To this address (the link's remote where it has one).
        remote: SocketAddr,
        /// One datagram, or a piece of the stream.
        bytes: Bytes,
    },
    /// Connect a stream; answered by `LinkOpened` or `LinkClosed` with the same id.
    Connect {
        /// The id that the link will have.
        link: LinkId,
        /// How.
        transport: Transport,
        /// Where to.
        remote: SocketAddr,
        /// What the certificate of the other end must prove (TLS): every one of these, names or addresses.
        names: Vec<String>,
    },
    /// Close a link; answered by `LinkClosed`.
    Close {
        /// Which.
        link: LinkId,
    },
    /// Look a name up (A and AAAA); answered by `Resolved`.
    Resolve {
        /// For whom.
        trunk: TrunkId,
        /// The name.
        name: String,
    },
    /// Something call control must know.
    Event(Event),
    /// Something that whoever makes the documents must know.
    Watch(Watch),
    /// A binding changed; the ledger keeps it (written behind, coalesced by `phone` and `contact`).
    Binding(Box<BindingChange>),
    /// A dialog began, moved or ended; the ledger keeps what a later process needs to say BYE in it.
    Dialog(DialogChange),
    /// For the operator's log. What repeats itself comes once a minute, with its count.
    Noted(Box<Noted>),
}

/// One binding as the ledger keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BindingChange {
    /// Whose.
    pub phone: PhoneId,
    /// The contact URI, or `+sip.instance` with `reg-id` where the phone gave them: the key of the binding.
    pub key: String,
    /// The contact URI.
    pub contact: Pii<String>,
    /// Where requests to it go (the packet's source, for a phone behind NAT).
    pub remote: SocketAddr,
    /// How.
    pub transport: Transport,
    /// The local address of the link that it came over.
    pub local: SocketAddr,
    /// Preference, in thousandths.
    pub q: u16,
    /// Call-ID and CSeq of the last REGISTER (RFC 3261 10.3).
    pub call_id: String,
    /// See `call_id`.
    pub cseq: u32,
    /// When it ends; in the past when it was removed.
    pub expires: Wall,
}
