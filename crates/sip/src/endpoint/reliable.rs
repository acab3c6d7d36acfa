//! Provisional responses of ours that the caller wants to acknowledge (RFC 3262 3): numbered, repeated until the PRACK is
//! there, one at a time. Only who requires them gets them: to everybody else progress is worth no message more.

use super::compose::{body_of, with_body};
use super::leg::{Change, LegTimer, Phase};
use super::prack::requires_reliable;
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
    /// The CSeq number of the INVITE.
    invite: u32,
    /// The INVITE carried an offer.
    offered: bool,
    /// The number of the last response.
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
    /// For an INVITE that requires it.
    pub(super) fn of(invite: &Message) -> Option<Box<Reliable>> {
        let number = invite.cseq().ok()?.number;
        let wanted = Reliable { invite: number, offered: !invite.body().is_empty(), ..Reliable::default() };
        requires_reliable(invite).then(|| Box::new(wanted))
    }

    /// Whether the caller has our session description.
    pub(super) fn has_described(&self) -> bool {
        self.described
    }

    /// RFC 3262 3: nothing new before the last one is acknowledged. Of what waits only a description outlives the next.
    fn must_wait(&mut self, status: u16, body: &Option<Body>) -> bool {
        if self.out.is_some() {
            let before = self.next.take().and_then(|(_, body)| body);
            self.next = Some((status, body.clone().or(before)));
        }
        self.out.is_some()
    }

    /// RFC 3262 3: the first number is anything, the next ones follow it.
    fn number(&mut self, chance: u64) -> u32 {
        let first = u32::try_from(chance >> 34).unwrap_or(0);
        self.rseq = if self.rseq == 0 { first.saturating_add(1) } else { self.rseq + 1 };
        self.rseq
    }
}

impl Endpoint {
    /// A provisional response to a caller who requires it to be reliable.
    pub(super) fn progress_reliably(&mut self, id: LegId, status: u16, body: Option<Body>) {
        let Some(reliable) = self.legs.get_mut(&id).and_then(|leg| leg.reliable.as_mut()) else { return };
        if reliable.must_wait(status, &body) {
            return;
        }
        let body = body.filter(|_| !reliable.described);
        let rseq = reliable.number(self.tokens.next_u64());
        let Some((tx, request)) = self.offered(id) else { return };
        let Some(builder) = self.open_dialog_response(id, &request, status) else { return };
        let builder = builder.header(Name::Require, "100rel").header(Name::RSeq, rseq);
        let bytes = with_body(builder, body.as_ref()).build();
        let (since, describes) = (self.now.mono, body.is_some());
        let out = Unacknowledged { status, bytes: bytes.clone(), since, pause: T1, describes };
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
        // RFC 3262 3: with the final response the repeats end, but a PRACK may still come.
        reliable.next = None;
        let body = body.filter(|_| !reliable.described);
        self.deadlines.cancel(Due::Leg(id, LegTimer::Reliable));
        Some(body)
    }

    /// A PRACK arrived.
    pub(super) fn acknowledged(&mut self, id: LegId, incoming: &Incoming, key: ServerKey) {
        let Some(leg) = self.legs.get_mut(&id).filter(|leg| !leg.told) else {
            return self.refuse_stateless(incoming, 481, "", "no dialog");
        };
        let (busy, message) = (!matches!(leg.change, Change::None), &incoming.message);
        let rack = message.rack();
        let fits = |known: &Reliable| rack.is_some_and(|(rseq, of)| (rseq, of.number) == (known.rseq, known.invite));
        let Some(reliable) = leg.reliable.as_mut().filter(|known| known.out.is_some() && fits(known)) else {
            return self.refuse_stateless(incoming, 481, "", "nothing to acknowledge");
        };
        if busy && reliable.offered && !message.body().is_empty() {
            return self.refuse_pending(incoming);
        }
        let describes = reliable.out.take().is_some_and(|out| out.describes);
        reliable.described |= describes;
        let offered = reliable.offered;
        self.deadlines.cancel(Due::Leg(id, LegTimer::Reliable));
        self.take_prack(id, incoming, key, offered, describes);
        self.say_next(id);
    }

    /// Its body is the answer to our offer, or an offer after our answer (RFC 3262 5).
    fn take_prack(&mut self, id: LegId, incoming: &Incoming, key: ServerKey, offered: bool, described: bool) {
        let body = body_of(&incoming.message);
        let tx = self.accept(incoming, key);
        let Some(leg) = self.legs.get_mut(&id) else { return };
        if let Some(dialog) = leg.dialogs.first_mut() {
            dialog.settled |= body.is_some() || (offered && described);
        }
        if body.is_some() && offered {
            leg.change = Change::Asked { tx, request: Box::new(incoming.message.clone()), at: 0 };
            return self.leg_event(id, LegEvent::Offered { remote: incoming.remote, early: None, body });
        }
        let tag = leg.local_tag.clone();
        let response = self.open_response(&incoming.message, 200, "", &tag).build();
        self.respond(tx, 200, response);
        if body.is_some() {
            self.leg_event(id, LegEvent::OfferAnswered { body });
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
