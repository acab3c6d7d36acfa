//! re-INVITE, both ways (RFC 3261 14).

use super::compose::{ALLOW, SUPPORTED, body_of, with_body};
use super::leg::{Change, LegTimer, Phase};
use super::receive::Incoming;
use super::request::check_session_body;
use super::{Due, Endpoint};
use crate::face::{Body, LegEvent};
use crate::message::{Message, Method, Name};
use crate::transaction::key::ServerKey;
use crate::transaction::store::{ClientState, ClientTransaction, Purpose, TxId};
use crate::transaction::{PATIENCE, invite_client};
use std::time::Duration;
use terms::LegId;

impl Endpoint {
    /// A re-INVITE arrived.
    pub(super) fn reinvited(&mut self, id: LegId, at: usize, incoming: &Incoming, key: ServerKey) {
        let Some(leg) = self.legs.get(&id) else { return };
        match (&leg.phase, &leg.change) {
            _ if leg.told => return self.refuse_stateless(incoming, 481, "", "no dialog"),
            // RFC 3261 14.2: the earlier INVITE is still unanswered.
            (Phase::Offered { .. } | Phase::Placed { .. } | Phase::Waiting { .. }, _) | (_, Change::Asked { .. }) => {
                return self.refuse_pending(incoming);
            }
            // RFC 3311 5.2: a sign of life of ours offers nothing.
            (Phase::Up, Change::Asking { refresh: true, update: true, .. }) if leg.repeat.is_none() => {}
            // RFC 3261 14.2: ours is under way; RFC 5407 3.1.5: or the session is not settled yet.
            (Phase::Answered | Phase::Owing { .. } | Phase::Closing | Phase::Lingering, _)
            | (_, Change::Asking { .. } | Change::Owing { .. }) => {
                return self.refuse_stateless(incoming, 491, "", "re-INVITE glare");
            }
            (Phase::Up, Change::None) if leg.repeat.is_some() => {
                return self.refuse_stateless(incoming, 491, "", "re-INVITE glare");
            }
            (Phase::Up, Change::None) => {}
        }
        if incoming.message.has(Name::Replaces) {
            // RFC 3891 3: only a new call can take the place of another.
            return self.refuse_stateless(incoming, 400, "", "bad Replaces");
        }
        if let Err(status) = check_session_body(&incoming.message) {
            return self.refuse_body(incoming, status);
        }
        if self.is_too_brief(&incoming.message) {
            return self.refuse_interval(incoming);
        }
        self.retarget(id, at, &incoming.message);
        let tx = self.accept(incoming, key);
        self.trying(tx, &incoming.message);
        if let Some(leg) = self.legs.get_mut(&id) {
            leg.change = Change::Asked { tx, request: Box::new(incoming.message.clone()), at };
        }
        self.leg_event(
            id,
            LegEvent::Offered { remote: incoming.remote, early: None, body: body_of(&incoming.message) },
        );
    }

    /// Sends one, or a sign of life that looks like one.
    pub(super) fn send_reinvite(&mut self, id: LegId, body: Option<Body>, refresh: bool) {
        let Some(at) = self.legs.get(&id).and_then(|leg| leg.chosen) else { return };
        let Some(begun) = self.begin_within(id, at, &Method::Invite) else {
            return match refresh {
                true => self.refresh_failed(id, 503, None),
                false => self.leg_event(id, LegEvent::OfferRefused { status: 503 }),
            };
        };
        self.describe_us(id, body.as_ref());
        let Some(leg) = self.legs.get(&id) else { return };
        let builder = begun.builder.header(Name::Contact, leg.contact_value()).header(Name::Allow, ALLOW);
        let builder = leg.name_other(leg.ask_session(builder.header(Name::Supported, SUPPORTED)));
        let tx = self.begin_client(ClientTransaction {
            key: self.keys.client(&begun.branch, Method::Invite.as_str()),
            state: ClientState::Invite(invite_client::State::Calling),
            path: begun.path,
            request: with_body(builder, body.as_ref()).build(),
            pause: Duration::ZERO,
            purpose: Purpose::Reinvite(id),
            acks: Vec::new(),
        });
        if let Some(leg) = self.legs.get_mut(&id) {
            leg.change = Change::Asking { tx, body, at, refresh, update: false };
        }
    }

    /// Ours got a response.
    pub(super) fn reinvite_answered(&mut self, tx: TxId, id: LegId, status: u16, message: &Message) {
        match status {
            100..=199 => {}
            200..=299 => self.reinvite_accepted(tx, id, message),
            _ => self.offer_failed(id, status, Some(message)),
        }
    }

    fn reinvite_accepted(&mut self, tx: TxId, id: LegId, message: &Message) {
        let tag = message.to().ok().and_then(|to| to.tag().map(str::to_owned)).unwrap_or_default();
        if self.acknowledge_again(tx, &tag) {
            return;
        }
        let Some(leg) = self.legs.get_mut(&id) else { return };
        let Some(at) = leg.chosen else { return };
        self.retarget(id, at, message);
        let Some(leg) = self.legs.get_mut(&id) else { return };
        let body = body_of(message);
        let (asked, offered, refresh) = match &leg.change {
            Change::Asking { tx: asking, body, refresh, .. } if *asking == tx => (true, body.is_some(), *refresh),
            _ => (false, true, false),
        };
        (leg.glares, leg.challenges) = (0, 0);
        let told = leg.told;
        if asked && !offered && body.is_some() && !told {
            leg.change = Change::Owing { tx };
            self.owe_ack(tx, &tag);
            self.deadlines.set(Due::Leg(id, LegTimer::NoAck), self.now.mono + PATIENCE);
        } else {
            if asked {
                leg.change = Change::None;
            }
            self.acknowledge_success(id, at, tx, None);
        }
        self.session_agreed(id, message);
        if asked && !told && !refresh {
            self.leg_event(id, LegEvent::OfferAnswered { body });
        }
        self.next_offer(id);
    }
}
