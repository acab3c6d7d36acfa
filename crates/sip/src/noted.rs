//! What an operator is told of signalling, in his log and one phone at a time: values only.

use crate::brake::Guesses;
use crate::face::Transport;
use std::net::SocketAddr;
use terms::{PhoneId, Pii, Wall};

/// What an operator wants to read about.
#[derive(Clone, Debug)]
pub enum Noted {
    /// A request was refused.
    Refused(Refusal),
    /// A source tries passwords.
    Guesses(Guesses),
}

/// A request that was refused before anything came of it.
#[derive(Clone, Debug)]
pub struct Refusal {
    /// Its method, as it is counted.
    pub method: &'static str,
    /// Where it came from.
    pub remote: SocketAddr,
    /// Who it says that it is from.
    pub claimed: Pii<String>,
    /// The phone of that name, if there is one.
    pub phone: Option<PhoneId>,
    /// The answer.
    pub status: u16,
    /// Why, as it is counted.
    pub why: &'static str,
    /// How often since this was last told of this source.
    pub times: u64,
}

/// A registration that did not work out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failure {
    /// When.
    pub at: Wall,
    /// Where it came from.
    pub remote: SocketAddr,
    /// The answer.
    pub status: u16,
    /// Why.
    pub why: &'static str,
    /// How many in a row for this reason; 0 when one has worked since.
    pub times: u32,
}

/// A phone, as it is known at this moment.
#[derive(Clone, Debug)]
pub struct PhoneSeen {
    /// Which.
    pub phone: PhoneId,
    /// Its user.
    pub user: String,
    /// For a device that does not register: where it is.
    pub fixed: Option<(Transport, SocketAddr)>,
    /// Where it is registered.
    pub contacts: Vec<ContactSeen>,
    /// The last registration that did not work out.
    pub failure: Option<Failure>,
    /// How often it was challenged and did not answer; 0 while that is no more than may happen.
    pub unanswered: u32,
}

/// One registration of a phone.
#[derive(Clone, Debug)]
pub struct ContactSeen {
    /// The contact URI.
    pub contact: String,
    /// Its User-Agent; empty until it is heard of, as after a restart.
    pub device: String,
    /// Where requests to it go.
    pub remote: SocketAddr,
    /// How.
    pub transport: Transport,
    /// Whether it can be sent to: the stream over which it registered may be gone.
    pub usable: bool,
    /// Since when it has been registered without a break, as far as this process knows.
    pub since: Wall,
    /// When it ends.
    pub expires: Wall,
}
