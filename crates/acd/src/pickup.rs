//! An agent answers for the one who is rung: he has the conversation, and the other has missed nothing.

use crate::contact::Stage;
use crate::counters::Stale;
use crate::engine::Engine;
use crate::face::{Revocation, What, Work};
use terms::{AgentId, ContactId, ContactKind, OfferId};

impl Engine {
    /// The contact of an offer is this agent's, who need not be the one who is rung, nor serve the queue.
    pub(crate) fn taken_by(&mut self, id: OfferId, agent: AgentId) -> Result<(), Stale> {
        let offer = *self.rung(id)?;
        if offer.agent == agent {
            return self.accepted(id);
        }
        let contact = self.contacts.get(&offer.contact).ok_or(Stale::ContactUnknown)?;
        let (kind, segment, waited) = (contact.stay.kind, contact.stay.segment, contact.waited(self.now.mono));
        if self.agents.get(&agent).ok_or(Stale::AgentUnknown)?.leaving {
            return Err(Stale::CannotTake);
        }
        self.counters.answered += 1;
        self.revoke_all(offer.contact, Revocation::AnsweredElsewhere);
        self.make_room(agent, kind);
        let (queue, rang) = (offer.queue, std::time::Duration::ZERO);
        self.record(What::Served { contact: offer.contact, offer: id, queue, agent, waited, rang, segment });
        self.leave_queue(offer.contact, Stage::Talking);
        self.converse(offer.contact, agent, kind);
        self.settle(agent);
        Ok(())
    }

    fn converse(&mut self, id: ContactId, with: AgentId, kind: ContactKind) {
        let now = self.now.mono;
        let Some(contact) = self.contacts.get_mut(&id) else { return };
        contact.talking.push(with);
        contact.stay.before += contact.waited(now);
        if let Some(agent) = self.agents.get_mut(&with) {
            agent.occupy(kind, Work::Talking(id));
            agent.misses = 0;
        }
    }
}
