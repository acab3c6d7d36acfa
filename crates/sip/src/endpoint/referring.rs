//! The other end of REFER and Replaces (RFC 3515, RFC 3891): what a phone does to have its call transferred. The switch
//! itself asks nobody; our synthetic phones do.

use super::Endpoint;
use super::compose::{host_text, sip_uri};
use super::leg::Phase;
use super::receive::Incoming;
use crate::dialog::Dialog;
use crate::face::{LegEvent, Transport};
use crate::message::{Message, Method, Name, escape_field};
use crate::transaction::key::ServerKey;
use crate::transaction::store::{Purpose, TxId};
use terms::{LegId, Pii};

impl Endpoint {
    /// Asks for a transfer: to a number, or to whoever is at the other end of another leg.
    pub(super) fn refer(&mut self, id: LegId, to: &Pii<String>, replaces: Option<LegId>, quiet: bool) {
        let Some(leg) = self.legs.get(&id).filter(|leg| matches!(leg.phase, Phase::Up) && !leg.told) else { return };
        let uri = sip_uri(to.reveal(), &host_text(leg.remote), Transport::Udp);
        let other =
            replaces.and_then(|other| self.replaces_value(other)).map(|value| escape_field(&value).into_owned());
        let target = other.map_or_else(|| format!("<{uri}>"), |value| format!("<{uri}?Replaces={value}>"));
        self.write_refer(id, &target, quiet);
    }

    /// What names the dialog of a leg to the other side of it.
    pub fn replaces_value(&self, id: LegId) -> Option<String> {
        let leg = self.legs.get(&id)?;
        let Dialog { call_id, local_tag, remote_tag, .. } = leg.dialog().or(leg.dialogs.first())?;
        Some(format!("{call_id};to-tag={remote_tag};from-tag={local_tag}"))
    }

    fn write_refer(&mut self, id: LegId, target: &str, quiet: bool) {
        let Some(at) = self.legs.get(&id).and_then(|leg| leg.chosen) else { return };
        let Some(begun) = self.begin_within(id, at, &Method::Refer) else { return };
        let Some(leg) = self.legs.get_mut(&id) else { return };
        leg.refers_out = true;
        let builder = begun.builder.header(Name::Contact, leg.contact_value()).header(Name::ReferTo, target);
        let builder = if quiet { builder.header(Name::ReferSub, "false") } else { builder };
        self.send_other(&Method::Refer, begun.branch, begun.path, builder.build(), Purpose::Refer(id));
    }

    /// It was answered; a challenge is worth one more try.
    pub(super) fn refer_answered(&mut self, tx: TxId, id: LegId, status: u16, message: &Message) {
        let sent = self.transactions.client(tx).and_then(|sent| Message::parse(sent.request.clone()).ok());
        if matches!(status, 401 | 407)
            && let Some(sent) = &sent
            && let Some(target) = sent.header(Name::ReferTo)
            && self.take_challenge(id, message)
        {
            return self.write_refer(id, &target, sent.has(Name::ReferSub));
        }
        if let Some(leg) = self.legs.get_mut(&id) {
            leg.challenges = 0;
        }
        self.leg_event(id, LegEvent::ReferAnswered { status });
    }

    /// How it goes on (RFC 3515 2.4.5).
    pub(super) fn notified(&mut self, id: LegId, incoming: &Incoming, key: ServerKey) {
        let Some(leg) = self.legs.get(&id).filter(|leg| leg.refers_out) else {
            return self.refuse_method(incoming);
        };
        let tag = leg.local_tag.clone();
        let tx = self.accept(incoming, key);
        let response = self.open_response(&incoming.message, 200, "", &tag).build();
        self.respond(tx, 200, response);
        if let Some(status) = status_in(&incoming.message) {
            self.leg_event(id, LegEvent::ReferTold { status });
        }
    }
}

/// The status in a `message/sipfrag`.
fn status_in(message: &Message) -> Option<u16> {
    let body = message.body();
    let text = std::str::from_utf8(&body).ok()?;
    text.strip_prefix("SIP/2.0 ")?.get(..3)?.parse().ok()
}
