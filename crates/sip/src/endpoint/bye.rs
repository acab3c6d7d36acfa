//! BYE, both ways (RFC 3261 15).

use super::compose::with_cause;
use super::leg::Phase;
use super::receive::Incoming;
use super::{Due, Endpoint};
use crate::dialog::Dialog;
use crate::face::{EndedBy, LegEvent};
use crate::message::{Method, Name};
use crate::transaction::key::ServerKey;
use crate::transaction::other_client;
use crate::transaction::store::{ClientState, ClientTransaction, Path, Purpose, TxId};
use bytes::Bytes;
use std::time::Duration;
use terms::{Cause, LegId};

impl Endpoint {
    /// A BYE arrived in a leg's dialog.
    pub(super) fn bye(&mut self, id: LegId, incoming: &Incoming, key: ServerKey) {
        let message = &incoming.message;
        let tx = self.accept(incoming, key);
        let tag = self.legs.get(&id).map(|leg| leg.local_tag.clone()).unwrap_or_default();
        // RFC 3261 15.1.2: what is still unanswered in this dialog gets 487; first, so that it finds its dialog.
        self.refuse_offered(id, 487, None, None);
        self.refuse_asked(id, 487);
        let response = self.open_response(message, 200, "", &tag).build();
        self.respond(tx, 200, response);
        if matches!(self.legs.get(&id).map(|leg| &leg.phase), Some(Phase::Closing)) {
            // Both sides hung up at once: our BYE is still to be answered.
            return;
        }
        self.tell_ended(id, EndedBy::Peer, message.reason_cause());
        if self.legs.get(&id).is_some_and(|leg| matches!(leg.phase, Phase::Placed { .. })) {
            // An early dialog of ours ended; its INVITE is still to be answered.
            return self.send_cancel(id);
        }
        self.forget_leg(id);
    }

    /// Our BYE. The leg stays until it is answered, so that a BYE crossing it finds its dialog.
    pub(super) fn send_bye(&mut self, id: LegId, cause: Option<Cause>) {
        self.refuse_asked(id, 487);
        self.silence(id);
        let Some(mut leg) = self.legs.remove(&id) else { return };
        let Some(mut dialog) = leg.dialog.take() else {
            self.legs.insert(id, leg);
            return self.forget_leg(id);
        };
        let path = self.leg_path(&leg, &dialog);
        match path {
            Some(path) => {
                let credentials = leg.authorize(&Method::Bye, dialog.request_uri());
                self.bye_over(path, &mut dialog, cause, Purpose::Bye(id), &credentials);
            }
            None => self.counts.unsent += 1,
        }
        leg.dialog = Some(dialog);
        leg.phase = Phase::Closing;
        leg.wanted.clear();
        leg.repeat = None;
        self.legs.insert(id, leg);
        if path.is_none() {
            self.park_farewell(id);
            self.forget_leg(id);
        }
    }

    /// A BYE for a dialog that no leg wanted: another fork's 2xx (RFC 3261 13.2.2.4).
    pub(super) fn bye_orphan(&mut self, path: Path, dialog: &mut Dialog) {
        self.bye_over(path, dialog, Some(Cause::NORMAL), Purpose::Orphan, &[]);
    }

    fn bye_over(
        &mut self,
        path: Path,
        dialog: &mut Dialog,
        cause: Option<Cause>,
        purpose: Purpose,
        credentials: &[(Name, String)],
    ) {
        let seq = dialog.next_seq();
        let (builder, branch) = self.dialog_request(dialog, &Method::Bye, seq, path);
        let mut builder = with_cause(builder, cause);
        for (name, value) in credentials {
            builder = builder.header(*name, value);
        }
        self.send_other(&Method::Bye, branch, path, builder.build(), purpose);
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
