//! An agent: his status, what he does, whether he can be rung, and how long he has been idle.

use crate::capacity::{self, Capacity, Occupation};
use crate::face::{AgentSetup, Status, Work};
use crate::take::Wish;
use crate::verdict::Hindrance;
use smallvec::SmallVec;
use std::time::Duration;
use terms::{AgentId, ContactKind, Mono, OfferId, QueueId, Skills};

/// The idleness that the longest-idle strategy compares.
///
/// It counts from the end of the wrap-up of the last contact that he handled, or from his login. An
/// offer that he missed or declined does not touch it (else declining would be punished or rewarded);
/// a pause stops it and keeps what was earned; a logout and a conversation take it back to zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum IdleClock {
    /// Idle since, in microseconds; what was earned before a pause moves it back.
    Running(i128),
    /// Earned so far, in microseconds.
    Stopped(i128),
}

impl IdleClock {
    fn run(&mut self, now: Mono) {
        if let IdleClock::Stopped(earned) = *self {
            *self = IdleClock::Running(i128::from(now.as_micros()) - earned);
        }
    }

    fn stop(&mut self, now: Mono) {
        if let IdleClock::Running(since) = *self {
            *self = IdleClock::Stopped(i128::from(now.as_micros()) - since);
        }
    }

    /// What orders agents: the smaller, the longer idle. Clocks that stand are not compared with others.
    pub(crate) fn since(self) -> i128 {
        match self {
            IdleClock::Running(since) => since,
            IdleClock::Stopped(earned) => -earned,
        }
    }

    /// How long he has been idle.
    pub(crate) fn idle(self, now: Mono) -> Duration {
        let micros = match self {
            IdleClock::Running(since) => i128::from(now.as_micros()) - since,
            IdleClock::Stopped(earned) => earned,
        };
        Duration::from_micros(u64::try_from(micros).unwrap_or(0))
    }
}

/// One agent.
#[derive(Clone, Debug)]
pub(crate) struct Agent {
    pub(crate) id: AgentId,
    pub(crate) skills: Skills,
    /// Instead of the queue's after-call work.
    pub(crate) wrap_up: Option<Duration>,
    pub(crate) status: Status,
    /// The status that he takes once he is neither reserved nor talking.
    pub(crate) pending: Option<Status>,
    /// How many contacts he takes at once.
    pub(crate) capacity: Capacity,
    /// The offers that hold him, whom he talks to, his after-call work. Nothing: he is idle.
    pub(crate) occupied: SmallVec<[Occupation; 1]>,
    /// When status or work changed last.
    pub(crate) since: Mono,
    pub(crate) reachable: bool,
    pub(crate) engaged: bool,
    /// No longer in the plan: he goes as soon as he is free.
    pub(crate) leaving: bool,
    /// The end of his rest after an offer that failed.
    pub(crate) ready_at: Mono,
    /// Offers missed in a row.
    pub(crate) misses: u32,
    pub(crate) idle: IdleClock,
    /// What he takes once he is free.
    pub(crate) wish: Option<Wish>,
    /// From which queue he had his last conversation.
    pub(crate) served: Option<QueueId>,
    /// The queues that he serves.
    pub(crate) queues: Vec<QueueId>,
    /// Whether his queues count him as working at present.
    pub(crate) counted: bool,
    /// How he stands among the free of his queues: what he has, and his idleness.
    pub(crate) ranked: Option<(usize, i128)>,
    /// What was told of him last.
    pub(crate) shown: Option<(Status, Work, bool)>,
}

impl Agent {
    /// An agent seen for the first time. Until told otherwise, none of his devices can be rung.
    pub(crate) fn new(setup: &AgentSetup, now: Mono) -> Agent {
        Agent {
            id: setup.id,
            skills: setup.skills.clone(),
            wrap_up: setup.wrap_up,
            status: setup.initial.clone(),
            pending: None,
            capacity: setup.capacity.clone(),
            occupied: SmallVec::new(),
            since: now,
            reachable: false,
            engaged: false,
            leaving: false,
            ready_at: now,
            misses: 0,
            idle: IdleClock::Stopped(0),
            wish: None,
            served: None,
            queues: Vec::new(),
            counted: false,
            ranked: None,
            shown: None,
        }
    }

    /// Reserved or talking: a change of status has to wait.
    pub(crate) fn held(&self) -> bool {
        self.occupied.iter().any(|has| has.work != Work::WrapUp)
    }

    /// What is told of all that he does.
    pub(crate) fn work(&self) -> Work {
        capacity::work(&self.occupied)
    }

    /// The offers that hold him.
    pub(crate) fn offers(&self) -> SmallVec<[OfferId; 1]> {
        let offer = |has: &Occupation| if let Work::Reserved(offer) = has.work { Some(offer) } else { None };
        self.occupied.iter().filter_map(offer).collect()
    }

    /// One of his places is taken.
    pub(crate) fn occupy(&mut self, kind: ContactKind, work: Work) {
        self.occupied.push(Occupation { kind, work });
    }

    /// A place that was taken so is free again.
    pub(crate) fn vacate(&mut self, work: Work) {
        self.occupied.retain(|has| has.work != work);
    }

    /// Whether he does after-call work.
    pub(crate) fn wraps(&self) -> bool {
        self.occupied.iter().any(|has| has.work == Work::WrapUp)
    }

    /// Whether he has a place for one more contact of this kind.
    pub(crate) fn has_place(&self, kind: ContactKind) -> bool {
        self.capacity.admits(kind, &self.occupied)
    }

    /// Whether he may be offered a contact of some kind, unless he rests or has asked for a break.
    pub(crate) fn may_be_offered(&self) -> bool {
        let here = self.status == Status::Ready && self.reachable && !self.engaged && !self.leaving;
        here && self.capacity.has_any_place(&self.occupied)
    }

    /// Whether it needs no look at the contacts that wait: he would take none of them.
    pub(crate) fn takes_nothing(&self, now: Mono) -> bool {
        self.capacity.is_plain() && self.hindrance(now, ContactKind::Voice).is_some()
    }

    /// Whether his queues count as staffed through him: at work, taking contacts, and with a device that
    /// can be rung. An agent on a break does not count (reliability: a queue of agents on a break is empty).
    pub(crate) fn working(&self) -> bool {
        self.status == Status::Ready && self.reachable && !self.leaving
    }

    /// Takes a status that he may take now.
    pub(crate) fn take_status(&mut self, status: Status) {
        self.misses = 0;
        self.pending = None;
        self.status = status;
    }

    /// Takes the status that waited for him to be free.
    pub(crate) fn take_pending(&mut self) {
        if let Some(status) = self.pending.take() {
            self.take_status(status);
        }
    }

    /// Brings the idle clock in line with status and work.
    pub(crate) fn settle_clock(&mut self, now: Mono) {
        let work = self.work();
        let idle_at_work = matches!(work, Work::Idle | Work::Reserved(_));
        match self.status {
            Status::LoggedOut => self.idle = IdleClock::Stopped(0),
            _ if matches!(work, Work::Talking(_)) => self.idle = IdleClock::Stopped(0),
            Status::Ready if idle_at_work => self.idle.run(now),
            _ => self.idle.stop(now),
        }
    }

    /// What keeps him from any contact of this kind, if anything does.
    pub(crate) fn hindrance(&self, now: Mono, kind: ContactKind) -> Option<Hindrance> {
        let full = (!self.has_place(kind)).then(|| self.work());
        Some(match (&self.status, full) {
            (_, Some(Work::Talking(contact))) => Hindrance::Talking(contact),
            (_, Some(Work::Reserved(offer))) => Hindrance::Reserved(offer),
            (Status::LoggedOut, _) => Hindrance::LoggedOut,
            (Status::NotReady(_), _) => Hindrance::NotReady,
            (Status::Ready, Some(Work::WrapUp)) => Hindrance::WrapUp,
            (Status::Ready, Some(Work::Idle)) => Hindrance::OtherKind,
            // With room for more: he has asked for a break, or to go home.
            (Status::Ready, None) if self.pending.is_some() => Hindrance::NotReady,
            (Status::Ready, None) if self.leaving => Hindrance::LoggedOut,
            (Status::Ready, None) if !self.reachable => Hindrance::Unreachable,
            (Status::Ready, None) if self.engaged => Hindrance::Engaged,
            (Status::Ready, None) if now < self.ready_at => Hindrance::Resting { until: self.ready_at },
            (Status::Ready, None) => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(secs: u64) -> Mono {
        Mono::from_micros(secs * 1_000_000)
    }

    fn idle_secs(agent: &Agent, now: u64) -> u64 {
        agent.idle.idle(at(now)).as_secs()
    }

    #[test]
    fn a_pause_stops_the_idle_clock_and_keeps_what_was_earned_and_a_logout_does_not() {
        let setup = AgentSetup {
            id: AgentId(1),
            skills: Skills::default(),
            wrap_up: None,
            initial: Status::Ready,
            capacity: Capacity::default(),
        };
        let mut agent = Agent::new(&setup, at(100));
        agent.settle_clock(at(100));
        assert_eq!(idle_secs(&agent, 130), 30);
        agent.take_status(Status::NotReady("lunch".into()));
        agent.settle_clock(at(130));
        assert_eq!(idle_secs(&agent, 500), 30);
        agent.take_status(Status::Ready);
        agent.settle_clock(at(500));
        assert_eq!(idle_secs(&agent, 510), 40);
        agent.occupy(ContactKind::Voice, Work::Reserved(OfferId(1)));
        agent.settle_clock(at(510));
        agent.vacate(Work::Reserved(OfferId(1)));
        agent.settle_clock(at(520));
        assert_eq!(idle_secs(&agent, 520), 50, "an offer that failed costs nothing");
        agent.take_status(Status::LoggedOut);
        agent.settle_clock(at(520));
        agent.take_status(Status::Ready);
        agent.settle_clock(at(600));
        assert_eq!(idle_secs(&agent, 601), 1);
    }
}
