//! Provisional responses of ours that the caller wants to acknowledge (RFC 3262 3): numbered, repeated until the PRACK is
//! there, one at a time. Only who requires them gets them: to everybody else progress is worth no message more.

use super::compose::{body_of, with_body};
use super::leg::{Change, LegTimer, Phase};
use super::receive::Incoming;
use super::{Due, Endpoint};
use crate::face::{Body, EndedBy, LegEvent};
use crate::message::{Message, Name};
use crate::transaction::key::ServerKey;
use crate::transaction::{PATIENCE, T1};
use bytes::Bytes;
use std::time::Duration;
use terms::{Cause, LegId, Mono};

/// What a leg keeps whose caller requires reliable responses.
#[derive(Debug, Default)]
pub(crate) struct Reliable {
    /// The number of the last one.
    rseq: u32,
    /// The one whose PRACK is not there yet.
    out: Option<Unacknowledged>,
    /// What is to be said after it.
    next: Option<(u16, Option<Body>)>,
    /// The answer to the call, which waits for that PRACK.
    answer: Option<Option<Body>>,
    /// A session description of ours has got there.
    described: bool,
}

/// A response that is repeated.
#[derive(Debug)]
struct Unacknowledged {
    status: u16,
    bytes: Bytes,
    since: Mono,
    pause: Duration,
    /// Whether it carries a session description.
    describes: bool,
}

impl Reliable {
    /// Whether the caller has our session description.
    pub(super) fn has_described(&self) -> bool {
        self.described
    }
}

impl Endpoint {
    /// A provisional response to a caller who requires it to be reliable.
    pub(super) fn progress_reliably(&mut self, id: LegId, status: u16, body: Option<Body>) {
        let Some(reliable) = self.legs.get_mut(&id).and_then(|leg| leg.reliable.as_mut()) else { return };
        if reliable.out.is_some() {
            // RFC 3262 3: not before the last one is acknowledged. Of what waits only a description outlives the next.
            let before = reliable.next.take().and_then(|(_, body)| body);
            reliable.next = Some((status, body.or(before)));
            return;
        }
        let describes = body.is_some() && !reliable.described;
        let body = body.filter(|_| describes);
        // RFC 3262 3: the first number is anything, the next ones follow it.
        let first = u32::try_from(self.tokens.next_u64() >> 34).unwrap_or(0);
        let rseq = if reliable.rseq == 0 { first.saturating_add(1) } else { reliable.rseq + 1 };
        reliable.rseq = rseq;
        let Some((tx, request)) = self.offered(id) else { return };
        let Some(builder) = self.open_dialog_response(id, &request, status) else { return };
        let builder = builder.header(Name::Require, "100rel").header(Name::RSeq, rseq);
        let bytes = with_body(builder, body.as_ref()).build();
        let out = Unacknowledged { status, bytes: bytes.clone(), since: self.now.mono, pause: T1, describes };
        if let Some(reliable) = self.legs.get_mut(&id).and_then(|leg| leg.reliable.as_mut()) {
            reliable.out = Some(out);
        }
        self.deadlines.set(Due::Leg(id, LegTimer::Reliable), self.now.mono + T1);
        self.say_progress(id, tx, status, bytes);
    }

    /// It goes out again (RFC 3262 3: from T1, doubling), or has done so for too long.
    pub(super) fn repeat_progress(&mut self, id: LegId) {
        let now = self.now.mono;
        let Some(reliable) = self.legs.get_mut(&id).and_then(|leg| leg.reliable.as_mut()) else { return };
        let Some(out) = &mut reliable.out else { return };
        let over = out.since + PATIENCE;
        if now >= over {
            return self.never_acknowledged(id);
        }
        out.pause *= 2;
        let (status, bytes, next) = (out.status, out.bytes.clone(), (now + out.pause).min(over));
        self.deadlines.set(Due::Leg(id, LegTimer::Reliable), next);
        if let Some((tx, _)) = self.offered(id) {
            self.respond(tx, status, bytes);
        }
    }

    /// RFC 3262 3: no PRACK within 64 T1, so the call is refused with a 5xx.
    fn never_acknowledged(&mut self, id: LegId) {
        self.refuse_offered(id, 504, Some(Cause::TIMEOUT), None);
        self.tell_ended(id, EndedBy::Timeout, Some(Cause::TIMEOUT));
        self.forget_leg(id);
    }

    /// Whether the call may be answered now, and with what. A description that waits for its PRACK is waited for (RFC
    /// 3262 5); one that got there is not said twice.
    pub(super) fn ready_to_answer(&mut self, id: LegId, body: Option<Body>) -> Option<Option<Body>> {
        let Some(reliable) = self.legs.get_mut(&id).and_then(|leg| leg.reliable.as_mut()) else { return Some(body) };
        if reliable.out.as_ref().is_some_and(|out| out.describes) {
            reliable.answer = Some(body);
            return None;
        }
        // RFC 3262 3: with the final response the repeats end.
        (reliable.out, reliable.next) = (None, None);
        let body = body.filter(|_| !reliable.described);
        self.deadlines.cancel(Due::Leg(id, LegTimer::Reliable));
        Some(body)
    }

    /// A PRACK arrived.
    pub(super) fn acknowledged(&mut self, id: LegId, incoming: &Incoming, key: ServerKey) {
        let message = &incoming.message;
        let asked = self.offered(id).and_then(|(_, request)| Some((request.cseq().ok()?.number, request)));
        let reliable = self.legs.get_mut(&id).and_then(|leg| leg.reliable.as_mut());
        let (Some((number, request)), Some(reliable)) = (asked, reliable) else {
            return self.refuse_stateless(incoming, 481, "", "nothing to acknowledge");
        };
        let fits = message.rack().is_some_and(|(rseq, cseq)| rseq == reliable.rseq && cseq.number == number);
        let Some(out) = reliable.out.take_if(|_| fits) else {
            return self.refuse_stateless(incoming, 481, "", "nothing to acknowledge");
        };
        reliable.described |= out.describes;
        self.deadlines.cancel(Due::Leg(id, LegTimer::Reliable));
        self.take_prack(id, incoming, key, &request, out.describes);
        self.say_next(id);
    }

    /// Its body is the answer to our offer, or an offer after our answer (RFC 3262 5).
    fn take_prack(&mut self, id: LegId, incoming: &Incoming, key: ServerKey, request: &Message, described: bool) {
        let body = body_of(&incoming.message);
        let offered = !request.body().is_empty();
        let tx = self.accept(incoming, key);
        let settled = body.is_some() || (offered && described);
        if let Some(dialog) = self.legs.get_mut(&id).and_then(|leg| leg.dialogs.first_mut()) {
            dialog.settled |= settled;
        }
        match body {
            Some(body) if offered => {
                if let Some(leg) = self.legs.get_mut(&id) {
                    leg.change = Change::Asked { tx, request: Box::new(incoming.message.clone()), at: 0 };
                }
                self.leg_event(id, LegEvent::Offered { remote: incoming.remote, early: None, body: Some(body) });
            }
            body => {
                let tag = self.legs.get(&id).map(|leg| leg.local_tag.clone()).unwrap_or_default();
                let response = self.open_response(&incoming.message, 200, "", &tag).build();
                self.respond(tx, 200, response);
                if body.is_some() {
                    self.leg_event(id, LegEvent::OfferAnswered { body });
                }
            }
        }
    }

    /// What waited for the PRACK: the answer to the call, or the next piece of news.
    fn say_next(&mut self, id: LegId) {
        let Some(leg) = self.legs.get_mut(&id).filter(|leg| matches!(leg.phase, Phase::Offered { .. })) else { return };
        let Some(reliable) = leg.reliable.as_mut() else { return };
        let (answer, next) = (reliable.answer.take(), reliable.next.take());
        match (answer, next) {
            (Some(body), _) => self.answer(id, body),
            (None, Some((status, body))) => self.progress(id, status, body),
            (None, None) => self.next_offer(id),
        }
    }
}
