//! Recordings, as the recorder is told of them.

use super::*;
use crate::recording::Input;

fn told(bench: &Bench) -> Vec<String> {
    let of = |output: &Output| match output {
        Output::Recorder(Input::Begin { capture, .. }) => Some(format!("begin {capture}")),
        Output::Recorder(Input::End { capture, .. }) => Some(format!("end {capture}")),
        Output::Recorder(Input::Frame { channel, stream, rtp_time, payload, .. }) => {
            Some(format!("{channel} {stream} {rtp_time} {}", payload.len()))
        }
        _ => None,
    };
    bench.outputs.iter().filter_map(of).collect()
}

fn capture(bench: &mut Bench, right: Option<StreamId>) {
    bench.command(Command::Capture { capture: CaptureId(1), call: CallRef(1), left: stream(1), right });
}

#[test]
fn both_sides_are_tapped_as_they_came_whether_they_hear_each_other_or_not() {
    let mut bench = Bench::bridged(Codec::Pcma);
    bench.unhear(1);
    capture(&mut bench, Some(stream(2)));
    bench.say(1, rtp(0, 1, 160, 5));
    bench.say(2, rtp(8, 1, 320, 6));
    bench.say(1, key(1, 2, 320, 5, true, 160));
    bench.say(1, rtp(0, 1, 160, 5));
    bench.command(Command::EndCapture { capture: CaptureId(1) });
    bench.say(1, rtp(0, 3, 480, 5));
    assert_eq!(told(&bench), ["begin r1", "0 s1 160 160", "1 s2 320 160", "0 s1 320 0", "end r1"]);
}

#[test]
fn the_right_side_changes_and_may_be_empty() {
    let mut bench = Bench::bridged(Codec::Pcmu);
    bench.ready(3, settings(3, Codec::Pcmu));
    capture(&mut bench, None);
    bench.say(2, rtp(0, 1, 1, 6));
    bench.command(Command::CaptureRight { capture: CaptureId(1), right: Some(stream(2)) });
    bench.say(2, rtp(0, 2, 2, 6));
    bench.command(Command::CaptureRight { capture: CaptureId(1), right: Some(stream(3)) });
    bench.say(2, rtp(0, 3, 3, 6));
    bench.say(3, rtp(0, 4, 4, 7));
    bench.command(Command::CaptureRight { capture: CaptureId(1), right: None });
    bench.say(3, rtp(0, 5, 5, 7));
    assert_eq!(told(&bench), ["begin r1", "1 s2 2 160", "1 s3 4 160"]);
}

#[test]
fn the_left_side_changes_and_may_be_empty_for_a_while() {
    let mut bench = Bench::bridged(Codec::Pcmu);
    bench.ready(3, settings(3, Codec::Pcmu));
    capture(&mut bench, Some(stream(2)));
    for (nth, left) in [(1, Some(1)), (2, None), (3, Some(1)), (4, Some(3))] {
        bench.command(Command::CaptureLeft { capture: CaptureId(1), left: left.map(stream) });
        bench.say(1, rtp(0, nth, u32::from(nth), 5));
        bench.say(3, rtp(0, nth, u32::from(nth), 7));
    }
    assert_eq!(told(&bench), ["begin r1", "0 s1 1 160", "0 s1 3 160", "0 s3 4 160"]);
}

#[test]
fn guests_are_on_the_right_side_each_once_whoever_comes_and_goes_there() {
    let mut bench = Bench::bridged(Codec::Pcmu);
    bench.ready(3, settings(3, Codec::Pcmu));
    capture(&mut bench, Some(stream(2)));
    let (mut nth, guests) = (0, |streams: &[u64]| streams.iter().map(|n| stream(*n)).collect());
    let mut both = |bench: &mut Bench| {
        nth += 1;
        bench.say(2, rtp(0, nth, u32::from(nth), 6));
        bench.say(3, rtp(0, nth, u32::from(nth), 7));
    };
    bench.command(Command::CaptureGuests { capture: CaptureId(1), guests: guests(&[3]) });
    both(&mut bench);
    bench.command(Command::CaptureRight { capture: CaptureId(1), right: Some(stream(3)) });
    both(&mut bench);
    bench.command(Command::CaptureGuests { capture: CaptureId(1), guests: guests(&[2]) });
    both(&mut bench);
    bench.command(Command::EndCapture { capture: CaptureId(1) });
    both(&mut bench);
    let expected = ["begin r1", "1 s2 1 160", "1 s3 1 160", "1 s3 2 160", "1 s2 3 160", "1 s3 3 160", "end r1"];
    assert_eq!(told(&bench), expected);
}

#[test]
fn a_recording_outlives_its_streams_and_always_ends() {
    let mut bench = Bench::bridged(Codec::Pcmu);
    capture(&mut bench, Some(stream(2)));
    bench.command(Command::Close { stream: stream(1) });
    bench.command(Command::Close { stream: stream(2) });
    assert_eq!(told(&bench), ["begin r1"]);
    bench.worker.finish(bench.now);
    bench.settle();
    assert_eq!(told(&bench), ["begin r1", "end r1"]);
    assert_eq!(bench.worker.inspect().captures, 0);
}
