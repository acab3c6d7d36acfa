//! Who hears whom follows from the levels, whatever was said before them and in whichever order.

use super::*;
use proptest::prelude::*;

fn speaks(groups: Groups) -> Hearing {
    Hearing { speaks: groups, ..Hearing::default() }
}

fn hears(groups: Groups) -> Hearing {
    Hearing { hears: groups, ..Hearing::default() }
}

fn both(groups: Groups) -> Hearing {
    Hearing { hears: groups, speaks: groups, ..Hearing::default() }
}

fn busy(play: u64) -> Option<Playing> {
    Some(Playing { play: PlayId(play), sound: Sound::Tone(Tone::Busy), repeat: true, yields: false })
}

/// The streams 1 to `count`, in one call, of whom nothing was said yet.
fn room(count: u64) -> Bench {
    let mut bench = Bench::new();
    (1..=count).for_each(|n| bench.ready(n, settings(n, Codec::Pcmu)));
    bench
}

/// What each stream sends: what it is plugged into, and whom it hears.
fn wired(bench: &Bench) -> Vec<(&'static str, Option<StreamId>)> {
    bench.worker.inspect().streams.iter().map(|s| (s.plug, s.hears)).collect()
}

#[test]
fn who_speaks_to_a_group_is_heard_by_who_hears_it_and_nobody_hears_himself() {
    let mut bench = room(3);
    assert_eq!(wired(&bench), [("nothing", None); 3]);
    bench.levels(&[(stream(1), both(Groups::FLOOR)), (stream(2), both(Groups::FLOOR))]);
    assert_eq!(wired(&bench), [("stream", Some(stream(2))), ("stream", Some(stream(1))), ("nothing", None)]);
    bench.levels(&[(stream(1), speaks(Groups::FLOOR)), (stream(3), hears(Groups::of(63) | Groups::of(5)))]);
    assert_eq!(wired(&bench), [("nothing", None), ("stream", Some(stream(1))), ("nothing", None)]);
    bench.levels(&[(stream(2), speaks(Groups::of(5)))]);
    assert_eq!(wired(&bench), [("nothing", None), ("nothing", None), ("stream", Some(stream(2)))]);
}

#[test]
fn streams_of_two_calls_share_no_floor() {
    let mut bench = room(1);
    bench.command(Command::Open { stream: stream(2), call: CallRef(2), spare: None });
    bench.configure(2, settings(2, Codec::Pcmu));
    bench.levels(&[(stream(1), both(Groups::FLOOR)), (stream(2), both(Groups::FLOOR))]);
    let levels = Box::new([(stream(2), both(Groups::FLOOR))]);
    bench.command(Command::Hearings { call: CallRef(2), levels });
    assert_eq!(wired(&bench), [("nothing", None); 2]);
}

#[test]
fn the_same_level_again_changes_nothing_that_a_peer_could_hear() {
    let mut bench = room(2);
    let talk = [(stream(1), both(Groups::FLOOR)), (stream(2), both(Groups::FLOOR))];
    bench.levels(&talk);
    for n in 0..20u16 {
        bench.say(1, rtp(0, n, 160 * u32::from(n), 5));
        bench.levels(&talk);
        bench.advance(20);
    }
    assert_one_stream(&bench.heard_by(2), &[0]);
}

#[test]
fn a_voice_goes_on_without_a_break_when_it_comes_by_another_group() {
    let mut bench = room(2);
    for (n, groups) in [(0, Groups::of(1)), (1, Groups::FLOOR)] {
        bench.levels(&[(stream(1), both(groups)), (stream(2), both(groups))]);
        bench.say(1, rtp(0, n, 160 * u32::from(n), 5));
        bench.advance(20);
    }
    assert_one_stream(&bench.heard_by(2), &[0]);
}

#[test]
fn a_sound_with_the_same_id_goes_on_and_one_with_another_begins_anew() {
    let mut bench = room(2);
    let plays = |play| Hearing { sound: busy(play), ..both(Groups::FLOOR) };
    bench.levels(&[(stream(1), plays(1))]);
    bench.advance(300);
    // The busy tone is half a second on; whatever else is said, it keeps to that.
    bench.levels(&[(stream(1), Hearing { sound: busy(1), ..Hearing::default() })]);
    bench.levels(&[(stream(2), both(Groups::FLOOR)), (stream(1), plays(1))]);
    bench.advance(400);
    let silent = |s: &&Sent| s.payload().iter().all(|byte| *byte == Codec::Pcmu.silence());
    assert_eq!(bench.heard_by(1).iter().position(silent), Some(25));
    assert_one_stream(&bench.heard_by(1), &[0]);
    let before = bench.heard_by(1).len();
    bench.levels(&[(stream(1), plays(2))]);
    bench.advance(600);
    assert_one_stream(&bench.heard_by(1), &[0, before]);
    assert_eq!(bench.heard_by(1)[before..].iter().position(silent), Some(25));
}

#[test]
fn music_that_an_announcement_interrupts_goes_on_where_it_was() {
    let mut bench = room(1);
    let level = |sound| [(stream(1), Hearing { sound, ..Hearing::default() })];
    let once =
        |play| Some(Playing { play: PlayId(play), sound: Sound::Tone(Tone::Busy), repeat: false, yields: false });
    let silent = |s: &&Sent| s.payload().iter().all(|byte| *byte == Codec::Pcmu.silence());
    bench.levels(&level(busy(1)));
    bench.advance(300);
    bench.levels(&level(once(8)));
    bench.advance(1_200);
    // Another one before the music is back.
    bench.levels(&level(once(9)));
    bench.advance(1_200);
    assert_eq!(bench.finished(), [(PlayId(8), PlayOutcome::Completed), (PlayId(9), PlayOutcome::Completed)]);
    let before = bench.heard_by(1).len();
    bench.levels(&level(busy(1)));
    bench.advance(600);
    assert_eq!(bench.heard_by(1)[before..].iter().position(silent), Some(10), "300 of 500 ms had been heard");
    // Cut off in the middle it is as if it had been heard.
    bench.levels(&level(once(10)));
    bench.advance(100);
    let before = bench.heard_by(1).len();
    bench.levels(&level(busy(1)));
    bench.advance(100);
    assert!(bench.heard_by(1)[before..].iter().all(silent), "the pause of its beat goes on");
    // What no announcement has interrupted is not kept.
    bench.levels(&level(once(11)));
    bench.levels(&level(None));
    let before = bench.heard_by(1).len();
    bench.levels(&level(busy(1)));
    bench.advance(600);
    assert_eq!(bench.heard_by(1)[before..].iter().position(silent), Some(25));
}

#[test]
fn a_sound_is_heard_instead_of_a_voice_and_the_voice_when_it_is_over() {
    let mut bench = room(2);
    let once = Some(Playing { play: PlayId(4), sound: Sound::Tone(Tone::Busy), repeat: false, yields: false });
    let level = Hearing { sound: once, ..both(Groups::FLOOR) };
    bench.levels(&[(stream(1), level), (stream(2), both(Groups::FLOOR))]);
    bench.advance(500);
    assert_eq!(bench.say(2, rtp(0, 1, 160, 6)), Verdict::Absorbed);
    bench.advance(1_000);
    assert_eq!(bench.finished(), [(PlayId(4), PlayOutcome::Completed)]);
    assert!(matches!(bench.say(2, rtp(0, 2, 320, 6)), Verdict::Forward { .. }));
    bench.levels(&[(stream(1), level)]);
    assert!(matches!(bench.say(2, rtp(0, 3, 480, 6)), Verdict::Forward { .. }), "what was heard is not begun again");
    assert_eq!(bench.finished().len(), 1);
}

#[test]
fn a_sound_that_is_not_there_is_told_once_and_the_voice_is_heard() {
    let mut bench = room(2);
    let missing =
        Playing { play: PlayId(4), sound: Sound::Prompt(terms::PromptId::of("no")), repeat: true, yields: false };
    let levels =
        [(stream(1), Hearing { sound: Some(missing), ..both(Groups::FLOOR) }), (stream(2), both(Groups::FLOOR))];
    bench.levels(&levels);
    bench.levels(&levels);
    assert_eq!(bench.finished(), [(PlayId(4), PlayOutcome::Missing)]);
    assert!(matches!(bench.say(2, rtp(0, 1, 160, 6)), Verdict::Forward { .. }));
}

#[test]
fn of_several_voices_the_sum_is_heard_and_of_one_that_is_left_himself() {
    let mut bench = room(3);
    let all = [3, 1, 2].map(|n| (stream(n), both(Groups::FLOOR)));
    bench.levels(&all);
    bench.levels(&all);
    assert_eq!(wired(&bench), [("mix", None); 3]);
    bench.command(Command::Close { stream: stream(1) });
    assert_eq!(wired(&bench), [("stream", Some(stream(3))), ("stream", Some(stream(2)))]);
    assert!(bench.worker.streams.iter().flatten().all(|s| s.voice.is_none()), "nobody needs them any more");
}

#[test]
fn a_room_goes_with_its_last_stream() {
    let mut bench = room(3);
    (1..=3).for_each(|n| bench.command(Command::Close { stream: stream(n) }));
    assert!(bench.worker.rooms.is_empty());
}

#[derive(Clone, Debug)]
enum Said {
    Level(u64, Hearing),
    Close(u64),
    Wait(u16),
}

fn level() -> impl Strategy<Value = Hearing> {
    let groups =
        || (0u8..3, 0u8..3).prop_map(|(a, b)| if a == 2 { Groups::NONE } else { Groups::of(a) | Groups::of(b) });
    (groups(), groups(), proptest::option::of(1u64..4)).prop_map(|(hears, speaks, play)| Hearing {
        hears,
        speaks,
        sound: play.and_then(busy),
        ..Hearing::default()
    })
}

fn said() -> impl Strategy<Value = Said> {
    prop_oneof![
        6 => (1u64..5, level()).prop_map(|(n, level)| Said::Level(n, level)),
        1 => (1u64..5).prop_map(Said::Close),
        1 => (0u16..100).prop_map(Said::Wait),
    ]
}

/// What follows from the levels, found the long way.
fn expected(levels: &BTreeMap<u64, Hearing>) -> Vec<(&'static str, Option<StreamId>)> {
    let plug = |(n, l): (&u64, &Hearing)| {
        let voices: Vec<_> = levels.iter().filter(|(s, level)| *s != n && l.hears(level)).collect();
        match (l.sound, &voices[..]) {
            (Some(_), _) => ("sound", None),
            (None, [(voice, _)]) => ("stream", Some(stream(**voice))),
            (None, []) => ("nothing", None),
            (None, _) => ("mix", None),
        }
    };
    levels.iter().map(plug).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn the_levels_decide_whatever_was_said_before(history in proptest::collection::vec(said(), 0..40)) {
        let mut bench = room(4);
        let mut levels: BTreeMap<u64, Hearing> = (1..5).map(|n| (n, Hearing::default())).collect();
        for one in history {
            match one {
                Said::Level(n, level) => {
                    levels.entry(n).and_modify(|now| *now = level);
                    bench.levels(&[(stream(n), level)]);
                }
                Said::Close(n) => {
                    levels.remove(&n);
                    bench.command(Command::Close { stream: stream(n) });
                }
                Said::Wait(ms) => bench.advance(u64::from(ms)),
            }
            prop_assert_eq!(wired(&bench), expected(&levels));
            for (listener, hears) in bench.worker.inspect().streams.iter().map(|s| (s.slot, s.hears)) {
                let lists = bench.worker.streams.iter().flatten();
                let who: Vec<_> = lists.filter(|s| s.listeners.contains(&listener.0)).map(|s| s.id).collect();
                prop_assert_eq!(who, hears.into_iter().collect::<Vec<_>>());
            }
        }
    }

    #[test]
    fn the_order_of_streams_in_a_command_and_its_parts_do_not_matter(
        before in proptest::collection::vec(level(), 4),
        after in proptest::collection::vec(level(), 4),
        order in Just(vec![1u64, 2, 3, 4]).prop_shuffle(),
        split in 0usize..5,
    ) {
        let say = |levels: &[Hearing], order: &[u64]| -> Vec<_> {
            order.iter().map(|n| (stream(*n), levels[*n as usize - 1])).collect()
        };
        let (mut whole, mut parts) = (room(4), room(4));
        whole.levels(&say(&before, &[1, 2, 3, 4]));
        whole.levels(&say(&after, &[1, 2, 3, 4]));
        parts.levels(&say(&before, &order));
        parts.levels(&say(&after, &order[..split]));
        parts.levels(&say(&after, &order[split..]));
        prop_assert_eq!(wired(&whole), wired(&parts));
        prop_assert_eq!(wired(&whole), expected(&(1..5).map(|n| (n, after[n as usize - 1])).collect()));
    }
}
