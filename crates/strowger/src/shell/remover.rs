//! Removes recordings that have been kept for long enough. A thread of its own, of low priority: a disk may take as long
//! as it likes, and nobody waits for this one, not even the end of the switch.

use super::poller::give_way;
use ledger::{Expired, Remover};
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::mpsc::{channel, sync_channel};
use std::thread;

/// Starts the thread; it ends with the ledger.
pub fn spawn(folder: PathBuf) -> io::Result<Remover> {
    let (due, dues) = sync_channel::<Vec<Expired>>(1);
    let (gones, gone) = channel();
    thread::Builder::new().name("remover".into()).spawn(move || {
        give_way();
        while let Ok(piece) = dues.recv() {
            let files = piece.len();
            let mut removed = vec![];
            for expired in piece {
                match remove(&folder, &expired.file) {
                    Ok(()) => removed.push(expired.capture),
                    Err(error) => tracing::warn!(file = expired.file, %error, "cannot remove an old recording"),
                }
            }
            tracing::info!(removed = removed.len(), of = files, "recordings that were kept for long enough");
            if gones.send(removed).is_err() {
                return;
            }
        }
    })?;
    Ok(Remover { due, gone })
}

/// One that is gone already is no error; neither is a folder that still has others.
fn remove(folder: &Path, file: &str) -> io::Result<()> {
    let name = Path::new(file);
    if !name.components().all(|part| matches!(part, Component::Normal(_))) {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "not below the recordings folder"));
    }
    let path = folder.join(name);
    match fs::remove_file(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    if let Some(day) = path.parent().filter(|day| *day != folder) {
        let _others_are_there = fs::remove_dir(day);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use terms::CaptureId;

    #[test]
    fn files_go_with_the_folder_of_their_day_and_nothing_outside_is_touched() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("recordings");
        for (file, there) in [("2026-01-01/a.wav", true), ("2026-01-02/b.wav", true), ("2026-01-02/c.wav", true)] {
            fs::create_dir_all(folder.join(file).parent().unwrap()).unwrap();
            assert!(there && fs::write(folder.join(file), "sound").is_ok());
        }
        fs::write(place.path().join("strowger.db"), "account").unwrap();
        let remover = spawn(folder.clone()).unwrap();
        let files = ["2026-01-01/a.wav", "2026-01-02/b.wav", "2026-01-03/gone.wav", "../strowger.db", "2026-01-02"];
        let expired = |(nth, file): (usize, &&str)| Expired { capture: CaptureId(nth as u64), file: (*file).into() };
        remover.due.send(files.iter().enumerate().map(expired).collect()).unwrap();
        let gone: Vec<u64> = remover.gone.recv().unwrap().iter().map(|capture| capture.0).collect();
        assert_eq!(gone, [0, 1, 2]);
        assert!(!folder.join("2026-01-01").exists() && folder.join("2026-01-02/c.wav").exists());
        assert!(place.path().join("strowger.db").exists());
    }
}
