//! What holds under any sequence of commands and packets.

use super::*;
use proptest::prelude::*;

#[derive(Clone, Debug)]
enum Step {
    Play(u64, bool),
    HearOver(u64, u64),
    Silence(u64),
    Hear(u64, u64),
    Unhear(u64),
    Floor(u64),
    Hold(u64, bool, bool),
    Say(u64, u8),
    Key(u64, u8),
    Press(u64),
    Restart(u64),
    Wait(u16),
    Stall(u16),
    Noise(u64, Vec<u8>),
}

fn step() -> impl Strategy<Value = Step> {
    let n = || 1u64..4;
    prop_oneof![
        2 => (n(), any::<bool>()).prop_map(|(n, repeat)| Step::Play(n, repeat)),
        1 => (n(), n()).prop_map(|(a, b)| Step::HearOver(a, b)),
        1 => n().prop_map(Step::Silence),
        2 => (n(), n()).prop_map(|(a, b)| Step::Hear(a, b)),
        1 => n().prop_map(Step::Unhear),
        2 => n().prop_map(Step::Floor),
        1 => (n(), any::<bool>(), any::<bool>()).prop_map(|(n, s, r)| Step::Hold(n, s, r)),
        8 => (n(), 1u8..20).prop_map(|(n, count)| Step::Say(n, count)),
        2 => (n(), 0u8..16).prop_map(|(n, code)| Step::Key(n, code)),
        2 => n().prop_map(Step::Press),
        1 => n().prop_map(Step::Restart),
        4 => (0u16..700).prop_map(Step::Wait),
        1 => (0u16..300).prop_map(Step::Stall),
        1 => (n(), proptest::collection::vec(any::<u8>(), 0..60)).prop_map(|(n, bytes)| Step::Noise(n, bytes)),
    ]
}

/// Where three meet, each hears a mix.
fn floor() -> Hearing {
    Hearing { hears: Groups::FLOOR, speaks: Groups::FLOOR, ..Hearing::default() }
}

/// A peer with his own numbers, who loses nothing.
#[derive(Clone, Copy)]
struct Talker {
    ssrc: u32,
    sequence: u16,
    timestamp: u32,
}

impl Talker {
    fn say(&mut self) -> Vec<u8> {
        self.sequence = self.sequence.wrapping_add(1);
        self.timestamp = self.timestamp.wrapping_add(160);
        rtp(0, self.sequence, self.timestamp, self.ssrc)
    }

    fn press(&mut self, code: u8) -> Vec<u8> {
        self.say();
        key(code, self.sequence, self.timestamp, self.ssrc, true, 160)
    }
}

fn run(steps: Vec<Step>) -> (Bench, usize) {
    let mut bench = Bench::new();
    let (mut talkers, mut changes) = ([Talker { ssrc: 9, sequence: 65_530, timestamp: u32::MAX - 400 }; 4], 0);
    for n in 1..4 {
        bench.ready(n, settings(n, Codec::Pcmu));
    }
    for (nth, step) in steps.into_iter().enumerate() {
        // Whatever may begin a talkspurt: one per stream that hears it.
        changes += 3 * usize::from(!matches!(step, Step::Say(..) | Step::Key(..) | Step::Noise(..)));
        match step {
            Step::Play(n, repeat) => bench.play(n, nth as u64, Sound::Tone(Tone::Busy), repeat),
            Step::HearOver(a, b) => bench.hear_over(a, b, nth as u64),
            Step::Silence(n) => bench.silence(n),
            Step::Hear(a, b) => bench.hear(a, b),
            Step::Unhear(n) => bench.unhear(n),
            Step::Floor(n) => bench.level(n, |level| *level = floor()),
            Step::Hold(n, sending, receiving) => {
                bench.configure(n, StreamSettings { sending, receiving, ..settings(n, Codec::Pcmu) });
            }
            Step::Say(n, count) => {
                for _ in 0..count {
                    bench.say(n, talkers[n as usize].say());
                    bench.advance(20);
                    talkers.iter_mut().for_each(|t| t.timestamp = t.timestamp.wrapping_add(0));
                }
            }
            Step::Key(n, code) => {
                bench.say(n, talkers[n as usize].press(code));
            }
            Step::Press(n) => bench.command(Command::Press { stream: stream(n), key: '5' }),
            Step::Restart(n) => {
                let t = &mut talkers[n as usize];
                *t = Talker {
                    ssrc: t.ssrc + 1,
                    sequence: t.sequence.wrapping_mul(31),
                    timestamp: t.timestamp.wrapping_mul(7),
                };
            }
            Step::Wait(ms) => bench.advance(u64::from(ms)),
            Step::Stall(ms) => bench.stall(u64::from(ms)),
            Step::Noise(n, bytes) => {
                bench.packet(n, peer(n), bytes);
            }
        }
    }
    (bench, changes)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn each_peer_hears_one_source_whose_numbers_only_grow(steps in proptest::collection::vec(step(), 1..60)) {
        let (bench, changes) = run(steps);
        let mut markers = 0;
        for n in 1..4 {
            let heard = bench.heard_by(n);
            for pair in heard.windows(2) {
                let (a, b) = (pair[0].header(), pair[1].header());
                prop_assert_eq!(a.ssrc, b.ssrc);
                prop_assert_eq!(a.sequence.wrapping_add(1), b.sequence);
                prop_assert!(b.timestamp.wrapping_sub(a.timestamp) < 1 << 31, "{:?} after {:?}", b, a);
            }
            markers += heard.iter().filter(|s| s.header().marker).count();
        }
        prop_assert!(markers <= changes + 3, "{} markers, {} changes", markers, changes);
    }

    #[test]
    fn no_packet_panics_and_what_is_forwarded_lies_within_it(
        packets in proptest::collection::vec((1u64..3, proptest::collection::vec(any::<u8>(), 0..80), any::<bool>()), 1..60),
    ) {
        let mut bench = Bench::bridged(Codec::Pcma);
        for (n, mut bytes, near) in packets {
            if near && bytes.len() > 2 {
                // Most random bytes are no RTP at all; these are nearly.
                bytes[0] = 0x80 | bytes[0] & 0x3f;
                bytes[1] = if n == 1 { 0 } else { 101 } | bytes[1] & 0x80;
            }
            let slot = bench.worker.slot(stream(n)).expect("open");
            let length = bytes.len();
            let _refused = bench.worker.ingest_rtcp(bench.now, slot, peer(n), &bytes);
            if let Verdict::Forward { start, end, .. } = bench.worker.ingest(bench.now, slot, peer(n), &mut bytes) {
                prop_assert!(start + 12 <= end && end <= length);
            }
            bench.advance(7);
        }
    }
}
