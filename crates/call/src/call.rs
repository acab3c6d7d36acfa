//! One call: what all phases share, and how an event of a spoke becomes a fact for the phase.

use crate::cdr::{By, CallRecord};
use crate::desk::Desk;
use crate::leg::{Leg, Role};
use crate::phase::ending::{self, Exit};
use crate::phase::{self, Phase};
use crate::ringing::waves::Waves;
use crate::ringing::{Behalf, LegFact, Rest, Ringing, Verdict};
use crate::room::{self, Levels};
use crate::timers::{Timer, TimerTable};
use dialplan::Plan;
use dialplan::flow::Cursor;
use sip::Body;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;
use terms::{AgentId, CaptureId, Cause, LegId, Mono, OfferId, PhoneId, Pii, PlayId, StreamId, TrunkId, limits};

/// What every phase shares.
pub(crate) struct Common {
    /// The plan with which the call began; a reload does not touch it.
    pub plan: Arc<Plan>,
    /// Where the caller stands in it.
    pub cursor: Cursor,
    pub record: CallRecord,
    pub worker: u16,
    pub caller: Leg,
    /// Who talks to the caller.
    pub callee: Option<Leg>,
    /// Who is being rung for him.
    pub ringing: Option<Box<Ringing>>,
    /// Released legs that a core still knows.
    pub parted: Vec<Leg>,
    pub caller_name: Option<Pii<String>>,
    /// The caller wants his number and name withheld.
    pub withheld: bool,
    /// The route that took the call, in its own plan.
    pub route: Option<usize>,
    pub max_forwards: u8,
    /// The route wants conversations recorded.
    pub recorded: bool,
    pub started: Mono,
    /// Keys that no menu has taken yet.
    pub digits: VecDeque<char>,
    pub capture: Option<CaptureId>,
    /// In how many queues its contact has been.
    pub segments: u16,
    pub timers: TimerTable,
    /// Legs that it has had.
    pub legs: u16,
}

/// What a leg takes while it lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Claim {
    /// A phone is busy with a call that no queue gave it.
    Phone(PhoneId),
    /// One of the calls that a trunk may carry.
    Trunk(TrunkId),
}

/// One call.
pub(crate) struct Call {
    pub common: Common,
    pub phase: Phase,
    /// Who hears whom, as the media worker was told it.
    pub told: Levels,
    /// When the office wakes it.
    pub wakes: Option<Mono>,
}

/// What a spoke, a timer or the switchboard tells a call.
#[derive(Debug)]
pub(crate) enum Signal {
    /// It was admitted.
    Begun,
    Leg(LegId, sip::LegEvent),
    Stream(StreamId, media::StreamEvent),
    Contact(acd::ContactEvent),
    /// A deadline of the call is due.
    Due,
    /// The switch ends the call (drain deadline, a fault in it).
    Release(Cause),
    /// A bug in a phase, for the test of what contains it.
    #[cfg(test)]
    Panic,
}

/// What a phase is told.
#[derive(Debug)]
pub(crate) enum Fact {
    /// The caller's stream has a port.
    Opened,
    /// The caller's stream, or that of who talks to him, got no port.
    NoPort,
    /// The caller's ACK to our 200.
    Established,
    /// The caller's leg is gone.
    CallerGone(Option<Cause>),
    /// Something happened to one of those who are rung.
    Ringing(LegId, LegFact),
    /// The leg of who talks to the caller is gone.
    CalleeGone(Option<Cause>),
    /// One side was put on hold or taken back.
    HoldChanged,
    /// This sound has come to its end.
    Played(PlayId),
    /// The caller pressed a key; it is in `Common::digits`.
    Digit,
    /// An agent is reserved for the caller.
    Offered { offer: OfferId, agent: AgentId },
    /// The routing core took its offer back.
    Revoked { offer: OfferId, why: acd::Revocation },
    /// The queue sends the caller on.
    Overflowed { why: acd::OverflowReason, rule: Option<acd::OverflowWhen> },
    /// The queue has let the contact in.
    Queued,
    /// This is due.
    Due(Timer),
    /// The ringing has something to do by itself.
    WaveDue,
    /// The switch ends the call.
    Release(Cause),
    /// A leg or stream that was being left is gone.
    Settled,
}

impl Call {
    /// Tells the call; it moves to its next phase.
    pub fn handle(&mut self, desk: &mut Desk<'_>, signal: Signal) {
        if let Signal::Due = signal {
            self.due(desk);
        } else if let Some(fact) = self.common.learn(desk, signal) {
            self.step(desk, fact);
        }
        self.settle(desk);
    }

    fn step(&mut self, desk: &mut Desk<'_>, fact: Fact) {
        let phase = std::mem::replace(&mut self.phase, Phase::Gone);
        self.phase = phase::step(phase, &mut self.common, desk, fact);
    }

    /// Does all that is due.
    fn due(&mut self, desk: &mut Desk<'_>) {
        self.wakes = None;
        while let Some(timer) = self.common.timers.pop(desk.now.mono) {
            self.step(desk, Fact::Due(timer));
        }
        let wave = self.common.ringing.as_ref().and_then(|ringing| ringing.deadline());
        if wave.is_some_and(|at| at <= desk.now.mono) {
            self.step(desk, Fact::WaveDue);
        }
    }

    /// Draws the consequences: tells the media worker what has changed in who hears whom, and the office when it is to
    /// wake the call.
    fn settle(&mut self, desk: &mut Desk<'_>) {
        let (now, call) = (self.hearing(), self.common.record.call);
        if let Some(levels) = room::difference(&self.told, &now) {
            desk.media(self.common.worker, media::Command::Hearings { call, levels });
            self.told = now;
        }
        let wave = self.common.ringing.as_ref().and_then(|ringing| ringing.deadline());
        let next = [self.common.timers.next(), wave].into_iter().flatten().min();
        desk.timers.change(call, self.wakes, next);
        self.wakes = next;
    }

    /// Who hears whom, as the state of the call says it.
    pub fn hearing(&self) -> Levels {
        room::hearing(&room::present(&self.common, &self.phase))
    }

    /// After a panic: the phase's own state is lost, so everything is let go of by what all phases share.
    pub fn abandon(&mut self, desk: &mut Desk<'_>) {
        if let Some(contact) =
            self.common.record.contact.filter(|contact| desk.index.contacts.remove(contact).is_some())
        {
            // One of the two fits, whether the contact waited or talked; the other is ignored.
            desk.acd(acd::Command::Withdraw { contact, why: acd::Withdrawal::Dropped });
            desk.acd(acd::Command::Finished { contact, by: By::Switch, held: Duration::ZERO });
        }
        let exit = Exit { cause: Cause::TEMPORARY, by: By::Switch, status: Some(500) };
        self.phase = ending::begin(&mut self.common, desk, exit);
        self.settle(desk);
    }

    /// The record is complete and no core knows the call any more.
    pub fn is_gone(&self) -> bool {
        matches!(self.phase, Phase::Gone)
    }
}

impl Common {
    fn leg(&mut self, id: LegId) -> Option<(Role, &mut Leg)> {
        if self.caller.id == id {
            return Some((Role::Caller, &mut self.caller));
        }
        self.callee.as_mut().filter(|leg| leg.id == id).map(|leg| (Role::Callee, leg))
    }

    fn stream(&mut self, id: StreamId) -> Option<(Role, &mut Leg)> {
        if self.caller.stream == id {
            return Some((Role::Caller, &mut self.caller));
        }
        self.callee.as_mut().filter(|leg| leg.stream == id).map(|leg| (Role::Callee, leg))
    }

    fn learn(&mut self, desk: &mut Desk<'_>, signal: Signal) -> Option<Fact> {
        match signal {
            // Its port was open in advance, or the worker will say when it is open.
            Signal::Begun => self.caller.is_open().then_some(Fact::Opened),
            Signal::Leg(leg, event) => self.learn_leg(desk, leg, event),
            Signal::Stream(stream, event) => self.learn_stream(desk, stream, event),
            Signal::Contact(event) => Some(learn_contact(event)),
            Signal::Due => None,
            Signal::Release(cause) => Some(Fact::Release(cause)),
            #[cfg(test)]
            Signal::Panic => panic!("a phase panics on purpose"),
        }
    }

    fn learn_leg(&mut self, desk: &mut Desk<'_>, id: LegId, event: sip::LegEvent) -> Option<Fact> {
        if self.ringing.as_mut().is_some_and(|ringing| ringing.leg(id).is_some()) {
            return Some(Fact::Ringing(id, ringing_fact(event)?));
        }
        match event {
            sip::LegEvent::Progress { .. } | sip::LegEvent::Answered { .. } => {
                if id == self.caller.id {
                    desk.astray("an answer from the caller");
                }
                // Else it was on its way when we let go of the leg.
                None
            }
            sip::LegEvent::Established { body } => self.established(desk, id, body),
            sip::LegEvent::Refused { status, cause } => self.sip_ended(desk, id, Some(status), cause),
            sip::LegEvent::Ended { cause, .. } => self.sip_ended(desk, id, None, cause),
            sip::LegEvent::Offered { remote, body, .. } => {
                self.leg(id)?.1.signalled_from(remote);
                self.reinvited(desk, id, body.as_ref())
            }
            sip::LegEvent::InfoReceived { body } => {
                let digit = digit_in_info(&body).filter(|_| id == self.caller.id)?;
                self.press(digit)
            }
            sip::LegEvent::OfferAnswered { .. } | sip::LegEvent::OfferRefused { .. } => {
                desk.astray("an answer to an offer that nobody made");
                None
            }
        }
    }

    fn established(&mut self, desk: &mut Desk<'_>, leg: LegId, body: Option<Body>) -> Option<Fact> {
        let (role, leg) = self.leg(leg)?;
        let first = leg.confirmed(desk);
        if leg.awaits_answer() && !body.is_some_and(|body| leg.accept(desk, &body)) {
            return Some(Fact::Release(Cause::INCOMPATIBLE));
        }
        match role {
            Role::Caller if first => Some(Fact::Established),
            _ => Some(Fact::HoldChanged),
        }
    }

    /// Signalling has forgotten a leg: its stream goes too, and a callee becomes a parted leg.
    fn sip_ended(&mut self, desk: &mut Desk<'_>, id: LegId, status: Option<u16>, cause: Option<Cause>) -> Option<Fact> {
        if let Some((role, leg)) = self.leg(id) {
            leg.ended(desk, status, cause);
            if role == Role::Callee {
                self.parted.extend(self.callee.take());
                return Some(Fact::CalleeGone(cause));
            }
            return Some(Fact::CallerGone(cause));
        }
        self.parted.iter_mut().filter(|leg| leg.id == id).for_each(|leg| leg.ended(desk, status, cause));
        self.parted.retain(|leg| !leg.is_gone());
        Some(Fact::Settled)
    }

    fn reinvited(&mut self, desk: &mut Desk<'_>, id: LegId, offer: Option<&Body>) -> Option<Fact> {
        let (_, leg) = self.leg(id)?;
        let answer = leg.answer_again(desk, offer);
        desk.sip(match answer {
            Ok(answer) => sip::Command::AnswerOffer { leg: id, body: Some(answer) },
            Err(status) => sip::Command::RefuseOffer { leg: id, status },
        });
        Some(Fact::HoldChanged)
    }

    fn learn_stream(&mut self, desk: &mut Desk<'_>, id: StreamId, event: media::StreamEvent) -> Option<Fact> {
        let rung = self.ringing.as_ref().and_then(|ringing| ringing.leg_at(id));
        match event {
            media::StreamEvent::Opened { local } => match (rung, self.stream(id)) {
                (Some(leg), _) => Some(Fact::Ringing(leg, LegFact::Opened(local))),
                (None, Some((Role::Caller, leg))) => {
                    leg.opened(local);
                    Some(Fact::Opened)
                }
                // Let go of meanwhile.
                (None, _) => None,
            },
            media::StreamEvent::OpenFailed => match rung {
                Some(leg) => Some(Fact::Ringing(leg, LegFact::NoPort)),
                None => {
                    let known = self.stream(id).is_some();
                    self.forget_stream(desk, id, None);
                    Some(if known { Fact::NoPort } else { Fact::Settled })
                }
            },
            media::StreamEvent::Closed { totals } => {
                if id == self.caller.stream {
                    self.record.media = Some((*totals).clone());
                }
                self.forget_stream(desk, id, Some(*totals));
                Some(Fact::Settled)
            }
            media::StreamEvent::PlayFinished { play, outcome } => {
                if outcome == media::PlayOutcome::Missing {
                    desk.count("prompt missing");
                }
                Some(Fact::Played(play))
            }
            // A callee's key is for the caller: the worker passes it on with the sound.
            media::StreamEvent::Digit { digit } => (id == self.caller.stream).then(|| self.press(digit))?,
        }
    }

    fn forget_stream(&mut self, desk: &mut Desk<'_>, stream: StreamId, totals: Option<media::StreamTotals>) {
        let all = std::iter::once(&mut self.caller).chain(self.callee.as_mut()).chain(&mut self.parted);
        all.filter(|leg| leg.stream == stream).for_each(|leg| leg.stream_ended(desk, totals.clone()));
        self.parted.retain(|leg| !leg.is_gone());
    }

    fn press(&mut self, digit: char) -> Option<Fact> {
        if self.digits.len() == limits::DIGITS {
            self.digits.pop_front();
        }
        self.digits.push_back(digit);
        Some(Fact::Digit)
    }

    /// Gives up the callee's leg.
    pub fn part(&mut self, desk: &mut Desk<'_>, cause: Cause) {
        if let Some(mut leg) = self.callee.take() {
            leg.release(desk, cause);
            if !leg.is_gone() {
                self.parted.push(leg);
            }
        }
    }

    /// Rings these.
    pub fn ring(&mut self, desk: &mut Desk<'_>, waves: Waves, engages: bool) -> Verdict {
        let (_, mut behalf) = self.behalf();
        let (ringing, verdict) = Ringing::begin(desk, &mut behalf, waves, engages);
        self.ringing = Some(Box::new(ringing));
        verdict
    }

    /// Rings those who are left, where the one who had the call is gone.
    pub fn ring_again(&mut self, desk: &mut Desk<'_>, rest: Rest) -> Verdict {
        let (_, mut behalf) = self.behalf();
        let (ringing, verdict) = Ringing::again(desk, &mut behalf, rest);
        self.ringing = Some(Box::new(ringing));
        verdict
    }

    /// Tells the ringing, if there is one.
    pub fn tell_ringing(&mut self, tell: impl FnOnce(&mut Ringing, &mut Behalf<'_>) -> Verdict) -> Verdict {
        let (ringing, mut behalf) = self.behalf();
        ringing.as_mut().map_or(Verdict::Waits, |ringing| tell(ringing, &mut behalf))
    }

    /// Nobody is to be reached any more.
    pub fn stop_ringing(&mut self, desk: &mut Desk<'_>, cause: Cause) {
        if let Some(ringing) = self.ringing.take() {
            ringing.cancel(desk, &mut self.parted, cause);
        }
    }

    /// The ringing, and the call as far as those who are rung are concerned.
    fn behalf(&mut self) -> (&mut Option<Box<Ringing>>, Behalf<'_>) {
        let behalf = Behalf {
            plan: &self.plan,
            record: &self.record,
            worker: self.worker,
            codec: self.caller.codec(),
            caller_name: self.caller_name.as_ref(),
            withheld: self.withheld,
            route: self.route,
            max_forwards: self.max_forwards,
            legs: &mut self.legs,
            left: &mut self.parted,
        };
        (&mut self.ringing, behalf)
    }

    /// Sends 200 to the caller, unless that has been done.
    pub fn answer_caller(&mut self, desk: &mut Desk<'_>) {
        if self.record.answered.is_none() {
            self.record.answered = Some(desk.now.wall);
            self.caller.accept_call(desk);
        }
    }

    /// A leg of the call that is not gone.
    pub fn any_leg(&mut self, id: LegId) -> Option<&mut Leg> {
        let rung = self.ringing.as_mut().and_then(|ringing| ringing.leg(id));
        let all = std::iter::once(&mut self.caller).chain(self.callee.as_mut()).chain(&mut self.parted).chain(rung);
        all.into_iter().find(|leg| leg.id == id)
    }
}

/// What an event of a leg that is rung tells; nothing, when it is none that such a leg has.
fn ringing_fact(event: sip::LegEvent) -> Option<LegFact> {
    match event {
        sip::LegEvent::Progress { remote, status, early, body } => Some(LegFact::Rang { remote, status, early, body }),
        sip::LegEvent::Answered { remote, early, body } => Some(LegFact::Answered { remote, early, body }),
        sip::LegEvent::Offered { remote, early, body } => Some(LegFact::Offered { remote, early, body }),
        sip::LegEvent::Refused { status, cause } => Some(LegFact::Refused { status, cause }),
        sip::LegEvent::Ended { cause, .. } => Some(LegFact::Ended(cause)),
        sip::LegEvent::Established { .. }
        | sip::LegEvent::OfferAnswered { .. }
        | sip::LegEvent::OfferRefused { .. }
        | sip::LegEvent::InfoReceived { .. } => None,
    }
}

fn learn_contact(event: acd::ContactEvent) -> Fact {
    match event {
        acd::ContactEvent::Queued { .. } => Fact::Queued,
        acd::ContactEvent::Offered { offer, agent, .. } => Fact::Offered { offer, agent },
        acd::ContactEvent::OfferRevoked { offer, why, .. } => Fact::Revoked { offer, why },
        acd::ContactEvent::Overflowed { why, rule, .. } => Fact::Overflowed { why, rule },
    }
}

/// The key in an INFO body: `application/dtmf-relay` ("Signal=5") or `application/dtmf` ("5").
fn digit_in_info(body: &Body) -> Option<char> {
    let text = std::str::from_utf8(&body.bytes).ok()?;
    let kind = body.content_type.split(';').next().unwrap_or_default().trim();
    match kind.to_ascii_lowercase().as_str() {
        "application/dtmf-relay" => text.lines().find_map(|line| {
            let (name, value) = line.split_once('=')?;
            name.trim().eq_ignore_ascii_case("signal").then(|| key(value.trim()))
        })?,
        "application/dtmf" => key(text.trim()),
        _ => None,
    }
}

/// A key as it is written, or as gateways number it (RFC 4733 3.2: 10 is the star).
fn key(text: &str) -> Option<char> {
    let mut letters = text.chars();
    match (letters.next(), letters.next()) {
        (Some(key), None) => {
            let key = key.to_ascii_uppercase();
            matches!(key, '0'..='9' | '*' | '#' | 'A'..='D').then_some(key)
        }
        _ => "*#ABCD".chars().nth(text.parse::<usize>().ok()?.checked_sub(10)?),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_in_an_info_body_is_understood_in_both_common_forms_and_nothing_else_is() {
        let digit = |content_type: &str, text: &'static str| {
            digit_in_info(&Body { content_type: content_type.into(), bytes: text.into() })
        };
        assert_eq!(digit("application/dtmf-relay", "Signal=5\r\nDuration=160\r\n"), Some('5'));
        assert_eq!(digit("Application/DTMF-Relay", "Duration=160\r\nsignal= # \r\n"), Some('#'));
        assert_eq!(digit("application/dtmf", "d"), Some('D'));
        assert_eq!(digit("application/dtmf-relay;charset=utf-8", "Signal=0\nDuration=100\n"), Some('0'));
        assert_eq!(digit("application/dtmf-relay", "Signal=10\r\nDuration=160\r\n"), Some('*'));
        assert_eq!(digit("application/dtmf-relay ; x", "Signal = 11"), Some('#'));
        assert_eq!(digit("application/dtmf", "15\r\n"), Some('D'));
        for other in ["16", "9999999999999999999999", "1 0", "12a", "", "!", "-1", "٣"] {
            assert_eq!(digit("application/dtmf", other), None, "{other}");
        }
        assert_eq!(digit("application/dtmf-relay", "Duration=160"), None);
        assert_eq!(digit("application/dtmf", "x"), None);
        assert_eq!(digit("text/plain", "5"), None);
    }
}
