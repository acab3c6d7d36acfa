//! What can happen in a running call, one file each.

pub(crate) mod connect;
pub(crate) mod hold;
pub(crate) mod introduce;
pub(crate) mod leave;
pub(crate) mod parcel;
pub(crate) mod press;
pub(crate) mod queue;
pub(crate) mod replace;
pub(crate) mod ring;
pub(crate) mod transfer;

use crate::call::Call;
use crate::desk::Desk;
use crate::party::Want;
use dialplan::Routed;
use terms::{LegId, PhoneId};

/// What somebody outside wants of a running call. A party is named by its leg.
#[derive(Clone, Debug)]
pub enum Verb {
    /// A party hears no longer what the others say, nor they it; or does again.
    Hold {
        /// Whom.
        party: LegId,
        /// Whether it is put on hold or taken back.
        on: bool,
    },
    /// A party is connected with somebody else; who talks to it now is let go of once that is done.
    Transfer {
        /// Whom.
        party: LegId,
        /// With whom.
        to: Routed,
        /// With whose rights that was found, and on whose account it is; absent: those of who is let go of.
        by: Option<PhoneId>,
    },
}

/// Why a verb cannot be obeyed now, in words; nothing, if it can.
pub(crate) fn may(call: &Call, verb: &Verb) -> Result<(), &'static str> {
    match verb {
        Verb::Hold { party, on } => hold::may(call, *party, *on),
        Verb::Transfer { party, .. } => transfer::may(call, *party),
    }
}

/// Obeys it; what a party wants then.
pub(crate) fn obey(call: &mut Call, desk: &mut Desk<'_>, verb: Verb) -> Option<(LegId, Want)> {
    // What was asked before may not be so any more.
    may(call, &verb).ok()?;
    match verb {
        Verb::Hold { party, on } => hold::hold(call, party, on),
        Verb::Transfer { party, to, by } => return transfer::command(call, desk, party, to, by),
    }
    None
}
