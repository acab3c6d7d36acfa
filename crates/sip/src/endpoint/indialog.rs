//! Requests within a dialog (RFC 3261 12.2.2): finding it, its order, and who takes them.

use super::Endpoint;
use super::leg::{Leg, Peer};
use super::receive::Incoming;
use crate::face::Transport;
use crate::message::{Message, Method, Uri};
use crate::transaction::key::ServerKey;
use std::net::SocketAddr;
use terms::LegId;

impl Endpoint {
    pub(super) fn in_dialog(&mut self, incoming: &Incoming, method: &Method, key: ServerKey) {
        let message = &incoming.message;
        let Some((id, at)) = self.find_living(message) else {
            return self.within_subscription(incoming, method, key);
        };
        if !self.is_admitted(id, incoming, method) {
            return;
        }
        let Some(leg) = self.legs.get_mut(&id) else { return };
        let seq = message.cseq().map(|cseq| cseq.number).unwrap_or_default();
        let in_order = leg.dialogs.get_mut(at).is_none_or(|dialog| dialog.take_seq(seq));
        if !in_order {
            // RFC 3261 12.2.2: out of order.
            return self.refuse_stateless(incoming, 500, "CSeq too low", "cseq too low");
        }
        self.follow(id, incoming);
        match method {
            Method::Invite => self.reinvited(id, at, incoming, key),
            Method::Update => self.updated(id, at, incoming, key),
            Method::Prack => self.acknowledged(id, incoming, key),
            Method::Refer => self.referred(id, at, incoming, key),
            Method::Bye => self.bye(id, at, incoming, key),
            Method::Info => self.info(id, incoming, key),
            Method::Notify => self.notified(id, incoming, key),
            // RFC 6665 4.5.2: a subscription has a dialog of its own.
            Method::Subscribe => self.refuse_stateless(incoming, 403, "", "subscription within a call"),
            Method::Message => self.texted_within(id, incoming, key),
            Method::Options => self.options(incoming, key),
            _ => self.refuse_method(incoming),
        }
    }

    /// The dialog that a request names, from the other side's point of view: its leg, and which of its dialogs.
    pub(super) fn find_dialog(&self, message: &Message) -> Option<(LegId, usize)> {
        let (from, to) = (message.from().ok()?, message.to().ok()?);
        let id = *self.dialogs.get(&self.keys.dialog(message.call_id(), to.tag()?))?;
        let at = self.legs.get(&id)?.dialog_with(from.tag().unwrap_or_default())?;
        Some((id, at))
    }

    /// The same, unless it is one of those that another has outlived.
    pub(super) fn find_living(&self, message: &Message) -> Option<(LegId, usize)> {
        self.find_dialog(message).filter(|(id, at)| self.legs.get(id).is_some_and(|leg| leg.is_in(*at)))
    }

    /// Later requests of ours go where this one came from, or to where a phone says that it listens.
    fn follow(&mut self, id: LegId, incoming: &Incoming) {
        let transport = self.links.get(incoming.link).map(|link| link.transport);
        let Some(leg) = self.legs.get(&id) else { return };
        let moved = leg.remote != incoming.remote && matches!(leg.peer, Peer::Phone(_));
        let remote = if moved { self.listens_at(leg, incoming) } else { incoming.remote };
        let Some(leg) = self.legs.get_mut(&id) else { return };
        leg.remote = remote;
        leg.source = incoming.remote.ip();
        leg.link = Some(incoming.link);
        leg.transport = transport.unwrap_or(leg.transport);
    }

    /// Where the phone listens that sent this request: by its Contact, or that of the dialog.
    pub(super) fn listens_at(&self, leg: &Leg, incoming: &Incoming) -> SocketAddr {
        let contacts = incoming.message.contacts().ok();
        let said = contacts.as_ref().and_then(|contacts| contacts.first()).map(|contact| contact.uri_raw());
        let target = said.or(leg.dialog().map(|dialog| dialog.target.as_str())).unwrap_or_default();
        match Uri::parse(target).map(|uri| self.phone_at(&uri, incoming)) {
            Ok((Transport::Udp, remote)) => remote,
            _ => incoming.remote,
        }
    }
}
