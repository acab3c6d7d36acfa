//! What the other threads count, and what the machine has left: disk and descriptors.
//!
//! Looking at a disk can take as long as the disk likes, so a thread of its own does it, every few seconds;
//! whoever asks for the status gets what was seen last, and how long ago.

use super::status::{DescriptorLine, DiskLine, MediaLine};
use crate::shell::busy::Busy;
use crate::shell::media::Gauges;
use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::mpsc::{RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};
use tls::InUse;

/// How often the machine is looked at.
const EVERY: Duration = Duration::from_secs(3);
/// How often the rate of recording is noted, and how many notes make the 24 hours.
const NOTE_EVERY: Duration = Duration::from_secs(600);
const NOTES: usize = 144;
/// A rate that was seen for less than this says nothing about a day.
const RATE_AFTER: Duration = Duration::from_secs(60);

/// What the desk can ask without waiting.
#[derive(Clone, Debug, Default)]
pub struct Surroundings {
    /// Each media worker's counts.
    pub workers: Vec<Arc<Gauges>>,
    /// Whether the recorder waits for its disk.
    pub recorder: Arc<Busy>,
    /// The certificate of the pages.
    pub certificate: InUse,
    seen: Arc<Mutex<Seen>>,
}

/// What was seen last.
#[derive(Debug, Default)]
struct Seen {
    disk: Option<(Instant, DiskLine)>,
    descriptors: Option<DescriptorLine>,
}

/// While this lives, a thread looks. Nobody waits for its end: the disk may not answer.
#[derive(Debug)]
pub struct Lookout {
    _stops_when_dropped: SyncSender<()>,
}

impl Surroundings {
    /// What the workers have counted.
    pub fn media(&self) -> MediaLine {
        let mut line = MediaLine { workers: self.workers.len(), ..MediaLine::default() };
        for worker in &self.workers {
            line.received += worker.received.load(Relaxed);
            line.sent += worker.sent.load(Relaxed);
            line.unsent += worker.unsent.load(Relaxed);
            line.frames_dropped += worker.frames_dropped.load(Relaxed);
            for (reason, count) in worker.dropped() {
                *line.dropped.entry(reason.name().into()).or_insert(0) += count;
            }
        }
        line
    }

    /// The disk, when it was looked at.
    pub fn disk(&self) -> Option<DiskLine> {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let (at, line) = seen.disk.as_ref()?;
        let seen_ms = u64::try_from(at.elapsed().as_millis()).unwrap_or(u64::MAX);
        Some(DiskLine { seen_ms, ..line.clone() })
    }

    /// The descriptors, when they were counted.
    pub fn descriptors(&self) -> Option<DescriptorLine> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).descriptors
    }

    /// Begins to look. `recorded` counts the bytes that went into recordings.
    pub fn watch(&self, recordings: PathBuf, recorded: Arc<AtomicU64>) -> std::io::Result<Lookout> {
        let (stop, stopped) = sync_channel(0);
        let seen = Arc::clone(&self.seen);
        thread::Builder::new().name("lookout".into()).spawn(move || {
            let mut rate = Rate::new(Instant::now());
            loop {
                let descriptors = count_descriptors();
                seen.lock().unwrap_or_else(PoisonError::into_inner).descriptors = descriptors;
                // This one may take its time.
                if let Some(disk) = look_at(&recordings, recorded.load(Relaxed), &mut rate) {
                    seen.lock().unwrap_or_else(PoisonError::into_inner).disk = Some((Instant::now(), disk));
                }
                if stopped.recv_timeout(EVERY) != Err(RecvTimeoutError::Timeout) {
                    return;
                }
            }
        })?;
        Ok(Lookout { _stops_when_dropped: stop })
    }
}

/// The bytes recorded, now and then, of the last 24 hours.
struct Rate {
    notes: VecDeque<(Instant, u64)>,
}

impl Rate {
    fn new(now: Instant) -> Rate {
        Rate { notes: VecDeque::from([(now, 0)]) }
    }

    /// Bytes a second.
    fn note(&mut self, now: Instant, bytes: u64) -> Option<f64> {
        if self.notes.back().is_some_and(|(at, _)| now.duration_since(*at) >= NOTE_EVERY) {
            self.notes.push_back((now, bytes));
        }
        while self.notes.len() > NOTES + 1 {
            self.notes.pop_front();
        }
        let (since, before) = *self.notes.front()?;
        let elapsed = now.duration_since(since);
        let written = bytes.saturating_sub(before);
        #[allow(clippy::cast_precision_loss)] // An estimate.
        (elapsed >= RATE_AFTER && written > 0).then(|| written as f64 / elapsed.as_secs_f64())
    }
}

fn look_at(recordings: &Path, recorded_bytes: u64, rate: &mut Rate) -> Option<DiskLine> {
    let (free_bytes, total_bytes) = space(recordings)?;
    #[allow(clippy::cast_precision_loss)] // An estimate.
    let days_left = rate.note(Instant::now(), recorded_bytes).map(|rate| free_bytes as f64 / rate / 86_400.0);
    let path = recordings.display().to_string();
    Some(DiskLine { path, free_bytes, total_bytes, recorded_bytes, days_left, seen_ms: 0 })
}

/// Bytes left and bytes in all of the disk that has, or will have, this folder.
fn space(folder: &Path) -> Option<(u64, u64)> {
    let named = |folder| if folder == Path::new("") { Path::new(".") } else { folder };
    let there = folder.ancestors().map(named).find(|folder| folder.exists())?;
    let stat = rustix::fs::statvfs(there).ok()?;
    Some((stat.f_bavail.saturating_mul(stat.f_frsize), stat.f_blocks.saturating_mul(stat.f_frsize)))
}

fn count_descriptors() -> Option<DescriptorLine> {
    // Since Linux 6.2 the folder's size is their number. To read it costs microseconds for each, in one piece: with
    // thousands of calls and a kernel that does not interrupt itself, whoever shares the core waits for so long.
    let used = match std::fs::metadata("/proc/self/fd").ok()?.len() {
        // The folder's own descriptor is among them.
        0 => (std::fs::read_dir("/proc/self/fd").ok()?.count() as u64).saturating_sub(1),
        size => size,
    };
    let limit = crate::descriptors::limit();
    Some(DescriptorLine {
        used,
        limit,
        calls_left: limit.saturating_sub(used) / terms::limits::DESCRIPTORS_PER_CALL as u64,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_counts_the_last_day_alone() {
        let begin = Instant::now();
        let mut rate = Rate::new(begin);
        let at = |secs: u64| begin + Duration::from_secs(secs);
        assert_eq!(rate.note(at(30), 1_000), None, "half a minute says nothing about a day");
        assert_eq!(rate.note(at(100), 1_000), Some(10.0));
        (1..400).for_each(|n| {
            rate.note(at(600 * n), 1_000 + 600 * n);
        });
        let now = rate.note(at(600 * 400), 1_000 + 600 * 400).unwrap();
        assert!((now - 1.0).abs() < 0.01, "what was recorded two days ago does not count: {now}");
        assert!(rate.notes.len() <= NOTES + 1);
    }

    #[test]
    fn a_folder_that_is_not_there_yet_has_the_room_of_the_one_above() {
        let folder = tempfile::tempdir().unwrap();
        let (free, total) = space(&folder.path().join("recordings/2026")).unwrap();
        assert!(free <= total && total > 0);
        assert!(space(Path::new("no-such-folder-here")).is_some(), "a relative one is below this folder");
    }

    #[test]
    fn open_files_are_counted() {
        let _files: Vec<_> = (0..50).map(|_| std::fs::File::open("/dev/null").unwrap()).collect();
        // Other tests open and close some meanwhile: at one moment of several they do not.
        let agrees = |_| {
            let line = count_descriptors().unwrap();
            let listed = std::fs::read_dir("/proc/self/fd").unwrap().count() as u64;
            assert!(line.limit >= line.used && line.used > 50, "{line:?}");
            line.used.abs_diff(listed) < 10
        };
        assert!((0..1_000).any(agrees));
    }
}
