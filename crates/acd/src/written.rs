//! How decisions are written in the journal: flat, with the contact among their fields.

use crate::face::{ContactEvent, Event, OverflowReason, Revocation, Status, Work};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Cow;
use std::time::Duration;
use terms::{AgentId, ContactId, OfferId, QueueId};

#[derive(Serialize, Deserialize)]
#[serde(rename = "Event")]
enum Written<'a> {
    Queued { contact: ContactId, queue: QueueId, position: u32 },
    Offered { offer: OfferId, contact: ContactId, queue: QueueId, agent: AgentId, ring: Duration },
    OfferRevoked { offer: OfferId, contact: ContactId, agent: AgentId, why: Revocation },
    Overflowed { contact: ContactId, queue: QueueId, why: OverflowReason, rule: Option<usize> },
    AgentChanged { agent: AgentId, status: Cow<'a, Status>, work: Work, reachable: bool },
}

impl<'a> From<&'a Event> for Written<'a> {
    fn from(event: &'a Event) -> Written<'a> {
        match *event {
            Event::Contact(contact, event) => match event {
                ContactEvent::Queued { queue, position } => Written::Queued { contact, queue, position },
                ContactEvent::Offered { offer, queue, agent, ring } => {
                    Written::Offered { offer, contact, queue, agent, ring }
                }
                ContactEvent::OfferRevoked { offer, agent, why } => {
                    Written::OfferRevoked { offer, contact, agent, why }
                }
                ContactEvent::Overflowed { queue, why, rule } => Written::Overflowed { contact, queue, why, rule },
            },
            Event::AgentChanged { agent, ref status, work, reachable } => {
                Written::AgentChanged { agent, status: Cow::Borrowed(status), work, reachable }
            }
        }
    }
}

impl From<Written<'_>> for Event {
    fn from(written: Written<'_>) -> Event {
        let (contact, event) = match written {
            Written::Queued { contact, queue, position } => (contact, ContactEvent::Queued { queue, position }),
            Written::Offered { offer, contact, queue, agent, ring } => {
                (contact, ContactEvent::Offered { offer, queue, agent, ring })
            }
            Written::OfferRevoked { offer, contact, agent, why } => {
                (contact, ContactEvent::OfferRevoked { offer, agent, why })
            }
            Written::Overflowed { contact, queue, why, rule } => {
                (contact, ContactEvent::Overflowed { queue, why, rule })
            }
            Written::AgentChanged { agent, status, work, reachable } => {
                return Event::AgentChanged { agent, status: status.into_owned(), work, reachable };
            }
        };
        Event::Contact(contact, event)
    }
}

impl Serialize for Event {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Written::from(self).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Event {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Event, D::Error> {
        Written::deserialize(deserializer).map(Event::from)
    }
}
