//! Reliable provisional responses of theirs (RFC 3262 4): taken in order within each early dialog, and acknowledged. An
//! offer in one is answered in its PRACK, and only call control can do that.

use super::Endpoint;
use super::compose::{body_of, with_body};
use super::leg::Phase;
use super::update::takes;
use crate::face::Body;
use crate::message::{Message, Method, Name};
use crate::transaction::store::{Purpose, TxId};
use terms::LegId;

/// What becomes of a provisional response.
pub(super) enum Taken {
    /// It is news.
    New,
    /// It came before, or too early.
    Again,
}

/// Whether a message asks for reliable provisional responses, or is one (RFC 3262 3, 4).
pub(super) fn requires_reliable(message: &Message) -> bool {
    message.require().any(|tag| tag.eq_ignore_ascii_case("100rel"))
}

impl Endpoint {
    /// A provisional response in an early dialog.
    pub(super) fn take_provisional(&mut self, id: LegId, at: usize, message: &Message) -> Taken {
        let Some(rseq) = message.rseq().filter(|_| requires_reliable(message)) else {
            return Taken::New;
        };
        let Some(leg) = self.legs.get_mut(&id) else { return Taken::Again };
        let Phase::Placed { draft, .. } = &leg.phase else { return Taken::Again };
        let (number, offered, body) = (draft.seq, draft.body.is_some(), !message.body().is_empty());
        let Some(dialog) = leg.dialogs.get_mut(at) else { return Taken::Again };
        // RFC 3262 4: one by one, and each once.
        if dialog.rseq.is_some_and(|last| last.checked_add(1) != Some(rseq)) {
            return Taken::Again;
        }
        dialog.rseq = Some(rseq);
        leg.updates |= takes(message, &Method::Update);
        if body && !offered && !dialog.settled {
            dialog.owed = Some((rseq, number));
        } else {
            dialog.settled |= body;
            self.send_prack(id, at, (rseq, number), None);
        }
        Taken::New
    }

    /// Call control answers an offer that came in a reliable response. False: none waits for an answer.
    pub(super) fn answer_in_prack(&mut self, id: LegId, body: &Body) -> bool {
        let Some(leg) = self.legs.get_mut(&id).filter(|leg| matches!(leg.phase, Phase::Placed { .. })) else {
            return false;
        };
        let owing = leg.dialogs.iter_mut().enumerate().find_map(|(at, dialog)| {
            let owed = dialog.owed.take()?;
            dialog.settled = true;
            Some((at, owed))
        });
        let Some((at, owed)) = owing else { return false };
        self.send_prack(id, at, owed, Some(body));
        true
    }

    fn send_prack(&mut self, id: LegId, at: usize, (rseq, number): (u32, u32), body: Option<&Body>) {
        let Some(begun) = self.begin_within(id, at, &Method::Prack) else { return };
        let builder = begun.builder.header(Name::RAck, format_args!("{rseq} {number} INVITE"));
        let request = with_body(builder, body).build();
        self.send_other(&Method::Prack, begun.branch, begun.path, request, Purpose::Prack(id));
    }

    /// Our PRACK was answered; a challenge is worth one more try. Whatever else is wrong with it, the INVITE will tell.
    pub(super) fn prack_answered(&mut self, tx: TxId, id: LegId, status: u16, message: &Message) {
        let sent = self.transactions.client(tx).and_then(|t| Message::parse(t.request.clone()).ok());
        let Some((sent, at)) = sent.and_then(|sent| {
            let at = self.legs.get(&id)?.dialog_with(sent.to().ok()?.tag().unwrap_or_default())?;
            Some((sent, at))
        }) else {
            return;
        };
        if matches!(status, 401 | 407)
            && let Some((rseq, cseq)) = sent.rack()
            && self.take_challenge(id, message)
        {
            self.send_prack(id, at, (rseq, cseq.number), body_of(&sent).as_ref());
        }
    }
}
