//! How far a call is, and how it ends: the words for it.

use crate::cdr::By;
use std::time::Duration;
use terms::{Cause, Mono};

/// How long the cores may take to let go of what is over. RFC 3261 17.1.2.2: a BYE gives up after 64*T1 = 32 s; a CANCEL may
/// wait as long for its 487.
pub(crate) const WATCHDOG: Duration = Duration::from_secs(2 * 32 + 6);

/// How far a call is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Life {
    Open,
    /// The end was decided; the cores are to forget the call until then.
    Ending {
        until: Mono,
    },
    /// Nothing is left; the record has gone to the ledger.
    Gone,
}

/// How a call ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Exit {
    pub cause: Cause,
    pub by: By,
    /// The final status for a caller who was never answered; default: what the cause says.
    pub status: Option<u16>,
}

impl Exit {
    /// The switch ends it.
    pub const fn of(cause: Cause, status: Option<u16>) -> Exit {
        Exit { cause, by: By::Switch, status }
    }

    /// He left by himself.
    pub fn by(by: By, cause: Option<Cause>) -> Exit {
        Exit { cause: cause.unwrap_or(Cause::NORMAL), by, status: None }
    }
}

/// Whether an end is to come now, or only when nobody is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sure {
    Decided,
    Otherwise,
}
