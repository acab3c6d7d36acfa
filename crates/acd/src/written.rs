//! How the journal is written: a decision is flat, with the contact among its fields.
//!
//! Journals of before name the rule of an `Overflowed` by its place in the queue's list; they are read as
//! [`What::SentOnBy`]. Nor do they tell how long something lasted and in which of a contact's stays: there each contact
//! had one stay. Such a value is not written where it is zero.

use crate::face::{
    Command, ContactEvent, Event, OverflowReason, OverflowWhen, Presence, Revocation, Status, What, Work, is_default,
};
use crate::setup::SetupHash;
use serde::{Deserialize, Serialize, Serializer};
use std::borrow::Cow;
use std::time::Duration;
use terms::{AgentId, ContactId, OfferId, QueueId};

/// An input or a decision as it is read.
#[derive(Deserialize)]
pub(crate) enum Written {
    Begun {
        rules: u32,
        #[serde(default)]
        asks: bool,
    },
    Input(Command),
    Tick,
    Decision(Decision<'static>),
    Configured {
        setup: SetupHash,
        #[serde(default)]
        present: Vec<(AgentId, Presence)>,
    },
    Asked {
        offer: OfferId,
        agent: AgentId,
        contact: ContactId,
    },
    HandedOver {
        contact: ContactId,
        agent: AgentId,
        segment: u16,
        #[serde(default)]
        joins: bool,
    },
    Picked {
        contact: ContactId,
        agent: AgentId,
    },
    Served {
        contact: ContactId,
        offer: OfferId,
        queue: QueueId,
        agent: AgentId,
        waited: Duration,
        rang: Duration,
        segment: u16,
    },
}

#[derive(Serialize, Deserialize)]
pub(crate) enum Decision<'a> {
    Queued {
        contact: ContactId,
        queue: QueueId,
        position: u32,
        #[serde(default, skip_serializing_if = "is_default")]
        segment: u16,
    },
    Offered {
        offer: OfferId,
        contact: ContactId,
        queue: QueueId,
        agent: AgentId,
        ring: Duration,
        #[serde(default, skip_serializing_if = "is_default")]
        segment: u16,
    },
    OfferRevoked {
        offer: OfferId,
        contact: ContactId,
        agent: AgentId,
        why: Revocation,
        #[serde(default, skip_serializing_if = "is_default")]
        rang: Duration,
    },
    Overflowed {
        contact: ContactId,
        queue: QueueId,
        why: OverflowReason,
        rule: Option<Rule>,
        #[serde(default, skip_serializing_if = "is_default")]
        waited: Duration,
        #[serde(default, skip_serializing_if = "is_default")]
        segment: u16,
    },
    AgentChanged {
        agent: AgentId,
        status: Cow<'a, Status>,
        work: Work,
        reachable: bool,
    },
}

#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum Rule {
    Itself(OverflowWhen),
    Nth(usize),
}

impl Rule {
    fn itself(self) -> Option<OverflowWhen> {
        match self {
            Rule::Itself(when) => Some(when),
            Rule::Nth(_) => None,
        }
    }
}

impl<'a> From<&'a Event> for Decision<'a> {
    fn from(event: &'a Event) -> Decision<'a> {
        match *event {
            Event::Contact(contact, event) => match event {
                ContactEvent::Queued { queue, position, segment } => {
                    Decision::Queued { contact, queue, position, segment }
                }
                ContactEvent::Offered { offer, queue, agent, ring, segment } => {
                    Decision::Offered { offer, contact, queue, agent, ring, segment }
                }
                ContactEvent::OfferRevoked { offer, agent, why, rang } => {
                    Decision::OfferRevoked { offer, contact, agent, why, rang }
                }
                ContactEvent::Overflowed { queue, why, rule, waited, segment } => {
                    Decision::Overflowed { contact, queue, why, rule: rule.map(Rule::Itself), waited, segment }
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
            Written::Begun { rules, asks } => What::Begun { rules, asks },
            Written::Input(command) => What::Input(command),
            Written::Tick => What::Tick,
            Written::Decision(decision) => decided(decision),
            Written::Configured { setup, present } => What::Configured { setup, present },
            Written::Asked { offer, agent, contact } => What::Asked { offer, agent, contact },
            Written::HandedOver { contact, agent, segment, joins } => {
                What::HandedOver { contact, agent, segment, joins }
            }
            Written::Picked { contact, agent } => What::Picked { contact, agent },
            Written::Served { contact, offer, queue, agent, waited, rang, segment } => {
                What::Served { contact, offer, queue, agent, waited, rang, segment }
            }
        }
    }
}

fn decided(decision: Decision<'_>) -> What {
    let (contact, event) = match decision {
        Decision::Queued { contact, queue, position, segment } => {
            (contact, ContactEvent::Queued { queue, position, segment })
        }
        Decision::Offered { offer, contact, queue, agent, ring, segment } => {
            (contact, ContactEvent::Offered { offer, queue, agent, ring, segment })
        }
        Decision::OfferRevoked { offer, contact, agent, why, rang } => {
            (contact, ContactEvent::OfferRevoked { offer, agent, why, rang })
        }
        Decision::Overflowed { contact, queue, why, rule: Some(Rule::Nth(nth)), .. } => {
            return What::SentOnBy { contact, queue, why, nth };
        }
        Decision::Overflowed { contact, queue, why, rule, waited, segment } => {
            let rule = rule.and_then(Rule::itself);
            (contact, ContactEvent::Overflowed { queue, why, rule, waited, segment })
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

impl What {
    /// What a journal tells of this that knows neither lengths nor stays; `None`: it has no such entry.
    pub(crate) fn terse(&self, rules: u32) -> Option<What> {
        let (segment, waited, rang) = (0, Duration::ZERO, Duration::ZERO);
        let What::Decision(Event::Contact(contact, event)) = self else {
            return match self {
                What::Begun { asks, .. } => Some(What::Begun { rules, asks: *asks }),
                What::Served { .. } => None,
                other => Some(other.clone()),
            };
        };
        let event = match *event {
            ContactEvent::Queued { queue, position, .. } => ContactEvent::Queued { queue, position, segment },
            ContactEvent::Offered { offer, queue, agent, ring, .. } => {
                ContactEvent::Offered { offer, queue, agent, ring, segment }
            }
            ContactEvent::OfferRevoked { offer, agent, why, .. } => {
                ContactEvent::OfferRevoked { offer, agent, why, rang }
            }
            ContactEvent::Overflowed { queue, why, rule, .. } => {
                ContactEvent::Overflowed { queue, why, rule, waited, segment }
            }
        };
        Some(What::Decision(Event::Contact(*contact, event)))
    }
}
