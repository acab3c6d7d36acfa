//! What cannot change while a switch runs: where it listens, and where it keeps things. A configuration
//! that changes it is refused as a whole, with the place, so that what runs is always what some file says.

use crate::config::mistake;
use dialplan::{Finding, Place, Plan};
use std::fmt::Debug;
use std::path::{Path, PathBuf};

/// One finding for each change that needs a restart.
pub fn findings(running: &Plan, wanted: &Plan, files: &[PathBuf]) -> Vec<Finding> {
    let mut changed = vec![];
    let mut compare = |section: &'static str, key: &'static str, before: String, after: String| {
        if before != after {
            changed.push((section, key, before, after));
        }
    };
    let (before, after) = (&running.listen, &wanted.listen);
    compare("listen", "udp", list(&before.udp), list(&after.udp));
    compare("listen", "tcp", list(&before.tcp), list(&after.tcp));
    compare("listen", "tls", list(&before.tls), list(&after.tls));
    compare("listen", "ws", list(&before.ws), list(&after.ws));
    compare("listen", "wss", list(&before.wss), list(&after.wss));
    compare("listen", "origins", list(&before.origins), list(&after.origins));
    let range = |(first, last): (u16, u16)| format!("{first}-{last}");
    compare("listen", "rtp", range(before.rtp), range(after.rtp));
    compare("listen", "rtp_address", option(&before.rtp_address), option(&after.rtp_address));
    compare("listen", "pages", option(&before.pages), option(&after.pages));
    compare("listen", "advertise", option(&before.advertise), option(&after.advertise));
    let (before, after) = (&running.storage, &wanted.storage);
    compare("storage", "database", before.database.clone(), after.database.clone());
    compare("storage", "node", before.node.to_string(), after.node.to_string());
    compare("storage", "recordings", before.recordings.clone(), after.recordings.clone());
    compare("storage", "control", before.control.clone(), after.control.clone());
    compare("media", "workers", option(&running.media.workers), option(&wanted.media.workers));
    compare("metrics", "listen", option(&running.metrics.listen), option(&wanted.metrics.listen));
    compare("console", "listen", option(&running.console.listen), option(&wanted.console.listen));
    let (before, after) = (&running.trace, &wanted.trace);
    compare("trace", "megabytes", before.megabytes.to_string(), after.megabytes.to_string());
    compare("trace", "homer", option(&before.homer), option(&after.homer));
    compare("log", "file", option(&running.log.file), option(&wanted.log.file));
    changed.into_iter().map(|(section, key, before, after)| finding(section, key, &before, &after, files)).collect()
}

fn list<T: ToString>(values: &[T]) -> String {
    let values: Vec<_> = values.iter().map(ToString::to_string).collect();
    if values.is_empty() { "nothing".into() } else { values.join(", ") }
}

fn option<T: Debug>(value: &Option<T>) -> String {
    value.as_ref().map_or_else(|| "nothing".into(), |value| format!("{value:?}").replace('"', ""))
}

fn finding(section: &str, key: &str, before: &str, after: &str, files: &[PathBuf]) -> Finding {
    let nowhere = || Place {
        file: files.first().map_or_else(String::new, |file| file.display().to_string()),
        ..Place::default()
    };
    let (place, length) = files.iter().find_map(|file| place(file, section, key)).unwrap_or_else(|| (nowhere(), 1));
    let message = format!("[{section}] {key} needs a restart: the switch runs with {before}, this says {after}");
    let help = "put the old value back, or restart the switch";
    Finding { length, ..mistake(&place, "needs-restart", message, help) }
}

/// Where a key of a section is written, and how long the line is; of a section that is there without it, the section.
fn place(file: &Path, section: &str, key: &str) -> Option<(Place, u32)> {
    let text = std::fs::read_to_string(file).ok()?;
    let mut within = false;
    let mut found = None;
    for (line, text) in (1..).zip(text.lines()) {
        let bare = text.trim_start();
        let column = 1 + (text.chars().count() - bare.chars().count()) as u32;
        let place = || Place { file: file.display().to_string(), line, column };
        let here = || Some((place(), bare.trim_end().chars().count() as u32));
        if bare.starts_with('[') {
            within = bare.starts_with(&format!("[{section}]"));
            found = if within { here() } else { found };
        } else if within && bare.strip_prefix(key).is_some_and(|rest| rest.trim_start().starts_with('=')) {
            return here();
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_needs_a_restart_is_said_where_it_stands() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("strowger.toml");
        let text = "# nothing\n[listen]\n  udp = \"127.0.0.1:5061\"\n\n[storage]\nsounds = \"elsewhere\"\n";
        std::fs::write(&file, text).unwrap();
        let running = Plan::default();
        let mut wanted = Plan::default();
        wanted.listen.udp = vec!["127.0.0.1:5061".parse().unwrap()];
        wanted.storage.sounds = "elsewhere".into();
        wanted.storage.database = "sqlite:other.db".into();
        let found = findings(&running, &wanted, &[file]);
        let places: Vec<_> = found.iter().map(|finding| (finding.line, finding.column)).collect();
        assert_eq!(places, [(3, 3), (5, 1)], "{found:?}");
        assert!(found[0].message.contains("runs with nothing, this says 127.0.0.1:5061"), "{found:?}");
        assert!(findings(&running, &running, &[]).is_empty());
    }
}
