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
    by_trunk: BTreeMap<TrunkId, usize>,
    by_account: BTreeMap<u64, usize>,
    carriers: Carriers,
    fixed: BTreeSet<SocketAddr>,
    /// Some phones are asked for other hashes than the rest.
    own_digests: bool,
}

impl Directory {
    /// Indexes a configuration.
    pub(crate) fn new(config: Config) -> Directory {
        let by_user = config.phones.iter().enumerate().map(|(i, phone)| (phone.user.clone(), i)).collect();
        let by_phone = config.phones.iter().enumerate().map(|(i, phone)| (phone.id, i)).collect();
        // Of two with the same id the first counts.
        let by_trunk = config.trunks.iter().enumerate().rev().map(|(i, peer)| (peer.id, i)).collect();
        let by_account = config.registrations.iter().enumerate().rev().map(|(i, one)| (one.account, i)).collect();
        let carriers = Carriers::of(&config.trunks);
        let fixed = config.phones.iter().filter_map(|phone| phone.contact.map(|(_, address)| address)).collect();
        let own_digests = config.phones.iter().any(|phone| !phone.digests.is_empty());
        Directory { config, by_user, by_phone, by_trunk, by_account, carriers, fixed, own_digests }
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
        self.config.trunks.get(*self.by_trunk.get(&trunk)?)
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
        self.carriers.at(address.to_canonical())
    }

    /// Whether a carrier's calls go to this address, or it is a carrier's and not the host at `source`.
    pub(crate) fn is_carriers(&self, address: SocketAddr, source: IpAddr) -> bool {
        self.carriers.targets.contains(&address) || (address.ip() != source && self.trunk_at(address.ip()).is_some())
    }

    /// An account of ours.
    pub(crate) fn registration(&self, account: u64) -> Option<&Registration> {
        self.config.registrations.get(*self.by_account.get(&account)?)
    }
}

/// Carriers by address: each message asks.
#[derive(Default)]
struct Carriers {
    /// Single hosts, the most of them.
    hosts: BTreeMap<IpAddr, TrunkId>,
    /// Networks, the narrowest first; of two alike the one that was configured first.
    networks: Vec<(IpAddr, u8, TrunkId)>,
    /// Where calls to them go.
    targets: BTreeSet<SocketAddr>,
}

impl Carriers {
    fn of(trunks: &[TrunkPeer]) -> Carriers {
        let mut carriers = Carriers::default();
        for (network, length, trunk) in trunks
            .iter()
            .flat_map(|trunk| trunk.peers.iter().map(|(network, length)| (network.to_canonical(), *length, trunk.id)))
        {
            let bits = if network.is_ipv4() { 32 } else { 128 };
            match length < bits {
                true => carriers.networks.push((network, length, trunk)),
                false => _ = carriers.hosts.entry(network).or_insert(trunk),
            }
        }
        carriers.networks.sort_by_key(|(_, length, _)| std::cmp::Reverse(*length));
        carriers.targets = trunks.iter().filter_map(|trunk| trunk.target.map(|(_, target)| target)).collect();
        carriers
    }

    /// Whose an address is: the longest prefix wins, and a host has the longest.
    fn at(&self, address: IpAddr) -> Option<TrunkId> {
        let within = |(network, length, _): &&(IpAddr, u8, TrunkId)| covers(*network, *length, address);
        let of_network = || self.networks.iter().find(within).map(|(_, _, trunk)| *trunk);
        self.hosts.get(&address).copied().or_else(of_network)
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

    /// What `trunk_at` means, one trunk after the other.
    fn scanned(trunks: &[TrunkPeer], address: IpAddr) -> Option<TrunkId> {
        let mut best: Option<(u8, TrunkId)> = None;
        for trunk in trunks {
            for (network, length) in &trunk.peers {
                let longer = best.is_none_or(|(longest, _)| *length > longest);
                if longer && covers(network.to_canonical(), *length, address.to_canonical()) {
                    best = Some((*length, trunk.id));
                }
            }
        }
        best.map(|(_, trunk)| trunk)
    }

    /// Few enough addresses that networks meet, of both families and of one within the other.
    fn address(bits: u8) -> IpAddr {
        let v4 = std::net::Ipv4Addr::new(10, bits & 1, bits >> 1 & 1, bits >> 2 & 3);
        match bits >> 6 {
            0 | 1 => v4.into(),
            2 => v4.to_ipv6_mapped().into(),
            _ => {
                std::net::Ipv6Addr::new(0x2001, 0xdb8, u16::from(bits & 1), 0, 0, 0, 0, u16::from(bits >> 1 & 7)).into()
            }
        }
    }

    proptest::proptest! {
        #[test]
        fn a_look_up_finds_the_trunk_that_a_scan_finds(
            peers in proptest::collection::vec(proptest::collection::vec((0..=255_u8, 0..=255_u8), 0..4), 0..8)
        ) {
            const LENGTHS: [u8; 8] = [0, 8, 15, 16, 24, 31, 32, 33];
            let network = |(bits, length): &(u8, u8)| {
                let network = address(*bits);
                let length = LENGTHS[usize::from(length % 8)];
                match network.to_canonical() {
                    IpAddr::V4(_) => (network, length.min(32)),
                    IpAddr::V6(_) => (network, if length >= 32 { 96 + length.min(32) } else { length * 4 }),
                }
            };
            let trunks: Vec<TrunkPeer> = peers
                .iter()
                .enumerate()
                .map(|(nth, peers)| TrunkPeer {
                    peers: peers.iter().map(network).collect(),
                    target: Some((crate::face::Transport::Udp, SocketAddr::from(([192, 0, 2, nth as u8], 5060)))),
                    ..trunk(&nth.to_string(), "10.0.0.0", 8)
                })
                .collect();
            let directory = Directory::new(Config { trunks: trunks.clone(), ..Config::default() });
            for address in (0..=255).map(address) {
                proptest::prop_assert_eq!(directory.trunk_at(address), scanned(&trunks, address), "{}", address);
            }
            for (nth, trunk) in trunks.iter().enumerate() {
                proptest::prop_assert!(directory.trunk(trunk.id).is_some_and(|found| found.peers == trunk.peers));
                let at = |host| SocketAddr::from(([192, 0, 2, host], 5060));
                proptest::prop_assert!(directory.is_carriers(at(nth as u8), at(nth as u8).ip()));
                proptest::prop_assert!(!directory.is_carriers(at(99), at(99).ip()));
            }
        }
    }

    #[test]
    fn of_two_networks_alike_the_one_configured_first_owns_the_address() {
        for length in [24, 32] {
            let trunks = vec![trunk("first", "10.1.2.3", length), trunk("second", "10.1.2.3", length)];
            let directory = Directory::new(Config { trunks, ..Config::default() });
            assert_eq!(directory.trunk_at("10.1.2.3".parse().unwrap()), Some(TrunkId::of("first")));
        }
    }
}
