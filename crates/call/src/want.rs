//! What a party wants of its call: the verdict of whoever was told something.

use crate::life::Exit;
use crate::ringing::{RingingId, Verdict};
use dialplan::flow::{Action, Outcome};
use sip::Referral;
use terms::{Cause, LegId};

/// What somebody has called for who comes into a call that runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ComesFor {
    /// The place of this one (RFC 3891).
    Place(LegId),
    /// Whoever is parked.
    Parked,
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
    /// He has left.
    Leave(Option<Cause>),
    /// The call is to end.
    End(Exit),
    /// He comes for this, and his stream has its port.
    Come(ComesFor),
    /// He wants to be replaced by somebody else.
    Refer(Box<Referral>),
}
