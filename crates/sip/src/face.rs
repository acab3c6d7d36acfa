//! What goes into the signalling core and what comes out of it.
//!
//! The contract of a leg: `Invited` (or the command `Invite`) begins it; exactly one `Refused` or
//! `Ended` ends it, also after a `Release`; no event names it afterwards. Bodies are opaque here.

pub use crate::kept::{DialogChange, Head, KeptArrival, KeptDialog, KeptInvite, KeptParty, Owed};
pub use crate::noted::{ContactSeen, Failure, Noted, PhoneSeen, Refusal};
use crate::origin::Origin;
pub use crate::ours::{Credentials, Expires, Host, Registration, RegistrationFailure, TrunkPeer};
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;
use terms::{Cause, LegId, LinkId, PhoneId, Pii, TrunkId, Wall};

/// How bytes travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Transport {
    /// Datagrams.
    Udp,
    /// A stream, framed by Content-Length.
    Tcp,
}

/// What the shell (or the simulator) tells the core.
#[derive(Clone, Debug)]
pub enum Input {
    /// A link is there: a UDP listener (no fixed remote), an accepted or a connected stream.
    LinkOpened {
        /// Its id: `LinkId::accepted` from the shell, or the one in [`Output::Connect`].
        link: LinkId,
        /// How its bytes travel.
        transport: Transport,
        /// The address that the peer sees, as far as the shell knows.
        local: SocketAddr,
        /// The other end; absent for a UDP listener.
        remote: Option<SocketAddr>,
    },
    /// A link is gone, or could not be connected.
    LinkClosed {
        /// Which.
        link: LinkId,
    },
    /// A datagram, or the next piece of a stream.
    Received {
        /// Where it came in.
        link: LinkId,
        /// Who sent it.
        remote: SocketAddr,
        /// What was sent.
        bytes: Bytes,
    },
    /// Call control wants something.
    Command(Command),
    /// Trunks, phones and limits, at the start and at each reload. Running legs are untouched.
    Reconfigure(Box<Config>),
    /// A binding that the ledger kept from before a restart.
    Restore(Box<BindingChange>),
    /// A name was looked up.
    Resolved {
        /// Whose.
        trunk: TrunkId,
        /// The name.
        name: String,
        /// Its addresses; none: the look-up failed.
        addresses: Vec<IpAddr>,
    },
    /// A leg that died with an earlier process: its peer is owed a word.
    Farewell {
        /// The ledger's name for it.
        key: i64,
        /// Which, and what it takes.
        owed: Box<Owed>,
    },
    /// The wrong passwords of a source, or of all, are forgotten.
    Lift(Option<Origin>),
}

/// What the core asks of the shell.
#[derive(Clone, Debug)]
pub enum Output {
    /// Send these bytes.
    Transmit {
        /// On this link.
        link: LinkId,
        /// To this address (the link's remote where it has one).
        remote: SocketAddr,
        /// One datagram, or a piece of the stream.
        bytes: Bytes,
    },
    /// Connect a stream; answered by `LinkOpened` or `LinkClosed` with the same id.
    Connect {
        /// The id that the link will have.
        link: LinkId,
        /// How.
        transport: Transport,
        /// Where to.
        remote: SocketAddr,
    },
    /// Close a link; answered by `LinkClosed`.
    Close {
        /// Which.
        link: LinkId,
    },
    /// Look a name up (A and AAAA); answered by `Resolved`.
    Resolve {
        /// For whom.
        trunk: TrunkId,
        /// The name.
        name: String,
    },
    /// Something call control must know.
    Event(Event),
    /// A binding changed; the ledger keeps it (written behind, coalesced by `phone` and `contact`).
    Binding(Box<BindingChange>),
    /// A dialog began, moved or ended; the ledger keeps what a later process needs to say BYE in it.
    Dialog(DialogChange),
    /// For the operator's log. What repeats itself comes once a minute, with its count.
    Noted(Box<Noted>),
}

/// A message body with its type. `sip` never looks inside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Body {
    /// The Content-Type value, such as `application/sdp`.
    pub content_type: String,
    /// The octets.
    pub bytes: Bytes,
}

impl Body {
    /// An SDP body.
    pub fn sdp(bytes: impl Into<Bytes>) -> Body {
        Body { content_type: "application/sdp".into(), bytes: bytes.into() }
    }
}

/// Who a request came from, after authentication.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Source {
    /// A carrier, known by its address.
    Trunk(TrunkId),
    /// A phone, known by its digest credentials.
    Phone(PhoneId),
}

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
}

/// Where a leg is to be placed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A phone: its best binding, or its fixed contact.
    Phone(PhoneId),
    /// A number behind a trunk.
    Trunk {
        /// Which trunk.
        trunk: TrunkId,
        /// The number, already in the form that the trunk expects.
        number: Pii<String>,
    },
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
    /// End the leg as its state demands: refusal, CANCEL or BYE (RFC 3261 15), with the cause in Reason.
    Release {
        /// The leg.
        leg: LegId,
        /// Why.
        cause: Cause,
    },
    /// ACK the 200 of a leg that we placed without an offer, with our answer. (Otherwise `sip` ACKs by itself.)
    Acknowledge {
        /// The leg.
        leg: LegId,
        /// The answer.
        body: Body,
    },
    /// re-INVITE in a confirmed leg. While one is pending either way it waits its turn (491 and its back-off are handled here).
    Reinvite {
        /// The leg.
        leg: LegId,
        /// The new offer.
        body: Option<Body>,
    },
    /// 200 to a received re-INVITE.
    AnswerReinvite {
        /// The leg.
        leg: LegId,
        /// The answer.
        body: Option<Body>,
    },
    /// A failure to a received re-INVITE; the session stays as it was.
    RefuseReinvite {
        /// The leg.
        leg: LegId,
        /// 488 as a rule.
        status: u16,
    },
    /// INFO in a confirmed leg.
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
    /// A phone became reachable (first binding) or unreachable (last binding gone).
    Reachable {
        /// The phone.
        phone: PhoneId,
        /// Which way.
        reachable: bool,
    },
    /// A configuration was taken (see [`Input::Reconfigure`]) with which phones came or went; told before whatever
    /// else follows from it, and not at all when none did.
    Reconfigured {
        /// Who became reachable.
        came: Vec<PhoneId>,
        /// Who is reachable no more.
        went: Vec<PhoneId>,
    },
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

/// What happens to a leg. Exactly one `Refused` or `Ended` is the last of it.
#[derive(Clone, Debug)]
pub enum LegEvent {
    /// A provisional response to our INVITE (18x; 100 is kept here).
    Progress {
        /// The address that the INVITE went to.
        remote: SocketAddr,
        /// The status.
        status: u16,
        /// Which early dialog: 0 for the first To tag seen, 1 for the next.
        early: u32,
        /// An early answer.
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
    /// ACK to our 200 arrived. It comes again, with a body, for a re-INVITE without an offer: the answer to ours.
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
    },
    /// The leg is gone.
    Ended {
        /// By whom.
        by: EndedBy,
        /// From the Reason header.
        cause: Option<Cause>,
    },
    /// A re-INVITE; answer with `AnswerReinvite` or `RefuseReinvite`.
    Reinvited {
        /// The address that it came from.
        remote: SocketAddr,
        /// The new offer; absent when the peer asks for ours.
        body: Option<Body>,
    },
    /// Our re-INVITE was accepted (and ACKed).
    ReinviteAnswered {
        /// The answer.
        body: Option<Body>,
    },
    /// Our re-INVITE failed; the session stays as it was.
    ReinviteRefused {
        /// The final status.
        status: u16,
    },
    /// INFO arrived (already answered with 200).
    InfoReceived {
        /// What it says.
        body: Body,
    },
}

/// Everything that `sip` knows from the operator. Secrets live here and nowhere else.
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// The digest realm.
    pub realm: String,
    /// What challenges offer, the one we like best first; empty: SHA-256, then MD5.
    pub digests: Vec<crate::digest::Algorithm>,
    /// For Server and User-Agent.
    pub product: String,
    /// The address that peers are told, where it differs from the link's own.
    pub advertise: Option<IpAddr>,
    /// Other hosts that are ours in a phone's Request-URI: names, and addresses without brackets. An unspecified
    /// address stands for every one of its family.
    pub hosts: Vec<String>,
    /// Carriers.
    pub trunks: Vec<TrunkPeer>,
    /// Devices.
    pub phones: Vec<PhoneAccount>,
    /// Registrations that we make ourselves.
    pub registrations: Vec<Registration>,
    /// Shortest, default and longest binding life.
    pub expires: Expires,
}

/// A device that may register and call.
#[derive(Clone)]
pub struct PhoneAccount {
    /// Its id.
    pub id: PhoneId,
    /// The digest user name and address-of-record user part.
    pub user: String,
    /// MD5(user:realm:password), RFC 2617.
    pub ha1_md5: [u8; 16],
    /// SHA-256(user:realm:password), RFC 8760.
    pub ha1_sha256: [u8; 32],
    /// For a device that does not register: where it is.
    pub contact: Option<(Transport, SocketAddr)>,
    /// What challenges to it offer, the one we like best first; empty: what they offer to everybody.
    pub digests: Vec<crate::digest::Algorithm>,
}

impl std::fmt::Debug for PhoneAccount {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PhoneAccount({})", self.user)
    }
}

/// One binding as the ledger keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BindingChange {
    /// Whose.
    pub phone: PhoneId,
    /// The contact URI, or `+sip.instance` with `reg-id` where the phone gave them: the key of the binding.
    pub key: String,
    /// The contact URI.
    pub contact: Pii<String>,
    /// Where requests to it go (the packet's source, for a phone behind NAT).
    pub remote: SocketAddr,
    /// How.
    pub transport: Transport,
    /// The local address of the link that it came over.
    pub local: SocketAddr,
    /// Preference, in thousandths.
    pub q: u16,
    /// Call-ID and CSeq of the last REGISTER (RFC 3261 10.3).
    pub call_id: String,
    /// See `call_id`.
    pub cseq: u32,
    /// When it ends; in the past when it was removed.
    pub expires: Wall,
}
