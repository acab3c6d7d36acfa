//! One call: what all phases share, and its primitive moves.

use crate::cdr::{By, CallRecord};
use crate::desk::Desk;
use crate::leg::{Leg, LegFact};
use crate::phase::Phase;
use crate::phase::ending::{self, Exit};
use crate::ringing::waves::Waves;
use crate::ringing::{Behalf, Rest, Ringing, Verdict};
use crate::room::{self, Levels};
use crate::timers::{Timer, TimerTable};
use dialplan::Plan;
use dialplan::flow::Cursor;
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
    /// A key of the caller's that a menu may take.
    pub fn press(&mut self, digit: char) {
        if self.digits.len() == limits::DIGITS {
            self.digits.pop_front();
        }
        self.digits.push_back(digit);
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
