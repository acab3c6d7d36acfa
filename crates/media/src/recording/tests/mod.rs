//! Claims about recordings, checked on the bytes that a disk would hold.

mod faults;
mod hostile;
mod place;
mod silence;
mod together;

use super::*;
use std::collections::BTreeMap;
use terms::Now;

/// When the recordings of these tests begin, in milliseconds: not at the origin.
const BEGIN_MS: u64 = 5_000;
const CAPTURE: CaptureId = CaptureId(3);

fn mono(ms: u64) -> Mono {
    Mono::from_micros((BEGIN_MS + ms) * 1_000)
}

fn now(ms: u64) -> Now {
    Now { mono: mono(ms), ..Now::default() }
}

/// What a shell does with the outputs.
#[derive(Default)]
struct Disk {
    files: BTreeMap<CaptureId, Vec<u8>>,
    names: BTreeMap<CaptureId, String>,
    closed: Vec<CaptureId>,
    silent: Vec<CaptureId>,
    finished: Vec<(CaptureId, CaptureSummary)>,
    largest_write: usize,
}

impl Disk {
    fn apply(&mut self, output: Output) {
        match output {
            Output::Open { capture, file_name } => {
                self.files.insert(capture, Vec::new());
                self.names.insert(capture, file_name);
            }
            Output::Write { capture, bytes } => {
                self.largest_write = self.largest_write.max(bytes.len());
                self.files.get_mut(&capture).unwrap().extend_from_slice(&bytes);
            }
            Output::Patch { capture, header } => {
                self.files.get_mut(&capture).unwrap()[..HEADER_BYTES].copy_from_slice(&header);
            }
            Output::Silent { capture } => self.silent.push(capture),
            Output::Close { capture } => self.closed.push(capture),
            Output::Finished { capture, summary } => self.finished.push((capture, summary)),
        }
    }

    fn drain(&mut self, recorder: &mut Recorder) {
        while let Some(output) = recorder.poll_output() {
            self.apply(output);
        }
    }
}

/// Both sides of a file, as hound reads it.
fn sides(file: &[u8]) -> [Vec<i16>; 2] {
    let reader = hound::WavReader::new(file).expect("a playable file");
    assert_eq!((reader.spec().channels, reader.spec().sample_rate, reader.spec().bits_per_sample), (2, 8_000, 16));
    let samples: Vec<i16> = reader.into_samples().map(|sample| sample.expect("a whole file")).collect();
    let side = |n: usize| samples.chunks_exact(2).map(|pair| pair[n]).collect();
    [side(0), side(1)]
}

/// Somebody who speaks: his n-th sample is noise that only he makes, so that each sample tells who and when.
#[derive(Clone, Copy)]
struct Speaker {
    side: u8,
    stream: u64,
    ssrc: u32,
    rtp: u32,
    codec: Codec,
}

const CALLER: Speaker = Speaker { side: 0, stream: 10, ssrc: 0xaaaa, rtp: 4_000_000_000, codec: Codec::Pcma };
const AGENT: Speaker = Speaker { side: 1, stream: 11, ssrc: 0xbbbb, rtp: 77, codec: Codec::Pcmu };

impl Speaker {
    fn code(&self, n: u64) -> u8 {
        let mut x = (n + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ u64::from(self.ssrc);
        x = (x ^ (x >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        (x >> 56) as u8
    }

    fn sample(&self, n: u64) -> i16 {
        self.codec.sample(self.code(n))
    }

    /// His n-th packet of 20 ms, arriving at `ms`.
    fn packet(&self, n: u64, ms: u64) -> Input {
        Input::Frame {
            capture: CAPTURE,
            channel: self.side,
            stream: StreamId(self.stream),
            ssrc: self.ssrc,
            at: mono(ms),
            rtp_time: self.rtp.wrapping_add((n * 160) as u32),
            codec: self.codec,
            payload: (n * 160..(n + 1) * 160).map(|n| self.code(n)).collect::<Vec<u8>>().into(),
        }
    }
}

/// Plays packets into a recorder in the order of their arrival, with its timers, and ends it. Returns file and summary.
fn record(mut packets: Vec<(u64, Input)>, end_ms: u64) -> (Vec<u8>, CaptureSummary) {
    packets.sort_by_key(|(at, _)| *at);
    let (mut recorder, mut disk) = (Recorder::new(), Disk::default());
    recorder.handle_input(now(0), Input::Begin { capture: CAPTURE, call: CallRef(0x1f), at: mono(0) });
    for (at, input) in packets {
        advance(&mut recorder, &mut disk, at);
        recorder.handle_input(now(at), input);
        disk.drain(&mut recorder);
    }
    advance(&mut recorder, &mut disk, end_ms);
    recorder.handle_input(now(end_ms), Input::End { capture: CAPTURE, at: mono(end_ms) });
    disk.drain(&mut recorder);
    assert_eq!(disk.closed, [CAPTURE]);
    assert_eq!(disk.names[&CAPTURE], "c1f-r3.wav");
    assert_eq!(recorder.inspect().captures, 0, "nothing is left over");
    advance(&mut recorder, &mut disk, end_ms + 1_000);
    assert_eq!(recorder.poll_timeout(), None, "no timer is left over");
    let (_, summary) = disk.finished.pop().expect("finished");
    assert!(disk.finished.is_empty(), "finished once");
    (disk.files.remove(&CAPTURE).unwrap(), summary)
}

fn advance(recorder: &mut Recorder, disk: &mut Disk, to_ms: u64) {
    while let Some(due) = recorder.poll_timeout().filter(|due| *due <= mono(to_ms)) {
        recorder.handle_timeout(Now { mono: due, ..Now::default() });
        disk.drain(recorder);
    }
}

/// Where `speaker`'s samples from `from` to `to` are in `side`, when they are all there in one piece.
fn find(side: &[i16], speaker: &Speaker, from: u64, to: u64) -> Option<usize> {
    let wanted: Vec<i16> = (from..to).map(|n| speaker.sample(n)).collect();
    side.windows(wanted.len()).position(|window| window == wanted)
}

/// A generator of our own for delays.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let x = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        (x ^ (x >> 31)) % n
    }
}
