//! Somebody is rung for the caller: an agent whom the routing core reserved, or whom a step of the flow names. The
//! ringing itself is [`crate::ringing`]; here is what its verdicts mean.

use super::ending::Exit;
use super::queueing::Queueing;
use super::{Phase, ending, exit_for, perform, talking};
use crate::call::{Common, Fact};
use crate::cdr::By;
use crate::desk::Desk;
use crate::ringing::waves::Waves;
use crate::ringing::{Rest, Verdict};
use crate::timers::Timer;
use acd::{OfferFailure, Revocation};
use dialplan::flow::{Action, Outcome, RingTarget};
use media::{Playing, Sound, Tone};
use sip::Source;
use std::time::Duration;
use terms::{AgentId, Cause, Mono, OfferId, Rejection};

/// What for it rings.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Aim {
    /// The routing core reserved an agent.
    Offer { waiting: Queueing, offer: OfferId },
    /// A step of the flow.
    Step { record: bool, ringback: Playing, until: Mono },
}

/// Somebody is rung.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rung {
    pub aim: Aim,
    /// The agent who is meant.
    pub agent: Option<AgentId>,
}

/// The routing core reserved an agent: all of his devices ring.
pub(crate) fn offer(
    common: &mut Common,
    desk: &mut Desk<'_>,
    waiting: Queueing,
    offer: OfferId,
    agent: AgentId,
) -> Phase {
    // A reserved agent is busy by that alone.
    let verdict = common.ring(desk, Waves::at_once([RingTarget::Agent(agent)]), false);
    let rung = Rung { aim: Aim::Offer { waiting, offer }, agent: Some(agent) };
    Box::new(rung).judge(common, desk, verdict)
}

/// A step of the flow rings somebody.
pub(crate) fn ring(
    common: &mut Common,
    desk: &mut Desk<'_>,
    target: RingTarget,
    wait: Duration,
    record: bool,
) -> Phase {
    let agent = if let RingTarget::Agent(agent) = target { Some(agent) } else { None };
    if let RingTarget::Trunk(trunk, _) = target {
        common.record.trunk_out = Some(trunk);
    }
    // Early media that never come leave the caller with the tone.
    let ringback = Playing { yields: true, ..desk.ids.playing(Sound::Tone(Tone::Ringback), true) };
    let until = desk.now.mono + wait;
    common.timers.set(Timer::Ring, until);
    let (waves, engages) = waves(common, target);
    let verdict = common.ring(desk, waves, engages);
    Box::new(Rung { aim: Aim::Step { record, ringback, until }, agent }).judge(common, desk, verdict)
}

/// The one who had the call went before the caller was joined to him: whoever had not refused is rung again, for what is
/// left of the time.
pub(crate) fn again(common: &mut Common, desk: &mut Desk<'_>, rung: Rung, rest: Rest) -> Phase {
    if let Aim::Step { until, .. } = rung.aim {
        common.timers.set(Timer::Ring, until);
    }
    let verdict = common.ring_again(desk, rest);
    Box::new(rung).judge(common, desk, verdict)
}

/// Who is rung for a target of the plan, when; and whether they are engaged meanwhile.
fn waves(common: &Common, target: RingTarget) -> (Waves, bool) {
    let RingTarget::Group(index) = target else { return (Waves::at_once([target]), true) };
    let Some(group) = common.plan.groups.get(index) else { return (Waves::default(), true) };
    // Whoever calls his own group is not rung himself.
    let caller = match common.record.source {
        Source::Phone(phone) => Some(RingTarget::Phone(phone)),
        Source::Trunk(_) => None,
    };
    let others = group.members.iter().filter(|member| caller.as_ref() != Some(&member.target)).cloned().collect();
    (Waves::of_group(group, others, common.record.call.0), group.engages)
}

impl Rung {
    /// The place in a queue that the caller keeps meanwhile.
    pub fn waiting(&self) -> Option<&Queueing> {
        match &self.aim {
            Aim::Offer { waiting, .. } => Some(waiting),
            Aim::Step { .. } => None,
        }
    }

    /// What is played to the caller meanwhile.
    pub fn sound(&self) -> Playing {
        match &self.aim {
            Aim::Offer { waiting, .. } => waiting.music,
            Aim::Step { ringback, .. } => *ringback,
        }
    }

    /// Whether he hears who is heard before he answers. In a queue he keeps its music.
    pub fn lets_hear(&self) -> bool {
        matches!(self.aim, Aim::Step { .. })
    }

    pub fn on(self: Box<Self>, common: &mut Common, desk: &mut Desk<'_>, fact: Fact) -> Phase {
        match fact {
            Fact::Ringing(leg, fact) => {
                let verdict = common.tell_ringing(|ringing, behalf| ringing.on(desk, behalf, leg, fact));
                self.judge(common, desk, verdict)
            }
            Fact::WaveDue => {
                let verdict = common.tell_ringing(|ringing, behalf| ringing.due(desk, behalf));
                self.judge(common, desk, verdict)
            }
            Fact::Due(Timer::Ring) => {
                common.stop_ringing(desk, Cause::NO_ANSWER);
                self.failed(common, desk, OfferFailure::NoAnswer, Rejection::of(Cause::NO_ANSWER))
            }
            Fact::Revoked { offer, why } => self.revoked(common, desk, offer, why),
            Fact::Overflowed { why, rule } => self.overflowed(common, desk, why, rule),
            _ => self.exit(common, desk, &fact),
        }
    }

    fn judge(self: Box<Self>, common: &mut Common, desk: &mut Desk<'_>, verdict: Verdict) -> Phase {
        match verdict {
            Verdict::Waits => {}
            Verdict::Rings if self.lets_hear() => common.caller.ring_back(desk),
            Verdict::Heard if self.lets_hear() => common.caller.let_hear(desk),
            Verdict::Rings | Verdict::Heard => {}
            Verdict::Won(mut winner) => {
                if self.lets_hear() {
                    winner.engage(desk, &common.plan);
                }
                common.caller.lead_with(winner.leg.codec());
                common.timers.stop(Timer::Ring);
                return talking::begin(common, desk, *self, *winner);
            }
            Verdict::Lost { rang_out: true, heard } => {
                return self.failed(common, desk, OfferFailure::NoAnswer, heard);
            }
            Verdict::Lost { heard, .. } => return self.failed(common, desk, failure_for(heard.status), heard),
        }
        Phase::Ringing(self)
    }

    fn failed(self, common: &mut Common, desk: &mut Desk<'_>, why: OfferFailure, heard: Rejection) -> Phase {
        common.stop_ringing(desk, Cause::NORMAL);
        match self.aim {
            Aim::Offer { waiting, offer } => lost(desk, waiting, offer, why),
            Aim::Step { .. } => over(common, desk, why, heard),
        }
    }

    fn revoked(self: Box<Self>, common: &mut Common, desk: &mut Desk<'_>, offer: OfferId, why: Revocation) -> Phase {
        let Aim::Offer { waiting, offer: ours } = self.aim else {
            return self.astray(desk, "an offer of no queue is taken back");
        };
        if offer != ours {
            return Phase::Ringing(self);
        }
        let cause = if why == Revocation::RingTimeOver { Cause::NO_ANSWER } else { Cause::NORMAL };
        common.stop_ringing(desk, cause);
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
        let Aim::Offer { waiting, .. } = self.aim else {
            return self.astray(desk, "a call in no queue is sent on");
        };
        common.stop_ringing(desk, Cause::NORMAL);
        waiting.on(common, desk, Fact::Overflowed { why, rule })
    }

    /// Counts what cannot be; it rings on.
    fn astray(self: Box<Self>, desk: &mut Desk<'_>, what: &'static str) -> Phase {
        desk.astray(what);
        Phase::Ringing(self)
    }

    fn exit(self: Box<Self>, common: &mut Common, desk: &mut Desk<'_>, fact: &Fact) -> Phase {
        let Some(exit) = exit_for(fact) else { return Phase::Ringing(self) };
        if let Aim::Offer { waiting, .. } = &self.aim {
            waiting.withdraw(common, desk, fact);
        }
        ending::begin(common, desk, exit)
    }
}

/// The agent did not take it; the caller keeps his place.
fn lost(desk: &mut Desk<'_>, waiting: Queueing, offer: OfferId, why: OfferFailure) -> Phase {
    desk.acd(acd::Command::OfferFailed { offer, why });
    Phase::Queueing(waiting)
}

/// A step's ringing came to nothing: the flow says what follows.
fn over(common: &mut Common, desk: &mut Desk<'_>, why: OfferFailure, heard: Rejection) -> Phase {
    common.timers.stop(Timer::Ring);
    let outcome = match why {
        OfferFailure::NoAnswer => Outcome::NoAnswer,
        OfferFailure::Busy | OfferFailure::Declined => Outcome::Busy,
        OfferFailure::Unreachable => Outcome::Unreachable,
    };
    let action = common.cursor.advance(&common.plan, outcome);
    match action {
        Action::HangUp { .. } if common.cursor.ends_as_rung() => {
            let Rejection { status, cause } = heard.passed_on();
            ending::begin(common, desk, Exit { cause, by: By::Switch, status: Some(status) })
        }
        action => perform(common, desk, action),
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
