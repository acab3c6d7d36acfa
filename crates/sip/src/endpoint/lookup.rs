//! Where the names of carriers lead. The shell looks them up; here is when it is asked, and what becomes of the answers:
//! a look-up that fails changes nothing, and one that says something else moves nobody who is registered. RFC 3263 4.2
//! for A and AAAA; SRV and NAPTR are not asked for.

use super::{Due, Endpoint};
use crate::face::{Host, Output, Transport, TrunkPeer};
use crate::reach::is_somebody;
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;
use terms::{Mono, TrunkId, limits};

/// How long an answer may take.
const ANSWER: Duration = Duration::from_secs(20);
/// How long an answer is good for: the resolver does not tell its own time to live.
const FRESH: (Duration, Duration) = (Duration::from_secs(240), Duration::from_secs(360));
/// The pause after a look-up that failed, twice as long each time up to `FRESH`.
const RETRY: (Duration, Duration) = (Duration::from_secs(5), Duration::from_secs(10));
/// No name is asked for again sooner than this, whatever fails.
const BREATH: Duration = Duration::from_secs(10);

/// What is known of a carrier's name.
#[derive(Debug)]
pub(super) struct Lookup {
    host: Host,
    /// The one that is used comes first.
    addresses: Vec<IpAddr>,
    /// An answer is waited for.
    open: bool,
    asked: Option<Mono>,
    failures: u32,
}

impl Endpoint {
    /// The names that are to be looked up are others now; what is known of those that stay stays.
    pub(super) fn lookups_reconfigured(&mut self) {
        let named = self.directory.config.trunks.iter().filter(|peer| peer.target.is_none());
        let wanted: BTreeMap<TrunkId, Host> = named.filter_map(|peer| Some((peer.id, peer.host.clone()?))).collect();
        let stays = |trunk: &TrunkId, known: &Lookup| wanted.get(trunk) == Some(&known.host);
        let gone: Vec<TrunkId> =
            self.lookups.iter().filter(|(trunk, known)| !stays(trunk, known)).map(|(trunk, _)| *trunk).collect();
        for trunk in gone {
            self.lookups.remove(&trunk);
            self.deadlines.cancel(Due::Lookup(trunk));
        }
        for (trunk, host) in wanted {
            if self.lookups.contains_key(&trunk) {
                continue;
            }
            let fresh = Lookup { host, addresses: Vec::new(), open: false, asked: None, failures: 0 };
            self.lookups.insert(trunk, fresh);
            self.look_up(trunk);
        }
    }

    fn look_up(&mut self, trunk: TrunkId) {
        let now = self.now.mono;
        let Some(known) = self.lookups.get_mut(&trunk) else { return };
        (known.open, known.asked) = (true, Some(now));
        self.outputs.push_back(Output::Resolve { trunk, name: known.host.name.clone() });
        self.deadlines.set(Due::Lookup(trunk), now + ANSWER);
    }

    /// Something failed that another address might mend.
    pub(super) fn look_up_soon(&mut self, trunk: TrunkId) {
        let now = self.now.mono;
        let Some(known) = self.lookups.get(&trunk).filter(|known| !known.open) else { return };
        match known.asked.map(|asked| asked + BREATH).filter(|at| *at > now) {
            Some(at) => self.deadlines.set(Due::Lookup(trunk), at),
            None => self.look_up(trunk),
        }
    }

    /// It is time to ask again, or nobody answered.
    pub(super) fn lookup_due(&mut self, trunk: TrunkId) {
        match self.lookups.get(&trunk).map(|known| known.open) {
            Some(true) => self.lookup_failed(trunk),
            Some(false) => self.look_up(trunk),
            None => {}
        }
    }

    fn lookup_failed(&mut self, trunk: TrunkId) {
        let Some(known) = self.lookups.get_mut(&trunk) else { return };
        known.open = false;
        known.failures = known.failures.saturating_add(1);
        let factor = 1 << known.failures.saturating_sub(1).min(6);
        let pause = self.tokens.between((RETRY.0 * factor).min(FRESH.0), (RETRY.1 * factor).min(FRESH.1));
        self.deadlines.set(Due::Lookup(trunk), self.now.mono + pause);
    }

    /// The shell has looked a name up; without an address it failed.
    pub(super) fn resolved(&mut self, trunk: TrunkId, name: &str, addresses: Vec<IpAddr>) {
        let stands = self.registered_at(trunk);
        let Some(known) = self.lookups.get_mut(&trunk).filter(|known| known.host.name == name) else { return };
        let mut usable: Vec<IpAddr> = Vec::new();
        for address in addresses.into_iter().map(|address| address.to_canonical()) {
            if is_somebody(address) && !usable.contains(&address) && usable.len() < limits::LOOKUP_ADDRESSES {
                usable.push(address);
            }
        }
        if usable.is_empty() {
            return self.lookup_failed(trunk);
        }
        // Who is registered stays where he is until that fails; who is not keeps his address while the name has it.
        let kept = stands.or_else(|| known.addresses.first().copied().filter(|one| usable.contains(one)));
        if let Some(kept) = kept {
            usable.retain(|address| *address != kept);
            usable.insert(0, kept);
        }
        let moved = known.addresses.first() != usable.first();
        (known.addresses, known.open, known.failures) = (usable, false, 0);
        let pause = self.tokens.between(FRESH.0, FRESH.1);
        self.deadlines.set(Due::Lookup(trunk), self.now.mono + pause);
        if moved {
            self.probes_reconfigured();
            self.register_now(trunk);
        }
    }

    /// The address in use is of no use: the next one's turn, and a look whether the name has others.
    pub(super) fn try_next_address(&mut self, trunk: TrunkId) {
        if let Some(known) = self.lookups.get_mut(&trunk)
            && known.addresses.len() > 1
        {
            known.addresses.rotate_left(1);
        }
        self.look_up_soon(trunk);
    }

    /// Where a trunk is: what the operator says, or where its name leads.
    pub(super) fn trunk_target(&self, trunk: TrunkId) -> Option<(Transport, SocketAddr)> {
        let peer = self.directory.trunk(trunk)?;
        if peer.target.is_some() {
            return peer.target;
        }
        let known = self.lookups.get(&trunk)?;
        let Host { transport, port, .. } = known.host;
        let name = [known.host.name.clone()];
        let places = known.addresses.iter().map(|address| SocketAddr::new(*address, port));
        let place =
            places.clone().find(|place| self.links.reaches(transport, *place, &name)).or(places.clone().next())?;
        Some((transport, place))
    }

    /// Whose certificate must be shown over TLS by whoever answers at an address: that of every carrier who is there.
    pub(super) fn names_at(&self, transport: Transport, ip: IpAddr) -> Vec<String> {
        if transport != Transport::Tls {
            return Vec::new();
        }
        let config = &self.directory.config;
        let carriers = config.trunks.iter().filter_map(|peer| self.name_at(peer, ip));
        let registrars = config.registrations.iter().filter_map(|one| match one.registrar {
            Some((Transport::Tls, at)) if at.ip() == ip => Some(one.domain.clone()),
            _ => None,
        });
        let names: BTreeSet<String> = carriers.chain(registrars).collect();
        names.into_iter().collect()
    }

    /// The name of a carrier that is spoken to over TLS, if he is at this address; his address where he has no name.
    fn name_at(&self, peer: &TrunkPeer, ip: IpAddr) -> Option<String> {
        let named = || peer.host.as_ref().map(|host| host.name.clone());
        match (peer.target, &peer.host) {
            (Some((Transport::Tls, at)), _) if at.ip() == ip => Some(named().unwrap_or_else(|| ip.to_string())),
            (None, Some(host)) if host.transport == Transport::Tls => {
                let known = self.lookups.get(&peer.id)?;
                known.addresses.contains(&ip).then(|| host.name.clone())
            }
            _ => None,
        }
    }

    /// Whether a request may be sent to an address that a carrier has named for later requests.
    pub(super) fn can_prove(&self, transport: Transport, ip: IpAddr) -> bool {
        transport.is_open() || !self.names_at(transport, ip).is_empty()
    }

    /// All addresses that a trunk's name has; none where it is not looked up.
    pub(super) fn addresses_of(&self, trunk: TrunkId) -> Vec<IpAddr> {
        self.lookups.get(&trunk).map(|known| known.addresses.clone()).unwrap_or_default()
    }
}
