//! What becomes of an INVITE of ours: progress, answer, other forks, challenge, failure (RFC 3261 13.2.2).

use super::compose::body_of;
use super::leg::{Change, LegTimer, Phase, early_number};
use super::prack::Taken;
use super::update::takes;
use super::{Due, Endpoint};
use crate::dialog::Dialog;
use crate::face::{LegEvent, Reason};
use crate::message::{Message, Method};
use crate::transaction::PATIENCE;
use crate::transaction::store::{Purpose, TxId};
use terms::{LegId, limits};

/// How far above the INVITE's number the BYE of a fork is whose leg is gone.
const ORPHAN_GAP: u32 = 1 << 10;

impl Endpoint {
    pub(super) fn invite_answered(&mut self, tx: TxId, id: LegId, status: u16, message: &Message) {
        match status {
            100..=199 => self.invite_progressed(tx, id, status, message),
            200..=299 => self.invite_accepted(tx, id, message),
            _ => self.invite_refused(id, status, message),
        }
    }

    fn invite_progressed(&mut self, tx: TxId, id: LegId, status: u16, message: &Message) {
        let Some(leg) = self.legs.get_mut(&id) else { return };
        let (told, remote) = (leg.told, leg.remote);
        let Phase::Placed { provisional, .. } = &mut leg.phase else { return };
        let rings = !std::mem::replace(provisional, true);
        if rings {
            self.keep(id);
        }
        if told {
            // RFC 3261 9.1: now the CANCEL may go.
            return self.send_cancel(id);
        }
        if status == 100 {
            return;
        }
        // RFC 3261 12.1: without a tag it begins no dialog; it belongs to whichever is first.
        let early = match tag_of(message) {
            Some(tag) => self.early_dialog(tx, id, tag, message),
            None => Some(0),
        };
        let Some(early) = early else { return };
        if matches!(self.take_provisional(id, early, message), Taken::New) {
            self.leg_event(
                id,
                LegEvent::Progress { remote, status, early: early_number(early), body: body_of(message) },
            );
        }
    }

    /// The dialog that a provisional response names, begun with the first one of its tag; none beyond the limit.
    fn early_dialog(&mut self, tx: TxId, id: LegId, tag: &str, message: &Message) -> Option<usize> {
        let leg = self.legs.get(&id)?;
        if let Some(known) = leg.dialog_with(tag) {
            return Some(known);
        }
        if leg.dialogs.len() >= limits::EARLY_DIALOGS {
            return None;
        }
        let dialog = self.dialog_in(tx, message)?;
        self.add_dialog(id, dialog)
    }

    /// The dialog that a 2xx confirms or begins.
    fn confirmed_dialog(&mut self, tx: TxId, id: LegId, tag: &str, message: &Message) -> Option<usize> {
        let leg = self.legs.get_mut(&id)?;
        let Some(known) = leg.dialog_with(tag) else {
            let dialog = self.dialog_in(tx, message)?;
            return self.add_dialog(id, dialog);
        };
        let number = if let Phase::Placed { draft, .. } = &leg.phase { draft.seq } else { 0 };
        if let Some(early) = leg.dialogs.get_mut(known) {
            early.confirm(message, number);
        }
        Some(known)
    }

    fn add_dialog(&mut self, id: LegId, dialog: Dialog) -> Option<usize> {
        let leg = self.legs.get_mut(&id)?;
        leg.dialogs.push(dialog);
        Some(leg.dialogs.len() - 1)
    }

    /// The dialog that a response to an INVITE of ours speaks of.
    fn dialog_in(&self, tx: TxId, response: &Message) -> Option<Dialog> {
        let invite = Message::parse(self.transactions.client(tx)?.request.clone()).ok()?;
        Dialog::from_response(response, &invite).ok()
    }

    /// An early dialog is over, while others live (RFC 6228).
    pub(super) fn early_over(&mut self, id: LegId, at: usize) {
        let Some(leg) = self.legs.get(&id).filter(|leg| !leg.told) else { return };
        let remote = leg.remote;
        self.leg_event(id, LegEvent::Progress { remote, status: 199, early: early_number(at), body: None });
    }

    fn invite_accepted(&mut self, tx: TxId, id: LegId, message: &Message) {
        let tag = tag_of(message).unwrap_or_default();
        if self.acknowledge_again(tx, tag) {
            return;
        }
        let Some(leg) = self.legs.get(&id) else { return self.release_orphan(tx, message) };
        let (placed, told) = (matches!(leg.phase, Phase::Placed { .. }), leg.told);
        if leg.chosen.is_some() && leg.dialogs.len() >= 2 * limits::EARLY_DIALOGS {
            return;
        }
        let Some(at) = self.confirmed_dialog(tx, id, tag, message) else {
            self.counts.garbage += 1;
            return;
        };
        match (placed, told) {
            (true, false) => self.confirm(tx, id, at, message),
            (true, true) => self.confirm_unwanted(tx, id, at),
            (false, _) => self.release_fork(tx, id, at),
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

    fn confirm(&mut self, tx: TxId, id: LegId, at: usize, message: &Message) {
        let body = body_of(message);
        let Some(leg) = self.legs.get_mut(&id) else { return };
        let Phase::Placed { draft, .. } = &leg.phase else { return };
        // RFC 3261 13.2.2.4: an offer in the 2xx is answered in the ACK, and only call control can do that.
        let owing = draft.body.is_none() && body.is_some();
        leg.phase = if owing { Phase::Owing { tx } } else { Phase::Up };
        leg.chosen = Some(at);
        leg.challenges = 0;
        leg.updates = takes(message, &Method::Update);
        leg.takes_info = takes(message, &Method::Info);
        let remote = leg.remote;
        self.drop_other_offers(id, at);
        if owing {
            self.owe_ack(tx, tag_of(message).unwrap_or_default());
            self.deadlines.set(Due::Leg(id, LegTimer::NoAck), self.now.mono + PATIENCE);
        } else {
            self.acknowledge_success(id, at, tx, None);
        }
        self.session_agreed(id, message);
        self.keep(id);
        self.leg_event(id, LegEvent::Answered { remote, early: early_number(at), body });
        self.next_offer(id);
    }

    /// What was under way in an early dialog that lost is over.
    fn drop_other_offers(&mut self, id: LegId, at: usize) {
        let Some(leg) = self.legs.get_mut(&id) else { return };
        match leg.change {
            Change::Asked { at: other, .. } if other != at => self.refuse_asked(id, 481),
            Change::Asking { at: other, .. } if other != at => {
                leg.change = Change::None;
                self.leg_event(id, LegEvent::OfferRefused { status: 481 });
            }
            _ => {}
        }
    }

    /// The 2xx crossed our CANCEL, or came before it could be sent: ACK, then BYE (RFC 3261 9.1, 15).
    fn confirm_unwanted(&mut self, tx: TxId, id: LegId, at: usize) {
        self.deadlines.cancel(Due::Leg(id, LegTimer::Cancelled));
        self.farewell_said(id);
        let Some(leg) = self.legs.get_mut(&id) else { return };
        (leg.phase, leg.chosen, leg.challenges) = (Phase::Up, Some(at), 0);
        let reason = leg.reason;
        self.acknowledge_success(id, at, tx, None);
        self.send_bye(id, reason);
    }

    /// Another fork answered, too: ACK, then BYE (RFC 3261 13.2.2.4).
    fn release_fork(&mut self, tx: TxId, id: LegId, at: usize) {
        if self.transactions.client(tx).is_none_or(|transaction| transaction.acks.len() >= limits::EARLY_DIALOGS) {
            return;
        }
        self.acknowledge_success(id, at, tx, None);
        self.bye_in(id, at, Some(Reason::ELSEWHERE), Purpose::Orphan);
    }

    /// The same when the leg is gone.
    fn release_orphan(&mut self, tx: TxId, message: &Message) {
        let Some(transaction) = self.transactions.client(tx) else { return };
        let path = transaction.path;
        if transaction.acks.len() >= limits::EARLY_DIALOGS {
            return;
        }
        let Some(mut dialog) = self.dialog_in(tx, message) else { return };
        // What else was asked in it while it was early is no longer known (RFC 3261 12.2.2: a gap is no error).
        dialog.local_seq = dialog.local_seq.saturating_add(ORPHAN_GAP);
        let branch = self.tokens.branch();
        if let Some(ack) = self.write_ack(&dialog, tx, path, &branch, None) {
            self.send_ack(tx, ack);
        }
        self.bye_orphan(path, &mut dialog);
    }

    fn invite_refused(&mut self, id: LegId, status: u16, message: &Message) {
        let Some(leg) = self.legs.get_mut(&id) else { return };
        let told = leg.told;
        let Phase::Placed { draft, .. } = &mut leg.phase else { return };
        if matches!(status, 401 | 407 | 422) && !told {
            draft.seq += 1;
            let again = if status == 422 { self.take_interval(id, message) } else { self.take_challenge(id, message) };
            if again {
                return self.send_invite(id);
            }
        }
        let to = if (300..=399).contains(&status) { self.redirected_to(id, message) } else { None };
        self.invite_refused_with(id, status, message.reason_cause(), to);
    }
}

/// The tag of whoever answers.
fn tag_of(message: &Message) -> Option<&str> {
    message.to().ok()?.tag()
}
