//! Legs that no call has: of parties whose calls went while they were on their way between them. Each is let go of, and
//! stays here until both cores have said that it is gone, or a watchdog loses its patience.

use super::Switchboard;
use super::carry::Note;
use crate::handle::Signal;
use crate::leg::{Leg, LegFact};
use crate::life::WATCHDOG;
use crate::parcel::Parcel;
use media::{Command, StreamState};
use terms::{By, CallRef, Cause, Mono, Now};

/// One of them, and until when the cores are waited for.
pub(super) struct Stray {
    leg: Leg,
    until: Mono,
}

impl Switchboard {
    /// Nobody has a party any more.
    pub(super) fn stray(&mut self, now: Now, parcel: Parcel, notes: Vec<Note>) {
        let mut desk = self.office.desk(now, &self.plan);
        desk.count("a transferred party whose calls are gone");
        let Parcel { party, stream, .. } = parcel;
        if let Some(contact) = party.contact {
            desk.index.contacts.remove(&contact.id);
            desk.acd(acd::Command::Finished { contact: contact.id, by: By::Switch, held: contact.held });
        }
        let mut leg = party.leg;
        if let Some((state, call)) = stream.zip(desk.index.streams.get(&leg.stream).copied()) {
            desk.media(leg.worker(), Command::Adopt { call, state });
        }
        leg.release(&mut desk, Cause::TEMPORARY);
        let id = leg.id;
        self.strays.push(Stray { leg, until: now.mono + WATCHDOG });
        notes.into_iter().for_each(|note| self.stray_told(now, note.into_signal(id)));
    }

    /// Something happened to one of them.
    pub(super) fn stray_told(&mut self, now: Now, signal: Signal) {
        let mut desk = self.office.desk(now, &self.plan);
        let mut legs = self.strays.iter_mut().map(|stray| &mut stray.leg);
        let (leg, fact) = match signal {
            Signal::Leg(id, event) => (legs.find(|leg| leg.id == id), LegFact::of_signalling(event)),
            Signal::Stream(id, event) => (legs.find(|leg| leg.stream == id), Some(LegFact::of_stream(event))),
            _ => (None, None),
        };
        let Some(leg) = leg else { return desk.astray("a call that is gone") };
        fact.into_iter().for_each(|fact| leg.left(&mut desk, &fact));
        self.strays.retain(|stray| !stray.leg.is_gone());
    }

    /// The stream of one of them has come too late: its worker takes it back, and closes it. It comes back where it is
    /// nobody's of these.
    pub(super) fn stray_stream(&mut self, now: Now, call: CallRef, state: StreamState) -> Option<StreamState> {
        let Some(stray) = self.strays.iter().find(|stray| stray.leg.stream == state.stream()) else {
            return Some(state);
        };
        let (worker, stream) = (stray.leg.worker(), stray.leg.stream);
        let mut desk = self.desk(now);
        desk.media(worker, Command::Adopt { call, state });
        desk.media(worker, Command::Close { stream });
        None
    }

    /// When the next of them is not waited for any longer.
    pub(super) fn strays_until(&self) -> Option<Mono> {
        self.strays.iter().map(|stray| stray.until).min()
    }

    /// Those of whom a core has not said that they are gone are not waited for any longer.
    pub(super) fn strays_due(&mut self, now: Now) {
        let mut desk = self.office.desk(now, &self.plan);
        for stray in self.strays.extract_if(.., |stray| stray.until <= now.mono) {
            desk.count("watchdog: a core never let go of a call");
            let mut leg = stray.leg;
            leg.give_up(&mut desk);
        }
    }
}
