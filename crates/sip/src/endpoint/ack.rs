//! ACK, both ways: theirs for our final responses, ours for their 2xx (RFC 3261 13.2.2.4, 13.3.1.4, 17.1.1.3).

use super::compose::{body_of, with_body};
use super::leg::{Change, Leg, LegTimer, Phase};
use super::receive::Incoming;
use super::{Due, Endpoint};
use crate::dialog::Dialog;
use crate::face::{Body, LegEvent};
use crate::message::{Builder, Message, Method, Name};
use crate::transaction::store::{Path, SentAck, ServerState, TxId};
use crate::transaction::{T2, invite_server};
use bytes::Bytes;
use terms::LegId;

impl Endpoint {
    /// An ACK arrived. `known`: the INVITE transaction with the same branch.
    pub(super) fn ack(&mut self, incoming: &Incoming, known: Option<TxId>) {
        let accepted = |state| state == ServerState::Invite(invite_server::State::Accepted);
        match known {
            Some(id) if !self.transactions.server(id).is_some_and(|t| accepted(t.state)) => {
                self.server_acknowledged(id);
            }
            // RFC 3261 13.3.1.4: an ACK for a 2xx has a branch of its own, as a rule.
            _ => self.ack_in_dialog(incoming),
        }
    }

    fn ack_in_dialog(&mut self, incoming: &Incoming) {
        let message = &incoming.message;
        let seq = message.cseq().map(|cseq| cseq.number).unwrap_or_default();
        let found = self.find_living(message).map(|(id, _)| id);
        // Nobody can be challenged for an ACK (RFC 3261 22.1).
        let near = |id: &LegId| self.legs.get(id).is_some_and(|leg| self.comes_from(leg, incoming));
        let Some(id) = found.filter(near) else {
            self.counts.stray_acks += 1;
            return;
        };
        let Some(leg) = self.legs.get_mut(&id) else { return };
        let Some(repeat) = leg.repeat.take_if(|repeat| repeat.seq == seq) else { return };
        self.deadlines.cancel(Due::Leg(id, LegTimer::Repeat));
        self.deadlines.cancel(Due::Leg(id, LegTimer::NoAck));
        let body = body_of(message).filter(|_| repeat.offer);
        if matches!(leg.phase, Phase::Answered) {
            leg.phase = Phase::Up;
            if let Some(reason) = leg.reason {
                // RFC 3261 15: it was released while the ACK was on its way; now BYE is allowed.
                return self.send_bye(id, Some(reason));
            }
            self.leg_event(id, LegEvent::Established { body });
        } else if body.is_some() && !leg.told {
            self.leg_event(id, LegEvent::Established { body });
        }
        self.next_offer(id);
    }

    /// Our 2xx again (RFC 3261 13.3.1.4: from T1, doubling up to T2, over any transport).
    pub(super) fn repeat_answer(&mut self, id: LegId) {
        let Some(repeat) = self.legs.get_mut(&id).and_then(|leg| leg.repeat.as_mut()) else { return };
        repeat.pause = (repeat.pause * 2).min(T2);
        let (path, bytes, pause) = (repeat.path, repeat.bytes.clone(), repeat.pause);
        self.deadlines.set(Due::Leg(id, LegTimer::Repeat), self.now.mono + pause);
        self.transmit(path, bytes);
    }

    /// The ACK for a failure, within the transaction of the INVITE (RFC 3261 17.1.1.3).
    pub(super) fn acknowledge_failure(&mut self, id: TxId, response: &Message) {
        let Some(transaction) = self.transactions.client(id) else { return };
        let path = transaction.path;
        let Ok(invite) = Message::parse(transaction.request.clone()) else { return };
        // The To of the response, with its tag; where that cannot be read, our own.
        let named = if response.to().is_ok() { response } else { &invite };
        let to = named.raw(Name::To).next().unwrap_or_default();
        let ack = same_hop(&Method::Ack, &invite).header(Name::To, to);
        self.transmit(path, finish_same_hop(ack, &Method::Ack, &invite));
    }

    /// The ACK for a 2xx to an INVITE of this leg; kept to be sent again.
    pub(super) fn acknowledge_success(&mut self, id: LegId, at: usize, tx: TxId, body: Option<&Body>) {
        let Some(path) = self.dialog_path(id, at) else { return };
        let branch = self.tokens.branch();
        let Some(dialog) = self.legs.get(&id).and_then(|leg| leg.dialogs.get(at)) else { return };
        if let Some(ack) = self.write_ack(dialog, tx, path, &branch, body) {
            self.send_ack(tx, ack);
        }
    }

    /// It has the CSeq number and the credentials of the INVITE (RFC 3261 13.2.2.4).
    pub(super) fn write_ack(
        &self,
        dialog: &Dialog,
        tx: TxId,
        path: Path,
        branch: &str,
        body: Option<&Body>,
    ) -> Option<SentAck> {
        let invite = self.transactions.client(tx).and_then(|t| Message::parse(t.request.clone()).ok())?;
        let seq = invite.cseq().map(|cseq| cseq.number).unwrap_or_default();
        let builder = self.dialog_request(dialog, &Method::Ack, seq, path, branch);
        let builder = builder.copy(&invite, Name::Authorization).copy(&invite, Name::ProxyAuthorization);
        Some(SentAck { tag: dialog.remote_tag.clone(), path, bytes: with_body(builder, body).build() })
    }

    pub(super) fn send_ack(&mut self, tx: TxId, ack: SentAck) {
        self.transmit(ack.path, ack.bytes.clone());
        self.keep_ack(tx, ack);
    }

    /// Remembers an ACK for the repeats of its 2xx.
    fn keep_ack(&mut self, tx: TxId, ack: SentAck) {
        let Some(transaction) = self.transactions.client_mut(tx) else { return };
        if let Some(known) = transaction.acks.iter_mut().find(|known| known.tag == ack.tag) {
            *known = ack;
        } else if transaction.acks.len() < terms::limits::EARLY_DIALOGS {
            transaction.acks.push(ack);
        }
    }

    /// Notes a 2xx whose ACK call control owes: repeats of it are met with silence until then.
    pub(super) fn owe_ack(&mut self, tx: TxId, tag: &str) {
        if let Some(path) = self.transactions.client(tx).map(|t| t.path) {
            self.keep_ack(tx, SentAck { tag: tag.to_owned(), path, bytes: Bytes::new() });
        }
    }

    /// Call control gives the answer for an ACK that waits for it.
    pub(super) fn acknowledge(&mut self, id: LegId, body: Body) {
        self.describe_us(id, Some(&body));
        if self.answer_in_prack(id, &body) {
            return;
        }
        let Some((tx, at)) = self.legs.get(&id).and_then(|leg| leg.owed().zip(leg.chosen)) else { return };
        self.deadlines.cancel(Due::Leg(id, LegTimer::NoAck));
        self.acknowledge_success(id, at, tx, Some(&body));
        if let Some(leg) = self.legs.get_mut(&id) {
            match leg.phase {
                Phase::Owing { .. } => leg.phase = Phase::Up,
                _ => leg.change = Change::None,
            }
        }
        self.next_offer(id);
    }
}

impl Leg {
    /// The INVITE of ours whose ACK waits for call control's answer.
    pub(super) fn owed(&self) -> Option<TxId> {
        match (&self.phase, &self.change) {
            (Phase::Owing { tx }, _) | (Phase::Up, Change::Owing { tx }) => Some(*tx),
            _ => None,
        }
    }
}

/// Begins a request that belongs to the hop of another: same Request-URI, top Via and route (CANCEL, ACK for a failure).
pub(super) fn same_hop(method: &Method, request: &Message) -> Builder {
    let via = request.raw_values(Name::Via).next().map(|via| String::from_utf8_lossy(via).into_owned());
    Builder::request(method, request.uri_raw())
        .header(Name::Via, via.unwrap_or_default())
        .header(Name::MaxForwards, super::compose::MAX_FORWARDS)
        .copy(request, Name::Route)
        .copy(request, Name::From)
}

/// Ends it: same Call-ID and CSeq number.
pub(super) fn finish_same_hop(builder: Builder, method: &Method, request: &Message) -> Bytes {
    let seq = request.cseq().map(|cseq| cseq.number).unwrap_or_default();
    builder.copy(request, Name::CallId).header(Name::CSeq, format_args!("{seq} {method}")).build()
}
