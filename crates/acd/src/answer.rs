//! An agent has answered, and is to be joined to a contact that is not through yet: its own call is only now being
//! answered. He is held until the two are joined (`Accepted`). Should he go before that, the offer has failed, and the contact
//! keeps its place.

use crate::counters::Stale;
use crate::engine::Engine;
use crate::face::Revocation;
use crate::timers::Timer;
use smallvec::SmallVec;
use std::time::Duration;
use terms::{AgentId, ContactId, OfferId};

/// Longer than any phone takes with its ACK (RFC 3261 13.3.1.4 gives it 32 s).
const JOINING: Duration = Duration::from_secs(40);

impl Engine {
    /// He has answered: whoever was rung for the contact beside him is let go of, and nothing takes it from him.
    pub(crate) fn answered(&mut self, id: OfferId) -> Result<(), Stale> {
        let contact = self.rung(id)?.contact;
        let now = self.now.mono;
        if let Some(offer) = self.offers.get_mut(&id) {
            offer.answered = Some(now);
        }
        self.timers.set(Timer::Ring(id), now + JOINING);
        self.rings_no_more(contact);
        let live = self.contacts.get(&contact).map(|contact| contact.offers.clone()).unwrap_or_default();
        live.into_iter().filter(|other| *other != id).for_each(|other| {
            self.revoke(other, Revocation::AnsweredElsewhere);
        });
        Ok(())
    }

    /// Whether somebody has answered for a contact and is about to be joined to it.
    pub(crate) fn is_answered(&self, id: ContactId) -> bool {
        let mut offers = self.contacts.get(&id).into_iter().flat_map(|contact| &contact.offers);
        offers.any(|offer| self.offers.get(offer).is_some_and(|offer| offer.answered.is_some()))
    }

    /// What rings at an agent, and was not answered, comes to nothing: he cannot take it any more.
    pub(crate) fn cannot_answer(&mut self, agent: AgentId) {
        let rings = |offer: &OfferId| self.offers.get(offer).is_some_and(|offer| offer.answered.is_none());
        let offers = self.agents.get(&agent).map(|agent| agent.offers()).unwrap_or_default();
        let rung: SmallVec<[OfferId; 1]> = offers.into_iter().filter(rings).collect();
        rung.into_iter().for_each(|offer| self.agent_gone(offer));
    }
}
