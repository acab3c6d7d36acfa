//! Messages that callers have left, and with which nobody is done, one by one.

use call::Lying;
use dialplan::Plan;
use serde::{Deserialize, Serialize};
use terms::{Mailbox, Pii, Wall};

/// A message.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct MessageLine {
    /// Its name, for `strowger message`: that of its recording.
    pub message: String,
    /// The call in which it was left.
    pub call: String,
    /// Where it lies: `queue:support`.
    pub mailbox: String,
    /// Who left it.
    pub number: Pii<String>,
    /// When.
    pub since: Wall,
    /// How long it is, in milliseconds; 0 of one that was cut off.
    pub length_ms: u64,
    /// Somebody has heard it.
    pub heard: bool,
}

/// The messages, by the names of the plan.
pub fn lines<'a>(plan: &Plan, messages: impl Iterator<Item = (Mailbox, &'a Lying)>) -> Vec<MessageLine> {
    messages
        .map(|(mailbox, lying)| MessageLine {
            message: lying.capture.to_string(),
            call: lying.call.to_string(),
            mailbox: named(plan, mailbox),
            number: lying.number.clone(),
            since: lying.since,
            length_ms: lying.length_ms,
            heard: lying.heard,
        })
        .collect()
}

/// A mailbox as the configuration writes it; by its number, where that does not know it any more.
fn named(plan: &Plan, mailbox: Mailbox) -> String {
    let name = match mailbox {
        Mailbox::Phone(phone) => plan.phone(phone).map(|phone| phone.user.clone()),
        Mailbox::Agent(agent) => plan.agent(agent).map(|agent| agent.name.clone()),
        Mailbox::Queue(queue) => plan.queue(queue).map(|queue| queue.name.clone()),
    };
    format!("{}:{}", mailbox.kind(), name.unwrap_or_else(|| format!("{:x}", mailbox.owner())))
}
