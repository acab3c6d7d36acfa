//! Requests within a dialog (RFC 3261 12.2.2): finding it, its order, and who takes them.
//! Call-ID and both tags together are as good as a password: nobody outside has seen them.

use super::Endpoint;
use super::leg::{Leg, Peer, Phase};
use super::receive::Incoming;
use crate::face::Transport;
use crate::message::{Message, Method, Uri};
use crate::transaction::key::ServerKey;
use std::net::SocketAddr;
use terms::LegId;

impl Endpoint {
    pub(super) fn in_dialog(&mut self, incoming: &Incoming, method: &Method, key: ServerKey) {
        let message = &incoming.message;
        let Some(id) = self.find_leg(message) else {
            return self.refuse_stateless(incoming, 481, "", "no dialog");
        };
        let seq = message.cseq().map(|cseq| cseq.number).unwrap_or_default();
        let in_order = self.legs.get_mut(&id).and_then(|leg| leg.dialog.as_mut()).is_none_or(|d| d.take_seq(seq));
        if !in_order {
            // RFC 3261 12.2.2: out of order.
            return self.refuse_stateless(incoming, 500, "CSeq too low", "cseq too low");
        }
        self.follow(id, incoming);
        match method {
            Method::Invite => self.reinvited(id, incoming, key),
            Method::Bye => self.bye(id, incoming, key),
            Method::Info => self.info(id, incoming, key),
            Method::Options => self.options(incoming, key),
            _ => self.refuse_method(incoming),
        }
    }

    /// The leg whose dialog a request names, from the other side's point of view.
    pub(super) fn find_leg(&self, message: &Message) -> Option<LegId> {
        let (from, to) = (message.from().ok()?, message.to().ok()?);
        let id = *self.dialogs.get(&self.keys.dialog(message.call_id(), to.tag()?))?;
        let leg = self.legs.get(&id)?;
        leg.knows(from.tag().unwrap_or_default()).then_some(id)
    }

    /// Later requests of ours go where this one came from, or to where a phone says that it listens.
    fn follow(&mut self, id: LegId, incoming: &Incoming) {
        let transport = self.links.get(incoming.link).map(|link| link.transport);
        let Some(leg) = self.legs.get(&id) else { return };
        let moved = leg.remote != incoming.remote && matches!(leg.peer, Peer::Phone(_));
        let remote = if moved { self.listens_at(leg, incoming) } else { incoming.remote };
        let Some(leg) = self.legs.get_mut(&id) else { return };
        leg.remote = remote;
        leg.link = Some(incoming.link);
        leg.transport = transport.unwrap_or(leg.transport);
    }

    /// Where the phone listens that sent this request: by its Contact, or that of the dialog.
    pub(super) fn listens_at(&self, leg: &Leg, incoming: &Incoming) -> SocketAddr {
        let contacts = incoming.message.contacts().ok();
        let said = contacts.as_ref().and_then(|contacts| contacts.first()).map(|contact| contact.uri_raw());
        let target = said.or(leg.dialog.as_ref().map(|dialog| dialog.target.as_str())).unwrap_or_default();
        match Uri::parse(target).map(|uri| self.phone_at(&uri, incoming)) {
            Ok((Transport::Udp, remote)) => remote,
            _ => incoming.remote,
        }
    }
}

impl Leg {
    /// Whether their tag belongs to a dialog of this leg.
    fn knows(&self, tag: &str) -> bool {
        match (&self.dialog, &self.phase) {
            (Some(dialog), _) => dialog.remote_tag == tag,
            (None, Phase::Placed { early, .. }) => early.iter().any(|known| known == tag),
            _ => false,
        }
    }
}
