//! INFO, both ways (RFC 6086, and its older use for digits and fast updates).

use super::Endpoint;
use super::compose::{body_of, with_body};
use super::leg::Phase;
use super::receive::Incoming;
use crate::face::{Body, EndedBy, LegEvent};
use crate::message::{Builder, Message, Method, Name};
use crate::transaction::key::ServerKey;
use crate::transaction::store::{Purpose, TxId};
use std::collections::VecDeque;
use terms::{Cause, LegId, limits};

/// What an INFO may carry: a key, in either of the forms that are in use.
const KEYS: [&str; 2] = ["application/dtmf-relay", "application/dtmf"];

/// RFC 3261 8.2.3, without regard to the media type's parameters.
fn is_understood(body: &Body, message: &Message) -> bool {
    let kind = body.content_type.split(';').next().unwrap_or_default().trim();
    let plain = message.header(Name::ContentEncoding).is_none_or(|e| e.trim().eq_ignore_ascii_case("identity"));
    plain && KEYS.iter().any(|known| known.eq_ignore_ascii_case(kind))
}

impl Endpoint {
    /// An INFO arrived in a leg's dialog.
    pub(super) fn info(&mut self, id: LegId, incoming: &Incoming, key: ServerKey) {
        let Some(leg) = self.legs.get(&id) else { return };
        if leg.told || matches!(leg.phase, Phase::Closing) {
            return self.refuse_stateless(incoming, 481, "", "no dialog");
        }
        let tag = leg.local_tag.clone();
        let body = body_of(&incoming.message);
        if body.as_ref().is_some_and(|body| body.content_type.is_empty()) {
            return self.refuse_stateless(incoming, 400, "Missing Content-Type", "malformed");
        }
        if !body.as_ref().is_none_or(|body| is_understood(body, &incoming.message)) {
            let add = |builder: Builder| builder.header(Name::Accept, KEYS.join(", "));
            return self.refuse_with(incoming, 415, "", "body not acceptable", add);
        }
        let tx = self.accept(incoming, key);
        let response = self.open_response(&incoming.message, 200, "", &tag).build();
        self.respond(tx, 200, response);
        if let Some(body) = body {
            self.leg_event(id, LegEvent::InfoReceived { body });
        }
    }

    /// Call control sends one. They go out one by one: of two at once the later one may arrive first, and the other would
    /// be out of order (RFC 3261 12.2.2).
    pub(super) fn send_info(&mut self, id: LegId, body: Body) {
        let Some(leg) = self.legs.get_mut(&id) else { return };
        if leg.told || !leg.takes_info || !matches!(leg.phase, Phase::Up | Phase::Answered) {
            return;
        }
        match &mut leg.infos {
            Some(waiting) if waiting.len() < limits::INFOS_WAITING => waiting.push_back(body),
            Some(_) => {}
            out @ None => {
                *out = Some(VecDeque::new());
                self.write_info(id, &body);
            }
        }
    }

    fn write_info(&mut self, id: LegId, body: &Body) {
        let at = self.legs.get(&id).and_then(|leg| leg.chosen);
        match at.and_then(|at| self.begin_within(id, at, &Method::Info)) {
            Some(begun) => {
                let request = with_body(begun.builder, Some(body)).build();
                self.send_other(&Method::Info, begun.branch, begun.path, request, Purpose::Info(id));
            }
            None => self.next_info(id),
        }
    }

    fn next_info(&mut self, id: LegId) {
        let Some(leg) = self.legs.get_mut(&id) else { return };
        match leg.infos.as_mut().and_then(VecDeque::pop_front).filter(|_| !leg.told) {
            Some(body) => self.write_info(id, &body),
            None => leg.infos = None,
        }
    }

    /// Our INFO was answered; a challenge is worth one more try.
    pub(super) fn info_answered(&mut self, tx: TxId, id: LegId, status: u16, message: &Message) {
        let sent = self.transactions.client(tx).and_then(|t| Message::parse(t.request.clone()).ok());
        if matches!(status, 401 | 407)
            && let Some(body) = sent.as_ref().and_then(body_of)
            && self.take_challenge(id, message)
        {
            return self.write_info(id, &body);
        }
        if let Some(leg) = self.legs.get_mut(&id) {
            leg.challenges = if status < 300 { 0 } else { leg.challenges };
            // It says that it takes INFO, and does not.
            leg.takes_info &= !matches!(status, 405 | 501);
        }
        self.info_finished(id, status);
    }

    /// Our INFO got its final response, or none.
    pub(super) fn info_finished(&mut self, id: LegId, status: u16) {
        // RFC 3261 12.2.1.2: the other side no longer knows the dialog, or is no longer there.
        if matches!(status, 408 | 481) {
            return self.lose(id);
        }
        self.next_info(id);
    }

    /// The other side is gone: BYE for form's sake, and the leg is over.
    pub(super) fn lose(&mut self, id: LegId) {
        if !self.legs.get(&id).is_some_and(|leg| matches!(leg.phase, Phase::Up)) {
            return;
        }
        self.tell_ended(id, EndedBy::Timeout, Some(Cause::TIMEOUT));
        self.send_bye(id, Some(Cause::TIMEOUT.into()));
    }
}
