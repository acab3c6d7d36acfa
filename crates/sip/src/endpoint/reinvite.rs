//! re-INVITE, both ways, one at a time (RFC 3261 14), with 491 and its pause.

use super::compose::{ALLOW, body_of, with_body};
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
use terms::{LegId, limits};

/// How often in a row we try again after a 491.
const GLARES: u32 = 8;

impl Endpoint {
    /// A re-INVITE arrived.
    pub(super) fn reinvited(&mut self, id: LegId, incoming: &Incoming, key: ServerKey) {
        let Some(leg) = self.legs.get_mut(&id) else { return };
        match (&leg.phase, &leg.change) {
            _ if leg.told => return self.refuse_stateless(incoming, 481, "", "no dialog"),
            // RFC 3261 14.2: the earlier INVITE is still unanswered.
            (Phase::Offered { .. } | Phase::Placed { .. } | Phase::Waiting { .. }, _) | (_, Change::Asked { .. }) => {
                let pause = self.tokens.between(Duration::ZERO, Duration::from_secs(10)).as_secs();
                return self.refuse_with(incoming, 500, "", "invite pending", |b| b.header(Name::RetryAfter, pause));
            }
            // RFC 3261 14.2: ours is under way; RFC 5407 3.1.5: or the session is not settled yet.
            (Phase::Answered | Phase::Owing { .. } | Phase::Closing, _)
            | (_, Change::Asking { .. } | Change::Owing { .. }) => {
                return self.refuse_stateless(incoming, 491, "", "re-INVITE glare");
            }
            (Phase::Up, Change::None) if leg.repeat.is_some() => {
                return self.refuse_stateless(incoming, 491, "", "re-INVITE glare");
            }
            (Phase::Up, Change::None) => {}
        }
        if let Err(status) = check_session_body(&incoming.message) {
            return self.refuse_body(incoming, status);
        }
        let own = leg.chosen.and_then(|at| leg.dialogs.get_mut(at));
        let moved = own.is_some_and(|dialog| dialog.refresh_target(&incoming.message));
        if moved {
            self.keep(id);
        }
        let tx = self.accept(incoming, key);
        self.trying(tx, &incoming.message);
        if let Some(leg) = self.legs.get_mut(&id) {
            leg.change = Change::Asked { tx, request: Box::new(incoming.message.clone()) };
        }
        self.leg_event(id, LegEvent::Reinvited { remote: incoming.remote, body: body_of(&incoming.message) });
    }

    /// 200 to it.
    pub(super) fn answer_reinvite(&mut self, id: LegId, body: Option<Body>) {
        let Some((tx, request)) = self.take_asked(id) else { return };
        let bytes = self.dialog_response(id, &request, 200, body.as_ref());
        self.respond(tx, 200, bytes.clone());
        self.repeat_until_ack(id, tx, &request, bytes, request.body().is_empty());
    }

    /// A failure to it.
    pub(super) fn refuse_reinvite(&mut self, id: LegId, status: u16) {
        self.refuse_asked(id, status.clamp(300, 699));
        self.next_reinvite(id);
    }

    pub(super) fn refuse_asked(&mut self, id: LegId, status: u16) {
        let Some((tx, request)) = self.take_asked(id) else { return };
        let tag = self.legs.get(&id).map(|leg| leg.local_tag.clone()).unwrap_or_default();
        let bytes = self.open_response(&request, status, "", &tag).build();
        self.respond(tx, status, bytes);
    }

    fn take_asked(&mut self, id: LegId) -> Option<(TxId, Message)> {
        let leg = self.legs.get_mut(&id)?;
        match std::mem::take(&mut leg.change) {
            Change::Asked { tx, request } => Some((tx, *request)),
            other => {
                leg.change = other;
                None
            }
        }
    }

    /// Call control wants one.
    pub(super) fn reinvite(&mut self, id: LegId, body: Option<Body>) {
        let Some(leg) = self.legs.get_mut(&id) else { return };
        if leg.told {
            return;
        }
        if leg.wanted.len() >= limits::REINVITES_WAITING {
            return self.leg_event(id, LegEvent::ReinviteRefused { status: 491 });
        }
        leg.wanted.push_back(body);
        self.next_reinvite(id);
    }

    /// Sends the next one, if nothing stands in its way.
    pub(super) fn next_reinvite(&mut self, id: LegId) {
        let Some(leg) = self.legs.get_mut(&id) else { return };
        let free = matches!((&leg.phase, &leg.change), (Phase::Up, Change::None)) && leg.repeat.is_none() && !leg.told;
        if !free || self.deadlines.is_set(Due::Leg(id, LegTimer::Glare)) {
            return;
        }
        if let Some(body) = leg.wanted.pop_front() {
            self.send_reinvite(id, body);
        }
    }

    fn send_reinvite(&mut self, id: LegId, body: Option<Body>) {
        let Some(at) = self.legs.get(&id).and_then(|leg| leg.chosen) else { return };
        let Some(begun) = self.begin_within(id, at, &Method::Invite) else {
            return self.leg_event(id, LegEvent::ReinviteRefused { status: 503 });
        };
        let Some(leg) = self.legs.get(&id) else { return };
        let builder = begun.builder.header(Name::Contact, leg.contact_value()).header(Name::Allow, ALLOW);
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
            leg.change = Change::Asking { tx, body };
        }
    }

    /// Ours got a response.
    pub(super) fn reinvite_answered(&mut self, tx: TxId, id: LegId, status: u16, message: &Message) {
        match status {
            100..=199 => {}
            200..=299 => self.reinvite_accepted(tx, id, message),
            _ => self.reinvite_failed(id, status, Some(message)),
        }
    }

    fn reinvite_accepted(&mut self, tx: TxId, id: LegId, message: &Message) {
        let tag = message.to().ok().and_then(|to| to.tag().map(str::to_owned)).unwrap_or_default();
        if self.acknowledge_again(tx, &tag) {
            return;
        }
        let Some(leg) = self.legs.get_mut(&id) else { return };
        let Some(at) = leg.chosen else { return };
        let moved = leg.dialogs.get_mut(at).is_some_and(|dialog| dialog.refresh_target(message));
        let body = body_of(message);
        let asked = matches!(&leg.change, Change::Asking { tx: asking, .. } if *asking == tx);
        let offered = matches!(&leg.change, Change::Asking { body: Some(_), .. });
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
        if moved {
            self.keep(id);
        }
        if asked && !told {
            self.leg_event(id, LegEvent::ReinviteAnswered { body });
        }
        self.next_reinvite(id);
    }

    /// Ours failed.
    pub(super) fn reinvite_failed(&mut self, id: LegId, status: u16, message: Option<&Message>) {
        let Some(leg) = self.legs.get_mut(&id) else { return };
        let Change::Asking { body, .. } = std::mem::take(&mut leg.change) else { return };
        if leg.told {
            return;
        }
        if status == 491 && leg.glares < GLARES {
            leg.glares += 1;
            leg.wanted.push_front(body);
            let pause = if leg.ours {
                // RFC 3261 14.1: who chose the Call-ID waits longer, so that they do not meet again.
                self.tokens.between(Duration::from_millis(2_100), Duration::from_secs(4))
            } else {
                self.tokens.between(Duration::ZERO, Duration::from_secs(2))
            };
            return self.deadlines.set(Due::Leg(id, LegTimer::Glare), self.now.mono + pause);
        }
        if matches!(status, 401 | 407)
            && let Some(message) = message
            && self.take_challenge(id, message)
        {
            return self.send_reinvite(id, body);
        }
        self.leg_event(id, LegEvent::ReinviteRefused { status });
        // RFC 3261 12.2.1.2: the other side is gone.
        if matches!(status, 408 | 481) {
            return self.lose(id);
        }
        self.next_reinvite(id);
    }
}
