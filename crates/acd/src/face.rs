//! What goes into the routing core and what comes out of it.
//!
//! The contract of an offer: `Offered` begins it and reserves the agent; exactly one of the command
//! `Accepted`, the command `OfferFailed` or the event `OfferRevoked` ends it. A command that names an
//! offer that has ended is counted and ignored.

mod known;

use crate::setup::SetupHash;
use crate::written::Written;
pub use known::{AgentSetup, Presence, QueueSetup, Setup};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::Duration;
use terms::{AgentId, By, CallRef, ContactId, ContactKind, Now, OfferId, QueueId, Requirement};
pub use terms::{BackOff, OverflowWhen, Strategy};

/// What call control, the supervisor and the agents ask for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Command {
    /// Queues and agents, at the start and at each reload. Waiting contacts and working agents stay.
    Reconfigure(Arc<Setup>),
    /// A contact enters a queue (its segment there begins).
    Enqueue {
        /// The contact.
        contact: ContactId,
        /// The queue.
        queue: QueueId,
        /// Waits as if it had come this much earlier.
        credit: Duration,
        /// Emergencies go first, whatever the wait.
        emergency: bool,
        /// Instead of the queue's own requirement.
        requirement: Option<Requirement>,
        /// What there is to know of the contact beside that.
        #[serde(default, skip_serializing_if = "is_default")]
        stay: Stay,
    },
    /// A contact leaves its queue before an agent accepted it.
    Withdraw {
        /// The contact.
        contact: ContactId,
        /// Why.
        why: Withdrawal,
    },
    /// The contact keeps its place but is not offered: its caller is in a menu, its call-back waits for the next attempt.
    /// An offer of it is revoked; a rule that sends it on waits until it can be offered again.
    Suspend {
        /// The contact.
        contact: ContactId,
        /// It can be offered again after this time, if no `Resume` comes before.
        at_most: Duration,
    },
    /// The contact can be offered again.
    Resume {
        /// The contact.
        contact: ContactId,
    },
    /// The agent answered, and will be connected once the contact's own call is: `Accepted` follows, or `OfferFailed` if
    /// he goes before that.
    Answered {
        /// The offer.
        offer: OfferId,
    },
    /// The agent answered and is connected.
    Accepted {
        /// The offer.
        offer: OfferId,
    },
    /// Another agent answered for the one who is rung, and is connected.
    TakenBy {
        /// The offer.
        offer: OfferId,
        /// Who answered. He need not serve the queue.
        agent: AgentId,
    },
    /// The offer came to nothing.
    OfferFailed {
        /// The offer.
        offer: OfferId,
        /// Why.
        why: OfferFailure,
    },
    /// The conversation is over; the agent's wrap-up begins.
    Finished {
        /// The contact.
        contact: ContactId,
        /// Who ended it.
        #[serde(default, skip_serializing_if = "is_default")]
        by: By,
        /// How long one had the other on hold, since an agent answered the contact in this queue.
        #[serde(default, skip_serializing_if = "is_default")]
        held: Duration,
    },
    /// This agent is to have the contact and no other: he picked it, or somebody sends it to him. It is offered to him
    /// beside whoever is rung for it; he need not serve the queue, nor be ready, but have room and a phone.
    Pick {
        /// The contact, in its queue.
        contact: ContactId,
        /// The agent.
        agent: AgentId,
    },
    /// An agent wants the next contact of a queue for which nobody is rung, out of turn, as with `Pick`: at once, or once he
    /// is no longer engaged.
    Take {
        /// The agent.
        agent: AgentId,
        /// The queue.
        queue: QueueId,
        /// How long he wants it.
        within: Duration,
    },
    /// A contact that waits goes before all others of its queue, as an emergency does.
    Prefer {
        /// The contact, in its queue.
        contact: ContactId,
    },
    /// A contact goes to a queue from wherever it is, its own or another: its segment ends, and so does the conversation
    /// that it may have; the next segment begins.
    Requeue {
        /// The contact.
        contact: ContactId,
        /// The queue.
        queue: QueueId,
        /// Waits as if it had come this much earlier.
        credit: Duration,
        /// As in `Finished`, of the conversation that ends so.
        #[serde(default, skip_serializing_if = "is_default")]
        held: Duration,
    },
    /// A conversation goes on with this agent, without a queue in between: a segment of its own.
    HandOver {
        /// The contact, talking.
        contact: ContactId,
        /// The agent. When he talks to it already, the others leave.
        to: AgentId,
        /// Whoever talks to it stays in the conversation.
        #[serde(default, skip_serializing_if = "is_default")]
        joins: bool,
        /// As in `Finished`, so far.
        #[serde(default, skip_serializing_if = "is_default")]
        held: Duration,
    },
    /// One of several agents leaves a conversation; the others have it on, each in his segment.
    Leaves {
        /// The contact, talking to more than one.
        contact: ContactId,
        /// Who leaves.
        agent: AgentId,
        /// As in `Finished`, so far.
        #[serde(default, skip_serializing_if = "is_default")]
        held: Duration,
    },
    /// The fleet's store has answered [`Output::Reserve`].
    Reserved {
        /// The offer.
        offer: OfferId,
        /// Whether the agent is ours; else another node has him.
        granted: bool,
    },
    /// The agent has finished his wrap-up early.
    WrapUpDone {
        /// The agent.
        agent: AgentId,
    },
    /// In his after-call work, the agent says what came of the conversation before it.
    Dispose {
        /// The agent.
        agent: AgentId,
        /// The operator's word.
        disposition: String,
    },
    /// The agent, or a supervisor for him, changes his status. While he is reserved or talking it becomes a pending change.
    SetStatus {
        /// The agent.
        agent: AgentId,
        /// The new status.
        status: Status,
    },
    /// One of the agent's devices can be rung, or none.
    Reachable {
        /// The agent.
        agent: AgentId,
        /// Which.
        reachable: bool,
    },
    /// The agent is in a call that no queue gave him, or no longer.
    Engaged {
        /// The agent.
        agent: AgentId,
        /// Which.
        engaged: bool,
    },
}

/// What comes with a contact that enters a queue: which of its stays begins there, and what it is. A contact has one id
/// for life, and a segment for each stay.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Stay {
    /// What kind of work it is.
    #[serde(skip_serializing_if = "is_default")]
    pub kind: ContactKind,
    /// Which of its stays: 0 is the first.
    #[serde(skip_serializing_if = "is_default")]
    pub segment: u16,
    /// How long it has waited in queues before, credits aside.
    #[serde(skip_serializing_if = "is_default")]
    pub before: Duration,
    /// The call that it has at present, if it has one. The engine passes it on to the journal's readers.
    #[serde(skip_serializing_if = "is_default")]
    pub call: Option<CallRef>,
}

/// What a journal of before did not tell is left out where it says nothing, too.
pub(crate) fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// Why a contact left by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Withdrawal {
    /// The caller hung up.
    Abandoned,
    /// The flow took it elsewhere (a key, a transfer).
    TakenElsewhere,
    /// The switch ended the call (drain, limit, fault).
    Dropped,
}

/// Why an offer failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum OfferFailure {
    /// Rang out (told by call control; normally the engine's own ring timer comes first).
    NoAnswer,
    /// 486 or 600.
    Busy,
    /// 603 and other refusals by the person.
    Declined,
    /// No binding, no response, a transport failure.
    Unreachable,
}

/// An agent's own choice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Status {
    /// Not at work.
    LoggedOut,
    /// At work, not taking contacts; the reason is the operator's word.
    NotReady(String),
    /// Taking contacts.
    Ready,
}

/// What an agent is doing with a contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Work {
    /// Nothing.
    Idle,
    /// An offer holds him.
    Reserved(OfferId),
    /// Talking.
    Talking(ContactId),
    /// After-call work.
    WrapUp,
}

/// Why a contact was sent on by its queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum OverflowReason {
    /// The queue holds as many contacts as it may.
    Full,
    /// It waited as long as it may.
    Waited,
    /// No agent of the queue is working (for as long as the queue tolerates).
    NoAgents,
    /// The queue is not defined (any more).
    Unknown,
}

/// Why the engine took an offer back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Revocation {
    /// The ring time is over: it counts as no answer.
    RingTimeOver,
    /// The contact left.
    ContactGone,
    /// The agent became unreachable or engaged.
    AgentGone,
    /// The queue sent the contact on.
    SentOn,
    /// Another agent who was rung for it answered first.
    AnsweredElsewhere,
}

impl Revocation {
    /// What an offer that was taken back is to its agent: one that he missed, or (nothing) no fault of his. The agent
    /// who lets it ring has missed it; one whose phone or whose own call took him away has not, nor has one whose caller
    /// went.
    pub fn failure(self) -> Option<OfferFailure> {
        match self {
            Revocation::RingTimeOver => Some(OfferFailure::NoAnswer),
            Revocation::ContactGone | Revocation::AgentGone | Revocation::SentOn | Revocation::AnsweredElsewhere => {
                None
            }
        }
    }
}

/// What call control must do or know.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// Something was decided about a contact.
    Contact(ContactId, ContactEvent),
    /// An agent's state changed.
    AgentChanged {
        /// The agent.
        agent: AgentId,
        /// His status.
        status: Status,
        /// What he does.
        work: Work,
        /// Whether a device of his can be rung.
        reachable: bool,
    },
}

/// What is decided about a contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContactEvent {
    /// It waits, at this position (1 is next).
    Queued {
        /// The queue.
        queue: QueueId,
        /// The position.
        position: u32,
        /// Which of its stays begins.
        segment: u16,
    },
    /// Ring this agent for it.
    Offered {
        /// The offer.
        offer: OfferId,
        /// The queue that it waits in.
        queue: QueueId,
        /// The agent, reserved.
        agent: AgentId,
        /// How long the engine lets it ring.
        ring: Duration,
        /// In which of its stays.
        segment: u16,
    },
    /// Stop ringing.
    OfferRevoked {
        /// The offer.
        offer: OfferId,
        /// The agent.
        agent: AgentId,
        /// Why.
        why: Revocation,
        /// How long it rang.
        rang: Duration,
    },
    /// It left its queue for the queue's overflow; its segment ends.
    Overflowed {
        /// The queue.
        queue: QueueId,
        /// Why.
        why: OverflowReason,
        /// The queue's rule that says so; absent when no rule names this case.
        rule: Option<OverflowWhen>,
        /// How long it waited there, credit aside.
        waited: Duration,
        /// Which of its stays ended.
        segment: u16,
    },
}

/// What the engine puts out.
#[derive(Clone, Debug, PartialEq)]
pub enum Output {
    /// For call control.
    Event(Event),
    /// For the journal: every input and every decision, in order.
    Journal(Box<Entry>),
    /// For the store that the nodes of a fleet share: is this agent ours? [`Command::Reserved`] answers. Only an engine
    /// that was made to ask ([`crate::Engine::asking`]) puts this out.
    Reserve {
        /// The offer that wants him.
        offer: OfferId,
        /// The agent.
        agent: AgentId,
        /// For whom.
        contact: ContactId,
    },
    /// For the same store: what held the agent for this contact, an offer or a conversation, is over.
    Release {
        /// The agent.
        agent: AgentId,
        /// The contact.
        contact: ContactId,
    },
}

/// One line of the journal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Counts up by one.
    pub sequence: u64,
    /// When.
    pub now: Now,
    /// What.
    pub what: What,
}

/// An input or a decision.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "Written")]
pub enum What {
    /// The engine began, with this version of its rules: the first entry. Journals of version 1 have none.
    Begun {
        /// [`crate::RULES`].
        rules: u32,
        /// It asks the fleet's store before it rings an agent.
        #[serde(skip_serializing_if = "is_default")]
        asks: bool,
    },
    /// A command came in.
    Input(Command),
    /// Time came in: timers due by then fired.
    Tick,
    /// The engine decided.
    Decision(Event),
    /// `Reconfigure` as the journal's store has it: the configuration by its hash, its text kept once beside the journal.
    Configured {
        /// Of [`Setup::plan`]'s text.
        setup: SetupHash,
        /// Who could be rung then.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        present: Vec<(AgentId, Presence)>,
    },
    /// An agent was reserved, and the fleet's store was asked whether he is ours.
    Asked {
        /// The offer.
        offer: OfferId,
        /// The agent.
        agent: AgentId,
        /// For whom.
        contact: ContactId,
    },
    /// What a `HandOver` did: from now on the agent talks to the contact.
    HandedOver {
        /// The contact.
        contact: ContactId,
        /// The agent.
        agent: AgentId,
        /// His segment of the contact.
        segment: u16,
        /// Whoever talked to it still does.
        #[serde(skip_serializing_if = "is_default")]
        joins: bool,
    },
    /// What a `Take` does: the offer that comes next is out of turn.
    Picked {
        /// The contact.
        contact: ContactId,
        /// The agent who is to have it.
        agent: AgentId,
    },
    /// What an `Accepted` did: the contact's wait is over, it talks to the agent. Call control knows, since it said so.
    Served {
        /// The contact.
        contact: ContactId,
        /// The offer that the agent answered.
        offer: OfferId,
        /// The queue that it waited in.
        queue: QueueId,
        /// The agent.
        agent: AgentId,
        /// How long it waited there, credit aside.
        waited: Duration,
        /// How long the offer rang.
        rang: Duration,
        /// In which of its stays.
        segment: u16,
    },
    /// `Overflowed` in a journal that named the rule by its place in the queue's list. Only read, never written.
    SentOnBy {
        /// The contact.
        contact: ContactId,
        /// The queue.
        queue: QueueId,
        /// Why.
        why: OverflowReason,
        /// The place of the rule.
        nth: usize,
    },
}
