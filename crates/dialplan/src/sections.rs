//! The sections of a configuration of which there is one, as far as they are small.

use crate::Destination;
use crate::Place;
use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;
use std::time::Duration;
use terms::{AgentId, GroupId, PhoneId, PromptId, QueueId, Slot};

/// `[tls]`: the certificate under which the pages are served, and SIP over TLS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tls {
    /// Somebody gives one.
    Files {
        /// The certificate, and those that lead from it to one that browsers know.
        certificate: String,
        /// Its key.
        key: String,
        /// Where it is written.
        place: Place,
    },
    /// The switch makes it itself.
    SelfMade,
}

/// `[sip]`: how long a call may be silent (RFC 4028), and how often it may be forwarded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sip {
    /// What is asked for; zero: nothing.
    pub session_expires: Duration,
    /// What others may ask for at the least.
    pub session_min: Duration,
    /// How often a call may be forwarded on its whole way, before it came here and by us.
    pub forwards_max: usize,
    /// The file with the authorities whose certificates carriers may show, and where it is named; without one, those of
    /// the machine.
    pub authorities: Option<(String, Place)>,
}

impl Default for Sip {
    fn default() -> Self {
        Sip {
            session_expires: Duration::from_secs(1_800),
            session_min: Duration::from_secs(90),
            forwards_max: 5,
            authorities: None,
        }
    }
}

/// Who of the phones may do something with another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// Every phone of the switch.
    Everybody,
    /// Whoever is in a group with it.
    Group,
    /// Nobody.
    Nobody,
}

/// `[lamps]`: who may watch whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lamps {
    /// Who sees that somebody is called or talks, or is there.
    pub watch: Audience,
    /// Who of these sees with whom.
    pub far_party: Audience,
}

impl Default for Lamps {
    fn default() -> Self {
        Lamps { watch: Audience::Everybody, far_party: Audience::Nobody }
    }
}

/// `[park]`: where calls are parked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Park {
    /// The slots; absent: nothing can be parked.
    pub slots: Option<RangeInclusive<u32>>,
    /// What is heard in one; what is heard on hold without it.
    pub music: Option<PromptId>,
    /// How long somebody is parked before somebody is rung to take him back.
    pub return_after: Duration,
    /// Who is rung then; whoever parked him without it.
    pub return_to: Option<Destination>,
    /// How long that one is rung.
    pub ring_back: Duration,
    /// Where the parked one goes when he is not taken back; he stays without it, and it is rung again later.
    pub otherwise: Option<Destination>,
}

impl Default for Park {
    fn default() -> Self {
        let (return_after, ring_back) = (Duration::from_secs(120), Duration::from_secs(30));
        Park { slots: None, music: None, return_after, return_to: None, ring_back, otherwise: None }
    }
}

impl Park {
    /// Whether there is this slot.
    pub fn has(&self, slot: Slot) -> bool {
        self.slots.as_ref().is_some_and(|slots| slots.contains(&slot.0))
    }

    /// The slots in order.
    pub fn all(&self) -> impl Iterator<Item = Slot> {
        self.slots.clone().into_iter().flatten().map(Slot)
    }
}

/// `[supervision]`: what holds while somebody watches a conversation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Supervision {
    /// Whoever is watched hears a short tone when that begins.
    pub tone: bool,
    /// What he sees before the name of the one to whom he talks.
    pub display: Option<String>,
    /// What is whispered is recorded, too.
    pub record_whisper: bool,
    /// What may be played into a conversation, beside whatever else is played somewhere.
    pub announcements: Vec<PromptId>,
}

/// Whom a supervisor leads: one at a phone, or a user.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Supervises {
    /// Nobody.
    #[default]
    Nobody,
    /// These.
    These(Vec<Led>),
    /// All.
    Everybody,
}

/// Something that a supervisor leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Led {
    /// A queue, and the agents who serve it.
    Queue(QueueId),
    /// The agents of a team.
    Team(String),
    /// An agent.
    Agent(AgentId),
    /// A phone.
    Phone(PhoneId),
    /// Whoever is in a group.
    Group(GroupId),
}

/// `[media]`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Media {
    /// Threads that move sound; default: as many as the machine has cores and the ports are worth.
    pub workers: Option<u16>,
    /// What is heard on hold outside queues; silence without it.
    pub hold: Option<PromptId>,
}

/// `[office]`: where people work.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Office {
    /// The time zone in which days begin; the machine's without it.
    pub zone: Option<String>,
}

/// `[metrics]`: Prometheus metrics and health over HTTP.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Metrics {
    /// The address of `/metrics`, `/healthz` and `/readyz`; default: none of them.
    pub listen: Option<SocketAddr>,
}

/// `[console]`: pages in a browser.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Console {
    /// Their address; default: none.
    pub listen: Option<SocketAddr>,
    /// Whether they may be served to other machines without encryption.
    pub plain_http: bool,
    /// Networks of proxies that are believed what they say of whom they speak for.
    pub trusted_proxies: Vec<(IpAddr, u8)>,
}

impl Console {
    /// Whether this is the address of a proxy that is believed.
    pub fn trusts(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.trusted_proxies.iter().any(|(network, length)| crate::value::masked(address, *length) == *network)
    }
}

/// `[customers]`: what is known of who calls from outside.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Customers {
    /// What people may write down beside a name, by its name.
    pub fields: Vec<String>,
    /// How long one is kept who does not call any more; for ever without it.
    pub keep: Option<Duration>,
    /// How long notes are kept; for ever without it.
    pub keep_notes: Option<Duration>,
}

/// `[trace]`: the messages that are kept for those who look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trace {
    /// How many of them, in megabytes; none: 0.
    pub megabytes: u32,
    /// A capture server that gets all of them.
    pub homer: Option<SocketAddr>,
}

impl Default for Trace {
    fn default() -> Trace {
        Trace { megabytes: 16, homer: None }
    }
}

/// `[log]`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Log {
    /// A file that `strowger run` logs to, opened again on SIGUSR1; default: standard error.
    pub file: Option<String>,
}
