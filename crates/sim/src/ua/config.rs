//! What a user agent's signalling core is told of its switch.

use super::{ACCOUNT, Identity, SWITCH};
use sip::{Config, Credentials, Registration, Transport, TrunkPeer};
use std::time::Duration;

/// `trusted`: the switch is told who calls even where that is withheld.
pub(super) fn config(identity: &Identity, trusted: bool) -> Config {
    let credentials = identity
        .password
        .as_ref()
        .map(|password| Credentials { user: identity.user.clone(), password: password.clone() });
    let switch = TrunkPeer {
        id: SWITCH,
        peers: vec![(identity.switch.ip(), if identity.switch.is_ipv4() { 32 } else { 128 })],
        target: Some((Transport::Udp, identity.switch)),
        credentials: credentials.clone(),
        probe: None,
        host: None,
        trusted,
    };
    let registration = credentials.map(|credentials| Registration {
        account: ACCOUNT,
        registrar: Some((Transport::Udp, identity.switch)),
        trunk: None,
        domain: identity.domain.clone(),
        credentials,
        expires: Duration::from_secs(600),
    });
    Config {
        realm: identity.domain.clone(),
        product: "strowger-sim".into(),
        trunks: vec![switch],
        registrations: registration.into_iter().collect(),
        ..Config::default()
    }
}
