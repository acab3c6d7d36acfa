//! OPTIONS (RFC 3261 11): what we can do, and what would become of a call. Carriers and phones use it to see that we
//! are there.

use super::Endpoint;
use super::compose::{ACCEPT, ALLOW, SUPPORTED};
use super::receive::Incoming;
use crate::face::{Event, Source};
use crate::message::{Message, Name};
use crate::notifier::Package;
use crate::transaction::key::ServerKey;
use crate::transaction::store::TxId;

/// A question that call control has not answered yet.
pub(super) struct Query {
    tx: TxId,
    request: Message,
}

impl Endpoint {
    /// Outside of a dialog: RFC 3261 11.2, an answer like that to an INVITE. Who names nobody asks about us.
    pub(super) fn queried(&mut self, incoming: &Incoming, key: ServerKey, source: Source) {
        if self.draining || incoming.message.uri().is_ok_and(|uri| uri.user_raw().is_none()) {
            return self.options(incoming, key);
        }
        let tx = self.accept(incoming, key);
        self.queries_received += 1;
        let query = self.queries_received;
        self.queries.insert(query, Query { tx, request: incoming.message.clone() });
        let arrival = Box::new(self.describe(incoming, source));
        self.event(Event::Queried { query, arrival });
    }

    /// Call control says what would become of it.
    pub(super) fn answer_query(&mut self, query: u64, status: u16) {
        if let Some(Query { tx, request }) = self.queries.remove(&query) {
            self.answer_options(tx, &request, status.clamp(200, 699));
        }
    }

    /// Within a dialog, or about us. When we take no calls, it says so.
    pub(super) fn options(&mut self, incoming: &Incoming, key: ServerKey) {
        let tx = self.accept(incoming, key);
        let status = if self.draining { 503 } else { 200 };
        self.answer_options(tx, &incoming.message, status);
    }

    fn answer_options(&mut self, tx: TxId, request: &Message, status: u16) {
        let tag = self.tokens.tag();
        let response = self
            .open_response(request, status, "", &tag)
            .header(Name::Allow, ALLOW)
            .header(Name::Accept, ACCEPT)
            .header(Name::AcceptEncoding, "identity")
            .header(Name::AcceptLanguage, "en")
            .header(Name::Supported, SUPPORTED)
            .header(Name::AllowEvents, Package::NAMES)
            .build();
        self.respond(tx, status, response);
    }
}
