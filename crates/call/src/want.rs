//! What a party wants of its call: the verdict of whoever was told something.

use crate::life::Exit;
use crate::ringing::{RingingId, Verdict};
use crate::seat::Entrance;
use dialplan::flow::{Action, Outcome};
use sip::Referral;
use terms::{Cause, LegId, WatchMode};

/// What somebody has called for who comes into a call that runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ComesFor {
    /// The place of this one (RFC 3891).
    Place(LegId),
    /// Whoever is parked.
    Parked,
}

/// What a party is to be in the call that it comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Join {
    /// It takes the place of one who wants that.
    Instead {
        of: LegId,
        /// The REFER that it comes of: the leg in which it was asked for, and its number there.
        refer: (LegId, u32),
    },
    /// It comes into the room that the call is.
    Room(Entrance),
    /// It goes its own way: the call is its own.
    Alone,
    /// It is the standing call of an agent for whom an offer is.
    Serve,
    /// The same, back where it stands without a contact.
    Home,
    /// It watches this one.
    Watch { of: LegId, mode: WatchMode },
}

impl Join {
    /// Whether several may be on their way to the call at once.
    pub fn is_one_of_many(self) -> bool {
        matches!(self, Join::Room(_) | Join::Watch { .. } | Join::Serve | Join::Home)
    }
}

/// What a party wants of its call.
#[derive(Debug)]
pub(crate) enum Want {
    Nothing,
    /// His flow begins: his stream has its port.
    Begin,
    /// His flow goes on, after what he was at went like this.
    Next(Outcome),
    /// This is what his flow says.
    Go(Action),
    /// He is through: his call is confirmed.
    Through,
    /// So it stands with those who are rung for him.
    Rung(RingingId, Verdict),
    /// He has typed a PIN.
    Typed,
    /// What comes next with the message that he leaves.
    Message,
    /// He has left.
    Leave(Option<Cause>),
    /// The call is to end.
    End(Exit),
    /// He comes for this, and his stream has its port.
    Come(ComesFor),
    /// He goes to another call, as he has wanted by a code.
    Visit,
    /// He wants to be replaced by somebody else.
    Refer(Box<Referral>),
}
