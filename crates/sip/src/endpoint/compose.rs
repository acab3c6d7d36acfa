//! Beginnings and ends of our messages: Via, Max-Forwards, Contact, Allow, product.

use super::Endpoint;
use super::leg::Leg;
use super::multipart::session_part;
use crate::dialog::Dialog;
use crate::face::{Body, Reason, Transport};
use crate::message::{Builder, Message, Method, Name, escape_user, reason_phrase};
use crate::transaction::store::Path;
use bytes::Bytes;
use std::net::SocketAddr;
use terms::{Cause, LinkId};

/// The methods that we take.
pub(super) const ALLOW: &str =
    "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, REGISTER, PRACK, UPDATE, REFER, SUBSCRIBE, NOTIFY, PUBLISH, MESSAGE";
/// The extensions that we know: RFC 3262, RFC 6228, RFC 4488, RFC 3891, RFC 4028.
pub(super) const SUPPORTED: &str = "100rel, 199, norefersub, replaces, timer";
/// The bodies that we take.
pub(super) const ACCEPT: &str = "application/sdp";
/// Where every request starts (RFC 3261 8.1.1.6).
pub(super) const MAX_FORWARDS: u8 = 70;

impl Endpoint {
    /// Begins a request with a new branch.
    pub(super) fn open_request(&mut self, method: &Method, uri: &str, path: Path, hops: u8) -> (Builder, String) {
        let branch = self.tokens.branch();
        (self.open_request_with(method, uri, path, hops, &branch), branch)
    }

    /// Begins a request with a given branch.
    pub(super) fn open_request_with(&self, method: &Method, uri: &str, path: Path, hops: u8, branch: &str) -> Builder {
        let (transport, told) = self.links.told(path.link, self.directory.config.advertise);
        let transport = transport.via();
        Builder::request(method, uri)
            .header(Name::Via, format_args!("SIP/2.0/{transport} {told};branch={branch};rport"))
            .header(Name::MaxForwards, hops)
    }

    /// A request within a dialog. The dialog's CSeq is the caller's to advance.
    pub(super) fn dialog_request(
        &self,
        dialog: &Dialog,
        method: &Method,
        seq: u32,
        path: Path,
        branch: &str,
    ) -> Builder {
        let builder = self.open_request_with(method, dialog.request_uri(), path, MAX_FORWARDS, branch);
        self.product(dialog.address(builder, method, seq), Name::UserAgent)
    }

    /// Begins a response, with our tag.
    pub(super) fn open_response(&self, request: &Message, status: u16, reason: &str, tag: &str) -> Builder {
        self.product(Builder::response(request, status, reason).to_tag(tag), Name::Server)
    }

    /// Adds User-Agent or Server.
    pub(super) fn product(&self, builder: Builder, name: Name) -> Builder {
        match self.directory.config.product.as_str() {
            "" => builder,
            product => builder.header(name, product),
        }
    }

    /// Our Contact over a link.
    pub(super) fn contact(&self, link: LinkId, user: &str) -> String {
        let (transport, told) = self.links.told(link, self.directory.config.advertise);
        sip_uri(user, &told.to_string(), transport)
    }

    /// The host in our From: the realm where it is a domain, and no mere word.
    pub(super) fn domain(&self, link: LinkId) -> String {
        let realm = &self.directory.config.realm;
        match crate::message::Host::parse(realm) {
            Ok(_) if realm.contains('.') => realm.clone(),
            _ => host_text(self.links.told(link, self.directory.config.advertise).1),
        }
    }
}

/// `sip:user@host`, with the transport where it is not UDP.
pub(super) fn sip_uri(user: &str, host: &str, transport: Transport) -> String {
    let at = if user.is_empty() { "" } else { "@" };
    let suffix = transport.uri_suffix();
    format!("sip:{}{at}{host}{suffix}", escape_user(user))
}

/// The host of an address as a URI has it.
pub(super) fn host_text(address: SocketAddr) -> String {
    match address {
        SocketAddr::V4(v4) => v4.ip().to_string(),
        SocketAddr::V6(v6) => format!("[{}]", v6.ip()),
    }
}

/// Adds the body, when there is one.
pub(super) fn with_body(builder: Builder, body: Option<&Body>) -> Builder {
    match body {
        Some(body) => builder.body(&body.content_type, body.bytes.clone()),
        None => builder,
    }
}

/// Adds Reason (RFC 3326), when there is a cause.
pub(super) fn with_cause(builder: Builder, cause: Option<Cause>) -> Builder {
    match cause {
        Some(cause) => builder.header(Name::Reason, format_args!("Q.850;cause={};text=\"{}\"", cause.0, cause.text())),
        None => builder,
    }
}

/// Adds the reason of a CANCEL or BYE, in the words of both worlds where it has them.
pub(super) fn with_reason(builder: Builder, reason: Option<Reason>) -> Builder {
    let Some(Reason { cause, status: Some(status) }) = reason else {
        return with_cause(builder, reason.map(|reason| reason.cause));
    };
    // RFC 3326 3.1: the words that phones know.
    let text = if status == 200 { "Call completed elsewhere" } else { reason_phrase(status) };
    let (number, words) = (cause.0, cause.text());
    let value = format_args!("SIP;cause={status};text=\"{text}\", Q.850;cause={number};text=\"{words}\"");
    builder.header(Name::Reason, value)
}

/// What a message carries; of several parts the session description.
pub(super) fn body_of(message: &Message) -> Option<Body> {
    let bytes = message.body();
    if bytes.is_empty() {
        return None;
    }
    let content_type = message.header(Name::ContentType).map(|t| t.trim().to_owned()).unwrap_or_default();
    if let Some(part) = session_part(&content_type, &bytes) {
        return Some(Body::sdp(Bytes::copy_from_slice(part)));
    }
    Some(Body { content_type, bytes: Bytes::copy_from_slice(&bytes) })
}

impl Leg {
    /// Our Contact's value.
    pub(super) fn contact_value(&self) -> String {
        // RFC 4579 5.1: what is at this end of the dialog.
        let focus = if self.focus { ";isfocus" } else { "" };
        format!("<{}>{focus}", self.contact)
    }
}
