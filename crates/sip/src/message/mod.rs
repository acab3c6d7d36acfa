//! SIP messages on the wire (RFC 3261 7, 18.3, 19, 20, 25): a lazy parser over the received bytes,
//! typed views of what matters, and a printer that nobody can inject a header through.
//!
//! A [`Message`] is the datagram plus the places where its parts lie; nothing is copied until
//! somebody asks for text that must be unfolded or unescaped. The parser is liberal: it refuses only
//! what cannot be framed. [`Message::validate`] holds what an element must insist on and says which
//! response tells the sender so. Meaning (dialogs, transactions, policy) is left to others.

mod address;
mod build;
mod fields;
mod flaw;
mod method;
mod name;
mod parse;
mod reason;
mod replaces;
mod stream;
mod typed;
mod uri;
mod validate;
pub(crate) mod value;
mod via;

pub use address::{Contacts, NameAddr};
pub use build::{Address, Builder, Quoted, Value, escape_field, escape_user};
pub use fields::{Fields, Values};
pub use flaw::{Flaw, Malformed};
pub use method::Method;
pub use name::Name;
pub use parse::is_keep_alive;
pub use reason::reason_phrase;
pub use replaces::Replaces;
pub use stream::{Framed, StreamDecoder};
pub use typed::{CSeq, ReasonValue, RetryAfter};
pub use uri::{Host, Scheme, Uri};
pub use value::{Param, Params, unescape, unquote};
pub use via::{Rport, Via};

use bytes::Bytes;
use smallvec::SmallVec;
use std::net::SocketAddr;

/// A stretch of the message's bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Span {
    start: u32,
    end: u32,
}

impl Span {
    fn new(start: usize, end: usize) -> Span {
        let clamp = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Span { start: clamp(start), end: clamp(end.max(start)) }
    }

    fn of(self, bytes: &[u8]) -> &[u8] {
        bytes.get(self.start as usize..self.end as usize).unwrap_or_default()
    }
}

/// One header field: which, and where its name and value lie.
#[derive(Clone, Copy, Debug)]
struct Field {
    name: Name,
    name_at: Span,
    value: Span,
}

/// The first line.
#[derive(Clone, Debug)]
enum Start {
    Request { method: Method, uri: Span },
    Response { status: u16, reason: Span },
}

/// A parsed message. Cloning is cheap: the bytes are shared.
#[derive(Clone, Debug)]
pub struct Message {
    bytes: Bytes,
    start: Start,
    /// What is wrong with the first line, kept for `validate`.
    start_flaw: Option<Flaw>,
    fields: SmallVec<[Field; 20]>,
    body: Span,
    /// Where the message came from, once `arrived_from` was told.
    source: Option<SocketAddr>,
}

impl Message {
    /// Parses one datagram (or one framed piece of a stream).
    ///
    /// # Errors
    /// When the message cannot be framed. What could be read stays in [`Malformed`], for the answer.
    pub fn parse(datagram: Bytes) -> Result<Message, Malformed> {
        parse::message(datagram)
    }

    /// Whether this is a request.
    pub fn is_request(&self) -> bool {
        matches!(self.start, Start::Request { .. })
    }

    /// The request's method; absent for a response (see [`Message::cseq`] for its method).
    pub fn method(&self) -> Option<&Method> {
        match &self.start {
            Start::Request { method, .. } => Some(method),
            Start::Response { .. } => None,
        }
    }

    /// The Request-URI as it was written.
    pub fn uri_raw(&self) -> &str {
        match &self.start {
            Start::Request { uri, .. } => value::text(uri.of(&self.bytes)),
            Start::Response { .. } => "",
        }
    }

    /// The Request-URI.
    ///
    /// # Errors
    /// 400 when it is not a URI, or this is a response.
    pub fn uri(&self) -> Result<Uri<'_>, Flaw> {
        Uri::parse(self.uri_raw())
    }

    /// The response's status; absent for a request.
    pub fn status(&self) -> Option<u16> {
        match self.start {
            Start::Response { status, .. } => Some(status),
            Start::Request { .. } => None,
        }
    }

    /// The response's reason phrase; empty for a request.
    pub fn reason(&self) -> std::borrow::Cow<'_, str> {
        match &self.start {
            Start::Response { reason, .. } => String::from_utf8_lossy(reason.of(&self.bytes)),
            Start::Request { .. } => "".into(),
        }
    }

    /// The body, as a slice of the datagram.
    pub fn body(&self) -> Bytes {
        self.bytes.slice(self.body.start as usize..self.body.end as usize)
    }

    /// The whole of what was parsed, without octets after the body.
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.body.end as usize).unwrap_or_default()
    }

    /// The whole datagram, shared.
    pub(crate) fn shared(&self) -> &Bytes {
        &self.bytes
    }

    /// Notes where the message came from. From then on the top Via shows `received` and `rport`
    /// as RFC 3261 18.2.1 and RFC 3581 4 want them, and a response copies it so.
    pub fn arrived_from(&mut self, source: SocketAddr) {
        self.source = Some(source);
    }

    /// What `arrived_from` was told.
    pub fn source(&self) -> Option<SocketAddr> {
        self.source
    }
}
