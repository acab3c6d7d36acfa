//! An agent takes the next contact of a queue, out of turn. He says so at his phone, where he is engaged at that moment:
//! then it is offered to him once that call is over.

use crate::contact::Stage;
use crate::counters::Stale;
use crate::engine::Engine;
use crate::face::{Status, What};
use std::time::Duration;
use terms::{AgentId, ContactId, Mono, QueueId};

/// What an agent wants once he is free.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Wish {
    queue: QueueId,
    until: Mono,
}

/// Why an agent cannot take the next contact of a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoTake {
    /// He is not at work, or not known.
    #[error("not at work")]
    Away,
    /// None of his devices can be rung.
    #[error("no phone is registered to ring")]
    Unreachable,
    /// He has one already, or does after-call work.
    #[error("at work for another contact")]
    Busy,
    /// There is nobody to be taken.
    #[error("nobody waits there whom no phone rings for")]
    Nobody,
}

impl Engine {
    /// Whether an agent can take the next contact of a queue, were he free.
    pub fn may_take(&self, agent: AgentId, queue: QueueId) -> Result<(), NoTake> {
        let next = self.next_of(queue);
        let agent = self.agents.get(&agent).filter(|agent| !agent.leaving && agent.status != Status::LoggedOut);
        let agent = agent.ok_or(NoTake::Away)?;
        if !agent.reachable {
            return Err(NoTake::Unreachable);
        }
        let contact = next.and_then(|id| self.contacts.get(&id)).ok_or(NoTake::Nobody)?;
        if agent.has_place(contact.stay.kind) { Ok(()) } else { Err(NoTake::Busy) }
    }

    /// Of the queues that an agent serves, the one whose next contact has waited for the longest time.
    pub fn longest_waiting(&self, agent: AgentId) -> Option<QueueId> {
        let queues = self.agents.get(&agent)?.queues.iter().copied();
        let next = |queue: QueueId| Some((self.contacts.get(&self.next_of(queue)?)?.entered, queue));
        queues.filter_map(next).min().map(|(_, queue)| queue)
    }

    /// An agent wants the next contact of a queue: at once, or when he is free within this time.
    pub(crate) fn take_next(&mut self, id: AgentId, queue: QueueId, within: Duration) -> Result<(), Stale> {
        self.may_take(id, queue).map_err(|why| match why {
            NoTake::Nobody => Stale::NotWaiting,
            NoTake::Away | NoTake::Unreachable | NoTake::Busy => Stale::CannotTake,
        })?;
        let until = self.now.mono + within;
        let agent = self.agents.get_mut(&id).ok_or(Stale::AgentUnknown)?;
        if agent.engaged {
            agent.wish = Some(Wish { queue, until });
            return Ok(());
        }
        let next = self.next_of(queue).ok_or(Stale::NotWaiting)?;
        self.pick_out_of_turn(next, id)
    }

    /// The journal has it that he is offered it out of turn.
    fn pick_out_of_turn(&mut self, id: ContactId, agent: AgentId) -> Result<(), Stale> {
        self.record(What::Picked { contact: id, agent });
        self.pick(id, agent)
    }

    /// He is free: what he wanted is offered to him, if it is there still.
    pub(crate) fn take_wished(&mut self, id: AgentId) {
        let Some(agent) = self.agents.get_mut(&id).filter(|agent| !agent.engaged) else { return };
        let Some(wish) = agent.wish.take().filter(|wish| wish.until >= self.now.mono) else { return };
        if self.may_take(id, wish.queue).is_ok()
            && let Some(next) = self.next_of(wish.queue)
        {
            let _he_may = self.pick_out_of_turn(next, id);
        }
    }

    /// The first in line for whom nobody is rung.
    fn next_of(&self, queue: QueueId) -> Option<ContactId> {
        let waits = |id: &&ContactId| self.contacts.get(id).is_some_and(|contact| contact.stage == Stage::Waiting);
        self.queues.get(&queue)?.line.values().find(waits).copied()
    }
}
