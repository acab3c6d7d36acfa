//! Files that are looked at each second: when one of them was changed, and has then been left alone for a
//! second, it is time to read them all again. Half a file that an editor is still writing is not taken.

use crate::config::{Stamp, stamp};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

/// How often they are looked at.
pub const EVERY: Duration = Duration::from_secs(1);

/// The files and how they looked.
pub struct Watch {
    files: Vec<PathBuf>,
    taken: Vec<Stamp>,
    seen: Vec<Stamp>,
    /// Before the files were read.
    begun: BTreeMap<PathBuf, Stamp>,
}

fn stamps(files: &[PathBuf]) -> Vec<Stamp> {
    files.iter().map(|file| stamp(file)).collect()
}

impl Watch {
    /// Watches these files, as they are now.
    pub fn new(files: Vec<PathBuf>) -> Watch {
        let taken = stamps(&files);
        Watch { files, seen: taken.clone(), taken, begun: BTreeMap::new() }
    }

    /// They are about to be read: what is written meanwhile is a change.
    pub fn begin(&mut self) {
        self.begun = self.files.iter().cloned().zip(stamps(&self.files)).collect();
    }

    /// They were read; perhaps they are others than before.
    pub fn follow(&mut self, files: Vec<PathBuf>) {
        let begun = std::mem::take(&mut self.begun);
        *self = Watch::new(files);
        for (file, taken) in self.files.iter().zip(&mut self.taken) {
            *taken = begun.get(file).copied().unwrap_or(*taken);
        }
    }

    /// Whether they were changed and have come to rest.
    pub fn has_changed(&mut self) -> bool {
        let now = stamps(&self.files);
        let rests = now == self.seen;
        self.seen = now;
        rests && self.seen != self.taken
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_counts_once_it_rests_and_only_once() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("strowger.toml");
        std::fs::write(&file, "a").unwrap();
        let mut watch = Watch::new(vec![file.clone()]);
        assert!(!watch.has_changed());
        std::fs::write(&file, "half").unwrap();
        assert!(!watch.has_changed(), "somebody is writing");
        std::fs::write(&file, "the whole").unwrap();
        assert!(!watch.has_changed());
        assert!(watch.has_changed());
        watch.begin();
        std::fs::write(&file, "while it was read").unwrap();
        watch.follow(vec![file.clone()]);
        assert!(watch.has_changed(), "what was written while it was read is not lost");
        watch.follow(vec![file.clone()]);
        assert!(!watch.has_changed());
        std::fs::remove_file(&file).unwrap();
        assert!(!watch.has_changed());
        assert!(watch.has_changed(), "a file that is gone is a change too");
    }
}
