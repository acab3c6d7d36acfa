//! What `sip` knows from the operator.

use super::{Expires, Registration, Transport, TrunkPeer};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;
use terms::PhoneId;

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
    /// How long a call may go without a sign of life before it is taken for dead, as we ask it of whoever knows session
    /// timers (RFC 4028); zero: we do not ask, and keep what others ask for.
    pub session: Duration,
    /// The least that others may ask for; below 90 s: 90 s.
    pub session_min: Duration,
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
