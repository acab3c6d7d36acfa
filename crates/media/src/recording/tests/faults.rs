//! Disks that are full, processes that are killed, recordings that never end.

use super::*;

fn begin(recorder: &mut Recorder, capture: CaptureId) {
    recorder.handle_input(now(0), Input::Begin { capture, call: CallRef(1), at: mono(0) });
}

/// Speaks from packet `from` to `to` in a recording, polling outputs through `take`.
fn speak(recorder: &mut Recorder, capture: CaptureId, from: u64, to: u64, take: &mut dyn FnMut(&mut Recorder, Output)) {
    for n in from..to {
        recorder.handle_timeout(now(n * 20));
        while let Some(output) = recorder.poll_output() {
            take(recorder, output);
        }
        let Input::Frame { channel, stream, ssrc, at, rtp_time, codec, payload, .. } = CALLER.packet(n, n * 20) else {
            unreachable!("a packet is a frame")
        };
        recorder
            .handle_input(now(n * 20), Input::Frame { capture, channel, stream, ssrc, at, rtp_time, codec, payload });
        while let Some(output) = recorder.poll_output() {
            take(recorder, output);
        }
    }
}

#[test]
fn a_full_disk_ends_the_recording_and_nothing_else() {
    let (mut recorder, mut disk) = (Recorder::new(), Disk::default());
    let other = CaptureId(4);
    begin(&mut recorder, CAPTURE);
    begin(&mut recorder, other);
    let mut told = 0;
    let mut take = |recorder: &mut Recorder, output: Output| match &output {
        Output::Write { capture, .. } | Output::Patch { capture, .. }
            if *capture == CAPTURE && disk.files[&CAPTURE].len() > 30_000 =>
        {
            told += 1;
            recorder.fault(CAPTURE, "disk full");
        }
        _ => disk.apply(output),
    };
    for n in 0..200 {
        speak(&mut recorder, CAPTURE, n, n + 1, &mut take);
        speak(&mut recorder, other, n, n + 1, &mut take);
    }
    assert_eq!(told, 1, "after a fault nothing more is asked for");
    for capture in [CAPTURE, other] {
        recorder.handle_input(now(4_000), Input::End { capture, at: mono(4_000) });
    }
    disk.drain(&mut recorder);
    assert_eq!(disk.closed, [CAPTURE, other]);
    let broken = &disk.finished[0].1;
    assert_eq!(broken.fault.as_deref(), Some("disk full"));
    let [left, _] = sides(&disk.files[&CAPTURE]);
    assert_eq!(broken.duration_ms, left.len() as u64 / 8, "as long as what can be played");
    assert!(broken.duration_ms >= 700);
    let whole = &disk.finished[1].1;
    assert_eq!((whole.fault.as_deref(), whole.duration_ms), (None, 4_000));
    assert_eq!((recorder.inspect().captures, recorder.inspect().faults), (0, 1));
    assert!(recorder.inspect().discarded > 100);
}

#[test]
fn a_fault_in_the_very_last_write_is_told() {
    let (mut recorder, mut disk) = (Recorder::new(), Disk::default());
    begin(&mut recorder, CAPTURE);
    speak(&mut recorder, CAPTURE, 0, 50, &mut |_, output| disk.apply(output));
    recorder.handle_input(now(1_000), Input::End { capture: CAPTURE, at: mono(1_000) });
    while let Some(output) = recorder.poll_output() {
        match output {
            Output::Write { .. } => recorder.fault(CAPTURE, "disk full"),
            output => disk.apply(output),
        }
    }
    let (_, summary) = disk.finished.pop().unwrap();
    assert_eq!(summary.fault.as_deref(), Some("disk full"));
    assert_eq!(summary.duration_ms, sides(&disk.files[&CAPTURE])[0].len() as u64 / 8);
}

#[test]
fn a_file_that_cannot_be_created_is_a_fault_like_others() {
    let mut recorder = Recorder::new();
    begin(&mut recorder, CAPTURE);
    let mut asked = Vec::new();
    while let Some(output) = recorder.poll_output() {
        if matches!(output, Output::Open { .. }) {
            recorder.fault(CAPTURE, "no such folder");
        } else {
            asked.push(output);
        }
    }
    assert_eq!(asked, [], "no write to a file that is not there");
    recorder.handle_input(now(50), Input::End { capture: CAPTURE, at: mono(50) });
    assert_eq!(recorder.poll_output(), Some(Output::Close { capture: CAPTURE }));
    let Some(Output::Finished { summary, .. }) = recorder.poll_output() else { panic!("finished") };
    assert_eq!((summary.fault.as_deref(), summary.duration_ms), (Some("no such folder"), 0));
    recorder.fault(CAPTURE, "again");
    assert_eq!(recorder.poll_output(), None);
}

#[test]
fn a_killed_process_leaves_a_playable_file_that_lacks_half_a_second() {
    let (mut recorder, mut disk) = (Recorder::new(), Disk::default());
    begin(&mut recorder, CAPTURE);
    let mut torn = 0;
    for n in 0..300 {
        // Between any two outputs the process may be killed: the file is playable, and can be repaired.
        speak(&mut recorder, CAPTURE, n, n + 1, &mut |_, output| {
            disk.apply(output);
            let Some(file) = disk.files.get(&CAPTURE).filter(|file| file.len() >= HEADER_BYTES) else { return };
            let [before, _] = sides(file);
            let mut repaired = file.clone();
            if let Some(header) = repair(&file[..HEADER_BYTES], file.len() as u64) {
                repaired[..HEADER_BYTES].copy_from_slice(&header);
                torn += 1;
            }
            let [left, _] = sides(&repaired);
            assert!(left.len() >= before.len());
            assert_eq!(left.len(), (file.len() - HEADER_BYTES) / 4);
            assert!(left.iter().enumerate().all(|(n, sample)| *sample == CALLER.sample(n as u64)));
        });
        let there = (disk.files[&CAPTURE].len() - HEADER_BYTES) as u64 / 4 / 8;
        assert!(there + 500 >= n * 20, "at {} ms only {there} ms are there", n * 20);
        assert_eq!(repair(&disk.files[&CAPTURE], disk.files[&CAPTURE].len() as u64), None, "whole between flushes");
    }
    assert!(torn > 10);
}

#[test]
fn repair_takes_torn_frames_and_leaves_other_files_alone() {
    let mut file = wav::header(0).to_vec();
    file.extend_from_slice(&[1, 2, 3, 4, 5, 6, 7, 8, 9]);
    let header = repair(&file, file.len() as u64).unwrap();
    file[..HEADER_BYTES].copy_from_slice(&header);
    assert_eq!(sides(&file)[0].len(), 2, "the ninth byte belongs to no frame");
    assert_eq!(repair(&file, file.len() as u64), None);
    assert_eq!(repair(b"RIFF", 4), None);
    let mut foreign = header;
    foreign[22] = 1;
    assert_eq!(repair(&foreign, 1_000), None, "a mono file is not ours");
    let longest = repair(&file, u64::MAX).unwrap();
    assert!(wav::sample_bytes(&longest).is_multiple_of(4), "clamped to what a header can say");
}

#[test]
fn writes_are_large_when_much_has_come() {
    let (mut recorder, mut disk) = (Recorder::new(), Disk::default());
    begin(&mut recorder, CAPTURE);
    // No timer for ten seconds: the frames alone fill writes.
    for n in 0..500 {
        recorder.handle_input(now(0), CALLER.packet(n, n * 20));
        disk.drain(&mut recorder);
    }
    assert_eq!(disk.largest_write, 32_768);
    assert!(disk.files[&CAPTURE].len() > 200_000);
}

#[test]
fn a_recording_ends_after_a_day_and_says_so() {
    let mut recorder = Recorder::new();
    begin(&mut recorder, CAPTURE);
    let day_ms = 24 * 3_600 * 1_000;
    recorder.handle_timeout(now(day_ms + 60_000));
    let (mut bytes, mut held) = (0u64, 0u64);
    let (mut header, silence) = (None, vec![0; 32_768]);
    while let Some(output) = recorder.poll_output() {
        match output {
            Output::Write { bytes: piece, .. } => {
                bytes += piece.len() as u64;
                held += u64::from(piece != silence[..piece.len()]);
            }
            Output::Patch { header: last, .. } => header = Some(last),
            _ => {}
        }
    }
    assert_eq!(bytes, HEADER_BYTES as u64 + 24 * 3_600 * 32_000);
    assert_eq!(held, 1, "only the header is more than silence");
    assert_eq!(wav::sample_bytes(&header.unwrap()), 24 * 3_600 * 32_000);
    recorder.handle_input(now(day_ms + 61_000), CALLER.packet(0, day_ms + 61_000));
    recorder.handle_timeout(now(day_ms + 62_000));
    assert_eq!(recorder.poll_output(), None);
    recorder.handle_input(now(day_ms + 63_000), Input::End { capture: CAPTURE, at: mono(day_ms + 63_000) });
    recorder.poll_output();
    let Some(Output::Finished { summary, .. }) = recorder.poll_output() else { panic!("finished") };
    assert_eq!((summary.duration_ms, summary.fault.is_some()), (day_ms, true));
}

#[test]
fn a_process_that_stops_in_order_ends_what_runs() {
    let (mut recorder, mut disk) = (Recorder::new(), Disk::default());
    begin(&mut recorder, CAPTURE);
    recorder.handle_input(now(0), CALLER.packet(0, 0));
    recorder.end_all(mono(100));
    recorder.end_all(mono(200));
    disk.drain(&mut recorder);
    assert_eq!((disk.finished.len(), disk.finished[0].1.duration_ms), (1, 100));
}

#[test]
fn what_is_lost_on_its_way_is_the_gap_however_long_it_was_and_counts_once() {
    for (lost, expected_ms) in [(10, 200), (99, 1_980), (150, 3_000), (3_000, 60_000)] {
        let (mut recorder, mut disk) = (Recorder::new(), Disk::default());
        begin(&mut recorder, CAPTURE);
        let mut take = |_: &mut Recorder, output: Output| disk.apply(output);
        speak(&mut recorder, CAPTURE, 0, 100, &mut take);
        let Input::Frame { channel, stream, ssrc, .. } = CALLER.packet(0, 0) else {
            unreachable!("a packet is a frame")
        };
        // In two parts, as a lane that has room for a moment makes them.
        for samples in [160, 160 * (lost - 1)] {
            recorder.handle_input(now(2_000), Input::Lost { capture: CAPTURE, channel, stream, ssrc, samples });
        }
        speak(&mut recorder, CAPTURE, 100 + lost, 200 + lost, &mut take);
        let end = (200 + lost) * 20;
        recorder.handle_input(now(end), Input::End { capture: CAPTURE, at: mono(end) });
        disk.drain(&mut recorder);
        let summary = &disk.finished[0].1;
        assert_eq!((summary.gap_ms, summary.duration_ms), (expected_ms, end), "{lost} packets");
    }
}
