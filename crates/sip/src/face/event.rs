//! What call control must know.

use super::{BindingId, BindingLine, Body, Diversion, Source};
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;
use terms::{Cause, LegId, PhoneId, Pii, TrunkId};

/// A new call as it arrived.
#[derive(Clone, Debug)]
pub struct Arrival {
    /// Who sent it.
    pub source: Source,
    /// The caller's number or user, as in `called`: P-Asserted-Identity from a trunk, else the user part of From
    /// (for a phone always its own user, whatever its From claims).
    pub caller: Pii<String>,
    /// The caller's display name.
    pub caller_name: Option<Pii<String>>,
    /// The caller wants both withheld from whoever is called (RFC 3323).
    pub withheld: bool,
    /// The user part of the Request-URI, unescaped, or its number: without parameters and visual separators.
    pub called: Pii<String>,
    /// The Call-ID header's value, for the record.
    pub call_id: String,
    /// Hops left; a leg placed for this call carries one less.
    pub max_forwards: u8,
    /// The address that it came from.
    pub remote: SocketAddr,
    /// The session offer; absent for a delayed offer.
    pub body: Option<Body>,
    /// Who has forwarded it last before it came here, and how often it was, as far as it says.
    pub diversion: Option<Box<Diversion>>,
    /// The leg whose place it is to take (RFC 3891). Whether it may is for call control to say.
    pub replaces: Option<Replaced>,
}

/// A leg that another one is to take the place of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Replaced {
    /// Which.
    pub leg: LegId,
    /// It is not answered yet.
    pub early: bool,
}

/// What a phone asks for with a REFER (RFC 3515). Of what stands beside the URI in Refer-To only Replaces is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Referral {
    /// Its number within the leg.
    pub refer: u32,
    /// Whom its other side is to be connected with, as in [`Arrival::called`].
    pub to: Pii<String>,
    /// The leg, also of this phone, whose other side that is.
    pub replaces: Option<Replaced>,
    /// Who asks, by his password.
    pub by: PhoneId,
}

/// How a leg ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum EndedBy {
    /// The other side sent BYE.
    Peer,
    /// The caller sent CANCEL before our final answer.
    Cancelled,
    /// We released it.
    Us,
    /// A timer ran out: no ACK, no response, no refresh.
    Timeout,
}

/// What call control must know.
#[derive(Clone, Debug)]
pub enum Event {
    /// A new call, past authentication.
    Invited {
        /// Its leg, from `LegId::inbound`.
        leg: LegId,
        /// Who, where to, with what.
        arrival: Box<Arrival>,
    },
    /// Something happened to a leg.
    Leg(LegId, LegEvent),
    /// Somebody asks what would become of a call (OPTIONS); answer with `AnswerQuery`.
    Queried {
        /// Its number.
        query: u64,
        /// Who, where to.
        arrival: Box<Arrival>,
    },
    /// A device of a phone came, went, or is preferred otherwise.
    Bindings(Bindings),
    /// A configuration was taken (see [`Input::Reconfigure`](super::Input::Reconfigure)) with which devices came or
    /// went; told before whatever else follows from it, and not at all when none did.
    Reconfigured(Vec<Bindings>),
    /// Our own registration succeeded or failed.
    Registered {
        /// Which account; that of a trunk has the trunk's number.
        account: u64,
        /// The final status; 408 also where nobody answered, 503 where there is no way.
        status: u16,
    },
    /// A carrier that is watched began to answer, or ceased to.
    TrunkReachable {
        /// Which.
        trunk: TrunkId,
        /// Whether it answers.
        reachable: bool,
    },
}

/// The devices at which a phone can be rung now: those that are registered and can be sent to, or its fixed contact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bindings {
    /// The phone.
    pub phone: PhoneId,
    /// All of them, the one to ring first first; none: the phone cannot be reached.
    pub lines: Vec<BindingLine>,
    /// Those of `lines` that were not there when this was told last.
    pub came: Vec<BindingId>,
    /// Those that were, and are not among `lines`.
    pub went: Vec<BindingId>,
}

/// What happens to a leg. Exactly one `Refused` or `Ended` is the last of it.
#[derive(Clone, Debug)]
pub enum LegEvent {
    /// A provisional response to our INVITE (18x; 100 is kept here).
    Progress {
        /// The address that the INVITE went to.
        remote: SocketAddr,
        /// The status.
        status: u16,
        /// Which early dialog: 0 for the first To tag seen, 1 for the next. 199 says that it is over (RFC 6228).
        early: u32,
        /// An early answer; or, when we made no offer and it is reliable, the offer to answer with `Acknowledge`.
        body: Option<Body>,
    },
    /// Our INVITE was accepted. A second 2xx from another branch is ACKed and released here (RFC 3261 13.2.2.4).
    Answered {
        /// The address that the INVITE went to.
        remote: SocketAddr,
        /// Which early dialog it confirms, numbered as in `Progress`.
        early: u32,
        /// The answer; or, when we made no offer, the offer to answer with `Acknowledge`.
        body: Option<Body>,
    },
    /// ACK to our 200 arrived. It comes again, with a body, for a re-INVITE without an
    /// offer: the answer to ours.
    Established {
        /// The answer, when our 200 carried the offer.
        body: Option<Body>,
    },
    /// Our INVITE failed. The leg is gone. 408 also stands for "nobody there", 480 for "no binding".
    Refused {
        /// The final status.
        status: u16,
        /// From the Reason header.
        cause: Option<Cause>,
        /// The number to which it redirects (3xx), as in [`Arrival::called`].
        to: Option<Box<Pii<String>>>,
    },
    /// The leg is gone.
    Ended {
        /// By whom.
        by: EndedBy,
        /// From the Reason header.
        cause: Option<Cause>,
    },
    /// An offer of theirs (re-INVITE, UPDATE or PRACK); answer with `AnswerOffer` or `RefuseOffer`.
    Offered {
        /// The address that it came from.
        remote: SocketAddr,
        /// The early dialog that it is made in, numbered as in `Progress`; absent where a leg has but one dialog.
        early: Option<u32>,
        /// The offer; absent when they ask for ours.
        body: Option<Body>,
    },
    /// Our offer was accepted.
    OfferAnswered {
        /// The answer; or, when we asked for it, the offer to answer with `Acknowledge`.
        body: Option<Body>,
    },
    /// Our offer was refused; the session stays as it was.
    OfferRefused {
        /// The final status.
        status: u16,
    },
    /// The phone wants its other side connected with somebody else; answer with `AcceptRefer` or `RefuseRefer`.
    Referred(Box<Referral>),
    /// A REFER of ours was answered.
    ReferAnswered {
        /// The final status.
        status: u16,
    },
    /// How the call goes on that a REFER of ours led to.
    ReferTold {
        /// What it was answered with so far.
        status: u16,
    },
    /// INFO arrived (already answered with 200).
    InfoReceived {
        /// What it says.
        body: Body,
    },
}
