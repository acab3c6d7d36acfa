//! One contact of one phone.

use crate::face::{BindingChange, Transport};
use std::net::SocketAddr;
use terms::{LinkId, Mono, PhoneId, Pii, Wall};

/// One binding in this process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct BindingId(pub u64);

/// A contact that a phone registered.
#[derive(Clone, Debug)]
pub(crate) struct Binding {
    /// Its id here.
    pub id: BindingId,
    /// What makes it the same binding at the next REGISTER.
    pub key: String,
    /// The contact URI: where requests are addressed.
    pub contact: String,
    /// The user part of it.
    pub user: String,
    /// Where requests go: where the REGISTER came from.
    pub remote: SocketAddr,
    /// How.
    pub transport: Transport,
    /// Our end of the link that it came over.
    pub local: SocketAddr,
    /// That link; absent for a stream that is gone.
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
    /// When it was refreshed last.
    pub refreshed: Mono,
    /// Since when it has been bound without a break.
    pub since: Wall,
    /// What it calls itself.
    pub device: Option<Box<str>>,
}

impl Binding {
    /// Whether a request can be sent to it now.
    pub(crate) fn usable(&self) -> bool {
        self.transport == Transport::Udp || self.link.is_some()
    }

    /// What the ledger keeps.
    pub(crate) fn change(&self, phone: PhoneId) -> BindingChange {
        BindingChange {
            phone,
            key: self.key.clone(),
            contact: Pii::new(self.contact.clone()),
            remote: self.remote,
            transport: self.transport,
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
        Binding {
            id,
            key: change.key.clone(),
            user: user_of(&contact).to_owned(),
            contact,
            remote: change.remote,
            transport: change.transport,
            local: change.local,
            link,
            q: change.q,
            call_id: change.call_id.clone(),
            cseq: change.cseq,
            expires,
            expires_wall: change.expires,
            refreshed: Mono::ZERO,
            since: now,
            device: None,
        }
    }
}

/// The user part of a URI that was checked when it was stored.
fn user_of(uri: &str) -> &str {
    let rest = uri.split_once(':').map_or(uri, |(_, rest)| rest);
    rest.split_once('@').map_or("", |(user, _)| user)
}
