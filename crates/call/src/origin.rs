//! How a call began: what stays true of it, whoever is in it later.

use crate::ringing::Charge;
use crate::seat::Entrance;
use crate::trail::Trail;
use dialplan::Routed;
use terms::{CallRef, LegId, Mono, Pii};

/// How a call began.
pub(crate) struct Origin {
    /// The leg that brought it. One that begins here has none before somebody has answered for whom it is dialled.
    pub leg: LegId,
    pub at: Mono,
    pub name: Option<Pii<String>>,
    /// Its caller wants his number and name withheld.
    pub withheld: bool,
    /// The route that took it, in its own plan.
    pub route: Option<usize>,
    pub max_forwards: u8,
    /// The route wants conversations recorded.
    pub recorded: bool,
    /// How it has been forwarded, if it was.
    pub trail: Option<Box<Trail>>,
    /// Who pays for whom his flow rings, where that is not who brought the call.
    pub charge: Option<Box<Charge>>,
    /// What is to be dialled for the one who is rung first, or who comes from elsewhere.
    pub dialled: Option<Box<Dialled>>,
    /// He was sent out of this room, and nobody has taken him yet.
    pub room: Option<Box<LeftRoom>>,
}

/// A room that somebody was sent out of, and how he was there.
pub(crate) struct LeftRoom {
    pub call: CallRef,
    pub seat: Entrance,
}

/// A call that begins here, until the one for whom it is dialled has answered.
pub(crate) struct Dialled {
    /// Where he goes then.
    pub routed: Routed,
    /// As whom he is shown the one whom he will get.
    pub name: Option<Pii<String>>,
}
