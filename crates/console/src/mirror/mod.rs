//! How everything stands, as the pages see it: a snapshot, and then what the stream tells. It counts with the figures and
//! the words of `strowger status`, and asks the signalling thread nothing in between.
//!
//! Agents follow the routing core's journal, queues and calls the events that the account keeps. A call's stage is told as
//! far as the stream tells it.

pub mod boards;
mod calls;
mod duty;
mod lines;
#[cfg(test)]
mod tests;
mod told;

use crate::switch::Snapshot;
use crate::wire::CallState;
use call::cdr::{CallEventKind, Entry};
use calls::Call;
use dialplan::Plan;
use duty::Agent;
use ledger::live::Today;
use node::{Happening, Record};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use terms::{AgentId, CallRef, ContactId, Now, QueueId, Seq, Wall};

/// The state.
#[derive(Debug)]
pub struct Mirror {
    plan: Arc<Plan>,
    as_of: Seq,
    agents: BTreeMap<AgentId, Agent>,
    waiting: BTreeMap<ContactId, Waiting>,
    calls: BTreeMap<CallRef, Call>,
    figures: Today,
    closed: BTreeSet<QueueId>,
    changed: Changed,
    told: told::Told,
}

/// A contact in a queue.
#[derive(Clone, Copy, Debug)]
struct Waiting {
    queue: QueueId,
    since: Wall,
}

/// What has changed since it was told last.
#[derive(Clone, Debug, Default)]
pub struct Changed {
    /// Agents.
    pub agents: BTreeSet<AgentId>,
    /// Queues.
    pub queues: BTreeSet<QueueId>,
    /// Calls, also those that have begun.
    pub calls: BTreeSet<CallRef>,
    /// Calls that are over, as they were last.
    pub ended: Vec<CallState>,
}

impl Changed {
    /// Whether it is nothing.
    pub fn is_empty(&self) -> bool {
        let Changed { agents, queues, calls, ended } = self;
        agents.is_empty() && queues.is_empty() && calls.is_empty() && ended.is_empty()
    }
}

/// What is to be done after a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    /// Go on.
    Nothing,
    /// Ask for a new snapshot: names, queues or rules have changed.
    AskAgain,
}

impl Mirror {
    /// As the switch was seen.
    pub fn new(seen: Snapshot) -> Mirror {
        let Snapshot { as_of, at, plan, acd, calls, figures, closed } = seen;
        let agents = acd.agents.iter().map(|line| (line.agent, Agent::seen(line, at))).collect();
        let contacts = acd.queues.iter().flat_map(|queue| &queue.waiting);
        let waiting = contacts.map(|one| (one.contact, Waiting { queue: one.queue, since: before(at, one.age_ms) }));
        let waiting = waiting.collect();
        let calls = calls.iter().map(|line| (line.call, Call::seen(line, at))).collect();
        Mirror {
            plan,
            as_of,
            agents,
            waiting,
            calls,
            figures,
            closed,
            changed: Changed::default(),
            told: told::Told::default(),
        }
    }

    /// The number as of which all of it is so.
    pub fn as_of(&self) -> Seq {
        self.as_of
    }

    /// The plan in force.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Whether the figures have what the account says of the time before this start.
    pub fn is_whole(&self) -> bool {
        self.figures.is_whole()
    }

    /// What has changed since it was asked last.
    pub fn changes(&mut self) -> Changed {
        std::mem::take(&mut self.changed)
    }

    /// Figures move on by themselves: those of the last half hour with each minute, those of today at midnight.
    pub fn minute(&mut self) {
        self.changed.queues.extend(self.plan.queues.iter().map(|queue| queue.id));
    }

    /// Something happened. What the snapshot knows already is passed over.
    pub fn take(&mut self, record: &Record) -> Then {
        if record.seq <= self.as_of {
            return Then::Nothing;
        }
        self.as_of = record.seq;
        match &record.what {
            Happening::Plan { .. } => return Then::AskAgain,
            Happening::Acd(entry) => self.journal(entry),
            Happening::Call(Entry::Event(event)) => {
                self.figures.take(event);
                self.count(event);
                self.follow_contact(event);
                self.serves(event);
            }
            Happening::Call(Entry::Opened(call)) => self.opened(call),
            Happening::Call(Entry::Closed(call)) => self.closed(call.call),
            Happening::Call(Entry::Parked(parking)) => self.parked(parking),
            Happening::Command(ordered) => {
                self.wished(ordered);
                self.ordered(ordered);
            }
            Happening::Call(Entry::Watched(watching)) => self.watched(watching),
            Happening::Call(
                Entry::Leg(_)
                | Entry::Captured(_)
                | Entry::Seated(_)
                | Entry::Message(_)
                | Entry::Marked(_)
                | Entry::Moved { .. },
            )
            | Happening::Phone { .. }
            | Happening::Trunk { .. } => {}
        }
        Then::Nothing
    }

    /// Who waits where.
    fn count(&mut self, event: &call::cdr::CallEvent) {
        let (Some(queue), Some(contact)) = (event.queue, event.contact) else { return };
        match event.what {
            CallEventKind::Entered { .. } => _ = self.waiting.insert(contact, Waiting { queue, since: event.at }),
            CallEventKind::Connected { .. }
            | CallEventKind::Abandoned { .. }
            | CallEventKind::Withdrawn { .. }
            | CallEventKind::Overflowed { .. } => _ = self.waiting.remove(&contact),
            _ => {}
        }
        self.changed.queues.insert(queue);
    }
}

/// So long before a moment.
fn before(at: Now, ms: u64) -> Wall {
    Wall::from_millis(at.wall.as_millis() - i64::try_from(ms).unwrap_or(0))
}
