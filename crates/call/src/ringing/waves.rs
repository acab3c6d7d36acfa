//! Whom to ring next, and when: pure. A wave is rung together; the next one follows after a time, or once nobody rings
//! any more.

use dialplan::flow::RingTarget;
use smallvec::SmallVec;
use std::collections::VecDeque;
use std::time::Duration;

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
pub(crate) struct Waves(VecDeque<Wave>);

impl Waves {
    /// All of them together.
    pub fn at_once(to: impl IntoIterator<Item = RingTarget>) -> Waves {
        Waves([Wave { to: to.into_iter().collect(), at: Some(Duration::ZERO), turn: None }].into())
    }

    /// One after the other, each for this long.
    pub fn in_turn(to: impl IntoIterator<Item = RingTarget>, turn: Duration) -> Waves {
        Waves(to.into_iter().map(|one| Wave { to: [one].into_iter().collect(), at: None, turn: Some(turn) }).collect())
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
        Waves(waves)
    }

    /// The wave that is due after this time; any, when nobody rings.
    pub fn next(&mut self, elapsed: Duration, nobody_rings: bool) -> Option<Wave> {
        self.0.pop_front_if(|wave| nobody_rings || wave.at.is_some_and(|at| at <= elapsed))
    }

    /// Nobody is left.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// After which time the next one is due by itself.
    pub fn due(&self) -> Option<Duration> {
        self.0.front().and_then(|wave| wave.at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use terms::PhoneId;

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
    fn a_wave_that_waits_for_silence_has_no_time_of_its_own() {
        let mut waves = Waves::in_turn([phone(1), phone(2)], Duration::from_secs(9));
        assert!(waves.next(Duration::ZERO, true).is_some());
        assert_eq!((waves.due(), waves.next(Duration::from_secs(99), false)), (None, None));
    }
}
