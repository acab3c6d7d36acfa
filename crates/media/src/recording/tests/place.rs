//! Each sample on its side, at its time.

use super::*;

/// `count` packets, 20 ms apart, the first arriving at `start_ms`.
fn steady(speaker: Speaker, start_ms: u64, count: u64) -> Vec<(u64, Input)> {
    (0..count).map(|n| (start_ms + n * 20, speaker.packet(n, start_ms + n * 20))).collect()
}

#[test]
fn both_sides_are_where_and_when_they_spoke() {
    let packets = [steady(CALLER, 100, 150), steady(AGENT, 357, 100)].concat();
    let (file, summary) = record(packets, 3_500);
    let [left, right] = sides(&file);
    assert_eq!((left.len(), summary.duration_ms, summary.gap_ms, summary.fault), (28_000, 3_500, 0, None));
    for (n, sample) in left.iter().enumerate() {
        let spoken = (800..24_800).contains(&n);
        assert_eq!(*sample, if spoken { CALLER.sample(n as u64 - 800) } else { 0 }, "left, sample {n}");
    }
    for (n, sample) in right.iter().enumerate() {
        let spoken = (2_856..18_856).contains(&n);
        assert_eq!(*sample, if spoken { AGENT.sample(n as u64 - 2_856) } else { 0 }, "right, sample {n}");
    }
}

#[test]
fn order_and_copies_do_not_matter() {
    let mut packets = Vec::new();
    for n in 0..100 {
        // Every packet twice, every seventh overtaken by two others.
        let delay = if n % 7 == 3 { 45 } else { 0 };
        packets.push((n * 20 + delay, CALLER.packet(n, n * 20 + delay)));
        packets.push((n * 20 + delay + 9, CALLER.packet(n, n * 20 + delay + 9)));
    }
    let (file, summary) = record(packets, 2_200);
    let [left, right] = sides(&file);
    assert_eq!(find(&left, &CALLER, 0, 16_000), Some(0));
    assert!(right.iter().all(|sample| *sample == 0));
    assert_eq!(summary.gap_ms, 0);
}

#[test]
fn lost_packets_are_silence_and_are_counted() {
    let lost = [17, 40, 41, 42, 99];
    let packets = steady(AGENT, 0, 150).into_iter().enumerate();
    let (file, summary) = record(packets.filter(|(n, _)| !lost.contains(n)).map(|(_, p)| p).collect(), 3_000);
    let [_, right] = sides(&file);
    for (n, sample) in right.iter().enumerate() {
        let expected = if lost.contains(&(n / 160)) { 0 } else { AGENT.sample(n as u64) };
        assert_eq!(*sample, expected, "sample {n}");
    }
    assert_eq!(summary.gap_ms, 5 * 20);
}

#[test]
fn a_packet_that_comes_after_its_time_is_lost() {
    let mut packets = steady(CALLER, 0, 100);
    packets[50] = (1_000 + 700, CALLER.packet(50, 1_000 + 700));
    let (_, summary) = record(packets, 2_000);
    assert_eq!(summary.gap_ms, 20);
}

#[test]
fn jitter_moves_nothing() {
    // Delays of 0 to 60 ms, 30 ms to both sides of their mean; the packets' true places begin at 500 ms.
    let (mut worst_first, mut far) = (0, 0);
    for seed in 0..100 {
        let mut dice = Dice(seed);
        let packets = (0..150).map(|n| (n, 500 + n * 20 + dice.below(61)));
        let (file, summary) = record(packets.map(|(n, at)| (at, CALLER.packet(n, at))).collect(), 4_000);
        let [left, _] = sides(&file);
        // Sample-exact among themselves: the first 0.9 s in one piece, and all from the first review on in another.
        let first = find(&left, &CALLER, 480, 7_200).expect("one piece") as i64 - 480 - 4_000;
        let later = find(&left, &CALLER, 9_600, 24_000).expect("one piece") as i64 - 9_600 - 4_000;
        assert!(first.abs() <= 40 * 8 && later.abs() <= 11 * 8, "seed {seed}: {first}, then {later} samples off");
        worst_first = worst_first.max(first.abs());
        far += u64::from(first.abs() > 20 * 8);
        // Moving the anchor may cut off what it moves by, from each packet that was overtaken just then.
        assert!(summary.gap_ms <= 2 * first.unsigned_abs() / 8 + 1, "seed {seed}: {} ms", summary.gap_ms);
    }
    assert!(far <= 5, "{far} of 100 began more than 20 ms off, the worst {} ms", worst_first / 8);
}

#[test]
fn another_source_has_another_time_line() {
    let mut packets = steady(CALLER, 0, 50);
    let other = Speaker { ssrc: 0xcccc, rtp: 123, ..CALLER };
    packets.extend(steady(other, 1_240, 50));
    let transferred = Speaker { stream: 12, rtp: 3_000_000_000, ..CALLER };
    packets.extend(steady(transferred, 2_500, 50));
    let (file, summary) = record(packets, 4_000);
    let [left, _] = sides(&file);
    assert_eq!(find(&left, &CALLER, 0, 8_000), Some(0));
    assert_eq!(find(&left, &other, 0, 8_000), Some(1_240 * 8));
    assert_eq!(find(&left[10_000..], &transferred, 0, 8_000), Some(2_500 * 8 - 10_000));
    assert_eq!(summary.gap_ms, 0);
}

#[test]
fn a_jump_of_rtp_time_begins_a_new_anchor() {
    for jump in [3_000, 1_000_000, 0x7fff_0000, i32::MIN, -4_000, -1_000_000] {
        let jumped = Speaker { rtp: CALLER.rtp.wrapping_add_signed(jump), ..CALLER };
        let mut packets = steady(CALLER, 0, 100);
        packets.truncate(50);
        packets.extend((50..100).map(|n| (n * 20, jumped.packet(n, n * 20))));
        let (file, summary) = record(packets, 2_000);
        let [left, _] = sides(&file);
        assert_eq!(find(&left, &CALLER, 0, 16_000), Some(0), "jump of {jump}");
        assert_eq!(summary.gap_ms, 0, "jump of {jump}");
    }
}

#[test]
fn one_stray_packet_changes_nothing() {
    // Among the first packets, whose anchor is not decided yet, and later.
    for (stray, at) in [(9_000, 30), (0x7000_0000, 30), (-9_000, 30), (9_000, 3), (0x7000_0000, 3), (-9_000, 3)] {
        let liar = Speaker { rtp: CALLER.rtp.wrapping_add_signed(stray), ..CALLER };
        let mut packets = steady(CALLER, 0, 100);
        packets[at].1 = liar.packet(at as u64, at as u64 * 20);
        let (file, summary) = record(packets, 2_000);
        let [left, _] = sides(&file);
        let (before, after) = (at as u64 * 160, at as u64 * 160 + 160);
        assert_eq!(find(&left, &CALLER, 0, before), Some(0), "stray by {stray} at {at}");
        assert_eq!(find(&left, &CALLER, after, 16_000), Some(after as usize), "stray by {stray} at {at}");
        assert_eq!(summary.gap_ms, 20, "stray by {stray} at {at}");
    }
}

#[test]
fn the_first_of_two_copies_is_the_one_that_counts() {
    let forger = Speaker { codec: Codec::Pcmu, ..CALLER };
    let forged = steady(forger, 5, 100);
    let (file, _) = record([steady(CALLER, 0, 100), forged].concat(), 2_000);
    assert_eq!(find(&sides(&file)[0], &CALLER, 0, 16_000), Some(0));
}

#[test]
fn a_network_that_stands_still_does_not_move_the_anchor() {
    // Nothing arrives from 1000 to 1250 ms, then all at once.
    let packets = (0..100).map(|n| (n, if (50..63).contains(&n) { 1_250 } else { n * 20 }));
    let (file, summary) = record(packets.map(|(n, at)| (at, CALLER.packet(n, at))).collect(), 2_000);
    let [left, _] = sides(&file);
    assert_eq!(find(&left, &CALLER, 0, 16_000), Some(0));
    assert_eq!(summary.gap_ms, 0);
}

#[test]
fn a_pause_is_no_loss_whether_rtp_time_goes_on_or_not() {
    for goes_on in [true, false] {
        let mut packets = steady(CALLER, 0, 50);
        let skipped = if goes_on { 5_000 / 20 } else { 0 };
        packets
            .extend((50..100).map(|n| (6_000 + (n - 50) * 20, n)).map(|(at, n)| (at, CALLER.packet(n + skipped, at))));
        let (file, summary) = record(packets, 7_000);
        let [left, _] = sides(&file);
        let from = (50 + skipped) * 160;
        assert_eq!(find(&left, &CALLER, from, from + 8_000), Some(6_000 * 8), "RTP time goes on: {goes_on}");
        assert_eq!(summary.gap_ms, 0, "RTP time goes on: {goes_on}");
    }
}

#[test]
fn a_digit_is_no_loss() {
    let mut packets = steady(CALLER, 0, 100);
    for n in 40..48 {
        // RFC 4733: the digit's packets all carry the RTP time at which it began.
        let Input::Frame { capture, channel, stream, ssrc, rtp_time, codec, .. } = CALLER.packet(40, 800) else {
            panic!()
        };
        let at = mono(n * 20);
        let digit = Input::Frame { capture, channel, stream, ssrc, at, rtp_time, codec, payload: Bytes::new() };
        packets[n as usize] = (n * 20, digit);
    }
    packets.remove(70);
    let (file, summary) = record(packets, 2_000);
    let [left, _] = sides(&file);
    assert_eq!(find(&left, &CALLER, 48 * 160, 70 * 160), Some(48 * 160));
    assert_eq!(summary.gap_ms, 20, "the lost packet alone");
}

#[test]
fn a_drifting_clock_is_followed() {
    // The speaker's clock is 0.1 % slow: after 60 s he is 60 ms behind.
    let at = |n: u64| n * 20 + n / 50;
    let (file, _) = record((0..3_000).map(|n| (at(n), CALLER.packet(n, at(n)))).collect(), 60_200);
    let [left, _] = sides(&file);
    for n in [100, 1_000, 2_000, 2_990] {
        let found = find(&left, &CALLER, n * 160, n * 160 + 160).expect("there") as i64;
        let off = found - at(n) as i64 * 8;
        assert!(off.abs() <= 20 * 8, "packet {n} is {off} samples off");
    }
}

#[test]
fn a_few_words_are_recorded_too() {
    let (file, _) = record(steady(AGENT, 300, 2), 400);
    let [_, right] = sides(&file);
    assert_eq!(find(&right, &AGENT, 0, 320), Some(300 * 8));
    let (file, _) = record(steady(AGENT, 300, 2), 1_000);
    let [_, right] = sides(&file);
    assert_eq!(find(&right, &AGENT, 0, 320), Some(300 * 8));
}

#[test]
fn frames_that_waited_for_a_slow_disk_are_not_late() {
    let (mut recorder, mut disk) = (Recorder::new(), Disk::default());
    recorder.handle_input(now(0), Input::Begin { capture: CAPTURE, call: CallRef(1), at: mono(0) });
    for (at, input) in steady(CALLER, 0, 20) {
        recorder.handle_input(now(at), input);
    }
    // Nobody reads the lane for a second, but a timer comes first.
    recorder.handle_timeout(now(700));
    for (at, input) in steady(CALLER, 0, 35).into_iter().skip(20) {
        recorder.handle_input(now(1_400), input);
        assert!(at < 700);
    }
    recorder.handle_input(now(1_400), Input::End { capture: CAPTURE, at: mono(1_000) });
    disk.drain(&mut recorder);
    assert_eq!(find(&sides(&disk.files[&CAPTURE])[0], &CALLER, 0, 5_600), Some(0));
    assert_eq!(disk.finished[0].1.gap_ms, 0);
}
