//! Sounds that yield to a voice.

use super::*;

/// Stream 1 hears a tone that yields to stream 2.
fn ringing() -> Bench {
    let mut bench = Bench::new();
    (1..=2).for_each(|n| bench.ready(n, settings(n, Codec::Pcmu)));
    bench.hear_over(1, 2, 1);
    bench
}

/// Stream 2 says so many packets, beginning with this one.
fn talk(bench: &mut Bench, first: u16, count: u16) {
    for n in first..first + count {
        bench.say(2, rtp(0, n, 160 * u32::from(n), 6));
        bench.advance(20);
    }
}

fn is_voice(sent: &&&Sent) -> bool {
    sent.payload() == [0x55; 160]
}

#[test]
fn the_sound_is_heard_until_the_voice_begins_and_not_a_packet_of_that_is_lost() {
    let mut bench = Bench::new();
    (1..=2).for_each(|n| bench.ready(n, settings(n, Codec::Pcmu)));
    // There is nobody of that name yet.
    bench.hear_over(1, 3, 1);
    bench.advance(500);
    bench.hear_over(1, 2, 1);
    bench.advance(500);
    let before = bench.heard_by(1).len();
    assert!((49..=51).contains(&before), "{before}");
    talk(&mut bench, 0, 100);
    let heard = bench.heard_by(1);
    assert_eq!((heard.len() - before, heard.iter().filter(is_voice).count()), (100, 100));
}

#[test]
fn a_voice_that_never_comes_is_waited_for_and_then_the_sound_is_heard() {
    let mut bench = ringing();
    bench.advance(399);
    let tone = |sent: &&&Sent| sent.payload().iter().any(|byte| *byte != Codec::Pcmu.silence());
    assert_eq!(bench.heard_by(1).iter().filter(tone).count(), 0, "no sound before a voice that may come at once");
    bench.advance(601);
    assert!((30..=32).contains(&bench.heard_by(1).len()), "{}", bench.heard_by(1).len());
}

#[test]
fn a_voice_that_is_silent_for_400_ms_yields_to_the_sound_until_its_next_packet() {
    let mut bench = ringing();
    talk(&mut bench, 0, 50);
    let before = bench.heard_by(1).len();
    bench.advance(350);
    assert_eq!(bench.heard_by(1).len(), before, "a pause in speech is no silence");
    bench.advance(200);
    let sounds = bench.heard_by(1).len() - before;
    assert!((2..=9).contains(&sounds), "{sounds}");
    talk(&mut bench, 50, 50);
    let heard = bench.heard_by(1);
    assert_eq!((heard.len() - before - sounds, heard.iter().filter(is_voice).count()), (50, 100));
    assert_one_stream(&heard, &[0, before, before + sounds]);
}

#[test]
fn a_key_is_no_voice() {
    let mut bench = ringing();
    bench.advance(500);
    assert_eq!(bench.say(2, key(5, 1, 160, 6, true, 160)), Verdict::Absorbed);
    assert_eq!(bench.worker.inspect().streams[0].plug, "sound");
    assert!(matches!(bench.say(2, rtp(0, 2, 320, 6)), Verdict::Forward { .. }));
}

#[test]
fn the_level_said_again_leaves_the_voice_where_it_is() {
    let mut bench = ringing();
    talk(&mut bench, 0, 10);
    bench.hear_over(1, 2, 1);
    bench.hear_over(1, 2, 2);
    assert_eq!(bench.worker.inspect().streams[0].plug, "stream");
    bench.play(1, 3, Sound::Tone(Tone::Busy), true);
    assert_eq!(bench.say(2, rtp(0, 10, 1_600, 6)), Verdict::Absorbed, "this one does not yield");
    bench.silence(1);
    assert!(matches!(bench.say(2, rtp(0, 11, 1_760, 6)), Verdict::Forward { .. }));
    bench.advance(1_000);
    assert_eq!(bench.worker.inspect().streams[0].plug, "stream", "nothing to yield to");
}

#[test]
fn when_the_voice_has_gone_the_sound_is_heard_at_once() {
    let mut bench = ringing();
    talk(&mut bench, 0, 10);
    bench.command(Command::Close { stream: stream(2) });
    let before = bench.heard_by(1).len();
    bench.advance(100);
    assert_eq!(bench.heard_by(1).len() - before, 5);
}
