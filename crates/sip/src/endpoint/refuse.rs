//! Refusals without state (RFC 3261 8.2.7): an answer, a counter, and nothing remembered.

use super::Endpoint;
use super::compose::{ACCEPT, ALLOW};
use super::receive::Incoming;
use crate::message::{Builder, Message, Method, Name};
use std::time::Duration;

impl Endpoint {
    /// Refuses a request; an ACK is never answered.
    pub(super) fn refuse_stateless(&mut self, incoming: &Incoming, status: u16, reason: &str, why: &'static str) {
        self.refuse_with(incoming, status, reason, why, |builder| builder);
    }

    /// Refuses a request with further header fields.
    pub(super) fn refuse_with(
        &mut self,
        incoming: &Incoming,
        status: u16,
        reason: &str,
        why: &'static str,
        add: impl FnOnce(Builder) -> Builder,
    ) {
        self.note_refusal(incoming, status, why);
        self.answer_stateless(incoming, status, reason, why, add);
    }

    /// The answer alone, counted: a challenge is nothing to tell anybody of.
    pub(super) fn answer_stateless(
        &mut self,
        incoming: &Incoming,
        status: u16,
        reason: &str,
        why: &'static str,
        add: impl FnOnce(Builder) -> Builder,
    ) {
        self.counts.refused(why);
        let request = &incoming.message;
        if !is_answerable(request) {
            return;
        }
        let from_tag = request.from().ok().and_then(|from| from.tag().map(str::to_owned)).unwrap_or_default();
        let branch = request.top_via().ok().and_then(|via| via.branch.map(str::to_owned)).unwrap_or_default();
        let tag = self.tokens.stateless_tag(&[request.call_id(), &from_tag, &branch]);
        // RFC 3261 20.35: whoever was not told apart from a stranger does not learn what we are.
        let response = add(Builder::response(request, status, reason).to_tag(&tag)).build();
        let path = self.reply_path(request, incoming.link, incoming.remote);
        self.transmit(path, response);
    }

    /// 503 with a Retry-After that does not bring everybody back at once.
    pub(super) fn refuse_overload(&mut self, incoming: &Incoming, why: &'static str) {
        let pause = self.tokens.between(Duration::from_secs(2), Duration::from_secs(10)).as_secs();
        self.refuse_with(incoming, 503, "", why, |builder| builder.header(Name::RetryAfter, pause));
    }

    /// 420 (RFC 3261 8.2.2.3).
    pub(super) fn refuse_extension(&mut self, incoming: &Incoming, unknown: &str) {
        self.refuse_with(incoming, 420, "", "unknown extension", |builder| builder.header(Name::Unsupported, unknown));
    }

    /// 405 (RFC 3261 8.2.1).
    pub(super) fn refuse_method(&mut self, incoming: &Incoming) {
        self.refuse_with(incoming, 405, "", "method not allowed", |builder| builder.header(Name::Allow, ALLOW));
    }

    /// 415 or 406, with what we do take (RFC 3261 8.2.3).
    pub(super) fn refuse_body(&mut self, incoming: &Incoming, status: u16) {
        self.refuse_with(incoming, status, "", "body not acceptable", |builder| match status {
            415 => builder.header(Name::Accept, ACCEPT).header(Name::AcceptEncoding, "identity"),
            _ => builder.header(Name::Accept, ACCEPT),
        });
    }
}

/// Whether there is enough to answer (RFC 4475 3.3.1: even where much is missing). A Via that cannot be
/// read is no hindrance: the answer goes back to where the request came from.
fn is_answerable(request: &Message) -> bool {
    [Name::Via, Name::CSeq].iter().all(|name| request.has(*name))
        && request.method().is_some_and(|method| *method != Method::Ack)
}

/// Whether a challenge to this method is a 401 (it is for us: we are its registrar, its notifier) or a 407 (we stand in its
/// way).
pub(super) fn challenge_status(method: &Method) -> u16 {
    if matches!(method, Method::Register | Method::Subscribe | Method::Publish) { 401 } else { 407 }
}
