//! Several voices at once: everybody talks in a tone of his own, and the sum is taken apart again.

use super::*;
use crate::egress::Speaker;
use crate::worker::voice::{FRAME, Voice};
use proptest::prelude::*;
use std::f64::consts::TAU;

/// A party of a conference: a tone, or silence, or what he is given.
#[derive(Clone)]
struct Party {
    codec: Codec,
    /// The amplitude of his tone.
    amplitude: f64,
    /// Packets that he sent.
    sent: u16,
}

/// Parties who send a packet each 20 ms, each at a time of his own.
struct Conference {
    bench: Bench,
    parties: BTreeMap<u64, Party>,
}

/// The tone of the n-th party: whole periods in 20 ms, so that tones do not leak into each other.
fn tone(n: u64) -> f64 {
    200.0 + 150.0 * n as f64
}

fn floor() -> Hearing {
    Hearing { hears: Groups::FLOOR, speaks: Groups::FLOOR, ..Hearing::default() }
}

impl Conference {
    fn of(count: u64, amplitude: f64) -> Conference {
        let codec = |n: u64| if n.is_multiple_of(2) { Codec::Pcma } else { Codec::Pcmu };
        let mut bench = Bench::new();
        bench.worker = Worker::new(WorkerConfig {
            address: addr("192.0.2.100:0").ip(),
            ports: (10_000, 11_000),
            kept_pairs: 0,
            seed: 7,
        });
        (1..=count).for_each(|n| bench.ready(n, settings(n, codec(n))));
        let parties = (1..=count).map(|n| (n, Party { codec: codec(n), amplitude, sent: 0 })).collect();
        let mut conference = Conference { bench, parties };
        conference.say_levels((1..=count).map(|n| (n, floor())));
        conference
    }

    fn say_levels(&mut self, levels: impl Iterator<Item = (u64, Hearing)>) {
        let levels: Vec<_> = levels.map(|(n, level)| (stream(n), level)).collect();
        self.bench.levels(&levels);
    }

    fn packet(&self, n: u64) -> Vec<u8> {
        let Party { codec, amplitude, sent } = self.parties[&n];
        let mut packet =
            packet::header(false, codec.static_payload_type(), sent, u32::from(sent) * 160, n as u32).to_vec();
        let at = |place: usize| (usize::from(sent) * 160 + place) as f64 / 8_000.0;
        packet.extend((0..160).map(|place| codec.code((amplitude * (TAU * tone(n) * at(place)).sin()) as i16)));
        packet
    }

    /// Lets frames pass, of which each packet that `comes` denies is lost.
    fn run(&mut self, frames: usize, mut comes: impl FnMut(u64, usize) -> bool) {
        for frame in 0..frames {
            for n in self.parties.keys().copied().collect::<Vec<_>>() {
                let packet = self.packet(n);
                if comes(n, frame) {
                    self.bench.say(n, packet);
                }
                if let Some(party) = self.parties.get_mut(&n) {
                    party.sent += 1;
                }
            }
            self.bench.advance(20);
        }
    }

    fn talk(&mut self, frames: usize) {
        self.run(frames, |_, _| true);
    }

    /// The last ten frames that somebody heard, as samples.
    fn samples(&self, n: u64) -> Vec<i16> {
        let heard = self.bench.heard_by(n);
        let codec = self.parties[&n].codec;
        heard[heard.len().saturating_sub(10)..].iter().flat_map(|s| s.payload()).map(|c| codec.sample(*c)).collect()
    }

    /// Whose tones somebody hears.
    fn hears(&self, n: u64) -> Vec<u64> {
        let samples = self.samples(n);
        self.parties.keys().copied().filter(|other| strength(&samples, tone(*other)) > 150.0).collect()
    }
}

/// The amplitude of a tone within samples (Goertzel).
fn strength(samples: &[i16], tone: f64) -> f64 {
    let turn = 2.0 * (TAU * tone / 8_000.0).cos();
    let (a, b) = samples.iter().fold((0.0, 0.0), |(a, b), sample| (turn * a - b + f64::from(*sample), a));
    2.0 * (a * a + b * b - turn * a * b).max(0.0).sqrt() / samples.len().max(1) as f64
}

fn others(count: u64, n: u64) -> Vec<u64> {
    (1..=count).filter(|other| *other != n).collect()
}

#[test]
fn each_hears_the_others_and_not_himself_in_either_law() {
    for count in [3, 5] {
        let mut conference = Conference::of(count, 3_000.0);
        conference.talk(30);
        for n in 1..=count {
            assert_eq!(conference.hears(n), others(count, n), "{n} of {count}");
            let samples = conference.samples(n);
            for other in others(count, n) {
                let heard = strength(&samples, tone(other));
                assert!((2_800.0..3_200.0).contains(&heard), "{n} hears {other} at {heard}");
            }
            assert_one_stream(&conference.bench.heard_by(n), &[0]);
        }
    }
}

#[test]
fn two_hundred_noise_floors_do_not_add_up_and_one_talker_is_passed_as_he_is() {
    let mut conference = Conference::of(200, 40.0);
    conference.talk(10);
    assert!(conference.samples(1).iter().all(|sample| sample.abs() <= 8), "silence");
    conference.parties.get_mut(&5).unwrap().amplitude = 5_000.0;
    let said: Vec<u8> = {
        let mut said = vec![];
        for _ in 0..20 {
            said.push(conference.packet(5)[12..].to_vec());
            conference.talk(1);
        }
        said.concat()
    };
    let heard: Vec<u8> =
        conference.bench.heard_by(7).iter().rev().take(5).rev().flat_map(|s| s.payload().to_vec()).collect();
    assert!(said.windows(heard.len()).any(|part| part == heard), "bit by bit");
    let a_law: Vec<u8> = said.iter().map(|code| crate::codec::pcmu_to_pcma(*code)).collect();
    let heard: Vec<u8> =
        conference.bench.heard_by(8).iter().rev().take(5).rev().flat_map(|s| s.payload().to_vec()).collect();
    assert!(a_law.windows(heard.len()).any(|part| part == heard), "in the other law");
}

#[test]
fn the_ninth_loudest_is_not_heard_until_one_falls_silent_and_his_hang_over_has_passed() {
    let mut conference = Conference::of(10, 2_500.0);
    conference.parties.get_mut(&9).unwrap().amplitude = 1_000.0;
    conference.parties.get_mut(&10).unwrap().amplitude = 0.0;
    conference.talk(30);
    assert_eq!(conference.hears(10), (1..=8).collect::<Vec<_>>());
    conference.parties.get_mut(&3).unwrap().amplitude = 0.0;
    conference.talk(40);
    assert_eq!(conference.hears(10), [1, 2, 4, 5, 6, 7, 8, 9]);
    conference.parties.get_mut(&3).unwrap().amplitude = 2_500.0;
    conference.talk(40);
    assert_eq!(conference.hears(10), (1..=8).collect::<Vec<_>>(), "twice as loud as the ninth");
}

#[test]
fn who_pauses_between_two_words_is_heard_on() {
    let mut conference = Conference::of(3, 3_000.0);
    conference.talk(10);
    conference.parties.get_mut(&2).unwrap().amplitude = 140.0;
    conference.talk(18);
    let heard = strength(&conference.samples(3), tone(2));
    assert!((90.0..190.0).contains(&heard), "within the hang-over: {heard}");
    conference.talk(40);
    let heard = strength(&conference.samples(3), tone(2));
    assert!(heard < 30.0, "behind it: {heard}");
}

#[test]
fn eight_tones_at_full_scale_are_all_heard_and_not_cut_off() {
    let mut conference = Conference::of(9, 32_000.0);
    conference.parties.get_mut(&9).unwrap().amplitude = 0.0;
    conference.talk(30);
    let samples = conference.samples(9);
    for n in 1..=8 {
        let heard = strength(&samples, tone(n));
        assert!(heard > 4_000.0, "{n} at {heard}");
    }
    let loudest = samples.iter().map(|sample| sample.unsigned_abs()).max().unwrap();
    let at_the_end = samples.windows(8).filter(|s| s.iter().all(|sample| sample.unsigned_abs() == loudest)).count();
    assert!(at_the_end < samples.len() / 50, "{at_the_end} flat places");
}

#[test]
fn what_is_lost_is_made_up_for_and_what_comes_in_another_order_is_not() {
    let mut conference = Conference::of(3, 3_000.0);
    conference.talk(10);
    conference.run(30, |n, frame| n != 2 || frame % 5 != 4);
    let heard = strength(&conference.samples(3), tone(2));
    assert!((2_700.0..3_000.0).contains(&heard), "a fifth is a little softer: {heard}");
    assert!((2_800.0..3_200.0).contains(&strength(&conference.samples(3), tone(1))), "nobody else is");
    assert_one_stream(&conference.bench.heard_by(3), &[0]);
    let played = played([0u32, 2, 1, 3].map(|n| (n, false)), 5);
    assert_eq!(played.iter().map(|frame| frame[0]).collect::<Vec<_>>(), [Codec::Pcmu.silence(), 0, 1, 2, 3]);
}

/// What is played of packets, each of one code all along, that come at once: their numbers, and whether one begins a spurt.
fn played(packets: impl IntoIterator<Item = (u32, bool)>, frames: usize) -> Vec<[u8; FRAME]> {
    let mut voice = Voice::new();
    for (n, spurt) in packets {
        voice.put(SPEAKER, Codec::Pcmu, n * 160, spurt, &[n as u8; FRAME]);
    }
    (0..frames).map(|_| (voice.advance(), voice.frame).1).collect()
}

const SPEAKER: Speaker = Speaker { slot: 1, generation: 1, epoch: 1 };

#[test]
fn what_was_heard_before_a_loss_fades_away_within_three_frames() {
    let loudness = |frame: &[u8; FRAME]| frame.map(|code| u32::from(Codec::Pcmu.sample(code).unsigned_abs()));
    let falls = |samples: &[u32]| samples.windows(2).all(|pair| pair[1] <= pair[0]);
    let silence = [Codec::Pcmu.silence(); FRAME];
    // Packets 1 and 2 are lost; 3 comes in time.
    let frames = played([(0, false), (3, false)], 5);
    let gap: Vec<u32> = frames[1..4].iter().flat_map(loudness).collect();
    assert!(falls(&gap) && gap[FRAME] > 30_000 && (9_000..12_000).contains(&gap[3 * FRAME - 1]), "{gap:?}");
    assert_eq!(frames[4], [3; FRAME]);
    // He had been silent before it, and says so: there was no loss.
    assert_eq!(played([(0, false), (3, true)], 5)[2..4], [silence, silence]);
    // Nothing comes any more.
    let frames = played([(0, false)], 7);
    let end: Vec<u32> = frames[1..].iter().flat_map(loudness).collect();
    assert!(falls(&end) && end[FRAME] > 30_000 && end[2 * FRAME] > 15_000, "{end:?}");
    assert_eq!(frames[5..], [silence, silence]);
}

/// A sample of somebody who talks for two seconds and is silent for half of one; none: silence. No two that follow each
/// other are equal.
fn said(at: u32) -> Option<u8> {
    (at % 20_000 < 16_000).then_some((at % 61) as u8)
}

#[test]
fn an_hour_with_a_clock_that_is_fast_or_slow_loses_and_doubles_nothing_that_was_said() {
    const HOUR: u32 = 3_600 * 50;
    for ppm in [-200, 200] {
        let (mut voice, mut random, mut sent, mut most) = (Voice::new(), 1u32, 0u32, 0);
        let mut next = said(0).map(|_| 0);
        let mut at = |sent: u32| {
            // Up to 8 ms late.
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            i64::from(sent) * (20_000_000 + ppm * 20) / 1_000 + i64::from(random >> 16) % 8_000
        };
        let mut due = at(0);
        for frame in 0..HOUR {
            while due <= i64::from(frame) * 20_000 + 9_000 {
                let codes: Vec<u8> = (0..160).map(|n| said(sent * 160 + n).unwrap_or(Codec::Pcmu.silence())).collect();
                voice.put(SPEAKER, Codec::Pcmu, sent * 160, false, &codes);
                sent += 1;
                due = at(sent);
            }
            voice.advance();
            most = most.max(voice.waiting());
            for code in voice.frame.into_iter().filter(|code| *code != Codec::Pcmu.silence()) {
                let wanted = next.expect("more is heard than was said");
                assert_eq!(Some(code), said(wanted), "{ppm} ppm: {wanted} after {} s", frame / 50);
                next = (wanted + 1..wanted + 5_000).find(|at| said(*at).is_some());
            }
        }
        let heard = next.expect("he goes on");
        assert!(sent * 160 - heard < 6_000, "{ppm} ppm: {heard} of {}", sent * 160);
        assert!(most <= 1_000, "{ppm} ppm: {most} samples waited");
    }
}

#[test]
fn a_key_of_one_reaches_whoever_hears_him_within_a_mix_once() {
    let mut conference = Conference::of(4, 3_000.0);
    for n in 1..=4 {
        let settings = settings(n, conference.parties[&n].codec);
        conference.bench.configure(n, StreamSettings { send_events: Some(96), receive_events: Some(101), ..settings });
    }
    // The fourth is heard, and hears nobody; the third does not hear the first.
    let deaf = Hearing { hears: Groups::NONE, ..floor() };
    let apart = Hearing { hears: Groups::of(1), ..floor() };
    let both = Hearing { speaks: Groups::FLOOR | Groups::of(1), ..floor() };
    conference.say_levels(
        [(4, Hearing { speaks: Groups::FLOOR | Groups::of(1), ..deaf }), (3, apart), (2, both)].into_iter(),
    );
    conference.talk(10);
    let before = conference.bench.sent.len();
    for (sequence, duration, end) in [(10, 160, 0), (11, 320, 0), (12, 480, 0x80), (13, 480, 0x80), (14, 480, 0x80)] {
        let mut packet = packet::header(sequence == 10, 101, sequence, 1_600, 1).to_vec();
        let [high, low] = u16::to_be_bytes(duration);
        packet.extend([5, end | 10, high, low]);
        conference.bench.say(1, packet);
        conference.parties.get_mut(&1).unwrap().sent += 1;
        conference.run(1, |n, _| n != 1);
        conference.parties.get_mut(&1).unwrap().sent -= 1;
    }
    conference.parties.get_mut(&1).unwrap().sent += 5;
    conference.talk(15);
    conference.bench.sent.drain(..before);
    let keys = |n: u64| {
        let heard = conference.bench.heard_by(n);
        let keys: Vec<_> =
            heard.iter().filter(|s| s.header().payload_type == 96).map(|s| s.payload().to_vec()).collect();
        (keys.len(), keys.iter().filter(|key| key[1] & 0x80 != 0).count(), keys.iter().all(|key| key[0] == 5))
    };
    assert_eq!(keys(2), (8, 3, true), "five steps, and the end three times");
    assert_eq!([keys(1), keys(3), keys(4)], [(0, 0, true); 3]);
}

#[test]
fn from_relay_to_mix_and_back_is_one_stream_without_a_gap() {
    let mut conference = Conference::of(3, 3_000.0);
    for round in 0..6 {
        let third = if round % 2 == 0 { Hearing::default() } else { floor() };
        conference.say_levels([(3, third)].into_iter());
        conference.talk(10);
    }
    for n in [1, 2] {
        let heard = conference.bench.heard_by(n);
        let markers: Vec<_> = (0..heard.len()).filter(|at| heard[*at].header().marker).collect();
        assert_one_stream(&heard, &markers);
        assert!(markers.len() <= 7, "{markers:?}");
        for pair in heard.windows(2) {
            assert!(pair[1].at - pair[0].at < Duration::from_millis(40), "{n} at {:?}", pair[0].at);
        }
    }
}

#[test]
fn a_coach_is_heard_by_one_alone() {
    let mut conference = Conference::of(4, 3_000.0);
    let coach = Hearing { hears: Groups::FLOOR, speaks: Groups::of(1), ..Hearing::default() };
    let coached = Hearing { hears: Groups::FLOOR | Groups::of(1), ..floor() };
    conference.say_levels([(4, coach), (1, coached)].into_iter());
    let before = conference.bench.sent.len();
    conference.talk(30);
    conference.bench.sent.drain(..before);
    let heard: Vec<_> = (1..=4).map(|n| conference.hears(n)).collect();
    assert_eq!(heard, [vec![2, 3, 4], vec![1, 3], vec![1, 2], vec![1, 2, 3]]);
}

#[test]
fn the_recorder_gets_what_each_says_and_not_the_mix() {
    let mut conference = Conference::of(3, 3_000.0);
    let (capture, left, right) = (CaptureId(1), stream(1), Some(stream(2)));
    conference.bench.command(Command::Capture { capture, call: CallRef(1), left, right });
    let said = conference.packet(1)[12..].to_vec();
    conference.talk(1);
    let frames = conference.bench.outputs.iter().filter_map(|output| match output {
        Output::Recorder(crate::recording::Input::Frame { stream, payload, .. }) => Some((*stream, payload.to_vec())),
        _ => None,
    });
    let frames: Vec<_> = frames.collect();
    assert_eq!((frames.len(), &frames[0]), (2, &(stream(1), said)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn whoever_talks_is_heard_by_those_whose_levels_say_so(
        tables in proptest::collection::vec(proptest::collection::vec((0u8..8, 0u8..8, any::<bool>()), 5), 1..4),
    ) {
        let mut conference = Conference::of(5, 3_000.0);
        let groups = |bits: u8| (0..3).filter(|n| bits >> n & 1 == 1).fold(Groups::NONE, |all, n| all | Groups::of(n));
        for table in tables {
            let level = |(hears, speaks, _)| Hearing { hears: groups(hears), speaks: groups(speaks), ..Hearing::default() };
            conference.say_levels(table.iter().enumerate().map(|(n, row)| (n as u64 + 1, level(*row))));
            for (n, (_, _, talks)) in table.iter().enumerate() {
                conference.parties.get_mut(&(n as u64 + 1)).unwrap().amplitude = if *talks { 3_000.0 } else { 0.0 };
            }
            conference.talk(30);
            conference.bench.sent.clear();
            conference.talk(12);
            for (n, (hears, ..)) in table.iter().enumerate() {
                let heard = table.iter().enumerate().filter(|(other, row)| *other != n && row.2 && row.1 & hears != 0);
                let heard: Vec<_> = heard.map(|(other, _)| other as u64 + 1).collect();
                prop_assert_eq!(conference.hears(n as u64 + 1), heard);
            }
        }
    }
}
