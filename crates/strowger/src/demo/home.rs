//! The demo's folder: everything that it writes, removed when it ends. One whose demo was killed is removed by the
//! next, and known by its lock, which the system lets go of with the process.

use anyhow::{Context, Result};
use std::fs::{File, Metadata, OpenOptions, Permissions};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;
use tempfile::TempDir;

const PREFIX: &str = "strowger-demo-";
const LOCK: &str = "lock";

/// A folder that goes away with this.
pub struct Home {
    folder: TempDir,
    /// While this is open, the folder is somebody's.
    _lock: File,
}

impl Home {
    /// Makes one, and removes what killed demos left beside it.
    pub fn make() -> Result<Home> {
        let home = Home::within(&std::env::temp_dir()).context("no place for the demo's files")?;
        home.sweep();
        Ok(home)
    }

    fn within(place: &Path) -> std::io::Result<Home> {
        let private = Permissions::from_mode(0o700);
        let folder = tempfile::Builder::new().prefix(PREFIX).permissions(private).tempdir_in(place)?;
        // It gets its name when it is locked: a lock that is free has been left by somebody.
        let unnamed = folder.path().join("lock.new");
        let lock = OpenOptions::new().create_new(true).write(true).mode(0o600).open(&unnamed)?;
        lock.lock()?;
        std::fs::rename(unnamed, folder.path().join(LOCK))?;
        Ok(Home { folder, _lock: lock })
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Removes folders of demos that are no more. What does not look exactly like one is left alone.
    fn sweep(&self) {
        let (Some(place), Ok(own)) = (self.path().parent(), self.path().metadata()) else { return };
        let Ok(entries) = place.read_dir() else { return };
        for entry in entries.flatten() {
            let named = entry.file_name().to_str().is_some_and(|name| name.starts_with(PREFIX));
            let path = entry.path();
            if named && path != self.path() && is_left_over(&path, &own) {
                tracing::info!(path = %path.display(), "a demo was killed here: its files are removed");
                if let Err(error) = std::fs::remove_dir_all(&path) {
                    tracing::warn!(path = %path.display(), %error, "the files of a killed demo stay");
                }
            }
        }
    }
}

/// A private folder of the same user, no link to one, with a lock that nobody holds.
fn is_left_over(path: &Path, own: &Metadata) -> bool {
    let ours = |found: &Metadata| found.uid() == own.uid();
    let private = path
        .symlink_metadata()
        .is_ok_and(|found| found.is_dir() && ours(&found) && found.permissions().mode() & 0o077 == 0);
    let lock =
        || OpenOptions::new().write(true).custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK).open(path.join(LOCK));
    private
        && lock().is_ok_and(|lock| {
            lock.metadata().is_ok_and(|found| found.is_file() && ours(&found)) && lock.try_lock().is_ok()
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_killed_demo_left_is_removed_and_nothing_else() {
        let place = tempfile::tempdir().unwrap();
        let left = |name: &str, mode| {
            let path = place.path().join(name);
            std::fs::create_dir(&path).unwrap();
            std::fs::write(path.join(LOCK), "").unwrap();
            std::fs::write(path.join("ledger.db"), "x").unwrap();
            std::fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
            path
        };
        let killed = left("strowger-demo-killed", 0o700);
        let kept = [left("strowger-demo-open", 0o755), left("somebody-else", 0o700), left("kept", 0o700)];
        std::os::unix::fs::symlink(&kept[2], place.path().join("strowger-demo-link")).unwrap();
        let unlocked = place.path().join("strowger-demo-starting");
        std::fs::create_dir(&unlocked).unwrap();
        std::fs::set_permissions(&unlocked, Permissions::from_mode(0o700)).unwrap();
        let alive = Home::within(place.path()).unwrap();
        let home = Home::within(place.path()).unwrap();
        home.sweep();
        assert!(!killed.exists());
        assert!(kept.iter().all(|path| path.join("ledger.db").exists()) && unlocked.exists());
        assert!(alive.path().join(LOCK).exists() && home.path().join(LOCK).exists());
    }

    #[test]
    fn the_folder_goes_away_with_a_panic() {
        let place = tempfile::tempdir().unwrap();
        let panicked = std::panic::catch_unwind(|| {
            let home = Home::within(place.path()).unwrap();
            std::fs::write(home.path().join("secret"), "x").unwrap();
            panic!("on purpose");
        });
        assert!(panicked.is_err());
        assert_eq!(place.path().read_dir().unwrap().count(), 0);
    }
}
