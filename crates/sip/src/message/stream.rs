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
    /// Something that is no message, but it is known where it ends: answer what is answerable, and go on.
    Malformed(Malformed),
    /// Framing is lost: answer what is answerable, then close the link. The decoder yields nothing more.
    Broken(Malformed),
}

/// The lengths of a message's head and body.
type Lengths = (usize, usize);

/// Cuts a stream into messages.
#[derive(Clone, Debug, Default)]
pub struct StreamDecoder {
    buffer: BytesMut,
    /// Bytes already searched for the end of the head.
    searched: usize,
    /// The length of the message that has begun, once its head is there.
    frame: Option<usize>,
    /// What is still to come of a body that nobody wants.
    skip: usize,
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
        self.buffer.len().saturating_add(self.skip)
    }

    /// Whether framing was lost: nothing more comes out.
    pub fn is_broken(&self) -> bool {
        self.broken
    }

    /// Bytes that are kept.
    pub fn kept(&self) -> usize {
        self.buffer.len()
    }

    /// The next thing in the stream.
    pub fn poll(&mut self) -> Option<Framed> {
        if self.broken || !self.skip_unwanted() {
            return None;
        }
        if self.frame.is_none() {
            if self.skip_blank_lines() {
                return Some(Framed::Ping);
            }
            match self.measure() {
                Ok(measured) => {
                    let (head, body) = measured?;
                    if body > limits::BODY_BYTES {
                        return Some(self.too_large(head, body));
                    }
                    self.frame = Some(head + body);
                }
                Err((flaw, head)) => return Some(self.give_up(flaw, head)),
            }
        }
        let frame = self.frame.filter(|&frame| self.buffer.len() >= frame)?;
        (self.frame, self.searched) = (None, 0);
        let frame = self.buffer.split_to(frame).freeze();
        Some(match parse::message(frame.clone()) {
            Ok(message) => Framed::Message(Box::new(message)),
            // RFC 4475 3.1.2.19: one bad status line, or one bad field, says nothing about what comes behind it.
            Err(malformed) if parse::begins_like_a_message(&frame) => Framed::Malformed(malformed),
            Err(malformed) => {
                self.give_up(malformed.flaw, Some(0));
                Framed::Broken(malformed)
            }
        })
    }

    /// Drops what belongs to an unwanted body; true when that is over.
    fn skip_unwanted(&mut self) -> bool {
        let here = self.skip.min(self.buffer.len());
        self.buffer.advance(here);
        self.skip -= here;
        self.skip == 0
    }

    /// A message whose body is more than we take: its head is read for the answer, its body is passed over.
    fn too_large(&mut self, head: usize, body: usize) -> Framed {
        (self.searched, self.skip) = (0, body);
        let message = match parse::message(self.buffer.split_to(head).freeze()) {
            Ok(message) => Some(Box::new(message)),
            Err(malformed) => malformed.message,
        };
        Framed::Malformed(Malformed { flaw: Flaw::new(413, "Request Entity Too Large"), message })
    }

    /// The lengths of the head and the body that begin the buffer, once the head is there; or the fault and
    /// the length of the head that has it.
    fn measure(&mut self) -> Result<Option<Lengths>, (Flaw, Option<usize>)> {
        let head = self.head_length();
        // RFC 3261 18.3: a head that does not end would fill the memory.
        if head.unwrap_or(self.buffer.len()) > limits::MESSAGE_BYTES {
            return Err((Flaw::new(513, "Message Too Large"), None));
        }
        let Some(head) = head else { return Ok(None) };
        match body_length(self.buffer.get(..head).unwrap_or_default()) {
            Ok(body) => Ok(Some((head, body))),
            Err(flaw) => Err((flaw, Some(head))),
        }
    }

    /// Drops line ends between messages; true when they make up a ping.
    fn skip_blank_lines(&mut self) -> bool {
        while let Some(&byte) = self.buffer.first() {
            match byte {
                b'\n' => self.blank += 1,
                // A phone behind NAT may keep its stream alive with a NUL, as it does in datagrams.
                b'\r' | 0 => {}
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
            None if is_length_without_colon(head.get(at..end).unwrap_or_default()) => {
                return Err(Flaw::bad("Bad Content-Length"));
            }
            _ => {}
        }
        at = next;
    }
    match declared {
        Some(length) => Ok(length),
        None if typed => Err(Flaw::bad("Missing Content-Length")),
        None => Ok(0),
    }
}

/// A line that was meant to say how long the body is, but is no header field.
fn is_length_without_colon(line: &[u8]) -> bool {
    let name = Name::ContentLength.as_str().as_bytes();
    line.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name))
}
