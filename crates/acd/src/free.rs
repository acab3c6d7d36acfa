//! The agents of a queue who may be offered something, in the order of their turns as far as no contact has a say in it:
//! who comes first is found without a look at everybody else.

use crate::agent::Agent;
use crate::engine::Engine;
use crate::face::Strategy;
use crate::queue::{Queue, Seat};
use std::collections::{BTreeMap, BTreeSet};
use terms::AgentId;

/// An agent's turn before anything is known of the contact. (A round moves on with each offer; it is not in this order.)
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Rank {
    tier: u8,
    has: usize,
    by_strategy: i128,
    agent: AgentId,
    /// His place among the seats.
    place: usize,
}

/// Who may be offered something.
#[derive(Debug, Default)]
pub(crate) struct Free {
    order: BTreeSet<Rank>,
    ranks: BTreeMap<AgentId, Rank>,
}

impl Free {
    /// Takes an agent in at this rank, or out.
    fn set(&mut self, agent: AgentId, rank: Option<Rank>) {
        let before = match rank {
            Some(rank) => self.ranks.insert(agent, rank),
            None => self.ranks.remove(&agent),
        };
        if before == rank {
            return;
        }
        if let Some(before) = before {
            self.order.remove(&before);
        }
        self.order.extend(rank);
    }

    /// Nobody, until each agent is told of again.
    pub(crate) fn clear(&mut self) {
        self.order.clear();
        self.ranks.clear();
    }
}

impl Queue {
    /// Whether the free agents stand in the order of their turns, but for what they missed of a contact.
    pub(crate) fn stand_in_turn(&self) -> bool {
        self.strategy != Strategy::RoundRobin
    }

    /// The seats of the free agents.
    pub(crate) fn free_seats(&self) -> impl Iterator<Item = &Seat> {
        self.free.order.iter().filter_map(|rank| self.seats.get(rank.place))
    }

    /// Puts an agent among the free, where his turn is, or takes him out.
    fn rank(&mut self, agent: &Agent) {
        let seat = self.places.get(&agent.id).and_then(|place| Some((*place, self.seats.get(*place)?)));
        let rank = seat.filter(|_| agent.may_be_offered()).map(|(place, seat)| Rank {
            tier: seat.tier,
            has: agent.occupied.len(),
            by_strategy: self.by_strategy(seat, agent),
            agent: agent.id,
            place,
        });
        self.free.set(agent.id, rank);
    }
}

impl Engine {
    /// Tells an agent's queues whether he is free, where that or his turn has changed.
    pub(crate) fn settle_turns(&mut self, id: AgentId) {
        let Engine { agents, queues, .. } = self;
        let Some(agent) = agents.get_mut(&id) else { return };
        let turn = agent.may_be_offered().then(|| (agent.occupied.len(), agent.idle.since()));
        if turn == agent.ranked {
            return;
        }
        agent.ranked = turn;
        for queue in &agent.queues {
            if let Some(queue) = queues.get_mut(queue) {
                queue.rank(agent);
            }
        }
    }
}
