//! Whom to ring next, and when: pure. A wave is rung together; the next one follows after a time, or once nobody rings
//! any more.

use dialplan::flow::RingTarget;
use dialplan::{Confirm, Group, GroupMember, GroupOrder};
use smallvec::SmallVec;
use std::collections::VecDeque;
use std::time::Duration;
use terms::PhoneId;

/// Those who are rung together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wave {
    pub to: SmallVec<[RingTarget; 1]>,
    /// So long after the ringing began; none: once nobody rings any more.
    at: Option<Duration>,
    /// How long each of them rings; none: for as long as there is time.
    pub turn: Option<Duration>,
}

/// Those who are still to be rung.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Waves {
    rest: VecDeque<Wave>,
    /// What whoever of them is outside must do to take the call.
    pub confirm: Option<Confirm>,
    /// The phone that is rung by itself: its forwards hold.
    pub alone: Option<PhoneId>,
}

impl Waves {
    fn new(rest: impl IntoIterator<Item = Wave>) -> Waves {
        Waves { rest: rest.into_iter().collect(), confirm: None, alone: None }
    }

    /// One whom somebody calls.
    pub fn of_one(to: RingTarget) -> Waves {
        let alone = if let RingTarget::Phone(phone) = to { Some(phone) } else { None };
        Waves { alone, ..Waves::at_once([to]) }
    }

    /// All of them together.
    pub fn at_once(to: impl IntoIterator<Item = RingTarget>) -> Waves {
        Waves::new([Wave { to: to.into_iter().collect(), at: Some(Duration::ZERO), turn: None }])
    }

    /// One after the other, each for this long.
    pub fn in_turn(to: impl IntoIterator<Item = RingTarget>, turn: Duration) -> Waves {
        Waves::new(to.into_iter().map(|one| Wave { to: [one].into_iter().collect(), at: None, turn: Some(turn) }))
    }

    /// Each from its own time on, and then for as long as there is time.
    pub fn each_from(to: impl IntoIterator<Item = (Duration, RingTarget)>) -> Waves {
        let mut all: Vec<(Duration, RingTarget)> = to.into_iter().collect();
        all.sort_by_key(|(from, _)| *from);
        let mut waves: VecDeque<Wave> = VecDeque::new();
        for (from, one) in all {
            match waves.back_mut().filter(|wave| wave.at == Some(from)) {
                Some(wave) => wave.to.push(one),
                None => waves.push_back(Wave { to: [one].into_iter().collect(), at: Some(from), turn: None }),
            }
        }
        Waves::new(waves)
    }

    /// As a group says; `seed` is another one for each call.
    pub fn of_group(group: &Group, members: Vec<GroupMember>, seed: u64) -> Waves {
        let targets = |members: Vec<GroupMember>| members.into_iter().map(|member| member.target);
        let waves = match group.order {
            GroupOrder::AtOnce | GroupOrder::Staggered => {
                Waves::each_from(members.into_iter().map(|member| (member.after, member.target)))
            }
            GroupOrder::InTurn => Waves::in_turn(targets(members), group.turn),
            GroupOrder::Random => Waves::in_turn(targets(shuffled(members, seed)), group.turn),
        };
        Waves { confirm: group.confirm, ..waves }
    }

    /// These together, and then whoever is still to be rung.
    pub fn before(&mut self, to: impl IntoIterator<Item = RingTarget>) {
        self.rest.push_front(Wave { to: to.into_iter().collect(), at: Some(Duration::ZERO), turn: None });
    }

    /// The same, counted from so long after the ringing began.
    pub fn from(mut self, later: Duration) -> Waves {
        self.rest.iter_mut().filter_map(|wave| wave.at.as_mut()).for_each(|at| *at += later);
        self
    }

    /// The wave that is due after this time; any, when nobody rings.
    pub fn next(&mut self, elapsed: Duration, nobody_rings: bool) -> Option<Wave> {
        self.rest.pop_front_if(|wave| nobody_rings || wave.at.is_some_and(|at| at <= elapsed))
    }

    /// Nobody is left.
    pub fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// After which time the next one is due by itself.
    pub fn due(&self) -> Option<Duration> {
        self.rest.front().and_then(|wave| wave.at)
    }
}

/// In another order for each seed (Fisher and Yates, with the numbers of SplitMix64).
fn shuffled<T>(mut all: Vec<T>, mut seed: u64) -> Vec<T> {
    for last in (1..all.len()).rev() {
        seed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = (seed ^ seed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        let other = usize::try_from((mixed ^ mixed >> 31) % (last as u64 + 1)).unwrap_or(last);
        all.swap(last, other);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn phone(n: u64) -> RingTarget {
        RingTarget::Phone(PhoneId(n))
    }

    /// When who begins to ring, in seconds, if whoever rings fails after `fails` seconds (0: nobody ever does).
    fn told(mut waves: Waves, fails: u64) -> Vec<(u64, u64)> {
        let (mut began, mut ringing) = (vec![], vec![]);
        for now in 0..60 {
            ringing.retain(|until| *until > now);
            while let Some(wave) = waves.next(Duration::from_secs(now), ringing.is_empty()) {
                for one in &wave.to {
                    let RingTarget::Phone(PhoneId(n)) = one else { unreachable!("only phones are rung here") };
                    began.push((now, *n));
                    let turn = wave.turn.map_or(u64::MAX, |turn| now + turn.as_secs());
                    ringing.push(turn.min(if fails == 0 { u64::MAX } else { now + fails }));
                }
            }
        }
        began
    }

    #[test]
    fn who_is_rung_when_is_as_the_strategy_says() {
        let seconds = Duration::from_secs;
        let three = || (1..=3).map(phone);
        let staggered = || Waves::each_from(three().zip([0, 10, 20].map(seconds)).map(|(one, from)| (from, one)));
        let own = || Waves::each_from([(seconds(15), phone(1)), (seconds(0), phone(2)), (seconds(15), phone(3))]);
        for (what, waves, fails, wanted) in [
            ("at once", Waves::at_once(three()), 0, vec![(0, 1), (0, 2), (0, 3)]),
            ("at once", Waves::at_once(three()), 5, vec![(0, 1), (0, 2), (0, 3)]),
            ("in turn", Waves::in_turn(three(), seconds(20)), 0, vec![(0, 1), (20, 2), (40, 3)]),
            ("in turn, each busy after 5 s", Waves::in_turn(three(), seconds(20)), 5, vec![(0, 1), (5, 2), (10, 3)]),
            ("staggered", staggered(), 0, vec![(0, 1), (10, 2), (20, 3)]),
            ("staggered, each busy after 4 s", staggered(), 4, vec![(0, 1), (4, 2), (8, 3)]),
            ("staggered, each busy after 15 s", staggered(), 15, vec![(0, 1), (10, 2), (20, 3)]),
            ("own delays", own(), 0, vec![(0, 2), (15, 1), (15, 3)]),
            ("own delays, the first is busy", own(), 3, vec![(0, 2), (3, 1), (3, 3)]),
            ("nobody", Waves::default(), 0, vec![]),
        ] {
            assert_eq!(told(waves, fails), wanted, "{what}");
        }
    }

    #[test]
    fn a_random_order_is_each_of_them_about_as_often() {
        let mut first = [0; 3];
        for seed in 0..300 {
            let order = shuffled(vec![0, 1, 2], seed);
            let mut all = order.clone();
            all.sort_unstable();
            assert_eq!(all, [0, 1, 2], "nobody is left out or rung twice");
            first[order[0]] += 1;
        }
        assert!(first.iter().all(|count| (70..130).contains(count)), "{first:?}");
    }

    #[test]
    fn a_wave_that_waits_for_silence_has_no_time_of_its_own() {
        let mut waves = Waves::in_turn([phone(1), phone(2)], Duration::from_secs(9));
        assert!(waves.next(Duration::ZERO, true).is_some());
        assert_eq!((waves.due(), waves.next(Duration::from_secs(99), false)), (None, None));
    }
}
