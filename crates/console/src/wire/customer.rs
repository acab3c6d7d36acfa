//! A customer, as the API tells of him: to whoever may not see numbers, with their last two digits alone.

use super::time;
use ledger::customers::{Customer, CustomerCard, Note, Visit};
use serde::Serialize;
use std::collections::BTreeMap;
use terms::Pii;
use utoipa::ToSchema;

/// A customer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Customer)]
pub struct CustomerState {
    /// His id.
    pub customer: String,
    /// His name; empty until somebody has said it.
    pub name: String,
    /// His telephone numbers; masked for who may not see them.
    pub numbers: Vec<String>,
    /// What else is known, by the names of `[customers] fields`.
    pub fields: BTreeMap<String, String>,
    /// When he called first (RFC 3339, UTC).
    pub created: String,
    /// When he called last.
    pub seen: String,
    /// One more with each change; also the ETag.
    pub version: i64,
}

/// A customer with what is known of him.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Card {
    /// Who.
    pub customer: CustomerState,
    /// What people wrote, the newest first.
    pub notes: Vec<CustomerNote>,
    /// His last calls, the newest first: those that the reader may see.
    pub visits: Vec<CustomerVisit>,
}

/// What somebody wrote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Note)]
pub struct CustomerNote {
    /// When.
    pub at: String,
    /// Who: `user:anna`.
    pub author: String,
    /// What.
    pub text: String,
}

/// A call of his.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Visit)]
pub struct CustomerVisit {
    /// Its reference.
    pub call: String,
    /// When it came.
    pub started: String,
    /// How it ended, as in a record.
    pub outcome: String,
    /// The last queue.
    pub queue: Option<String>,
    /// Who talked to him.
    pub agent: Option<String>,
    /// What the agent said came of it.
    pub disposition: Option<String>,
}

/// Who a running call is from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Caller {
    /// `known`; `several`, of whom one is to be picked; `new`; `withheld`; `internal`.
    pub who: &'static str,
    /// Those with his number.
    pub cards: Vec<Card>,
}

impl CustomerState {
    /// `whole`: numbers are shown.
    pub fn of(customer: &Customer, whole: bool) -> CustomerState {
        let number = |number: &Pii<String>| if whole { number.reveal().clone() } else { number.to_string() };
        CustomerState {
            customer: customer.customer.to_string(),
            name: customer.name.clone(),
            numbers: customer.numbers.iter().map(number).collect(),
            fields: customer.fields.clone(),
            created: time(customer.created),
            seen: time(customer.seen),
            version: customer.version,
        }
    }
}

impl Card {
    /// Of his calls, those of `visits`.
    pub fn of(card: &CustomerCard, visits: &[&Visit], whole: bool) -> Card {
        let customer = CustomerState::of(&card.customer, whole);
        let notes = card.notes.iter().map(CustomerNote::from).collect();
        Card { customer, notes, visits: visits.iter().map(|visit| CustomerVisit::from(*visit)).collect() }
    }
}

impl From<&Note> for CustomerNote {
    fn from(note: &Note) -> CustomerNote {
        CustomerNote { at: time(note.at), author: note.author.clone(), text: note.text.clone() }
    }
}

impl From<&Visit> for CustomerVisit {
    fn from(visit: &Visit) -> CustomerVisit {
        CustomerVisit {
            call: visit.call.to_string(),
            started: time(visit.started),
            outcome: visit.outcome.clone(),
            queue: visit.queue.clone(),
            agent: visit.agent.clone(),
            disposition: visit.disposition.clone(),
        }
    }
}
