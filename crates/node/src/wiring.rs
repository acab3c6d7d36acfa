//! The plan in the signalling core's own words. Passwords come from the shell and go nowhere else.

use dialplan::Plan;
use sip::{Config, Credentials, Host, PhoneAccount, Registration, Transport, TrunkPeer};
use terms::{PhoneId, RoomId, TrunkId};

/// Where the passwords are, for whoever builds the signalling core's configuration.
pub trait Passwords {
    /// A phone's.
    fn phone(&self, phone: PhoneId) -> Option<String>;
    /// Ours at a trunk.
    fn trunk(&self, trunk: TrunkId) -> Option<String>;
    /// The PIN of a room's guests.
    fn room(&self, room: RoomId) -> Option<String>;
    /// The PIN of a room's hosts.
    fn host(&self, room: RoomId) -> Option<String>;
}

/// What call control must know of the doors of rooms.
pub fn room_pins(plan: &Plan, passwords: &dyn Passwords) -> call::Pins {
    let pins = |room: &dialplan::Room| call::RoomPins {
        guest: passwords.room(room.id).filter(|_| room.pin).map(call::Pin::new),
        host: passwords.host(room.id).filter(|_| room.host_pin).map(call::Pin::new),
    };
    plan.rooms.iter().filter(|room| room.asks()).map(|room| (room.id, pins(room))).collect()
}

/// What the signalling core must know of a plan. A phone without a password gets none that fits.
pub fn sip_config(plan: &Plan, passwords: &dyn Passwords) -> Config {
    Config {
        realm: plan.listen.domain.clone(),
        digests: plan.listen.digest.iter().map(|digest| algorithm(*digest)).collect(),
        product: concat!("Strowger/", env!("CARGO_PKG_VERSION")).into(),
        advertise: plan.listen.advertise,
        hosts: hosts(&plan.listen),
        trunks: plan.trunks.iter().map(|trunk| peer(trunk, passwords)).collect(),
        registrations: plan.trunks.iter().filter_map(|trunk| registration(trunk, passwords)).collect(),
        session: plan.sip.session_expires,
        session_min: plan.sip.session_min,
        phones: plan.phones.iter().map(|phone| account(phone, &plan.listen.domain, passwords)).collect(),
        ..Config::default()
    }
}

/// What a phone may call the switch, beside its domain and what it advertises.
fn hosts(listen: &dialplan::Listen) -> Vec<String> {
    let listeners = listen.all().map(|address| address.ip().to_string());
    listen.aliases.iter().cloned().chain(listeners).collect()
}

fn peer(trunk: &dialplan::Trunk, passwords: &dyn Passwords) -> TrunkPeer {
    let credentials = trunk.user.clone().zip(passwords.trunk(trunk.id));
    TrunkPeer {
        id: trunk.id,
        peers: trunk.peers.clone(),
        target: trunk.target.map(|(transport, address)| (transport_of(transport), address)),
        credentials: credentials.map(|(user, password)| Credentials { user, password }),
        probe: trunk.probe,
        host: trunk.host.as_ref().map(|host| Host {
            name: host.name.clone(),
            transport: transport_of(host.transport),
            port: host.port,
        }),
        trusted: trunk.trusted,
    }
}

/// The registration of a trunk that wants one. Its number is the trunk's: it stays the same when others come and go.
fn registration(trunk: &dialplan::Trunk, passwords: &dyn Passwords) -> Option<Registration> {
    let expires = trunk.register?;
    let credentials = Credentials { user: trunk.user.clone()?, password: passwords.trunk(trunk.id)? };
    let by_name = trunk.host.as_ref().map(|host| host.name.clone());
    let domain = by_name.or_else(|| trunk.target.map(|(_, address)| address.ip().to_string()))?;
    Some(Registration { account: trunk.id.0, registrar: None, trunk: Some(trunk.id), domain, credentials, expires })
}

fn account(phone: &dialplan::Phone, realm: &str, passwords: &dyn Passwords) -> PhoneAccount {
    let password = passwords.phone(phone.id);
    let (ha1_md5, ha1_sha256) = password.map_or(([0; 16], [0; 32]), |password| {
        let (user, password) = (phone.user.as_str(), password.as_str());
        (sip::digest::ha1_md5(user, realm, password), sip::digest::ha1_sha256(user, realm, password))
    });
    let contact = phone.contact.map(|(transport, address)| (transport_of(transport), address));
    let digests = phone.digest.iter().flatten().map(|digest| algorithm(*digest)).collect();
    PhoneAccount { id: phone.id, user: phone.user.clone(), ha1_md5, ha1_sha256, contact, digests }
}

fn algorithm(digest: dialplan::Digest) -> sip::digest::Algorithm {
    match digest {
        dialplan::Digest::Sha256 => sip::digest::Algorithm::Sha256,
        dialplan::Digest::Md5 => sip::digest::Algorithm::Md5,
    }
}

fn transport_of(transport: dialplan::Transport) -> Transport {
    match transport {
        dialplan::Transport::Udp => Transport::Udp,
        dialplan::Transport::Tcp => Transport::Tcp,
        dialplan::Transport::Tls => Transport::Tls,
    }
}
