//! What can be seen of an endpoint from outside.

use super::Endpoint;
use super::leg::Phase;
use super::probe::Probed;
use super::standing::Registered;
use serde::Serialize;
use std::collections::BTreeMap;

/// The state of an endpoint, in numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Snapshot {
    /// Transactions alive for requests that came in.
    pub server_transactions: usize,
    /// Transactions alive for requests that went out.
    pub client_transactions: usize,
    /// Legs that call control knows.
    pub legs: usize,
    /// Legs that call control has let go and that still wait for the other side.
    pub closing: usize,
    /// Dialogs that a request can find.
    pub dialogs: usize,
    /// Links, listeners included.
    pub links: usize,
    /// Streams among them.
    pub streams: usize,
    /// Bindings of all phones.
    pub bindings: usize,
    /// Phones that can be reached.
    pub reachable: usize,
    /// Goodbyes from before a restart that are still to be said.
    pub farewells: usize,
    /// Carriers that are watched.
    pub probes: Vec<Probed>,
    /// Subscriptions that live.
    pub subscriptions: usize,
    /// What phones have published.
    pub publications: usize,
    /// Texts that nobody has taken yet.
    pub texts: usize,
    /// NOTIFYs sent to subscriptions.
    pub notified: u64,
    /// Deadlines set.
    pub deadlines: usize,
    /// Registrations of ours that are kept up.
    pub registrations: usize,
    /// Those of trunks among them.
    pub registered: Vec<Registered>,
    /// Whether new calls are refused.
    pub draining: bool,
    /// Requests received, by method.
    pub received: BTreeMap<String, u64>,
    /// Requests refused here, by reason.
    pub refusals: BTreeMap<String, u64>,
    /// Datagrams and stream pieces that were no message.
    pub garbage: u64,
    /// Responses that belong to nothing.
    pub stray_responses: u64,
    /// ACKs that belong to nothing.
    pub stray_acks: u64,
    /// Failure responses that nobody acknowledged.
    pub unacknowledged: u64,
    /// Messages whose link was gone.
    pub unsent: u64,
    /// Wrong passwords, with a nonce of ours.
    pub wrong_passwords: u64,
    /// Passwords that were not looked at, since there were too many wrong ones before.
    pub held_passwords: u64,
    /// Challenges that are remembered until they are answered.
    pub unanswered: usize,
    /// Accounts of sources that wait now.
    pub braked: usize,
}

/// The counters behind it.
#[derive(Clone, Debug, Default)]
pub(super) struct Counts {
    pub received: BTreeMap<&'static str, u64>,
    pub refusals: BTreeMap<&'static str, u64>,
    pub garbage: u64,
    pub stray_responses: u64,
    pub stray_acks: u64,
    pub unacknowledged: u64,
    pub unsent: u64,
}

impl Counts {
    /// One more refusal for this reason. Reasons are words of ours, so that they cannot grow without end.
    pub(super) fn refused(&mut self, reason: &'static str) {
        *self.refusals.entry(reason).or_default() += 1;
    }
}

impl Endpoint {
    /// The state in numbers.
    pub fn inspect(&self) -> Snapshot {
        let named = |counts: &BTreeMap<&'static str, u64>| counts.iter().map(|(k, v)| ((*k).to_owned(), *v)).collect();
        let closing = self.legs.values().filter(|leg| leg.told || matches!(leg.phase, Phase::Closing)).count();
        Snapshot {
            server_transactions: self.transactions.servers(),
            client_transactions: self.transactions.clients(),
            legs: self.legs.len() - closing,
            closing,
            dialogs: self.dialogs.len(),
            links: self.links.len(),
            streams: self.links.streams(),
            bindings: self.registrar.len(),
            reachable: self.reachable.len(),
            farewells: self.farewells.len(),
            probes: self.probed(),
            subscriptions: self.notifier.len(),
            publications: self.publications.len(),
            texts: self.texts.len(),
            notified: self.notifier.told,
            deadlines: self.deadlines.len(),
            registrations: self.accounts.len(),
            registered: self.registrations(),
            draining: self.draining,
            received: named(&self.counts.received),
            refusals: named(&self.counts.refusals),
            garbage: self.counts.garbage,
            stray_responses: self.counts.stray_responses,
            stray_acks: self.counts.stray_acks,
            unacknowledged: self.counts.unacknowledged,
            unsent: self.counts.unsent,
            wrong_passwords: self.brake.totals().0,
            held_passwords: self.brake.totals().1,
            unanswered: self.unanswered.len(),
            braked: self.brake.waiting(self.now.mono),
        }
    }
}
