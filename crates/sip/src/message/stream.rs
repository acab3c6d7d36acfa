//! Framing on streams (RFC 3261 18.3, 7.5; RFC 5626 3.5.1): messages are cut by Content-Length.
//! The link, its timeouts and the pong are left to the endpoint.

use super::{Flaw, Malformed, Message, Name, parse};
use bytes::{Buf, BytesMut};
use terms::limits;

/// What came out of a stream.
#[derive(Clone, Debug)]
pub enum Framed {
    /// A message.
    Message(Box<Message>),
    /// CRLFCRLF between messages: answer with one CRLF (RFC 5626 3.5.1).
    Ping,
    /// Framing is lost: answer what is answerable, then close the link. The decoder yields nothing more.
    Broken(Malformed),
}

/// Cuts a stream into messages.
#[derive(Clone, Debug, Default)]
pub struct StreamDecoder {
    buffer: BytesMut,
    /// Bytes already searched for the end of the head.
    searched: usize,
    /// The length of the message that has begun, once its head is there.
    frame: Option<usize>,
    /// Line feeds seen since the last message or ping.
    blank: u8,
    broken: bool,
}

impl StreamDecoder {
    /// A decoder at the start of a stream.
    pub fn new() -> StreamDecoder {
        StreamDecoder::default()
    }

    /// Takes the next piece. Call [`StreamDecoder::poll`] until it has nothing before the next one.
    pub fn push(&mut self, piece: &[u8]) {
        if !self.broken {
            self.buffer.extend_from_slice(piece);
        }
    }

    /// Bytes of a message that has begun but not ended (for `limits::MESSAGE_TIME`).
    pub fn pending(&self) -> usize {
        self.buffer.len()
    }

    /// The next thing in the stream.
    pub fn poll(&mut self) -> Option<Framed> {
        if self.broken {
            return None;
        }
        if self.frame.is_none() {
            if self.skip_blank_lines() {
                return Some(Framed::Ping);
            }
            match self.measure() {
                Ok(frame) => self.frame = Some(frame?),
                Err((flaw, head)) => return Some(self.give_up(flaw, head)),
            }
        }
        let frame = self.frame.filter(|&frame| self.buffer.len() >= frame)?;
        (self.frame, self.searched) = (None, 0);
        let frame = self.buffer.split_to(frame).freeze();
        Some(match parse::message(frame) {
            Ok(message) => Framed::Message(Box::new(message)),
            Err(malformed) => {
                self.give_up(malformed.flaw, Some(0));
                Framed::Broken(malformed)
            }
        })
    }

    /// The length of the message that begins the buffer, once its head is there; or the fault and
    /// the length of the head that has it.
    fn measure(&mut self) -> Result<Option<usize>, (Flaw, Option<usize>)> {
        let head = self.head_length();
        // RFC 3261 18.3: a head that does not end would fill the memory.
        if head.unwrap_or(self.buffer.len()) > limits::MESSAGE_BYTES {
            return Err((Flaw::new(513, "Message Too Large"), None));
        }
        let Some(head) = head else { return Ok(None) };
        match body_length(self.buffer.get(..head).unwrap_or_default()) {
            Ok(body) => Ok(Some(head + body)),
            Err(flaw) => Err((flaw, Some(head))),
        }
    }

    /// Drops line ends between messages; true when they make up a ping.
    fn skip_blank_lines(&mut self) -> bool {
        while let Some(&byte) = self.buffer.first() {
            match byte {
                b'\n' => self.blank += 1,
                b'\r' => {}
                _ => {
                    self.blank = 0;
                    return false;
                }
            }
            self.buffer.advance(1);
            if self.blank == 2 {
                self.blank = 0;
                return true;
            }
        }
        false
    }

    /// The length of the head with its empty line, once it is all there.
    fn head_length(&mut self) -> Option<usize> {
        let mut from = self.searched;
        while let Some(feed) = self.buffer.get(from..).and_then(|rest| memchr::memchr(b'\n', rest)) {
            let next = from + feed + 1;
            match self.buffer.get(next..) {
                Some([b'\n', ..]) => return Some(next + 1),
                Some([b'\r', b'\n', ..]) => return Some(next + 2),
                Some([] | [b'\r']) => {
                    self.searched = next - 1;
                    return None;
                }
                _ => from = next,
            }
        }
        self.searched = self.buffer.len();
        None
    }

    /// Ends the stream with a fault; the head, where its length is known, is read for the answer.
    fn give_up(&mut self, flaw: Flaw, head: Option<usize>) -> Framed {
        let mut rest = std::mem::take(self).buffer;
        self.broken = true;
        rest.truncate(head.unwrap_or(limits::MESSAGE_BYTES));
        let message = match parse::message(rest.freeze()) {
            Ok(message) => Some(Box::new(message)),
            Err(malformed) => malformed.message,
        };
        Framed::Broken(Malformed { flaw, message })
    }
}

/// What the head says about its body. RFC 3261 20.14: a stream needs Content-Length; without it we
/// believe in no body, unless Content-Type announces one.
fn body_length(head: &[u8]) -> Result<usize, Flaw> {
    let (mut declared, mut typed) = (None, false);
    let (_, mut at) = parse::folded_line(head, 0).unwrap_or_default();
    while let Some((end, next)) = parse::folded_line(head, at) {
        match parse::field(head, at, end) {
            Some(field) if field.name == Name::ContentType => typed = true,
            Some(field) if field.name == Name::ContentLength => {
                declared = parse::content_length(field.value.of(head), declared)?;
            }
            _ => {}
        }
        at = next;
    }
    match declared {
        Some(length) if length > limits::BODY_BYTES => Err(Flaw::new(413, "Request Entity Too Large")),
        Some(length) => Ok(length),
        None if typed => Err(Flaw::bad("Missing Content-Length")),
        None => Ok(0),
    }
}
