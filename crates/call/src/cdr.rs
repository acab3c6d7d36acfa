//! The account of a call: what call control tells the ledger, and when.
//!
//! `Opened` is told as soon as the call is past authentication and `Closed` at its end: a call whose
//! `Closed` is missing died with its node. All times are wall milliseconds at the switch.

mod kept;
mod leg;
mod message;
mod parking;
mod seating;
mod watching;

pub use acd::{CallEvent, CallEventKind};
pub use kept::KeptContact;
pub use leg::{ForwardedBy, How, LegRecord, LegRole, Moved};
pub use message::{Mark, Message, MessageMark};
pub use parking::{Parking, ParkingEnd, Unparked};
pub use seating::Seating;
use serde::{Deserialize, Serialize};
use sip::Source;
use std::time::Duration;
pub use terms::By;
use terms::{AgentId, CallRef, CaptureId, Cause, ContactId, LegId, PhoneId, Pii, QueueId, TrunkId, Wall, words};
pub use watching::Watching;

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Entry {
    /// A call began.
    Opened(Box<CallRecord>),
    /// A call ended: the record in full.
    Closed(Box<CallRecord>),
    /// Something happened in a queue or to an agent.
    Event(CallEvent),
    /// A recording is complete.
    Captured(Box<Recording>),
    /// A leg is gone: what became of it. Once for each, whichever way it went.
    Leg(Box<LegRecord>),
    /// Somebody was parked, or is so no more.
    Parked(Box<Parking>),
    /// Somebody is in a conference room, or is so no more.
    Seated(Box<Seating>),
    /// Somebody watches a conversation, or does so no more.
    Watched(Box<Watching>),
    /// Somebody begins to leave a message, or has left it.
    Message(Box<Message>),
    /// Somebody has heard a message, is done with it, or has deleted it.
    Marked(Box<MessageMark>),
    /// A leg went on in another call: its account so far, in that one; the last of its moves is this one.
    Moved {
        /// The ledger keeps its dialog by this.
        leg: LegId,
        /// The account.
        record: Box<LegRecord>,
    },
}

/// The record of one call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CallRecord {
    /// The call.
    pub call: CallRef,
    /// The Call-ID header's value of the leg that brought it.
    pub sip_call_id: String,
    /// Who brought it.
    pub source: Source,
    /// The caller.
    pub caller: Pii<String>,
    /// The number that was called.
    pub called: Pii<String>,
    /// INVITE received.
    pub started: Wall,
    /// 200 sent to the caller.
    pub answered: Option<Wall>,
    /// The caller heard somebody (an agent, a phone, a number).
    pub connected: Option<Wall>,
    /// The last leg's end was decided.
    pub ended: Option<Wall>,
    /// How it went.
    pub outcome: Outcome,
    /// The final status sent to the caller when it was never answered.
    pub status: Option<u16>,
    /// Why it ended.
    pub cause: Cause,
    /// Who ended it.
    pub ended_by: By,
    /// The last queue that it entered.
    pub queue: Option<QueueId>,
    /// Its contact there.
    pub contact: Option<ContactId>,
    /// The agent who took it.
    pub agent: Option<AgentId>,
    /// The phone that answered it, an agent's or one that was rung directly.
    pub phone: Option<PhoneId>,
    /// The trunk that it was sent out by: the last one that was tried, unless a phone answered.
    pub trunk_out: Option<TrunkId>,
    /// Time in queues, in milliseconds.
    pub waited_ms: u64,
    /// Time in conversation, on hold or not, in milliseconds.
    pub talked_ms: u64,
    /// Of which (talked) on hold, in milliseconds.
    pub held_ms: u64,
    /// Its recording.
    pub capture: Option<CaptureId>,
    /// The keys that were pressed in menus.
    pub digits: String,
    /// What passed through the caller's stream.
    pub media: Option<media::StreamTotals>,
    /// The call in which whoever was left in this one goes on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub joined: Option<CallRef>,
}

impl CallRecord {
    /// Of a call that begins now, with the numbers of who calls and of who is called.
    pub(crate) fn new(call: CallRef, source: Source, numbers: (Pii<String>, Pii<String>), now: Wall) -> CallRecord {
        let (caller, called) = numbers;
        CallRecord {
            call,
            sip_call_id: String::new(),
            source,
            caller,
            called,
            started: now,
            answered: None,
            connected: None,
            ended: None,
            outcome: Outcome::Open,
            status: None,
            cause: Cause::NORMAL,
            ended_by: By::Switch,
            queue: None,
            contact: None,
            agent: None,
            phone: None,
            trunk_out: None,
            waited_ms: 0,
            talked_ms: 0,
            held_ms: 0,
            capture: None,
            digits: String::new(),
            media: None,
            joined: None,
        }
    }
}

/// How a call went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Still running (only in `Opened`), or the node died.
    Open,
    /// Somebody talked to the caller.
    Answered,
    /// The caller left while he waited in a queue.
    Abandoned,
    /// The caller left, or the flow ended, before anybody was there.
    Finished,
    /// It was refused, or nobody could be reached.
    Failed,
    /// Whoever was left in it goes on in another call: it is in no total, since that one is.
    Joined,
}

words! { Outcome {
    Open "open", Answered "answered", Abandoned "abandoned", Finished "finished", Failed "failed",
    Joined "joined",
} }

/// A recording.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recording {
    /// Its id.
    pub capture: CaptureId,
    /// Whose.
    pub call: CallRef,
    /// When its timeline begins.
    pub started: Wall,
    /// What became of it.
    pub summary: media::CaptureSummary,
    /// Who is on it, in the order in which they came.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tracks: Vec<Track>,
}

/// A leg on one side of a recording: until the next one on that side, its own end, or the recording's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Track {
    /// The left side is 0, the right one 1.
    pub side: u8,
    /// Which of the call's legs; nobody's while whoever was on it speaks with somebody beside the conversation.
    pub leg: Option<u16>,
    /// Since then.
    pub since: Wall,
}

/// A length of time as the account has it.
pub(crate) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
