//! BYE, both ways (RFC 3261 15).

use super::compose::with_reason;
use super::leg::{Leg, Phase};
use super::receive::Incoming;
use super::{Due, Endpoint};
use crate::dialog::Dialog;
use crate::face::{EndedBy, LegEvent, Reason};
use crate::message::Method;
use crate::transaction::key::ServerKey;
use crate::transaction::other_client;
use crate::transaction::store::{ClientState, ClientTransaction, Path, Purpose, TxId};
use bytes::Bytes;
use std::time::Duration;
use terms::{Cause, LegId};

impl Endpoint {
    /// A BYE arrived in a leg's dialog.
    pub(super) fn bye(&mut self, id: LegId, at: usize, incoming: &Incoming, key: ServerKey) {
        let message = &incoming.message;
        let tx = self.accept(incoming, key);
        let tag = self.legs.get(&id).map(|leg| leg.local_tag.clone()).unwrap_or_default();
        let forks = |leg: &Leg| matches!(leg.phase, Phase::Placed { .. }) && leg.dialogs.len() > 1;
        let several = self.legs.get(&id).is_some_and(|leg| forks(leg));
        if !several {
            // RFC 3261 15.1.2: what is still unanswered in this dialog gets 487; first, so that it finds its dialog.
            self.refuse_offered(id, 487, None, None);
            self.refuse_asked(id, 487);
        }
        let response = self.open_response(message, 200, "", &tag).build();
        self.respond(tx, 200, response);
        if several {
            // One early dialog of several ended (RFC 6228 says so with a 199, others with this).
            return self.early_over(id, at);
        }
        if matches!(self.legs.get(&id).map(|leg| &leg.phase), Some(Phase::Closing)) {
            // Both sides hung up at once: our BYE is still to be answered.
            return;
        }
        self.tell_ended(id, EndedBy::Peer, message.reason_cause());
        if self.legs.get(&id).is_some_and(|leg| matches!(leg.phase, Phase::Placed { .. })) {
            // An early dialog of ours ended; its INVITE is still to be answered.
            return self.send_cancel(id);
        }
        if !self.linger(id) {
            self.forget_leg(id);
        }
    }

    /// Our BYE. The leg stays until it is answered, so that a BYE crossing it finds its dialog.
    pub(super) fn send_bye(&mut self, id: LegId, reason: Option<Reason>) {
        self.refuse_asked(id, 487);
        self.refuse_refers(id);
        self.silence(id);
        let at = self.legs.get(&id).and_then(|leg| leg.chosen);
        let Some(at) = at else { return self.forget_leg(id) };
        let sent = self.bye_in(id, at, reason, Purpose::Bye(id));
        if let Some(leg) = self.legs.get_mut(&id) {
            leg.phase = Phase::Closing;
            leg.wanted.clear();
            leg.repeat = None;
        }
        if !sent {
            self.park_farewell(id);
            self.forget_leg(id);
        }
    }

    /// A BYE in one dialog of a leg; false: there is no way.
    pub(super) fn bye_in(&mut self, id: LegId, at: usize, reason: Option<Reason>, purpose: Purpose) -> bool {
        let Some(begun) = self.begin_within(id, at, &Method::Bye) else { return false };
        let request = with_reason(begun.builder, reason).build();
        self.send_other(&Method::Bye, begun.branch, begun.path, request, purpose);
        true
    }

    /// A BYE for a dialog of a leg that is gone: another fork's 2xx (RFC 3261 13.2.2.4).
    pub(super) fn bye_orphan(&mut self, path: Path, dialog: &mut Dialog) {
        let (seq, branch) = (dialog.next_seq(), self.tokens.branch());
        let builder = self.dialog_request(dialog, &Method::Bye, seq, path, &branch);
        let request = with_reason(builder, Some(Cause::NORMAL.into())).build();
        self.send_other(&Method::Bye, branch, path, request, Purpose::Orphan);
    }

    /// Sends a request other than INVITE as a transaction.
    pub(super) fn send_other(
        &mut self,
        method: &Method,
        branch: String,
        path: Path,
        request: Bytes,
        purpose: Purpose,
    ) -> TxId {
        self.begin_client(ClientTransaction {
            key: self.keys.client(&branch, method.as_str()),
            state: ClientState::Other(other_client::State::Trying),
            path,
            request,
            pause: Duration::ZERO,
            purpose,
            acks: Vec::new(),
        })
    }

    /// Stops all deadlines of a leg.
    pub(super) fn silence(&mut self, id: LegId) {
        for timer in super::leg::LegTimer::ALL {
            self.deadlines.cancel(Due::Leg(id, timer));
        }
    }

    /// Tells call control that a leg is over; once.
    pub(super) fn tell_ended(&mut self, id: LegId, by: EndedBy, cause: Option<Cause>) {
        let Some(leg) = self.legs.get_mut(&id) else { return };
        if !std::mem::replace(&mut leg.told, true) {
            self.leg_event(id, LegEvent::Ended { by, cause });
        }
    }
}
