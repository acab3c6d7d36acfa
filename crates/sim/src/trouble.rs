//! What happens to the process itself: it is stopped for a while, it dies and starts again, its ledger answers late
//! or twice, somebody sets its clock. What an account on disk would have kept through a death is kept here.

use crate::{Packet, World};
use call::cdr::{Entry, KeptContact, LegRecord};
use node::{Input, Node};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;
use terms::{AgentId, CallRef, ContactId, LegId, Mono, PhoneId};

/// The process, as seen from outside.
#[derive(Debug, Default)]
pub(crate) struct Trouble {
    /// Until then nothing runs.
    pub stopped_until: Option<Mono>,
    /// Whether what comes meanwhile is lost (a dead process) or waits in the sockets (a stopped one).
    dead: bool,
    /// What waits in the sockets.
    pub held: VecDeque<Packet>,
    /// The ledger's answers on their way.
    pub answers: BTreeMap<(Mono, u64), CallRef>,
    answered: u64,
    /// They take up to this long, and come twice now and then.
    pub ledger_late: Duration,
    /// How far the clock on the wall was set, in milliseconds.
    pub wall_step_ms: i64,
    /// How often the process has died.
    pub deaths: u32,
    /// Calls that died with it.
    pub lost: BTreeSet<CallRef>,
    /// Legs that died with it, as far as the account knows of them.
    pub lost_legs: Vec<LegRecord>,
    bindings: BTreeMap<(PhoneId, String), sip::BindingChange>,
    dialogs: BTreeMap<LegId, (sip::Owed, Option<Box<LegRecord>>)>,
    /// Contacts without a call, as they are to be kept.
    contacts: BTreeMap<ContactId, KeptContact>,
    /// Of earlier processes.
    left: BTreeMap<i64, sip::Owed>,
}

impl Trouble {
    /// How many dialogs the ledger still keeps.
    pub(crate) fn kept(&self) -> usize {
        self.dialogs.len() + self.left.len()
    }

    /// Takes what comes while nothing runs; gives back what is to be delivered.
    pub(crate) fn hold(&mut self, packet: Packet) -> Option<Packet> {
        match self.stopped_until {
            None => Some(packet),
            Some(_) => {
                if !self.dead {
                    self.held.push_back(packet);
                }
                None
            }
        }
    }

    /// What the signalling core tells the ledger.
    pub(crate) fn note(&mut self, output: sip::Output) {
        if let sip::Output::Binding(change) = output {
            self.bindings.insert((change.phone, change.key.clone()), *change);
        }
    }

    /// A dialog began, moved or ended.
    pub(crate) fn keep(&mut self, change: sip::DialogChange, known: Option<Box<LegRecord>>) {
        use sip::DialogChange::{Begun, Ended, Moved, Parted};
        match change {
            Begun { leg, owed } | Moved { leg, owed } => {
                self.dialogs.insert(leg, (*owed, known));
            }
            Ended { leg } => {
                self.dialogs.remove(&leg);
            }
            Parted { key } => {
                self.left.remove(&key);
            }
        }
    }

    /// A contact without a call is to be kept so, or is over.
    pub(crate) fn keep_contact(&mut self, contact: ContactId, kept: Option<Box<KeptContact>>) {
        match kept {
            Some(kept) => self.contacts.insert(contact, *kept),
            None => self.contacts.remove(&contact),
        };
    }

    /// When the ledger says that it has this call's record: at once, or late, or late and twice.
    pub(crate) fn answer(&mut self, now: Mono, call: CallRef) {
        let late_us = self.ledger_late.as_micros() as u64;
        for again in 0..1 + u64::from(late_us > 0 && self.answered.is_multiple_of(3)) {
            self.answered += 1;
            let pause = if late_us == 0 { 0 } else { self.answered.wrapping_mul(7_919_000 + again) % late_us };
            self.answers.insert((now + Duration::from_micros(pause), self.answered), call);
        }
    }
}

impl World {
    /// SIGSTOP, and SIGCONT after this time: what comes meanwhile waits in the sockets.
    pub fn stop_process(&mut self, time: Duration) {
        self.trouble.dead = false;
        self.trouble.stopped_until = Some(self.now().mono + time);
        self.advance(time);
    }

    /// kill -9, and a new process with the same account after this time: what comes meanwhile is lost.
    pub fn crash(&mut self, down: Duration) {
        let closed: BTreeSet<CallRef> = self.closed_calls();
        let opened = self.ledger.iter().filter_map(|entry| match entry {
            Entry::Opened(record) => Some(record.call),
            _ => None,
        });
        let lost: Vec<CallRef> = opened.filter(|call| !closed.contains(call)).collect();
        let trouble = &mut self.trouble;
        trouble.lost.extend(lost);
        trouble.deaths += 1;
        trouble.answers.clear();
        trouble.held.clear();
        let first = i64::from(trouble.deaths) << 40;
        for (key, (dialog, leg)) in (first..).zip(std::mem::take(&mut trouble.dialogs).into_values()) {
            trouble.left.insert(key, dialog);
            trouble.lost_legs.extend(leg.map(|leg| *leg));
        }
        self.renew(1 + self.trouble.deaths);
        self.trouble.dead = true;
        self.trouble.stopped_until = Some(self.now().mono + down);
        self.advance(down);
        self.restore();
    }

    /// Legs that died with the process, as far as the account knows of them.
    pub fn lost_legs(&self) -> &[LegRecord] {
        &self.trouble.lost_legs
    }

    /// The clock on the wall is set, forwards or backwards.
    pub fn set_clock(&mut self, step_ms: i64) {
        self.trouble.wall_step_ms += step_ms;
    }

    /// The ledger's answers take up to this long from now on, and some come twice.
    pub fn delay_ledger(&mut self, late: Duration) {
        self.trouble.ledger_late = late;
    }

    /// Calls whose final record the ledger has.
    fn closed_calls(&self) -> BTreeSet<CallRef> {
        let closed = self.ledger.iter().filter_map(|entry| match entry {
            Entry::Closed(record) => Some(record.call),
            _ => None,
        });
        closed.collect()
    }

    /// A process as it starts, without its configuration.
    pub(crate) fn new_node(seed: u64, start: u32) -> Node {
        let incarnation = terms::Incarnation::new(1, start);
        let settings =
            call::Settings { incarnation, workers: crate::media::workers_of(seed), calls_max: terms::limits::CALLS };
        Node::new(seed, node::Beginning { settings, numbered: 0 })
    }

    /// Tells a new process what the account remembers, in the order in which the binary does.
    fn restore(&mut self) {
        let mut statuses: BTreeMap<AgentId, acd::Status> = BTreeMap::new();
        for entry in &self.journal {
            if let acd::What::Decision(acd::Event::AgentChanged { agent, status, .. }) = &entry.what {
                statuses.insert(*agent, status.clone());
            }
        }
        self.configure();
        for (agent, status) in statuses {
            self.input(Input::SetStatus { agent, status });
        }
        for binding in self.trouble.bindings.clone().into_values() {
            self.input(Input::Sip(sip::Input::Restore(Box::new(binding))));
        }
        let mut contacts: Vec<KeptContact> = self.trouble.contacts.values().cloned().collect();
        contacts.sort_by_key(|kept| (kept.entered.as_millis() - kept.before_ms.cast_signed(), kept.contact));
        let now = self.now();
        self.node.restore_absents(now, contacts);
        self.flush();
        for (key, owed) in self.trouble.left.clone() {
            self.input(Input::Sip(sip::Input::Farewell { key, owed: Box::new(owed) }));
        }
    }

    /// No agent is held by two offers at once.
    pub fn assert_one_offer_each(&self) {
        let offers = self.node.acd().inspect().offers;
        let agents: BTreeSet<_> = offers.iter().map(|offer| offer.agent).collect();
        assert_eq!(agents.len(), offers.len(), "an agent with two offers: {offers:?}\n{}", self.ladder);
    }
}
