//! Header fields by name: raw, unfolded, and cut at commas (RFC 3261 7.3.1).

use super::value::{cut, trim, unfold};
use super::{Message, Name};
use std::borrow::Cow;

/// The raw values of one header field, in order.
pub struct Fields<'a> {
    message: &'a Message,
    name: Name,
    next: usize,
}

impl<'a> Iterator for Fields<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        loop {
            let field = self.message.fields.get(self.next)?;
            self.next += 1;
            if field.name == self.name {
                return Some(field.value.of(&self.message.bytes));
            }
        }
    }
}

/// The values of one header field, over all its lines, cut at commas.
pub struct Values<'a> {
    lines: Fields<'a>,
    rest: Option<&'a [u8]>,
    comments: bool,
}

impl<'a> Iterator for Values<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        loop {
            let rest = match self.rest.take() {
                Some(rest) => rest,
                None => self.lines.next()?,
            };
            let (value, after) = cut(rest, b',', self.comments);
            self.rest = after;
            // An empty element, as in `a,,b`, says nothing.
            if !trim(value).is_empty() {
                return Some(trim(value));
            }
        }
    }
}

impl Message {
    /// The raw values of a header field, folds and all.
    pub fn raw(&self, name: Name) -> Fields<'_> {
        Fields { message: self, name, next: 0 }
    }

    /// Whether the header field is there.
    pub fn has(&self, name: Name) -> bool {
        self.raw(name).next().is_some()
    }

    /// The first value of a header field, unfolded.
    pub fn header(&self, name: Name) -> Option<Cow<'_, str>> {
        self.raw(name).next().map(unfold)
    }

    /// The values of a header field, one a line, unfolded.
    pub fn headers(&self, name: Name) -> impl Iterator<Item = Cow<'_, str>> {
        self.raw(name).map(unfold)
    }

    /// The raw values of a list header, cut at commas outside quotes, `<>` and comments.
    pub fn raw_values(&self, name: Name) -> Values<'_> {
        let comments = matches!(name, Name::Server | Name::UserAgent | Name::RetryAfter);
        Values { lines: self.raw(name), rest: None, comments }
    }

    /// The values of a list header, cut at commas outside quotes, `<>` and comments, unfolded.
    pub fn values(&self, name: Name) -> impl Iterator<Item = Cow<'_, str>> {
        self.raw_values(name).map(unfold)
    }

    /// The values of a header field that [`Name`] does not know, by its text in any case.
    pub fn other<'a>(&'a self, name: &'a str) -> impl Iterator<Item = Cow<'a, str>> {
        self.fields
            .iter()
            .filter(move |field| field.name_at.of(&self.bytes).eq_ignore_ascii_case(name.as_bytes()))
            .map(|field| unfold(field.value.of(&self.bytes)))
    }

    /// All header fields in order: which, the name as written, and the value unfolded.
    pub fn fields(&self) -> impl Iterator<Item = (Name, Cow<'_, str>, Cow<'_, str>)> {
        self.fields.iter().map(|field| {
            let name = String::from_utf8_lossy(field.name_at.of(&self.bytes));
            (field.name, name, unfold(field.value.of(&self.bytes)))
        })
    }
}
