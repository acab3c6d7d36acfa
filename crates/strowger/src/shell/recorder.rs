//! The recorder thread: frames from the media workers become files, `FOLDER/YYYY-MM-DD/NAME.wav` (the date is that of
//! the recording's beginning, in UTC). A request that fails (disk full, folder gone) ends that recording's file, is
//! told in its summary, and touches no call.
//!
//! A finished file goes to a second thread of low priority, which brings it to the disk for good and computes its
//! digest. What a killed process left behind is the business of `salvage`.

use super::busy::Busy;
use super::poller::{wait_any, work_in_batches};
use super::seal::{Sealed, Sealer};
use crate::clock::Clock;
use lane::{Receiver, Sender};
use media::recording::{HEADER_BYTES, Input, Output, Recorder};
use media::{CaptureSummary, Event};
use std::collections::{BTreeMap, VecDeque};
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};
use terms::{CaptureId, Now};

/// Frames taken from one worker before the next one, and the files, have their turn.
const BURST: usize = 1_024;
/// Frames come one by one: so long they gather, for one wake-up of this thread, and none of the media's.
const GATHER: Duration = Duration::from_millis(50);
/// How soon a full event lane is tried again, and digests are looked for.
const RETRY: Duration = Duration::from_millis(50);
/// How long a stopping thread waits for somebody to take its events.
const PARTING: Duration = Duration::from_secs(2);

/// Starts the recorder. It ends when every worker's lane is closed, with every recording finished.
pub fn spawn(
    folder: PathBuf,
    frames: Vec<Receiver<Input>>,
    events: Sender<Event>,
    clock: Clock,
    recorded: Arc<AtomicU64>,
    busy: Arc<Busy>,
) -> io::Result<JoinHandle<()>> {
    let sealer = Sealer::start()?;
    let shell = Shell {
        core: Recorder::new(),
        folder,
        frames,
        events,
        waiting: VecDeque::new(),
        files: BTreeMap::new(),
        sealer,
        clock,
        recorded,
        busy,
    };
    thread::Builder::new().name("recorder".into()).spawn(move || shell.run())
}

/// A recording's file.
struct OpenFile {
    /// `None` once it is closed, or when it could not be created.
    file: Option<File>,
    /// Below the recordings folder, with the date.
    name: String,
}

struct Shell {
    core: Recorder,
    folder: PathBuf,
    frames: Vec<Receiver<Input>>,
    events: Sender<Event>,
    /// Events that found their lane full.
    waiting: VecDeque<Event>,
    files: BTreeMap<CaptureId, OpenFile>,
    sealer: Sealer,
    clock: Clock,
    /// Bytes written, for others to look at.
    recorded: Arc<AtomicU64>,
    /// Marked while the disk is waited for.
    busy: Arc<Busy>,
}

impl Shell {
    fn run(mut self) {
        work_in_batches();
        while !self.frames.iter().all(Receiver::is_closed) {
            self.wait();
            self.take_frames();
            let now = self.clock.now();
            self.core.handle_timeout(now);
            self.settle(now);
            self.take_digests();
            self.push_waiting();
        }
        self.stop();
    }

    /// Waits for frames, or until files must grow.
    fn wait(&mut self) {
        if self.core.poll_timeout().is_some() {
            // Something is recorded: there will be frames, and whoever sends them need not ring.
            return thread::sleep(GATHER);
        }
        // Each lane must know that we sleep, even if another one is not empty.
        let quiet = self.frames.iter_mut().filter_map(|lane| lane.prepare_to_sleep().then_some(())).count();
        if quiet == self.frames.len() {
            let timeout = (self.sealer.is_busy() || !self.waiting.is_empty()).then_some(RETRY);
            let bells: Vec<_> = self.frames.iter().map(Receiver::doorbell).collect();
            wait_any(&bells, timeout);
        }
        self.frames.iter_mut().for_each(Receiver::awake);
    }

    fn take_frames(&mut self) {
        loop {
            let mut any = false;
            let now = self.clock.now();
            for lane in 0..self.frames.len() {
                for _ in 0..BURST {
                    let Some(input) = self.frames.get_mut(lane).and_then(Receiver::pop) else { break };
                    any = true;
                    self.core.handle_input(now, input);
                    self.settle(now);
                }
            }
            if !any {
                return;
            }
        }
    }

    fn settle(&mut self, now: Now) {
        let busy = Arc::clone(&self.busy);
        while let Some(output) = self.core.poll_output() {
            let (capture, done) = match output {
                Output::Open { capture, file_name } => (capture, busy.with(|| self.open(now, capture, &file_name))),
                Output::Write { capture, bytes } => (capture, busy.with(|| self.write(capture, &bytes))),
                Output::Patch { capture, header } => (capture, busy.with(|| self.patch(capture, &header))),
                Output::Silent { capture } => {
                    self.waiting.push_back(Event::CaptureSilent { capture });
                    self.push_waiting();
                    (capture, Ok(()))
                }
                Output::Close { capture } => {
                    if let Some(open) = self.files.get_mut(&capture) {
                        open.file = None;
                    }
                    (capture, Ok(()))
                }
                Output::Finished { capture, summary } => {
                    self.finish(capture, summary);
                    (capture, Ok(()))
                }
            };
            if let Err(error) = done {
                tracing::error!(%capture, %error, "a recording cannot be written");
                self.core.fault(capture, &error.to_string());
            }
        }
        busy.files.store(self.files.len(), Relaxed);
    }

    fn open(&mut self, now: Now, capture: CaptureId, file_name: &str) -> io::Result<()> {
        let date = date(now);
        let name = format!("{date}/{file_name}");
        let created = create(&self.folder.join(&date), file_name);
        let (file, result) = match created {
            Ok(file) => (Some(file), Ok(())),
            Err(error) => (None, Err(error)),
        };
        self.files.insert(capture, OpenFile { file, name });
        result
    }

    fn write(&mut self, capture: CaptureId, bytes: &[u8]) -> io::Result<()> {
        match self.files.get_mut(&capture).and_then(|open| open.file.as_mut()) {
            Some(file) => {
                self.recorded.fetch_add(bytes.len() as u64, Relaxed);
                file.write_all(bytes)
            }
            None => Ok(()), // It has its fault already.
        }
    }

    fn patch(&mut self, capture: CaptureId, header: &[u8; HEADER_BYTES]) -> io::Result<()> {
        match self.files.get_mut(&capture).and_then(|open| open.file.as_mut()) {
            Some(file) => file.write_all_at(header, 0),
            None => Ok(()),
        }
    }

    fn finish(&mut self, capture: CaptureId, mut summary: CaptureSummary) {
        if let Some(OpenFile { name, .. }) = self.files.remove(&capture) {
            self.sealer.seal(capture, self.folder.join(&name));
            summary.file = name;
        }
        self.waiting.push_back(Event::CaptureFinished { capture, summary: Box::new(summary) });
        self.push_waiting();
    }

    fn take_digests(&mut self) {
        while let Some(Sealed { capture, sha256 }) = self.sealer.next() {
            match sha256 {
                Ok(sha256) => self.waiting.push_back(Event::CaptureSealed { capture, sha256 }),
                Err(error) => tracing::warn!(%capture, %error, "a recording has no digest"),
            }
        }
    }

    fn push_waiting(&mut self) {
        if self.events.is_closed() {
            self.waiting.clear();
        }
        while let Some(event) = self.waiting.pop_front() {
            if let Err(event) = self.events.push(event) {
                return self.waiting.push_front(event);
            }
        }
    }

    /// The workers are gone. What they did not end is ended; digests are waited for as long as somebody listens.
    fn stop(mut self) {
        let now = self.clock.now();
        self.core.end_all(now.mono);
        self.settle(now);
        let began = Instant::now();
        loop {
            self.take_digests();
            self.push_waiting();
            let done = self.waiting.is_empty() && (!self.sealer.is_busy() || self.events.is_closed());
            if done || began.elapsed() > PARTING {
                return;
            }
            thread::sleep(RETRY);
        }
    }
}

fn create(folder: &Path, file_name: &str) -> io::Result<File> {
    // Recordings are for their owner and his group; nobody else on the machine may listen.
    DirBuilder::new().recursive(true).mode(0o750).create(folder)?;
    OpenOptions::new().write(true).create_new(true).mode(0o640).open(folder.join(file_name))
}

/// The date in UTC, as a folder's name.
fn date(now: Now) -> String {
    let days = now.wall.as_millis().div_euclid(86_400_000);
    // Days are counted from 1 March of the year 0, so that a leap day is the last day of its year; 719,468 of them
    // lie before 1970. An era is 400 years, which always have the same number of days.
    let shifted = days + 719_468;
    let (era, of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    // Months from March on have 31, 30, 31, 30, 31 days, over and over: 153 in five.
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let (month, next_year) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    format!("{:04}-{month:02}-{day:02}", era * 400 + year + next_year)
}

#[cfg(test)]
#[path = "recorder_tests.rs"]
mod tests;
