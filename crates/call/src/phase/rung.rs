//! Somebody's phone rings for the caller: an agent reserved by the routing core, or whom the flow
//! rings directly. The agent's devices are tried one after the other.

use super::ending::Exit;
use super::queueing::{Queueing, millis};
use super::{Phase, ending, exit_for, perform, talking};
use crate::call::{Claim, Common, Fact};
use crate::cdr::{By, CallEventKind, LegRecord, LegRole};
use crate::desk::Desk;
use crate::leg::{End, Leg, Role};
use crate::usage;
use acd::{OfferEnd, OfferFailure, Revocation};
use dialplan::flow::{Action, Outcome, RingTarget};
use dialplan::{Caller, Origin, Shown};
use media::{Playing, Sound, Tone};
use sip::{Body, Target};
use std::time::Duration;
use terms::{AgentId, Cause, Mono, OfferId, PhoneId, Pii, Rejection, TrunkId};

/// What there is no port or no place for. A limit of ours is not 503: that would stop all of the peer's traffic.
const NO_ROOM: Rejection = Rejection { status: 480, cause: Cause::CONGESTION };

/// On whose behalf it rings.
#[derive(Debug)]
pub(crate) enum Purpose {
    /// The routing core reserved this agent.
    Contact { waiting: Queueing, offer: OfferId },
    /// A step of the flow rings somebody.
    Direct { record: bool, ringback: Playing },
}

/// A phone rings.
#[derive(Debug)]
pub(crate) struct Offering {
    pub purpose: Purpose,
    pub agent: Option<AgentId>,
    /// Where this leg goes.
    pub target: Target,
    /// Devices of the agent that were tried, this one among them.
    tried: Vec<PhoneId>,
    /// When the first device began to ring.
    since: Mono,
    /// The caller hears the callee's early media.
    pub early_media: bool,
}

/// The routing core reserved an agent: ring his device.
pub(crate) fn offer(
    common: &mut Common,
    desk: &mut Desk<'_>,
    waiting: Queueing,
    offer: OfferId,
    agent: AgentId,
) -> Phase {
    desk.note(common, Some(agent), CallEventKind::Offered);
    let Some(phone) = usage::device(desk, &common.plan, agent, &[]) else {
        return lost(common, desk, waiting, offer, agent, OfferFailure::Unreachable, 0);
    };
    let purpose = Purpose::Contact { waiting, offer };
    place(common, desk, purpose, Some(agent), Target::Phone(phone), vec![phone])
}

/// A step of the flow rings somebody.
pub(crate) fn ring(
    common: &mut Common,
    desk: &mut Desk<'_>,
    target: RingTarget,
    wait: Duration,
    record: bool,
) -> Phase {
    let (target, agent) = match target {
        RingTarget::Phone(phone) => (Some(Target::Phone(phone)), None),
        RingTarget::Agent(agent) => (usage::device(desk, &common.plan, agent, &[]).map(Target::Phone), Some(agent)),
        RingTarget::Trunk(trunk, number) => {
            common.record.trunk_out = Some(trunk);
            (Some(outward(common, trunk, number)), None)
        }
    };
    common.heard = None;
    let Some(target) = target else { return over(common, desk, OfferFailure::Unreachable) };
    let tried = match &target {
        Target::Phone(phone) => vec![*phone],
        Target::Trunk { .. } => vec![],
    };
    desk.arm(common, wait);
    // Early media that never come leave the caller with the tone.
    let ringback = Playing { yields: true, ..desk.ids.playing(Sound::Tone(Tone::Ringback), true) };
    place(common, desk, Purpose::Direct { record, ringback }, agent, target, tried)
}

/// A number behind a trunk, as the carrier wants it.
fn outward(common: &Common, trunk: TrunkId, number: Option<String>) -> Target {
    let number = number.unwrap_or_else(|| common.plan.onward(common.route, common.record.called.reveal()).into_owned());
    let number = common.plan.trunk(trunk).map_or_else(|| number.clone(), |trunk| trunk.dialled(&number));
    Target::Trunk { trunk, number: Pii::new(number) }
}

/// Who is shown as the caller: to our own phones who he is, to a carrier what the operator says.
fn shown(common: &Common, target: &Target) -> Shown {
    let (caller, withheld) = (common.record.caller.reveal(), common.withheld);
    let name = common.caller_name.as_ref().map(|name| name.reveal());
    if let Target::Trunk { trunk, .. } = target
        && let Some(trunk) = common.plan.trunk(*trunk)
    {
        let from = match common.record.source {
            sip::Source::Trunk(trunk) => Origin::Trunk(trunk),
            sip::Source::Phone(phone) => Origin::Phone(phone),
        };
        let caller = Caller { from, number: caller, name: name.map(String::as_str), withheld };
        return common.plan.shown(trunk, common.route, &caller);
    }
    Shown { number: caller.clone(), name: name.cloned(), withheld }
}

fn place(
    common: &mut Common,
    desk: &mut Desk<'_>,
    purpose: Purpose,
    agent: Option<AgentId>,
    target: Target,
    tried: Vec<PhoneId>,
) -> Phase {
    let since = desk.now.mono;
    let offering = Box::new(Offering { purpose, agent, target, tried, since, early_media: false });
    let claim = claim_of(&offering.target);
    let takes = matches!(offering.purpose, Purpose::Direct { .. });
    if takes && !usage::take(desk, &common.plan, claim) {
        desk.count("trunk full");
        return offering.failed(common, desk, OfferFailure::Unreachable, NO_ROOM);
    }
    // An agent who is new since the call began has a phone that the call's own plan does not know.
    let mut end = End::of([desk.plan, &*common.plan].into_iter(), claim);
    // What the caller talks comes first: two legs with one codec need no transcoding.
    end.lead_with(common.caller.codec());
    let mut leg = Leg::to_place(desk, common.record.call, common.worker, end);
    if takes {
        leg.holds(claim);
    }
    let open = leg.is_open();
    common.callee = Some(leg);
    if open { offering.invite(common, desk) } else { Phase::Offering(offering) }
}

/// What a leg to this target takes.
fn claim_of(target: &Target) -> Claim {
    match target {
        Target::Phone(phone) => Claim::Phone(*phone),
        Target::Trunk { trunk, .. } => Claim::Trunk(*trunk),
    }
}

impl Offering {
    /// The place in a queue that the caller keeps meanwhile.
    pub fn waiting(&self) -> Option<&Queueing> {
        match &self.purpose {
            Purpose::Contact { waiting, .. } => Some(waiting),
            Purpose::Direct { .. } => None,
        }
    }

    pub fn on(mut self: Box<Self>, common: &mut Common, desk: &mut Desk<'_>, fact: Fact) -> Phase {
        match fact {
            Fact::Opened(Role::Callee) => self.invite(common, desk),
            Fact::NoPort(Role::Callee) => {
                desk.count("rtp ports exhausted");
                self.failed(common, desk, OfferFailure::Unreachable, NO_ROOM)
            }
            Fact::Progress { status, early, body } => {
                self.progress(common, desk, status, early, body.as_ref());
                Phase::Offering(self)
            }
            Fact::Answered { early, body } => self.answered(common, desk, early, body.as_ref()),
            Fact::Refused(heard) => self.failed(common, desk, failure_for(heard.status), heard),
            Fact::CalleeGone(cause) => {
                let heard = Rejection::of(cause.unwrap_or(Cause::NO_RESPONSE));
                self.failed(common, desk, OfferFailure::Unreachable, heard)
            }
            Fact::Revoked { offer, why } => self.revoked(common, desk, offer, why),
            Fact::Overflowed { why, rule } => self.overflowed(common, desk, why, rule),
            Fact::Timer => {
                common.part(desk, Cause::NO_ANSWER);
                self.failed(common, desk, OfferFailure::NoAnswer, Rejection::of(Cause::NO_ANSWER))
            }
            _ => self.exit(common, desk, &fact),
        }
    }

    fn invite(self: Box<Self>, common: &mut Common, desk: &mut Desk<'_>) -> Phase {
        // RFC 3261 16.6 item 3: one hop less; a call that has none left goes nowhere.
        let hops = common.max_forwards.checked_sub(1);
        let (Some(hops), Some(leg)) = (hops, common.callee.as_mut()) else {
            let heard = Rejection::heard(483, None);
            common.part(desk, heard.cause);
            return self.failed(common, desk, OfferFailure::Unreachable, heard);
        };
        let body = leg.offer();
        let Shown { number, name, withheld } = shown(common, &self.target);
        let Some(leg) = common.callee.as_mut() else { return self.astray(desk, "an INVITE without a leg") };
        let invite = sip::Command::Invite {
            leg: leg.id,
            target: self.target.clone(),
            caller: Pii::new(number),
            caller_name: name.map(Pii::new),
            withheld,
            max_forwards: hops,
            body,
        };
        let (call, nth) = (common.record.call, common.legs + 1);
        let mut record = LegRecord::new(call, nth, LegRole::Callee, who_is(&self.target), desk.now.wall);
        record.agent = self.agent;
        if let Target::Trunk { number, .. } = &self.target {
            record.number = Some(number.clone());
        }
        leg.place(desk, record, invite);
        common.legs = nth;
        Phase::Offering(self)
    }

    /// It rings. What a called phone lets be heard before it answers is passed on, but for a caller in a queue: he keeps
    /// his music.
    fn progress(&mut self, common: &mut Common, desk: &mut Desk<'_>, status: u16, early: u32, answer: Option<&Body>) {
        let Some(callee) = common.callee.as_mut() else { return desk.astray("ringing without a leg") };
        let heard = callee.rang(desk, early, answer);
        if matches!(self.purpose, Purpose::Contact { .. }) || self.early_media {
            return;
        }
        self.early_media = heard;
        if heard {
            common.caller.let_hear(desk);
        } else if (180..=199).contains(&status) {
            // Also a 183 without a session that fits: else he would hear nothing at all.
            common.caller.ring_back(desk);
        }
    }

    fn answered(self: Box<Self>, common: &mut Common, desk: &mut Desk<'_>, early: u32, answer: Option<&Body>) -> Phase {
        let Some(callee) = common.callee.as_mut() else { return self.astray(desk, "an answer without a leg") };
        if !callee.answered(desk, early, answer) {
            let heard = Rejection::of(Cause::INCOMPATIBLE);
            common.part(desk, heard.cause);
            return self.failed(common, desk, OfferFailure::Unreachable, heard);
        }
        callee.won();
        let codec = callee.codec();
        common.caller.lead_with(codec);
        desk.disarm(common);
        talking::begin(common, desk, *self)
    }

    /// What is played to the caller meanwhile.
    pub fn sound(&self) -> Option<Playing> {
        match &self.purpose {
            Purpose::Contact { waiting, .. } => Some(waiting.music),
            Purpose::Direct { ringback, .. } => Some(*ringback),
        }
    }

    /// How long it has rung.
    pub fn rang_ms(&self, desk: &Desk<'_>) -> u64 {
        millis(desk.now.mono.since(self.since))
    }

    fn failed(self, common: &mut Common, desk: &mut Desk<'_>, why: OfferFailure, heard: Rejection) -> Phase {
        common.part(desk, Cause::NORMAL);
        common.heard = Some(common.heard.map_or(heard, |before| before.or_better(heard)));
        if let Some(phone) = self.next_device(common, desk, why) {
            let Offering { purpose, agent, mut tried, .. } = self;
            tried.push(phone);
            return place(common, desk, purpose, agent, Target::Phone(phone), tried);
        }
        let rang_ms = self.rang_ms(desk);
        match (self.purpose, self.agent) {
            (Purpose::Contact { waiting, offer }, Some(agent)) => {
                lost(common, desk, waiting, offer, agent, why, rang_ms)
            }
            _ => over(common, desk, why),
        }
    }

    /// Another device of the same agent, when this one could not be reached.
    fn next_device(&self, common: &Common, desk: &Desk<'_>, why: OfferFailure) -> Option<PhoneId> {
        (why == OfferFailure::Unreachable)
            .then(|| usage::device(desk, &common.plan, self.agent?, &self.tried))
            .flatten()
    }

    fn revoked(self: Box<Self>, common: &mut Common, desk: &mut Desk<'_>, offer: OfferId, why: Revocation) -> Phase {
        let Purpose::Contact { waiting, offer: ours } = self.purpose else {
            return self.astray(desk, "an offer of no queue is taken back");
        };
        if offer != ours {
            return Phase::Offering(self);
        }
        let cause = if why == Revocation::RingTimeOver { Cause::NO_ANSWER } else { Cause::NORMAL };
        let rang_ms = self.rang_ms(desk);
        desk.note(common, self.agent, CallEventKind::OfferFailed { why: OfferEnd::from(why).into(), rang_ms });
        common.part(desk, cause);
        Phase::Queueing(waiting)
    }

    /// The queue sent the caller on while a phone rang; the routing core has freed the agent.
    fn overflowed(
        self: Box<Self>,
        common: &mut Common,
        desk: &mut Desk<'_>,
        why: acd::OverflowReason,
        rule: Option<acd::OverflowWhen>,
    ) -> Phase {
        let Purpose::Contact { waiting, .. } = self.purpose else {
            return self.astray(desk, "a call in no queue is sent on");
        };
        common.part(desk, Cause::NORMAL);
        waiting.on(common, desk, Fact::Overflowed { why, rule })
    }

    /// Counts what cannot be; it rings on.
    fn astray(self: Box<Self>, desk: &mut Desk<'_>, what: &'static str) -> Phase {
        desk.astray(what);
        Phase::Offering(self)
    }

    fn exit(self: Box<Self>, common: &mut Common, desk: &mut Desk<'_>, fact: &Fact) -> Phase {
        let Some(exit) = exit_for(fact) else { return Phase::Offering(self) };
        if let Purpose::Contact { waiting, .. } = &self.purpose {
            let rang_ms = self.rang_ms(desk);
            let why = OfferEnd::CallerGone.into();
            desk.note(common, self.agent, CallEventKind::OfferFailed { why, rang_ms });
            waiting.withdraw(common, desk, fact);
        }
        ending::begin(common, desk, exit)
    }
}

/// The agent did not take it; the caller keeps his place.
fn lost(
    common: &mut Common,
    desk: &mut Desk<'_>,
    waiting: Queueing,
    offer: OfferId,
    agent: AgentId,
    why: OfferFailure,
    rang_ms: u64,
) -> Phase {
    desk.note(common, Some(agent), CallEventKind::OfferFailed { why: OfferEnd::from(why).into(), rang_ms });
    desk.acd(acd::Command::OfferFailed { offer, why });
    Phase::Queueing(waiting)
}

/// A direct ring came to nothing: the flow says what follows.
fn over(common: &mut Common, desk: &mut Desk<'_>, why: OfferFailure) -> Phase {
    desk.disarm(common);
    let outcome = match why {
        OfferFailure::NoAnswer => Outcome::NoAnswer,
        OfferFailure::Busy | OfferFailure::Declined => Outcome::Busy,
        OfferFailure::Unreachable => Outcome::Unreachable,
    };
    let action = common.cursor.advance(&common.plan, outcome);
    let heard = common.heard.take().unwrap_or(Rejection::of(Cause::ABSENT));
    match action {
        Action::HangUp { .. } if common.cursor.ends_as_rung() => {
            let Rejection { status, cause } = heard.passed_on();
            ending::begin(common, desk, Exit { cause, by: By::Switch, status: Some(status) })
        }
        action => perform(common, desk, action),
    }
}

/// Who is at the other end of a leg to this target.
fn who_is(target: &Target) -> sip::Source {
    match target {
        Target::Phone(phone) => sip::Source::Phone(*phone),
        Target::Trunk { trunk, .. } => sip::Source::Trunk(*trunk),
    }
}

/// What a final status says about the person behind the phone.
fn failure_for(status: u16) -> OfferFailure {
    match status {
        486 | 600 => OfferFailure::Busy,
        401 | 403 | 407 | 603 | 607 | 608 => OfferFailure::Declined,
        _ => OfferFailure::Unreachable,
    }
}
