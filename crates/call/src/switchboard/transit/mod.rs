//! What is on its way from one call to another. Calls touch each other only by value: one lends a party, the switchboard
//! carries it, the other takes it in or does not. Whatever becomes of the two calls, the party is in exactly one place:
//! in a call, here, or released.

mod state;

use state::{Act, Event, State};
use std::collections::BTreeMap;
use std::time::Duration;
use terms::{CallRef, LegId, Mono, StreamId, limits};

/// How long a stream may take to come from its worker. Both are in this process: it is there within a millisecond, or
/// something is wrong.
const PATIENCE: Duration = Duration::from_secs(2);

/// The calls, as far as the way of a parcel `P` leads through them; `N` is what may happen to it meanwhile, and `J` what
/// it is to be in the call that it is for.
pub(crate) trait Calls<P, N, J> {
    /// Hands it to a call. It comes back where that call does not want it, or is not there.
    fn hand(&mut self, call: CallRef, parcel: P, why: Handed<J>) -> Result<(), P>;
    /// Tells a call what happened to a party of its while that was on its way.
    fn tell(&mut self, call: CallRef, leg: LegId, note: N);
    /// Tells a call that what it lent is in that other one, for good.
    fn moved(&mut self, call: CallRef, leg: LegId, into: CallRef);
    /// Tells a call that what it awaits does not come.
    fn missed(&mut self, call: CallRef, leg: LegId);
    /// Lets go of what nobody wants, having told it what happened.
    fn release(&mut self, parcel: P, notes: Vec<N>);
    /// Counts what cannot be.
    fn astray(&mut self, what: &'static str);
}

/// Why a call is handed a parcel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Handed<J> {
    /// It comes from another call, to be this here.
    Comes(J),
    /// The call lent it, or has taken in the one that did, to be this elsewhere, and nobody wanted it.
    Returns(J),
}

/// What a call lends.
#[derive(Debug)]
pub(crate) struct Lent<P, J> {
    pub leg: LegId,
    pub stream: StreamId,
    pub home: CallRef,
    pub to: CallRef,
    /// Others may be on their way there, too.
    pub crowd: bool,
    pub then: J,
    pub parcel: P,
}

/// A parcel on its way.
#[derive(Debug)]
struct Way<P, N, J> {
    state: State,
    stream: StreamId,
    /// Who lent it, or has taken that one in.
    home: Option<CallRef>,
    to: CallRef,
    then: J,
    /// Absent while a call has it in hand.
    parcel: Option<P>,
    /// What happened to it meanwhile, in order.
    notes: Vec<N>,
    due: Mono,
}

/// All that is on its way.
#[derive(Debug)]
pub(crate) struct Transit<P, N, J> {
    ways: BTreeMap<LegId, Way<P, N, J>>,
}

impl<P, N, J> Default for Transit<P, N, J> {
    fn default() -> Transit<P, N, J> {
        Transit { ways: BTreeMap::new() }
    }
}

impl<P, N, J: Copy> Transit<P, N, J> {
    /// Nothing is on its way.
    pub fn is_empty(&self) -> bool {
        self.ways.is_empty()
    }

    /// Whether one of these calls lends to, or awaits from, any other than the other one.
    pub fn is_busy(&self, home: CallRef, to: CallRef) -> bool {
        let touches = |way: &Way<P, N, J>| [home, to].iter().any(|call| way.home == Some(*call) || way.to == *call);
        self.ways.values().any(|way| touches(way) && (way.home, way.to) != (Some(home), to))
    }

    /// The same of one that many go to: they are in nobody's way there.
    pub fn is_busy_for_crowd(&self, home: CallRef, to: CallRef) -> bool {
        let lends = |way: &Way<P, N, J>| way.home == Some(to) || way.home == Some(home) && way.to != to;
        self.ways.values().any(|way| way.to == home || lends(way))
    }

    /// A call lends: `loose`, where the stream is to come from another worker first. Refused at once, and handed back, where
    /// one of the two calls is busy with a third.
    pub fn lend(&mut self, calls: &mut impl Calls<P, N, J>, now: Mono, lent: Lent<P, J>, loose: bool) {
        let Lent { leg, stream, home, to, crowd, then, parcel } = lent;
        let busy = if crowd { self.is_busy_for_crowd(home, to) } else { self.is_busy(home, to) };
        let due = now + PATIENCE;
        let way =
            Way { state: State::Loose, stream, home: Some(home), to, then, parcel: Some(parcel), notes: vec![], due };
        if self.ways.insert(leg, way).is_some() {
            calls.astray("a party was lent twice");
        }
        match (busy, loose) {
            (true, _) => self.go(calls, leg, Event::ThereGone),
            (false, false) => self.go(calls, leg, Event::Yielded),
            (false, true) => {}
        }
    }

    /// What is on its way.
    pub fn parcels(&self) -> impl Iterator<Item = &P> {
        self.ways.values().filter_map(|way| way.parcel.as_ref())
    }

    /// The leg of a stream that is on its way.
    pub fn leg_of(&self, stream: StreamId) -> Option<LegId> {
        self.ways.iter().find(|(_, way)| way.stream == stream).map(|(leg, _)| *leg)
    }

    /// Whether a leg is on its way.
    pub fn has(&self, leg: LegId) -> bool {
        self.ways.contains_key(&leg)
    }

    /// Something happened to a leg that is on its way. Whoever gets it is told; that it has ended sends it home.
    pub fn note(&mut self, calls: &mut impl Calls<P, N, J>, leg: LegId, note: N, ended: bool) {
        let Some(way) = self.ways.get_mut(&leg) else { return calls.astray("news of a party that is not on its way") };
        if ended || way.notes.len() < limits::NOTES_IN_TRANSIT {
            way.notes.push(note);
        }
        if ended {
            self.go(calls, leg, Event::Ended);
        }
    }

    /// The stream of a leg has come, and goes along with it.
    pub fn yielded(&mut self, calls: &mut impl Calls<P, N, J>, leg: LegId, put: impl FnOnce(&mut P)) {
        let Some(way) = self.ways.get_mut(&leg) else { return calls.astray("news of a party that is not on its way") };
        if let Some(parcel) = &mut way.parcel {
            put(parcel);
        }
        self.go(calls, leg, Event::Yielded);
    }

    /// A call is gone; all that was in it is in that other one, where there is one.
    pub fn closed(&mut self, calls: &mut impl Calls<P, N, J>, call: CallRef, into: Option<CallRef>) {
        for way in self.ways.values_mut().filter(|way| way.home == Some(call)) {
            way.home = into;
        }
        let awaited = self.ways.iter().filter(|(_, way)| way.to == call && way.state == State::Loose);
        for leg in awaited.map(|(leg, _)| *leg).collect::<Vec<_>>() {
            self.go(calls, leg, Event::ThereGone);
        }
    }

    /// When something is due.
    pub fn next_due(&self) -> Option<Mono> {
        self.ways.values().map(|way| way.due).min()
    }

    /// What has waited for too long goes home.
    pub fn due(&mut self, calls: &mut impl Calls<P, N, J>, now: Mono) {
        let due = self.ways.iter().filter(|(_, way)| way.due <= now).map(|(leg, _)| *leg).collect::<Vec<_>>();
        for leg in due {
            calls.astray("a stream that its worker does not give up");
            self.go(calls, leg, Event::Due);
        }
    }

    /// Carries it as far as it goes by itself.
    fn go(&mut self, calls: &mut impl Calls<P, N, J>, leg: LegId, event: Event) {
        let mut next = Some(event);
        while let Some(event) = next {
            next = self.step(calls, leg, event);
        }
    }

    fn step(&mut self, calls: &mut impl Calls<P, N, J>, leg: LegId, event: Event) -> Option<Event> {
        let way = self.ways.get_mut(&leg)?;
        let Some((state, act)) = state::step(way.state, event) else {
            calls.astray("a parcel to which this cannot happen");
            return None;
        };
        way.state = state;
        match (act, way.home) {
            (Act::Hand, _) => Some(hand(calls, way, way.to, Handed::Comes(way.then))),
            (Act::Back, Some(home)) => Some(hand(calls, way, home, Handed::Returns(way.then))),
            (Act::Back, None) => Some(Event::HomeGone),
            (Act::Arrive | Act::Return | Act::Release, _) => {
                self.finish(calls, leg, act);
                None
            }
        }
    }

    /// It is over: whoever has it is told the rest.
    fn finish(&mut self, calls: &mut impl Calls<P, N, J>, leg: LegId, act: Act) {
        let Some(way) = self.ways.remove(&leg) else { return };
        let Way { home, to, parcel, notes, .. } = way;
        let at = if act == Act::Arrive { Some(to) } else { home };
        match (act, at, parcel) {
            (Act::Release, _, Some(parcel)) => calls.release(parcel, notes),
            (Act::Arrive | Act::Return, Some(at), None) => {
                notes.into_iter().for_each(|note| calls.tell(at, leg, note));
            }
            _ => calls.astray("a parcel that is not where it was said to be"),
        }
        match (act, home) {
            (Act::Arrive, Some(home)) => calls.moved(home, leg, to),
            (Act::Arrive, None) => {}
            _ => calls.missed(to, leg),
        }
    }
}

/// Hands it over; what became of that.
fn hand<P, N, J>(calls: &mut impl Calls<P, N, J>, way: &mut Way<P, N, J>, call: CallRef, why: Handed<J>) -> Event {
    let Some(parcel) = way.parcel.take() else { return Event::Taken };
    match calls.hand(call, parcel, why) {
        Ok(()) => Event::Taken,
        Err(parcel) => {
            way.parcel = Some(parcel);
            Event::Refused
        }
    }
}

#[cfg(test)]
mod tests;
