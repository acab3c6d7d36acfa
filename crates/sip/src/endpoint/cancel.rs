//! CANCEL, both ways (RFC 3261 9).

use super::ack::{finish_same_hop, same_hop};
use super::compose::with_reason;
use super::leg::{LegTimer, Phase};
use super::receive::Incoming;
use super::request::server_key;
use super::{Due, Endpoint};
use crate::face::EndedBy;
use crate::message::{Message, Method, Name};
use crate::transaction::key::ServerKey;
use crate::transaction::store::{ClientState, ClientTransaction, Purpose, TxId};
use crate::transaction::{PATIENCE, other_client};
use std::time::Duration;
use terms::LegId;

impl Endpoint {
    /// A CANCEL arrived.
    pub(super) fn cancel(&mut self, incoming: &Incoming, key: ServerKey) {
        let message = &incoming.message;
        let invite =
            server_key(&self.keys, message, &Method::Invite).ok().and_then(|key| self.transactions.find_server(&key));
        // RFC 3261 22.1: it cannot be challenged, so it must come from where its INVITE came from.
        let near = |tx: &TxId| {
            let leg = self.transactions.server(*tx).and_then(|transaction| self.legs.get(&transaction.leg?));
            leg.is_none_or(|leg| self.comes_from(leg, incoming))
        };
        let Some(invite) = invite.filter(near) else {
            return self.refuse_stateless(incoming, 481, "", "nothing to cancel");
        };
        let leg = self.transactions.server(invite).and_then(|transaction| transaction.leg);
        let tag = leg.and_then(|leg| self.legs.get(&leg)).map(|leg| leg.local_tag.clone());
        let tag = tag.unwrap_or_else(|| self.tokens.tag());
        let tx = self.accept(incoming, key);
        let response = self.open_response(message, 200, "", &tag).build();
        self.respond(tx, 200, response);
        let Some(leg) = leg else { return };
        // RFC 3261 9.2: after a final response a CANCEL has no effect.
        if self.offered(leg).is_none() {
            return;
        }
        let cause = message.reason_cause();
        self.refuse_offered(leg, 487, None, None);
        self.tell_ended(leg, EndedBy::Cancelled, cause);
        self.forget_leg(leg);
    }

    /// Takes our INVITE back, now or as soon as a provisional response allows it (RFC 3261 9.1).
    pub(super) fn send_cancel(&mut self, id: LegId) {
        let Some(leg) = self.legs.get_mut(&id) else { return };
        let reason = leg.reason;
        let Phase::Placed { tx, provisional: true, cancelled, .. } = &mut leg.phase else { return };
        if std::mem::replace(cancelled, true) {
            return;
        }
        let Some(transaction) = self.transactions.client(*tx) else { return };
        let path = transaction.path;
        let Ok(invite) = Message::parse(transaction.request.clone()) else { return };
        // RFC 3261 9.1: the CANCEL has the branch of its INVITE.
        let Some(branch) = invite.top_via().ok().and_then(|via| via.branch) else { return };
        let mut builder = same_hop(&Method::Cancel, &invite).copy(&invite, Name::To);
        builder = with_reason(builder, reason);
        let request = finish_same_hop(builder, &Method::Cancel, &invite);
        self.begin_client(ClientTransaction {
            key: self.keys.client(branch, Method::Cancel.as_str()),
            state: ClientState::Other(other_client::State::Trying),
            path,
            request,
            pause: Duration::ZERO,
            purpose: Purpose::Cancel(id),
            acks: Vec::new(),
        });
        // RFC 3261 9.1: an old server may never answer the INVITE.
        self.deadlines.set(Due::Leg(id, LegTimer::Cancelled), self.now.mono + PATIENCE);
    }
}
