//! The messages that user agents of the generator send, written by hand in one place.

use super::message::Message;

/// Writes into a buffer in memory, which cannot fail.
macro_rules! put {
    ($out:expr, $($text:tt)*) => {
        std::io::Write::write_fmt($out, format_args!($($text)*)).expect("memory takes every write")
    };
}
pub(crate) use put;

/// One audio line: PCMU, as the peers' configurations have it too.
pub fn description(host: &str, port: u16) -> String {
    format!(
        "v=0\r\no=- 1 1 IN IP4 {host}\r\ns=-\r\nc=IN IP4 {host}\r\nt=0 0\r\nm=audio {port} RTP/AVP 0\r\n\
         a=rtpmap:0 PCMU/8000\r\na=ptime:20\r\na=sendrecv\r\n"
    )
}

/// Ends the headers and adds a body, which may be empty.
pub fn body(out: &mut Vec<u8>, body: &str) {
    if !body.is_empty() {
        out.extend(b"Content-Type: application/sdp\r\n");
    }
    put!(out, "Content-Length: {}\r\n\r\n{body}", body.len());
}

/// A response to a request. `tag` goes to the To header when there is none; `contact` may be empty.
pub fn response(out: &mut Vec<u8>, request: &Message<'_>, status: &str, tag: &str, contact: &str, content: &str) {
    put!(out, "SIP/2.0 {status}\r\n");
    for via in &request.vias {
        header(out, "Via", via);
    }
    for route in &request.routes {
        header(out, "Record-Route", route);
    }
    header(out, "From", request.from);
    out.extend(b"To: ");
    out.extend(request.to);
    if !super::message::has_tag(request.to, b"") && !tag.is_empty() {
        put!(out, ";tag={tag}");
    }
    out.extend(b"\r\n");
    header(out, "Call-ID", request.call_id);
    put!(out, "CSeq: {} ", request.number);
    out.extend(request.method);
    out.extend(b"\r\n");
    if !contact.is_empty() {
        put!(out, "Contact: <{contact}>\r\n");
    }
    body(out, content);
}

/// What a request in a dialog says of it.
#[derive(Clone, Debug, Default)]
pub struct Dialog {
    /// The other side's contact.
    pub target: Box<[u8]>,
    /// `Route` lines, ready to be sent.
    pub routes: Box<[u8]>,
    /// Our side, with its tag.
    pub from: Box<[u8]>,
    /// The other side, with its tag.
    pub to: Box<[u8]>,
    /// Call-ID.
    pub call_id: Box<[u8]>,
}

impl Dialog {
    /// Of the side that was called, from the INVITE. RFC 3261 12.1.1: the route set in the order of the request.
    pub fn of_request(invite: &Message<'_>, tag: &str) -> Dialog {
        let mut from = invite.to.to_vec();
        put!(&mut from, ";tag={tag}");
        Dialog {
            target: invite.target().into(),
            routes: routes(invite.routes.iter()),
            from: from.into(),
            to: invite.from.into(),
            call_id: invite.call_id.into(),
        }
    }

    /// Of the caller, from the 200. RFC 3261 12.1.2: the route set in reverse order.
    pub fn of_response(answer: &Message<'_>) -> Dialog {
        Dialog {
            target: answer.target().into(),
            routes: routes(answer.routes.iter().rev()),
            from: answer.from.into(),
            to: answer.to.into(),
            call_id: answer.call_id.into(),
        }
    }

    /// A request without a body in this dialog.
    pub fn request(&self, out: &mut Vec<u8>, method: &str, number: u32, via: &str, branch: std::fmt::Arguments<'_>) {
        put!(out, "{method} ");
        out.extend(&self.target);
        put!(out, " SIP/2.0\r\nVia: SIP/2.0/UDP {via};branch=z9hG4bK{branch}\r\nMax-Forwards: 70\r\n");
        out.extend(&self.routes);
        header(out, "From", &self.from);
        header(out, "To", &self.to);
        header(out, "Call-ID", &self.call_id);
        put!(out, "CSeq: {number} {method}\r\nContent-Length: 0\r\n\r\n");
    }
}

fn routes<'a>(values: impl Iterator<Item = &'a &'a [u8]>) -> Box<[u8]> {
    let mut lines = Vec::new();
    for value in values {
        header(&mut lines, "Route", value);
    }
    lines.into()
}

fn header(out: &mut Vec<u8>, name: &str, value: &[u8]) {
    out.extend(name.as_bytes());
    out.extend(b": ");
    out.extend(value);
    out.extend(b"\r\n");
}
