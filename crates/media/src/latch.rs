//! Whose packets a stream accepts. Behind NAT a peer's RTP does not come from where SDP said, so the stream
//! latches to a source; a stranger must not take it over (the RTP bleed and injection class of attacks).
//!
//! - The signalled address is believed at once and for good. Another source is taken once, if nothing better
//!   came first, and for [`PROBATION`] it gives way to a better one: the signalled host, then the exact address.
//! - After that the source must match. A new SSRC from it is legitimate; a known SSRC from elsewhere is not.
//! - It opens again only when signalling names another address, or after [`SILENCE`] without a packet.
//!
//! A stranger who is first where the real peer is behind NAT and silent is accepted: only SRTP helps there.

use std::net::SocketAddr;
use std::time::Duration;
use terms::Mono;

/// How long a source that signalling did not name can still be displaced by one that it did.
pub(crate) const PROBATION: Duration = Duration::from_secs(2);
/// How long the latched source must be silent before another may take its place.
pub(crate) const SILENCE: Duration = Duration::from_secs(5);

/// How well a source fits what was signalled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    Stranger,
    Host,
    Exact,
}

/// What became of a source's claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Claim {
    /// Not the latched source: drop the packet.
    Refused,
    /// The latched source.
    Held,
    /// The latched source, from now on until `SILENCE`: the kernel may filter.
    Settled,
    /// A source was latched, for the first time or in place of another; still on probation.
    Taken,
}

#[derive(Clone, Copy, Debug)]
struct Held {
    source: SocketAddr,
    fit: Fit,
    since: Mono,
    last: Mono,
    settled: bool,
}

/// The latch of one stream.
#[derive(Clone, Debug, Default)]
pub(crate) struct Latch {
    signalled: Option<SocketAddr>,
    held: Option<Held>,
}

impl Latch {
    /// What signalling says now. Answers whether the latch opened, that is, whether it says something new.
    pub(crate) fn signal(&mut self, remote: SocketAddr) -> bool {
        let remote = canonical(remote);
        if self.signalled == Some(remote) {
            return false;
        }
        self.signalled = Some(remote);
        self.held.take().is_some()
    }

    /// A packet that is valid in itself came from `from`.
    pub(crate) fn claim(&mut self, now: Mono, from: SocketAddr) -> Claim {
        let Some(signalled) = self.signalled else { return Claim::Refused };
        let fit = fit(signalled, from);
        if let Some(held) = &mut self.held {
            let silent = now - held.last >= SILENCE;
            if held.source == from {
                held.last = now;
                if !held.settled && (held.fit == Fit::Exact || now - held.since >= PROBATION) {
                    held.settled = true;
                    return Claim::Settled;
                }
                return Claim::Held;
            }
            if !silent && (held.settled || fit <= held.fit) {
                return Claim::Refused;
            }
        }
        let settled = fit == Fit::Exact;
        self.held = Some(Held { source: from, fit, since: now, last: now, settled });
        if settled { Claim::Settled } else { Claim::Taken }
    }

    /// When the latched source will have been silent for long enough to be replaced.
    pub(crate) fn silent_at(&self) -> Option<Mono> {
        self.held.map(|held| held.last + SILENCE)
    }

    /// The silence was agreed: it counts from now. Answers when it will be too long.
    pub(crate) fn excuse(&mut self, now: Mono) -> Mono {
        if let Some(held) = &mut self.held {
            held.last = now;
        }
        now + SILENCE
    }

    /// It has been: the kernel must not filter any longer, and whoever comes back is on probation.
    pub(crate) fn loosen(&mut self, now: Mono) {
        if let Some(held) = &mut self.held {
            held.settled = false;
            held.since = now;
        }
    }

    /// Where packets for the peer go: to the source that is latched, else where signalling said.
    pub(crate) fn target(&self) -> Option<SocketAddr> {
        let target = self.held.map(|held| held.source).or(self.signalled)?;
        (target.port() != 0 && !target.ip().is_unspecified()).then_some(target)
    }

    /// The latched source.
    pub(crate) fn source(&self) -> Option<SocketAddr> {
        self.held.map(|held| held.source)
    }

    /// Whether the latched source is final.
    pub(crate) fn is_settled(&self) -> bool {
        self.held.is_some_and(|held| held.settled)
    }
}

fn fit(signalled: SocketAddr, from: SocketAddr) -> Fit {
    if signalled == from {
        Fit::Exact
    } else if signalled.ip() == from.ip() {
        Fit::Host
    } else {
        Fit::Stranger
    }
}

/// An IPv4 address that a socket for both families wrote as `::ffff:a.b.c.d` is that IPv4 address.
pub(crate) fn canonical(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip().to_canonical(), address.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: u64) -> Mono {
        Mono::from_micros(ms * 1_000)
    }

    fn addr(text: &str) -> SocketAddr {
        text.parse().expect("an address")
    }

    fn latch() -> Latch {
        let mut latch = Latch::default();
        latch.signal(addr("192.0.2.1:4000"));
        latch
    }

    #[test]
    fn nothing_is_accepted_before_signalling_named_a_peer() {
        let mut latch = Latch::default();
        assert_eq!(latch.claim(at(0), addr("192.0.2.1:4000")), Claim::Refused);
        assert_eq!(latch.target(), None);
    }

    #[test]
    fn the_signalled_source_settles_at_once_and_keeps_strangers_out() {
        let mut latch = latch();
        assert_eq!(latch.claim(at(0), addr("192.0.2.1:4000")), Claim::Settled);
        assert_eq!(latch.claim(at(10), addr("198.51.100.9:4000")), Claim::Refused);
        assert_eq!(latch.claim(at(20), addr("192.0.2.1:4000")), Claim::Held);
        assert_eq!(latch.target(), Some(addr("192.0.2.1:4000")));
    }

    #[test]
    fn a_peer_behind_nat_is_latched_once_and_then_the_source_must_match() {
        let mut latch = latch();
        let (peer, attacker) = (addr("198.51.100.9:7000"), addr("203.0.113.5:7000"));
        assert_eq!(latch.claim(at(0), peer), Claim::Taken);
        assert_eq!(latch.claim(at(20), attacker), Claim::Refused);
        assert_eq!(latch.claim(at(1_990), peer), Claim::Held);
        assert_eq!(latch.claim(at(2_000), peer), Claim::Settled);
        assert_eq!(latch.claim(at(2_020), attacker), Claim::Refused);
        assert_eq!(latch.target(), Some(peer));
    }

    #[test]
    fn a_stranger_who_was_first_gives_way_to_the_signalled_address_during_probation_only() {
        let (stranger, host, exact) = (addr("203.0.113.5:1"), addr("192.0.2.1:4002"), addr("192.0.2.1:4000"));
        let mut early = latch();
        assert_eq!(early.claim(at(0), stranger), Claim::Taken);
        assert_eq!(early.claim(at(10), host), Claim::Taken);
        assert_eq!(early.claim(at(20), stranger), Claim::Refused);
        assert_eq!(early.claim(at(30), exact), Claim::Settled);
        assert_eq!(early.claim(at(40), host), Claim::Refused);
        let mut late = latch();
        late.claim(at(0), stranger);
        late.claim(at(2_000), stranger);
        assert_eq!(late.claim(at(2_010), exact), Claim::Refused);
    }

    #[test]
    fn long_silence_lets_another_source_in_and_the_signalled_one_wins() {
        let mut latch = latch();
        let (old, new, exact) = (addr("198.51.100.9:7000"), addr("198.51.100.9:7002"), addr("192.0.2.1:4000"));
        latch.claim(at(0), old);
        latch.claim(at(3_000), old);
        assert_eq!(latch.claim(at(7_999), new), Claim::Refused);
        assert_eq!(latch.silent_at(), Some(at(8_000)));
        latch.loosen(at(8_000));
        assert_eq!(latch.claim(at(8_000), new), Claim::Taken);
        assert_eq!(latch.claim(at(8_020), old), Claim::Refused);
        assert_eq!(latch.claim(at(8_040), exact), Claim::Settled);
    }

    #[test]
    fn a_new_address_from_signalling_opens_the_latch_and_the_same_one_does_not() {
        let mut latch = latch();
        latch.claim(at(0), addr("192.0.2.1:4000"));
        assert!(!latch.signal(addr("192.0.2.1:4000")));
        assert!(latch.signal(addr("192.0.2.1:5000")));
        assert_eq!(latch.claim(at(20), addr("192.0.2.1:4000")), Claim::Taken, "the old one is only a guess now");
        assert_eq!(latch.claim(at(40), addr("192.0.2.1:5000")), Claim::Settled);
    }

    #[test]
    fn a_mapped_address_is_the_address_that_it_maps() {
        assert_eq!(canonical(addr("[::ffff:192.0.2.1]:4000")), addr("192.0.2.1:4000"));
    }
}
