//! Whose packets a stream accepts, and where its own go (RFC 7362). Behind NAT a peer's RTP does not come from where SDP
//! said, so the stream latches to a source; nobody may take it over (the RTP bleed and injection class of attacks).
//!
//! - The signalled address is believed at once and for good.
//! - Where the peer's signalling came from the host that it names for sound, no other host is latched. Another port of
//!   that host is, for as long as the exact one is not heard.
//! - Where it came from elsewhere, a device is behind NAT: the host of its signalling is latched, and gives way to the
//!   signalled one. Any other is latched last, after [`PATIENCE`] without a packet from either, and gives way to both.
//! - A carrier sends from where it likes: from the networks that the operator named. What is sent to it goes where it said.
//! - Silence opens nothing. A new offer does, for sources that are as good as the one before; and that one takes it back.
//!
//! A stranger behind the same NAT as a peer who has never been heard is not told from him: only SRTP helps there.

#[cfg(test)]
mod tests;

use crate::{StreamSettings, Trust};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;
use terms::{Mono, covers, is_private};

/// How long a source that signalling did not name is on probation.
pub(crate) const PROBATION: Duration = Duration::from_secs(2);
/// How long a source that nothing speaks for must wait, after an offer, for one that something speaks for.
pub(crate) const PATIENCE: Duration = Duration::from_secs(2);

/// What speaks for a source. A better one takes the place of a lesser one at any time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    /// Nothing.
    Stranger,
    /// The peer's signalling comes from this host; or the operator said that the carrier's sound does.
    Vouched,
    /// Signalling named this host.
    Host,
    /// Signalling named this address.
    Exact,
}

/// What became of a source's claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Claim {
    /// Not the latched source: drop the packet.
    Refused,
    /// The latched source.
    Held,
    /// The latched source, and nobody takes its place before the next offer: the kernel may filter.
    Settled,
    /// A source was latched, for the first time or in place of another.
    Taken,
}

#[derive(Clone, Copy, Debug)]
struct Held {
    source: SocketAddr,
    fit: Fit,
    since: Mono,
    settled: bool,
}

/// The source that was latched before the last offer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Past {
    #[default]
    None,
    /// The offer named the same address: the source takes the stream back.
    Kept(SocketAddr),
    /// It named another one: what still comes from the source may be the last of it.
    Left(SocketAddr),
}

/// The latch of one stream.
#[derive(Clone, Debug, Default)]
pub(crate) struct Latch {
    signalled: Option<SocketAddr>,
    trust: Trust,
    receiving: bool,
    offered: Mono,
    held: Option<Held>,
    past: Past,
    /// The null address was named: nothing is sent.
    muted: bool,
    target: Option<SocketAddr>,
}

impl Latch {
    /// What signalling says now. Answers whether the latch opened: the kernel must not filter any longer.
    pub(crate) fn signal(&mut self, now: Mono, says: &StreamSettings) -> bool {
        let remote = canonical(says.remote);
        // RFC 3264 8.4: a null address is hold as RFC 2543 did it; it names nobody, and he is still where he was.
        let named = self.signalled.filter(|_| remote.ip().is_unspecified()).unwrap_or(remote);
        self.muted = remote.ip().is_unspecified();
        let moved = self.signalled != Some(named) || self.trust != says.trust;
        self.signalled = Some(named);
        if moved {
            self.trust = says.trust.clone();
        }
        self.receiving = says.receiving;
        // Where we agree that he is silent, nobody may profit from that.
        let opened = (moved || says.receiving) && self.open(now, named, moved);
        self.aim();
        opened
    }

    fn open(&mut self, now: Mono, named: SocketAddr, moved: bool) -> bool {
        self.offered = now;
        if let Some(held) = self.held.as_mut().filter(|held| held.source == named) {
            let exact = held.fit == Fit::Exact;
            (held.fit, held.settled) = (Fit::Exact, exact);
            return false;
        }
        self.past = match (self.held.take().map(|held| held.source), self.past) {
            (None, Past::Left(source)) => Past::Left(source),
            (Some(source), _) | (None, Past::Kept(source)) if moved => Past::Left(source),
            (Some(source), _) | (None, Past::Kept(source)) => Past::Kept(source),
            (None, Past::None) => Past::None,
        };
        true
    }

    /// A packet that is valid in itself came from `from`.
    pub(crate) fn claim(&mut self, now: Mono, from: SocketAddr) -> Claim {
        match &mut self.held {
            Some(held) if held.source == from && held.settled => Claim::Held,
            Some(held) if held.source == from => {
                held.settled = held.fit == Fit::Exact || now - held.since >= PROBATION;
                let settled = held.settled;
                if settled && matches!(self.past, Past::Left(_)) {
                    self.past = Past::None;
                }
                if settled && self.is_final() { Claim::Settled } else { Claim::Held }
            }
            _ => self.contest(now, from),
        }
    }

    /// A source that is not latched wants to be.
    fn contest(&mut self, now: Mono, from: SocketAddr) -> Claim {
        let Some(fit) = self.fit(from) else { return Claim::Refused };
        let returns = self.past == Past::Kept(from);
        let takes = match self.held {
            Some(held) if returns => fit >= held.fit,
            Some(held) => fit > held.fit || (fit == held.fit && self.past == Past::Left(held.source)),
            None => returns || self.admits(now, fit),
        };
        if !takes {
            return Claim::Refused;
        }
        let settled = returns || fit == Fit::Exact;
        if fit == Fit::Exact || returns {
            self.past = Past::None;
        }
        self.held = Some(Held { source: from, fit, since: now, settled });
        self.aim();
        if settled && self.is_final() { Claim::Settled } else { Claim::Taken }
    }

    /// Whether a source of this fit may be the first after an offer. A stranger may not where the peer was better before.
    fn admits(&self, now: Mono, fit: Fit) -> bool {
        let (before, least) = match self.past {
            Past::None => (None, Fit::Stranger),
            Past::Kept(source) => (self.fit(source), self.fit(source).unwrap_or(Fit::Stranger)),
            Past::Left(source) => (self.fit(source), Fit::Stranger),
        };
        let waited = self.receiving && now - self.offered >= PATIENCE && before.is_none_or(|fit| fit == Fit::Stranger);
        fit >= least && (fit > Fit::Stranger || waited)
    }

    /// What speaks for a source; `None` where it is never believed.
    fn fit(&self, from: SocketAddr) -> Option<Fit> {
        let named = self.signalled?;
        if from == named {
            return Some(Fit::Exact);
        }
        let same = from.ip() == named.ip() && !self.is_beyond();
        match &self.trust {
            _ if same => Some(Fit::Host),
            Trust::Named => None,
            Trust::Device { via } if from.ip() == via.to_canonical() => Some(Fit::Vouched),
            Trust::Device { via } => {
                let natted = via.to_canonical() != named.ip() && !self.muted;
                natted.then_some(Fit::Stranger)
            }
            Trust::Carrier { networks: Some(networks), .. } => {
                let covers = |(network, length): &(IpAddr, u8)| covers(*network, *length, from.ip());
                networks.iter().any(covers).then_some(Fit::Vouched)
            }
            Trust::Carrier { via, networks: None } => (from.ip() == via.to_canonical()).then_some(Fit::Vouched),
        }
    }

    /// Whether the signalled address lies in a private network on the far side of a translator: whoever has it here is
    /// somebody else.
    fn is_beyond(&self) -> bool {
        let (Trust::Device { via } | Trust::Carrier { via, .. }) = &self.trust else { return false };
        self.signalled.is_some_and(|named| is_private(named.ip()) && !is_private(via.to_canonical()))
    }

    /// Whether nobody takes the place of the latched source, once it is settled, before the next offer.
    fn is_final(&self) -> bool {
        let Some(held) = self.held else { return false };
        let behind = matches!(self.trust, Trust::Device { .. }) && held.fit == Fit::Vouched && self.is_beyond();
        held.fit == Fit::Exact || (behind && self.past == Past::None)
    }

    fn aim(&mut self) {
        let past = if let Past::Kept(source) = self.past { Some(source) } else { None };
        let latched = self.held.map(|held| held.source).or(past).filter(|_| self.follows());
        let routable = |target: &SocketAddr| target.port() != 0 && !target.ip().is_unspecified();
        self.target = latched.or(self.signalled).filter(routable).filter(|_| !self.muted);
    }

    /// Whether what we send goes to the latched source. To a carrier it goes where signalling said, unless that is no
    /// address here.
    fn follows(&self) -> bool {
        match &self.trust {
            Trust::Carrier { networks, .. } => networks.is_none() && self.is_beyond(),
            Trust::Named | Trust::Device { .. } => true,
        }
    }

    /// Where packets for the peer go.
    pub(crate) fn target(&self) -> Option<SocketAddr> {
        self.target
    }

    /// The address that signalling named.
    pub(crate) fn signalled(&self) -> Option<SocketAddr> {
        self.signalled
    }

    /// The latched source.
    pub(crate) fn source(&self) -> Option<SocketAddr> {
        self.held.map(|held| held.source)
    }

    /// Whether nobody knows yet where the peer sends from.
    pub(crate) fn is_unheard(&self) -> bool {
        self.held.is_none() && !matches!(self.past, Past::Kept(_))
    }

    /// Whether the peer may wait for a packet of ours before he sends his own, and would get it: a proxy on his way may,
    /// a device that speaks for itself does not.
    pub(crate) fn may_wait(&self) -> bool {
        let elsewhere = match &self.trust {
            Trust::Named => false,
            Trust::Device { via } => self.signalled.is_some_and(|named| named.ip() != via.to_canonical()),
            Trust::Carrier { .. } => true,
        };
        elsewhere && self.is_unheard() && !self.is_beyond()
    }

    /// Whether reports from this host are the peer's.
    pub(crate) fn knows(&self, host: IpAddr) -> bool {
        let named = self.signalled.filter(|_| !self.is_beyond());
        [self.source(), named].into_iter().flatten().any(|known| known.ip() == host)
    }

    /// Whether the latched source is past its probation.
    pub(crate) fn is_settled(&self) -> bool {
        self.held.is_some_and(|held| held.settled)
    }
}

/// An IPv4 address that a socket for both families wrote as `::ffff:a.b.c.d` is that IPv4 address.
pub(crate) fn canonical(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip().to_canonical(), address.port())
}
