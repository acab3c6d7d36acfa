//! What is wrong or doubtful in a configuration: each finding with its place, a message and what to do.

use crate::recover::{Readable, Stray, Torn};
use crate::source::Sources;
use crate::text::{At, Text};
use crate::{Place, habits, nearest, syntax};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::ops::Range;
use std::rc::Rc;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The configuration is not taken.
    Error,
    /// It is taken, but probably not meant.
    Warning,
}

/// One mistake or doubt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// A stable word for the kind of mistake, such as `unknown-name`.
    pub code: &'static str,
    /// The file, as the operator named it.
    pub file: String,
    /// Counted from 1; 0 when no line is to blame (the file cannot be read).
    pub line: u32,
    /// Counted from 1, in characters.
    pub column: u32,
    /// How many characters are underlined; 0 for the whole value that begins there.
    pub length: u32,
    /// What is wrong, in one line.
    pub message: String,
    /// What to do, shown beside the underlined text.
    pub help: Option<String>,
    /// Why it is so, shown below.
    pub note: Option<String>,
}

impl Finding {
    /// Says what to do.
    pub(crate) fn help(&mut self, text: impl Into<String>) -> &mut Finding {
        self.help = Some(text.into());
        self
    }

    /// Says why.
    pub(crate) fn note(&mut self, text: impl Into<String>) -> &mut Finding {
        self.note = Some(text.into());
        self
    }

    /// As it is printed, with the line that it speaks of.
    fn write(&self, out: &mut String, excerpt: &str) -> std::fmt::Result {
        let severity = match self.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        writeln!(out, "{severity}: {}", self.message)?;
        let gutter = " ".repeat(self.line.to_string().len());
        if self.line > 0 {
            self.write_excerpt(out, excerpt, &gutter)?;
        } else {
            writeln!(out, "{gutter}--> {} ({})", self.file, self.code)?;
            if let Some(help) = &self.help {
                writeln!(out, "{gutter} = help: {help}")?;
            }
        }
        match &self.note {
            Some(note) => writeln!(out, "{gutter} = note: {note}"),
            None => Ok(()),
        }
    }

    fn write_excerpt(&self, out: &mut String, excerpt: &str, gutter: &str) -> std::fmt::Result {
        writeln!(out, "{gutter}--> {}:{}:{} ({})", self.file, self.line, self.column, self.code)?;
        writeln!(out, "{gutter} |")?;
        let cut = window(excerpt, (self.column as usize).saturating_sub(1));
        writeln!(out, "{} | {}", self.line, cut.text)?;
        let length = match self.length {
            0 => extent(excerpt, (self.column as usize).saturating_sub(1)),
            length => length as usize,
        };
        let carets = "^".repeat(length.min(cut.room.max(1)));
        write!(out, "{gutter} | {}{carets}", cut.indent)?;
        match &self.help {
            Some(help) => writeln!(out, " {help}"),
            None => writeln!(out),
        }
    }
}

/// How many characters the value has that begins at a column: a text, a table, a list, or a word.
fn extent(line: &str, column: usize) -> usize {
    let rest: Vec<char> = line.chars().skip(column).collect();
    let (mut depth, mut quote) = (0_usize, None);
    for (at, letter) in rest.iter().enumerate() {
        match (letter, quote) {
            (letter, Some(open)) if *letter == open => quote = None,
            (_, Some(_)) => continue,
            ('"' | '\'', None) => {
                quote = Some(*letter);
                continue;
            }
            ('{' | '[', None) => depth += 1,
            ('}' | ']', None) => depth = depth.saturating_sub(1),
            (letter, None) if depth == 0 && (letter.is_whitespace() || [',', '#'].contains(letter)) => {
                return at.max(1);
            }
            _ => continue,
        }
        if depth == 0 && quote.is_none() {
            return at + 1;
        }
    }
    rest.len().max(1)
}

/// The part of a line that is shown: long lines are cut around the place.
struct Window {
    text: String,
    indent: String,
    room: usize,
}

/// Characters of a line that are shown at most.
const WIDTH: usize = 140;

fn window(line: &str, column: usize) -> Window {
    let chars: Vec<char> = line.chars().collect();
    let from = if chars.len() <= WIDTH { 0 } else { column.saturating_sub(WIDTH / 2) };
    let to = chars.len().min(from + WIDTH);
    let mut text: String = chars
        .get(from..to)
        .unwrap_or(&[])
        .iter()
        .map(|c| if c.is_control() && *c != '\t' { ' ' } else { *c })
        .collect();
    // A tab stays a tab in the line below, so that the carets stand where they should.
    let before = chars.get(from..column.min(to)).unwrap_or(&[]);
    let mut indent: String = before.iter().map(|c| if *c == '\t' { '\t' } else { ' ' }).collect();
    if from > 0 {
        text.insert_str(0, "...");
        indent.insert_str(0, "   ");
    }
    if to < chars.len() {
        text.push_str("...");
    }
    Window { text, indent, room: to.saturating_sub(column) }
}

/// The findings as an operator reads them, without colour, passwords starred out, with a summary in the
/// last line. The lines are read again from the sources.
pub fn render(findings: &[Finding], sources: &mut dyn Sources) -> String {
    let mut texts: BTreeMap<&str, Text> = BTreeMap::new();
    let mut out = String::new();
    for finding in findings {
        let text = texts.entry(&finding.file).or_insert_with(|| {
            let bytes = sources.read(&finding.file).unwrap_or_default();
            Text::new(finding.file.clone(), String::from_utf8_lossy(&bytes).into_owned())
        });
        let _ = finding.write(&mut out, &crate::secret::masked(text.line(finding.line)));
        out.push('\n');
    }
    out.push_str(&summary(findings));
    out.push('\n');
    out
}

/// `2 findings, 1 of them an error`.
pub fn summary(findings: &[Finding]) -> String {
    let errors = findings.iter().filter(|finding| finding.severity == Severity::Error).count();
    match (findings.len(), errors) {
        (0, _) => "no findings".into(),
        (1, 1) => "1 finding, an error".into(),
        (1, _) => "1 finding, a warning".into(),
        (all, 0) => format!("{all} findings, none of them an error"),
        (all, 1) => format!("{all} findings, 1 of them an error"),
        (all, errors) if all == errors => format!("{all} findings, all of them errors"),
        (all, errors) => format!("{all} findings, {errors} of them errors"),
    }
}

/// Collects texts and findings while a configuration is read.
#[derive(Debug, Default)]
pub(crate) struct Report {
    texts: Vec<Text>,
    /// The order in which the texts count: an included one before the one that includes it.
    order: Vec<usize>,
    findings: Vec<(At, Finding)>,
    /// How many of them are errors.
    errors: usize,
    /// Statements that could not be read, with their files.
    torn: Vec<(usize, Torn)>,
    /// Sections without a header that could be read, with their files.
    strays: Vec<(usize, Stray)>,
    names_lost: bool,
}

impl Report {
    pub fn add_text(&mut self, text: Text) -> usize {
        self.texts.push(text);
        self.texts.len() - 1
    }

    pub fn close_text(&mut self, file: usize) {
        self.order.push(file);
    }

    pub fn has_text(&self, name: &str) -> bool {
        self.texts.iter().any(|text| text.name == name)
    }

    pub fn texts(&self) -> &[Text] {
        &self.texts
    }

    pub fn order(&self) -> &[usize] {
        &self.order
    }

    pub fn text(&self, file: usize) -> &Text {
        self.texts.get(file).expect("a place names a text that was read")
    }

    /// Where something stands, for the plan.
    pub fn place(&self, at: At) -> Place {
        self.text(at.file).place(at.start)
    }

    /// `line 29`, or `phones.toml:29` as seen from another file.
    pub fn where_is(&self, there: At, from: At) -> String {
        let (line, _) = self.text(there.file).line_column(there.start);
        match there.file == from.file {
            true => format!("line {line}"),
            false => format!("{}:{line}", self.text(there.file).name),
        }
    }

    pub fn error(&mut self, at: At, code: &'static str, message: impl Into<String>) -> &mut Finding {
        self.add(at, Severity::Error, code, message.into())
    }

    pub fn warn(&mut self, at: At, code: &'static str, message: impl Into<String>) -> &mut Finding {
        self.add(at, Severity::Warning, code, message.into())
    }

    pub fn error_without_place(&mut self, file: &str, code: &'static str, message: String) -> &mut Finding {
        let finding = Finding {
            severity: Severity::Error,
            code,
            file: file.to_owned(),
            line: 0,
            column: 0,
            length: 0,
            message,
            help: None,
            note: None,
        };
        self.push(At::default(), finding)
    }

    fn add(&mut self, at: At, severity: Severity, code: &'static str, message: String) -> &mut Finding {
        let text = self.text(at.file);
        let (line, column) = text.line_column(at.start);
        let underlined = text.text.get(at.start..at.end).unwrap_or("").lines().next().unwrap_or("");
        let length = (underlined.chars().count() as u32).max(1);
        let file = text.name.clone();
        let message = crate::secret::without_credentials(message);
        let finding = Finding { severity, code, file, line, column, length, message, help: None, note: None };
        self.push(at, finding)
    }

    fn push(&mut self, at: At, finding: Finding) -> &mut Finding {
        self.errors += usize::from(finding.severity == Severity::Error);
        self.findings.push((at, finding));
        &mut self.findings.last_mut().expect("just pushed").1
    }

    /// Says what is wrong with the TOML of a text, and keeps what can be read; of a file of another kind that is nothing.
    pub fn take_faults(&mut self, file: usize, readable: Readable) -> Rc<str> {
        let text = self.text(file).text.clone();
        let Readable { text: mut left, faults, torn, strays } = readable;
        let foreign = faults.iter().any(|(message, span)| self.syntax(file, message, span, &text));
        if foreign {
            left = String::new();
            self.lose_names();
        } else {
            self.names_lost |= torn.iter().any(|torn| torn.table.is_none() && torn.key == "include");
            self.torn.extend(torn.into_iter().map(|torn| (file, torn)));
            self.strays.extend(strays.into_iter().map(|stray| (file, stray)));
        }
        let left: Rc<str> = left.into();
        if let Some(text) = self.texts.get_mut(file) {
            text.readable = left.clone();
        }
        left
    }

    /// Some names may be defined where nothing could be read.
    pub fn lose_names(&mut self) {
        self.names_lost = true;
    }

    /// Whether some names may be defined where nothing could be read.
    pub fn names_lost(&self) -> bool {
        self.names_lost
    }

    /// The statements of a table that could not be read.
    pub fn torn(&self, table: At) -> impl Iterator<Item = &Torn> {
        let header = (table.end > 0).then_some(table.start);
        self.torn.iter().filter(move |(file, torn)| *file == table.file && torn.table == header).map(|(_, torn)| torn)
    }

    /// Whether there are such statements anywhere.
    pub fn has_torn(&self) -> bool {
        !self.torn.is_empty() || !self.strays.is_empty()
    }

    /// Whether what a table says of a key could not be read.
    pub fn is_torn(&self, table: At, key: &str) -> bool {
        self.torn(table).any(|torn| torn.key == key || torn.key.is_empty())
    }

    /// Sections whose headers could not be read, with their files.
    pub fn strays(&self) -> Vec<(usize, Stray)> {
        self.strays.clone()
    }

    /// A mistake in the TOML itself, in our words where theirs are terse. One is said of a line: the others on it
    /// are mostly what follows from the first. True when the file is of another kind altogether.
    fn syntax(&mut self, file: usize, message: &str, span: &Range<usize>, text: &str) -> bool {
        let (line, _) = self.text(file).line_column(span.start);
        if self.findings.iter().any(|(at, one)| at.file == file && one.code == "syntax" && one.line == line) {
            return false;
        }
        let written = syntax::line_of(text, span.start);
        let line = text.get(written.clone()).unwrap_or_default();
        if let Some(foreign) = habits::line(line) {
            let indent = line.len() - line.trim_start().len();
            let at = At::new(file, written.start + indent..written.start + line.trim_end().len());
            self.error(at, "syntax", foreign.message).help(foreign.help);
            return foreign.whole;
        }
        let said = syntax::plain_words(message, text, span);
        let finding = self.error(At::new(file, said.part.unwrap_or(span.clone())), "syntax", said.message);
        (finding.help, finding.note) = (said.help, said.note);
        false
    }

    /// The finding that was made last.
    pub fn last(&mut self) -> Option<&mut Finding> {
        self.findings.last_mut().map(|(_, finding)| finding)
    }

    pub fn has_errors(&self) -> bool {
        self.errors > 0
    }

    /// How many errors there are so far.
    pub fn errors(&self) -> usize {
        self.errors
    }

    /// As they stand in the files; what a repeated table says many times is said once.
    pub fn into_findings(self) -> Vec<Finding> {
        let mut findings = self.findings;
        findings.sort_by_key(|(at, finding)| (finding.line != 0, at.file, at.start, finding.severity));
        let mut said = BTreeSet::new();
        findings.retain(|(at, finding)| {
            finding.line == 0 || said.insert((*at, finding.code, nearest::without_digits(&finding.message)))
        });
        findings.into_iter().map(|(_, finding)| finding).collect()
    }
}
