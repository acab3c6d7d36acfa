//! The grammar inside header values (RFC 3261 25.1): white space, quoted strings, comments, lists and
//! parameters. Folding counts as white space, so a folded value needs no copy to be read.

use super::Flaw;
use std::borrow::Cow;

/// White space within a value; a line end here is a fold.
pub(crate) fn is_lws(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

/// Which bytes may stand in a token.
const TOKEN: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = (byte as u8).is_ascii_alphanumeric()
            || matches!(byte as u8, b'-' | b'.' | b'!' | b'%' | b'*' | b'_' | b'+' | b'`' | b'\'' | b'~');
        byte += 1;
    }
    table
};

/// RFC 3261 25.1: token.
pub(crate) fn is_token(text: &[u8]) -> bool {
    !text.is_empty() && text.iter().all(|&b| TOKEN.get(usize::from(b)).is_some_and(|&legal| legal))
}

/// Without white space at both ends.
pub(crate) fn trim(mut text: &[u8]) -> &[u8] {
    while let [first, rest @ ..] = text
        && is_lws(*first)
    {
        text = rest;
    }
    while let [rest @ .., last] = text
        && is_lws(*last)
    {
        text = rest;
    }
    text
}

/// The bytes as text; empty when they are not UTF-8.
pub(crate) fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap_or_default()
}

/// A whole number in digits only.
pub(crate) fn number(text: &[u8]) -> Option<u64> {
    if text.is_empty() || text.len() > 19 || !text.iter().all(u8::is_ascii_digit) {
        return None;
    }
    Some(text.iter().fold(0, |n, digit| n * 10 + u64::from(digit - b'0')))
}

/// A value for people: folds become one space, bytes that are not UTF-8 become U+FFFD.
pub(super) fn unfold(value: &[u8]) -> Cow<'_, str> {
    if memchr::memchr2(b'\r', b'\n', value).is_none() {
        return String::from_utf8_lossy(value);
    }
    let mut flat = Vec::with_capacity(value.len());
    let mut gap = false;
    for &byte in value {
        if matches!(byte, b'\r' | b'\n') || (gap && is_lws(byte)) {
            gap = true;
            continue;
        }
        if std::mem::take(&mut gap) {
            while flat.last().is_some_and(|&b| is_lws(b)) {
                flat.pop();
            }
            flat.push(b' ');
        }
        flat.push(byte);
    }
    Cow::Owned(String::from_utf8_lossy(&flat).into_owned())
}

/// Where `wanted` first stands outside quoted strings, `<>` and (when asked) comments.
pub(super) fn find_outside(text: &[u8], wanted: u8, comments: bool) -> Option<usize> {
    // Most values have nothing to look around: then the first one found is it.
    let first = memchr::memchr(wanted, text)?;
    let before = text.get(..first).unwrap_or_default();
    if memchr::memchr2(b'"', b'<', before).is_none() && !(comments && before.contains(&b'(')) {
        return Some(first);
    }
    let (mut quoted, mut angle, mut depth) = (false, false, 0_u32);
    let mut bytes = text.iter().enumerate();
    while let Some((at, &byte)) = bytes.next() {
        match byte {
            b'\\' if quoted || depth > 0 => {
                bytes.next();
            }
            b'"' if depth == 0 && !angle => quoted = !quoted,
            _ if quoted => {}
            b'(' if comments && !angle => depth = depth.saturating_add(1),
            b')' if depth > 0 => depth -= 1,
            _ if depth > 0 => {}
            _ if byte == wanted && !angle => return Some(at),
            b'<' => angle = true,
            b'>' => angle = false,
            _ => {}
        }
    }
    None
}

/// Cuts at the first `separator` outside quotes, `<>` and (when asked) comments.
pub(crate) fn cut(text: &[u8], separator: u8, comments: bool) -> (&[u8], Option<&[u8]>) {
    match find_outside(text, separator, comments) {
        Some(at) => (text.get(..at).unwrap_or_default(), text.get(at + 1..)),
        None => (text, None),
    }
}

/// Where a parameter's name or value may end: the bits of [`STOPS`].
const SEMICOLON: u8 = 1;
const EQUALS: u8 = 2;
/// `"` and `<`, behind which neither of them ends anything.
const HIDES: u8 = 4;

/// What a byte ends. Parameters are short: to look at each byte costs less than to begin a search.
const STOPS: [u8; 256] = {
    let mut table = [0; 256];
    table[b';' as usize] = SEMICOLON;
    table[b'=' as usize] = EQUALS;
    table[b'"' as usize] = HIDES;
    table[b'<' as usize] = HIDES;
    table
};

/// The first byte at which one of these stops, and which of them it is.
fn stop(text: &[u8], stops: u8) -> Option<(usize, u8)> {
    let of = |byte: u8| STOPS.get(usize::from(byte)).copied().unwrap_or_default() & stops;
    let at = text.iter().position(|&byte| of(byte) != 0)?;
    text.get(at).map(|&byte| (at, of(byte)))
}

/// Cuts at the first `;` outside quotes and `<>`.
fn cut_short(text: &[u8]) -> (&[u8], Option<&[u8]>) {
    match stop(text, SEMICOLON | HIDES) {
        Some((at, SEMICOLON)) => (text.get(..at).unwrap_or_default(), text.get(at + 1..)),
        Some(_) => cut(text, b';', false),
        None => (text, None),
    }
}

/// The end of the quoted string that begins `text`, just after its closing quote.
pub(super) fn quoted_end(text: &[u8]) -> Option<usize> {
    let mut bytes = text.iter().enumerate().skip(1);
    while let Some((at, &byte)) = bytes.next() {
        match byte {
            b'\\' => {
                bytes.next();
            }
            b'"' => return Some(at + 1),
            _ => {}
        }
    }
    None
}

/// The content of a quoted string with its `\` escapes undone; any other text as it is.
pub fn unquote(value: &str) -> Cow<'_, str> {
    let Some(inner) = value.strip_prefix('"').map(|v| v.strip_suffix('"').unwrap_or(v)) else {
        return Cow::Borrowed(value);
    };
    if !inner.contains('\\') {
        return unfold(inner.as_bytes());
    }
    let mut plain = String::with_capacity(inner.len());
    let mut letters = inner.chars();
    while let Some(letter) = letters.next() {
        plain.extend(if letter == '\\' { letters.next() } else { Some(letter) });
    }
    match unfold(plain.as_bytes()) {
        Cow::Borrowed(_) => Cow::Owned(plain),
        Cow::Owned(flat) => Cow::Owned(flat),
    }
}

/// Undoes `%XX` escapes (RFC 3261 19.1.2). `%00` becomes a NUL that stays in the text; an escape
/// that is none stays as it is.
pub fn unescape(text: &str) -> Cow<'_, str> {
    if memchr::memchr(b'%', text.as_bytes()).is_none() {
        return Cow::Borrowed(text);
    }
    let hex = |digit: u8| (digit as char).to_digit(16).and_then(|d| u8::try_from(d).ok());
    let mut plain = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [byte, tail @ ..] = rest {
        rest = tail;
        if let (b'%', [high, low, after @ ..]) = (*byte, tail)
            && let (Some(high), Some(low)) = (hex(*high), hex(*low))
        {
            plain.push(high << 4 | low);
            rest = after;
        } else {
            plain.push(*byte);
        }
    }
    Cow::Owned(String::from_utf8_lossy(&plain).into_owned())
}

/// One parameter of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Param<'a> {
    /// Its name, as written (compare without regard to case).
    pub name: &'a str,
    /// What stands after `=`, with its quotes if it has any.
    pub value: Option<&'a str>,
}

/// The parameters of a value: `;name=value;flag`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Params<'a>(pub(super) &'a [u8]);

impl<'a> Params<'a> {
    /// All of them in order; what has no readable name is left out.
    pub fn iter(&self) -> impl Iterator<Item = Param<'a>> + use<'a> {
        self.pairs().filter_map(|(name, value)| {
            let name = text(name);
            (!name.is_empty()).then(|| Param { name, value: value.map(text) })
        })
    }

    /// Names and values as they stand there.
    pub(super) fn pairs(&self) -> Pairs<'a> {
        Pairs { rest: Some(self.0) }
    }

    /// The same; what follows the first that is malformed is not looked at any more.
    pub(super) fn checked(&self) -> impl Iterator<Item = Result<Pair<'a>, Flaw>> + use<'a> {
        let mut pairs = self.pairs();
        std::iter::from_fn(move || {
            let pair = pairs.next()?;
            // RFC 4475 3.1.2.1: empty parameters are malformed; one stray `;` at the end is forgiven.
            match pair {
                (b"", None) if pairs.rest.is_none() => None,
                pair => Some(legal(pair).map(|()| pair)),
            }
        })
    }

    /// The parameter of this name.
    pub fn find(&self, name: &str) -> Option<Param<'a>> {
        let (name, value) = self.pairs().find(|(known, _)| known.eq_ignore_ascii_case(name.as_bytes()))?;
        Some(Param { name: text(name), value: value.map(text) })
    }

    /// Whether it is there, with or without a value.
    pub fn has(&self, name: &str) -> bool {
        self.find(name).is_some()
    }

    /// Its value as written; absent when there is no `=`.
    pub fn get(&self, name: &str) -> Option<&'a str> {
        self.find(name)?.value
    }

    /// Its value without quotes and escapes.
    pub fn unquoted(&self, name: &str) -> Option<Cow<'a, str>> {
        self.get(name).map(unquote)
    }

    /// As written, without the first `;`.
    pub fn as_bytes(&self) -> &'a [u8] {
        self.0
    }

    /// Whether none of them is malformed.
    pub(super) fn check(&self) -> Result<(), Flaw> {
        self.checked().try_for_each(|pair| pair.map(drop))
    }
}

/// A name, and what stands behind its `=`, both without white space around them.
pub(super) type Pair<'a> = (&'a [u8], Option<&'a [u8]>);

/// Parameters one after the other.
pub(super) struct Pairs<'a> {
    rest: Option<&'a [u8]>,
}

impl<'a> Iterator for Pairs<'a> {
    type Item = Pair<'a>;

    fn next(&mut self) -> Option<Pair<'a>> {
        let text = self.rest.take()?;
        if let Some((at, EQUALS)) = stop(text, SEMICOLON | EQUALS | HIDES) {
            let (value, rest) = cut_short(text.get(at + 1..)?);
            self.rest = rest;
            return Some((trim(text.get(..at)?), Some(trim(value))));
        }
        // One without a value; or what hides an `=` stands before it, as in none that is right.
        let (piece, rest) = cut_short(text);
        self.rest = rest;
        let (name, value) = cut(piece, b'=', false);
        Some((trim(name), value.map(trim)))
    }
}

/// Whether a parameter is one.
fn legal((name, value): Pair<'_>) -> Result<(), Flaw> {
    if !is_token(name) {
        return Err(Flaw::bad("Malformed parameter"));
    }
    match value.unwrap_or_default() {
        quoted @ [b'"', ..] if quoted_end(quoted) != Some(quoted.len()) => {
            Err(Flaw::bad("Unbalanced quotes in a parameter"))
        }
        [b'"', ..] => Ok(()),
        plain if plain.iter().any(|&b| b <= b' ' || b == 0x7f) => Err(Flaw::bad("Malformed parameter")),
        _ => Ok(()),
    }
}
