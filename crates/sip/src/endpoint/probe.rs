//! OPTIONS to carriers that the operator wants watched (RFC 3261 11): does anybody answer?
//!
//! - Any final response but 408 and 503 says so, 404 and 405 too: whoever refuses is there. A carrier that challenges is.
//! - Timer E repeats a probe that is lost; one without an answer for [`ANSWER`] counts as none. The next one goes out at
//!   its time all the same, and a single answer makes a carrier reachable again.
//! - While a carrier is out of reach its calls are refused with 503 at once, so that whoever placed them can go another
//!   way; the calls that it brings are taken. Before the first answer nothing is known, and calls go out.

use super::compose::sip_uri;
use super::{Due, Endpoint};
use crate::face::{Event, Transport};
use crate::transaction::store::{Purpose, TxId};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::time::Duration;
use terms::{Mono, TrunkId};

/// How long an answer may take: five sendings over UDP.
const ANSWER: Duration = Duration::from_secs(8);
/// The first probes after a (re)configuration: a little later, and not all at once.
const STAGGER: Duration = Duration::from_millis(20);

/// A carrier that is watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Probed {
    /// Which.
    pub trunk: TrunkId,
    /// Whether it answers; absent before that is known.
    pub reachable: Option<bool>,
    /// Since when.
    pub since: Mono,
}

/// What is known of a carrier.
#[derive(Debug)]
pub(super) struct Probe {
    target: (Transport, SocketAddr),
    every: Duration,
    /// The OPTIONS that is out.
    tx: Option<TxId>,
    sent: Mono,
    reachable: Option<bool>,
    since: Mono,
}

impl Endpoint {
    /// The carriers that are to be watched are others now; of those that stay what is known stays.
    pub(super) fn probes_reconfigured(&mut self) {
        let wanted: BTreeMap<TrunkId, ((Transport, SocketAddr), Duration)> = self
            .directory
            .config
            .trunks
            .iter()
            .filter_map(|peer| Some((peer.id, (self.trunk_target(peer.id)?, peer.probe?))))
            .collect();
        let gone: BTreeSet<TrunkId> = self
            .probes
            .iter()
            .filter(|(trunk, probe)| wanted.get(trunk).is_none_or(|(target, _)| *target != probe.target))
            .map(|(trunk, _)| *trunk)
            .collect();
        gone.into_iter().for_each(|trunk| self.stop_probing(trunk));
        let mut at = self.now.mono + STAGGER;
        for (trunk, (target, every)) in wanted {
            if let Some(known) = self.probes.get_mut(&trunk) {
                known.every = every;
                continue;
            }
            let since = self.now.mono;
            self.probes.insert(trunk, Probe { target, every, tx: None, sent: since, reachable: None, since });
            at += STAGGER;
            self.deadlines.set(Due::Probe(trunk), at);
        }
    }

    fn stop_probing(&mut self, trunk: TrunkId) {
        self.deadlines.cancel(Due::Probe(trunk));
        if let Some(tx) = self.probes.remove(&trunk).and_then(|probe| probe.tx) {
            self.drop_client(tx);
        }
    }

    /// Whether calls to a carrier would go nowhere.
    pub(super) fn is_out_of_reach(&self, trunk: TrunkId) -> bool {
        self.probes.get(&trunk).is_some_and(|probe| probe.reachable == Some(false))
    }

    /// The next probe, or the end of waiting for the last one's answer.
    pub(super) fn probe_due(&mut self, trunk: TrunkId) {
        let Some(probe) = self.probes.get_mut(&trunk) else { return };
        match probe.tx.take() {
            Some(tx) => {
                self.drop_client(tx);
                self.probe_ended(trunk, false);
            }
            None => self.send_probe(trunk),
        }
    }

    fn send_probe(&mut self, trunk: TrunkId) {
        let now = self.now.mono;
        let Some(probe) = self.probes.get_mut(&trunk) else { return };
        probe.sent = now;
        let ((transport, remote), patience) = (probe.target, probe.every.min(ANSWER));
        let Some(path) = self.path_to(transport, remote, None) else { return self.probe_ended(trunk, false) };
        let uri = sip_uri("", &remote.to_string(), transport);
        let tx = self.send_options(&uri, path, Purpose::Probe(trunk));
        if let Some(probe) = self.probes.get_mut(&trunk) {
            probe.tx = Some(tx);
            self.deadlines.set(Due::Probe(trunk), now + patience);
        }
    }

    /// A final response came.
    pub(super) fn probe_answered(&mut self, trunk: TrunkId, status: u16) {
        self.probe_ended(trunk, !matches!(status, 408 | 503));
    }

    /// A probe has its answer, or will get none.
    pub(super) fn probe_ended(&mut self, trunk: TrunkId, reachable: bool) {
        let now = self.now.mono;
        let Some(probe) = self.probes.get_mut(&trunk) else { return };
        probe.tx = None;
        let next = (probe.sent + probe.every).max(now + STAGGER);
        let news = probe.reachable != Some(reachable);
        if news {
            (probe.reachable, probe.since) = (Some(reachable), now);
        }
        self.deadlines.set(Due::Probe(trunk), next);
        if news {
            self.event(Event::TrunkReachable { trunk, reachable });
        }
    }

    /// Every carrier that is watched.
    pub(super) fn probed(&self) -> Vec<Probed> {
        let one = |(trunk, probe): (&TrunkId, &Probe)| Probed {
            trunk: *trunk,
            reachable: probe.reachable,
            since: probe.since,
        };
        self.probes.iter().map(one).collect()
    }
}
