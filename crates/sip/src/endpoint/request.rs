//! A request arrives (RFC 3261 8.2): repeats, what every request must satisfy, who sent it, and who takes it.

use super::Endpoint;
use super::compose::{SUPPORTED, body_of};
use super::receive::Incoming;
use crate::face::Source;
use crate::message::{Flaw, Host, Message, Method, Name, Uri};
use crate::transaction::key::{Keys, Marks, MergeKey, ServerKey};
use crate::transaction::store::{ServerState, ServerTransaction, TxId};
use crate::transaction::{invite_server, other_server};
use std::borrow::Cow;
use std::time::Duration;
use terms::LinkId;

impl Endpoint {
    pub(super) fn request(&mut self, incoming: Incoming) {
        let method = incoming.message.method().cloned().unwrap_or(Method::Ack);
        *self.counts.received.entry(counted(&method)).or_default() += 1;
        if let Err(flaw) = incoming.message.validate() {
            return self.refuse_stateless(&incoming, flaw.status, flaw.reason, "malformed");
        }
        let Ok(key) = server_key(&self.keys, &incoming.message, &method) else { return };
        let known = self.transactions.find_server(&key);
        match (&method, known) {
            (Method::Ack, known) => self.ack(&incoming, known),
            (_, Some(id)) => self.server_repeated(id),
            (Method::Cancel, None) => self.cancel(&incoming, key),
            (_, None) => self.new_request(&incoming, &method, key),
        }
    }

    fn new_request(&mut self, incoming: &Incoming, method: &Method, key: ServerKey) {
        let message = &incoming.message;
        let in_dialog = message.to().is_ok_and(|to| to.tag().is_some());
        // What belongs to a running call has as much room again: it ends as it should while new work is refused.
        let room = if in_dialog { self.room.transactions.saturating_mul(2) } else { self.room.transactions };
        if self.transactions.len() >= room {
            return self.refuse_overload(incoming, "too many transactions");
        }
        if let Method::Other(_) = method {
            return self.refuse_stateless(incoming, 501, "", "unknown method");
        }
        let known = |tag: &&str| SUPPORTED.split(", ").any(|known| known.eq_ignore_ascii_case(tag));
        let unknown: Vec<&str> = message.require().filter(|tag| !known(tag)).chain(message.proxy_require()).collect();
        if !unknown.is_empty() {
            // RFC 3261 8.2.2.3.
            return self.refuse_extension(incoming, &unknown.join(", "));
        }
        if in_dialog && *method != Method::Register {
            return self.in_dialog(incoming, method, key);
        }
        if merge_key(&self.keys, message).is_some_and(|merge| self.transactions.is_merged(&merge)) {
            return self.refuse_stateless(incoming, 482, "", "merged");
        }
        let Some(source) = self.identify(incoming, method) else { return };
        self.out_of_dialog(incoming, method, key, source);
    }

    fn out_of_dialog(&mut self, incoming: &Incoming, method: &Method, key: ServerKey, source: Source) {
        match method {
            // RFC 3261 21.4.5: nobody is known at somebody else's domain. A carrier may name ours as it likes.
            Method::Invite | Method::Options | Method::Subscribe | Method::Publish | Method::Message
                if matches!(source, Source::Phone(_)) && !self.is_for_us(incoming) =>
            {
                self.refuse_stateless(incoming, 404, "", "another's domain");
            }
            Method::Invite => self.invited(incoming, key, source),
            Method::Register => self.register(incoming, key, source),
            Method::Options => self.queried(incoming, key, source),
            Method::Subscribe => self.subscribed(incoming, key, source),
            Method::Publish => self.published(incoming, key, source),
            Method::Message => self.texted(incoming, key, source, None),
            // RFC 3261 15.1.2, RFC 6086 4.2.2, RFC 3262 3, RFC 3311 5.2: these live in dialogs alone.
            Method::Bye | Method::Info | Method::Prack | Method::Update => {
                self.refuse_stateless(incoming, 481, "", "no dialog")
            }
            // RFC 5589 6: whose call is to be transferred is said by the dialog that the REFER belongs to.
            Method::Refer => self.refuse_stateless(incoming, 403, "", "REFER outside of a call"),
            _ => self.refuse_method(incoming),
        }
    }

    /// Whether the Request-URI names a host of ours.
    fn is_for_us(&self, incoming: &Incoming) -> bool {
        incoming.message.uri().map_or(true, |uri| self.names_us(incoming.link, &uri))
    }

    /// Whether a URI that came over a link names a host of ours.
    pub(super) fn names_us(&self, link: LinkId, uri: &Uri<'_>) -> bool {
        match uri.host() {
            Some(Host::Ip(ip)) => {
                let local = self.links.get(link).is_some_and(|link| link.local.ip() == ip);
                local || self.directory.is_our_address(ip)
            }
            Some(Host::Name(name)) => self.directory.is_our_name(name),
            // A tel URI names no host.
            None => true,
        }
    }

    /// Opens a transaction for a request.
    pub(super) fn accept(&mut self, incoming: &Incoming, key: ServerKey) -> TxId {
        let message = &incoming.message;
        let state = match message.method() {
            Some(Method::Invite) => ServerState::Invite(invite_server::State::Proceeding),
            _ => ServerState::Other(other_server::State::Trying),
        };
        let outside = message.to().is_ok_and(|to| to.tag().is_none());
        self.begin_server(ServerTransaction {
            key,
            merge: if outside { merge_key(&self.keys, message) } else { None },
            state,
            path: self.reply_path(message, incoming.link, incoming.remote),
            response: None,
            pause: Duration::ZERO,
            leg: None,
        })
    }
}

/// The key of a request; an ACK has that of its INVITE.
pub(super) fn server_key(keys: &Keys, message: &Message, method: &Method) -> Result<ServerKey, Flaw> {
    let via = message.top_via()?;
    let (from, cseq) = (message.from()?, message.cseq()?);
    let mut sent_by = Cow::Borrowed(via.sent_by);
    if sent_by.bytes().any(|byte| byte.is_ascii_uppercase()) {
        sent_by.to_mut().make_ascii_lowercase();
    }
    let method = if *method == Method::Ack { &Method::Invite } else { method };
    Ok(keys.server(&Marks {
        branch: via.branch,
        sent_by: &sent_by,
        method: method.as_str(),
        uri: message.uri_raw(),
        from_tag: from.tag().unwrap_or_default(),
        call_id: message.call_id(),
        cseq: cseq.number,
    }))
}

/// RFC 3261 8.2.2.2: what copies of a request share, whatever way they took. Old peers without a
/// From tag cannot be told apart so.
fn merge_key(keys: &Keys, message: &Message) -> Option<MergeKey> {
    let cseq = message.cseq().ok()?;
    Some(keys.merge(message.call_id(), message.from().ok()?.tag()?, cseq.number, cseq.method.as_str()))
}

/// The name under which a method is counted; strangers cannot invent more of them.
pub(super) fn counted(method: &Method) -> &'static str {
    match method {
        Method::Invite => "INVITE",
        Method::Ack => "ACK",
        Method::Bye => "BYE",
        Method::Cancel => "CANCEL",
        Method::Register => "REGISTER",
        Method::Options => "OPTIONS",
        Method::Info => "INFO",
        Method::Prack => "PRACK",
        Method::Update => "UPDATE",
        Method::Refer => "REFER",
        Method::Subscribe => "SUBSCRIBE",
        Method::Notify => "NOTIFY",
        Method::Publish => "PUBLISH",
        Method::Message => "MESSAGE",
        _ => "other",
    }
}

/// Who is called, also for our own Contact in the same dialog.
pub(super) fn called_user(message: &Message) -> String {
    message.uri().ok().and_then(|uri| uri.subscriber().map(|user| user.into_owned())).unwrap_or_default()
}

/// Whether a request's body is one that INVITE may carry; otherwise the status that says why not.
pub(super) fn check_session_body(message: &Message) -> Result<(), u16> {
    if message.has(Name::Accept) {
        let fits = |t: &str| ["application/sdp", "application/*", "*/*"].iter().any(|a| t.eq_ignore_ascii_case(a));
        if !message.accept().any(fits) {
            return Err(406);
        }
    }
    if message.body().is_empty() {
        return Ok(());
    }
    if message.header(Name::ContentEncoding).is_some_and(|e| !e.trim().eq_ignore_ascii_case("identity")) {
        return Err(415);
    }
    match message.content_type() {
        None => Err(400),
        Some(t) if t.eq_ignore_ascii_case("application/sdp") => Ok(()),
        // RFC 5621: a carrier may add a location or a telephone network's own message; we want the SDP.
        Some(_) if body_of(message).is_some_and(|body| body.content_type == "application/sdp") => Ok(()),
        Some(_) => Err(415),
    }
}
