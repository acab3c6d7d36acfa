//! The recorder thread with real files.

use super::*;
use media::codec::Codec;
use media::recording::repair;
use sha2::{Digest, Sha256};
use std::fs;
use tempfile::TempDir;
use terms::{CallRef, Mono, StreamId, Wall};

const PATIENCE: Duration = Duration::from_secs(10);

struct Bench {
    folder: TempDir,
    frames: Sender<Input>,
    events: Receiver<Event>,
    thread: JoinHandle<()>,
    clock: Clock,
}

impl Bench {
    /// A recorder that writes to `below` in a folder of its own.
    fn start(below: &str, prepare: impl FnOnce(&Path)) -> Bench {
        let folder = tempfile::tempdir().expect("a folder");
        prepare(folder.path());
        let clock = Clock::start();
        let (frames, frame_lane) = lane::ring(4_096).expect("a lane");
        let (event_lane, events) = lane::ring(16).expect("a lane");
        let thread = spawn(
            folder.path().join(below),
            vec![frame_lane],
            event_lane,
            clock,
            Default::default(),
            Default::default(),
        )
        .expect("a thread");
        Bench { folder, frames, events, thread, clock }
    }

    /// Both sides of a second of sound.
    fn record(&mut self, capture: CaptureId) {
        let began = self.clock.now().mono;
        self.tell(Input::Begin { capture, call: CallRef(7), at: began });
        for n in 0..50u32 {
            for channel in 0..2 {
                self.tell(Input::Frame {
                    capture,
                    channel,
                    stream: StreamId(u64::from(channel)),
                    ssrc: 1,
                    at: began + Duration::from_millis(u64::from(n) * 20),
                    rtp_time: n * 160,
                    codec: Codec::Pcma,
                    payload: vec![Codec::Pcma.code(1_000 + 1_000 * i16::from(channel)); 160].into(),
                });
            }
        }
        self.tell(Input::End { capture, at: began + Duration::from_secs(1) });
    }

    fn tell(&mut self, input: Input) {
        self.frames.push(input).expect("room");
    }

    fn event(&mut self) -> Event {
        let began = Instant::now();
        loop {
            if let Some(event) = self.events.pop() {
                return event;
            }
            assert!(began.elapsed() < PATIENCE, "no event");
            self.events.wait(Some(Duration::from_millis(100)));
        }
    }

    fn finished(&mut self) -> CaptureSummary {
        match self.event() {
            Event::CaptureFinished { summary, .. } => *summary,
            other => panic!("{other:?}"),
        }
    }
}

fn now(ms: i64) -> Now {
    Now { mono: Mono::ZERO, wall: Wall::from_millis(ms) }
}

#[test]
fn a_date_is_that_of_the_calendar() {
    for (ms, expected) in [
        (0, "1970-01-01"),
        (-1, "1969-12-31"),
        (951_782_400_000, "2000-02-29"),
        (951_868_799_999, "2000-02-29"),
        (951_868_800_000, "2000-03-01"),
        (1_795_219_200_000, "2026-11-21"),
        (4_107_542_400_000, "2100-03-01"),
    ] {
        assert_eq!(date(now(ms)), expected);
    }
}

#[test]
fn a_recording_becomes_a_playable_file_whose_digest_follows() {
    let mut bench = Bench::start("calls/recorded", |_| ());
    bench.record(CaptureId(3));
    let summary = bench.finished();
    assert_eq!(summary.fault, None);
    assert_eq!(summary.duration_ms, 1_000);
    assert!(summary.file.starts_with(&date(bench.clock.now())[..8]), "{}", summary.file);
    let bytes = fs::read(bench.folder.path().join("calls/recorded").join(&summary.file)).expect("a file");
    assert_eq!(bytes.len(), HEADER_BYTES + 8_000 * 4);
    assert_eq!(repair(&bytes, bytes.len() as u64), None, "the header is right");
    let frame = &bytes[HEADER_BYTES + 4_000 * 4..][..4];
    let [left, right] = [0, 2].map(|at| i32::from(i16::from_le_bytes([frame[at], frame[at + 1]])));
    assert!((left - 1_000).abs() < 64 && (right - 2_000).abs() < 128, "{left} {right}");
    let expected: [u8; 32] = Sha256::digest(&bytes).into();
    assert!(matches!(bench.event(), Event::CaptureSealed { capture: CaptureId(3), sha256 } if sha256 == expected));
    drop(bench.frames);
    bench.thread.join().expect("no panic");
}

#[test]
fn a_folder_that_cannot_be_written_is_a_fault_and_not_the_end() {
    let mut bench = Bench::start("file/below", |folder| fs::write(folder.join("file"), "x").expect("written"));
    bench.record(CaptureId(1));
    assert!(bench.finished().fault.is_some());
    fs::remove_file(bench.folder.path().join("file")).expect("removed");
    bench.record(CaptureId(2));
    assert_eq!(bench.finished().fault, None, "the next recording is none the worse");
}

#[test]
fn a_full_disk_is_a_fault_of_that_recording() {
    let folder = tempfile::tempdir().expect("a folder");
    let clock = Clock::start();
    let (events, mut told) = lane::ring(16).expect("a lane");
    let sealer = Sealer::start().expect("a thread");
    let mut shell = Shell {
        core: Recorder::new(),
        folder: folder.path().into(),
        frames: vec![],
        events,
        waiting: VecDeque::new(),
        files: BTreeMap::new(),
        sealer,
        clock,
        recorded: Default::default(),
        busy: Default::default(),
    };
    let (capture, begin) = (CaptureId(1), clock.now());
    shell.core.handle_input(begin, Input::Begin { capture, call: CallRef(7), at: begin.mono });
    shell.settle(begin);
    // /dev/full takes no byte: every write to it fails with ENOSPC.
    let full = OpenOptions::new().write(true).open("/dev/full").expect("Linux has it");
    shell.files.get_mut(&capture).expect("open").file = Some(full);
    let end = Now { mono: begin.mono + Duration::from_secs(2), ..begin };
    shell.core.handle_input(end, Input::End { capture, at: end.mono });
    shell.settle(end);
    let Some(Event::CaptureFinished { summary, .. }) = told.pop() else { panic!("not finished") };
    assert!(summary.fault.is_some_and(|fault| fault.contains("No space left")));
    assert!(shell.files.is_empty());
}

#[test]
fn a_stopping_recorder_finishes_what_still_runs() {
    let mut bench = Bench::start("", |_| ());
    let at = bench.clock.now().mono;
    bench.tell(Input::Begin { capture: CaptureId(1), call: CallRef(7), at });
    drop(bench.frames);
    bench.thread.join().expect("no panic");
    assert!(matches!(bench.events.pop(), Some(Event::CaptureFinished { .. })));
    assert!(matches!(bench.events.pop(), Some(Event::CaptureSealed { .. })));
}
