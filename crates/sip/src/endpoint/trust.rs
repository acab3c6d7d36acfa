//! Who may ask for something within a running call. The tags of a dialog are no password: they cross the network, stand in
//! logs, and are told to others in Replaces. A request is taken from the flow or the host that the leg's messages come from,
//! from where its phone has proved to be, from the networks of its carrier; from elsewhere only with the phone's password.
//! What reaches beyond the call (REFER and the like) takes the password in any case.

use super::Endpoint;
use super::guard::Proof;
use super::leg::{Leg, Peer};
use super::receive::Incoming;
use crate::dialog::Dialog;
use crate::message::{Method, Uri};
use crate::reach::address_of;
use std::net::IpAddr;
use terms::{LegId, PhoneId, TrunkId};

impl Endpoint {
    /// Whether a request is the other side's. If not, it was answered.
    pub(super) fn is_admitted(&mut self, id: LegId, incoming: &Incoming, method: &Method) -> bool {
        let Some(leg) = self.legs.get(&id) else { return false };
        let near = self.comes_from(leg, incoming);
        match leg.peer {
            _ if near && !reaches_beyond(method) => true,
            Peer::Phone(phone) => self.is_proved(phone, incoming, method),
            Peer::Trunk(_) if near => true,
            Peer::Trunk(_) => {
                self.refuse_stateless(incoming, 403, "", "another's call");
                false
            }
        }
    }

    pub(super) fn is_proved(&mut self, phone: PhoneId, incoming: &Incoming, method: &Method) -> bool {
        match self.prove(incoming, method) {
            Proof::Phone(proved) if proved == phone => true,
            Proof::Phone(_) => {
                self.refuse_stateless(incoming, 403, "", "another's call");
                false
            }
            Proof::None { stale } => {
                self.challenge(incoming, method, stale);
                false
            }
            Proof::Refused => false,
        }
    }

    /// Whether a message comes from where the other side of a leg is.
    pub(super) fn comes_from(&self, leg: &Leg, incoming: &Incoming) -> bool {
        let ip = incoming.remote.ip();
        ip == leg.source || ip == leg.remote.ip() || self.is_own_flow(leg, incoming) || self.is_known_at(leg, ip)
    }

    fn is_own_flow(&self, leg: &Leg, incoming: &Incoming) -> bool {
        leg.link == Some(incoming.link) && self.links.get(incoming.link).is_some_and(|link| link.remote.is_some())
    }

    fn is_known_at(&self, leg: &Leg, ip: IpAddr) -> bool {
        match leg.peer {
            // It registered from there, with its password.
            Peer::Phone(phone) => self.registrar.of(phone).iter().any(|binding| binding.source.ip() == ip),
            Peer::Trunk(trunk) => self.is_of_trunk(trunk, ip) || leg.dialogs.iter().any(|dialog| names(dialog, ip)),
        }
    }

    fn is_of_trunk(&self, trunk: TrunkId, ip: IpAddr) -> bool {
        self.directory.trunk_at(ip) == Some(trunk)
            || self.is_registrar_of(trunk, ip)
            || self.addresses_of(trunk).contains(&ip.to_canonical())
    }
}

/// Whether a carrier itself said, in the dialog, that it is there.
fn names(dialog: &Dialog, ip: IpAddr) -> bool {
    let at = |uri: &str| Uri::parse(uri).ok().and_then(|uri| address_of(&uri)).map(|(_, address)| address.ip());
    at(&dialog.target) == Some(ip) || at(dialog.next_hop()) == Some(ip)
}

/// Whether a request asks for more than its call.
fn reaches_beyond(method: &Method) -> bool {
    matches!(method, Method::Refer | Method::Subscribe | Method::Message)
}
