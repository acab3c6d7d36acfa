//! One leg as call control sees it: how far it is ([`state`]), what is negotiated in it ([`media`]), what it has taken,
//! and its account. It knows no call: it is told what happens to it, and does what its table says.

mod fact;
mod keys;
mod media;
mod seen;
mod state;
mod talk;

use crate::cdr::{Entry, How, LegRecord, Moved};
use crate::claim::{self, Claim};
use crate::desk::Desk;
use ::media::{Command, KeySet, StreamState, StreamTotals};
use dialplan::Plan;
pub(crate) use fact::LegFact;
pub(crate) use keys::By;
use keys::Last;
use sip::Body;
use state::{Act, Event, State};
pub(crate) use talk::{End, Talk};
use terms::{AgentId, CallRef, Cause, LegId, Rejection, StreamId};

/// One leg.
#[derive(Debug)]
pub(crate) struct Leg {
    pub id: LegId,
    pub stream: StreamId,
    worker: u16,
    state: State,
    /// The peer has put us on hold.
    pub held: bool,
    /// What it takes while it lasts.
    claim: Option<Claim>,
    /// Boxed: a leg is handed on from one to the other more often than this is read.
    talk: Box<Talk>,
    last_key: Last,
    /// It is the standing call of an agent.
    nailed: Option<Nailed>,
    /// From its INVITE until it is gone.
    record: Option<Box<LegRecord>>,
}

/// A standing call with an agent: whose, and the call that it is when he has no contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Nailed {
    pub agent: AgentId,
    pub home: CallRef,
}

impl Leg {
    /// One of theirs, with what was made of its offer. Signalling knows it already; so does the index, lest it is lost while
    /// its call is told of it.
    pub fn received(desk: &mut Desk<'_>, id: LegId, worker: u16, talk: Talk, record: LegRecord) -> Leg {
        let mut leg = Leg::open(desk, record.call, id, worker, talk);
        leg.state = State::Offered;
        leg.record = Some(Box::new(record));
        leg
    }

    /// One of ours, to be placed once its stream has a port.
    pub fn to_place(desk: &mut Desk<'_>, call: CallRef, worker: u16, end: End) -> Leg {
        let (id, stream) = (desk.ids.leg(), desk.ids.stream());
        Leg::open(desk, call, id, worker, Talk::new(stream, end))
    }

    /// On a pair of ports that is open in advance; where there is none, the worker will say when it has opened one.
    fn open(desk: &mut Desk<'_>, call: CallRef, id: LegId, worker: u16, mut talk: Talk) -> Leg {
        let stream = talk.stream;
        desk.index.streams.insert(stream, call);
        talk.local = desk.spares.take(worker);
        let spare = talk.local.map(|local| local.port());
        desk.media(worker, Command::Open { stream, call, spare });
        Leg {
            id,
            stream,
            worker,
            state: State::Opening,
            held: false,
            claim: None,
            talk: Box::new(talk),
            last_key: Last::default(),
            nailed: None,
            record: None,
        }
    }

    /// It has taken this, and gives it back when it is let go of.
    pub fn holds(&mut self, claim: Claim) {
        self.claim = Some(claim);
    }

    /// Places it: from now on signalling knows it.
    pub fn place(&mut self, desk: &mut Desk<'_>, record: LegRecord, invite: sip::Command) {
        desk.index.legs.insert(self.id, record.call);
        self.record = Some(Box::new(record));
        self.step(desk, Event::Placed);
        desk.sip(invite);
    }

    /// Signalling has a Call-ID for it.
    pub fn named(&mut self, call_id: String) {
        if let Some(record) = &mut self.record {
            record.sip_call_id = call_id;
        }
    }

    /// It rings; with an answer of that early dialog, which may fit: then it is heard.
    pub fn rang(&mut self, desk: &mut Desk<'_>, early: u32, answer: Option<&Body>) -> bool {
        let now = desk.now.wall;
        self.note(|record| record.rang = record.rang.or(Some(now)));
        let heard = self.state.has_stream() && answer.is_some_and(|answer| self.accept_early(desk, early, answer));
        self.step(desk, if heard { Event::RangWithSound } else { Event::Rang });
        heard
    }

    /// It was answered, with this; false when that does not fit.
    pub fn answered(&mut self, desk: &mut Desk<'_>, early: u32, answer: Option<&Body>) -> bool {
        let now = desk.now.wall;
        self.note(|record| record.answered = Some(now));
        self.step(desk, Event::Answered);
        let fits = self.accept_final(desk, early, answer);
        if !fits {
            self.note(|record| {
                (record.how, record.status) = (How::Lost, Some(Rejection::of(Cause::INCOMPATIBLE).status));
            });
        }
        fits
    }

    /// It stays in the call.
    pub fn won(&mut self) {
        self.note(|record| record.how = How::Won);
    }

    /// Tells the caller that it rings: his own phone plays the tone.
    pub fn ring_back(&mut self, desk: &mut Desk<'_>) {
        if self.is_unanswered() {
            self.progress(desk, 180, None, Event::Rang);
        }
    }

    /// Tells the caller that he will hear something, and how.
    pub fn let_hear(&mut self, desk: &mut Desk<'_>) {
        if self.is_unanswered() {
            let body = self.description(desk).ok();
            self.progress(desk, 183, body, Event::RangWithSound);
        }
    }

    fn progress(&mut self, desk: &mut Desk<'_>, status: u16, body: Option<Body>, event: Event) {
        let now = desk.now.wall;
        self.note(|record| record.rang = record.rang.or(Some(now)));
        desk.sip(sip::Command::Progress { leg: self.id, status, body });
        self.step(desk, event);
    }

    /// 200 to the caller, unless he has it.
    pub fn accept_call(&mut self, desk: &mut Desk<'_>) {
        if !self.is_unanswered() {
            return;
        }
        let body = self.description(desk).ok();
        if body.is_none() {
            desk.astray("an offer that was taken cannot be answered");
        }
        let now = desk.now.wall;
        self.note(|record| (record.answered, record.how) = (Some(now), How::Won));
        desk.sip(sip::Command::Answer { leg: self.id, body });
        self.step(desk, Event::Accepted);
    }

    /// His ACK; whether it is the first.
    pub fn confirmed(&mut self, desk: &mut Desk<'_>) -> bool {
        let first = self.state == State::Answering;
        self.step(desk, Event::Confirmed);
        first
    }

    /// Refuses the caller, who has no answer yet.
    pub fn refuse(&mut self, desk: &mut Desk<'_>, status: u16, cause: Cause) {
        let now = desk.now.wall;
        self.note(|record| {
            record.status = Some(status);
            record.end(now, How::Lost, cause);
        });
        desk.sip(sip::Command::Refuse { leg: self.id, status, cause: Some(cause), retry_after: None });
        self.step(desk, Event::Refused);
    }

    /// Lets go of it; it lingers until both cores have said that it is gone.
    pub fn release(&mut self, desk: &mut Desk<'_>, cause: Cause) {
        let now = desk.now.wall;
        let how = if cause == Cause::NO_ANSWER { How::Lost } else { How::Cancelled };
        self.note(|record| record.end(now, how, cause));
        self.step_for(desk, Event::Released, cause);
    }

    /// Lets go of a leg; it stays among those that were until both cores have said that it is gone. One that is nailed up is not
    /// hung up: it goes home from there.
    pub fn leave(desk: &mut Desk<'_>, left: &mut Vec<Leg>, leg: Leg, cause: Cause) {
        left.push(leg);
        if left.last().is_some_and(Leg::goes_home) {
            return;
        }
        let gone = left.last_mut().is_some_and(|leg| {
            leg.release(desk, cause);
            leg.is_gone()
        });
        if gone {
            left.pop();
        }
    }

    /// From now on it is the standing call of an agent; or it is no more.
    pub fn nail(&mut self, nailed: Option<Nailed>) {
        self.nailed = nailed;
        let agent = nailed.map(|nailed| nailed.agent);
        self.note(|record| record.agent = agent.or(record.agent));
    }

    /// It was let go of: only its end counts.
    pub fn left(&mut self, desk: &mut Desk<'_>, fact: &LegFact) {
        match fact {
            LegFact::Closed(totals) => self.stream_ended(desk, Some((**totals).clone())),
            LegFact::NoPort => self.stream_ended(desk, None),
            LegFact::Refused { .. } | LegFact::Ended(_) => {
                self.forgotten(desk, fact);
            }
            // What had been said before it was let go of.
            _ => {}
        }
    }

    /// It goes on in another call, as this one of its legs; so does its stream, which comes along where that call is at
    /// another worker.
    pub fn moves(&mut self, desk: &mut Desk<'_>, to: (CallRef, u16), worker: u16, stream: Option<StreamState>) {
        let (call, nth) = to;
        let until = desk.now.wall;
        desk.index.legs.get_mut(&self.id).into_iter().for_each(|of| *of = call);
        desk.index.streams.get_mut(&self.stream).into_iter().for_each(|of| *of = call);
        self.note(|record| {
            record.moves.push(Moved { call: record.call, nth: record.nth, until });
            (record.call, record.nth) = (call, nth);
        });
        if let Some(record) = self.so_far() {
            desk.ledger(Entry::Moved { leg: self.id, record });
        }
        self.worker = worker;
        desk.media(
            worker,
            match stream {
                Some(state) => Command::Adopt { call, state },
                None => Command::Move { stream: self.stream, call },
            },
        );
    }

    /// Signalling has forgotten it, as it says: the cause that was told.
    pub fn forgotten(&mut self, desk: &mut Desk<'_>, fact: &LegFact) -> Option<Cause> {
        let (status, cause) = match fact {
            LegFact::Refused { status, cause, .. } => (Some(*status), *cause),
            LegFact::Ended(cause) => (None, *cause),
            _ => (None, None),
        };
        self.ended(desk, status, cause);
        cause
    }

    /// Signalling has forgotten it: it was refused with this status, or ended for this cause.
    pub fn ended(&mut self, desk: &mut Desk<'_>, status: Option<u16>, cause: Option<Cause>) {
        let now = desk.now.wall;
        let how = if self.id.is_inbound() { How::Cancelled } else { How::Lost };
        self.note(|record| {
            if record.ended.is_none() {
                record.status = status;
            }
            record.end(now, how, cause.unwrap_or(status.map_or(Cause::NORMAL, Cause::from_status)));
        });
        desk.index.legs.remove(&self.id);
        self.nailed.take().into_iter().for_each(|lost| desk.index.lost.push(lost));
        self.step(desk, Event::Ended);
    }

    /// The worker has opened its stream.
    pub fn opened(&mut self, local: std::net::SocketAddr) {
        self.talk.local = Some(local);
    }

    /// The worker has forgotten its stream, or had no port for it.
    pub fn stream_ended(&mut self, desk: &mut Desk<'_>, totals: Option<StreamTotals>) {
        desk.index.streams.remove(&self.stream);
        self.note(|record| record.media = totals);
        self.step(desk, Event::StreamEnded);
    }

    /// No core has said that it is gone: it is told once more, and not waited for any longer.
    pub fn give_up(&mut self, desk: &mut Desk<'_>) {
        if desk.index.legs.remove(&self.id).is_some() {
            desk.sip(sip::Command::Release { leg: self.id, reason: Cause::TEMPORARY.into() });
        }
        if desk.index.streams.remove(&self.stream).is_some() {
            desk.media(self.worker, Command::Close { stream: self.stream });
        }
        if self.state != State::Gone {
            self.state = State::Gone;
            self.settle(desk);
        }
    }

    fn step(&mut self, desk: &mut Desk<'_>, event: Event) {
        self.step_for(desk, event, Cause::NORMAL);
    }

    fn step_for(&mut self, desk: &mut Desk<'_>, event: Event, cause: Cause) {
        let Some((next, acts)) = state::step(self.state, event) else {
            return desk.astray("a leg to which this cannot happen");
        };
        self.state = next;
        for act in acts {
            match act {
                Act::HangUp => desk.sip(sip::Command::Release { leg: self.id, reason: cause.into() }),
                Act::Close => desk.media(self.worker, Command::Close { stream: self.stream }),
            }
        }
        self.settle(desk);
    }

    /// What it took is free as soon as it is over; its account is told once it is gone.
    fn settle(&mut self, desk: &mut Desk<'_>) {
        if self.state.is_over() {
            self.claim.take().into_iter().for_each(|claim| claim::free(desk, claim));
        }
        if self.state == State::Gone
            && let Some(mut record) = self.record.take()
        {
            record.codec = self.codec().map(|codec| codec.name().to_owned());
            record.device = self.signals_from();
            desk.ledger(Entry::Leg(record));
        }
    }

    fn note(&mut self, what: impl FnOnce(&mut LegRecord)) {
        if let Some(record) = self.record.as_deref_mut() {
            what(record);
        }
    }

    /// Its peer has pressed a key; false where it is one that came the other way before.
    pub fn pressed(&mut self, desk: &Desk<'_>, key: char, by: By) -> bool {
        !self.last_key.is_echo(desk.now.mono, key, by)
    }

    /// Its peer is to get a key, as he takes them: with his sound, or else by INFO. One that came with sound goes on with
    /// that, where it can.
    pub fn press(&self, desk: &mut Desk<'_>, key: char, by: By) {
        match (self.takes_keys(), by) {
            (true, By::Sound) => {}
            (true, By::Info | By::Kept) => desk.media(self.worker, Command::Press { stream: self.stream, key }),
            (false, _) => desk.sip(sip::Command::Info { leg: self.id, body: keys::info(key) }),
        }
    }

    /// Whether its peer has codes: then his worker keeps the keys from him on with which one begins.
    pub fn has_codes(&self) -> bool {
        self.talk.keeps != KeySet::NONE
    }

    /// Its peer has no codes any more.
    pub fn without_codes(&mut self, desk: &mut Desk<'_>) {
        self.talk.keeps = KeySet::NONE;
        self.talk.settings.clone().into_iter().for_each(|settings| self.configure_as(desk, settings));
        self.let_keys(desk);
    }

    /// His keys pass again.
    pub fn let_keys(&self, desk: &mut Desk<'_>) {
        desk.media(self.worker, Command::LetKeys { stream: self.stream });
    }

    /// Its phone is engaged by it from now on, or serves a queue's caller.
    pub fn engage(&mut self, desk: &mut Desk<'_>, plan: &Plan, engaged: bool) {
        let Some(sip::Source::Phone(phone)) = self.who() else { return };
        let claim = if engaged { Claim::Phone(phone) } else { Claim::Served(phone) };
        if self.claim != Some(claim) && claim::take(desk, plan, claim) {
            let before = self.claim.replace(claim);
            before.into_iter().for_each(|before| claim::free(desk, before));
        }
    }
}
