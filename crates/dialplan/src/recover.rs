//! What of a text with mistakes in its TOML can be read. A mistake costs the statement in which it stands, a line as a
//! rule: each statement is parsed by itself, and those that cannot be are blanked out, so that whatever is left stands
//! where it stood. Below a header that cannot be read the keys are read all the same, as those of the section whose name
//! it bears.

use crate::syntax::line_of;
use std::ops::Range;
use toml::de::DeTable;

/// A text, without what cannot be read.
#[derive(Debug, Default)]
pub(crate) struct Readable {
    /// As long as the text as it was written; it parses.
    pub text: String,
    /// What is wrong with the TOML, by place.
    pub faults: Vec<(String, Range<usize>)>,
    /// The statements that were lost.
    pub torn: Vec<Torn>,
    /// Sections whose headers were lost.
    pub strays: Vec<Stray>,
}

/// A statement that cannot be read.
#[derive(Clone, Debug)]
pub(crate) struct Torn {
    /// Where the header of its table begins; none for the file's own table.
    pub table: Option<usize>,
    /// The key, where there is one.
    pub key: String,
    /// What it probably says, if that is a single word.
    pub word: Option<String>,
    /// Where it stands.
    pub part: Range<usize>,
}

/// A section whose header cannot be read.
#[derive(Clone, Debug)]
pub(crate) struct Stray {
    /// The names in the header: `flow` and `main`.
    pub path: Vec<String>,
    /// Where the header stands.
    pub header: Range<usize>,
    /// The text with the section's own statements alone.
    pub body: String,
}

/// Lines that a statement of several lines is tried with before it counts as broken.
const TRIALS: usize = 64;
/// Rounds in which what was said twice is taken out.
const ROUNDS: usize = 8;

/// Reads a text statement by statement.
pub(crate) fn readable(text: &str) -> Readable {
    let (_, errors) = DeTable::parse_recoverable(text);
    if errors.is_empty() {
        return Readable { text: text.to_owned(), ..Readable::default() };
    }
    let statements = statements(text);
    let mut reading = Reading { text, lost: vec![false; statements.len()], statements, readable: Readable::default() };
    reading.take_out_broken();
    reading.take_out_beside_torn();
    reading.take_out_headless();
    reading.take_out_doubled();
    let mut readable = reading.readable;
    readable.faults.sort_by_key(|(_, part)| part.start);
    readable
}

/// A line, or several that belong together.
#[derive(Debug)]
struct Statement {
    part: Range<usize>,
    is_header: bool,
    /// The first thing that is wrong with it, and those after it.
    faults: Vec<(String, Range<usize>)>,
}

struct Reading<'t> {
    text: &'t str,
    statements: Vec<Statement>,
    /// Which of the statements are not to be read.
    lost: Vec<bool>,
    readable: Readable,
}

impl Reading<'_> {
    /// Takes out each statement that is no TOML, and what stands below such a header.
    fn take_out_broken(&mut self) {
        for nth in 0..self.statements.len() {
            let Some(statement) = self.statements.get_mut(nth).filter(|one| !one.faults.is_empty()) else { continue };
            let (faults, is_header) = (std::mem::take(&mut statement.faults), statement.is_header);
            self.readable.faults.extend(faults);
            self.lose(nth);
            if !is_header {
                self.tear(nth);
            }
        }
    }

    /// Takes out a key that stands there a second time, when the first cannot be read.
    fn take_out_beside_torn(&mut self) {
        for nth in 0..self.statements.len() {
            let Some(part) = self.statements.get(nth).filter(|one| !one.is_header).map(|one| one.part.clone()) else {
                continue;
            };
            let (key, header) = (self.text.get(part.clone()).map_or("", key_of), self.header_of(nth));
            let same = |torn: &Torn| torn.table == header && torn.key == key && torn.part.start < part.start;
            if !self.is_lost(nth) && self.readable.torn.iter().any(same) {
                self.readable.faults.push(("duplicate key".into(), part.start..part.start + key.len()));
                self.lose(nth);
            }
        }
    }

    /// Takes out what stands below a header that was taken out.
    fn take_out_headless(&mut self) {
        for nth in 0..self.statements.len() {
            if self.is_header(nth) && self.is_lost(nth) {
                self.stray(nth);
            }
        }
    }

    /// Takes out what stands there a second time.
    fn take_out_doubled(&mut self) {
        for _ in 0..ROUNDS {
            let left = self.left(|nth, reading| !reading.is_lost(nth));
            let (_, errors) = DeTable::parse_recoverable(&left);
            if errors.is_empty() {
                self.readable.text = left;
                return;
            }
            for error in &errors {
                let part = error.span().unwrap_or(0..0);
                let at = self.statements.partition_point(|one| one.part.end <= part.start);
                if self.is_lost(at) {
                    continue;
                }
                self.readable.faults.push((error.message().to_owned(), part));
                self.lose(at);
                if self.is_header(at) {
                    self.stray(at);
                }
            }
        }
        // It is too much of a muddle.
        self.readable.text = self.left(|_, _| false);
        self.readable.torn.push(Torn { table: None, key: "include".into(), word: None, part: 0..0 });
    }

    fn is_lost(&self, nth: usize) -> bool {
        self.lost.get(nth).copied().unwrap_or(true)
    }

    fn is_header(&self, nth: usize) -> bool {
        self.statements.get(nth).is_some_and(|one| one.is_header)
    }

    fn lose(&mut self, nth: usize) {
        self.lost.iter_mut().skip(nth).take(1).for_each(|lost| *lost = true);
    }

    /// The header above a statement.
    fn header_of(&self, nth: usize) -> Option<usize> {
        let before = self.statements.get(..nth).unwrap_or_default();
        before.iter().rev().find(|one| one.is_header).map(|one| one.part.start)
    }

    /// Notes that a key was lost.
    fn tear(&mut self, nth: usize) {
        let Some(part) = self.statements.get(nth).map(|one| one.part.clone()) else { return };
        let written = self.text.get(part.clone()).unwrap_or_default();
        let first = written.lines().next().unwrap_or_default();
        let (_, value) = first.split_once('=').or_else(|| first.split_once(' ')).unwrap_or((first, ""));
        let key = key_of(first).to_owned();
        let value = value.split('#').next().unwrap_or_default().trim().trim_matches(['"', '\'', ' ']);
        let word = value.chars().all(|c| c.is_alphanumeric() || "_-.+".contains(c)) && !value.is_empty();
        let word = word.then(|| value.to_owned());
        self.readable.torn.push(Torn { table: self.header_of(nth), key, word, part });
    }

    /// Notes a section whose header was lost, and takes out what stands in it.
    fn stray(&mut self, header: usize) {
        let Some(part) = self.statements.get(header).map(|one| one.part.clone()) else { return };
        let written = self.text.get(part.clone()).unwrap_or_default();
        let word = |c: char| c.is_alphanumeric() || "_-+".contains(c);
        let names = written.trim_start_matches('[').split([']', '#']).next().unwrap_or_default();
        let path: Vec<String> =
            names.split('.').map(|name| name.trim().chars().filter(|c| word(*c)).collect::<String>()).collect();
        let later = (header + 1..self.statements.len()).find(|nth| self.is_header(*nth));
        let section = header + 1..later.unwrap_or(self.statements.len());
        let body = self.left(|nth, reading| section.contains(&nth) && !reading.is_lost(nth));
        section.for_each(|nth| self.lose(nth));
        self.readable.strays.push(Stray { path, header: part, body });
    }

    /// The text with some of its statements, everything else blank.
    fn left(&self, keep: impl Fn(usize, &Self) -> bool) -> String {
        let mut left: Vec<u8> = self.text.bytes().map(|byte| if byte == b'\n' { byte } else { b' ' }).collect();
        for (_, statement) in self.statements.iter().enumerate().filter(|(nth, _)| keep(*nth, self)) {
            let written = self.text.as_bytes().get(statement.part.clone()).unwrap_or_default();
            if let Some(place) = left.get_mut(statement.part.clone()) {
                place.copy_from_slice(written);
            }
        }
        String::from_utf8(left).unwrap_or_default()
    }
}

/// The key of a statement.
fn key_of(statement: &str) -> &str {
    let (key, _) = statement.split_once('=').or_else(|| statement.split_once(' ')).unwrap_or((statement, ""));
    key.trim().trim_matches(['"', '\''])
}

/// Cuts a text into statements. Comments are some, too: they may hold what no text may.
fn statements(text: &str) -> Vec<Statement> {
    let mut statements = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let line = line_of(text, at);
        let next = line.end + 1;
        let written = text.get(line.clone()).unwrap_or_default();
        if written.trim_matches([' ', '\t', '\r']).is_empty() {
            at = next;
            continue;
        }
        let indent = written.len() - written.trim_start_matches([' ', '\t']).len();
        let statement = statement(text, line.start + indent..line.end);
        at = statement.part.end + 1;
        statements.push(statement);
    }
    statements
}

/// The statement that begins with this line.
fn statement(text: &str, line: Range<usize>) -> Statement {
    let written = text.get(line.clone()).unwrap_or_default();
    let is_header = written.starts_with('[');
    let faults = faults(text, line.clone());
    if faults.is_empty() || is_header || written.starts_with('#') {
        return Statement { part: line, is_header, faults };
    }
    let value = written.split_once('=').map_or("", |(_, value)| value);
    let goes_on = ["[", "{", "\"\"\"", "'''"].iter().any(|open| value.contains(open));
    let whole = goes_on.then(|| closed(text, &line)).flatten();
    if let Some(end) = whole {
        return Statement { part: line.start..end, is_header, faults: vec![] };
    }
    let part = if goes_on { line.start..without_rest(text, line.end) } else { line };
    Statement { faults: self::faults(text, part.clone()), part, is_header }
}

/// What is wrong with a part of a text, taken by itself.
fn faults(text: &str, part: Range<usize>) -> Vec<(String, Range<usize>)> {
    let (_, errors) = DeTable::parse_recoverable(text.get(part.clone()).unwrap_or_default());
    let placed = |error: &toml::de::Error| {
        let span = error.span().unwrap_or(0..0);
        (error.message().to_owned(), part.start + span.start..part.start + span.end)
    };
    errors.iter().map(placed).collect()
}

/// The lines behind a line.
fn lines_behind(text: &str, end: usize) -> impl Iterator<Item = Range<usize>> {
    let mut at = end + 1;
    std::iter::from_fn(move || {
        let line = (at <= text.len()).then(|| line_of(text, at))?;
        at = line.end + 1;
        Some(line)
    })
}

/// Where a statement ends that goes on for several lines, if it does.
fn closed(text: &str, line: &Range<usize>) -> Option<usize> {
    let mut trials = 0;
    for next in lines_behind(text, line.end) {
        let written = text.get(next.clone()).unwrap_or_default();
        if is_header(written) || trials == TRIALS {
            return None;
        }
        let end = written.split('#').next().unwrap_or_default().trim_end();
        if end.ends_with([']', '}', '"', '\'']) {
            trials += 1;
            if faults(text, line.start..next.end).is_empty() {
                return Some(next.end);
            }
        }
    }
    None
}

/// Where the rest of a list ends that is not closed: before the next line that begins something.
fn without_rest(text: &str, end: usize) -> usize {
    let begins = |line: &Range<usize>| begins_something(text.get(line.clone()).unwrap_or_default());
    lines_behind(text, end).take_while(|line| !begins(line)).last().map_or(end, |line| line.end)
}

/// A header, whole or not; `["alice"],` of a list is none.
fn is_header(line: &str) -> bool {
    let line = line.trim_start();
    let names = line.trim_start_matches('[');
    line.starts_with('[') && names.starts_with(|c: char| c.is_ascii_alphabetic()) && !names.contains([',', '=', '"'])
}

/// A header, a key with a value, or nothing at all.
fn begins_something(line: &str) -> bool {
    let key = |key: &str| key.chars().all(|c| c.is_ascii_alphanumeric() || "_-.\"' \t".contains(c));
    line.trim().is_empty() || is_header(line) || line.split_once('=').is_some_and(|(before, _)| key(before))
}
