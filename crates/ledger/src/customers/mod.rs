//! Customers: who calls from outside, what people have written down about him, and how he is forgotten.
//!
//! They are found or made as the writer posts their calls ([`arrivals`]). What people change they change at once, in a
//! transaction of its own beside the writer's ([`CustomerBook`]): there is little of it, and who asks sees the answer.

pub(crate) mod arrivals;
mod erase;
mod export;
mod folded;
mod forms;
mod hand;
mod read;

pub use erase::{Erased, Proof as ErasureProof};
pub use folded::folded;
pub use forms::Forms;
pub use hand::{Changed, CustomerBook, CustomerChange, NewNote};

use serde::Serialize;
use std::collections::BTreeMap;
use terms::{CallRef, ContactId, Pii, Wall};

/// Letters of a name, and of a text of a field.
pub const NAME_LETTERS: usize = 200;
/// Letters of a note.
pub const NOTE_LETTERS: usize = 4_000;
/// Fields of one customer.
pub const FIELDS: usize = 32;

/// A customer.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Customer {
    /// His number in the account, never given twice.
    pub customer: i64,
    /// His name; empty while nobody has said it.
    pub name: String,
    /// His telephone numbers.
    pub numbers: Vec<Pii<String>>,
    /// What else is known of him.
    pub fields: BTreeMap<String, String>,
    /// When he called first.
    pub created: Wall,
    /// When he called last.
    pub seen: Wall,
    /// One more with each change by hand.
    pub version: i64,
}

/// What somebody has written down of him.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Note {
    /// Its number.
    pub note: i64,
    /// When.
    pub at: Wall,
    /// Who: `user:anna`.
    pub author: String,
    /// What.
    pub text: String,
    /// In which contact.
    pub contact: Option<ContactId>,
}

/// A call of his.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Visit {
    /// The call.
    pub call: CallRef,
    /// When it began.
    pub started: Wall,
    /// How it ended, as in `calls`.
    pub outcome: String,
    /// Its contact in a queue.
    pub contact: Option<ContactId>,
    /// The last queue.
    pub queue: Option<String>,
    /// Who talked to him.
    pub agent: Option<String>,
    /// What came of it, as the agent has said.
    pub disposition: Option<String>,
}

/// A customer with what is told of him.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CustomerCard {
    /// Who.
    #[serde(flatten)]
    pub customer: Customer,
    /// The newest first.
    pub notes: Vec<Note>,
    /// His calls, the newest first.
    pub visits: Vec<Visit>,
}
