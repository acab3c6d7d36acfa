//! Random merges of random calls: nobody is lost or doubled, whatever is lost, refused, hung up or broken on the way.

use super::*;
use proptest::prelude::*;
use std::collections::BTreeSet;

/// A party, and whether it has its stream. There is no other of its kind, and none can be made.
#[derive(Debug, PartialEq, Eq)]
struct Piece(LegId, bool);

/// What can happen to one on its way.
#[derive(Debug, PartialEq, Eq)]
enum Note {
    Key(u8),
    Bye,
}

#[derive(Debug, Default)]
struct Model {
    parties: Vec<Piece>,
    lent: BTreeSet<LegId>,
    /// It wants nobody.
    proud: bool,
    /// It takes in who comes, and then breaks.
    brittle: bool,
}

#[derive(Debug, Default)]
struct World {
    running: BTreeMap<CallRef, Model>,
    /// Each call that is gone, and what it was merged into.
    closed: Vec<(CallRef, Option<CallRef>)>,
    /// Closed, and the transit does not know it yet.
    closing: Vec<(CallRef, Option<CallRef>)>,
    gone: BTreeSet<LegId>,
    /// Keys as they were heard.
    heard: Vec<(LegId, u8)>,
    /// Who was awaited in vain.
    missed: Vec<LegId>,
    astray: Vec<&'static str>,
}

impl World {
    fn close(&mut self, call: CallRef, into: Option<CallRef>) {
        if let Some(model) = self.running.remove(&call) {
            assert!(into.is_none() || (model.parties.is_empty() && model.lent.is_empty()));
            self.gone.extend(model.parties.into_iter().map(|piece| piece.0));
            self.closed.push((call, into));
            self.closing.push((call, into));
        }
    }

    /// Closes a call in which nobody is, and nobody is awaited back.
    fn is_over(&mut self, call: CallRef, into: Option<CallRef>) {
        let over = |model: &Model| model.parties.is_empty() && model.lent.is_empty();
        if self.running.get(&call).is_some_and(over) {
            self.close(call, into);
        }
    }
}

impl Calls<Piece, Note, ()> for World {
    fn hand(&mut self, call: CallRef, piece: Piece, why: Handed<()>) -> Result<(), Piece> {
        let Some(model) = self.running.get_mut(&call) else { return Err(piece) };
        match why {
            Handed::Comes(()) if model.proud => return Err(piece),
            Handed::Comes(()) => assert!(piece.1, "it has its stream"),
            Handed::Returns(()) => {
                model.lent.remove(&piece.0);
            }
        }
        model.parties.push(piece);
        if model.brittle {
            self.close(call, None);
        }
        Ok(())
    }

    fn tell(&mut self, call: CallRef, leg: LegId, note: Note) {
        match note {
            Note::Key(key) => self.heard.push((leg, key)),
            Note::Bye => {
                if let Some(model) = self.running.get_mut(&call) {
                    model.parties.retain(|piece| piece.0 != leg);
                    self.gone.insert(leg);
                    self.is_over(call, None);
                }
            }
        }
    }

    fn moved(&mut self, call: CallRef, leg: LegId, into: CallRef) {
        if let Some(model) = self.running.get_mut(&call) {
            assert!(model.lent.remove(&leg), "it was not lent");
            self.is_over(call, Some(into));
        }
    }

    fn missed(&mut self, _: CallRef, leg: LegId) {
        self.missed.push(leg);
    }

    fn release(&mut self, piece: Piece, _: Vec<Note>) {
        assert!(self.gone.insert(piece.0), "released twice");
    }

    fn astray(&mut self, what: &'static str) {
        self.astray.push(what);
    }
}

/// What happens next.
#[derive(Clone, Copy, Debug)]
enum Deed {
    /// A party goes to another call; its stream is at another worker or not.
    Move {
        leg: u64,
        to: u64,
        loose: bool,
    },
    Yield(u64),
    Key(u64, u8),
    Bye(u64),
    /// A call is proud from now on, or no longer.
    Pride(u64),
    /// It will break when somebody comes.
    Crack(u64),
    /// It breaks now.
    Panic(u64),
    Wait(u64),
}

#[derive(Debug, Default)]
struct Stage {
    world: World,
    transit: Transit<Piece, Note, ()>,
    now: u64,
}

impl Stage {
    fn new(seats: &[u64]) -> Stage {
        let mut stage = Stage::default();
        for (leg, call) in seats.iter().enumerate() {
            let piece = Piece(LegId(leg as u64), true);
            stage.world.running.entry(CallRef(*call)).or_default().parties.push(piece);
        }
        stage
    }

    fn call_of(&self, leg: LegId) -> Option<CallRef> {
        let has = |model: &Model| model.parties.iter().any(|piece| piece.0 == leg);
        self.world.running.iter().find(|(_, model)| has(model)).map(|(call, _)| *call)
    }

    fn perform(&mut self, deed: Deed) {
        let Stage { world, transit, now } = self;
        let at = Mono::from_micros(*now * 1_000);
        match deed {
            Deed::Move { leg, to, loose } => {
                let (leg, to) = (LegId(leg), CallRef(to));
                let Some(home) = self.call_of(leg).filter(|home| *home != to) else { return };
                let Some(model) = self.world.running.get_mut(&home) else { return };
                let Some(seat) = model.parties.iter().position(|piece| piece.0 == leg) else { return };
                let mut parcel = model.parties.remove(seat);
                parcel.1 = !loose;
                model.lent.insert(leg);
                let lent = Lent { leg, stream: StreamId(leg.0), home, to, crowd: false, then: (), parcel };
                self.transit.lend(&mut self.world, at, lent, loose);
            }
            Deed::Yield(leg) if transit.has(LegId(leg)) => transit.yielded(world, LegId(leg), |piece| piece.1 = true),
            Deed::Key(leg, key) if transit.has(LegId(leg)) => transit.note(world, LegId(leg), Note::Key(key), false),
            Deed::Bye(leg) if transit.has(LegId(leg)) => transit.note(world, LegId(leg), Note::Bye, true),
            Deed::Key(leg, key) => {
                if self.call_of(LegId(leg)).is_some() {
                    self.world.heard.push((LegId(leg), key));
                }
            }
            Deed::Bye(leg) => {
                if let Some(call) = self.call_of(LegId(leg)) {
                    self.world.tell(call, LegId(leg), Note::Bye);
                }
            }
            Deed::Yield(_) => {}
            Deed::Pride(call) => {
                world.running.get_mut(&CallRef(call)).into_iter().for_each(|model| model.proud = !model.proud)
            }
            Deed::Crack(call) => {
                world.running.get_mut(&CallRef(call)).into_iter().for_each(|model| model.brittle = true);
            }
            Deed::Panic(call) => world.close(CallRef(call), None),
            Deed::Wait(ms) => {
                *now += ms;
                transit.due(world, Mono::from_micros(*now * 1_000));
            }
        }
        self.settle();
    }

    /// The transit hears of the calls that are gone.
    fn settle(&mut self) {
        while let Some((call, into)) = self.world.closing.pop() {
            self.transit.closed(&mut self.world, call, into);
        }
    }

    /// Everybody is in exactly one place.
    fn check(&self, parties: usize) {
        let mut seen: Vec<LegId> = self.world.gone.iter().copied().collect();
        seen.extend(self.world.running.values().flat_map(|model| &model.parties).map(|piece| piece.0));
        seen.extend(self.transit.ways.keys());
        seen.sort_unstable();
        assert_eq!(seen, (0..parties as u64).map(LegId).collect::<Vec<_>>());
        let lent: BTreeSet<_> = self.world.running.values().flat_map(|model| &model.lent).copied().collect();
        assert!(lent.iter().all(|leg| self.transit.has(*leg)), "lent, and on no way");
    }
}

fn deed() -> impl Strategy<Value = Deed> {
    let (leg, call) = (|| 0..6_u64, || 0..4_u64);
    prop_oneof![
        6 => (leg(), call(), any::<bool>()).prop_map(|(leg, to, loose)| Deed::Move { leg, to, loose }),
        4 => leg().prop_map(Deed::Yield),
        2 => (leg(), 0..9_u8).prop_map(|(leg, key)| Deed::Key(leg, key)),
        2 => leg().prop_map(Deed::Bye),
        1 => call().prop_map(Deed::Pride),
        1 => call().prop_map(Deed::Crack),
        1 => call().prop_map(Deed::Panic),
        2 => (0..3_000_u64).prop_map(Deed::Wait),
    ]
}

proptest! {
    #[test]
    fn nobody_is_lost_or_doubled_and_each_call_closes_once(
        seats in proptest::collection::vec(0..4_u64, 1..=6),
        deeds in proptest::collection::vec(deed(), 0..40),
    ) {
        let mut stage = Stage::new(&seats);
        for deed in deeds {
            stage.perform(deed);
            stage.check(seats.len());
        }
        stage.perform(Deed::Wait(2_000));
        prop_assert!(stage.transit.is_empty(), "the watchdog has sent everybody home");
        (0..4).for_each(|call| stage.perform(Deed::Panic(call)));
        stage.check(seats.len());
        let closed: BTreeSet<CallRef> = stage.world.closed.iter().map(|(call, _)| *call).collect();
        prop_assert_eq!(closed.len(), stage.world.closed.len(), "closed twice");
        prop_assert_eq!(closed, seats.iter().map(|call| CallRef(*call)).collect::<BTreeSet<_>>());
        let late = |what: &&str| *what != "a stream that its worker does not give up";
        prop_assert_eq!(stage.world.astray.iter().find(|what| late(what)), None);
    }
}

/// Two calls: 0 and 1 with a party each.
fn two() -> Stage {
    Stage::new(&[0, 1])
}

#[test]
fn the_emptied_call_closes_as_merged_once_the_other_has_the_party() {
    let mut stage = two();
    stage.perform(Deed::Move { leg: 0, to: 1, loose: true });
    assert_eq!(stage.world.closed, [], "not before");
    stage.perform(Deed::Yield(0));
    assert_eq!(stage.world.closed, [(CallRef(0), Some(CallRef(1)))]);
    assert_eq!(stage.call_of(LegId(0)), Some(CallRef(1)));
}

#[test]
fn what_happens_on_the_way_is_told_at_arrival_and_in_order() {
    let mut stage = two();
    stage.perform(Deed::Move { leg: 0, to: 1, loose: true });
    [3, 1, 2].into_iter().for_each(|key| stage.perform(Deed::Key(0, key)));
    assert_eq!(stage.world.heard, []);
    stage.perform(Deed::Yield(0));
    assert_eq!(stage.world.heard, [3, 1, 2].map(|key| (LegId(0), key)));
}

#[test]
fn who_hangs_up_on_the_way_ends_in_the_call_that_lent_him() {
    let mut stage = two();
    stage.perform(Deed::Move { leg: 0, to: 1, loose: true });
    stage.perform(Deed::Bye(0));
    assert_eq!(stage.world.closed, [(CallRef(0), None)]);
    assert_eq!(stage.world.missed, [LegId(0)], "the other one waits no longer");
    assert!(stage.world.gone.contains(&LegId(0)) && stage.transit.is_empty());
}

#[test]
fn a_stream_that_does_not_come_sends_its_party_home() {
    let mut stage = two();
    stage.perform(Deed::Move { leg: 0, to: 1, loose: true });
    assert_eq!(stage.transit.leg_of(StreamId(0)), Some(LegId(0)), "its stream is found, too");
    assert_eq!(stage.transit.next_due(), Some(Mono::from_micros(2_000_000)));
    stage.perform(Deed::Wait(1_999));
    assert!(stage.transit.has(LegId(0)));
    stage.perform(Deed::Wait(1));
    assert_eq!(stage.call_of(LegId(0)), Some(CallRef(0)));
    assert_eq!(stage.world.astray, ["a stream that its worker does not give up"]);
}

#[test]
fn who_is_refused_and_has_no_home_any_more_follows_it_into_the_call_that_it_was_merged_into_else_he_is_released() {
    let mut stage = Stage::new(&[0, 0, 1, 2]);
    stage.perform(Deed::Move { leg: 0, to: 1, loose: true });
    stage.transit.closed(&mut stage.world, CallRef(0), Some(CallRef(2)));
    stage.perform(Deed::Panic(1));
    assert_eq!(stage.call_of(LegId(0)), Some(CallRef(2)), "its home is in call 2 now");

    let mut stage = two();
    stage.perform(Deed::Move { leg: 0, to: 1, loose: true });
    stage.perform(Deed::Panic(0));
    stage.perform(Deed::Panic(1));
    assert!(stage.world.gone.contains(&LegId(0)) && stage.transit.is_empty());
}

#[test]
fn a_call_that_lends_or_awaits_is_busy_for_any_third_and_takes_several_from_the_same() {
    let mut stage = Stage::new(&[0, 0, 1, 2]);
    let busy = |stage: &Stage, home, to| stage.transit.is_busy(CallRef(home), CallRef(to));
    stage.perform(Deed::Move { leg: 0, to: 1, loose: true });
    assert_eq!(
        [(0, 1), (1, 0), (2, 0), (2, 1), (0, 2), (1, 2), (2, 3)].map(|(home, to)| busy(&stage, home, to)),
        [false, true, true, true, true, true, false]
    );
    stage.perform(Deed::Move { leg: 3, to: 1, loose: false });
    assert_eq!(stage.call_of(LegId(3)), Some(CallRef(2)), "back at once");
    stage.perform(Deed::Move { leg: 1, to: 1, loose: false });
    assert_eq!(stage.call_of(LegId(1)), Some(CallRef(1)));
}
