//! Senders that lie about everything.

use super::*;
use proptest::prelude::*;

fn hostile() -> impl Strategy<Value = (u64, u8, u64, u32, u32, usize)> {
    let rtp = prop_oneof![any::<u32>(), Just(0), Just(u32::MAX), 0u32..100_000];
    (0u64..3_000, 0u8..4, 0u64..20, 0u32..20, rtp, prop_oneof![0usize..400, Just(1_601), Just(65_000)])
}

proptest! {
    #[test]
    fn the_file_is_whole_whatever_is_sent(mut packets in proptest::collection::vec(hostile(), 0..300)) {
        packets.sort();
        let last = packets.last().map_or(0, |p| p.0);
        let input = |(at, channel, stream, ssrc, rtp_time, length): (u64, u8, u64, u32, u32, usize)| {
            let payload = vec![0x2a; length].into();
            let (stream, codec, at_mono) = (StreamId(stream), Codec::Pcma, mono(at));
            (at, Input::Frame { capture: CAPTURE, channel, stream, ssrc, at: at_mono, rtp_time, codec, payload })
        };
        let (file, summary) = record(packets.into_iter().map(input).collect(), last + 10);
        prop_assert_eq!(file.len() as u64, HEADER_BYTES as u64 + (last + 10) * 32);
        prop_assert_eq!(summary.duration_ms, last + 10);
        prop_assert_eq!(sides(&file)[0].len() as u64, (last + 10) * 8);
    }
}

#[test]
fn sources_without_end_cost_no_memory() {
    let mut outputs = std::collections::VecDeque::new();
    let mut capture = super::super::capture::Capture::begin(CAPTURE, CallRef(1), mono(0), &mut outputs);
    for n in 0..10_000u32 {
        let payload = vec![0x2a; 1_600].into();
        capture.frame(
            (0, StreamId(u64::from(n % 3)), n),
            mono(u64::from(n / 10)),
            n.wrapping_mul(0x1234_5677),
            Codec::Pcma,
            payload,
        );
        if capture.is_brimming() {
            capture.flush(false, &mut outputs);
        }
        assert!(capture.held() <= 16_384 + terms::limits::RECORDING_VOICES * 10 * 1_600, "after {n} sources");
    }
}

#[test]
fn absurd_frames_are_counted() {
    let mut recorder = Recorder::new();
    recorder.handle_input(now(0), CALLER.packet(0, 0));
    recorder.handle_input(now(0), Input::Begin { capture: CAPTURE, call: CallRef(1), at: mono(0) });
    recorder.handle_input(now(0), Speaker { side: 2, ..CALLER }.packet(0, 0));
    recorder.handle_input(
        now(0),
        Input::Frame {
            capture: CAPTURE,
            channel: 0,
            stream: StreamId(1),
            ssrc: 1,
            at: mono(0),
            rtp_time: 0,
            codec: Codec::Pcmu,
            payload: vec![0; 1_601].into(),
        },
    );
    let seen = recorder.inspect();
    assert_eq!((seen.unknown, seen.absurd, seen.frames), (1, 2, 0));
}

#[test]
fn a_clock_that_runs_away_for_years_begins_anew() {
    let mut voice = super::super::voice::Voice::new((0, StreamId(1), 1));
    let mut rtp = 0u32;
    for _ in 0..3_000 {
        rtp = rtp.wrapping_add(0x7fff_ffff);
        assert!(voice.unroll(rtp).abs() <= 1 << 40);
    }
}
