//! Which of the eligible agents first: who has missed this contact less often, then the lower tier, then who has
//! fewer contacts, then the queue's strategy, then the id, so that the order is total and a run is deterministic.
//!
//! Misses come before everything else: an agent who has left his desk without pausing stays the longest idle, or the
//! first of the list, and a caller would go back to him while others are free.

use crate::agent::Agent;
use crate::contact::Contact;
use crate::face::Strategy;
use crate::queue::{Queue, Seat};
use terms::AgentId;

/// An agent's turn with one contact; the smallest is offered first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Turn {
    missed: u32,
    tier: u8,
    /// How many contacts he has; only who takes several at once is asked with some.
    has: usize,
    by_strategy: i128,
    agent: AgentId,
}

impl Turn {
    pub(crate) fn agent(self) -> AgentId {
        self.agent
    }

    /// He has missed nothing of the contact.
    pub(crate) fn is_clean(self) -> bool {
        self.missed == 0
    }
}

impl Queue {
    /// The turn of the agent on this seat with this contact.
    pub(crate) fn turn(&self, seat: &Seat, agent: &Agent, contact: &Contact) -> Turn {
        let by_strategy = self.by_strategy(seat, agent);
        Turn {
            missed: contact.missed_by(seat.agent),
            tier: seat.tier,
            has: agent.occupied.len(),
            by_strategy,
            agent: seat.agent,
        }
    }

    /// What orders the agents of a tier.
    pub(crate) fn by_strategy(&self, seat: &Seat, agent: &Agent) -> i128 {
        let index = i128::from(seat.index);
        match self.strategy {
            Strategy::LongestIdle | Strategy::RingAll | Strategy::Progressive => agent.idle.since(),
            Strategy::Linear => index,
            // The seats after the one offered last, then around from the first; absent agents keep their seat.
            Strategy::RoundRobin if self.passed(seat) => index + i128::from(u32::MAX) + 1,
            Strategy::RoundRobin => index,
        }
    }

    /// Whether the round of this seat's tier has come past it.
    fn passed(&self, seat: &Seat) -> bool {
        self.round.get(&seat.tier).is_some_and(|last| seat.index <= *last)
    }

    /// Moves the round on: this agent was offered a contact.
    pub(crate) fn offered_to(&mut self, agent: AgentId) {
        if let Some(seat) = self.places.get(&agent).and_then(|place| self.seats.get(*place)) {
            self.round.insert(seat.tier, seat.index);
        }
    }
}
