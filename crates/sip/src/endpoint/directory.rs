//! Who the operator knows: trunks by address, phones by user, accounts by number.

use crate::digest::{Algorithm, USUAL};
use crate::face::{Config, PhoneAccount, Registration, TrunkPeer};
use crate::transaction::key::Keys;
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};
use terms::{PhoneId, TrunkId, covers};

/// The configuration, indexed.
#[derive(Default)]
pub(crate) struct Directory {
    /// As it was given.
    pub config: Config,
    by_user: BTreeMap<String, usize>,
    by_phone: BTreeMap<PhoneId, usize>,
    fixed: BTreeSet<SocketAddr>,
    /// Some phones are asked for other hashes than the rest.
    own_digests: bool,
}

impl Directory {
    /// Indexes a configuration.
    pub(crate) fn new(config: Config) -> Directory {
        let by_user = config.phones.iter().enumerate().map(|(i, phone)| (phone.user.clone(), i)).collect();
        let by_phone = config.phones.iter().enumerate().map(|(i, phone)| (phone.id, i)).collect();
        let fixed = config.phones.iter().filter_map(|phone| phone.contact.map(|(_, address)| address)).collect();
        let own_digests = config.phones.iter().any(|phone| !phone.digests.is_empty());
        Directory { config, by_user, by_phone, fixed, own_digests }
    }

    /// The hashes that challenges to this user name, the best first. Somebody who does not exist is asked as one or the
    /// other of those who do: the challenge does not tell them apart.
    pub(crate) fn digests(&self, user: &str, keys: &Keys) -> &[Algorithm] {
        let usual = if self.config.digests.is_empty() { USUAL } else { &self.config.digests };
        if !self.own_digests {
            return usual;
        }
        let phones = &self.config.phones;
        let phone = self.user(user).or_else(|| phones.get(keys.name(user).below(phones.len())));
        phone.map(|phone| phone.digests.as_slice()).filter(|own| !own.is_empty()).unwrap_or(usual)
    }

    /// The phone with this user name.
    pub(crate) fn user(&self, user: &str) -> Option<&PhoneAccount> {
        self.config.phones.get(*self.by_user.get(user)?)
    }

    /// A phone.
    pub(crate) fn phone(&self, phone: PhoneId) -> Option<&PhoneAccount> {
        self.config.phones.get(*self.by_phone.get(&phone)?)
    }

    /// Whether a phone that does not register stands at this address.
    pub(crate) fn is_fixed_phone(&self, address: SocketAddr) -> bool {
        self.fixed.contains(&address)
    }

    /// A trunk.
    pub(crate) fn trunk(&self, trunk: TrunkId) -> Option<&TrunkPeer> {
        self.config.trunks.iter().find(|peer| peer.id == trunk)
    }

    /// Whether a phone may call us by this name.
    pub(crate) fn is_our_name(&self, name: &str) -> bool {
        // RFC 3261 25.1: a name may end with the root's dot.
        let name = name.strip_suffix('.').unwrap_or(name);
        let named = |ours: &str| ours.eq_ignore_ascii_case(name);
        named(&self.config.realm) || named("localhost") || self.config.hosts.iter().any(|host| named(host))
    }

    /// Whether a phone may call us by this address.
    pub(crate) fn is_our_address(&self, ip: IpAddr) -> bool {
        let ip = ip.to_canonical();
        let ours = |host: &String| host.parse::<IpAddr>().is_ok_and(|ours| covers_host(ours.to_canonical(), ip));
        self.config.advertise.is_some_and(|advertised| advertised.to_canonical() == ip)
            || self.config.realm.parse::<IpAddr>().is_ok_and(|realm| realm.to_canonical() == ip)
            || self.config.hosts.iter().any(ours)
    }

    /// The trunk that owns an address: the longest prefix wins.
    pub(crate) fn trunk_at(&self, address: IpAddr) -> Option<TrunkId> {
        let address = address.to_canonical();
        let mut best: Option<(u8, TrunkId)> = None;
        for trunk in &self.config.trunks {
            for (network, length) in &trunk.peers {
                if covers(network.to_canonical(), *length, address) && best.is_none_or(|(longest, _)| *length > longest)
                {
                    best = Some((*length, trunk.id));
                }
            }
        }
        best.map(|(_, trunk)| trunk)
    }

    /// Whether a carrier's calls go to this address, or it is a carrier's and not the host at `source`.
    pub(crate) fn is_carriers(&self, address: SocketAddr, source: IpAddr) -> bool {
        let calls_go_there = |peer: &TrunkPeer| peer.target.is_some_and(|(_, target)| target == address);
        self.config.trunks.iter().any(calls_go_there)
            || (address.ip() != source && self.trunk_at(address.ip()).is_some())
    }

    /// An account of ours.
    pub(crate) fn registration(&self, account: u64) -> Option<&Registration> {
        self.config.registrations.iter().find(|registration| registration.account == account)
    }
}

/// Whether a listener's address, perhaps every one of its family, is this one. `::` takes IPv4, too.
fn covers_host(ours: IpAddr, ip: IpAddr) -> bool {
    ours == ip || (ours.is_unspecified() && (ours.is_ipv6() || ip.is_ipv4()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trunk(name: &str, network: &str, length: u8) -> TrunkPeer {
        let network = network.parse().unwrap();
        TrunkPeer {
            id: TrunkId::of(name),
            peers: vec![(network, length)],
            target: None,
            credentials: None,
            probe: None,
            host: None,
            trusted: false,
        }
    }

    #[test]
    fn the_longest_prefix_owns_an_address() {
        let trunks =
            vec![trunk("wide", "10.0.0.0", 8), trunk("narrow", "10.1.0.0", 16), trunk("six", "2001:db8::", 32)];
        let directory = Directory::new(Config { trunks, ..Config::default() });
        assert_eq!(directory.trunk_at("10.1.2.3".parse().unwrap()), Some(TrunkId::of("narrow")));
        assert_eq!(directory.trunk_at("10.2.2.3".parse().unwrap()), Some(TrunkId::of("wide")));
        assert_eq!(directory.trunk_at("::ffff:10.2.2.3".parse().unwrap()), Some(TrunkId::of("wide")));
        assert_eq!(directory.trunk_at("2001:db8:1::1".parse().unwrap()), Some(TrunkId::of("six")));
        assert_eq!(directory.trunk_at("11.0.0.1".parse().unwrap()), None);
    }

    #[test]
    fn a_prefix_of_zero_bits_is_everybody_of_its_family() {
        let directory = Directory::new(Config { trunks: vec![trunk("all", "0.0.0.0", 0)], ..Config::default() });
        assert!(directory.trunk_at("203.0.113.9".parse().unwrap()).is_some());
        assert!(directory.trunk_at("2001:db8::1".parse().unwrap()).is_none());
    }
}
