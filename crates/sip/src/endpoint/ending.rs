//! The end of a leg as its state demands (RFC 3261 15), and what runs out on its own.

use super::leg::{Change, LegTimer, Phase};
use super::{Due, Endpoint};
use crate::face::{EndedBy, LegEvent, Reason};
use crate::transaction::invite_client::State;
use crate::transaction::store::{ClientState, TxId};
use crate::transaction::{PATIENCE, Timer};
use terms::{Cause, LegId, Pii};

impl Endpoint {
    /// Call control lets a leg go. It is told so at once; what remains to be said to the other side is
    /// said without it.
    pub(super) fn release(&mut self, id: LegId, reason: Reason) {
        let Some(leg) = self.legs.get_mut(&id) else { return };
        if leg.told {
            return;
        }
        let cause = reason.cause;
        // That somebody else has taken the call is said to those who ring, and to nobody who called or talks.
        let talks = id.is_inbound() || matches!(leg.phase, Phase::Up);
        let reason = if talks && reason == Reason::ELSEWHERE { Reason { cause, status: None } } else { reason };
        leg.reason = Some(reason);
        leg.wanted.clear();
        self.tell_ended(id, EndedBy::Us, Some(cause));
        match self.legs.get(&id).map(|leg| &leg.phase) {
            Some(Phase::Offered { .. }) => {
                self.refuse_offered(id, cause.to_status(), Some(cause), None);
                self.forget_leg(id);
            }
            // RFC 3261 15: no BYE before the ACK. `ack_in_dialog` or `no_ack` sends it.
            Some(Phase::Answered) => {}
            Some(Phase::Waiting { .. }) => self.forget_leg(id),
            Some(Phase::Placed { .. }) => self.send_cancel(id),
            Some(Phase::Owing { .. }) => {
                self.ack_without_answer(id);
                self.send_bye(id, Some(reason));
            }
            Some(Phase::Up) => {
                self.ack_without_answer(id);
                self.send_bye(id, Some(reason));
            }
            Some(Phase::Closing | Phase::Lingering) | None => {}
        }
    }

    /// Nobody acknowledged our 2xx (RFC 3261 13.3.1.4), or call control owes an answer for too long.
    pub(super) fn no_ack(&mut self, id: LegId) {
        self.deadlines.cancel(Due::Leg(id, LegTimer::Repeat));
        let Some(leg) = self.legs.get_mut(&id) else { return };
        leg.repeat = None;
        let reason = leg.reason.unwrap_or(Cause::TIMEOUT.into());
        self.tell_ended(id, EndedBy::Timeout, Some(reason.cause));
        self.ack_without_answer(id);
        self.send_bye(id, Some(reason));
    }

    /// An INVITE of ours came to nothing: cancelled without an answer, or its link never came up.
    pub(super) fn gave_up(&mut self, id: LegId, timer: LegTimer) {
        let Some(leg) = self.legs.get(&id) else { return };
        if let Phase::Placed { tx, .. } = leg.phase {
            self.drop_client(tx);
        }
        match timer {
            LegTimer::Connect => self.invite_failed(id, 408, None),
            _ => self.forget_leg(id),
        }
    }

    /// A 2xx with an offer must be acknowledged even when nobody will answer it any more.
    fn ack_without_answer(&mut self, id: LegId) {
        let owed = self.legs.get(&id).and_then(|leg| leg.owed().zip(leg.chosen));
        if let Some((tx, at)) = owed {
            self.acknowledge_success(id, at, tx, None);
        }
    }

    /// Our INVITE failed: call control hears it, unless it has let the leg go already.
    pub(super) fn invite_failed(&mut self, id: LegId, status: u16, cause: Option<Cause>) {
        self.invite_refused_with(id, status, cause, None);
    }

    /// The same; whoever refused may say where the call should go.
    pub(super) fn invite_refused_with(
        &mut self,
        id: LegId,
        status: u16,
        cause: Option<Cause>,
        to: Option<Pii<String>>,
    ) {
        let Some(leg) = self.legs.get_mut(&id) else { return };
        if !std::mem::replace(&mut leg.told, true) {
            self.leg_event(id, LegEvent::Refused { status, cause, to: to.map(Box::new) });
        }
        self.forget_leg(id);
    }

    /// An INVITE with nothing but provisional responses has no timer of its own. When nobody waits for it any
    /// more, it still lives for a while, so that its final response finds somebody to acknowledge it.
    fn limit_invite(&mut self, tx: TxId) {
        if self.transactions.client(tx).is_some_and(|t| t.state == ClientState::Invite(State::Proceeding)) {
            self.deadlines.set(Due::Transaction(tx, Timer::B), self.now.mono + PATIENCE);
        }
    }

    /// Drops a leg with everything that points to it.
    pub(super) fn forget_leg(&mut self, id: LegId) {
        self.refuse_asked(id, 487);
        self.refuse_refers(id);
        self.silence(id);
        let Some(leg) = self.legs.remove(&id) else { return };
        if let Change::Asking { tx, .. } = leg.change {
            self.limit_invite(tx);
        }
        let key = self.keys.dialog(&leg.call_id, &leg.local_tag);
        if self.dialogs.get(&key) == Some(&id) {
            self.dialogs.remove(&key);
        }
        self.let_go(id, leg.kept);
        debug_assert!(leg.told, "a leg must not vanish without a word");
    }
}
