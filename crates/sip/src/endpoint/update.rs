//! UPDATE, both ways (RFC 3311): offers while a call is early, theirs at any time, and signs of life (RFC 4028).

use super::Endpoint;
use super::compose::{ALLOW, SUPPORTED, body_of, with_body};
use super::leg::{Change, Leg, Phase, early_number};
use super::receive::Incoming;
use super::request::check_session_body;
use crate::face::{Body, LegEvent};
use crate::message::{Message, Method, Name};
use crate::transaction::key::ServerKey;
use crate::transaction::store::{Purpose, TxId};
use std::time::Duration;
use terms::LegId;

/// Why an offer of theirs cannot be taken now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Busy {
    /// Ours is under way: 491.
    Glare,
    /// Theirs before it is not answered yet: 500 with Retry-After.
    Pending,
}

/// Whether the sender says that it takes a method (RFC 3261 20.5; of UPDATE, RFC 3311 4).
pub(super) fn takes(message: &Message, method: &Method) -> bool {
    message.raw_values(Name::Allow).any(|allowed| allowed == method.as_str().as_bytes())
}

impl Leg {
    /// RFC 3311 5.2: whether an offer in an UPDATE meets another one.
    fn meets(&self, at: usize) -> Option<Busy> {
        let settled = self.dialogs.get(at).is_some_and(|dialog| dialog.settled);
        match (&self.change, &self.phase) {
            (Change::Asked { .. }, _) => Some(Busy::Pending),
            (Change::Asking { body: Some(_), .. } | Change::Owing { .. }, _) => Some(Busy::Glare),
            (Change::Asking { refresh: false, .. } | Change::Asking { update: false, .. }, Phase::Up) => {
                Some(Busy::Glare)
            }
            (_, Phase::Placed { .. } | Phase::Waiting { .. }) if !settled => Some(Busy::Glare),
            (_, Phase::Offered { .. }) if !settled => Some(Busy::Pending),
            (_, Phase::Owing { .. }) => Some(Busy::Pending),
            // Our 2xx carried the offer, and its ACK is not there yet.
            _ if self.repeat.as_ref().is_some_and(|repeat| repeat.offer) => Some(Busy::Glare),
            _ => None,
        }
    }
}

impl Endpoint {
    /// An UPDATE arrived.
    pub(super) fn updated(&mut self, id: LegId, at: usize, incoming: &Incoming, key: ServerKey) {
        let message = &incoming.message;
        let Some(leg) = self.legs.get(&id).filter(|leg| !leg.told && !matches!(leg.phase, Phase::Closing)) else {
            return self.refuse_stateless(incoming, 481, "", "no dialog");
        };
        let busy = leg.meets(at).filter(|_| !message.body().is_empty());
        if let Err(status) = check_session_body(message) {
            return self.refuse_body(incoming, status);
        }
        match busy {
            Some(Busy::Glare) => return self.refuse_stateless(incoming, 491, "", "offers meet"),
            Some(Busy::Pending) => return self.refuse_pending(incoming),
            None => {}
        }
        if self.is_too_brief(message) {
            return self.refuse_interval(incoming);
        }
        self.retarget(id, at, message);
        let tx = self.accept(incoming, key);
        match body_of(message) {
            None => {
                let session = self.agree_session(id, message);
                let bytes = self.dialog_response(id, message, 200, session, None);
                self.respond(tx, 200, bytes);
            }
            body => {
                let Some(leg) = self.legs.get_mut(&id) else { return };
                leg.change = Change::Asked { tx, request: Box::new(message.clone()), at };
                let early = leg.chosen.is_none().then(|| early_number(at));
                self.leg_event(id, LegEvent::Offered { remote: incoming.remote, early, body });
            }
        }
    }

    /// RFC 3261 14.2, RFC 3311 5.2: an earlier request of theirs is still unanswered.
    pub(super) fn refuse_pending(&mut self, incoming: &Incoming) {
        let pause = self.tokens.between(Duration::ZERO, Duration::from_secs(10)).as_secs();
        self.refuse_with(incoming, 500, "", "invite pending", |b| b.header(Name::RetryAfter, pause));
    }

    /// RFC 3261 12.2.2, RFC 3311 5.2: it may move the remote target.
    pub(super) fn retarget(&mut self, id: LegId, at: usize, message: &Message) {
        let Some(leg) = self.legs.get_mut(&id) else { return };
        let moved = leg.dialogs.get_mut(at).is_some_and(|dialog| dialog.refresh_target(message));
        if moved && leg.chosen.is_some() {
            self.keep(id);
        }
    }

    /// An offer of ours in an early dialog.
    pub(super) fn send_update(&mut self, id: LegId, at: usize, body: Option<Body>) {
        match self.write_update(id, at, body.as_ref()) {
            None => self.leg_event(id, LegEvent::OfferRefused { status: 503 }),
            Some(tx) => {
                self.describe_us(id, body.as_ref());
                if let Some(leg) = self.legs.get_mut(&id) {
                    leg.change = Change::Asking { tx, body, at, refresh: false, update: true };
                }
            }
        }
    }

    /// A sign of life without an offer.
    pub(super) fn send_refresh(&mut self, id: LegId, at: usize) -> bool {
        let Some(tx) = self.write_update(id, at, None) else { return false };
        if let Some(leg) = self.legs.get_mut(&id) {
            leg.change = Change::Asking { tx, body: None, at, refresh: true, update: true };
        }
        true
    }

    fn write_update(&mut self, id: LegId, at: usize, body: Option<&Body>) -> Option<TxId> {
        let begun = self.begin_within(id, at, &Method::Update)?;
        let leg = self.legs.get(&id)?;
        let builder = begun.builder.header(Name::Contact, leg.contact_value()).header(Name::Allow, ALLOW);
        let builder = leg.name_other(leg.ask_session(builder.header(Name::Supported, SUPPORTED)));
        let request = with_body(builder, body).build();
        Some(self.send_other(&Method::Update, begun.branch, begun.path, request, Purpose::Update(id)))
    }

    /// Ours got its final response.
    pub(super) fn update_answered(&mut self, tx: TxId, id: LegId, status: u16, message: &Message) {
        let Some(leg) = self.legs.get_mut(&id) else { return };
        let Change::Asking { tx: asking, at, refresh, .. } = leg.change else { return };
        if asking != tx {
            return;
        }
        if status >= 300 {
            return self.offer_failed(id, status, Some(message));
        }
        leg.change = Change::None;
        (leg.glares, leg.challenges) = (0, 0);
        let told = leg.told;
        self.retarget(id, at, message);
        self.session_agreed(id, message);
        if !refresh && !told {
            self.leg_event(id, LegEvent::OfferAnswered { body: body_of(message) });
        }
        self.next_offer(id);
    }
}
