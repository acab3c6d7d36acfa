//! Whether anybody is working for a queue, and since when nobody is.

use crate::contact::{Contact, Stage};
use crate::engine::Engine;
use crate::face::{OverflowReason, OverflowWhen};
use crate::queue::Queue;
use crate::timers::Timer;
use terms::{AgentId, ContactId, Mono, QueueId};

impl Queue {
    /// When the lack of agents will have lasted too long for this contact: the grace counts from when the last
    /// agent went, for a contact that came later from its entry.
    fn too_long_for(&self, contact: &Contact) -> Option<Mono> {
        Some(self.unstaffed_since?.max(contact.entered) + self.grace(&contact.stay)?)
    }

    /// One agent more or fewer. Says whether the queue became staffed or unstaffed.
    fn staff(&mut self, works: bool, now: Mono) -> bool {
        let before = self.working;
        self.working = if works { before + 1 } else { before.saturating_sub(1) };
        self.unstaffed_since = if self.working == 0 { self.unstaffed_since.or(Some(now)) } else { None };
        (before == 0) != (self.working == 0)
    }
}

impl Engine {
    /// Has the agent's queues count him, or no longer, when that changed.
    pub(crate) fn settle_staffing(&mut self, id: AgentId) {
        let Some(agent) = self.agents.get_mut(&id) else { return };
        let works = agent.working();
        if works == agent.counted {
            return;
        }
        agent.counted = works;
        for queue_id in agent.queues.clone() {
            let changed = self.queues.get_mut(&queue_id).is_some_and(|queue| queue.staff(works, self.now.mono));
            if changed {
                self.arm_no_agents(queue_id);
            }
        }
        // Whether a contact is kept from an agent who declined it depends on who else is at work.
        self.wake_refusing();
    }

    /// Wakes the contacts that somebody declined.
    pub(crate) fn wake_refusing(&mut self) {
        for contact in self.refusing.iter().copied().collect::<Vec<_>>() {
            self.wake_contact(contact);
        }
    }

    /// Counts a queue's agents afresh, after a reconfiguration.
    pub(crate) fn recount(&mut self, id: QueueId) {
        let Some(queue) = self.queues.get_mut(&id) else { return };
        let agents = queue.seats.iter().filter_map(|seat| self.agents.get(&seat.agent));
        queue.working = agents.filter(|agent| agent.counted).count();
        let since = queue.unstaffed_since.unwrap_or(self.now.mono);
        queue.unstaffed_since = (queue.working == 0).then_some(since);
        self.arm_no_agents(id);
    }

    /// Sets the queue's timer to the first contact for which the lack of agents will have lasted too long.
    fn arm_no_agents(&mut self, id: QueueId) {
        let Some(queue) = self.queues.get(&id) else { return };
        let waiting = queue.line.values().filter_map(|contact| self.contacts.get(contact));
        let open = waiting.filter(|contact| contact.stage == Stage::Waiting);
        match open.filter_map(|contact| queue.too_long_for(contact)).min() {
            Some(at) => self.timers.set(Timer::NoAgents(id), at),
            None => self.timers.stop(Timer::NoAgents(id)),
        }
    }

    /// Lets the queue's timer come no later than this contact needs it.
    pub(crate) fn set_no_agents_timer(&mut self, id: ContactId) {
        let Some(contact) = self.contacts.get(&id).filter(|contact| contact.stage == Stage::Waiting) else { return };
        if let Some(at) = self.queues.get(&contact.queue).and_then(|queue| queue.too_long_for(contact)) {
            self.timers.set_by(Timer::NoAgents(contact.queue), at);
        }
    }

    /// Nobody has been working for as long as the queue tolerates: whoever has waited through it is sent on.
    pub(crate) fn unstaffed_too_long(&mut self, id: QueueId) {
        let now = self.now.mono;
        let Some(queue) = self.queues.get(&id) else { return };
        let waiting = queue.line.values().filter_map(|contact| self.contacts.get(contact));
        let open = waiting.filter(|contact| contact.stage == Stage::Waiting);
        let gone = open.filter(|contact| queue.too_long_for(contact).is_some_and(|at| at <= now));
        let gone = gone.map(|contact| (contact.id, queue.grace(&contact.stay).map(OverflowWhen::NoAgents)));
        for (contact, rule) in gone.collect::<Vec<_>>() {
            self.send_on(contact, OverflowReason::NoAgents, rule);
        }
        self.arm_no_agents(id);
    }
}
