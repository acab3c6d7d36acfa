//! What becomes of an INVITE of ours: progress, answer, other forks, challenge, failure (RFC 3261 13.2.2).

use super::compose::body_of;
use super::leg::{LegTimer, Phase};
use super::{Due, Endpoint};
use crate::dialog::Dialog;
use crate::face::LegEvent;
use crate::message::Message;
use crate::transaction::PATIENCE;
use crate::transaction::store::TxId;
use terms::{LegId, limits};

impl Endpoint {
    pub(super) fn invite_answered(&mut self, tx: TxId, id: LegId, status: u16, message: &Message) {
        match status {
            100..=199 => self.invite_progressed(id, status, message),
            200..=299 => self.invite_accepted(tx, id, message),
            _ => self.invite_refused(id, status, message),
        }
    }

    fn invite_progressed(&mut self, id: LegId, status: u16, message: &Message) {
        let Some(leg) = self.legs.get_mut(&id) else { return };
        let (told, remote) = (leg.told, leg.remote);
        let Phase::Placed { provisional, early, .. } = &mut leg.phase else { return };
        let rings = !std::mem::replace(provisional, true);
        let tag = message.to().ok().and_then(|to| to.tag().map(str::to_owned));
        // RFC 3261 12.1: without a tag it begins no dialog; it belongs to whichever is first.
        let early = match tag {
            Some(tag) => early_index(early, &tag),
            None => Some(0),
        };
        if rings {
            self.keep(id);
        }
        if told {
            // RFC 3261 9.1: now the CANCEL may go.
            return self.send_cancel(id);
        }
        if status > 100
            && let Some(early) = early
        {
            self.leg_event(id, LegEvent::Progress { remote, status, early, body: body_of(message) });
        }
    }

    fn invite_accepted(&mut self, tx: TxId, id: LegId, message: &Message) {
        let tag = message.to().ok().and_then(|to| to.tag().map(str::to_owned)).unwrap_or_default();
        if self.acknowledge_again(tx, &tag) {
            return;
        }
        let asked = self.transactions.client(tx).map(|t| t.request.clone());
        let asked = asked.and_then(|request| Message::parse(request).ok());
        let Some(dialog) = asked.and_then(|invite| Dialog::from_response(message, &invite).ok()) else {
            self.counts.garbage += 1;
            return;
        };
        match self.legs.get(&id).map(|leg| (&leg.phase, leg.told)) {
            Some((Phase::Placed { .. }, false)) => self.confirm(tx, id, dialog, &tag, message),
            Some((Phase::Placed { .. }, true)) => self.confirm_unwanted(tx, id, dialog),
            _ => self.release_fork(tx, id, dialog),
        }
    }

    /// The 2xx came again: so does our ACK (RFC 3261 13.2.2.4).
    pub(super) fn acknowledge_again(&mut self, tx: TxId, tag: &str) -> bool {
        let Some(transaction) = self.transactions.client(tx) else { return true };
        let Some(ack) = transaction.acks.iter().find(|ack| ack.tag == tag) else { return false };
        let (path, bytes) = (ack.path, ack.bytes.clone());
        if !bytes.is_empty() {
            self.transmit(path, bytes);
        }
        true
    }

    fn confirm(&mut self, tx: TxId, id: LegId, dialog: Dialog, tag: &str, message: &Message) {
        let Some(mut leg) = self.legs.remove(&id) else { return };
        let (draft, mut early) = match std::mem::replace(&mut leg.phase, Phase::Up) {
            Phase::Placed { draft, early, .. } => (draft, early),
            phase => {
                leg.phase = phase;
                self.legs.insert(id, leg);
                return;
            }
        };
        let index = early_index(&mut early, tag).unwrap_or(u32::MAX);
        let body = body_of(message);
        leg.dialog = Some(dialog.clone());
        leg.challenges = 0;
        // RFC 3261 13.2.2.4: an offer in the 2xx is answered in the ACK, and only call control can do that.
        if draft.body.is_none() && body.is_some() {
            leg.phase = Phase::Owing { tx };
            self.owe_ack(tx, tag);
            self.deadlines.set(Due::Leg(id, LegTimer::NoAck), self.now.mono + PATIENCE);
        } else {
            leg.phase = Phase::Up;
            self.acknowledge_success(&leg, &dialog, tx, None);
        }
        let remote = leg.remote;
        self.legs.insert(id, leg);
        self.keep(id);
        self.leg_event(id, LegEvent::Answered { remote, early: index, body });
        self.next_reinvite(id);
    }

    /// The 2xx crossed our CANCEL, or came before it could be sent: ACK, then BYE (RFC 3261 9.1, 15).
    fn confirm_unwanted(&mut self, tx: TxId, id: LegId, dialog: Dialog) {
        self.deadlines.cancel(Due::Leg(id, LegTimer::Cancelled));
        self.farewell_said(id);
        let Some(mut leg) = self.legs.remove(&id) else { return };
        leg.phase = Phase::Up;
        self.acknowledge_success(&leg, &dialog, tx, None);
        let cause = leg.cause;
        leg.dialog = Some(dialog);
        leg.challenges = 0;
        self.legs.insert(id, leg);
        self.send_bye(id, cause);
    }

    /// Another fork answered too, or the leg is over: ACK, then BYE (RFC 3261 13.2.2.4).
    fn release_fork(&mut self, tx: TxId, id: LegId, mut dialog: Dialog) {
        let Some(transaction) = self.transactions.client(tx) else { return };
        let path = transaction.path;
        if transaction.acks.len() >= limits::EARLY_DIALOGS {
            return;
        }
        let path = match self.legs.remove(&id) {
            Some(leg) => {
                let found = self.leg_path(&leg, &dialog);
                self.legs.insert(id, leg);
                found.unwrap_or(path)
            }
            None => path,
        };
        self.acknowledge_over(path, &dialog, tx, None);
        self.bye_orphan(path, &mut dialog);
    }

    fn invite_refused(&mut self, id: LegId, status: u16, message: &Message) {
        let Some(leg) = self.legs.get_mut(&id) else { return };
        let told = leg.told;
        let Phase::Placed { draft, .. } = &mut leg.phase else { return };
        if matches!(status, 401 | 407) && !told {
            draft.seq += 1;
            if self.take_challenge(id, message) {
                return self.send_invite(id);
            }
        }
        self.invite_failed(id, status, message.reason_cause());
    }
}

/// The number of an early dialog, in the order of appearance; none beyond the limit.
fn early_index(early: &mut Vec<String>, tag: &str) -> Option<u32> {
    let known = early.iter().position(|known| known == tag);
    let index = match known {
        Some(index) => index,
        None if early.len() < limits::EARLY_DIALOGS => {
            early.push(tag.to_owned());
            early.len() - 1
        }
        None => return None,
    };
    u32::try_from(index).ok()
}
