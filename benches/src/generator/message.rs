//! Reading what the server sends, without copying: just what a user agent needs to judge and to answer it.
//! An eye of its own: nothing of the switch's parser is used, or its mistakes would go unseen.

use memchr::memchr;
use memchr::memmem::find;
use smallvec::SmallVec;

/// The first line.
#[derive(Debug, PartialEq, Eq)]
pub enum First<'a> {
    /// Method and URI.
    Request(&'a [u8], &'a [u8]),
    /// Status.
    Response(u16),
}

/// A message's parts, each as it stands there.
#[derive(Debug)]
pub struct Message<'a> {
    /// The first line.
    pub first: First<'a>,
    /// Every Via, the top one first.
    pub vias: SmallVec<[&'a [u8]; 4]>,
    /// Every Record-Route.
    pub routes: SmallVec<[&'a [u8]; 2]>,
    /// Every WWW-Authenticate.
    pub challenges: SmallVec<[&'a [u8]; 2]>,
    /// From.
    pub from: &'a [u8],
    /// To.
    pub to: &'a [u8],
    /// Call-ID.
    pub call_id: &'a [u8],
    /// CSeq's number.
    pub number: u32,
    /// CSeq's method.
    pub method: &'a [u8],
    /// The first Contact; empty without one.
    pub contact: &'a [u8],
    /// What follows the empty line.
    pub body: &'a [u8],
}

impl<'a> Message<'a> {
    /// Takes a datagram apart; the error is what is wrong with it.
    pub fn read(bytes: &'a [u8]) -> Result<Message<'a>, &'static str> {
        let (line, mut rest) = line(bytes).ok_or("no first line")?;
        let mut message = Message {
            first: first(line)?,
            vias: SmallVec::new(),
            routes: SmallVec::new(),
            challenges: SmallVec::new(),
            from: b"",
            to: b"",
            call_id: b"",
            number: 0,
            method: b"",
            contact: b"",
            body: b"",
        };
        let mut length = None;
        loop {
            let (line, after) = self::line(rest).ok_or("no empty line after the headers")?;
            rest = after;
            if line.is_empty() {
                break;
            }
            let colon = memchr(b':', line).ok_or("a header without a colon")?;
            let (name, value) = (line[..colon].trim_ascii(), line[colon + 1..].trim_ascii());
            message.header(name, value, &mut length)?;
        }
        message.body = rest;
        if length.is_some_and(|length| length != rest.len()) {
            return Err("Content-Length is not the body's");
        }
        let needed = [message.from, message.to, message.call_id, message.method];
        if message.vias.is_empty() || needed.iter().any(|value| value.is_empty()) {
            return Err("lacks Via, From, To, Call-ID or CSeq");
        }
        Ok(message)
    }

    fn header(&mut self, name: &[u8], value: &'a [u8], length: &mut Option<usize>) -> Result<(), &'static str> {
        let is = |long: &str, short: &str| {
            name.eq_ignore_ascii_case(long.as_bytes()) || name.eq_ignore_ascii_case(short.as_bytes())
        };
        match name.first().map(u8::to_ascii_lowercase) {
            Some(b'v') if is("via", "v") => self.vias.push(value),
            Some(b'r') if is("record-route", "record-route") => self.routes.push(value),
            Some(b'w') if is("www-authenticate", "www-authenticate") => self.challenges.push(value),
            Some(b'f') if is("from", "f") => self.from = value,
            Some(b't') if is("to", "t") => self.to = value,
            Some(b'i') if is("call-id", "i") => self.call_id = value,
            Some(b'c') if is("call-id", "call-id") => self.call_id = value,
            Some(b'c' | b'm') if is("contact", "m") && self.contact.is_empty() => self.contact = value,
            Some(b'c') if is("cseq", "cseq") => {
                let space = memchr(b' ', value).ok_or("CSeq without a method")?;
                self.number = decimal(&value[..space]).ok_or("CSeq without a number")?;
                self.method = value[space..].trim_ascii();
            }
            Some(b'c' | b'l') if is("content-length", "l") => {
                *length = Some(decimal(value).ok_or("Content-Length is no number")? as usize);
            }
            _ => {}
        }
        Ok(())
    }

    /// The URI of the contact, without brackets and parameters of the header.
    pub fn target(&self) -> &'a [u8] {
        uri(self.contact)
    }

    /// Whether the body is a session description that says where to send audio.
    pub fn describes_audio(&self) -> bool {
        self.body.starts_with(b"v=0\r\n")
            && find(self.body, b"\r\nc=IN IP4 ").is_some()
            && find(self.body, b"\r\nm=audio ").is_some_and(|at| !self.body[at..].starts_with(b"\r\nm=audio 0 "))
    }
}

/// The URI of a name-addr or addr-spec.
pub fn uri(value: &[u8]) -> &[u8] {
    match (memchr(b'<', value), memchr(b'>', value)) {
        (Some(open), Some(close)) if open < close => &value[open + 1..close],
        _ => &value[..memchr(b';', value).unwrap_or(value.len())],
    }
}

/// Whether an address header has this tag.
pub fn has_tag(value: &[u8], tag: &[u8]) -> bool {
    find(value, b";tag=").is_some_and(|at| {
        let rest = &value[at + 5..];
        rest.starts_with(tag) && rest.get(tag.len()).is_none_or(|next| *next == b';' || tag.is_empty())
    })
}

/// The number with which these bytes begin.
pub fn leading(bytes: &[u8]) -> Option<u32> {
    decimal(&bytes[..bytes.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(bytes.len())])
}

fn decimal(bytes: &[u8]) -> Option<u32> {
    std::str::from_utf8(bytes.trim_ascii()).ok()?.parse().ok()
}

fn line(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = memchr(b'\n', bytes)?;
    let line = &bytes[..end];
    Some((line.strip_suffix(b"\r").unwrap_or(line), &bytes[end + 1..]))
}

fn first(line: &[u8]) -> Result<First<'_>, &'static str> {
    if let Some(status) = line.strip_prefix(b"SIP/2.0 ") {
        return leading(status).and_then(|code| u16::try_from(code).ok()).map(First::Response).ok_or("no status");
    }
    let mut words = line.split(|byte| *byte == b' ');
    match (words.next(), words.next(), words.next()) {
        (Some(method), Some(uri), Some(b"SIP/2.0")) => Ok(First::Request(method, uri)),
        _ => Err("the first line is neither a request's nor a response's"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANSWER: &[u8] = b"SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP a;branch=1\r\nv: SIP/2.0/UDP b\r\n\
        From: <sip:x@y>;tag=a7\r\nTo: <sip:z@y>;tag=q\r\nCall-ID: 7.r@h\r\nCSeq: 1 INVITE\r\n\
        Contact: <sip:z@127.0.7.1:5060;ob>\r\nContent-Length: 59\r\n\r\n\
        v=0\r\no=- 1 1 IN IP4 h\r\nc=IN IP4 h\r\nm=audio 4000 RTP/AVP 0\r\n";

    #[test]
    fn an_answer_is_read_in_place() {
        let message = Message::read(ANSWER).unwrap();
        assert_eq!(message.first, First::Response(200));
        assert_eq!((message.vias.len(), message.number, message.method), (2, 1, &b"INVITE"[..]));
        assert_eq!(message.target(), b"sip:z@127.0.7.1:5060;ob");
        assert!(message.describes_audio());
        assert!(has_tag(message.from, b"a7") && !has_tag(message.from, b"a") && has_tag(message.to, b""));
        assert_eq!(leading(message.call_id), Some(7));
    }

    #[test]
    fn what_is_wrong_is_said() {
        assert!(Message::read(b"SIP/2.0 200 OK\r\n").is_err());
        assert!(Message::read(&ANSWER[..ANSWER.len() - 1]).is_err_and(|error| error.contains("Content-Length")));
        let bare = b"BYE sip:x SIP/2.0\r\nVia: v\r\nFrom: f\r\nTo: t\r\nCall-ID: i\r\n\r\n";
        assert!(Message::read(bare).is_err_and(|error| error.contains("CSeq")));
    }
}
