//! The texts of a configuration, their lines, and where in them something stands.

use crate::Place;
use std::rc::Rc;

/// The title of the file's own table.
pub(crate) const ROOT: &str = "the configuration";

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
