//! Messages to bytes (RFC 3261 7, 8.2.6, 12.1.1). Whatever a value contains, it stays one value:
//! line ends, NULs and other controls never reach the wire from here.

use super::value::{find_outside, is_token};
use super::{Message, Method, Name, Rport, Via, reason_phrase};
use bytes::Bytes;
use std::borrow::Cow;
use std::fmt;
use std::io::Write as _;

/// Writes one message.
#[derive(Clone, Debug)]
pub struct Builder {
    out: Vec<u8>,
    /// Where a tag for To goes, when it has none yet.
    to_end: Option<usize>,
    body: Bytes,
}

impl Builder {
    /// Begins a request. The caller adds Via, From, To, Call-ID, CSeq and Max-Forwards.
    pub fn request(method: &Method, uri: &str) -> Builder {
        let mut out = Vec::with_capacity(1_024);
        out.extend(method.as_str().bytes().filter(|b| is_token(&[*b])));
        out.push(b' ');
        out.extend_from_slice(safe_uri(uri).as_bytes());
        out.extend_from_slice(b" SIP/2.0\r\n");
        Builder { out, to_end: None, body: Bytes::new() }
    }

    /// Begins a response with what RFC 3261 8.2.6.2 says must be copied: each Via, From, To, Call-ID, CSeq;
    /// Timestamp into a 100 (8.2.6.1); Record-Route into what may create a dialog (12.1.1).
    /// An empty `reason` stands for the usual phrase.
    pub fn response(request: &Message, status: u16, reason: &str) -> Builder {
        let reason = if reason.is_empty() { reason_phrase(status) } else { reason };
        let mut builder = Builder { out: Vec::with_capacity(1_024), to_end: None, body: Bytes::new() };
        builder.out.extend_from_slice(b"SIP/2.0 ");
        builder.put(status.clamp(100, 699));
        builder.out.push(b' ');
        builder.put(reason);
        builder.out.extend_from_slice(b"\r\n");
        builder.copy_vias(request);
        builder.copy_first(request, Name::From);
        builder.copy_to(request);
        builder.copy_first(request, Name::CallId);
        builder.copy_first(request, Name::CSeq);
        if status == 100 {
            builder.copy_first(request, Name::Timestamp);
        }
        let creates =
            matches!(request.method(), Some(Method::Invite | Method::Subscribe | Method::Refer | Method::Notify));
        match creates && (101..300).contains(&status) {
            true => builder.copy(request, Name::RecordRoute),
            false => builder,
        }
    }

    /// Adds a tag to the copied To, unless it has one or the status is 100 (RFC 3261 8.2.6.2).
    pub fn to_tag(mut self, tag: &str) -> Builder {
        if let Some(at) = self.to_end.take()
            && !self.out.starts_with(b"SIP/2.0 100 ")
        {
            let rest = self.out.split_off(at);
            self.out.extend_from_slice(b";tag=");
            self.out.extend(token_of(tag));
            self.out.extend_from_slice(&rest);
        }
        self
    }

    /// Adds a header field.
    pub fn header(mut self, name: Name, value: impl Value) -> Builder {
        if !matches!(name, Name::Other | Name::ContentLength) {
            self.named(name.as_str(), value);
        }
        self
    }

    /// Adds a header field by the text of its name. A name that is no token is left out, and so is
    /// Content-Length, which `build` writes.
    pub fn field(mut self, name: &str, value: impl Value) -> Builder {
        if is_token(name.as_bytes()) && Name::of(name.as_bytes()) != Name::ContentLength {
            self.named(name, value);
        }
        self
    }

    fn named(&mut self, name: &str, value: impl Value) {
        self.out.extend_from_slice(name.as_bytes());
        self.out.extend_from_slice(b": ");
        self.put(value);
        self.out.extend_from_slice(b"\r\n");
    }

    /// Copies every field of this name, in order.
    pub fn copy(mut self, from: &Message, name: Name) -> Builder {
        for value in from.raw(name) {
            self.line(name, value);
        }
        self
    }

    /// Sets the body and adds its Content-Type.
    pub fn body(self, content_type: &str, body: impl Into<Bytes>) -> Builder {
        let mut builder = self.header(Name::ContentType, content_type);
        builder.body = body.into();
        builder
    }

    /// How long the message would be without a body and further header fields.
    pub(crate) fn length(&self) -> usize {
        self.out.len() + b"Content-Length: 0\r\n\r\n".len()
    }

    /// The finished message, with its Content-Length.
    pub fn build(mut self) -> Bytes {
        self.out.extend_from_slice(b"Content-Length: ");
        self.put(self.body.len());
        self.out.extend_from_slice(b"\r\n\r\n");
        self.out.extend_from_slice(&self.body);
        // Copied, so that a message which is kept takes no more than its length.
        Bytes::copy_from_slice(&self.out)
    }

    /// Writes a value; controls in it become spaces.
    fn put(&mut self, value: impl Value) {
        let from = self.out.len();
        value.write(&mut self.out);
        scrub(self.out.get_mut(from..).unwrap_or_default());
    }

    fn line(&mut self, name: Name, value: &[u8]) {
        self.out.extend_from_slice(name.as_str().as_bytes());
        self.out.extend_from_slice(b": ");
        self.raw(value);
        self.out.extend_from_slice(b"\r\n");
    }

    fn raw(&mut self, value: &[u8]) {
        self.put(value);
    }

    fn copy_first(&mut self, request: &Message, name: Name) {
        if let Some(value) = request.raw(name).next() {
            self.line(name, value);
        }
    }

    fn copy_to(&mut self, request: &Message) {
        self.copy_first(request, Name::To);
        if request.to().is_ok_and(|to| to.tag().is_none()) {
            let line = self.out.strip_suffix(b"\r\n").unwrap_or(&self.out);
            let stray = line.iter().rev().take_while(|b| matches!(b, b';' | b' ')).count();
            self.to_end = Some(line.len() - stray);
        }
    }

    fn copy_vias(&mut self, request: &Message) {
        let mut values = request.raw_values(Name::Via);
        if let (Some(_), Ok(via)) = (request.source(), request.top_via()) {
            self.stamped(values.next().unwrap_or_default(), &via);
        }
        for value in values {
            self.line(Name::Via, value);
        }
    }

    /// The top Via with `received` and `rport` in place of what the sender wrote there.
    fn stamped(&mut self, value: &[u8], via: &Via<'_>) {
        self.out.extend_from_slice(b"Via: ");
        let head = find_outside(value, b';', true).unwrap_or(value.len());
        self.raw(value.get(..head).unwrap_or_default());
        for param in via.params.iter() {
            let ours = |name: &str| param.name.eq_ignore_ascii_case(name);
            if ours("received") || ours("rport") {
                continue;
            }
            self.raw(b";");
            self.raw(param.name.as_bytes());
            if let Some(value) = param.value {
                self.raw(b"=");
                self.raw(value.as_bytes());
            }
        }
        if let Some(ip) = via.received {
            self.put(format_args!(";received={ip}"));
        }
        if let Rport::Port(port) = via.rport {
            self.put(format_args!(";rport={port}"));
        }
        self.out.extend_from_slice(b"\r\n");
    }
}

/// What a header field may be given. Most are plain text and numbers, for which the formatting machinery is too dear.
pub trait Value {
    /// Writes it as it is; the builder takes controls out.
    fn write(&self, out: &mut Vec<u8>);
}

impl Value for [u8] {
    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self);
    }
}

impl Value for str {
    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.as_bytes());
    }
}

impl Value for String {
    fn write(&self, out: &mut Vec<u8>) {
        self.as_str().write(out);
    }
}

impl Value for Cow<'_, str> {
    fn write(&self, out: &mut Vec<u8>) {
        (**self).write(out);
    }
}

impl<T: Value + ?Sized> Value for &T {
    fn write(&self, out: &mut Vec<u8>) {
        (**self).write(out);
    }
}

impl Value for fmt::Arguments<'_> {
    fn write(&self, out: &mut Vec<u8>) {
        // Writing into memory does not fail; a Display that does leaves a short value.
        let _ = out.write_fmt(*self);
    }
}

macro_rules! numbers {
    ($($number:ty)*) => {
        $(impl Value for $number {
            fn write(&self, out: &mut Vec<u8>) {
                out.extend_from_slice(itoa::Buffer::new().format(*self).as_bytes());
            }
        })*
    };
}
numbers!(u8 u16 u32 u64 usize);

/// Controls become spaces: no value can end its line.
fn scrub(value: &mut [u8]) {
    // Hardly any value has one: all are looked at together, without a branch for each.
    if !value.iter().fold(false, |found, byte| found | (*byte < b' ') | (*byte == 0x7f)) {
        return;
    }
    for byte in value.iter_mut().filter(|b| **b < b' ' || **b == 0x7f) {
        *byte = b' ';
    }
}

/// Only what may stand in a token.
fn token_of(text: &str) -> impl Iterator<Item = u8> {
    text.bytes().filter(|byte| is_token(&[*byte]))
}

/// A URI that cannot leave its place: white space, controls, quotes and `<>` are escaped.
fn safe_uri(uri: &str) -> Cow<'_, str> {
    escape_unless(uri, |b| b > b' ' && b < 0x7f && !matches!(b, b'<' | b'>' | b'"'))
}

fn escape_unless(text: &str, keep: impl Fn(u8) -> bool) -> Cow<'_, str> {
    if text.bytes().all(&keep) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 8);
    for byte in text.bytes() {
        match keep(byte) {
            true => safe.push(byte as char),
            false => safe.push_str(&format!("%{byte:02X}")),
        }
    }
    Cow::Owned(safe)
}

/// A user part for a SIP URI: what RFC 3261 25.1 does not allow there is escaped.
pub fn escape_user(user: &str) -> Cow<'_, str> {
    escape_unless(user, |b| b.is_ascii_alphanumeric() || b"-_.!~*'()&=+$,;?/".contains(&b))
}

/// A header field's value within a SIP URI (RFC 3261 25.1, `hvalue`).
pub fn escape_field(value: &str) -> Cow<'_, str> {
    escape_unless(value, |b| b.is_ascii_alphanumeric() || b"-_.!~*'()[]/?:+$".contains(&b))
}

/// A quoted string: `"` and `\` are escaped.
#[derive(Clone, Copy, Debug)]
pub struct Quoted<'a>(pub &'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("\"")?;
        for letter in self.0.chars() {
            match letter {
                '"' | '\\' => write!(f, "\\{letter}")?,
                _ if letter.is_control() => f.write_str(" ")?,
                _ => write!(f, "{letter}")?,
            }
        }
        f.write_str("\"")
    }
}

impl Value for Quoted<'_> {
    fn write(&self, out: &mut Vec<u8>) {
        format_args!("{self}").write(out);
    }
}

/// A value for From, To, Contact and the like: `"display" <uri>;tag=tag`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Address<'a> {
    /// The display name.
    pub display: Option<&'a str>,
    /// The URI.
    pub uri: &'a str,
    /// The tag.
    pub tag: Option<&'a str>,
}

impl Value for Address<'_> {
    fn write(&self, out: &mut Vec<u8>) {
        if let Some(display) = self.display.filter(|display| !display.is_empty()) {
            Quoted(display).write(out);
            out.push(b' ');
        }
        out.push(b'<');
        out.extend_from_slice(safe_uri(self.uri).as_bytes());
        out.push(b'>');
        if let Some(tag) = self.tag {
            out.extend_from_slice(b";tag=");
            out.extend(token_of(tag));
        }
    }
}
