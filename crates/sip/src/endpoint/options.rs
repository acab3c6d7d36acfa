//! OPTIONS (RFC 3261 11): what we can do. Carriers and phones use it to see that we are there.

use super::Endpoint;
use super::compose::{ACCEPT, ALLOW};
use super::receive::Incoming;
use crate::message::Name;
use crate::transaction::key::ServerKey;

impl Endpoint {
    pub(super) fn options(&mut self, incoming: &Incoming, key: ServerKey) {
        let tx = self.accept(incoming, key);
        let tag = self.tokens.tag();
        // RFC 3261 11.2: an answer like that to an INVITE; when we take no calls, it says so.
        let status = if self.draining { 503 } else { 200 };
        let response = self
            .open_response(&incoming.message, status, "", &tag)
            .header(Name::Allow, ALLOW)
            .header(Name::Accept, ACCEPT)
            .header(Name::AcceptEncoding, "identity")
            .header(Name::AcceptLanguage, "en")
            .header(Name::Supported, "")
            .build();
        self.respond(tx, status, response);
    }
}
