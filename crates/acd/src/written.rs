//! How the journal is written: a decision is flat, with the contact among its fields.
//!
//! Journals of before name the rule of an `Overflowed` by its place in the queue's list; they are read as
//! [`What::SentOnBy`].

use crate::face::{Command, ContactEvent, Event, OverflowReason, OverflowWhen, Revocation, Status, What, Work};
use serde::{Deserialize, Serialize, Serializer};
use std::borrow::Cow;
use std::time::Duration;
use terms::{AgentId, ContactId, OfferId, QueueId};

/// An input or a decision as it is read.
#[derive(Deserialize)]
pub(crate) enum Written {
    Begun { rules: u32 },
    Input(Command),
    Tick,
    Decision(Decision<'static>),
}

#[derive(Serialize, Deserialize)]
pub(crate) enum Decision<'a> {
    Queued { contact: ContactId, queue: QueueId, position: u32 },
    Offered { offer: OfferId, contact: ContactId, queue: QueueId, agent: AgentId, ring: Duration },
    OfferRevoked { offer: OfferId, contact: ContactId, agent: AgentId, why: Revocation },
    Overflowed { contact: ContactId, queue: QueueId, why: OverflowReason, rule: Option<Rule> },
    AgentChanged { agent: AgentId, status: Cow<'a, Status>, work: Work, reachable: bool },
}

#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum Rule {
    Itself(OverflowWhen),
    Nth(usize),
}

impl<'a> From<&'a Event> for Decision<'a> {
    fn from(event: &'a Event) -> Decision<'a> {
        match *event {
            Event::Contact(contact, event) => match event {
                ContactEvent::Queued { queue, position } => Decision::Queued { contact, queue, position },
                ContactEvent::Offered { offer, queue, agent, ring } => {
                    Decision::Offered { offer, contact, queue, agent, ring }
                }
                ContactEvent::OfferRevoked { offer, agent, why } => {
                    Decision::OfferRevoked { offer, contact, agent, why }
                }
                ContactEvent::Overflowed { queue, why, rule } => {
                    Decision::Overflowed { contact, queue, why, rule: rule.map(Rule::Itself) }
                }
            },
            Event::AgentChanged { agent, ref status, work, reachable } => {
                Decision::AgentChanged { agent, status: Cow::Borrowed(status), work, reachable }
            }
        }
    }
}

impl From<Written> for What {
    fn from(written: Written) -> What {
        match written {
            Written::Begun { rules } => What::Begun { rules },
            Written::Input(command) => What::Input(command),
            Written::Tick => What::Tick,
            Written::Decision(decision) => decided(decision),
        }
    }
}

fn decided(decision: Decision<'_>) -> What {
    let (contact, event) = match decision {
        Decision::Queued { contact, queue, position } => (contact, ContactEvent::Queued { queue, position }),
        Decision::Offered { offer, contact, queue, agent, ring } => {
            (contact, ContactEvent::Offered { offer, queue, agent, ring })
        }
        Decision::OfferRevoked { offer, contact, agent, why } => {
            (contact, ContactEvent::OfferRevoked { offer, agent, why })
        }
        Decision::Overflowed { contact, queue, why, rule: Some(Rule::Nth(nth)) } => {
            return What::SentOnBy { contact, queue, why, nth };
        }
        Decision::Overflowed { contact, queue, why, rule: Some(Rule::Itself(rule)) } => {
            (contact, ContactEvent::Overflowed { queue, why, rule: Some(rule) })
        }
        Decision::Overflowed { contact, queue, why, rule: None } => {
            (contact, ContactEvent::Overflowed { queue, why, rule: None })
        }
        Decision::AgentChanged { agent, status, work, reachable } => {
            return What::Decision(Event::AgentChanged { agent, status: status.into_owned(), work, reachable });
        }
    };
    What::Decision(Event::Contact(contact, event))
}

impl Serialize for Event {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Decision::from(self).serialize(serializer)
    }
}
