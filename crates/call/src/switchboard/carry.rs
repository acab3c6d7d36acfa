//! How parties get from one call to another: the switchboard tells the one, takes the parcel, tells the other. Nothing ever
//! holds two calls at once. How far each parcel is, and what becomes of it, is the table of [`transit`].

use super::Switchboard;
use super::transit::{Calls, Handed, Lent};
use crate::handle::Signal;
use crate::leg::{Leg, LegFact};
use crate::life::Life;
use crate::parcel::{Errand, Join, News, Parcel};
use media::{StreamEvent, StreamState};
use terms::{CallRef, Cause, LegId, Now, StreamId};

/// What happens to a party on its way.
#[derive(Debug)]
pub(super) enum Note {
    Leg(sip::LegEvent),
    Stream(StreamId, StreamEvent),
}

pub(super) type Transit = super::transit::Transit<Box<Parcel>, Note, Join>;

/// The calls, while something is carried between them.
struct Carrier<'a> {
    board: &'a mut Switchboard,
    now: Now,
}

impl Calls<Box<Parcel>, Note, Join> for Carrier<'_> {
    fn hand(&mut self, call: CallRef, parcel: Box<Parcel>, why: Handed<Join>) -> Result<(), Box<Parcel>> {
        if !self.board.calls.get(&call).is_some_and(|call| call.life == Life::Open) {
            return Err(parcel);
        }
        let news = match why {
            Handed::Comes(join) => News::Comes(parcel, join),
            Handed::Returns(join) => News::Returns(parcel, join),
        };
        self.board.tell(self.now, call, Signal::Parcel(Box::new(news)));
        Ok(())
    }

    fn tell(&mut self, call: CallRef, leg: LegId, note: Note) {
        self.board.tell(self.now, call, note.into_signal(leg));
    }

    fn moved(&mut self, call: CallRef, who: LegId, into: CallRef) {
        self.board.tell(self.now, call, Signal::Parcel(Box::new(News::Moved { who, into })));
    }

    fn missed(&mut self, call: CallRef, leg: LegId) {
        if self.board.calls.contains_key(&call) {
            self.board.tell(self.now, call, Signal::Parcel(Box::new(News::Missed(leg))));
        }
    }

    fn release(&mut self, parcel: Box<Parcel>, notes: Vec<Note>) {
        self.board.stray(self.now, *parcel, notes);
    }

    fn astray(&mut self, what: &'static str) {
        self.board.desk(self.now).astray(what);
    }
}

impl Carrier<'_> {
    /// The transit hears of calls that are gone.
    fn bury(&mut self, transit: &mut Transit) {
        while let Some((call, into)) = self.board.left.pop() {
            transit.closed(self, call, into);
        }
    }
}

impl Note {
    fn into_signal(self, leg: LegId) -> Signal {
        match self {
            Note::Leg(event) => Signal::Leg(leg, event),
            Note::Stream(stream, event) => Signal::Stream(stream, event),
        }
    }
}

impl Switchboard {
    /// Does what calls want of each other, until they want nothing more.
    pub(super) fn run_errands(&mut self, now: Now) {
        while let Some(errand) = self.errands.pop_front() {
            match errand {
                Errand::Merge { leg, refer, other } => self.merge(now, leg, refer, other),
                Errand::Lend { home, to, then, parcel } => self.lend(now, home, to, then, parcel),
            }
        }
        if !self.left.is_empty() {
            self.carry(now, |_, _| {});
        }
    }

    /// A party goes on its way. Where the two calls are not at one worker, its stream follows.
    fn lend(&mut self, now: Now, home: CallRef, to: CallRef, then: Join, parcel: Box<Parcel>) {
        let (leg, stream) = (parcel.party.leg.id, parcel.party.leg.stream);
        let worker = |call| self.calls.get(&call).map(|call| call.worker);
        let from = worker(home).filter(|from| worker(to).is_some_and(|to| to != *from));
        if let Some(worker) = from {
            self.desk(now).media(worker, media::Command::Yield { stream });
        }
        let lent = Lent { leg, stream, home, to, then, parcel };
        self.carry(now, |transit, calls| transit.lend(calls, now.mono, lent, from.is_some()));
    }

    /// Something happens to the transit.
    fn carry(&mut self, now: Now, what: impl FnOnce(&mut Transit, &mut Carrier<'_>)) {
        let mut transit = std::mem::take(&mut self.transit);
        let mut calls = Carrier { board: self, now };
        // Whoever has gone before this is not asked any more.
        calls.bury(&mut transit);
        what(&mut transit, &mut calls);
        calls.bury(&mut transit);
        self.transit = transit;
    }

    /// Whether a leg is on its way; then it is told there.
    pub(super) fn noted(&mut self, now: Now, leg: LegId, event: &sip::LegEvent) -> bool {
        let under_way = self.transit.has(leg);
        if under_way {
            let ended = matches!(event, sip::LegEvent::Refused { .. } | sip::LegEvent::Ended { .. });
            let note = Note::Leg(event.clone());
            self.carry(now, |transit, calls| transit.note(calls, leg, note, ended));
        }
        under_way
    }

    /// The same for its stream.
    pub(super) fn noted_stream(&mut self, now: Now, stream: StreamId, event: &StreamEvent) -> bool {
        let Some(leg) = self.transit.leg_of(stream) else { return false };
        match event {
            StreamEvent::Yielded { state } => {
                let state = state.clone();
                self.carry(now, |transit, calls| transit.yielded(calls, leg, |parcel| parcel.stream = Some(state)));
            }
            event => {
                let ended = matches!(event, StreamEvent::Closed { .. } | StreamEvent::OpenFailed);
                let note = Note::Stream(stream, event.clone());
                self.carry(now, |transit, calls| transit.note(calls, leg, note, ended));
            }
        }
        true
    }

    /// A stream has come whose party did not wait for it.
    pub(super) fn stream_came(&mut self, now: Now, call: CallRef, state: StreamState) {
        self.tell(now, call, Signal::Parcel(Box::new(News::Stream(state))));
    }

    /// What has waited for too long goes home.
    pub(super) fn carry_due(&mut self, now: Now) {
        if self.transit.next_due().is_some_and(|due| due <= now.mono) {
            self.carry(now, |transit, calls| transit.due(calls, now.mono));
        }
    }

    /// A call is gone while something of it is on its way.
    pub(super) fn call_left(&mut self, call: CallRef, into: Option<CallRef>) {
        self.left.push((call, into));
    }

    /// Nobody has a party any more: its leg is let go of, and stays until both cores have said that it is gone.
    fn stray(&mut self, now: Now, parcel: Parcel, notes: Vec<Note>) {
        let mut desk = self.office.desk(now, &self.plan);
        desk.count("a transferred party whose calls are gone");
        let Parcel { party, stream, .. } = parcel;
        if let Some(contact) = party.contact {
            desk.index.contacts.remove(&contact.id);
            desk.acd(acd::Command::Finished { contact: contact.id, by: terms::By::Switch, held: contact.held });
        }
        if let Some((state, call)) = stream.zip(desk.index.streams.get(&party.leg.stream).copied()) {
            desk.media(party.leg.worker(), media::Command::Adopt { call, state });
        }
        let leg = party.leg.id;
        Leg::leave(&mut desk, &mut self.strays, party.leg, Cause::TEMPORARY);
        notes.into_iter().for_each(|note| self.stray_told(now, note.into_signal(leg)));
    }

    /// Something happened to one that nobody has.
    pub(super) fn stray_told(&mut self, now: Now, signal: Signal) {
        let mut desk = self.office.desk(now, &self.plan);
        let strays = &mut self.strays;
        let (leg, fact) = match signal {
            Signal::Leg(id, event) => (strays.iter_mut().find(|leg| leg.id == id), LegFact::of_signalling(event)),
            Signal::Stream(id, event) => {
                (strays.iter_mut().find(|leg| leg.stream == id), Some(LegFact::of_stream(event)))
            }
            _ => (None, None),
        };
        let Some(leg) = leg else { return desk.astray("a call that is gone") };
        fact.into_iter().for_each(|fact| leg.left(&mut desk, &fact));
        self.strays.retain(|leg| !leg.is_gone());
    }
}
