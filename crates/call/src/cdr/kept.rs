//! A contact that nobody's leg holds, as it is kept: whatever becomes of the switch, the work is there still.

use serde::{Deserialize, Serialize};
use terms::{ContactId, ContactKind, Pii, QueueId, Wall};

/// Such a contact in a queue, or with the agent who took it from there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptContact {
    /// Its id, the same for life.
    pub contact: ContactId,
    /// Its queue.
    pub queue: QueueId,
    /// What kind of work it is.
    pub kind: ContactKind,
    /// What it is about.
    pub subject: Pii<String>,
    /// Which of its stays in queues it is in.
    pub segment: u16,
    /// How long it had waited before this stay.
    pub before_ms: u64,
    /// When this stay began.
    pub entered: Wall,
}
