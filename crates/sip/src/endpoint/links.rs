//! The links of this endpoint: which are open, who is at the other end, what waits for a connection,
//! and which one a message takes. The shell owns the sockets and bounds what is queued towards them.

use crate::face::Transport;
use crate::message::StreamDecoder;
use crate::transaction::store::TxId;
use bytes::Bytes;
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};
use terms::{LinkId, Mono, limits};

/// How far a link is.
#[derive(Debug)]
pub(crate) enum Stage {
    /// Bytes may flow.
    Open,
    /// We asked for it; this waits to be sent.
    Connecting(Vec<Bytes>),
    /// We asked for its end; nothing is sent any more.
    Closing,
}

/// A transport association.
pub(crate) struct Link {
    /// How its bytes travel.
    pub transport: Transport,
    /// Our end.
    pub local: SocketAddr,
    /// The other end; absent for a UDP listener.
    pub remote: Option<SocketAddr>,
    /// How far it is.
    pub stage: Stage,
    /// Cuts a stream into messages.
    pub decoder: StreamDecoder,
    /// When the last whole message came, or the link opened.
    pub heard: Mono,
    /// Since when a message is incomplete.
    pub partial_since: Option<Mono>,
    /// Requests of ours that travel over it (streams only): they fail with it.
    pub clients: BTreeSet<TxId>,
    /// Whose certificate the other end had to show before it opened.
    pub names: Vec<String>,
}

/// The way a message takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// Over this link, which is open or on its way.
    Link(LinkId),
    /// A stream must be connected first.
    Connect,
    /// There is none.
    Nowhere,
}

/// All links.
#[derive(Default)]
pub(crate) struct Links {
    links: BTreeMap<LinkId, Link>,
    streams: BTreeMap<(Transport, SocketAddr), LinkId>,
    /// Where streams are accepted.
    listening: Vec<(Transport, SocketAddr)>,
    dialled: u64,
}

impl Links {
    /// A link.
    pub(crate) fn get(&self, link: LinkId) -> Option<&Link> {
        self.links.get(&link)
    }

    /// A link.
    pub(crate) fn get_mut(&mut self, link: LinkId) -> Option<&mut Link> {
        self.links.get_mut(&link)
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.links.len()
    }

    /// How many streams there are.
    pub(crate) fn streams(&self) -> usize {
        self.streams.len()
    }

    /// Takes note that a link is open; answers what waited for it.
    pub(crate) fn opened(
        &mut self,
        id: LinkId,
        transport: Transport,
        local: SocketAddr,
        remote: Option<SocketAddr>,
        now: Mono,
    ) -> Vec<Bytes> {
        if let Some(link) = self.links.get_mut(&id) {
            link.local = local;
            link.heard = now;
            if matches!(link.stage, Stage::Closing) {
                return Vec::new();
            }
            return match std::mem::replace(&mut link.stage, Stage::Open) {
                Stage::Connecting(waiting) => waiting,
                Stage::Open | Stage::Closing => Vec::new(),
            };
        }
        self.insert(id, transport, local, remote, Stage::Open, now);
        Vec::new()
    }

    /// Streams are accepted at `local`.
    pub(crate) fn listening(&mut self, transport: Transport, local: SocketAddr) {
        self.listening.push((transport, local));
    }

    /// Notes a stream that we ask for, and names it. `names`: what a certificate must prove.
    pub(crate) fn dial(&mut self, transport: Transport, remote: SocketAddr, names: Vec<String>, now: Mono) -> LinkId {
        self.dialled += 1;
        let id = LinkId::dialled(self.dialled);
        let local = SocketAddr::new(unspecified_like(remote), 0);
        self.insert(id, transport, local, Some(remote), Stage::Connecting(Vec::new()), now);
        if let Some(link) = self.links.get_mut(&id) {
            link.names = names;
        }
        id
    }

    /// Forgets a link.
    pub(crate) fn closed(&mut self, id: LinkId) -> Option<Link> {
        let link = self.links.remove(&id)?;
        if let Some(remote) = link.remote
            && self.streams.get(&(link.transport, remote)) == Some(&id)
        {
            self.streams.remove(&(link.transport, remote));
        }
        Some(link)
    }

    /// Whether bytes may be given to a link (they may have to wait for it).
    pub(crate) fn takes(&self, id: LinkId) -> bool {
        self.links.get(&id).is_some_and(|link| match &link.stage {
            Stage::Open => true,
            Stage::Connecting(waiting) => waiting.len() < limits::LINK_WAITING,
            Stage::Closing => false,
        })
    }

    /// The way to `remote`, over `wanted` where that is possible. `names`: whom it must have proved to be over TLS, if
    /// that is known; nobody is connected to over TLS of whom nothing can be asked.
    pub(crate) fn way(
        &self,
        transport: Transport,
        remote: SocketAddr,
        wanted: Option<LinkId>,
        names: &[String],
    ) -> Way {
        if let Some(id) = wanted
            && self.takes(id)
            && self.links.get(&id).is_some_and(|link| link.transport == transport)
            && (!id.is_dialled() || self.has_proved(id, names))
        {
            return Way::Link(id);
        }
        if transport == Transport::Udp {
            return self.listener(|local| local.is_ipv4() == remote.is_ipv4()).map_or(Way::Nowhere, Way::Link);
        }
        match self.streams.get(&(transport, remote)) {
            Some(id) if self.takes(*id) && self.has_proved(*id, names) => Way::Link(*id),
            _ if self.len() >= limits::LINKS => Way::Nowhere,
            _ if transport == Transport::Tcp || (transport == Transport::Tls && !names.is_empty()) => Way::Connect,
            _ => Way::Nowhere,
        }
    }

    /// Whether who is at the other end has shown a certificate of every one of these names.
    fn has_proved(&self, id: LinkId, names: &[String]) -> bool {
        self.links.get(&id).is_some_and(|link| names.iter().all(|name| link.names.contains(name)))
    }

    /// Whether there is a way to `remote`, or one can be made, to whoever has this name.
    pub(crate) fn reaches(&self, transport: Transport, remote: SocketAddr, names: &[String]) -> bool {
        self.way(transport, remote, None, names) != Way::Nowhere
    }

    /// The UDP listener that was bound to `local`, or another of its family.
    pub(crate) fn listener_at(&self, local: SocketAddr) -> Option<LinkId> {
        self.listener(|other| other == local)
            .or_else(|| self.listener(|other| other.port() == local.port() && other.is_ipv4() == local.is_ipv4()))
            .or_else(|| self.listener(|other| other.is_ipv4() == local.is_ipv4()))
    }

    /// The address that the other side is told for a link.
    pub(crate) fn told(&self, id: LinkId, advertise: Option<IpAddr>) -> (Transport, SocketAddr) {
        let Some(link) = self.links.get(&id) else {
            return (Transport::Udp, SocketAddr::from(([0, 0, 0, 0], 5060)));
        };
        let mut local = self.heard_at(id, link);
        if local.ip().is_unspecified()
            && let Some(known) = self.specified(local)
        {
            local.set_ip(known);
        }
        let ip = advertise.filter(|ip| ip.is_ipv4() == local.is_ipv4()).unwrap_or(local.ip());
        (link.transport, SocketAddr::new(ip, local.port()))
    }

    /// The stream that has been silent longest among those for which `idle` holds.
    pub(crate) fn longest_silent(&self, idle: impl Fn(LinkId) -> bool) -> Option<LinkId> {
        self.links
            .iter()
            .filter(|(id, link)| link.remote.is_some() && matches!(link.stage, Stage::Open) && idle(**id))
            .min_by_key(|(_, link)| link.heard)
            .map(|(id, _)| *id)
    }

    /// A stream that we connected has a port where nobody listens: a listener's port is better.
    fn heard_at(&self, id: LinkId, link: &Link) -> SocketAddr {
        if !id.is_dialled() || link.remote.is_none() {
            return link.local;
        }
        if let Some(heard) = self.accepted_at(link) {
            return heard;
        }
        let same = |other: &&Link| other.remote.is_none() && other.local.is_ipv4() == link.local.is_ipv4();
        let accepted = self.links.iter().find(|(other, l)| other.0 & 1 == 0 && l.transport == link.transport);
        let port =
            accepted.map(|(_, l)| l.local.port()).or_else(|| self.links.values().find(same).map(|l| l.local.port()));
        SocketAddr::new(link.local.ip(), port.unwrap_or(link.local.port()))
    }

    /// Where whoever is at the other end of a link that we connected can connect to us: at its own address, if streams of
    /// its kind are accepted there, or else where they are.
    fn accepted_at(&self, link: &Link) -> Option<SocketAddr> {
        let own = link.local.ip();
        let alike = |transport: Transport, at: IpAddr| transport == link.transport && at.is_ipv4() == own.is_ipv4();
        let all = || self.listening.iter().filter(|(transport, at)| alike(*transport, at.ip())).map(|(_, at)| *at);
        let here = all().find(|at| at.ip() == own || at.ip().is_unspecified());
        here.map(|at| SocketAddr::new(own, at.port())).or_else(|| all().next())
    }

    /// An address of ours of the same family, from a link that knows it.
    fn specified(&self, like: SocketAddr) -> Option<IpAddr> {
        let fits = |ip: &IpAddr| !ip.is_unspecified() && ip.is_ipv4() == like.is_ipv4();
        self.links.values().map(|link| link.local.ip()).find(fits)
    }

    fn listener(&self, fits: impl Fn(SocketAddr) -> bool) -> Option<LinkId> {
        self.links.iter().find(|(_, link)| link.transport == Transport::Udp && fits(link.local)).map(|(id, _)| *id)
    }

    fn insert(
        &mut self,
        id: LinkId,
        transport: Transport,
        local: SocketAddr,
        remote: Option<SocketAddr>,
        stage: Stage,
        now: Mono,
    ) {
        if transport.is_reliable()
            && let Some(remote) = remote
        {
            self.streams.insert((transport, remote), id);
        }
        let link = Link {
            transport,
            local,
            remote,
            stage,
            decoder: StreamDecoder::new(),
            heard: now,
            partial_since: None,
            clients: BTreeSet::new(),
            names: Vec::new(),
        };
        self.links.insert(id, link);
    }
}

fn unspecified_like(remote: SocketAddr) -> IpAddr {
    match remote {
        SocketAddr::V4(_) => IpAddr::from([0, 0, 0, 0]),
        SocketAddr::V6(_) => IpAddr::from([0_u16; 8]),
    }
}

#[cfg(test)]
#[path = "links_tests.rs"]
mod tests;
