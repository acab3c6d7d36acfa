//! An offer holds one contact and one agent together until somebody answers or it fails.
//!
//! [`Engine::offer`] is the only place that takes a place of an agent's, [`Engine::end_offer`] the only one that gives it
//! back: each place is reserved exactly when one live offer holds it. In a fleet whose nodes share agents the engine
//! asks before it rings ([`Output::Reserve`]); alone it grants itself.

use crate::contact::Stage;
use crate::counters::{Name, Stale, count};
use crate::engine::Engine;
use crate::face::{BackOff, ContactEvent, OfferFailure, Output, Revocation, Status, What, Work};
use crate::timers::Timer;
use std::time::Duration;
use terms::{AgentId, ContactId, Mono, OfferId, QueueId};

/// How long a contact is kept from an agent who declined it, at the least.
pub(crate) const REFUSAL: Duration = Duration::from_secs(30);

/// How long the fleet's store may take to say whether an agent is ours.
const ASKING: Duration = Duration::from_secs(2);
/// How long an agent rests whom another node has just taken: it will say by then what he does.
const ELSEWHERE: Duration = Duration::from_secs(1);

/// A live offer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Offer {
    pub(crate) contact: ContactId,
    pub(crate) queue: QueueId,
    pub(crate) agent: AgentId,
    /// When it was made; it rings since then.
    pub(crate) since: Mono,
    ring: Duration,
    segment: u16,
    /// The fleet's store has not said yet that the agent is ours: nobody rings.
    pub(crate) asked: bool,
    /// When the agent answered, whom nobody has joined to the contact yet.
    pub(crate) answered: Option<Mono>,
    /// The queue's rests, as they were when it was made.
    back_off: BackOff,
}

impl Engine {
    /// Reserves an agent for a contact: his phone rings at once, or when the fleet's store has granted him.
    pub(crate) fn offer(&mut self, contact_id: ContactId, agent_id: AgentId) {
        let now = self.now.mono;
        let contact = self.contacts.get_mut(&contact_id).expect("whoever offers has seen the contact in its queue");
        let agent = self.agents.get_mut(&agent_id).expect("whoever offers has seen that the agent can be rung");
        let queue = self.queues.get_mut(&contact.queue).expect("a contact that is offered is in a queue");
        let id = OfferId(self.last_offer.0 + 1);
        self.last_offer = id;
        queue.close(contact);
        queue.offered_to(agent_id);
        contact.stage = Stage::Offered;
        contact.offers.push(id);
        contact.wrap_up = queue.wrap_up;
        agent.occupy(contact.stay.kind, Work::Reserved(id));
        let (queue, ring, back_off, segment) = (queue.id, queue.ring, queue.back_off, contact.stay.segment);
        let (contact, agent, since, asked) = (contact_id, agent_id, now, self.asks);
        self.offers.insert(id, Offer { contact, queue, agent, since, ring, segment, asked, answered: None, back_off });
        self.counters.offers += 1;
        match asked {
            true => self.ask(id, agent, contact),
            false => self.rings(id),
        }
        self.settle(agent_id);
    }

    /// Asks the fleet's store for the agent.
    fn ask(&mut self, offer: OfferId, agent: AgentId, contact: ContactId) {
        self.timers.set(Timer::Ring(offer), self.now.mono + ASKING);
        self.record(What::Asked { offer, agent, contact });
        self.out.push_back(Output::Reserve { offer, agent, contact });
    }

    /// The agent is ours: his phone is to ring.
    fn rings(&mut self, id: OfferId) {
        let now = self.now.mono;
        let Some(offer) = self.offers.get_mut(&id) else { return };
        (offer.since, offer.asked) = (now, false);
        let Offer { contact, queue, agent, ring, segment, .. } = *offer;
        self.timers.set(Timer::Ring(id), now + ring);
        self.decide_of(contact, ContactEvent::Offered { offer: id, queue, agent, ring, segment });
    }

    /// The fleet's store has answered.
    pub(crate) fn reserved(&mut self, id: OfferId, granted: bool) -> Result<(), Stale> {
        if !self.offers.get(&id).is_some_and(|offer| offer.asked) {
            return Err(Stale::OfferEnded);
        }
        match granted {
            true => self.rings(id),
            false => self.taken_elsewhere(id),
        }
        Ok(())
    }

    /// Another node has the agent, or nobody can say: no fault of his.
    fn taken_elsewhere(&mut self, id: OfferId) {
        let Ok(offer) = self.end_offer(id) else { return };
        count(&mut self.counters.offers_revoked, "TakenElsewhere");
        let ready_at = self.now.mono + ELSEWHERE;
        if let Some(agent) = self.agents.get_mut(&offer.agent) {
            agent.ready_at = ready_at;
            self.timers.set(Timer::Rest(offer.agent), ready_at);
        }
        self.release(offer.agent);
        self.back_to_line(offer.contact);
    }

    /// Lets the fleet's store have the agent back.
    pub(crate) fn release_reservation(&mut self, agent: AgentId, contact: ContactId) {
        if self.asks {
            self.out.push_back(Output::Release { agent, contact });
        }
    }

    /// Ends an offer: its agent is no longer reserved. What becomes of the contact is the caller's part.
    fn end_offer(&mut self, id: OfferId) -> Result<Offer, Stale> {
        let offer = self.offers.remove(&id).ok_or(Stale::OfferEnded)?;
        self.timers.stop(Timer::Ring(id));
        if let Some(agent) = self.agents.get_mut(&offer.agent) {
            debug_assert!(agent.offers().contains(&id), "a live offer holds its agent");
            agent.vacate(Work::Reserved(id));
        }
        if let Some(contact) = self.contacts.get_mut(&offer.contact) {
            contact.offers.retain(|live| *live != id);
        }
        Ok(offer)
    }

    /// The offer of which something is said; call control knows nothing of one that does not ring yet.
    pub(crate) fn rung(&self, id: OfferId) -> Result<&Offer, Stale> {
        self.offers.get(&id).filter(|offer| !offer.asked).ok_or(Stale::OfferEnded)
    }

    /// The agent answered: he talks, and whoever was rung for the contact beside him is let go of.
    pub(crate) fn accepted(&mut self, id: OfferId) -> Result<(), Stale> {
        self.rung(id)?;
        let offer = self.end_offer(id)?;
        self.counters.answered += 1;
        self.served(id, &offer);
        self.revoke_all(offer.contact, Revocation::AnsweredElsewhere);
        self.leave_queue(offer.contact, Stage::Talking);
        let now = self.now.mono;
        if let Some(contact) = self.contacts.get_mut(&offer.contact) {
            contact.talking.push(offer.agent);
            contact.stay.before += contact.waited(now);
            if let Some(agent) = self.agents.get_mut(&offer.agent) {
                agent.occupy(contact.stay.kind, Work::Talking(offer.contact));
                agent.misses = 0;
            }
        }
        self.settle(offer.agent);
        Ok(())
    }

    /// Tells the journal what the answer did.
    fn served(&mut self, id: OfferId, offer: &Offer) {
        let now = self.now.mono;
        let Some(contact) = self.contacts.get(&offer.contact) else { return };
        let (segment, waited) = (contact.stay.segment, contact.waited(now));
        let (contact, queue, agent) = (offer.contact, offer.queue, offer.agent);
        let rang = offer.answered.unwrap_or(now) - offer.since;
        self.record(What::Served { contact, offer: id, queue, agent, waited, rang, segment });
    }

    /// Call control says that it came to nothing.
    pub(crate) fn failed(&mut self, id: OfferId, why: OfferFailure) -> Result<(), Stale> {
        self.rung(id)?;
        let offer = self.end_offer(id)?;
        count(&mut self.counters.offers_failed, why.name());
        self.rest(&offer, why);
        self.release_reservation(offer.agent, offer.contact);
        self.release(offer.agent);
        self.back_to_line(offer.contact);
        Ok(())
    }

    /// It rang for as long as it may, or the fleet's store has not answered in time.
    pub(crate) fn ring_time_over(&mut self, id: OfferId) {
        if self.rung(id).is_err() {
            if let Some(Offer { agent, contact, .. }) = self.offers.get(&id).copied() {
                self.release_reservation(agent, contact);
            }
            return self.taken_elsewhere(id);
        }
        // Who has answered has missed nothing.
        if self.offers.get(&id).is_some_and(|offer| offer.answered.is_some()) {
            return self.agent_gone(id);
        }
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
        if !offer.asked {
            self.decide_of(offer.contact, ContactEvent::OfferRevoked { offer: id, agent: offer.agent, why, rang });
        }
        self.release_reservation(offer.agent, offer.contact);
        if let Some(failure) = why.failure() {
            self.rest(&offer, failure);
        }
        self.release(offer.agent);
        Some(offer.contact)
    }

    /// Takes back every offer of a contact.
    pub(crate) fn revoke_all(&mut self, contact: ContactId, why: Revocation) {
        let live = self.contacts.get(&contact).map(|contact| contact.offers.clone()).unwrap_or_default();
        live.into_iter().for_each(|offer| {
            self.revoke(offer, why);
        });
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
        // Nobody waits on the line for who lets a task lie: it goes to the next agent, and says nothing of this one.
        let rang = self.contacts.get(&offer.contact).is_none_or(|contact| contact.stay.kind.is_call());
        let Some(agent) = self.agents.get_mut(&offer.agent) else { return };
        agent.ready_at = ready_at;
        self.timers.set(Timer::Rest(offer.agent), ready_at);
        match why {
            OfferFailure::NoAnswer if !rang => {}
            OfferFailure::NoAnswer => agent.misses = agent.misses.saturating_add(1),
            // He is there, and said so: not a miss in a row.
            OfferFailure::Declined => agent.misses = 0,
            OfferFailure::Busy | OfferFailure::Unreachable => {}
        }
        let away = rules.misses_max > 0 && agent.misses >= rules.misses_max;
        // What he chose himself while it rang comes first.
        if away && agent.pending.is_none() {
            let missed = Status::NotReady("missed".to_owned());
            match agent.held() {
                true => agent.pending = Some(missed),
                false => agent.take_status(missed),
            }
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

    /// An offer holds the agent no more. Once he is neither reserved nor talking, a status that waited for this comes into
    /// force.
    fn release(&mut self, agent: AgentId) {
        if let Some(agent) = self.agents.get_mut(&agent).filter(|agent| !agent.held()) {
            agent.take_pending();
        }
        self.settle(agent);
    }
}
