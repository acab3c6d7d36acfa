//! A contact's place as it is told to the caller.

use crate::contact::{Contact, Place, Stage};
use crate::engine::Engine;
use crate::queue::Queue;
use std::collections::BTreeMap;
use std::ops::Bound;
use terms::{ContactId, QueueId, Requirement};

impl Engine {
    /// 1 + the number of waiting contacts ahead in the order that compete for at least one of the same agents,
    /// in whatever queue they wait. Contacts that are being offered or are suspended do not compete. Agents count as
    /// configured, present or not, so that a position does not jump when somebody takes a break.
    pub fn position(&self, contact: ContactId) -> Option<u32> {
        let contact = self.contacts.get(&contact).filter(|contact| contact.in_queue())?;
        let own = self.queues.get(&contact.queue)?;
        let rivals = own.rivals.iter().filter_map(|queue| self.queues.get(queue));
        let classes =
            rivals.flat_map(|queue| queue.classes.iter().map(move |(class, waiting)| (queue, class, waiting)));
        let ahead: usize = classes
            .filter(|(queue, class, _)| {
                let same = queue.id == own.id && class.requirement == contact.requirement;
                same || self.share_an_agent(own, contact, queue, &class.requirement)
            })
            .map(|(_, _, waiting)| count_ahead(waiting, contact.place))
            .sum();
        Some(u32::try_from(ahead).unwrap_or(u32::MAX).saturating_add(1))
    }

    /// The queue that a contact is in, and whether it waits there, with nobody rung for it.
    pub fn where_is(&self, contact: ContactId) -> Option<(QueueId, bool)> {
        let contact = self.contacts.get(&contact).filter(|contact| contact.in_queue())?;
        Some((contact.queue, matches!(contact.stage, Stage::Waiting | Stage::Suspended)))
    }

    fn share_an_agent(&self, own: &Queue, contact: &Contact, other: &Queue, wants: &Requirement) -> bool {
        own.seats.iter().filter_map(|seat| self.agents.get(&seat.agent)).any(|agent| {
            agent.queues.contains(&other.id) && contact.requirement.admits(&agent.skills) && wants.admits(&agent.skills)
        })
    }
}

/// How many of a class are ahead of a place; most often all of them, which costs nothing to count.
fn count_ahead(class: &BTreeMap<Place, ContactId>, place: Place) -> usize {
    match class.last_key_value() {
        Some((last, _)) if *last < place => class.len(),
        _ => class.range((Bound::Unbounded, Bound::Excluded(place))).count(),
    }
}
