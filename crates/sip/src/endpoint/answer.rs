//! Call control's responses to a received INVITE: progress, answer, refusal (RFC 3261 13.3.1).

use super::compose::{ALLOW, with_body, with_cause};
use super::keep::Kept;
use super::leg::{LegTimer, Phase, Repeat};
use super::{Due, Endpoint};
use crate::face::{Body, EndedBy};
use crate::message::{Message, Name};
use crate::transaction::store::TxId;
use crate::transaction::{PATIENCE, T1};
use bytes::Bytes;
use std::time::Duration;
use terms::{Cause, LegId};

/// RFC 3261 13.3.1.1: proxies give an INVITE up after three minutes without a sign of life.
const REMINDER: Duration = Duration::from_secs(60);

impl Endpoint {
    /// A provisional response.
    pub(super) fn progress(&mut self, id: LegId, status: u16, body: Option<Body>) {
        let Some((tx, request)) = self.offered(id) else { return };
        if !(101..200).contains(&status) {
            return;
        }
        let bytes = self.dialog_response(id, &request, status, body.as_ref());
        if let Some(Phase::Offered { progress, .. }) = self.legs.get_mut(&id).map(|leg| &mut leg.phase) {
            *progress = Some((status, bytes.clone()));
        }
        self.deadlines.set(Due::Leg(id, LegTimer::Remind), self.now.mono + REMINDER);
        self.respond(tx, status, bytes);
        if self.legs.get(&id).is_some_and(|leg| leg.kept == Kept::No) {
            self.keep(id);
        }
    }

    /// The last provisional response again.
    pub(super) fn remind(&mut self, id: LegId) {
        let Some(Phase::Offered { tx, progress: Some((status, bytes)), .. }) = self.legs.get(&id).map(|leg| &leg.phase)
        else {
            return;
        };
        let (tx, status, bytes) = (*tx, *status, bytes.clone());
        self.deadlines.set(Due::Leg(id, LegTimer::Remind), self.now.mono + REMINDER);
        self.respond(tx, status, bytes);
    }

    /// 200 to the INVITE.
    pub(super) fn answer(&mut self, id: LegId, body: Option<Body>) {
        let Some((tx, request)) = self.offered(id) else { return };
        let bytes = self.dialog_response(id, &request, 200, body.as_ref());
        if let Some(leg) = self.legs.get_mut(&id) {
            leg.phase = Phase::Answered;
        }
        self.deadlines.cancel(Due::Leg(id, LegTimer::Remind));
        let offer = request.body().is_empty();
        self.respond(tx, 200, bytes.clone());
        self.repeat_until_ack(id, tx, &request, bytes, offer);
        self.keep(id);
    }

    /// A final failure; the leg is over.
    pub(super) fn refuse(&mut self, id: LegId, status: u16, cause: Option<Cause>, retry_after: Option<Duration>) {
        if self.offered(id).is_none() {
            return;
        }
        self.refuse_offered(id, status.clamp(300, 699), cause, retry_after);
        self.tell_ended(id, EndedBy::Us, cause);
        self.forget_leg(id);
    }

    /// Sends a failure to the INVITE of a leg; what it means to the leg is the caller's business.
    pub(super) fn refuse_offered(
        &mut self,
        id: LegId,
        status: u16,
        cause: Option<Cause>,
        retry_after: Option<Duration>,
    ) {
        let Some((tx, request)) = self.offered(id) else { return };
        let tag = self.legs.get(&id).map(|leg| leg.local_tag.clone()).unwrap_or_default();
        let mut builder = with_cause(self.open_response(&request, status, "", &tag), cause);
        if let Some(pause) = retry_after {
            builder = builder.header(Name::RetryAfter, pause.as_secs().max(1));
        }
        if status == 488 || status == 606 {
            builder = builder.header(Name::Accept, super::compose::ACCEPT);
        }
        let bytes = builder.build();
        self.respond(tx, status, bytes);
    }

    /// A 2xx is repeated until its ACK comes (RFC 3261 13.3.1.4).
    pub(super) fn repeat_until_ack(&mut self, id: LegId, tx: TxId, request: &Message, bytes: Bytes, offer: bool) {
        let Some(path) = self.transactions.server(tx).map(|t| t.path) else { return };
        let seq = request.cseq().map(|cseq| cseq.number).unwrap_or_default();
        let Some(leg) = self.legs.get_mut(&id) else { return };
        leg.repeat = Some(Repeat { bytes, path, pause: T1, seq, offer });
        self.deadlines.set(Due::Leg(id, LegTimer::Repeat), self.now.mono + T1);
        self.deadlines.set(Due::Leg(id, LegTimer::NoAck), self.now.mono + PATIENCE);
    }

    /// A response that belongs to a leg's dialog: our tag, Contact, Allow and a body.
    pub(super) fn dialog_response(&self, id: LegId, request: &Message, status: u16, body: Option<&Body>) -> Bytes {
        let Some(leg) = self.legs.get(&id) else { return Bytes::new() };
        let builder = self
            .open_response(request, status, "", &leg.local_tag)
            .header(Name::Contact, leg.contact_value())
            .header(Name::Allow, ALLOW);
        // RFC 3261 13.3.1.4: a 2xx tells what extensions we know, and we know none.
        let builder = if status >= 200 { builder.header(Name::Supported, "") } else { builder };
        with_body(builder, body).build()
    }

    /// The unanswered INVITE of a leg.
    pub(super) fn offered(&self, id: LegId) -> Option<(TxId, Message)> {
        match &self.legs.get(&id)?.phase {
            Phase::Offered { tx, request, .. } => Some((*tx, (**request).clone())),
            _ => None,
        }
    }
}
