//! Offers and answers within a dialog (RFC 3264, RFC 3261 14, RFC 3311), one at a time whatever message carries them: the
//! queue of ours, the answers to theirs, and the pause after both have offered at once.

use super::leg::{Change, LegTimer, Phase};
use super::{Due, Endpoint};
use crate::face::{Body, LegEvent};
use crate::message::{Message, Method};
use crate::transaction::store::TxId;
use std::time::Duration;
use terms::{LegId, limits};

/// How often in a row we try again after a 491.
const GLARES: u32 = 8;

impl Endpoint {
    /// Call control has an offer, or asks for theirs.
    pub(super) fn offer(&mut self, id: LegId, body: Option<Body>) {
        let Some(leg) = self.legs.get_mut(&id).filter(|leg| !leg.told) else { return };
        if leg.wanted.len() >= limits::OFFERS_WAITING {
            return self.leg_event(id, LegEvent::OfferRefused { status: 491 });
        }
        leg.wanted.push_back(body);
        self.next_offer(id);
    }

    /// Sends the next one, if nothing stands in its way: in an early dialog by UPDATE, later by re-INVITE (RFC 3311 5.1).
    pub(super) fn next_offer(&mut self, id: LegId) {
        let Some(leg) = self.legs.get_mut(&id) else { return };
        if leg.told || !matches!(leg.change, Change::None) {
            return;
        }
        if leg.wanted.is_empty() {
            return if leg.news {
                self.tell_news(id)
            };
        }
        let early = match leg.phase {
            Phase::Up if leg.repeat.is_none() => None,
            Phase::Placed { .. } | Phase::Offered { .. }
                if leg.updates && matches!(leg.wanted.front(), Some(Some(_))) =>
            {
                let Some(at) = leg.dialogs.iter().position(|dialog| dialog.settled) else { return };
                Some(at)
            }
            _ => return,
        };
        if self.deadlines.is_set(Due::Leg(id, LegTimer::Glare)) {
            return;
        }
        let Some(body) = self.legs.get_mut(&id).and_then(|leg| leg.wanted.pop_front()) else { return };
        match early {
            Some(at) => self.send_update(id, at, body),
            None => self.send_reinvite(id, body, false),
        }
    }

    /// 200 to an offer of theirs.
    pub(super) fn answer_offer(&mut self, id: LegId, body: Option<Body>) {
        let Some((tx, request)) = self.take_asked(id) else { return };
        self.describe_us(id, body.as_ref());
        let session = self.agree_session(id, &request);
        let bytes = self.dialog_response(id, &request, 200, session, body.as_ref());
        self.respond(tx, 200, bytes.clone());
        if request.method() == Some(&Method::Invite) {
            self.repeat_until_ack(id, tx, &request, bytes, request.body().is_empty());
        } else {
            self.next_offer(id);
        }
    }

    /// A failure to it; the session stays as it was.
    pub(super) fn refuse_offer(&mut self, id: LegId, status: u16) {
        self.refuse_asked(id, status.clamp(300, 699));
        self.next_offer(id);
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
            Change::Asked { tx, request, .. } => Some((tx, *request)),
            other => {
                leg.change = other;
                None
            }
        }
    }

    /// Ours failed.
    pub(super) fn offer_failed(&mut self, id: LegId, status: u16, message: Option<&Message>) {
        let Some(leg) = self.legs.get_mut(&id) else { return };
        let Change::Asking { body, at, refresh, update, .. } = std::mem::take(&mut leg.change) else { return };
        if leg.told {
            return;
        }
        if refresh {
            return self.refresh_failed(id, status, message);
        }
        if status == 491 && leg.glares < GLARES {
            leg.glares += 1;
            leg.wanted.push_front(body);
            let pause = self.glare_pause(id);
            return self.deadlines.set(Due::Leg(id, LegTimer::Glare), self.now.mono + pause);
        }
        if update && matches!(status, 405 | 501) {
            // It does not know UPDATE after all: the offer waits until the call is answered.
            leg.updates = false;
            leg.wanted.push_front(body);
            return self.next_offer(id);
        }
        if matches!(status, 401 | 407)
            && let Some(message) = message
            && self.take_challenge(id, message)
        {
            return if update { self.send_update(id, at, body) } else { self.send_reinvite(id, body, false) };
        }
        self.leg_event(id, LegEvent::OfferRefused { status });
        // RFC 3261 12.2.1.2: the other side is gone.
        if matches!(status, 408 | 481) {
            return self.lose(id);
        }
        self.next_offer(id);
    }

    /// RFC 3261 14.1, RFC 3311 5.3: who chose the Call-ID waits longer, so that they do not meet again.
    pub(super) fn glare_pause(&mut self, id: LegId) -> Duration {
        match self.legs.get(&id).is_some_and(|leg| leg.ours) {
            true => self.tokens.between(Duration::from_millis(2_100), Duration::from_secs(4)),
            false => self.tokens.between(Duration::ZERO, Duration::from_secs(2)),
        }
    }
}
