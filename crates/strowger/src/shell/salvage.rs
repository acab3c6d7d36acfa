//! Recordings that a killed process left behind: their headers are made right, and those of calls that died get
//! their row in the account, with what is wrong with them, and their digest. One thread of low priority, once at
//! the start; the recorder does not wait for it.

use super::poller::give_way;
use super::seal::digest;
use call::cdr::Recording;
use ledger::{Item, SideDoor, Unfinished};
use media::CaptureSummary;
use media::recording::{HEADER_BYTES, repair};
use std::fs::{self, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use terms::{CallRef, CaptureId, Incarnation, Wall};

/// Days whose files are looked at: a process that was killed wrote today, or began before midnight.
const DAYS: usize = 3;
/// Bytes of a millisecond: two sides, 16 bits each, 8 kHz.
const BYTES_PER_MS: u64 = 32;
/// What the account says of them.
const FAULT: &str = "cut off: the switch died while it recorded, the last half second or less is missing";

/// What is to be salvaged.
pub struct Salvage {
    /// The recordings folder.
    pub folder: PathBuf,
    /// What the account misses.
    pub unfinished: Unfinished,
    /// This start: its own recordings are no business of this thread.
    pub incarnation: Incarnation,
    /// The way into the account.
    pub ledger: SideDoor,
    /// Set when the switch ends: what is left is for the next start.
    pub over: Arc<AtomicBool>,
}

/// Starts the thread.
pub fn spawn(salvage: Salvage) -> io::Result<thread::JoinHandle<()>> {
    thread::Builder::new().name("salvage".into()).spawn(move || {
        give_way();
        salvage.run();
    })
}

impl Salvage {
    fn run(&self) {
        let mut days: Vec<PathBuf> = entries(&self.folder).filter(|path| path.is_dir()).collect();
        days.sort_unstable();
        for file in days.iter().rev().take(DAYS).flat_map(|day| entries(day)) {
            if self.over.load(Ordering::Relaxed) {
                return;
            }
            match self.look_at(&file) {
                Ok(true) => tracing::warn!(file = %file.display(), "repaired a recording that was cut off"),
                Ok(false) => {}
                Err(error) => tracing::warn!(file = %file.display(), %error, "cannot look at a recording"),
            }
        }
        for (capture, file) in &self.unfinished.unsealed {
            if self.over.load(Ordering::Relaxed) {
                return;
            }
            // A file that is gone, or never was, has no digest.
            let _gone = self.seal(*capture, &self.folder.join(file));
        }
    }

    /// True: its header was wrong.
    fn look_at(&self, path: &Path) -> io::Result<bool> {
        let named = names(path);
        if named.is_some_and(|(call, _)| Incarnation::of(call.0) == self.incarnation) {
            return Ok(false);
        }
        let repaired = repair_file(path)?;
        if let Some((call, capture)) = named
            && self.unfinished.lost.contains(&call)
            && !self.unfinished.known.contains(&capture)
        {
            self.enter(call, capture, path)?;
        }
        Ok(repaired)
    }

    /// Writes a recording into the account.
    fn enter(&self, call: CallRef, capture: CaptureId, path: &Path) -> io::Result<()> {
        let meta = path.metadata()?;
        let duration_ms = meta.len().saturating_sub(HEADER_BYTES as u64) / BYTES_PER_MS;
        let ended = meta.modified()?;
        // Where the file system does not tell when it was created, the last write does, half a second off.
        let began = meta.created().unwrap_or(ended.checked_sub(Duration::from_millis(duration_ms)).unwrap_or(ended));
        let file = path.strip_prefix(&self.folder).unwrap_or(path).display().to_string();
        let summary = CaptureSummary { file, duration_ms, gap_ms: 0, fault: Some(FAULT.into()) };
        let recording = Recording { capture, call, started: wall(began), summary, tracks: vec![] };
        let _ledger_ended = self.ledger.push_blocking(Item::Salvaged(Box::new(recording)));
        self.seal(capture, path)
    }

    fn seal(&self, capture: CaptureId, path: &Path) -> io::Result<()> {
        let sha256 = digest(path)?;
        let _ledger_ended = self.ledger.push_blocking(Item::Sealed { capture, sha256 });
        Ok(())
    }
}

fn wall(time: SystemTime) -> Wall {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    Wall::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// The call and the recording that a file's name tells: `cCALL-rCAPTURE.wav`.
fn names(path: &Path) -> Option<(CallRef, CaptureId)> {
    let (call, capture) = path.file_stem()?.to_str()?.split_once('-')?;
    let number = |text: &str, prefix| u64::from_str_radix(text.strip_prefix(prefix)?, 16).ok();
    Some((CallRef(number(call, 'c')?), CaptureId(number(capture, 'r')?)))
}

fn entries(folder: &Path) -> impl Iterator<Item = PathBuf> + use<> {
    fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path())
}

/// Makes the header of a recording right; true when it was wrong.
fn repair_file(path: &Path) -> io::Result<bool> {
    if path.extension().is_none_or(|extension| extension != "wav") {
        return Ok(false);
    }
    let mut file = OpenOptions::new().read(true).write(true).open(path)?;
    let length = file.metadata()?.len();
    let mut beginning = Vec::with_capacity(HEADER_BYTES);
    Read::by_ref(&mut file).take(HEADER_BYTES as u64).read_to_end(&mut beginning)?;
    let Some(header) = repair(&beginning, length) else { return Ok(false) };
    file.write_all_at(&header, 0)?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recordings_name_tells_whose_it_is() {
        let path = Path::new("/x/2026-03-02/c300000001-r300000002.wav");
        assert_eq!(names(path), Some((CallRef(0x3_0000_0001), CaptureId(0x3_0000_0002))));
        assert_eq!(names(Path::new("/x/welcome.wav")), None);
    }

    #[test]
    fn a_header_that_missed_the_last_samples_is_made_right_once() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("c1-r2.wav");
        let mut recorder = media::recording::Recorder::new();
        let (capture, call, at) = (CaptureId(2), CallRef(1), terms::Mono::ZERO);
        let now = terms::Now { mono: at, wall: Wall::from_millis(0) };
        recorder.handle_input(now, media::recording::Input::Begin { capture, call, at });
        let mut file = Vec::new();
        while let Some(output) = recorder.poll_output() {
            if let media::recording::Output::Write { bytes, .. } = output {
                file.extend(bytes);
            }
        }
        file.extend([0; 20_000]);
        fs::write(&path, &file).expect("written");
        assert!(repair_file(&path).expect("readable"), "the header knew of no sample");
        let repaired = fs::read(&path).expect("a file");
        assert_eq!(repaired[40..44], 20_000u32.to_le_bytes());
        assert_eq!(repaired[HEADER_BYTES..], file[HEADER_BYTES..]);
        assert!(!repair_file(&path).expect("readable"), "once is enough");
    }
}
