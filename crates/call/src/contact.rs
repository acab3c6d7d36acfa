//! A party's place in a queue, and the conversation that came of it.

use crate::cdr::millis;
use media::Playing;
use std::time::Duration;
use terms::{ContactId, Mono, Now, OfferId, QueueId};

/// A contact in a queue, and the conversation that it led to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Contact {
    pub id: ContactId,
    pub queue: QueueId,
    pub since: Mono,
    /// What the party hears while it waits.
    pub music: Playing,
    /// The offer that was accepted: it waits no more.
    pub talks: Option<OfferId>,
    /// His own call is only now being answered: he is joined to the agent once it is, and keeps his place until then.
    pub joins: bool,
    /// How long it was on hold, in conversations that are over.
    pub held: Duration,
    /// What of the present conversation's time on hold is not its own, since it came later.
    pub before: Duration,
}

impl Contact {
    /// No agent has it yet.
    pub fn waits(&self) -> bool {
        self.talks.is_none()
    }

    pub fn waited_ms(&self, now: Now) -> u64 {
        millis(now.mono.since(self.since))
    }
}
