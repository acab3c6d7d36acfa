//! A new configuration: waiting contacts and working agents stay, with all that was set at run time.

use crate::agent::Agent;
use crate::contact::Stage;
use crate::counters::Stale;
use crate::engine::Engine;
use crate::face::{OverflowReason, Setup};
use crate::queue::Queue;
use crate::timers::Timer;
use std::collections::{BTreeMap, BTreeSet};
use terms::{AgentId, ContactId, QueueId};

impl Engine {
    /// Takes queues and agents as the plan has them now.
    ///
    /// A new agent begins with his initial status; one who is known keeps his, and his new skills count from the
    /// next match on. An agent who is gone finishes his call. A queue that is gone sends its contacts on (those
    /// being offered or suspended when that is over); one that stays keeps them, under its new rules.
    pub(crate) fn reconfigure(&mut self, setup: &Setup) -> Result<(), Stale> {
        self.take_queues(setup);
        self.take_agents(setup);
        self.seat_agents();
        for agent in self.agents.keys().copied().collect::<Vec<_>>() {
            self.settle(agent);
        }
        for queue in self.queues.keys().copied().collect::<Vec<_>>() {
            self.recount(queue);
        }
        for contact in self.contacts.keys().copied().collect::<Vec<_>>() {
            self.take_contact(contact);
        }
        Ok(())
    }

    fn take_queues(&mut self, setup: &Setup) {
        let mut before = std::mem::take(&mut self.queues);
        for new in &setup.queues {
            let queue = match before.remove(&new.id) {
                Some(mut queue) => {
                    queue.configure(new);
                    queue
                }
                None => Queue::new(new),
            };
            self.queues.insert(new.id, queue);
        }
        for queue in before.into_keys() {
            self.timers.stop(Timer::NoAgents(queue));
        }
    }

    fn take_agents(&mut self, setup: &Setup) {
        for agent in self.agents.values_mut() {
            agent.leaving = true;
        }
        for new in &setup.agents {
            let agent = self.agents.entry(new.id).or_insert_with(|| Agent::new(new, self.now.mono));
            agent.leaving = false;
            agent.skills = new.skills.clone();
            agent.wrap_up = new.wrap_up;
            agent.capacity = new.capacity.clone();
        }
        for (id, presence) in &setup.present {
            // An offer or a conversation ends by its own rules: the commands that follow a reload see to it.
            if let Some(agent) = self.agents.get_mut(id).filter(|agent| !agent.held()) {
                agent.reachable = presence.reachable;
                agent.engaged = presence.engaged;
            }
        }
    }

    /// Tells the agents which queues they serve, and the queues which others share agents with them.
    fn seat_agents(&mut self) {
        let mut serves: BTreeMap<AgentId, Vec<QueueId>> = BTreeMap::new();
        for queue in self.queues.values() {
            for seat in &queue.seats {
                serves.entry(seat.agent).or_default().push(queue.id);
            }
        }
        for queue in self.queues.values_mut() {
            let shared = queue.seats.iter().filter_map(|seat| serves.get(&seat.agent)).flatten();
            let rivals: BTreeSet<QueueId> = shared.copied().chain([queue.id]).collect();
            queue.rivals = rivals.into_iter().collect();
        }
        for agent in self.agents.values_mut() {
            agent.queues = serves.remove(&agent.id).unwrap_or_default();
            // Nor does he stand among their free.
            agent.ranked = None;
            // Nobody is counted in his new queues yet.
            agent.counted = agent.working();
        }
    }

    fn take_contact(&mut self, id: ContactId) {
        let Some(contact) = self.contacts.get(&id).filter(|contact| contact.in_queue()) else { return };
        match self.queues.get_mut(&contact.queue) {
            None if contact.stage == Stage::Waiting => self.send_on(id, OverflowReason::Unknown, None),
            None => {}
            Some(queue) => {
                // A queue that was away for a while has lost its line.
                queue.line.insert(contact.place, id);
                // Every agent has been woken, so the contacts need not be.
                self.set_stay_timers(id);
            }
        }
    }
}
