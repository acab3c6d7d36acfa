//! What holds of who hears whom, whatever a call goes through; where a media worker must agree, a real one is asked.

use super::*;
use media::{Command, Groups, Sound, Tone, Worker, WorkerConfig};
use proptest::prelude::*;
use std::collections::BTreeSet;
use terms::{CallRef, Now, PlayId, WatchMode};

const CALL: CallRef = CallRef(1);
const MUSIC: Playing = Playing { play: PlayId(90), sound: Sound::Tone(Tone::Ringback), repeat: true, yields: false };

fn at(stream: u64, stance: Stance) -> Present {
    Present { stream: StreamId(stream), stance, listens: true, speaks: true, sound: None, comfort: None }
}

/// Who hears whose voice.
fn pairs(levels: &Levels) -> BTreeSet<(StreamId, StreamId)> {
    let each = |(listener, l): &(StreamId, Hearing)| {
        let (listener, l) = (*listener, *l);
        levels.iter().filter(move |(s, level)| *s != listener && l.hears(level)).map(move |(s, _)| (listener, *s))
    };
    levels.iter().flat_map(each).collect()
}

fn level_of(parties: &[Present], stream: u64) -> Hearing {
    hearing(parties).iter().find(|(of, _)| of.0 == stream).expect("it is there").1
}

#[test]
fn who_is_held_has_the_music_of_the_queue_and_otherwise_what_the_holder_sends() {
    let comfort = Some(MUSIC);
    for (listens, speaks, comfort, expected) in [
        (true, true, comfort, (None, Groups::FLOOR)),
        (false, true, comfort, (comfort, Groups::FLOOR)),
        (false, true, None, (None, Groups::FLOOR)),
        (false, false, comfort, (comfort, Groups::NONE)),
        (false, false, None, (None, Groups::NONE)),
    ] {
        let parties =
            [Present { comfort, ..at(1, Stance::Floor) }, Present { listens, speaks, ..at(2, Stance::Floor) }];
        assert_eq!((level_of(&parties, 1).sound, level_of(&parties, 2).speaks), expected, "{listens} {speaks}");
        assert_eq!(level_of(&parties, 2).hears.meet(Groups::FLOOR), listens);
    }
}

#[test]
fn a_level_that_is_known_is_not_told_again() {
    let talk = hearing(&[at(1, Stance::Floor), at(2, Stance::Floor)]);
    let alone = hearing(&[at(1, Stance::Floor)]);
    assert_eq!(difference(&Levels::new(), &talk).as_deref(), Some(&talk[..]));
    assert_eq!(difference(&talk, &talk), None);
    assert_eq!(difference(&alone, &talk).as_deref(), Some(&talk[1..]));
    assert_eq!(difference(&talk, &alone), None, "who is gone took his level with him");
    assert_eq!(difference(&Levels::new(), &hearing(&[at(1, Stance::Apart)])), None, "as it was opened");
}

proptest! {
    #[test]
    fn who_watches_is_heard_by_those_whom_his_mode_names_and_by_nobody_else(parties in parties()) {
        let levels = hearing(&parties);
        for watcher in &parties {
            let Some(watch) = watcher.stance.watches() else { continue };
            let own = level_of(&parties, watcher.stream.0);
            prop_assert!(own.keeps_keys);
            for other in parties.iter().filter(|other| other.stream != watcher.stream) {
                let hears = levels.iter().any(|(of, level)| *of == other.stream && level.hears.meet(own.speaks));
                let watched = watch.of == other.stream && other.stance.watches().is_none();
                let may = match watch.mode {
                    WatchMode::Listen => false,
                    WatchMode::Whisper => watched,
                    WatchMode::Barge => !matches!(other.stance, Stance::Apart | Stance::Waiting | Stance::Aside(_)),
                };
                prop_assert!(may || !hears, "{:?} hears {:?}", other, watcher);
            }
        }
    }
}

/// A party but for its stream.
fn party() -> impl Strategy<Value = Present> {
    let stance = prop_oneof![
        2 => Just(Stance::Floor),
        1 => Just(Stance::Apart),
        1 => Just(Stance::Waiting),
        1 => Just(Stance::early(0)),
        1 => Just(Stance::Aside(Groups::of(7))),
        1 => (1u64..7, 0usize..3).prop_map(|(of, mode)| {
            let mode = [WatchMode::Listen, WatchMode::Whisper, WatchMode::Barge][mode];
            Stance::Watch(Watch { of: StreamId(of), mode, group: of as u8 })
        }),
    ];
    let sound = proptest::option::weighted(0.2, 1u64..4).prop_map(|play| {
        play.map(|n| Playing { play: PlayId(n), sound: Sound::Tone(Tone::Busy), repeat: false, yields: n == 3 })
    });
    (stance, any::<bool>(), any::<bool>(), sound, any::<bool>()).prop_map(
        |(stance, listens, speaks, sound, comfort)| {
            let comfort = Some(MUSIC).filter(|_| comfort);
            Present { stream: StreamId(0), stance, listens, speaks, sound, comfort }
        },
    )
}

fn parties() -> impl Strategy<Value = Vec<Present>> {
    proptest::collection::vec(party(), 1..7).prop_map(|mut parties| {
        parties.iter_mut().zip(1..).for_each(|(party, n)| party.stream = StreamId(n));
        parties
    })
}

/// What a call goes through: streams that come, stand here and there, and go for good.
fn course() -> impl Strategy<Value = Vec<Vec<Present>>> {
    let life = (0usize..3, 1usize..7, proptest::collection::vec(party(), 8));
    proptest::collection::vec(life, 1..5).prop_map(|lives| {
        let then = |step: usize| {
            let there = lives.iter().zip(1..).filter(|((born, age, _), _)| (*born..born + age).contains(&step));
            there.map(|((_, _, stands), n)| Present { stream: StreamId(n), ..stands[step] }).collect()
        };
        (0..8).map(then).collect()
    })
}

/// A worker, and what it was told.
struct Told {
    worker: Worker,
    levels: Levels,
    open: BTreeSet<StreamId>,
}

impl Told {
    fn new() -> Told {
        let address = std::net::IpAddr::from([192, 0, 2, 1]);
        let worker = Worker::new(WorkerConfig { address, ports: (10_000, 10_099), kept_pairs: 0, seed: 1 });
        Told { worker, levels: Levels::new(), open: BTreeSet::new() }
    }

    fn obey(&mut self, command: Command, seen: &mut impl FnMut(&Worker)) {
        self.worker.handle_input(Now::default(), command);
        while let Some(output) = self.worker.poll_output() {
            if let media::Output::Bind { stream, .. } = output {
                self.worker.bound(Now::default(), stream, true);
            }
        }
        seen(&self.worker);
    }

    /// Streams are opened and closed where they come and go; what that changes follows in one command.
    fn tell(&mut self, parties: &[Present], seen: &mut impl FnMut(&Worker)) {
        let there: BTreeSet<StreamId> = parties.iter().map(|party| party.stream).collect();
        for stream in there.difference(&self.open.clone()).copied() {
            self.obey(Command::Open { stream, call: CALL, spare: None }, seen);
        }
        for stream in self.open.difference(&there).copied().collect::<Vec<_>>() {
            self.obey(Command::Close { stream }, seen);
        }
        self.open = there;
        let now = hearing(parties);
        if let Some(levels) = difference(&self.levels, &now) {
            self.obey(Command::Hearings { call: CALL, levels }, seen);
            self.levels = now;
        }
    }
}

/// Who hears whose voice on a worker.
fn wired(worker: &Worker) -> BTreeSet<(StreamId, StreamId)> {
    worker.inspect().streams.iter().filter_map(|s| Some((s.stream, s.hears?))).collect()
}

/// Who hears a mix of several voices.
fn mixed(worker: &Worker) -> BTreeSet<StreamId> {
    worker.inspect().streams.iter().filter(|s| s.plug == "mix").map(|s| s.stream).collect()
}

/// Whose sound is heard until a voice comes.
fn waits(parties: &[Present]) -> BTreeSet<StreamId> {
    let yields = |level: &Hearing| level.sound.is_some_and(|sound| sound.yields);
    hearing(parties).iter().filter(|(_, level)| yields(level)).map(|(stream, _)| *stream).collect()
}

proptest! {
    #[test]
    fn who_hears_whom_is_as_the_stances_say(parties in parties()) {
        let heard = pairs(&hearing(&parties));
        let theirs = || parties.iter().filter(|party| party.stance.watches().is_none());
        for (a, b) in theirs().flat_map(|a| theirs().map(move |b| (a, b))) {
            let together = a.stream != b.stream && a.stance == b.stance && !matches!(a.stance, Stance::Apart | Stance::Waiting);
            let voice = level_of(&parties, a.stream.0).sound.is_none_or(|sound| sound.yields);
            let expected = together && a.listens && b.speaks && voice;
            prop_assert_eq!(heard.contains(&(a.stream, b.stream)), expected, "{:?} {:?}", a, b);
        }
    }

    #[test]
    fn the_floor_is_symmetric(parties in parties()) {
        let open = |party: &Present| {
            party.listens && party.speaks && party.sound.is_none() && party.stance.watches().is_none()
        };
        let open = parties.iter().map(|party| Present { comfort: None, ..*party }).filter(open).collect::<Vec<_>>();
        let heard = pairs(&hearing(&open));
        prop_assert!(heard.iter().all(|(a, b)| heard.contains(&(*b, *a))));
    }

    #[test]
    fn who_holds_hears_nobody(parties in parties()) {
        let heard = pairs(&hearing(&parties));
        for holder in parties.iter().filter(|party| !party.listens) {
            prop_assert!(heard.iter().all(|(listener, _)| *listener != holder.stream));
        }
    }

    #[test]
    fn it_is_a_matter_of_who_is_there_and_not_of_their_order(
        (parties, shuffled) in parties().prop_flat_map(|all| (Just(all.clone()), Just(all).prop_shuffle())),
    ) {
        prop_assert_eq!(hearing(&parties), hearing(&shuffled));
    }

    #[test]
    fn what_is_told_in_any_steps_comes_to_the_same(course in course(), told in proptest::collection::vec(any::<bool>(), 8)) {
        let (mut all, mut some) = (Told::new(), Told::new());
        for (parties, too) in course.iter().zip(told) {
            all.tell(parties, &mut |_| {});
            if too {
                some.tell(parties, &mut |_| {});
                let of = |told: &Told| -> Vec<_> {
                    let wired = wired(&told.worker).into_iter();
                    wired.filter(|(listener, _)| !waits(parties).contains(listener)).collect()
                };
                prop_assert_eq!(of(&all), of(&some));
            }
        }
    }

    #[test]
    fn nobody_ever_hears_whom_neither_the_state_before_nor_the_one_after_allows(course in course()) {
        let (mut told, mut before) = (Told::new(), BTreeSet::new());
        for parties in &course {
            let after = pairs(&hearing(parties));
            let mut others = vec![];
            told.tell(parties, &mut |worker| {
                others.extend(wired(worker).into_iter().filter(|pair| !before.contains(pair) && !after.contains(pair)));
            });
            prop_assert_eq!(others, vec![]);
            before = after;
        }
    }

    #[test]
    fn a_worker_does_as_the_state_says(course in course()) {
        let mut told = Told::new();
        for parties in &course {
            told.tell(parties, &mut |_| {});
            let allowed = pairs(&hearing(parties));
            let heard = wired(&told.worker);
            prop_assert!(heard.is_subset(&allowed));
            let voices = |listener| allowed.iter().filter(|(of, _)| *of == listener).count();
            let mixed = mixed(&told.worker);
            prop_assert!(mixed.iter().all(|listener| voices(*listener) > 1), "{:?}", mixed);
            let listeners = |pairs: &BTreeSet<(StreamId, StreamId)>| -> BTreeSet<_> { pairs.iter().map(|(l, _)| *l).collect() };
            prop_assert!(listeners(&allowed).is_subset(&(&(&listeners(&heard) | &mixed) | &waits(parties))));
        }
    }
}
