//! Call control's responses to a received INVITE: progress, answer, refusal (RFC 3261 13.3.1).

use super::compose::{ALLOW, SUPPORTED, host_text, sip_uri, with_body, with_cause};
use super::keep::Kept;
use super::leg::{LegTimer, Phase, Repeat};
use super::session::{Session, with_session};
use super::{Due, Endpoint};
use crate::face::{Body, EndedBy, Transport};
use crate::message::{Builder, Message, Name};
use crate::transaction::store::TxId;
use crate::transaction::{PATIENCE, T1};
use bytes::Bytes;
use std::time::Duration;
use terms::{Cause, LegId, Pii};

/// RFC 3261 13.3.1.1: proxies give an INVITE up after three minutes without a sign of life.
const REMINDER: Duration = Duration::from_secs(60);

impl Endpoint {
    /// A provisional response.
    pub(super) fn progress(&mut self, id: LegId, status: u16, body: Option<Body>) {
        let Some((tx, request)) = self.offered(id) else { return };
        if !(101..200).contains(&status) {
            return;
        }
        self.describe_us(id, body.as_ref());
        if self.legs.get(&id).is_some_and(|leg| leg.reliable.is_some()) {
            return self.progress_reliably(id, status, body);
        }
        let bytes = self.dialog_response(id, &request, status, None, body.as_ref());
        self.say_progress(id, tx, status, bytes);
    }

    /// Sends it, now and each minute.
    pub(super) fn say_progress(&mut self, id: LegId, tx: TxId, status: u16, bytes: Bytes) {
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
        self.describe_us(id, body.as_ref());
        let Some(body) = self.ready_to_answer(id, body) else { return };
        let session = self.agree_session(id, &request);
        let bytes = self.dialog_response(id, &request, 200, session, body.as_ref());
        let Some(leg) = self.legs.get_mut(&id) else { return };
        leg.phase = Phase::Answered;
        // RFC 3262 5: what a reliable response has offered was answered in its PRACK.
        let offer = request.body().is_empty() && !leg.reliable.as_ref().is_some_and(|one| one.has_described());
        self.deadlines.cancel(Due::Leg(id, LegTimer::Remind));
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

    /// 302 (RFC 3261 21.3.3).
    pub(super) fn redirect(&mut self, id: LegId, to: &Pii<String>) {
        let Some((tx, request)) = self.offered(id) else { return };
        let Some(leg) = self.legs.get(&id) else { return };
        let contact = format!("<{}>", sip_uri(to.reveal(), &host_text(leg.remote), Transport::Udp));
        let response = self.open_response(&request, 302, "", &leg.local_tag).header(Name::Contact, contact).build();
        self.respond(tx, 302, response);
        self.tell_ended(id, EndedBy::Us, None);
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

    /// A response that belongs to a leg's dialog: our tag, Contact, Allow, what is agreed of its life, and a body.
    pub(super) fn dialog_response(
        &self,
        id: LegId,
        request: &Message,
        status: u16,
        session: Option<Session>,
        body: Option<&Body>,
    ) -> Bytes {
        match self.open_dialog_response(id, request, status) {
            Some(builder) => with_body(with_session(builder, session), body).build(),
            None => Bytes::new(),
        }
    }

    /// The beginning of it.
    pub(super) fn open_dialog_response(&self, id: LegId, request: &Message, status: u16) -> Option<Builder> {
        let leg = self.legs.get(&id)?;
        let builder = self
            .open_response(request, status, "", &leg.local_tag)
            .header(Name::Contact, leg.contact_value())
            .header(Name::Allow, ALLOW);
        // RFC 3261 13.3.1.4: a 2xx tells what extensions we know.
        Some(if status >= 200 { builder.header(Name::Supported, SUPPORTED) } else { builder })
    }

    /// The unanswered INVITE of a leg.
    pub(super) fn offered(&self, id: LegId) -> Option<(TxId, Message)> {
        match &self.legs.get(&id)?.phase {
            Phase::Offered { tx, request, .. } => Some((*tx, (**request).clone())),
            _ => None,
        }
    }
}
