//! The compiled plan: immutable, shared by the calls that began with it. No name dangles in it and no
//! secret is in it. Rules keep the place where they were written, for explanations.

mod board;
mod incoming;
mod people;
mod room;
mod user;
mod written;

use crate::number::{Country, Presented, Rewrite};
use crate::sections::{
    Console, Customers, Lamps, Log, Media, Metrics, Office, Park, Sip, Supervises, Supervision, Tls, Trace,
};
pub use board::{Board, BoardFigure, Figure, Unit};
pub use incoming::{Forward, Incoming};
pub use people::{Agent, Briefing, CONFIRM_PROMPT, Confirm, Device, Group, GroupMember, GroupOrder, LineLost, Share};
pub use room::{Chime, Room};
use std::net::{IpAddr, SocketAddr};
use std::{sync::Arc, time::Duration};
use terms::{AgentId, Cause, FlowId, GroupId, HoursId, PhoneId, PromptId, QueueId, Requirement, RoomId, Slot, TrunkId};
pub use terms::{BackOff, OverflowWhen, Strategy};
pub use user::User;
pub use written::{Written, WrittenQueue};

/// Where something was written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// The file, as the operator named it.
    pub file: String,
    /// Counted from 1.
    pub line: u32,
    /// Counted from 1, in characters.
    pub column: u32,
}

/// Everything that the operator said, checked.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// Where the switch listens.
    pub listen: Listen,
    /// How calls are signalled.
    pub sip: Sip,
    /// What becomes of transferred callers.
    pub transfer: Transfer,
    /// What telephones have done by keys.
    pub codes: crate::codes::Codes,
    /// What agents say and hear at their telephones.
    pub duty: crate::duty::Duty,
    /// Where calls are parked.
    pub park: Park,
    /// Who may watch whom.
    pub lamps: Lamps,
    /// What holds while somebody watches a conversation.
    pub supervision: Supervision,
    /// Where it keeps things.
    pub storage: Storage,
    /// Who moves its sound, and what is heard on hold.
    pub media: Media,
    /// Who may look at its numbers.
    pub metrics: Metrics,
    /// Where its pages are.
    pub console: Console,
    /// Under which certificate they are served; without it, none.
    pub tls: Option<Tls>,
    /// Which messages it keeps.
    pub trace: Trace,
    /// What is known of who calls from outside.
    pub customers: Customers,
    /// Where it logs.
    pub log: Log,
    /// Where it stands.
    pub office: Office,
    /// Carriers.
    pub trunks: Vec<Trunk>,
    /// Devices.
    pub phones: Vec<Phone>,
    /// Agents.
    pub agents: Vec<Agent>,
    /// Those who work at the pages.
    pub users: Vec<User>,
    /// Queues.
    pub queues: Vec<Queue>,
    /// Groups, in the order in which they are written.
    pub groups: Vec<Group>,
    /// Conference rooms, in the order in which they are written.
    pub rooms: Vec<Room>,
    /// Wall boards, in the order in which they are written.
    pub boards: Vec<Board>,
    /// Every sound file that is named somewhere.
    pub prompts: Vec<Prompt>,
    /// Opening hours.
    pub hours: Vec<crate::hours::Hours>,
    /// Routes, in the order in which they are tried.
    pub routes: Vec<Route>,
    /// Flows.
    pub flows: Vec<Flow>,
    /// Who may what.
    pub roles: control::Roles,
    /// SHA-256 of the sources, in hexadecimal.
    pub content_hash: String,
    /// Where the parts of routes and queues were written, for explanations.
    pub written: Written,
    /// Positions by id, made at the first look-up: a plan does not change afterwards.
    pub index: crate::lookup::Index,
}

/// Listeners.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listen {
    /// UDP addresses.
    pub udp: Vec<SocketAddr>,
    /// TCP addresses.
    pub tcp: Vec<SocketAddr>,
    /// TLS addresses.
    pub tls: Vec<SocketAddr>,
    /// Addresses for WebSockets.
    pub ws: Vec<SocketAddr>,
    /// The same, encrypted.
    pub wss: Vec<SocketAddr>,
    /// The sites whose pages may open a WebSocket; empty: those under the name by which the page calls the switch.
    pub origins: Vec<String>,
    /// First and last RTP port.
    pub rtp: (u16, u16),
    /// The address where RTP is received; default: that of the first listener.
    pub rtp_address: Option<IpAddr>,
    /// Where the sound of pages comes in.
    pub pages: Option<SocketAddr>,
    /// What phones and carriers are told; default: the local address that reaches them.
    pub advertise: Option<IpAddr>,
    /// The digest realm and the domain of the phones.
    pub domain: String,
    /// Other hosts that the switch is called by.
    pub aliases: Vec<String>,
    /// What phones are asked to prove their password with, the best first.
    pub digest: Vec<Digest>,
}

/// The hash of a digest challenge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Digest {
    /// RFC 8760.
    Sha256,
    /// RFC 2617: the only one that older devices know.
    Md5,
}

impl Listen {
    /// Pairs of ports for sound: an even one for RTP, the next one for RTCP (RFC 3550 11).
    pub fn pairs(&self) -> usize {
        let (first, last) = self.rtp;
        usize::from(last.saturating_sub(first.max(2).next_multiple_of(2))).div_ceil(2)
    }

    /// Every address where SIP is heard.
    pub fn all(&self) -> impl Iterator<Item = SocketAddr> + '_ {
        [&self.udp, &self.tcp, &self.tls, &self.ws, &self.wss].into_iter().flatten().copied()
    }

    /// Whether a certificate is shown to whoever comes by SIP.
    pub fn is_secure(&self) -> bool {
        !self.tls.is_empty() || !self.wss.is_empty()
    }

    /// Calls at once for which there are ports: each side of a call takes a pair.
    pub fn calls(&self) -> usize {
        self.pairs() / 2
    }
}

impl Default for Listen {
    fn default() -> Self {
        Listen {
            udp: vec![],
            tcp: vec![],
            tls: vec![],
            ws: vec![],
            wss: vec![],
            origins: vec![],
            rtp: (16_384, 32_767),
            rtp_address: None,
            pages: None,
            advertise: None,
            domain: "strowger".into(),
            aliases: vec![],
            digest: vec![Digest::Sha256, Digest::Md5],
        }
    }
}

/// Files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Storage {
    /// The ledger, as a database URL.
    pub database: String,
    /// The number of this switch in it.
    pub node: u16,
    /// Recordings go below this folder.
    pub recordings: String,
    /// Prompts and music are below this folder.
    pub sounds: String,
    /// The language of the prompts, where a flow does not name its own.
    pub language: Option<String>,
    /// How long call records, events and the journal are kept; for ever without it.
    pub keep: Option<Duration>,
    /// How long recordings are kept; for ever without it.
    pub keep_recordings: Option<Duration>,
    /// The control socket of `strowger status` and its like.
    pub control: String,
}

impl Default for Storage {
    fn default() -> Self {
        Storage {
            database: "sqlite:strowger.db".into(),
            node: 0,
            recordings: "recordings".into(),
            sounds: "sounds".into(),
            language: None,
            keep: None,
            keep_recordings: None,
            control: "strowger.sock".into(),
        }
    }
}

/// How a carrier is told who has forwarded a call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ToldForwards {
    /// Not at all.
    #[default]
    None,
    /// Diversion (RFC 5806).
    Diversion,
    /// History-Info (RFC 7044).
    HistoryInfo,
}

/// How bytes travel to a fixed address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// Datagrams.
    Udp,
    /// A stream.
    Tcp,
    /// An encrypted one, to whoever proves his name.
    Tls,
}

/// Codecs in order of preference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Codec {
    /// G.711 mu-law.
    Pcmu,
    /// G.711 A-law.
    Pcma,
}

/// `[transfer]`: what becomes of a caller whom a phone has transferred.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transfer {
    /// How long whoever did that is rung to take him back.
    pub ring_back: Duration,
    /// Where he goes when he is not taken back; the call ends without it.
    pub otherwise: Option<Destination>,
    /// What he waited before counts in a queue to which he is transferred.
    pub keep_wait: bool,
}

impl Default for Transfer {
    fn default() -> Self {
        Transfer { ring_back: Duration::from_secs(30), otherwise: None, keep_wait: false }
    }
}

/// A carrier's name, which is looked up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Host {
    /// How its bytes travel.
    pub transport: Transport,
    /// The name.
    pub name: String,
    /// The port.
    pub port: u16,
}

/// A carrier.
#[derive(Clone, Debug)]
pub struct Trunk {
    /// Its id.
    pub id: TrunkId,
    /// Its name.
    pub name: String,
    /// Requests from here need no password.
    pub peers: Vec<(IpAddr, u8)>,
    /// Where its sound may come from, beside the address that it names for each call; absent: from where it signals.
    pub media: Option<Arc<[(IpAddr, u8)]>>,
    /// Where calls to it go; absent: it only brings calls.
    pub target: Option<(Transport, SocketAddr)>,
    /// Its name: the domain of the numbers behind it, and where calls go when there is no `target`.
    pub host: Option<Host>,
    /// We register there with `user`, for so long at a time.
    pub register: Option<Duration>,
    /// It is told the number of callers who withhold it (RFC 3325).
    pub trusted: bool,
    /// How it is told who has forwarded a call.
    pub diversion: ToldForwards,
    /// How often it may redirect a call.
    pub redirects: u8,
    /// Who is shown to it as the caller.
    pub presented: Presented,
    /// What happens to the numbers that it calls.
    pub incoming: Rewrite,
    /// What happens to the numbers that are called over it.
    pub outgoing: Rewrite,
    /// Its country; absent: numbers stay as they are.
    pub country: Option<Country>,
    /// The numbers that it may call; empty: any that a route names.
    pub numbers: Vec<crate::pattern::Pattern>,
    /// In order of preference.
    pub codecs: Vec<Codec>,
    /// Calls at once, both ways.
    pub calls_max: u32,
    /// The user for its challenges (the password is in [`crate::Secrets`]).
    pub user: Option<String>,
    /// How often it is asked whether it is there; absent: never.
    pub probe: Option<Duration>,
    /// Where it was written.
    pub place: Place,
}

/// A device.
#[derive(Clone, Debug)]
pub struct Phone {
    /// Its id, from `user`.
    pub id: PhoneId,
    /// The digest user.
    pub user: String,
    /// The short number that rings it.
    pub extension: Option<String>,
    /// For a device that does not register: where it is.
    pub contact: Option<(Transport, SocketAddr)>,
    /// It is a page in a browser, and no device.
    pub page: bool,
    /// Who is shown as the caller when it calls out.
    pub presented: Presented,
    /// In order of preference.
    pub codecs: Vec<Codec>,
    /// Whether it has codes.
    pub codes: bool,
    /// What challenges to it offer, the best first; absent: what they offer to all phones.
    pub digest: Option<Vec<Digest>>,
    /// What becomes of calls to it.
    pub incoming: Incoming,
    /// Of whom it is a supervisor's.
    pub supervises: Supervises,
    /// What it may call: routes whose `from` names `phone:*` or it.
    pub place: Place,
}

/// A queue.
#[derive(Clone, Debug)]
pub struct Queue {
    /// Its id.
    pub id: QueueId,
    /// Its name.
    pub name: String,
    /// Its agents with their tiers, in the operator's order.
    pub agents: Vec<(AgentId, u8)>,
    /// From this wait on, this is required; the first begins at zero.
    pub requirements: Vec<(Duration, Requirement)>,
    /// How an agent is chosen.
    pub strategy: Strategy,
    /// How long after one agent the next is rung too, where they are rung progressively.
    pub delay: Duration,
    /// How long his device rings.
    pub ring: Duration,
    /// After-call work.
    pub wrap_up: Duration,
    /// Rest after an offer that failed.
    pub back_off: BackOff,
    /// What the waiting hear; absent: ringback.
    pub music: Option<PromptId>,
    /// What is announced to them meanwhile.
    pub announce: Vec<Announcement>,
    /// Answer the caller as he enters (false: he hears ringback and is answered with the agent).
    pub answer: bool,
    /// Record the conversation.
    pub record: bool,
    /// Calls answered within this count for the service level...
    pub service_level: Duration,
    /// ... of which this share (0 to 1) is the target.
    pub service_target: f64,
    /// Contacts that it may hold.
    pub length: usize,
    /// When contacts are sent on, and where to; tried in order.
    pub overflow: Vec<(OverflowWhen, Destination)>,
    /// Whether a caller who has waited for long enough is sent on although a phone rings for him.
    pub interrupts_ring: bool,
    /// The time zone in which its days begin; the office's without it.
    pub zone: Option<String>,
    /// What its agents see and hear before a caller is joined.
    pub briefing: Briefing,
    /// By which agents take its next caller, and which they need not.
    pub number: Option<String>,
    /// What may come of a conversation, by the key that says so.
    pub dispositions: Vec<(char, String)>,
    /// Where it was written.
    pub place: Place,
}

/// Something that is announced to those who wait in a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Announcement {
    /// This long after it was heard last, or after they came.
    pub every: Duration,
    /// What.
    pub play: PromptId,
}

/// A sound file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prompt {
    /// Its id, from `path`.
    pub id: PromptId,
    /// Below the sounds folder, as the operator wrote it.
    pub path: String,
    /// Where it is first named.
    pub place: Place,
}

/// Where a caller is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Destination {
    /// `flow:main`.
    Flow(FlowId),
    /// `queue:support`.
    Queue(QueueId),
    /// `phone:alice`.
    Phone(PhoneId),
    /// `intercom:alice`: a phone that answers by itself.
    Intercom(PhoneId),
    /// `agent:alice`: rings the agent's devices directly.
    Agent(AgentId),
    /// `group:sales`: rings those of a group.
    Group(GroupId),
    /// `trunk:acme`: the called number, or another after `/`.
    Trunk(TrunkId, Option<String>),
    /// `park` or `park:701`: whoever is sent there is parked; a phone that dials it fetches whom it finds.
    Park(Option<Slot>),
    /// `room:daily`: whoever is sent there meets the others.
    Room(RoomId),
    /// `hangup` or `hangup:17`.
    HangUp(Cause),
}

/// Who a route is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum From {
    /// `trunk:acme`.
    Trunk(TrunkId),
    /// `trunk:*`.
    AnyTrunk,
    /// `phone:alice`.
    Phone(PhoneId),
    /// `phone:*`.
    AnyPhone,
    /// Nothing said, on purpose: `*`.
    Anyone,
}

/// A route.
#[derive(Clone, Debug)]
pub struct Route {
    /// Who it is for.
    pub from: From,
    /// The called numbers that it takes; absent: all.
    pub to: Option<crate::pattern::Pattern>,
    /// The hours (an index in [`Plan::hours`]) within which `go` holds.
    pub during: Option<HoursId>,
    /// Where to.
    pub go: Destination,
    /// Where to outside the hours; absent: the next route is tried.
    pub otherwise: Option<Destination>,
    /// Who is shown as the caller when it goes out over a trunk.
    pub presented: Presented,
    /// What happens to the called number when it goes out over a trunk.
    pub rewrite: Rewrite,
    /// Record the conversation.
    pub record: bool,
    /// Where it was written.
    pub place: Place,
}

/// A flow: what a caller walks through.
#[derive(Clone, Debug)]
pub struct Flow {
    /// Its id.
    pub id: FlowId,
    /// Its name.
    pub name: String,
    /// The language of its prompts, where one is configured.
    pub language: Option<String>,
    /// Its steps; the first is the entry.
    pub steps: Vec<Step>,
    /// Where it was written.
    pub place: Place,
}

/// One step.
#[derive(Clone, Debug)]
pub struct Step {
    /// Its name.
    pub name: String,
    /// What happens.
    pub act: Act,
    /// Where it was written.
    pub place: Place,
}

/// Where a step leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// A step of the same flow, by index.
    Step(usize),
    /// Elsewhere.
    Go(Destination),
}

/// What a step does.
#[derive(Clone, Debug)]
pub enum Act {
    /// `play = "welcome.wav"`: plays to the end; `times` passes at most, then `after`.
    Play {
        /// What.
        prompt: PromptId,
        /// Where to afterwards (default: the next step, then hang up).
        then: Next,
        /// How often this step may be passed in one call; afterwards `after`.
        times: Option<u32>,
        /// Where to when `times` is used up.
        after: Option<Next>,
    },
    /// `menu = "choose.wav"`: plays until a key is pressed, and waits.
    Menu {
        /// What is played; a key interrupts it.
        prompt: PromptId,
        /// Where each key leads.
        keys: Vec<(char, Next)>,
        /// How long to wait after the prompt.
        wait: Duration,
        /// No key was pressed.
        no_input: Next,
        /// A key was pressed that leads nowhere.
        no_match: Next,
    },
    /// `queue = "support"`.
    Queue {
        /// Which.
        queue: QueueId,
        /// Waits as if it had come this much earlier.
        credit: Duration,
        /// Where to when the queue sends it on and no overflow rule of the queue says where.
        otherwise: Next,
    },
    /// `call_back = "support"`: the caller's number waits in a queue in his place.
    CallBack {
        /// Which.
        queue: QueueId,
        /// Where to once it does.
        then: Next,
        /// Where to when it cannot.
        otherwise: Next,
    },
    /// `voicemail = "queue:support"`: the caller leaves a message.
    Voicemail(crate::Voicemail),
    /// `ring = "phone:alice"`: rings a phone, an agent or a number behind a trunk.
    Ring {
        /// Whom.
        target: Destination,
        /// How long.
        wait: Duration,
        /// Not answered.
        no_answer: Next,
        /// Busy, or refused.
        busy: Next,
        /// Not reachable.
        unreachable: Next,
        /// Record the conversation.
        record: bool,
    },
    /// `hang_up = "normal"`.
    HangUp {
        /// Why.
        cause: Cause,
    },
    /// `go = "queue:support"`.
    Go(Destination),
}
