//! All timers of the engine in one ordered set: one deadline out, each timer named by whom it concerns.

use std::collections::{BTreeMap, BTreeSet};
use terms::{AgentId, ContactId, Mono, OfferId, QueueId};

/// What a deadline is for. The order decides between timers of one instant: whoever frees an agent
/// comes before whoever sends a contact away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Timer {
    /// The ring time of an offer.
    Ring(OfferId),
    /// One more agent is to ring for a contact.
    More(ContactId),
    /// An agent's after-call work.
    WrapUp(AgentId),
    /// An agent's rest after an offer that failed.
    Rest(AgentId),
    /// How long a contact is kept from an agent who declined it.
    Refusal(ContactId, AgentId),
    /// The longest time that a contact stays suspended.
    Resume(ContactId),
    /// The next step of a contact's requirement.
    Step(ContactId),
    /// A contact has waited as long as it may.
    Waited(ContactId),
    /// A queue has been without agents for as long as it tolerates.
    NoAgents(QueueId),
}

impl Timer {
    /// Whether it sends contacts away; an agent who is free at that instant comes first.
    pub(crate) fn sends_on(self) -> bool {
        matches!(self, Timer::Waited(_) | Timer::NoAgents(_))
    }
}

/// The deadlines, at most one of each timer. Every operation is logarithmic.
#[derive(Debug, Default)]
pub(crate) struct Timers {
    due: BTreeSet<(Mono, Timer)>,
    at: BTreeMap<Timer, Mono>,
}

impl Timers {
    /// Sets a timer, or moves it.
    pub(crate) fn set(&mut self, timer: Timer, at: Mono) {
        self.stop(timer);
        self.at.insert(timer, at);
        self.due.insert((at, timer));
    }

    /// Sets a timer unless it already comes earlier.
    pub(crate) fn set_by(&mut self, timer: Timer, at: Mono) {
        if self.at.get(&timer).is_none_or(|present| at < *present) {
            self.set(timer, at);
        }
    }

    /// Stops a timer, if it runs.
    pub(crate) fn stop(&mut self, timer: Timer) {
        if let Some(at) = self.at.remove(&timer) {
            self.due.remove(&(at, timer));
        }
    }

    /// The earliest deadline.
    pub(crate) fn next(&self) -> Option<Mono> {
        self.due.first().map(|(at, _)| *at)
    }

    /// The earliest timer that is due by `now`, left in place.
    pub(crate) fn peek_due(&self, now: Mono) -> Option<Timer> {
        self.due.first().filter(|(at, _)| *at <= now).map(|(_, timer)| *timer)
    }

    /// When a timer runs out, if it runs.
    pub(crate) fn deadline(&self, timer: Timer) -> Option<Mono> {
        self.at.get(&timer).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn at_one_instant_an_agent_is_freed_before_a_contact_is_sent_on() {
        let mut timers = Timers::default();
        let at = Mono::from_micros(7);
        timers.set(Timer::Waited(ContactId(1)), at);
        timers.set(Timer::WrapUp(AgentId(9)), at);
        assert_eq!(timers.peek_due(at), Some(Timer::WrapUp(AgentId(9))));
        timers.stop(Timer::WrapUp(AgentId(9)));
        assert_eq!(timers.peek_due(at), Some(Timer::Waited(ContactId(1))));
        assert_eq!(timers.peek_due(Mono::from_micros(6)), None);
    }

    #[test]
    fn a_moved_timer_leaves_nothing_at_its_old_place() {
        let mut timers = Timers::default();
        timers.set(Timer::Step(ContactId(1)), Mono::from_micros(5));
        timers.set(Timer::Step(ContactId(1)), Mono::from_micros(9));
        timers.set_by(Timer::Step(ContactId(1)), Mono::from_micros(11));
        assert_eq!(timers.next(), Some(Mono::from_micros(9)));
        timers.stop(Timer::Step(ContactId(1)));
        assert_eq!(timers.next(), None);
    }
}
