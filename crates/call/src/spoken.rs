//! A message that a party leaves now, as its call has it.

use crate::cdr::Message;
use dialplan::Leave;
use terms::{LegId, Mono};

/// A message that a party leaves now.
pub(crate) struct Spoken {
    pub who: LegId,
    pub leave: Leave,
    pub since: Mono,
    pub account: Message,
    /// Nobody has spoken at its end for as long as ends it.
    pub silent: bool,
}
