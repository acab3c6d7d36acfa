//! What the operator says of carriers, of the registrations that we make ourselves with them, and of those that we take.

use crate::face::Transport;
use serde::{Deserialize, Serialize};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;
use terms::TrunkId;

/// A carrier.
#[derive(Clone, Debug)]
pub struct TrunkPeer {
    /// Its id.
    pub id: TrunkId,
    /// Address and prefix length: requests from here need no password.
    pub peers: Vec<(IpAddr, u8)>,
    /// Where calls to it go.
    pub target: Option<(Transport, SocketAddr)>,
    /// For its challenges.
    pub credentials: Option<Credentials>,
    /// How often it is asked whether it is there; absent: never.
    pub probe: Option<Duration>,
    /// Its name: the host of the numbers behind it, and looked up where there is no target.
    pub host: Option<Host>,
    /// It is told who a caller is who withholds his number (RFC 3325 5).
    pub trusted: bool,
}

/// A user name and a password for somebody else's challenge.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// The digest user name.
    pub user: String,
    /// The password.
    pub password: String,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Credentials({})", self.user)
    }
}

/// A name that is looked up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Host {
    /// The name.
    pub name: String,
    /// How bytes travel there.
    pub transport: Transport,
    /// The port.
    pub port: u16,
}

/// A registration that we make with somebody else's registrar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registration {
    /// Its number in commands and events.
    pub account: u64,
    /// The registrar; absent: where the trunk is.
    pub registrar: Option<(Transport, SocketAddr)>,
    /// The trunk whose registration it is: it begins by itself, and calls from there are the trunk's while it stands.
    /// `account` is then the trunk's number.
    pub trunk: Option<TrunkId>,
    /// The domain in To and the Request-URI.
    pub domain: String,
    /// User and password.
    pub credentials: Credentials,
    /// How long the binding shall live.
    pub expires: Duration,
}

/// Why a registration of ours failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RegistrationFailure {
    /// The registrar refused it with this status.
    Refused(u16),
    /// Nobody answered.
    Silent,
    /// No way leads there, or the connection broke.
    Unreachable,
    /// The name has no address.
    NoAddress,
}

impl RegistrationFailure {
    /// The status that says the same.
    pub const fn status(self) -> u16 {
        match self {
            RegistrationFailure::Refused(status) => status,
            RegistrationFailure::Silent => 408,
            RegistrationFailure::Unreachable | RegistrationFailure::NoAddress => 503,
        }
    }
}

impl std::fmt::Display for RegistrationFailure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            RegistrationFailure::Refused(status @ (401 | 403 | 407)) => {
                write!(f, "refused, the user or the password is wrong ({status})")
            }
            RegistrationFailure::Refused(404) => f.write_str("refused, it does not know the user (404)"),
            RegistrationFailure::Refused(423) => {
                f.write_str("refused, it wants a longer registration each time, or one of more than a week (423)")
            }
            RegistrationFailure::Refused(status) => {
                write!(f, "refused with {status} {}", crate::message::reason_phrase(*status))
            }
            RegistrationFailure::Silent => f.write_str("nobody answers"),
            RegistrationFailure::Unreachable => f.write_str("it cannot be reached"),
            RegistrationFailure::NoAddress => f.write_str("its name leads nowhere"),
        }
    }
}

/// How long a binding may live.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Expires {
    /// Shorter wishes get 423.
    pub min: Duration,
    /// When the phone does not say.
    pub default: Duration,
    /// Longer wishes are cut to this.
    pub max: Duration,
    /// Granted times are shortened by up to this share (percent), so that phones do not come back all at once.
    pub jitter_percent: u8,
}

impl Default for Expires {
    fn default() -> Self {
        Expires {
            min: Duration::from_secs(60),
            default: Duration::from_secs(600),
            max: Duration::from_secs(3_600),
            jitter_percent: 10,
        }
    }
}
