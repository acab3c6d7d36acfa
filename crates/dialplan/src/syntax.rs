//! The TOML parser's messages in words for somebody who does not know TOML, and what to do.

use crate::{habits, secret};
use std::ops::Range;

/// What is said of a mistake in the TOML itself.
pub(crate) struct Said {
    pub message: String,
    pub help: Option<String>,
    pub note: Option<String>,
    /// What is underlined, where it is not what the parser stumbled over.
    pub part: Option<Range<usize>>,
}

fn said(message: impl Into<String>, help: impl Into<String>) -> Said {
    Said { message: message.into(), help: Some(help.into()), note: None, part: None }
}

/// The line at a byte, without its end.
pub(crate) fn line_of(text: &str, at: usize) -> Range<usize> {
    let from = text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1);
    let to = text.get(from..).and_then(|rest| rest.find('\n')).map_or(text.len(), |length| from + length);
    from..to.max(from)
}

/// The parser's message, at a place of a text.
pub(crate) fn plain_words(message: &str, text: &str, span: &Range<usize>) -> Said {
    let found = text.get(span.clone()).unwrap_or("").trim();
    let line = line_of(text, span.start);
    if let Some(said) = strange_letter(text, &line) {
        return said;
    }
    let unquoted = ["string values must be quoted", "invalid float", "invalid date", "invalid integer", "invalid time"];
    if unquoted.iter().any(|begin| message.starts_with(begin)) {
        let note = habit(text, &line);
        return Said { note, ..said("text must stand in quotes", quoted(text, span)) };
    }
    if message.starts_with("duplicate key") {
        return twice(found, text, &line);
    }
    if message.starts_with("invalid basic string") || message.starts_with("invalid literal string") {
        return said("this text is not closed", "a quote is missing here, or a letter in it needs a \\");
    }
    if let Some(what) = message.strip_prefix("unclosed ") {
        let what = what.split(',').next().unwrap_or(what);
        let help = message.split_once("expected ").map(|(_, wanted)| format!("a {wanted} is missing here"));
        return Said { message: format!("this {what} is not closed"), help, note: None, part: None };
    }
    if message.starts_with("key with no value") {
        return said("this key has no value", "write `=` and the value behind it, a text in quotes");
    }
    if message.starts_with("unexpected key or value") {
        return said(
            "something stands behind the end of this",
            "begin a new line, or take it out; a comment begins with `#`",
        );
    }
    Said { message: message.to_owned(), help: None, note: None, part: None }
}

/// Letters that look like others, from word processors and web pages.
const LOOKALIKES: [(&str, &str, &str); 7] = [
    ("“”„‟«»＂", "is a quote of a word processor", "\""),
    ("‘’‚‛‹›´`", "is a quote of a word processor", "\""),
    ("\u{a0}\u{202f}\u{2007}\u{3000}", "is a space that does not break, not an ordinary one", " "),
    ("\u{200b}\u{200c}\u{200d}\u{2060}\u{feff}", "cannot be seen and has no place here", ""),
    ("–—−", "is a dash, not a hyphen", "-"),
    ("＝", "is a wide sign", "="),
    ("［］｛｝", "is a wide bracket", ""),
];

/// The first letter of the line, outside of texts and comments, that only looks like one that TOML knows.
fn strange_letter(text: &str, line: &Range<usize>) -> Option<Said> {
    let written = text.get(line.clone())?;
    let of = |letter: char| LOOKALIKES.iter().find(|(letters, ..)| letters.contains(letter));
    let (at, letter) = outside_texts(written).find(|(_, letter)| of(*letter).is_some())?;
    let (letters, what, ours) = of(letter)?;
    let shown = if letter.is_whitespace() || ours.is_empty() {
        format!("U+{:04X}", u32::from(letter))
    } else {
        format!("`{letter}`")
    };
    let secret = secret::is_said(written);
    let inside = || {
        let rest = &written[at + letter.len_utf8()..];
        let end = rest.find(|c| of(c).is_some_and(|(_, _, ours)| *ours == "\"") || c == '"').unwrap_or(rest.len());
        rest[..end].trim().to_owned()
    };
    let help = match *ours {
        "\"" if secret => "write \" before it and after it".to_owned(),
        "\"" => format!("did you mean \"{}\"?", inside()),
        "" if letters.contains('［') => "write [ ] or { }".to_owned(),
        "" => "delete it and write the line anew".to_owned(),
        ours => format!("write {ours:?}"),
    };
    let part = line.start + at..line.start + at + letter.len_utf8();
    Some(Said { part: Some(part), ..said(format!("{shown} {what}"), help) })
}

/// The letters of a line that are in no closed text and in no comment.
fn outside_texts(line: &str) -> impl Iterator<Item = (usize, char)> {
    let mut until = 0;
    let comment = line.find('#').unwrap_or(line.len());
    line.char_indices().filter(move |(at, letter)| {
        if *at < until || *at > comment {
            return false;
        }
        if ['"', '\''].contains(letter)
            && let Some(length) = line[at + 1..].find(*letter)
        {
            until = at + 1 + length + 1;
        }
        true
    })
}

/// What to write for the key of this line, when it is one of another switch.
fn habit(text: &str, line: &Range<usize>) -> Option<String> {
    let key = text.get(line.clone())?.split('=').next()?.trim();
    let header = text.get(..line.start)?.lines().rev().map(str::trim).find(|line| line.starts_with('['));
    let title = header.unwrap_or(crate::text::ROOT);
    if header.is_none() && key == "listen" {
        return Some("`listen` is a section: write [listen], and below it udp = \"0.0.0.0:5060\"".into());
    }
    habits::key(title, key).map(|help| format!("{title} has no key `{key}`: {help}"))
}

/// A key or a section that is said twice.
fn twice(name: &str, text: &str, line: &Range<usize>) -> Said {
    let here = text.get(line.clone()).unwrap_or_default().trim();
    let other = if here.starts_with("[[") { format!("[{name}]") } else { format!("[[{name}]]") };
    let before = text.get(..line.start).unwrap_or_default();
    let first = before.lines().position(|line| line.trim() == other).map(|at| at + 1);
    let Some(first) = first.filter(|_| here.starts_with('[')) else {
        return said(format!("{name:?} is said twice"), "keep one of them");
    };
    let several = ["trunk", "phone", "agent", "queue", "route"].contains(&name);
    let help = if several { format!("write [[{name}]] in both places") } else { format!("write [{name}], once") };
    said(format!("{name:?} is written {here} here and {other} in line {first}"), help)
}

/// The word at a place in quotes; not where it may be a password.
fn quoted(text: &str, span: &Range<usize>) -> String {
    let stops = |c: char| c.is_whitespace() || ",=[]{}#\"'".contains(c);
    let before = text.get(..span.start).unwrap_or("");
    let from = before.rfind(stops).map_or(0, |at| at + 1);
    let after = text.get(span.start..).unwrap_or("");
    let to = span.start + after.find(stops).unwrap_or(after.len());
    let line = before.rfind('\n').map_or(0, |at| at + 1);
    let word = text.get(from..to).unwrap_or("");
    let written = text.get(line..to).unwrap_or("").to_lowercase();
    let is_secret = secret::is_said(&written);
    match word {
        "" => "a value is missing here".into(),
        _ if is_secret => "write a quote before it and one after it".into(),
        word => format!("did you mean {word:?}?"),
    }
}
