//! What two rooms must share: ids, time, skills and requirements, causes, personal data, the brake on guessed PINs, limits.
//!
//! Nothing here does anything by itself; a type belongs here only when two cores must mean the same by it and neither is
//! the place of the other.

mod allowance;
mod cause;
mod contact;
mod forward;
mod guesses;
mod id;
pub mod limits;
mod mailbox;
mod network;
mod pii;
mod queue;
mod rejection;
mod skill;
mod source;
mod time;
mod watch;
mod word;

pub use allowance::Allowance;
pub use cause::Cause;
pub use contact::{By, ContactKind};
pub use forward::ForwardWhy;
pub use guesses::{Guesses, Patience, Waits, is_same};
pub use id::{
    AgentId, CallRef, CaptureId, ContactId, FlowId, GroupId, HoursId, LegId, LinkId, NoId, NoSlot, OfferId, PhoneId,
    PlayId, PromptId, QueueId, RoomId, SkillId, Slot, StreamId, TenantId, TrunkId,
};
pub use mailbox::Mailbox;
pub use network::{covers, is_private};
pub use pii::Pii;
pub use queue::{BackOff, OverflowWhen, Strategy};
pub use rejection::Rejection;
pub use skill::{Requirement, Skills};
pub use source::{IdSource, Incarnation, NoSeq, Seq};
pub use time::{Mono, Now, Wall};
pub use watch::WatchMode;
pub use word::{Told, Word};
