//! What the operator says, and call control hears, of registrations that we make ourselves, and of the names of carriers.

use crate::face::{Credentials, Transport};
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;
use std::time::Duration;
use terms::TrunkId;

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
            RegistrationFailure::Refused(status) => {
                write!(f, "refused with {status} {}", crate::message::reason_phrase(*status))
            }
            RegistrationFailure::Silent => f.write_str("nobody answers"),
            RegistrationFailure::Unreachable => f.write_str("it cannot be reached"),
            RegistrationFailure::NoAddress => f.write_str("its name leads nowhere"),
        }
    }
}
