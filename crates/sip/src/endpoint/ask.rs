//! Is anybody there? (RFC 3261 11). A phone that registers at a host where its account has another contact was restarted,
//! or is a second one beside it: only asking the older one tells. Until it has answered both stand.

use super::compose::{ACCEPT, MAX_FORWARDS, sip_uri};
use super::{Due, Endpoint};
use crate::face::Transport;
use crate::message::{Address, Method, Name};
use crate::registrar::BindingId;
use crate::transaction::store::{Path, Purpose, TxId};
use std::time::Duration;
use terms::PhoneId;

/// How long an answer may take: four sendings over UDP.
const ANSWER: Duration = Duration::from_secs(4);

impl Endpoint {
    /// Asks an older contact whether it is still there.
    pub(super) fn ask(&mut self, phone: PhoneId, id: BindingId) {
        if self.asks.contains_key(&(phone, id)) || self.transactions.len() >= self.room.transactions {
            return;
        }
        let Some(binding) = self.registrar.binding(phone, id) else { return };
        let (transport, remote, link) = (binding.transport, binding.remote, binding.link);
        let uri = binding.contact.clone();
        let Some(path) = self.path_to(transport, remote, link) else { return };
        let tx = self.send_options(&uri, path, Purpose::Ask(phone, id));
        self.asks.insert((phone, id), tx);
        self.deadlines.set(Due::Ask(phone, id), self.now.mono + ANSWER);
    }

    /// OPTIONS outside of a dialog (RFC 3261 11.1): is anybody there?
    pub(super) fn send_options(&mut self, uri: &str, path: Path, purpose: Purpose) -> TxId {
        let from = sip_uri("", &self.domain(path.link), Transport::Udp);
        let (tag, call_id, contact) = (self.tokens.tag(), self.tokens.call_id(), self.contact(path.link, ""));
        let (builder, branch) = self.open_request(&Method::Options, uri, path, MAX_FORWARDS);
        let builder = builder
            .header(Name::From, Address { display: None, uri: &from, tag: Some(&tag) })
            .header(Name::To, Address { display: None, uri, tag: None })
            .header(Name::CallId, call_id)
            .header(Name::CSeq, "1 OPTIONS")
            .header(Name::Contact, format_args!("<{contact}>"))
            .header(Name::Accept, ACCEPT);
        let request = self.product(builder, Name::UserAgent).build();
        self.send_other(&Method::Options, branch, path, request, purpose)
    }

    /// It answered, or the way to it failed.
    pub(super) fn ask_answered(&mut self, phone: PhoneId, id: BindingId, status: u16) {
        self.stop_asking(phone, id);
        if !is_there(status) {
            self.binding_expired(phone, id);
        }
    }

    /// It has had its time.
    pub(super) fn ask_unanswered(&mut self, phone: PhoneId, id: BindingId) {
        self.stop_asking(phone, id);
        self.binding_expired(phone, id);
    }

    /// The question is moot.
    pub(super) fn stop_asking(&mut self, phone: PhoneId, id: BindingId) {
        if let Some(tx) = self.asks.remove(&(phone, id)) {
            self.deadlines.cancel(Due::Ask(phone, id));
            self.drop_client(tx);
        }
    }
}

/// Whether a final response comes from the phone that was meant. Some are busy, ask who wants to know, or do not know
/// OPTIONS; whoever refuses otherwise is none of that account's.
fn is_there(status: u16) -> bool {
    matches!(status, 200..=299 | 401 | 405 | 407 | 480 | 486 | 491 | 501 | 600 | 603)
}
