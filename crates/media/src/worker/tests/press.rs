//! Keys that are sent to a peer with his sound.

use super::*;

/// The packets of keys that a stream's peer was sent: (event, end, duration).
fn keys(bench: &Bench, n: u64) -> Vec<(u8, bool, u16)> {
    let of = |sent: &Sent| match *sent.payload() {
        [code, flags, high, low] => Some((code, flags & 0x80 != 0, u16::from_be_bytes([high, low]))),
        _ => None,
    };
    bench.heard_by(n).into_iter().filter_map(of).collect()
}

fn press(bench: &mut Bench, n: u64, keys: &str) {
    keys.chars().for_each(|key| bench.command(Command::Press { stream: stream(n), key }));
}

/// The two talk for so many packets, 20 ms each.
fn talk(bench: &mut Bench, from: u16, count: u16) {
    for n in from..from + count {
        bench.say(1, rtp(0, n, 160 * u32::from(n), 5));
        bench.advance(20);
    }
}

/// One source, no number left out, no time set back, and the clock that of the packets' own times.
fn assert_continuous(sent: &[&Sent]) {
    for pair in sent.windows(2) {
        let (a, b) = (pair[0].header(), pair[1].header());
        assert_eq!((a.ssrc, a.sequence.wrapping_add(1)), (b.ssrc, b.sequence));
        assert!(b.timestamp.wrapping_sub(a.timestamp) < 1 << 31, "{b:?} after {a:?}");
    }
    let (first, last) = (sent[0], sent[sent.len() - 1]);
    let ticks = u64::from(last.header().timestamp.wrapping_sub(first.header().timestamp));
    let elapsed = (last.at - first.at).as_millis() as u64 * 8;
    assert!(ticks.abs_diff(elapsed) <= 2 * 160, "RTP time follows the clock: {ticks} in {elapsed}");
}

#[test]
fn a_key_begins_with_the_marker_grows_by_steps_and_ends_three_times() {
    let mut bench = Bench::bridged(Codec::Pcmu);
    bench.configure(2, StreamSettings { send_events: Some(96), ..settings(2, Codec::Pcmu) });
    talk(&mut bench, 0, 5);
    press(&mut bench, 2, "#");
    talk(&mut bench, 5, 20);
    let steps = [160, 320, 480, 640, 800].map(|duration| (11, false, duration));
    assert_eq!(keys(&bench, 2), [&steps[..], &[(11, true, 800); 3]].concat());
    let heard = bench.heard_by(2);
    assert_eq!(heard.len(), 5 + 8 + 13, "what was said meanwhile is not heard");
    assert_continuous(&heard);
    let event: Vec<_> = heard[5..13].iter().map(|sent| sent.header()).collect();
    assert!(event.iter().all(|h| h.payload_type == 96 && h.timestamp == event[0].timestamp));
    assert_eq!(event.iter().filter(|h| h.marker).count(), 1);
    assert_eq!(event[0].timestamp, heard[4].header().timestamp.wrapping_add(160), "it follows the sound");
    let times: Vec<u64> = heard[5..13].iter().map(|sent| (sent.at - heard[5].at).as_millis() as u64).collect();
    assert_eq!(times, [0, 20, 40, 60, 80, 100, 120, 140]);
    assert!(heard[13].header().marker && heard[14..].iter().all(|sent| !sent.header().marker));
    assert_eq!(heard[5].payload()[1], 10, "-10 dBm0");
    assert!(bench.heard_by(1).is_empty() && bench.digits().is_empty(), "nobody pressed it here");
    assert_eq!(bench.worker.inspect().streams[0].totals.packets_lost, 0);
}

#[test]
fn keys_follow_each_other_each_whole_and_with_a_time_of_its_own() {
    let mut bench = Bench::bridged(Codec::Pcmu);
    talk(&mut bench, 0, 3);
    press(&mut bench, 2, "12");
    press(&mut bench, 2, "2");
    talk(&mut bench, 3, 40);
    assert_eq!(keys(&bench, 2).iter().map(|(code, ..)| *code).collect::<Vec<_>>(), [[1; 8], [2; 8], [2; 8]].concat());
    let mut digits = crate::digits::Digits::default();
    let mut read = String::new();
    for sent in bench.heard_by(2).iter().filter(|sent| sent.payload().len() == 4) {
        let (h, event) = (sent.header(), crate::digits::TelephoneEvent::parse(sent.payload()).expect("an event"));
        let place =
            crate::digits::Place { ssrc: h.ssrc, epoch: 0, sequence: h.sequence.into(), timestamp: h.timestamp };
        read.extend(digits.note(sent.at, place, event));
    }
    assert_eq!(read, "122", "as we would read it ourselves");
    assert_continuous(&bench.heard_by(2));
}

#[test]
fn a_sound_pauses_for_a_key_and_ends_at_its_time() {
    let mut bench = Bench::new();
    bench.ready(1, settings(1, Codec::Pcmu));
    bench.play(1, 1, Sound::Tone(Tone::Busy), false);
    bench.advance(300);
    press(&mut bench, 1, "5");
    bench.advance(900);
    assert_eq!(bench.finished(), [(PlayId(1), PlayOutcome::Completed)], "a second of it");
    let heard = bench.heard_by(1);
    assert_continuous(&heard);
    assert_eq!((keys(&bench, 1).len(), heard.len()), (8, 51));
}

#[test]
fn a_key_is_sent_where_nobody_speaks_and_whoever_speaks_next_follows_it() {
    let mut bench = Bench::bridged(Codec::Pcmu);
    press(&mut bench, 2, "0");
    bench.advance(1_000);
    assert_eq!(keys(&bench, 2).len(), 8);
    talk(&mut bench, 0, 5);
    assert_continuous(&bench.heard_by(2));
}

#[test]
fn where_keys_are_not_taken_or_nothing_may_be_sent_none_is() {
    let mut bench = Bench::bridged(Codec::Pcmu);
    bench.configure(2, StreamSettings { send_events: None, ..settings(2, Codec::Pcmu) });
    press(&mut bench, 2, "5");
    press(&mut bench, 1, "x");
    press(&mut bench, 9, "5");
    bench.configure(1, StreamSettings { sending: false, ..settings(1, Codec::Pcmu) });
    press(&mut bench, 1, "5");
    bench.advance(300);
    assert!(bench.heard_by(1).is_empty() && bench.heard_by(2).is_empty());
    // A key that is cut off by a hold is over; what comes after the hold goes on under numbers that follow.
    bench.configure(1, settings(1, Codec::Pcmu));
    press(&mut bench, 1, "56");
    bench.advance(50);
    bench.configure(1, StreamSettings { sending: false, ..settings(1, Codec::Pcmu) });
    bench.advance(500);
    bench.configure(1, settings(1, Codec::Pcmu));
    press(&mut bench, 1, "7");
    bench.advance(500);
    assert_eq!(keys(&bench, 1).iter().map(|(code, ..)| *code).collect::<Vec<_>>(), [&[5; 3][..], &[7; 8]].concat());
    bench.say(2, rtp(0, 1, 160, 6));
    assert_continuous(&bench.heard_by(1));
}

#[test]
fn so_many_keys_may_wait_and_no_more() {
    let mut bench = Bench::bridged(Codec::Pcmu);
    press(&mut bench, 2, &"5".repeat(100));
    bench.advance(30_000);
    assert_eq!(keys(&bench, 2).len(), 8 * (1 + terms::limits::DIGITS));
}

#[test]
fn from_a_key_on_that_is_kept_none_passes_until_it_is_let() {
    let mut bench = Bench::bridged(Codec::Pcmu);
    bench.configure(1, StreamSettings { keeps: ['*'].into_iter().collect(), ..settings(1, Codec::Pcmu) });
    talk(&mut bench, 0, 3);
    let press = |bench: &mut Bench, code: u8, at: u16| {
        let time = 160 * u32::from(at);
        bench.say(1, key(code, at, time, 5, false, 160));
        bench.advance(20);
        bench.say(1, key(code, at + 1, time, 5, true, 320));
        bench.advance(20);
    };
    press(&mut bench, 1, 3);
    press(&mut bench, 10, 5);
    press(&mut bench, 2, 7);
    assert_eq!(keys(&bench, 2), [(1, false, 160), (1, true, 320)]);
    bench.say(1, key(3, 9, 1_440, 5, false, 160));
    bench.command(Command::LetKeys { stream: stream(1) });
    bench.say(1, key(3, 10, 1_440, 5, true, 320));
    assert_eq!(keys(&bench, 2).len(), 2, "a key that was kept is, to its end");
    press(&mut bench, 4, 11);
    assert_eq!(keys(&bench, 2)[2..], [(4, false, 160), (4, true, 320)]);
    assert_eq!(bench.kept(), [('1', false), ('*', true), ('2', true), ('3', true), ('4', false)]);
    talk(&mut bench, 13, 3);
    assert_continuous(&bench.heard_by(2));
}
