//! Bytes to a [`Message`] (RFC 3261 7, 18.3): one pass over the head, noting where each line lies.
//! It refuses only what cannot be framed; the rest is for `validate`.

use super::value::{is_lws, is_token, number, text, trim};
use super::{Field, Flaw, Malformed, Message, Method, Name, Span, Start};
use bytes::Bytes;
use smallvec::SmallVec;
use terms::limits;

/// Whether a datagram holds nothing but line ends (RFC 5626 3.5.1, RFC 3261 7.5) or NULs, which phones behind NAT send.
pub fn is_keep_alive(datagram: &[u8]) -> bool {
    datagram.iter().all(|b| matches!(b, b'\r' | b'\n' | 0))
}

/// Where the line that begins at `from` ends: its end without the line break, and the start of the next.
fn line(bytes: &[u8], from: usize) -> Option<(usize, usize)> {
    let feed = from + memchr::memchr(b'\n', bytes.get(from..)?)?;
    let end = if feed > from && bytes.get(feed - 1) == Some(&b'\r') { feed - 1 } else { feed };
    Some((end, feed + 1))
}

/// The same for a header field, which a line that begins with white space continues (RFC 3261 7.3.1).
pub(super) fn folded_line(bytes: &[u8], from: usize) -> Option<(usize, usize)> {
    let (mut end, mut next) = line(bytes, from)?;
    while end > from && matches!(bytes.get(next), Some(b' ' | b'\t')) {
        let Some((more, after)) = line(bytes, next) else { break };
        (end, next) = (more, after);
    }
    Some((end, next))
}

/// The name and value of the header field in `from..end`.
pub(super) fn field(bytes: &[u8], from: usize, end: usize) -> Option<Field> {
    let line = bytes.get(from..end)?;
    let colon = memchr::memchr(b':', line)?;
    let name = line.get(..colon)?;
    // RFC 3261 7.3.1: white space may stand before the colon, but a field does not begin with it.
    let length = name.len() - name.iter().rev().take_while(|b| is_lws(**b)).count();
    let name = name.get(..length).filter(|name| is_token(name))?;
    let value = line.get(colon + 1..)?;
    let start = from + colon + 1 + value.iter().take_while(|b| is_lws(**b)).count();
    let value = Span::new(start, start + trim(value).len());
    Some(Field { name: Name::of(name), name_at: Span::new(from, from + length), value })
}

/// What one Content-Length says, beside what another said before.
pub(super) fn content_length(value: &[u8], before: Option<usize>) -> Result<Option<usize>, Flaw> {
    let length = number(value).and_then(|n| usize::try_from(n).ok()).ok_or(Flaw::bad("Bad Content-Length"))?;
    match before {
        // RFC 4475 3.3.9: whoever frames by the other one sees another message.
        Some(before) if before != length => Err(Flaw::bad("Two different Content-Length")),
        _ => Ok(Some(length)),
    }
}

/// Whether the first line is that of a message, however flawed: a status line, or one that ends with a version.
pub(super) fn begins_like_a_message(bytes: &[u8]) -> bool {
    let Some((end, _)) = line(bytes, 0) else { return false };
    let first = trim(bytes.get(..end).unwrap_or_default());
    let last = first.rsplit(|&b| b == b' ').next().unwrap_or_default();
    [first, last].iter().any(|text| text.get(..4).is_some_and(|start| start.eq_ignore_ascii_case(b"SIP/")))
}

/// Parses one framed message.
pub(super) fn message(bytes: Bytes) -> Result<Message, Malformed> {
    if bytes.len() > limits::MESSAGE_BYTES {
        return Err(Malformed { flaw: Flaw::new(513, "Message Too Large"), message: None });
    }
    // RFC 3261 7.5: line ends before the first line are ignored.
    let from = bytes.iter().position(|b| !matches!(b, b'\r' | b'\n')).unwrap_or(bytes.len());
    let (end, mut at) = line(&bytes, from).ok_or(Malformed::unreadable("No start line"))?;
    let (start, start_flaw) = start_line(&bytes, Span::new(from, end)).map_err(Malformed::unreadable)?;
    let mut message =
        Message { bytes, start, start_flaw, fields: SmallVec::new(), body: Span::default(), source: None };
    let outcome = message.scan(&mut at).and_then(|()| message.frame(at));
    match outcome {
        Ok(()) => Ok(message),
        Err(flaw) => {
            let end = message.bytes.len();
            message.body = Span::new(end, end);
            Err(Malformed { flaw, message: Some(Box::new(message)) })
        }
    }
}

/// The first line. What is wrong with it, but can be answered, comes back beside it.
fn start_line(bytes: &[u8], span: Span) -> Result<(Start, Option<Flaw>), &'static str> {
    let line = span.of(bytes);
    let base = span.start as usize;
    let version = |v: &[u8]| v.len() >= 5 && v.get(..4).is_some_and(|s| s.eq_ignore_ascii_case(b"SIP/"));
    let first = memchr::memchr(b' ', line).ok_or("No start line")?;
    let (head, tail) = line.split_at_checked(first).ok_or("No start line")?;
    if version(head) {
        // RFC 3261 7.2. The reason may be empty; some leave out the space before it, too.
        let status = tail.get(1..4).and_then(number).filter(|n| (100..700).contains(n)).ok_or("Bad status")?;
        if tail.get(4).is_some_and(|&b| b != b' ') {
            return Err("Bad status");
        }
        let reason = Span::new((base + first + 5).min(span.end as usize), span.end as usize);
        let flaw = (!head.eq_ignore_ascii_case(b"SIP/2.0")).then_some(Flaw::new(505, "Version Not Supported"));
        return Ok((Start::Response { status: u16::try_from(status).unwrap_or(0), reason }, flaw));
    }
    if !is_token(head) {
        return Err("Bad method");
    }
    let trimmed = line.len() - line.iter().rev().take_while(|b| is_lws(**b)).count();
    let last = line.get(..trimmed).and_then(|l| memchr::memrchr(b' ', l)).filter(|&l| l > first).ok_or("No version")?;
    let written = line.get(last + 1..trimmed).unwrap_or_default();
    if !version(written) {
        return Err("No version");
    }
    let uri = Span::new(base + first + 1, base + last);
    let middle = uri.of(bytes);
    // RFC 4475 3.1.2.8 to 3.1.2.10: exactly one space on each side of the URI, none within or behind.
    let spaced = trimmed != line.len() || middle.is_empty() || middle.iter().any(|&b| is_lws(b));
    let flaw = match written.eq_ignore_ascii_case(b"SIP/2.0") {
        false => Some(Flaw::new(505, "Version Not Supported")),
        true => spaced.then_some(Flaw::bad("White space in the request line")),
    };
    Ok((Start::Request { method: Method::of(text(head)), uri }, flaw))
}

impl Message {
    /// Notes each header field from `at`, which ends up where the body starts.
    fn scan(&mut self, at: &mut usize) -> Result<(), Flaw> {
        let mut flaw = None;
        loop {
            let from = *at;
            // A head that does not end was cut off: nothing of its last line is believed.
            let (end, next) = folded_line(&self.bytes, from).ok_or(Flaw::bad("Header section does not end"))?;
            *at = next;
            if end == from {
                return flaw.map_or(Ok(()), Err);
            }
            match field(&self.bytes, from, end) {
                Some(_) if self.fields.len() >= limits::HEADERS => return Err(Flaw::bad("Too many header fields")),
                Some(field) => self.fields.push(field),
                None if self.is_request() => flaw = Some(Flaw::bad("Malformed header line")),
                // A response cannot be refused: what it was sent for counts, not what else it says.
                None => {}
            }
        }
    }

    /// RFC 3261 18.3: the body is what Content-Length says; over datagrams the rest when nobody says.
    fn frame(&mut self, at: usize) -> Result<(), Flaw> {
        let available = self.bytes.len() - at.min(self.bytes.len());
        let declared = self.raw(Name::ContentLength).try_fold(None, |before, value| content_length(value, before));
        // A response cannot be refused for it: what came is what there is.
        let declared = if self.is_request() { declared? } else { declared.unwrap_or_default() };
        let length = match declared {
            None => available,
            Some(length) if length > available => return Err(Flaw::bad("Content-Length beyond the message")),
            Some(length) => length,
        };
        self.body = Span::new(at, at + length);
        Ok(())
    }
}
