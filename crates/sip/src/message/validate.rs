//! What an element must insist on in every message (RFC 3261 8.1.1, 8.2.1, 8.2.2.1, 16.3; RFC 4475 3.1.2, 3.3).
//! The first fault found is the one to answer. Policy (methods, extensions, bodies) is not checked here.

use super::{Contacts, Flaw, Message, Method, Name, NameAddr, Scheme, Via};
use terms::limits;

/// Header fields that may stand in a message once; the first [`NAMING`] of them name transactions and dialogs.
const SINGLE: &[(Name, &str)] = &[
    (Name::CallId, "Call-ID twice"),
    (Name::CSeq, "CSeq twice"),
    (Name::From, "From twice"),
    (Name::To, "To twice"),
    (Name::MaxForwards, "Max-Forwards twice"),
    (Name::ContentLength, "Content-Length twice"),
    (Name::ContentType, "Content-Type twice"),
    (Name::Expires, "Expires twice"),
];

/// See [`SINGLE`].
const NAMING: usize = 4;

impl Message {
    /// Whether the message is fit to be worked on.
    ///
    /// # Errors
    /// The status and reason to answer a request with. (A response is matched to its request whatever flaws it has.)
    pub fn validate(&self) -> Result<(), Flaw> {
        if let Some(flaw) = self.start_flaw {
            return Err(flaw);
        }
        let ends = self.method().is_some_and(ends_something);
        self.check_single(if ends { NAMING } else { SINGLE.len() })?;
        self.check_routing()?;
        let cseq = self.cseq()?;
        if let Some(method) = self.method() {
            if cseq.method != *method {
                // RFC 4475 3.1.2.18: of an unknown method that is the more telling fault.
                return Err(match method {
                    Method::Other(_) => Flaw::new(501, "Not Implemented"),
                    _ => Flaw::bad("CSeq method does not match"),
                });
            }
            self.check_uri()?;
        }
        if ends {
            return Ok(());
        }
        if self.has(Name::MaxForwards) && self.max_forwards().is_none() {
            return Err(Flaw::bad("Max-Forwards out of range"));
        }
        self.check_targets()?;
        self.check_size()
    }

    /// Whether the first line names SIP/2.0 and has no other fault.
    pub fn speaks_our_version(&self) -> bool {
        self.start_flaw.is_none()
    }

    /// Whether an error response to this can be built: a request other than ACK with Via, From, To, Call-ID and CSeq.
    pub fn is_answerable(&self) -> bool {
        let there = [Name::Via, Name::From, Name::To, Name::CallId, Name::CSeq].iter().all(|name| self.has(*name));
        there && self.method().is_some_and(|method| *method != Method::Ack) && self.top_via().is_ok()
    }

    fn check_single(&self, count: usize) -> Result<(), Flaw> {
        let mut seen = 0_u32;
        for field in &self.fields {
            if let Some(at) = SINGLE.iter().take(count).position(|(name, _)| *name == field.name) {
                if seen & 1 << at != 0 {
                    return Err(Flaw::bad(SINGLE.get(at).map_or("Header field twice", |single| single.1)));
                }
                seen |= 1 << at;
            }
        }
        Ok(())
    }

    fn check_routing(&self) -> Result<(), Flaw> {
        let call_id = self.call_id();
        if call_id.is_empty() {
            return Err(Flaw::bad("Missing Call-ID"));
        }
        // It names transactions and dialogs, and must come back as it went out.
        if call_id.bytes().any(|b| b <= b' ' || b == 0x7f) {
            return Err(Flaw::bad("Malformed Call-ID"));
        }
        self.from()?;
        self.to()?;
        let mut hops = 0;
        for value in self.raw_values(Name::Via) {
            hops += 1;
            if hops > limits::HOPS {
                return Err(Flaw::bad("Too many Via"));
            }
            Via::parse(value)?;
        }
        match hops {
            0 => Err(Flaw::bad("Missing Via")),
            _ => Ok(()),
        }
    }

    /// RFC 3261 8.2.2.1 and 7.1: no `<>`, no white space, no headers; a scheme that we know, else 416.
    fn check_uri(&self) -> Result<(), Flaw> {
        let uri = self.uri()?;
        match uri.scheme() {
            Scheme::Other(_) => Err(Flaw::new(416, "Unsupported URI Scheme")),
            // RFC 4475 3.1.2.11: never let these become header fields.
            _ if uri.headers().is_some() => Err(Flaw::bad("Header fields in the Request-URI")),
            _ => Ok(()),
        }
    }

    /// Contact, Route and Record-Route become the targets of our own requests: they must be URIs.
    fn check_targets(&self) -> Result<(), Flaw> {
        if let Contacts::List(list) = self.contacts()? {
            list.iter().try_for_each(|contact| contact.uri().map(drop))?;
        }
        for name in [Name::Route, Name::RecordRoute] {
            for (at, value) in self.raw_values(name).enumerate() {
                if at == limits::HOPS {
                    return Err(Flaw::bad("Too many hops"));
                }
                NameAddr::parse(value)?.uri()?;
            }
        }
        Ok(())
    }

    fn check_size(&self) -> Result<(), Flaw> {
        match self.body().len() > limits::BODY_BYTES {
            true => Err(Flaw::new(413, "Request Entity Too Large")),
            false => Ok(()),
        }
    }
}

/// ACK, BYE and CANCEL: to refuse one leaves a call behind that nobody wants, so only what names it must be right.
fn ends_something(method: &Method) -> bool {
    matches!(method, Method::Ack | Method::Bye | Method::Cancel)
}
