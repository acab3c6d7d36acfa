//! What call control asks for.

use super::{BindingId, Body, Extras, SubId, TextId};
use std::time::Duration;
use terms::{Cause, LegId, PhoneId, Pii, TrunkId};

/// Where a leg is to be placed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A phone: its best binding, or its fixed contact.
    Phone(PhoneId),
    /// One device of a phone.
    Binding {
        /// The phone.
        phone: PhoneId,
        /// Which of [`Bindings::lines`](super::Bindings::lines).
        binding: BindingId,
    },
    /// A number behind a trunk.
    Trunk {
        /// Which trunk.
        trunk: TrunkId,
        /// The number, already in the form that the trunk expects.
        number: Pii<String>,
    },
}

/// Why a leg is released, as Reason tells the other side (RFC 3326).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reason {
    /// The Q.850 cause, also for the status that a leg without an answer is refused with.
    pub cause: Cause,
    /// The SIP status that stands beside it.
    pub status: Option<u16>,
}

impl Reason {
    /// Somebody else has taken the call: the form that phones know, and then keep no missed call (RFC 3326 3.1).
    pub const ELSEWHERE: Reason = Reason { cause: Cause::TAKEN_ELSEWHERE, status: Some(200) };
}

impl From<Cause> for Reason {
    fn from(cause: Cause) -> Reason {
        match cause {
            Cause::TAKEN_ELSEWHERE => Reason::ELSEWHERE,
            cause => Reason { cause, status: None },
        }
    }
}

/// What call control asks for. A command that no longer fits (the leg has ended meanwhile) is ignored.
#[derive(Clone, Debug)]
pub enum Command {
    /// Place a leg.
    Invite {
        /// Its id, from `LegId::outbound`.
        leg: LegId,
        /// Where to.
        target: Target,
        /// Who is calling, for From.
        caller: Pii<String>,
        /// The caller's display name.
        caller_name: Option<Pii<String>>,
        /// Both are withheld: From is anonymous, and only a carrier that is trusted is told them.
        withheld: bool,
        /// Hops that remain for it.
        max_forwards: u8,
        /// What else it says.
        extras: Option<Box<Extras>>,
        /// The session offer.
        body: Option<Body>,
    },
    /// A provisional response (101-199) to a received INVITE.
    Progress {
        /// The leg.
        leg: LegId,
        /// 180, 181, 182 or 183.
        status: u16,
        /// An early answer.
        body: Option<Body>,
    },
    /// 200 to a received INVITE.
    Answer {
        /// The leg.
        leg: LegId,
        /// The answer, or our offer when the INVITE had none.
        body: Option<Body>,
    },
    /// A final failure to a received INVITE. Ends the leg.
    Refuse {
        /// The leg.
        leg: LegId,
        /// 300-699.
        status: u16,
        /// The Q.850 cause for the Reason header.
        cause: Option<Cause>,
        /// For 503 and 480.
        retry_after: Option<Duration>,
    },
    /// Send whoever calls elsewhere: 302 (synthetic phones; the switch sends nobody away). Ends the leg.
    Redirect {
        /// The leg.
        leg: LegId,
        /// The number.
        to: Pii<String>,
    },
    /// End the leg as its state demands: refusal, CANCEL or BYE (RFC 3261 15).
    Release {
        /// The leg.
        leg: LegId,
        /// Why.
        reason: Reason,
    },
    /// Our answer to an offer that came in a response to our INVITE: in the ACK of a 200, or in the PRACK of a reliable
    /// provisional one. (Otherwise `sip` acknowledges by itself.)
    Acknowledge {
        /// The leg.
        leg: LegId,
        /// The answer.
        body: Body,
    },
    /// An offer of ours, in whatever message the state of the leg allows: re-INVITE, or UPDATE before there is an answer.
    /// While another one is pending either way it waits its turn (491 and its back-off are handled here).
    Offer {
        /// The leg.
        leg: LegId,
        /// The offer; absent: we ask for theirs.
        body: Option<Body>,
    },
    /// Our answer to an offer of theirs.
    AnswerOffer {
        /// The leg.
        leg: LegId,
        /// The answer; or our offer, where they asked for it.
        body: Option<Body>,
    },
    /// Their offer does not fit; the session stays as it was.
    RefuseOffer {
        /// The leg.
        leg: LegId,
        /// 488 as a rule.
        status: u16,
    },
    /// 202 to a REFER: the transfer is on. `TellRefer` says how it goes.
    AcceptRefer {
        /// The leg.
        leg: LegId,
        /// Its number, from [`Referral`](super::Referral).
        refer: u32,
    },
    /// A failure to a REFER.
    RefuseRefer {
        /// The leg.
        leg: LegId,
        /// Its number.
        refer: u32,
        /// 603 as a rule.
        status: u16,
    },
    /// How the call goes on that an accepted REFER led to; a final status is the last word. Also after the leg has ended:
    /// whoever asked may have hung up, and still want to know.
    TellRefer {
        /// The leg.
        leg: LegId,
        /// Its number.
        refer: u32,
        /// What the new call was answered with so far.
        status: u16,
    },
    /// Who is at the other end of a phone's leg now, for its screen; nothing for a carrier.
    Introduce {
        /// The leg.
        leg: LegId,
        /// His number or user.
        number: Pii<String>,
        /// His display name.
        name: Option<Pii<String>>,
    },
    /// At the other end of a leg is a conference from now on (RFC 4579): our Contact says so, and is where who is in it can be
    /// watched. A phone that knows another Contact of ours is told, and shows the name.
    Focus {
        /// The leg.
        leg: LegId,
        /// The user part by which the conference is reached.
        number: Pii<String>,
        /// Its name.
        name: Option<Pii<String>>,
    },
    /// Ask that the other side be connected with somebody else (synthetic phones; the switch asks nobody).
    Refer {
        /// The leg.
        leg: LegId,
        /// With whom.
        to: Pii<String>,
        /// With whoever is at the other end of this one.
        replaces: Option<LegId>,
        /// Nobody wants to hear how it goes (RFC 4488).
        quiet: bool,
    },
    /// Place a leg that takes the place of another one (RFC 3891; synthetic phones).
    TakeOver {
        /// Its id, from `LegId::outbound`.
        leg: LegId,
        /// Where to.
        target: Target,
        /// Who is calling, for From.
        caller: Pii<String>,
        /// The value of Replaces, from [`Endpoint::replaces_value`](crate::Endpoint::replaces_value).
        replaces: String,
        /// The session offer.
        body: Option<Body>,
    },
    /// INFO in a confirmed leg whose other side says that it takes INFO (Allow). What is sent one after the other arrives so.
    Info {
        /// The leg.
        leg: LegId,
        /// What it says.
        body: Body,
    },
    /// What would become of the call that was asked about.
    AnswerQuery {
        /// Its number.
        query: u64,
        /// The final status that an INVITE would get, or 200.
        status: u16,
    },
    /// A subscription may be: 200, and this is what is to be known now.
    Admit {
        /// Which.
        sub: SubId,
        /// The document; absent where there is nothing to say.
        body: Option<Body>,
    },
    /// It may not be.
    Deny {
        /// Which.
        sub: SubId,
        /// 404 or 403 as a rule.
        status: u16,
    },
    /// What a subscription is to know now. Of two that wait behind a NOTIFY which is not answered the latest counts.
    Notify {
        /// Which.
        sub: SubId,
        /// The document, which says everything.
        body: Body,
    },
    /// What is watched is no more, or no longer for him.
    EndSubscription {
        /// Which.
        sub: SubId,
    },
    /// A text is for this phone.
    PassText {
        /// Which.
        text: TextId,
        /// Whose.
        to: PhoneId,
    },
    /// A text is for nobody here.
    RefuseText {
        /// Which.
        text: TextId,
        /// 404 as a rule.
        status: u16,
    },
    /// Refuse new INVITEs with 503 (true) or take them again (false). Whether calls exist is not sip's business.
    Drain(bool),
    /// Register a phone of ours with a registrar (synthetic phones; trunks do so by themselves). Repeats by itself until `Unregister`.
    Register {
        /// Which account in [`Config::registrations`].
        account: u64,
    },
    /// Unregister it.
    Unregister {
        /// Which.
        account: u64,
    },
}
