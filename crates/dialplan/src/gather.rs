//! Which text includes which: the root and everything that it includes, in the order in which they count.

use crate::finding::Report;
use crate::source::Sources;
use crate::table::{Number, Table};
use crate::text::{At, Text};
use crate::{habits, recover};
use sha2::{Digest, Sha256};
use toml::de::DeTable;

/// Files that one configuration may consist of.
pub(crate) const FILES_MAX: usize = 256;
/// Bytes of one configuration file.
pub(crate) const FILE_BYTES: usize = 8 * 1024 * 1024;

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
