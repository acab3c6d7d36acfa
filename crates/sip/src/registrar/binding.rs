//! One contact of one phone.

use crate::face::{BindingChange, Transport};
use crate::message::Uri;
use crate::reach::address_of;
use std::net::SocketAddr;
use terms::{LinkId, Mono, PhoneId, Pii, Wall};

/// One device of a phone, in this process: it keeps its id from REGISTER to REGISTER.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BindingId(pub u64);

impl BindingId {
    /// The one contact of a phone that does not register.
    pub const FIXED: BindingId = BindingId(0);
}

/// A device that can be rung.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BindingLine {
    /// Which.
    pub id: BindingId,
    /// Its preference, in thousandths.
    pub q: u16,
    /// How it is reached.
    pub transport: Transport,
}

/// A contact that a phone registered.
#[derive(Clone, Debug)]
pub(crate) struct Binding {
    /// Its id here.
    pub id: BindingId,
    /// What makes it the same binding at the next REGISTER.
    pub key: String,
    /// The contact URI: where requests are addressed.
    pub contact: String,
    /// The device, where it gave one (RFC 5626 4.1).
    pub instance: Option<String>,
    /// Where the REGISTER came from.
    pub source: SocketAddr,
    /// How it came.
    pub came: Transport,
    /// Where requests go.
    pub remote: SocketAddr,
    /// How.
    pub transport: Transport,
    /// Our end of the link that it came over.
    pub local: SocketAddr,
    /// The link that requests take; absent for a stream that is gone, or is still to be connected.
    pub link: Option<LinkId>,
    /// Preference, in thousandths.
    pub q: u16,
    /// Call-ID of the last REGISTER.
    pub call_id: String,
    /// CSeq of the last REGISTER.
    pub cseq: u32,
    /// When it ends.
    pub expires: Mono,
    /// The same, for the ledger.
    pub expires_wall: Wall,
    /// Which of all REGISTERs renewed it last.
    pub renewed: u64,
    /// Since when it has been bound without a break.
    pub since: Wall,
    /// What it calls itself.
    pub device: Option<Box<str>>,
}

impl Binding {
    /// Whether a request can be sent to it now: over UDP, over its own stream, or over one that we may connect since
    /// it said so in a datagram.
    pub(crate) fn usable(&self) -> bool {
        self.came == Transport::Udp || self.link.is_some()
    }

    /// As others see it.
    pub(crate) fn line(&self) -> BindingLine {
        BindingLine { id: self.id, q: self.q, transport: self.transport }
    }

    /// Whether a contact is of the same user at the same host.
    pub(crate) fn shares_place(&self, contact: &str) -> bool {
        let (Ok(ours), Ok(theirs)) = (Uri::parse(&self.contact), Uri::parse(contact)) else { return false };
        ours.user() == theirs.user() && ours.host() == theirs.host()
    }

    /// Whether a contact is at the very same port, too.
    pub(crate) fn shares_port(&self, contact: &str) -> bool {
        let port = |uri: &str| Uri::parse(uri).ok().and_then(|uri| address_of(&uri));
        self.shares_place(contact) && port(&self.contact).is_some_and(|ours| port(contact) == Some(ours))
    }

    /// What the ledger keeps.
    pub(crate) fn change(&self, phone: PhoneId) -> BindingChange {
        BindingChange {
            phone,
            key: self.key.clone(),
            contact: Pii::new(self.contact.clone()),
            remote: self.remote,
            transport: self.came,
            local: self.local,
            q: self.q,
            call_id: self.call_id.clone(),
            cseq: self.cseq,
            expires: self.expires_wall,
        }
    }

    /// What the ledger keeps of a binding that is gone.
    pub(crate) fn removal(&self, phone: PhoneId) -> BindingChange {
        BindingChange { expires: Wall::from_millis(0), ..self.change(phone) }
    }

    /// A binding as the ledger kept it.
    pub(crate) fn restored(
        id: BindingId,
        change: &BindingChange,
        link: Option<LinkId>,
        expires: Mono,
        now: Wall,
    ) -> Binding {
        let contact = change.contact.reveal().clone();
        let own = Uri::parse(&contact).ok().and_then(|uri| address_of(&uri));
        // What came in a datagram and asks for a stream is sent one, unless a translator was seen then.
        let stream = change.transport == Transport::Udp && own == Some((Transport::Tcp, change.remote));
        Binding {
            id,
            key: change.key.clone(),
            contact,
            instance: None,
            source: change.remote,
            came: change.transport,
            remote: change.remote,
            transport: if stream { Transport::Tcp } else { change.transport },
            local: change.local,
            link: link.filter(|_| !stream),
            q: change.q,
            call_id: change.call_id.clone(),
            cseq: change.cseq,
            expires,
            expires_wall: change.expires,
            renewed: id.0,
            since: now,
            device: None,
        }
    }
}
