//! Somebody takes a call that rings at another one: he calls for it from his phone, or that is rung, too.

use super::behalf::who_is;
use super::confirm::Consent;
use super::whom::Device;
use super::{Attempt, Behalf, Ringing, Verdict};
use crate::desk::Desk;
use crate::leg::Leg;
use dialplan::flow::RingTarget;
use sip::{Source, Target};
use terms::{AgentId, Cause, PhoneId};

/// As whom somebody has answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// As the one who is meant.
    Meant,
    /// In place of the agent who is meant: as another agent, or as nobody's.
    Instead(Option<AgentId>),
}

/// The only agent whose phone it is.
pub(crate) fn only_agent_at(desk: &Desk<'_>, phone: PhoneId) -> Option<AgentId> {
    let mut there = desk.plan.agents_at(phone).map(|agent| agent.id);
    there.next().filter(|_| there.next().is_none())
}

impl Ringing {
    /// This phone is rung, too.
    pub fn ring_too(&mut self, desk: &mut Desk<'_>, behalf: &mut Behalf<'_>, phone: PhoneId) -> Verdict {
        self.picks_up.push(phone);
        self.waves.before([RingTarget::Phone(phone)]);
        self.go_on(desk, behalf)
    }

    /// Whether this phone is rung.
    pub fn rings_at(&self, phone: PhoneId) -> bool {
        self.attempts.iter().any(|attempt| who_is(&attempt.to.target) == Source::Phone(phone))
    }

    /// Somebody takes it who was not rung: all who ring are let go of.
    pub fn relieved(&mut self, desk: &mut Desk<'_>, left: &mut Vec<Leg>, leg: Leg, phone: PhoneId) -> Attempt {
        self.picks_up.push(phone);
        self.let_others_go = self.attempts.len();
        self.attempts.drain(..).for_each(|other| Leg::leave(desk, left, other.leg, Cause::TAKEN_ELSEWHERE));
        let to =
            Device { target: Target::Phone(phone), agent: None, member: 0, answers_itself: false, by_queue: false };
        Attempt { leg, to, until: None, consent: Consent::Answer, redirects: 0 }
    }

    /// As whom this one has answered. Each of his phones is the agent himself.
    pub fn answer(&self, desk: &Desk<'_>, winner: &Attempt) -> Answer {
        let (Source::Phone(phone), Some(meant)) = (who_is(&winner.to.target), self.agent) else { return Answer::Meant };
        if !self.picks_up.contains(&phone) || desk.plan.agents_at(phone).any(|there| there.id == meant) {
            return Answer::Meant;
        }
        Answer::Instead(only_agent_at(desk, phone))
    }
}
