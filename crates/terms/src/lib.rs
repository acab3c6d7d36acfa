//! What two rooms must share: ids, time, skills and requirements, causes, personal data, limits.
//!
//! Nothing here has behaviour of its own; a type belongs here only when two cores that may not
//! import one another must name the same thing.

mod cause;
mod id;
pub mod limits;
mod network;
mod pii;
mod rejection;
mod room;
mod skill;
mod source;
mod time;

pub use cause::Cause;
pub use id::{
    AgentId, CallRef, CaptureId, ContactId, LegId, LinkId, OfferId, PhoneId, PlayId, PromptId, QueueId, SkillId,
    StreamId, TenantId, TrunkId,
};
pub use network::covers;
pub use pii::Pii;
pub use rejection::Rejection;
pub use room::Room;
pub use skill::{Requirement, Skills};
pub use source::{IdSource, Incarnation, NoSeq, Seq};
pub use time::{Mono, Now, Wall};
