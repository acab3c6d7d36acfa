//! What can be seen of the engine from outside, at one moment.

use crate::agent::Agent;
use crate::contact::{Contact, Stage};
use crate::counters::Counters;
use crate::engine::Engine;
use crate::face::{Status, Work};
use crate::queue::Queue;
use crate::timers::Timer;
use serde::Serialize;
use std::time::Duration;
use terms::{AgentId, ContactId, ContactKind, Mono, OfferId, QueueId};

/// The whole state at one moment.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Snapshot {
    /// When; all durations are as of then.
    pub at: Mono,
    /// The queues, by id.
    pub queues: Vec<QueueLine>,
    /// The agents, by id.
    pub agents: Vec<AgentLine>,
    /// The live offers, by id.
    pub offers: Vec<OfferLine>,
    /// Contacts being talked to, and those whose queue is gone while an offer or a suspension lasts.
    pub elsewhere: Vec<ContactLine>,
    /// Totals since the start.
    pub counters: Counters,
}

/// One queue.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct QueueLine {
    /// Its id.
    pub queue: QueueId,
    /// Its contacts in the order in which they are served, also those suspended and being offered.
    pub waiting: Vec<ContactLine>,
    /// The longest of their waits, in milliseconds.
    pub longest_wait_ms: u64,
    /// Agents who are at work for it: Ready, and with a device that can be rung.
    pub working: usize,
    /// Since when none is.
    pub unstaffed_since: Option<Mono>,
}

/// One contact.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ContactLine {
    /// The contact.
    pub contact: ContactId,
    /// What kind of work it is.
    pub kind: ContactKind,
    /// The queue that it waits in, or came through.
    pub queue: QueueId,
    /// Since it entered the queue, in milliseconds, credit aside.
    pub age_ms: u64,
    /// Its credit, in milliseconds.
    pub credit_ms: u64,
    /// Whether it is an emergency.
    pub emergency: bool,
    /// Whether it is suspended.
    pub suspended: bool,
    /// Its live offers.
    pub offers: Vec<OfferId>,
    /// The agents that it talks to.
    pub talking_to: Vec<AgentId>,
}

/// One agent.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AgentLine {
    /// The agent.
    pub agent: AgentId,
    /// His status.
    pub status: Status,
    /// The status that he takes once he is neither reserved nor talking.
    pub pending: Option<Status>,
    /// What he does; of several things the one that is told.
    pub work: Work,
    /// How many contacts he has, after-call work included.
    pub has: usize,
    /// When status or work changed last.
    pub since: Mono,
    /// Whether a device of his can be rung.
    pub reachable: bool,
    /// Whether he is in a call that no queue gave him.
    pub engaged: bool,
    /// The idleness that longest-idle compares, in milliseconds.
    pub idle_ms: u64,
    /// Offers missed in a row.
    pub misses: u32,
    /// The end of his rest after an offer that failed, if it lies ahead.
    pub resting_until: Option<Mono>,
    /// The end of his wrap-up.
    pub wrap_up_until: Option<Mono>,
    /// He is no longer in the plan and goes when he is free.
    pub leaving: bool,
}

/// One live offer.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OfferLine {
    /// The offer.
    pub offer: OfferId,
    /// The contact.
    pub contact: ContactId,
    /// Its queue.
    pub queue: QueueId,
    /// The agent.
    pub agent: AgentId,
    /// When it was made.
    pub since: Mono,
    /// The fleet's store has not granted the agent yet: nobody rings.
    pub asked: bool,
    /// The end of the ring time.
    pub until: Option<Mono>,
}

impl Engine {
    /// The whole state as of the last input or timeout.
    pub fn inspect(&self) -> Snapshot {
        self.inspect_at(self.now.mono)
    }

    /// The whole state with all that lasts told as of this moment, however long ago the last input was.
    pub fn inspect_at(&self, now: Mono) -> Snapshot {
        let now = now.max(self.now.mono);
        let lost = |contact: &&Contact| !contact.in_queue() || !self.queues.contains_key(&contact.queue);
        Snapshot {
            at: now,
            queues: self.queues.values().map(|queue| self.queue_line(queue, now)).collect(),
            agents: self.agents.values().map(|agent| self.agent_line(agent, now)).collect(),
            offers: self.offers.keys().filter_map(|id| self.offer_line(*id)).collect(),
            elsewhere: self.contacts.values().filter(lost).map(|contact| contact_line(contact, now)).collect(),
            counters: self.counters.clone(),
        }
    }

    /// From which queue the conversation came for which an agent does after-call work.
    pub fn wraps_up_for(&self, agent: AgentId) -> Option<QueueId> {
        self.agents.get(&agent).filter(|agent| agent.work() == Work::WrapUp)?.served
    }

    /// One agent as of the last input or timeout.
    pub fn agent(&self, agent: AgentId) -> Option<AgentLine> {
        self.agents.get(&agent).map(|agent| self.agent_line(agent, self.now.mono))
    }

    /// How many contacts wait in a queue, and how many agents are at work for it.
    pub fn waiting(&self, queue: QueueId) -> Option<(usize, usize)> {
        self.queues.get(&queue).map(|queue| (queue.line.len(), queue.working))
    }

    fn queue_line(&self, queue: &Queue, now: Mono) -> QueueLine {
        let contacts = queue.line.values().filter_map(|contact| self.contacts.get(contact));
        let waiting: Vec<_> = contacts.map(|contact| contact_line(contact, now)).collect();
        QueueLine {
            queue: queue.id,
            longest_wait_ms: waiting.iter().map(|contact| contact.age_ms).max().unwrap_or(0),
            waiting,
            working: queue.working,
            unstaffed_since: queue.unstaffed_since,
        }
    }

    fn agent_line(&self, agent: &Agent, now: Mono) -> AgentLine {
        AgentLine {
            agent: agent.id,
            status: agent.status.clone(),
            pending: agent.pending.clone(),
            work: agent.work(),
            has: agent.occupied.len(),
            since: agent.since,
            reachable: agent.reachable,
            engaged: agent.engaged,
            idle_ms: millis(agent.idle.idle(now)),
            misses: agent.misses,
            resting_until: (now < agent.ready_at).then_some(agent.ready_at),
            wrap_up_until: self.timers.deadline(Timer::WrapUp(agent.id)),
            leaving: agent.leaving,
        }
    }

    fn offer_line(&self, id: OfferId) -> Option<OfferLine> {
        let offer = self.offers.get(&id)?;
        Some(OfferLine {
            offer: id,
            contact: offer.contact,
            queue: offer.queue,
            agent: offer.agent,
            since: offer.since,
            asked: offer.asked,
            until: self.timers.deadline(Timer::Ring(id)),
        })
    }
}

fn contact_line(contact: &Contact, now: Mono) -> ContactLine {
    ContactLine {
        contact: contact.id,
        kind: contact.stay.kind,
        queue: contact.queue,
        age_ms: millis(contact.waited(now)),
        credit_ms: millis(contact.credit),
        emergency: contact.emergency,
        suspended: contact.stage == Stage::Suspended,
        offers: contact.offers.to_vec(),
        talking_to: contact.talking.to_vec(),
    }
}

fn millis(d: Duration) -> u64 {
    u64::try_from(d.as_millis()).unwrap_or(u64::MAX)
}
