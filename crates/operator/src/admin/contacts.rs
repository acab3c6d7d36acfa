//! Contacts that have no call, one by one.

use crate::style::harmless;
use call::Absent;
use dialplan::Plan;
use serde::{Deserialize, Serialize};
use terms::{AgentId, ContactKind, Word as _};

/// Letters of a subject.
pub const SUBJECT: usize = 200;

/// A contact that has no call.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ContactLine {
    /// Its id, for `strowger contact`.
    pub contact: String,
    /// Its queue.
    pub queue: String,
    /// What kind of work it is.
    pub kind: String,
    /// What it is about.
    pub subject: String,
    /// To whom it is offered.
    pub offered_to: Vec<String>,
    /// Who serves it.
    pub agent: Option<String>,
}

/// The contacts, by the names of the plan.
pub fn lines(plan: &Plan, contacts: impl Iterator<Item = Absent>) -> Vec<ContactLine> {
    let name = |agent: AgentId| plan.agent(agent).map_or_else(|| agent.to_string(), |agent| agent.name.clone());
    contacts
        .map(|one| ContactLine {
            contact: one.contact.to_string(),
            queue: plan.queue(one.queue).map_or_else(|| one.queue.to_string(), |queue| queue.name.clone()),
            kind: one.kind.word().to_owned(),
            subject: harmless(one.subject.reveal()),
            offered_to: one.offered_to.iter().map(|agent| name(*agent)).collect(),
            agent: one.agent.map(name),
        })
        .collect()
}

/// The kinds that need no call: a call comes by itself.
pub const KINDS: [ContactKind; 5] =
    [ContactKind::Task, ContactKind::Callback, ContactKind::Voicemail, ContactKind::Chat, ContactKind::Email];
