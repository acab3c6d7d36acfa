//! Logging: to standard error, so that standard output stays for results, or into a file that is opened
//! again when it is told so (logrotate moves the old one away). Whatever is about a person is wrapped in
//! `terms::Pii`, whose `Display` and `Debug` show two characters: redaction is the default that one would
//! have to work around, not an option of the log.
//!
//! While a picture fills the screen, lines for standard error wait until it is given back.
//!
//! A running switch hands its lines to a thread that writes them: a disk or a terminal that does not take them
//! holds nobody up. What does not fit into the queue is lost, and counted.

use crate::log_thread::{self, Lost, Room, Writing};
use anyhow::{Context as _, anyhow};
use std::fs::File;
use std::io::{IsTerminal as _, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Mutex, OnceLock, PoisonError};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::writer::BoxMakeWriter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{Layer as _, fmt};

/// What a switch logs when nobody says otherwise. The database's own chatter is left out.
const USUAL: &str = "info,sqlx=warn";
/// The same for what has a screen of its own.
const QUIET: &str = "warn";
/// What reads the packets of pages.
const TALKATIVE: [&str; 5] = ["str0m", "is::", "dimpl", "str0m_proto", "sctp_proto"];
/// What may wait for the disk.
const ROOM: Room = Room { lines: 65_536, bytes: 64 << 20 };

/// What the command line says.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// What to log.
    pub filter: Option<&'a str>,
    /// One JSON object a line.
    pub json: bool,
}

/// Whether the file shall be opened again.
static REOPEN: AtomicBool = AtomicBool::new(false);
/// Lines that were lost.
static LOST: OnceLock<Lost> = OnceLock::new();

/// Bytes of lines that wait for the screen; later ones are counted.
const HELD: usize = 64 * 1_024;

/// Lines that wait while a picture fills the screen, and how many more there were.
static WAITING: Mutex<Option<(Vec<u8>, usize)>> = Mutex::new(None);

/// Starts logging to standard error.
pub fn start(wanted: Wanted<'_>) -> anyhow::Result<()> {
    begin(wanted, QUIET, BoxMakeWriter::new(|| Patient), std::io::stderr().is_terminal())
}

fn waiting() -> std::sync::MutexGuard<'static, Option<(Vec<u8>, usize)>> {
    WAITING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// From now on lines wait, where standard error is the screen that a picture fills.
pub fn hold() {
    if std::io::stderr().is_terminal() {
        waiting().get_or_insert_default();
    }
}

/// The screen is free: what waited is said.
pub fn release() {
    let Some((lines, lost)) = waiting().take() else { return };
    let mut out = std::io::stderr().lock();
    let _nobody_looks = out.write_all(&lines);
    if lost > 0 {
        let _nobody_looks = writeln!(out, "... {lost} more lines");
    }
}

/// A line for standard error, now or when the screen is free.
pub fn keep(line: &str) {
    let _never_fails = Patient.write_all(line.as_bytes());
}

/// Standard error, or what waits for it. Who logs is not held up when nobody reads it any more.
struct Patient;

impl Write for Patient {
    fn write(&mut self, line: &[u8]) -> std::io::Result<usize> {
        match waiting().as_mut() {
            Some((lines, lost)) if lines.len() + line.len() > HELD => *lost += 1,
            Some((lines, _)) => lines.extend_from_slice(line),
            None => drop(std::io::stderr().write_all(line)),
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Starts logging for a running switch: into a file, if there is one. What still waits is written when the
/// guard is dropped.
pub fn start_running(wanted: Wanted<'_>, file: Option<&Path>) -> anyhow::Result<Writing> {
    let (lines, writing) = match file {
        Some(file) => log_thread::begin(LogFile::open(file)?, ROOM)?,
        None => log_thread::begin(std::io::stderr(), ROOM)?,
    };
    let _first = LOST.set(lines.lost());
    let colours = file.is_none() && std::io::stderr().is_terminal();
    begin(wanted, USUAL, BoxMakeWriter::new(move || lines.clone()), colours)?;
    Ok(writing)
}

/// The file was moved away: the next line goes into a new one.
pub fn reopen() {
    REOPEN.store(true, Relaxed);
}

/// Lines lost since the start, because they came faster than they could be written.
pub fn lost() -> usize {
    LOST.get().map_or(0, Lost::lines)
}

/// The command line goes before RUST_LOG, RUST_LOG before `default`.
fn begin(wanted: Wanted<'_>, default: &str, writer: BoxMakeWriter, colours: bool) -> anyhow::Result<()> {
    let from_env = std::env::var("RUST_LOG").ok();
    let text = wanted.filter.or(from_env.as_deref()).filter(|text| !text.trim().is_empty()).unwrap_or(default);
    let filter = filter(text)?;
    let lines = fmt::layer().with_writer(writer);
    let lines = if wanted.json { lines.json().flatten_event(true).boxed() } else { lines.with_ansi(colours).boxed() };
    tracing_subscriber::registry().with(lines.with_filter(filter)).init();
    Ok(())
}

/// The filter that somebody wants. What strangers send to the pages' port would be warned of for each packet: the libraries
/// behind it say nothing, unless they are named.
fn filter(text: &str) -> anyhow::Result<Targets> {
    let wanted: Targets =
        text.parse().map_err(|_| anyhow!("log filter \"{text}\": write a level such as info, or info,sip=debug"))?;
    let named = |library: &str| wanted.iter().any(|(target, _)| target.split("::").next() == Some(library));
    let silent = TALKATIVE.into_iter().filter(|library| !named(library));
    Ok(silent.fold(wanted.clone(), |filter, library| filter.with_target(library, LevelFilter::OFF)))
}

/// A file that lines are appended to, and that another program may move away.
struct LogFile {
    path: PathBuf,
    file: File,
}

impl LogFile {
    fn open(path: &Path) -> anyhow::Result<LogFile> {
        let file = append(path).with_context(|| format!("cannot log into {}", path.display()))?;
        Ok(LogFile { path: path.to_owned(), file })
    }
}

fn append(path: &Path) -> std::io::Result<File> {
    File::options().append(true).create(true).mode(0o640).open(path)
}

impl Write for LogFile {
    /// A whole line at once, so that none is torn between two files.
    fn write(&mut self, line: &[u8]) -> std::io::Result<usize> {
        if REOPEN.swap(false, Relaxed) {
            match append(&self.path) {
                Ok(file) => self.file = file,
                // Better in the old place than nowhere.
                Err(error) => eprintln!("strowger: cannot log into {} again: {error}", self.path.display()),
            }
        }
        self.file.write_all(line)?;
        Ok(line.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.file.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_reads_the_packets_of_pages_says_nothing_unless_it_is_named() {
        use tracing::Level;
        for usual in [USUAL, QUIET, "debug"] {
            let filter = filter(usual).unwrap();
            for library in ["str0m", "str0m::ice", "is::agent", "dimpl"] {
                assert!(!filter.would_enable(library, &Level::ERROR), "{usual} {library}");
            }
            assert!(filter.would_enable("strowger", &Level::WARN) && filter.would_enable("issue", &Level::WARN));
        }
        assert!(filter("info,str0m=debug").unwrap().would_enable("str0m::ice", &Level::DEBUG));
        assert!(filter("info,=,").is_err() || filter("loud=x").is_err());
    }

    #[test]
    fn lines_wait_for_the_screen_and_no_more_than_fit() {
        *waiting() = Some((vec![], 0));
        keep("one\n");
        keep(&"x".repeat(HELD));
        keep("two\n");
        assert_eq!(waiting().take(), Some((b"one\ntwo\n".to_vec(), 1)));
    }

    #[test]
    fn a_file_that_was_moved_away_is_followed_until_it_is_opened_again() {
        let folder = tempfile::tempdir().unwrap();
        let (path, old) = (folder.path().join("strowger.log"), folder.path().join("strowger.log.1"));
        let mut log = LogFile::open(&path).unwrap();
        log.write_all(b"one\n").unwrap();
        std::fs::rename(&path, &old).unwrap();
        log.write_all(b"two\n").unwrap();
        reopen();
        log.write_all(b"three\n").unwrap();
        assert_eq!(std::fs::read_to_string(&old).unwrap(), "one\ntwo\n");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "three\n");
    }
}
