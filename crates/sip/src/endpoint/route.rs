//! Which way a message of ours takes: the link, and the address at its other end.

use super::Endpoint;
use super::leg::{Leg, Peer};
use super::links::Way;
use super::receive::Incoming;
use crate::dialog::Dialog;
use crate::face::{Output, Transport};
use crate::message::{Message, Rport, Uri};
use crate::reach::{address_of, reach};
use crate::transaction::store::Path;
use std::net::SocketAddr;
use terms::{LegId, LinkId};

impl Endpoint {
    /// The path to an address; asks for a connection when there is none.
    pub(super) fn path_to(&mut self, transport: Transport, remote: SocketAddr, wanted: Option<LinkId>) -> Option<Path> {
        let reliable = transport.is_reliable();
        let names = self.names_at(transport, remote.ip());
        match self.links.way(transport, remote, wanted, &names) {
            Way::Link(link) => Some(Path { link, remote, reliable }),
            Way::Nowhere => None,
            Way::Connect => {
                let link = self.links.dial(transport, remote, names.clone(), self.now.mono);
                self.outputs.push_back(Output::Connect { link, transport, remote, names });
                Some(Path { link, remote, reliable })
            }
        }
    }

    /// The path for a request within a dialog of a leg; none is counted.
    pub(super) fn dialog_path(&mut self, id: LegId, at: usize) -> Option<Path> {
        let leg = self.legs.get(&id)?;
        let (transport, remote, wanted) = self.dialog_way(leg, leg.dialogs.get(at)?);
        let path = self.path_to(transport, remote, wanted);
        if path.is_none() {
            self.counts.unsent += 1;
        }
        path
    }

    fn dialog_way(&self, leg: &Leg, dialog: &Dialog) -> (Transport, SocketAddr, Option<LinkId>) {
        let (transport, remote) = match leg.peer {
            // A phone may sit behind an address translator: only the way that it came itself is known to work.
            Peer::Phone(phone) => {
                let gone = leg.link.is_none_or(|link| !self.links.takes(link));
                match self.own_binding(phone, leg, dialog) {
                    Some(binding) if gone && binding.transport == leg.transport => {
                        return (leg.transport, binding.remote, binding.link);
                    }
                    _ => (leg.transport, leg.remote),
                }
            }
            Peer::Trunk(_) => {
                let hop = next_hop(dialog).filter(|(transport, remote)| self.can_prove(*transport, remote.ip()));
                hop.unwrap_or((leg.transport, leg.remote))
            }
        };
        let wanted = leg.link.filter(|_| transport == Transport::Udp || remote.ip() == leg.remote.ip());
        (transport, remote, wanted)
    }

    /// Where later requests to the phone go that sent this one, by its Contact. Never to a carrier that takes our
    /// address for ours: a phone would call at our expense by naming it.
    pub(super) fn phone_at(&self, contact: &Uri<'_>, incoming: &Incoming) -> (Transport, SocketAddr) {
        let source = incoming.remote;
        if let Some(link) = self.links.get(incoming.link).filter(|link| link.transport.is_reliable()) {
            return (link.transport, source);
        }
        let asked = incoming.message.top_via().is_ok_and(|via| via.rport != Rport::Absent);
        let (transport, remote) = reach(contact, source, asked);
        match remote != source && self.directory.is_carriers(remote, source.ip()) {
            true => (Transport::Udp, source),
            false => (transport, remote),
        }
    }

    /// The path for responses to a request (RFC 3261 18.2.2, RFC 3581 4).
    pub(super) fn reply_path(&self, request: &Message, link: LinkId, remote: SocketAddr) -> Path {
        let reliable = self.links.get(link).is_some_and(|link| link.transport.is_reliable());
        let to = request.top_via().ok().and_then(|via| via.reply_address());
        Path { link, remote: if reliable { remote } else { to.unwrap_or(remote) }, reliable }
    }
}

/// Where the dialog says that a request goes, when that is an address (names are not looked up here).
pub(super) fn next_hop(dialog: &Dialog) -> Option<(Transport, SocketAddr)> {
    address_of(&Uri::parse(dialog.next_hop()).ok()?)
}
