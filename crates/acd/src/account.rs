//! What happened in queues and to agents, as the account keeps it. [`crate::Fold`] makes it of the journal; accounts of
//! earlier versions have it in the same words.

use crate::face::{Withdrawal, is_default};
use crate::{OfferEnd, OverflowReason, StatusKind, WorkKind};
use serde::{Deserialize, Serialize};
use terms::{AgentId, By, CallRef, ContactId, ContactKind, QueueId, Told, Wall};

/// Something that happened in a queue or to an agent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CallEvent {
    /// When.
    pub at: Wall,
    /// In which call.
    pub call: Option<CallRef>,
    /// In which queue.
    pub queue: Option<QueueId>,
    /// To which contact.
    pub contact: Option<ContactId>,
    /// In which of its stays in queues: 0 is the first. Not told by older versions.
    #[serde(default)]
    pub segment: Option<u16>,
    /// To which agent.
    pub agent: Option<AgentId>,
    /// What.
    pub what: CallEventKind,
}

/// What happened (the names follow the field's queue logs).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum CallEventKind {
    /// The contact entered the queue.
    Entered {
        /// At this position.
        position: u32,
        /// It came from another queue, or a second time.
        #[serde(default)]
        again: bool,
        /// What kind of work it is.
        #[serde(default, skip_serializing_if = "is_default")]
        contact_kind: ContactKind,
    },
    /// An agent takes the contact out of turn: he is offered it next.
    Picked,
    /// An agent was offered the contact.
    Offered {
        /// What kind of work it is.
        #[serde(default, skip_serializing_if = "is_default")]
        contact_kind: ContactKind,
    },
    /// The agent did not take it.
    OfferFailed {
        /// Why.
        why: Told<OfferEnd>,
        /// How long it rang.
        rang_ms: u64,
        /// What kind of work it is.
        #[serde(default, skip_serializing_if = "is_default")]
        contact_kind: ContactKind,
    },
    /// The agent and the caller are connected.
    Connected {
        /// How long the caller waited in this queue.
        waited_ms: u64,
        /// How long this agent's phone rang.
        rang_ms: u64,
        /// How long the caller had waited in queues before this one.
        #[serde(default, skip_serializing_if = "is_default")]
        before_ms: u64,
        /// An agent had talked to the contact before this segment: as a contact it was answered then.
        #[serde(default, skip_serializing_if = "is_default")]
        again: bool,
        /// What kind of work it is.
        #[serde(default, skip_serializing_if = "is_default")]
        contact_kind: ContactKind,
    },
    /// An agent was handed the conversation by those who had it; no queue was in between.
    TakenOver {
        /// They talk on with him.
        joins: bool,
    },
    /// The conversation ended.
    Completed {
        /// Who ended it.
        by: By,
        /// How long it was, on hold or not.
        talked_ms: u64,
        /// How long of that it was on hold.
        #[serde(default)]
        held_ms: u64,
        /// What kind of work it is.
        #[serde(default, skip_serializing_if = "is_default")]
        contact_kind: ContactKind,
    },
    /// The caller left the queue.
    Abandoned {
        /// After this wait.
        waited_ms: u64,
        /// How long the caller had waited in queues before this one.
        #[serde(default, skip_serializing_if = "is_default")]
        before_ms: u64,
        /// What kind of work it is.
        #[serde(default, skip_serializing_if = "is_default")]
        contact_kind: ContactKind,
    },
    /// The queue sent the contact on.
    Overflowed {
        /// Why.
        why: Told<OverflowReason>,
        /// After this wait.
        waited_ms: u64,
        /// It had come from another queue, or a second time.
        #[serde(default)]
        again: bool,
        /// How long the caller had waited in queues before this one.
        #[serde(default, skip_serializing_if = "is_default")]
        before_ms: u64,
        /// Whether the queue had let it in (there is an `Entered` before it); not told by older versions.
        #[serde(default)]
        let_in: Option<bool>,
        /// What kind of work it is.
        #[serde(default, skip_serializing_if = "is_default")]
        contact_kind: ContactKind,
    },
    /// The contact left the queue, and neither its caller nor the queue wanted it so. Older versions did not tell.
    Withdrawn {
        /// Why.
        why: Told<Withdrawal>,
        /// After this wait.
        waited_ms: u64,
        /// How long the caller had waited in queues before this one.
        #[serde(default, skip_serializing_if = "is_default")]
        before_ms: u64,
    },
    /// In his after-call work, an agent has said what came of the conversation.
    Disposed {
        /// The operator's word.
        disposition: String,
        /// What he had said of it before.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        instead_of: Option<String>,
    },
    /// An agent's state changed.
    AgentState {
        /// His status.
        status: Told<StatusKind>,
        /// The reason for not ready.
        reason: Option<String>,
        /// What he does.
        work: Told<WorkKind>,
        /// How long the state before this one lasted, by a clock that never steps.
        #[serde(default)]
        lasted_ms: Option<u64>,
        /// Whether a phone of his can be rung; not told by older versions.
        #[serde(default)]
        reachable: Option<bool>,
        /// How long the after-call work was that ended so; it followed the conversation of the event's contact.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        wrapped_ms: Option<u64>,
    },
}

impl CallEventKind {
    /// What kind of work it was, where that is told.
    pub fn contact_kind(&self) -> Option<ContactKind> {
        match self {
            CallEventKind::Entered { contact_kind, .. }
            | CallEventKind::Offered { contact_kind }
            | CallEventKind::OfferFailed { contact_kind, .. }
            | CallEventKind::Connected { contact_kind, .. }
            | CallEventKind::Completed { contact_kind, .. }
            | CallEventKind::Abandoned { contact_kind, .. }
            | CallEventKind::Overflowed { contact_kind, .. } => Some(*contact_kind),
            CallEventKind::Picked
            | CallEventKind::TakenOver { .. }
            | CallEventKind::Withdrawn { .. }
            | CallEventKind::Disposed { .. }
            | CallEventKind::AgentState { .. } => None,
        }
    }

    /// The name of its kind, as it is written.
    pub fn word(&self) -> &'static str {
        match self {
            CallEventKind::Entered { .. } => "entered",
            CallEventKind::Picked => "picked",
            CallEventKind::Offered { .. } => "offered",
            CallEventKind::OfferFailed { .. } => "offer_failed",
            CallEventKind::Connected { .. } => "connected",
            CallEventKind::TakenOver { .. } => "taken_over",
            CallEventKind::Completed { .. } => "completed",
            CallEventKind::Abandoned { .. } => "abandoned",
            CallEventKind::Overflowed { .. } => "overflowed",
            CallEventKind::Withdrawn { .. } => "withdrawn",
            CallEventKind::Disposed { .. } => "disposed",
            CallEventKind::AgentState { .. } => "agent_state",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    #[test]
    fn an_event_is_called_as_it_is_written() {
        for line in [
            r#"{"kind":"entered","position":1}"#,
            r#"{"kind":"picked"}"#,
            r#"{"kind":"offered"}"#,
            r#"{"kind":"offer_failed","why":"busy","rang_ms":1}"#,
            r#"{"kind":"connected","waited_ms":1,"rang_ms":1}"#,
            r#"{"kind":"taken_over","joins":true}"#,
            r#"{"kind":"completed","by":"caller","talked_ms":1}"#,
            r#"{"kind":"abandoned","waited_ms":1}"#,
            r#"{"kind":"overflowed","why":"full","waited_ms":1}"#,
            r#"{"kind":"withdrawn","why":"dropped","waited_ms":1}"#,
            r#"{"kind":"disposed","disposition":"sold"}"#,
            r#"{"kind":"agent_state","status":"ready","work":"idle"}"#,
        ] {
            let event: CallEventKind = serde_json::from_str(line).expect(line);
            assert_eq!(serde_json::json!(event)["kind"], event.word());
        }
    }

    /// What was written before these words were enums, and what a later version may write.
    #[test]
    fn the_account_keeps_its_words_and_those_of_another_version() {
        for line in [
            r#"{"kind":"agent_state","status":"ready","reason":null,"work":"reserved","lasted_ms":33000}"#,
            r#"{"kind":"agent_state","status":"not_ready","reason":"lunch","work":"wrap_up","lasted_ms":null}"#,
            r#"{"kind":"agent_state","status":"logged_out","reason":null,"work":"idle","lasted_ms":null}"#,
            r#"{"kind":"offer_failed","why":"no_answer","rang_ms":20000}"#,
            r#"{"kind":"offer_failed","why":"agent_gone","rang_ms":7}"#,
            r#"{"kind":"overflowed","why":"unknown_queue","waited_ms":500,"again":false,"let_in":true}"#,
            r#"{"kind":"overflowed","why":"no_agents","waited_ms":0,"again":true,"before_ms":8,"let_in":null}"#,
            r#"{"kind":"agent_state","status":"asleep","reason":null,"work":"chatting","lasted_ms":1}"#,
            r#"{"kind":"offer_failed","why":"moon_in_the_way","rang_ms":7}"#,
        ] {
            let event: CallEventKind = serde_json::from_str(line).expect(line);
            let (said, written) = (serde_json::from_str::<Value>(line).expect(line), serde_json::json!(event));
            said.as_object().expect(line).iter().for_each(|(key, value)| assert_eq!(written[key], *value, "{line}"));
        }
        let read = |line| serde_json::from_str::<CallEventKind>(line).expect(line);
        let known = read(r#"{"kind":"agent_state","status":"ready","reason":null,"work":"talking"}"#);
        let (status, work, lasted_ms) = (StatusKind::Ready.into(), WorkKind::Talking.into(), None);
        assert_eq!(
            known,
            CallEventKind::AgentState { status, reason: None, work, lasted_ms, reachable: None, wrapped_ms: None }
        );
        let CallEventKind::OfferFailed { why, .. } = read(r#"{"kind":"offer_failed","why":"new","rang_ms":7}"#) else {
            panic!("an offer that failed");
        };
        assert_eq!((why.known(), why.word()), (None, "new"));
    }
}
