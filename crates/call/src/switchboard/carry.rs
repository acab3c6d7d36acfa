//! How parties get from one call to another: the switchboard tells the one, takes the parcel, tells the other. Nothing ever
//! holds two calls at once. How far each parcel is, and what becomes of it, is the table of [`transit`].

use super::Switchboard;
use super::transit::{Calls, Handed, Lent};
use crate::handle::Signal;
use crate::life::Life;
use crate::parcel::{Errand, News, Parcel};
use crate::want::Join;
use media::{StreamEvent, StreamState};
use terms::{CallRef, LegId, Now, StreamId};

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
    pub(super) fn into_signal(self, leg: LegId) -> Signal {
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
                Errand::Visit { home, who, to, then } => self.visit(now, (home, who), to, then),
                Errand::CallBack { home, who, queue, number, waited } => {
                    let done = self.call_back(now, queue, number, waited);
                    self.tell(now, home, Signal::Parcel(Box::new(News::Noted { who, done })));
                }
                Errand::Away { home, who, away } => self.send_away(now, (home, who), *away),
                Errand::Enter { who, entrance } => self.enter(now, who, entrance),
                Errand::Fetch { to, from } => self.fetch_line(now, to, from),
                Errand::Home { home, parcel } => self.send_home(now, home, parcel),
                Errand::Supersede(call) => self.ask(now, call, Signal::Parcel(Box::new(News::Unnailed))),
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
        let room = self.calls.get(&to).is_some_and(|call| call.hall.is_some());
        let lent = Lent { leg, stream, home, to, crowd: room || then.is_one_of_many(), then, parcel };
        self.carry(now, |transit, calls| transit.lend(calls, now.mono, lent, from.is_some()));
    }

    /// The leg of a standing call goes back to it. Whoever had it may be gone by then.
    fn send_home(&mut self, now: Now, home: CallRef, parcel: Box<Parcel>) {
        let leg = &parcel.party.leg;
        let (leg, stream, from) = (leg.id, leg.stream, leg.worker());
        let apart = self.calls.get(&home).is_some_and(|call| call.worker != from);
        if apart {
            self.desk(now).media(from, media::Command::Yield { stream });
        }
        let lent = Lent { leg, stream, home, to: home, crowd: true, then: Join::Home, parcel };
        self.carry(now, |transit, calls| transit.lend(calls, now.mono, lent, apart));
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
        let Some(state) = self.stray_stream(now, call, state) else { return };
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
}
