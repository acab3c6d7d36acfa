//! The devices of phones, as they change: the clock, the ledger and call control are told what the registrar decided, and
//! legs follow the device that they belong to (RFC 3261 10.3, RFC 5626 5.3), never another one of the same phone.

use super::leg::{Leg, Peer};
use super::receive::Incoming;
use super::{Due, Endpoint};
use crate::dialog::Dialog;
use crate::face::{Bindings, Event, Output, Transport};
use crate::registrar::{Binding, BindingId, BindingLine, Consequences};
use smallvec::SmallVec;
use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::net::SocketAddr;
use terms::PhoneId;

/// The devices of one phone. Most have one.
pub(super) type Lines = SmallVec<[BindingLine; 1]>;

impl Endpoint {
    /// A binding's life is over.
    pub(super) fn binding_expired(&mut self, phone: PhoneId, id: BindingId) {
        let consequences = self.registrar.expired(phone, id);
        self.carry_out(consequences);
    }

    /// Tells the ledger, the clock and call control what the registrar decided.
    pub(super) fn carry_out(&mut self, consequences: Consequences) {
        for (phone, id) in consequences.forgotten {
            self.deadlines.cancel(Due::Binding(phone, id));
            self.stop_asking(phone, id);
        }
        for (phone, id, when) in consequences.deadlines {
            self.deadlines.set(Due::Binding(phone, id), when);
        }
        for change in consequences.changes {
            self.outputs.push_back(Output::Binding(Box::new(change)));
        }
        for (phone, id, was) in consequences.moved {
            self.device_moved(phone, id, was);
        }
        self.tell_bindings(&consequences.touched);
        for (phone, id) in consequences.doubted {
            self.ask(phone, id);
        }
    }

    /// Tells call control whose devices changed.
    pub(super) fn tell_bindings(&mut self, phones: &BTreeSet<PhoneId>) {
        for phone in phones {
            if let Some(news) = self.notice_bindings(*phone) {
                self.event(Event::Bindings(news));
            }
        }
    }

    /// The same after a new configuration, all at once.
    pub(super) fn tell_reconfigured(&mut self, phones: &BTreeSet<PhoneId>) {
        let news: Vec<Bindings> = phones.iter().filter_map(|phone| self.notice_bindings(*phone)).collect();
        if !news.is_empty() {
            self.event(Event::Reconfigured(news));
        }
    }

    /// Notes where a phone can be rung now; the news of it, if it is any.
    fn notice_bindings(&mut self, phone: PhoneId) -> Option<Bindings> {
        let lines = self.lines_of(phone);
        let told = self.reachable.get(&phone).map_or(&[][..], |lines| lines.as_slice());
        if told == lines.as_slice() {
            return None;
        }
        let (came, went) = (missing(&lines, told), missing(told, &lines));
        let news = Bindings { phone, lines: lines.to_vec(), came, went };
        match lines.is_empty() {
            true => self.reachable.remove(&phone),
            false => self.reachable.insert(phone, lines),
        };
        Some(news)
    }

    /// The devices that can be rung: the highest preference first, then whichever came last.
    fn lines_of(&self, phone: PhoneId) -> Lines {
        let Some(account) = self.directory.phone(phone) else { return Lines::new() };
        if let Some((transport, _)) = account.contact {
            return SmallVec::from_elem(BindingLine { id: BindingId::FIXED, q: 1_000, transport }, 1);
        }
        let usable = self.registrar.of(phone).iter().filter(|binding| binding.usable());
        let mut lines: Lines = usable.map(Binding::line).collect();
        lines.sort_unstable_by_key(|line| Reverse((line.q, line.id)));
        lines
    }

    /// The device that a call comes from: the one with that contact, else the one that registered from there.
    pub(super) fn device_of(&self, phone: PhoneId, incoming: &Incoming, contact: &str) -> Option<BindingId> {
        let bindings = self.registrar.of(phone);
        let named = bindings.iter().find(|binding| binding.contact == contact);
        named.or_else(|| bindings.iter().find(|binding| binding.source == incoming.remote)).map(|binding| binding.id)
    }

    /// The binding of a leg's own device, while it can be sent to. Where it is not known which, it is the one with the
    /// contact of the dialog.
    pub(super) fn own_binding(&self, phone: PhoneId, leg: &Leg, dialog: &Dialog) -> Option<&Binding> {
        let known = leg.device.and_then(|id| self.registrar.binding(phone, id));
        let same = || self.registrar.of(phone).iter().find(|binding| binding.contact == dialog.target);
        known.or_else(same).filter(|binding| binding.usable())
    }

    /// A device registered from elsewhere, as behind a translator that gave it another port: its legs follow it.
    fn device_moved(&mut self, phone: PhoneId, id: BindingId, was: SocketAddr) {
        let Some(binding) = self.registrar.binding(phone, id).filter(|b| b.transport == Transport::Udp) else { return };
        let (remote, link) = (binding.remote, binding.link);
        let left = |leg: &&mut Box<Leg>| {
            leg.device == Some(id)
                && leg.peer == Peer::Phone(phone)
                && leg.transport == Transport::Udp
                && leg.remote == was
        };
        for leg in self.legs.values_mut().filter(left) {
            leg.remote = remote;
            leg.link = link.or(leg.link);
        }
        self.notifier.moved(phone, id, was, remote);
    }
}

/// Those of `here` that are not `there`.
fn missing(here: &[BindingLine], there: &[BindingLine]) -> Vec<BindingId> {
    here.iter().map(|line| line.id).filter(|id| there.iter().all(|other| other.id != *id)).collect()
}
