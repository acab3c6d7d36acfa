//! Prompts and tones.

use super::*;
use terms::PromptId;

#[test]
fn packets_leave_every_20_ms_without_drift() {
    let mut bench = Bench::new();
    bench.ready(1, settings(1, Codec::Pcma));
    bench.play(1, 1, Sound::Tone(Tone::Ringback), true);
    bench.advance(10_000);
    let heard = bench.heard_by(1);
    assert!((499..=501).contains(&heard.len()), "{}", heard.len());
    for (n, sent) in heard.iter().enumerate() {
        assert_eq!(sent.at, heard[0].at + Duration::from_millis(20) * n as u32);
    }
    assert_one_stream(&heard, &[0]);
}

#[test]
fn the_streams_of_a_worker_do_not_tick_at_once() {
    let mut bench = Bench::new();
    for n in 1..=16 {
        bench.ready(n, settings(n, Codec::Pcma));
        bench.play(n, n, Sound::Tone(Tone::Ringback), true);
    }
    bench.advance(20);
    let mut times: Vec<_> = bench.sent.iter().filter(|s| !s.rtcp).map(|s| s.at).collect();
    times.sort_unstable();
    times.dedup();
    assert!(times.len() >= 16, "{} different times", times.len());
}

#[test]
fn a_sound_that_the_book_does_not_have_is_told() {
    let mut bench = Bench::new();
    bench.ready(1, settings(1, Codec::Pcma));
    bench.play(1, 4, Sound::Prompt(PromptId::of("nowhere")), false);
    assert_eq!(bench.finished(), [(PlayId(4), PlayOutcome::Missing)]);
}

#[test]
fn an_unplugged_sound_stops_and_its_end_is_not_told() {
    let mut bench = Bench::new();
    bench.ready(1, settings(1, Codec::Pcma));
    bench.play(1, 1, Sound::Tone(Tone::Busy), true);
    bench.advance(100);
    bench.silence(1);
    let before = bench.heard_by(1).len();
    bench.advance(1_000);
    assert_eq!((bench.heard_by(1).len(), bench.finished().len()), (before, 0));
}

#[test]
fn a_late_shell_catches_up_three_packets_and_then_skips_time() {
    let mut bench = Bench::new();
    bench.ready(1, settings(1, Codec::Pcma));
    bench.play(1, 1, Sound::Tone(Tone::Ringback), true);
    bench.advance(100);
    let before = bench.heard_by(1).len();
    bench.stall(50);
    bench.advance(10);
    let made_up = bench.heard_by(1).len() - before;
    assert_eq!(made_up, 3);
    assert_one_stream(&bench.heard_by(1), &[0]);
    bench.stall(500);
    bench.advance(20);
    let heard = bench.heard_by(1);
    assert!(heard.len() - before - made_up <= 4, "{} packets after half a second", heard.len() - before - made_up);
    let marked = heard.iter().skip(1).filter(|s| s.header().marker).count();
    assert_eq!(marked, 1);
    let ticks = heard[heard.len() - 1].header().timestamp.wrapping_sub(heard[0].header().timestamp);
    let ms = (heard[heard.len() - 1].at - heard[0].at).as_millis() as u32;
    assert!(ticks.abs_diff(ms * 8) <= 160, "{ticks} ticks in {ms} ms");
}

#[test]
fn a_sound_waits_for_the_answer_before_it_begins() {
    let mut bench = Bench::new();
    bench.command(Command::Open { stream: stream(1), call: CallRef(1), spare: None });
    bench.play(1, 1, Sound::Tone(Tone::Ringback), true);
    bench.advance(100);
    assert!(bench.sent.is_empty());
    bench.configure(1, settings(1, Codec::Pcma));
    bench.advance(100);
    assert_eq!(bench.heard_by(1).len(), 5);
}

#[test]
fn a_sound_on_hold_is_not_sent_and_rtp_time_goes_on() {
    let mut bench = Bench::new();
    bench.ready(1, settings(1, Codec::Pcma));
    bench.play(1, 1, Sound::Tone(Tone::Ringback), true);
    bench.advance(200);
    bench.configure(1, StreamSettings { sending: false, ..settings(1, Codec::Pcma) });
    bench.advance(400);
    bench.configure(1, settings(1, Codec::Pcma));
    bench.advance(200);
    let heard = bench.heard_by(1);
    assert_one_stream(&heard, &[0, 10]);
    assert_eq!(heard[10].header().timestamp.wrapping_sub(heard[9].header().timestamp), 21 * 160);
}

#[test]
fn an_absurd_packet_time_is_brought_within_bounds() {
    let mut bench = Bench::new();
    bench.ready(1, StreamSettings { packet_time: Duration::ZERO, ..settings(1, Codec::Pcma) });
    bench.ready(2, StreamSettings { packet_time: Duration::from_secs(60), ..settings(2, Codec::Pcma) });
    bench.play(1, 1, Sound::Tone(Tone::Ringback), true);
    bench.play(2, 2, Sound::Tone(Tone::Ringback), true);
    bench.advance(600);
    assert_eq!(bench.heard_by(1)[0].payload().len(), 80);
    assert_eq!(bench.heard_by(2)[0].payload().len(), 480);
}

/// A book with one prompt: 50 ms, that is two packets and a half.
fn book(bench: &mut Bench) -> PromptId {
    let id = PromptId::of("welcome");
    let mut builder = PromptBook::builder();
    let samples: Vec<i16> = (0..400).map(|n| n * 50).collect();
    builder.samples(id, &samples).expect("a prompt");
    bench.command(Command::Prompts(Arc::new(builder.build())));
    id
}

#[test]
fn a_prompt_is_heard_in_full_and_its_end_is_told_with_its_last_packet() {
    let mut bench = Bench::new();
    let id = book(&mut bench);
    bench.ready(1, settings(1, Codec::Pcma));
    bench.play(1, 7, Sound::Prompt(id), false);
    while bench.finished().is_empty() {
        bench.advance(1);
    }
    assert_eq!(bench.finished(), [(PlayId(7), PlayOutcome::Completed)]);
    assert!(bench.now.mono - bench.heard_by(1)[2].at < Duration::from_millis(1));
    let heard: Vec<u8> = bench.heard_by(1).iter().flat_map(|s| s.payload().to_vec()).collect();
    let mut expected: Vec<u8> = (0..400).map(|n| Codec::Pcma.code(n * 50)).collect();
    expected.resize(480, Codec::Pcma.silence());
    assert_eq!(heard, expected);
    bench.advance(1_000);
    assert_eq!(bench.heard_by(1).len(), 3);
}

#[test]
fn what_is_plugged_in_at_a_prompts_end_follows_without_a_pause() {
    let mut bench = Bench::new();
    let id = book(&mut bench);
    bench.ready(1, settings(1, Codec::Pcma));
    bench.play(1, 7, Sound::Prompt(id), false);
    while bench.finished().is_empty() {
        let at = bench.worker.poll_timeout().expect("it plays");
        bench.now.mono = at;
        bench.worker.handle_timeout(bench.now);
        bench.settle();
    }
    bench.play(1, 8, Sound::Prompt(id), true);
    bench.advance(1_000);
    let heard = bench.heard_by(1);
    assert_one_stream(&heard, &[0, 3]);
    for pair in heard.windows(2) {
        assert_eq!(pair[1].at - pair[0].at, Duration::from_millis(20));
        assert_eq!(pair[1].header().timestamp.wrapping_sub(pair[0].header().timestamp), 160);
    }
    assert_eq!(heard[5].payload()[80..], heard[3].payload()[..80], "a repeated prompt has no seam");
}

#[test]
fn a_reload_does_not_touch_what_plays_and_a_prompt_that_left_is_missing_next_time() {
    let mut bench = Bench::new();
    let id = book(&mut bench);
    bench.ready(1, settings(1, Codec::Pcma));
    bench.play(1, 1, Sound::Prompt(id), false);
    bench.command(Command::Prompts(Arc::default()));
    bench.advance(100);
    bench.play(1, 2, Sound::Prompt(id), false);
    assert_eq!(bench.finished(), [(PlayId(1), PlayOutcome::Completed), (PlayId(2), PlayOutcome::Missing)]);
}

#[test]
fn a_tone_that_does_not_repeat_is_one_cadence() {
    let mut bench = Bench::new();
    bench.ready(1, settings(1, Codec::Pcma));
    bench.play(1, 1, Sound::Tone(Tone::Busy), false);
    bench.advance(2_000);
    assert_eq!((bench.heard_by(1).len(), bench.finished().len()), (50, 1));
}
