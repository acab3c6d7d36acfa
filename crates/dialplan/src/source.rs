//! Where the configuration's text comes from, and where in it something stands.
//!
//! Reading files is left to the shell behind [`Sources`]; this file only knows texts, their lines,
//! and which text includes which.

use crate::Place;
use crate::finding::Report;
use crate::secret::SecretRef;
use crate::table::{Number, Table};
use crate::{habits, recover};
use sha2::{Digest, Sha256};
use std::net::IpAddr;
use std::rc::Rc;
use toml::de::DeTable;

/// What the shell (or a test) reads for the dial plan.
pub trait Sources {
    /// The bytes of a configuration file: the root, or an included file named relative to the root's
    /// folder in the way the including file wrote it. The error says why not, in words for people.
    fn read(&mut self, name: &str) -> Result<Vec<u8>, String>;

    /// What is known of a prompt or a piece of music. `folder` is `storage.sounds`, `path` what the operator wrote.
    fn sound(&mut self, folder: &str, path: &str) -> Sound;

    /// What is known of the place where a password is kept; it is not the password.
    fn secret(&mut self, _from: &SecretRef) -> Kept {
        Kept::Well
    }

    /// The addresses that this machine has; none when they are not known, or when it is not the one that matters.
    fn addresses(&mut self) -> Vec<IpAddr> {
        vec![]
    }
}

/// How a password is kept, as far as the dial plan cares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kept {
    /// It is there.
    Well,
    /// There is nothing.
    Missing,
    /// Something is there, and it is empty.
    Empty,
    /// It cannot be read; in words, why.
    Unreadable(String),
    /// Nothing can be said from here; in words, why.
    Unseen(String),
    /// It is there, and not for the switch alone: in words, who else, and the command that mends it.
    Open(String, String),
}

/// A sound file, as far as the dial plan cares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sound {
    /// There is none.
    Missing,
    /// It is played as it is.
    Fits,
    /// It is converted each time the switch starts; in words, from what: `44100 samples a second, stereo`.
    Converted(String),
    /// It cannot be played; in words, why, and what to do.
    Refused(String),
}

/// Files that one configuration may consist of.
pub(crate) const FILES_MAX: usize = 256;
/// Bytes of one configuration file.
pub(crate) const FILE_BYTES: usize = 8 * 1024 * 1024;

/// One file of the configuration.
#[derive(Debug)]
pub(crate) struct Text {
    pub name: String,
    pub text: Rc<str>,
    /// What of it can be read.
    pub readable: Rc<str>,
    line_starts: Vec<usize>,
}

/// A stretch of one text, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct At {
    pub file: usize,
    pub start: usize,
    pub end: usize,
}

impl At {
    pub fn new(file: usize, span: std::ops::Range<usize>) -> At {
        At { file, start: span.start, end: span.end }
    }
}

impl Text {
    /// Without the byte order mark with which Windows editors begin a file.
    pub fn new(name: String, text: String) -> Text {
        let text = text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text);
        let line_starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        let text: Rc<str> = text.into();
        Text { name, readable: text.clone(), text, line_starts }
    }

    /// Line and column (from 1, in characters) of a byte.
    pub fn line_column(&self, byte: usize) -> (u32, u32) {
        let line = self.line_starts.partition_point(|&start| start <= byte).max(1) - 1;
        let start = self.line_starts.get(line).copied().unwrap_or(0);
        let column = self.text.get(start..byte).map_or(0, |before| before.chars().count());
        (line as u32 + 1, column as u32 + 1)
    }

    /// The line's text without its end.
    pub fn line(&self, line: u32) -> &str {
        let start = self.line_starts.get((line as usize).saturating_sub(1)).copied().unwrap_or(self.text.len());
        let end = self.line_starts.get(line as usize).copied().unwrap_or(self.text.len());
        self.text.get(start..end).unwrap_or("").trim_end_matches(['\n', '\r'])
    }

    /// Where a byte stands, for the plan.
    pub fn place(&self, byte: usize) -> Place {
        let (line, column) = self.line_column(byte);
        Place { file: self.name.clone(), line, column }
    }
}

/// Reads the root and everything that it includes. An included file comes before the file that
/// includes it, as if its text stood in place of the `include` line.
pub(crate) fn gather(sources: &mut dyn Sources, root: &str, report: &mut Report) {
    let mut open = Vec::new();
    read_one(sources, root, None, &mut open, report);
}

fn read_one(
    sources: &mut dyn Sources,
    name: &str,
    from: Option<At>,
    open: &mut Vec<String>,
    report: &mut Report,
) -> Option<usize> {
    let bytes = match sources.read(name) {
        Ok(bytes) if bytes.len() <= FILE_BYTES => bytes,
        Ok(_) => return refuse(name, from, report, "it is larger than 8 MB".into()),
        Err(why) => return refuse(name, from, report, why),
    };
    if let [0xff, 0xfe, ..] | [0xfe, 0xff, ..] = bytes.as_slice() {
        return refuse(name, from, report, "it is UTF-16; save it as UTF-8".into());
    }
    let text = match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            let line = error.as_bytes()[..error.utf8_error().valid_up_to()].iter().filter(|&&b| b == b'\n').count() + 1;
            return refuse(name, from, report, format!("line {line} is not UTF-8 text; save the file as UTF-8"));
        }
    };
    open.push(name.to_owned());
    let file = report.add_text(Text::new(name.to_owned(), text));
    for (path, at) in includes(file, report) {
        let path = beside(name, &path);
        if open.contains(&path) {
            let circle = open.iter().map(|name| format!("{name:?}")).collect::<Vec<_>>().join(" -> ");
            report.error(at, "include-circle", format!("{path:?} includes itself ({circle} -> {path:?})"));
        } else if report.has_text(&path) {
            report.error(at, "include-twice", format!("{path:?} is included twice")).help("include it in one place");
        } else if report.texts().len() >= FILES_MAX {
            report.error(at, "include-limit", format!("more than {FILES_MAX} files"));
            break;
        } else {
            read_one(sources, &path, Some(at), open, report);
        }
    }
    open.pop();
    report.close_text(file);
    Some(file)
}

fn refuse(name: &str, from: Option<At>, report: &mut Report, why: String) -> Option<usize> {
    report.lose_names();
    match from {
        Some(at) => report.error(at, "cannot-read", format!("cannot read {name:?}: {why}")),
        None => report.error_without_place(name, "cannot-read", format!("cannot read the configuration: {why}")),
    };
    None
}

/// What the `include` line of a text names.
fn includes(file: usize, report: &mut Report) -> Vec<(String, At)> {
    let text = report.text(file).text.clone();
    let readable = report.take_faults(file, recover::readable(&text));
    for (part, help) in habits::comments(&text) {
        let message = "this line is a comment here: nothing is included";
        report.warn(At::new(file, part), "unread-include", message).help(help);
    }
    let (table, _) = DeTable::parse_recoverable(&readable);
    let mut table = Table::new(table.get_ref(), At::new(file, 0..0), "the file", Number::none());
    table.strings("include", report).unwrap_or_default().into_iter().map(|name| (name.text, name.at)).collect()
}

/// A name as seen from the folder of another name, without `.` and `..` where they can be resolved.
fn beside(from: &str, name: &str) -> String {
    let folder = from.rsplit_once('/').filter(|_| !name.starts_with('/')).map(|(folder, _)| folder);
    let whole = folder.map_or_else(|| name.to_owned(), |folder| format!("{folder}/{name}"));
    let mut parts: Vec<&str> = Vec::new();
    for part in whole.split('/') {
        match (part, parts.last()) {
            (".", _) => {}
            ("..", Some(last)) if !["..", ""].contains(last) => {
                parts.pop();
            }
            _ => parts.push(part),
        }
    }
    parts.join("/")
}

/// SHA-256 over the names and texts, in hexadecimal.
pub(crate) fn content_hash(texts: &[Text]) -> String {
    let mut hash = Sha256::new();
    for text in texts {
        for part in [text.name.as_str(), &text.text] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part.as_bytes());
        }
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}
