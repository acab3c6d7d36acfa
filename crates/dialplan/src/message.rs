//! What a flow says of a message that a caller leaves, and which mailboxes are somebody's.

use crate::{Device, Next, Plan};
use std::time::Duration;
use terms::{Mailbox, PhoneId, PromptId};

/// A step that takes a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Voicemail {
    /// What is to be left.
    pub leave: Leave,
    /// Where to once it is.
    pub then: Next,
    /// Where to when it is not: nothing was said, or the mailbox is full.
    pub otherwise: Next,
}

/// A message that is to be left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leave {
    /// Where.
    pub mailbox: Mailbox,
    /// What is said before the tone.
    pub greeting: Option<PromptId>,
    /// It ends after so long, at the latest;
    pub longest: Duration,
    /// and once nobody has spoken for so long.
    pub silence: Duration,
    /// What is shorter is none.
    pub shortest: Duration,
}

impl Plan {
    /// The mailboxes of whoever is at a phone: its own, those of the agents who have it, and those of the queues that they serve.
    pub fn mailboxes_at(&self, phone: PhoneId) -> Vec<Mailbox> {
        let agents = self.agents.iter().filter(|agent| agent.devices.contains(&Device::Phone(phone)));
        let agents: Vec<_> = agents.map(|agent| agent.id).collect();
        let served = self.queues.iter().filter(|queue| queue.agents.iter().any(|(agent, _)| agents.contains(agent)));
        let own = agents.iter().map(|agent| Mailbox::Agent(*agent));
        let queues = served.map(|queue| Mailbox::Queue(queue.id));
        std::iter::once(Mailbox::Phone(phone)).chain(own).chain(queues).collect()
    }

    /// The phones of those whose mailbox it is.
    pub fn phones_of_mailbox(&self, mailbox: Mailbox) -> Vec<PhoneId> {
        match mailbox {
            Mailbox::Phone(phone) => vec![phone],
            Mailbox::Agent(agent) => self.agent(agent).map(|agent| agent.phones().collect()).unwrap_or_default(),
            Mailbox::Queue(queue) => {
                let agents = self.queue(queue).into_iter().flat_map(|queue| &queue.agents);
                agents.filter_map(|(agent, _)| self.agent(*agent)).flat_map(|agent| agent.phones()).collect()
            }
        }
    }
}
