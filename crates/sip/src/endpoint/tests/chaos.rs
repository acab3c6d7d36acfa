//! Both sides do anything at any time over a wire that does anything: the contract of a leg holds, and
//! in the end nothing is left.

use super::pair::*;
use crate::face::*;
use std::collections::BTreeMap;
use std::time::Duration;
use terms::{Cause, LegId};

/// What each side was told about its legs.
#[derive(Default)]
struct Witness {
    alive: [BTreeMap<LegId, bool>; 2],
    ends: usize,
    answers: usize,
}

impl Witness {
    fn look(&mut self, pair: &mut Pair, seed: u64) {
        for end in [S, U] {
            for event in std::mem::take(&mut pair.ends[end].events) {
                self.take(end, &event, seed);
            }
        }
    }

    fn take(&mut self, end: usize, event: &Event, seed: u64) {
        let (leg, over) = match event {
            Event::Invited { leg, .. } => {
                assert!(self.alive[end].insert(*leg, true).is_none(), "seed {seed}: {leg} began twice");
                return;
            }
            Event::Leg(leg, what) => {
                self.answers += usize::from(matches!(what, LegEvent::Answered { .. }));
                (*leg, matches!(what, LegEvent::Refused { .. } | LegEvent::Ended { .. }))
            }
            Event::Queried { .. }
            | Event::Bindings(_)
            | Event::Reconfigured(_)
            | Event::Registered { .. }
            | Event::TrunkReachable { .. } => return,
        };
        let alive = self.alive[end].get_mut(&leg).unwrap_or_else(|| panic!("seed {seed}: {leg} never began"));
        assert!(*alive, "seed {seed}: {} after the end of {leg}", short(event));
        *alive = !over;
        self.ends += usize::from(over);
    }

    fn any_leg(&self, end: usize, dice: &mut Dice) -> Option<LegId> {
        let legs: Vec<LegId> = self.alive[end].keys().copied().collect();
        (!legs.is_empty()).then(|| legs[dice.roll(legs.len())])
    }
}

fn act(pair: &mut Pair, witness: &mut Witness, dice: &mut Dice) {
    let end = dice.roll(2);
    let body = Some(Body::sdp(format!("sdp {}", dice.roll(1_000))));
    if dice.roll(6) == 0 {
        let leg = pair.dial_with(end, body.filter(|_| dice.roll(3) > 0));
        witness.alive[end].insert(leg, true);
        return;
    }
    let Some(leg) = witness.any_leg(end, dice) else { return };
    let command = match dice.roll(12) {
        0 | 1 => Command::Progress { leg, status: 180, body: None },
        2..=4 => Command::Answer { leg, body },
        5 => Command::Refuse { leg, status: 486, cause: None, retry_after: None },
        6 => Command::Release { leg, reason: Cause::NORMAL.into() },
        7 => Command::Acknowledge { leg, body: Body::sdp("answer") },
        8 => Command::Offer { leg, body: body.filter(|_| dice.roll(4) > 0) },
        9 => Command::AnswerOffer { leg, body },
        10 => Command::RefuseOffer { leg, status: 488 },
        _ => Command::Info { leg, body: dtmf("info") },
    };
    pair.command(end, command);
}

#[test]
fn whatever_happens_each_leg_ends_once_and_nothing_is_left() {
    let (mut ends, mut answers) = (0, 0);
    for seed in 0..60 {
        let mut dice = Dice(seed);
        let mut pair = Pair::with_carrier();
        pair.chaos = Some(Dice(seed + 1_000_000));
        let mut witness = Witness::default();
        for _ in 0..120 {
            act(&mut pair, &mut witness, &mut dice);
            witness.look(&mut pair, seed);
            pair.advance(Duration::from_millis(u64::try_from(dice.roll(700)).unwrap()));
            witness.look(&mut pair, seed);
        }
        for end in [S, U] {
            for (leg, alive) in witness.alive[end].clone() {
                if alive {
                    pair.command(end, Command::Release { leg, reason: Cause::NORMAL.into() });
                }
            }
        }
        witness.look(&mut pair, seed);
        pair.advance(Duration::from_secs(120));
        witness.look(&mut pair, seed);
        let alive = witness.alive.iter().flat_map(|legs| legs.values()).filter(|alive| **alive).count();
        assert_eq!(alive, 0, "seed {seed}: legs without an end");
        pair.assert_quiescent();
        ends += witness.ends;
        answers += witness.answers;
    }
    assert!(ends > 400 && answers > 120, "too tame: {ends} ends, {answers} answers");
}
