//! Digests of finished recordings, on a thread that gives way to all others. A file is brought to the disk first, so
//! that the digest is that of what a power cut would leave.

use super::poller::give_way;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use terms::CaptureId;

/// Bytes read at once.
const PIECE: usize = 64 * 1024;

/// A digest, or why there is none.
pub struct Sealed {
    /// Of this recording.
    pub capture: CaptureId,
    /// SHA-256 of its file.
    pub sha256: io::Result<[u8; 32]>,
}

/// The thread, seen from the recorder.
pub struct Sealer {
    requests: Sender<(CaptureId, PathBuf)>,
    answers: Receiver<Sealed>,
    outstanding: usize,
}

impl Sealer {
    /// Starts the thread; it ends with this value.
    pub fn start() -> io::Result<Sealer> {
        let (requests, queue) = channel::<(CaptureId, PathBuf)>();
        let (answer, answers) = channel();
        thread::Builder::new().name("sealer".into()).spawn(move || {
            give_way();
            for (capture, path) in queue {
                if answer.send(Sealed { capture, sha256: digest(&path) }).is_err() {
                    return;
                }
            }
        })?;
        Ok(Sealer { requests, answers, outstanding: 0 })
    }

    /// Asks for a file's digest.
    pub fn seal(&mut self, capture: CaptureId, path: PathBuf) {
        self.outstanding += usize::from(self.requests.send((capture, path)).is_ok());
    }

    /// A digest that is ready.
    pub fn next(&mut self) -> Option<Sealed> {
        let sealed = self.answers.try_recv().ok()?;
        self.outstanding = self.outstanding.saturating_sub(1);
        Some(sealed)
    }

    /// Whether digests are still to come.
    pub fn is_busy(&self) -> bool {
        self.outstanding > 0
    }
}

/// Brings a file to the disk and computes its SHA-256.
pub fn digest(path: &Path) -> io::Result<[u8; 32]> {
    let mut file = File::open(path)?;
    file.sync_all()?;
    let mut hasher = Sha256::new();
    let mut piece = vec![0; PIECE];
    loop {
        match file.read(&mut piece)? {
            0 => return Ok(hasher.finalize().into()),
            length => hasher.update(piece.get(..length).unwrap_or_default()),
        }
    }
}
