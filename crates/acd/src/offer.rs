//! An offer holds one contact and one agent together until somebody answers or it fails.
//!
//! [`Engine::offer`] is the only place that reserves an agent, [`Engine::end_offer`] the only one that frees
//! him: an agent is reserved exactly when one live offer holds him.

use crate::contact::Stage;
use crate::counters::{Name, Stale, count};
use crate::engine::Engine;
use crate::face::{BackOff, ContactEvent, OfferFailure, Revocation, Status, What, Work};
use crate::timers::Timer;
use std::time::Duration;
use terms::{AgentId, ContactId, Mono, OfferId, QueueId};

/// How long a contact is kept from an agent who declined it, at the least.
pub(crate) const REFUSAL: Duration = Duration::from_secs(30);

/// A live offer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Offer {
    pub(crate) contact: ContactId,
    pub(crate) queue: QueueId,
    pub(crate) agent: AgentId,
    /// When it was made.
    pub(crate) since: Mono,
    /// The queue's rests, as they were when it was made.
    back_off: BackOff,
}

impl Engine {
    /// Reserves an eligible agent for a contact that waits.
    pub(crate) fn offer(&mut self, contact_id: ContactId, agent_id: AgentId) {
        let now = self.now.mono;
        let contact = self.contacts.get_mut(&contact_id).expect("the matcher chose a contact that waits");
        let agent = self.agents.get_mut(&agent_id).expect("the matcher chose an agent that is idle");
        let queue = self.queues.get_mut(&contact.queue).expect("a contact that waits is in a queue");
        let id = OfferId(self.last_offer.0 + 1);
        self.last_offer = id;
        queue.close(contact);
        queue.offered_to(agent_id);
        contact.stage = Stage::Offered(id);
        contact.wrap_up = queue.wrap_up;
        agent.work = Work::Reserved(id);
        let (queue, ring, back_off, segment) = (queue.id, queue.ring, queue.back_off, contact.segment);
        self.offers.insert(id, Offer { contact: contact_id, queue, agent: agent_id, since: now, back_off });
        self.timers.set(Timer::Ring(id), now + ring);
        self.counters.offers += 1;
        self.decide_of(contact_id, ContactEvent::Offered { offer: id, queue, agent: agent_id, ring, segment });
        self.settle(agent_id);
    }

    /// Ends an offer: its agent is no longer reserved. What becomes of the contact is the caller's part.
    fn end_offer(&mut self, id: OfferId) -> Result<Offer, Stale> {
        let offer = self.offers.remove(&id).ok_or(Stale::OfferEnded)?;
        self.timers.stop(Timer::Ring(id));
        if let Some(agent) = self.agents.get_mut(&offer.agent) {
            debug_assert_eq!(agent.work, Work::Reserved(id), "a live offer holds its agent");
            agent.work = Work::Idle;
        }
        Ok(offer)
    }

    /// The agent answered.
    pub(crate) fn accepted(&mut self, id: OfferId) -> Result<(), Stale> {
        let offer = self.end_offer(id)?;
        self.counters.answered += 1;
        self.served(id, &offer);
        self.leave_queue(offer.contact, Stage::Talking(offer.agent));
        if let Some(agent) = self.agents.get_mut(&offer.agent) {
            agent.work = Work::Talking(offer.contact);
            agent.misses = 0;
        }
        self.settle(offer.agent);
        Ok(())
    }

    /// Tells the journal what the answer did.
    fn served(&mut self, id: OfferId, offer: &Offer) {
        let now = self.now.mono;
        let Some(contact) = self.contacts.get(&offer.contact) else { return };
        let (segment, waited) = (contact.segment, contact.waited(now));
        let (contact, queue, agent, rang) = (offer.contact, offer.queue, offer.agent, now - offer.since);
        self.record(What::Served { contact, offer: id, queue, agent, waited, rang, segment });
    }

    /// Call control says that it came to nothing.
    pub(crate) fn failed(&mut self, id: OfferId, why: OfferFailure) -> Result<(), Stale> {
        let offer = self.end_offer(id)?;
        count(&mut self.counters.offers_failed, why.name());
        self.rest(&offer, why);
        self.release(offer.agent);
        self.back_to_line(offer.contact);
        Ok(())
    }

    /// It rang for as long as it may.
    pub(crate) fn ring_time_over(&mut self, id: OfferId) {
        if let Some(contact) = self.revoke(id, Revocation::RingTimeOver) {
            self.back_to_line(contact);
        }
    }

    /// The agent cannot take it any more.
    pub(crate) fn agent_gone(&mut self, id: OfferId) {
        if let Some(contact) = self.revoke(id, Revocation::AgentGone) {
            self.back_to_line(contact);
        }
    }

    /// Takes an offer back and frees its agent: after a rest when he missed it, else at once. What becomes of the
    /// contact, which comes back, is the caller's part.
    pub(crate) fn revoke(&mut self, id: OfferId, why: Revocation) -> Option<ContactId> {
        let offer = self.end_offer(id).ok()?;
        count(&mut self.counters.offers_revoked, why.name());
        let rang = self.now.mono - offer.since;
        self.decide_of(offer.contact, ContactEvent::OfferRevoked { offer: id, agent: offer.agent, why, rang });
        if let Some(failure) = why.failure() {
            self.rest(&offer, failure);
        }
        self.release(offer.agent);
        Some(offer.contact)
    }

    /// Lets the agent rest after a failure, counts misses, and keeps a declined contact from him.
    fn rest(&mut self, offer: &Offer, why: OfferFailure) {
        let rules = offer.back_off;
        let rest = match why {
            OfferFailure::NoAnswer => rules.no_answer,
            OfferFailure::Busy => rules.busy,
            OfferFailure::Declined => rules.declined,
            OfferFailure::Unreachable => rules.unreachable,
        };
        let ready_at = self.now.mono + rest;
        let Some(agent) = self.agents.get_mut(&offer.agent) else { return };
        agent.ready_at = ready_at;
        self.timers.set(Timer::Rest(offer.agent), ready_at);
        match why {
            OfferFailure::NoAnswer => agent.misses = agent.misses.saturating_add(1),
            // He is there, and said so: not a miss in a row.
            OfferFailure::Declined => agent.misses = 0,
            OfferFailure::Busy | OfferFailure::Unreachable => {}
        }
        let away = rules.misses_max > 0 && agent.misses >= rules.misses_max;
        // What he chose himself while it rang comes first.
        if away && agent.pending.is_none() {
            agent.take_status(Status::NotReady("missed".to_owned()));
            self.counters.missed_out += 1;
        }
        if let Some(contact) = self.contacts.get_mut(&offer.contact) {
            let missed = contact.missed.entry(offer.agent).or_default();
            *missed = missed.saturating_add(1);
        }
        if why == OfferFailure::Declined {
            self.keep_from(offer, rest);
        }
    }

    fn keep_from(&mut self, offer: &Offer, rest: Duration) {
        let until = self.now.mono + rest.max(REFUSAL);
        let Some(contact) = self.contacts.get_mut(&offer.contact) else { return };
        contact.refused.insert(offer.agent, until);
        self.refusing.insert(offer.contact);
        self.timers.set(Timer::Refusal(offer.contact, offer.agent), until);
    }

    /// A contact may be offered again to an agent who declined it.
    pub(crate) fn refusal_over(&mut self, contact_id: ContactId, agent: AgentId) {
        let Some(contact) = self.contacts.get_mut(&contact_id) else { return };
        contact.refused.remove(&agent);
        if contact.refused.is_empty() {
            self.refusing.remove(&contact_id);
        }
        self.wake_contact(contact_id);
    }

    /// The agent is neither reserved nor talking any more: a status that waited for this comes into force.
    fn release(&mut self, agent: AgentId) {
        if let Some(agent) = self.agents.get_mut(&agent) {
            agent.take_pending();
        }
        self.settle(agent);
    }
}
