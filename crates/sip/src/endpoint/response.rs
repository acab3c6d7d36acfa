//! A response arrives (RFC 3261 8.1.3, 17.1.3, 18.1.2): to the transaction that waits for it, or nowhere.

use super::Endpoint;
use super::leg::Peer;
use crate::digest::{Answerer, Challenged};
use crate::message::Message;
use crate::transaction::store::{Purpose, TxId};

impl Endpoint {
    pub(super) fn response(&mut self, message: Message) {
        let Some((id, status)) = self.match_response(&message) else {
            self.counts.stray_responses += 1;
            return;
        };
        let Some(transaction) = self.transactions.client(id) else { return };
        let purpose = transaction.purpose.clone();
        if !self.client_heard(id, status, &message) {
            return;
        }
        match purpose {
            Purpose::Invite(leg) => self.invite_answered(id, leg, status, &message),
            Purpose::Reinvite(leg) => self.reinvite_answered(id, leg, status, &message),
            Purpose::Bye(leg) if status >= 200 => self.bye_answered(leg, status, &message),
            Purpose::Info(leg) if status >= 200 => self.info_answered(id, leg, status, &message),
            Purpose::Prack(leg) if status >= 200 => self.prack_answered(id, leg, status, &message),
            Purpose::Update(leg) if status >= 200 => self.update_answered(id, leg, status, &message),
            Purpose::Notify { leg, refer, over } if status >= 200 => self.notify_answered(leg, refer, over, status),
            Purpose::News { sub, seq } if status >= 200 => self.news_answered(sub, seq, status, &message),
            Purpose::Text(text) if status >= 200 => self.text_answered(text, status),
            Purpose::Refer(leg) if status >= 200 => self.refer_answered(id, leg, status, &message),
            Purpose::Ask(phone, binding) if status >= 200 => self.ask_answered(phone, binding, status),
            Purpose::Probe(trunk) if status >= 200 => self.probe_answered(trunk, status),
            Purpose::Register(account) if status >= 200 => self.registration_answered(account, status, &message),
            _ => {}
        }
    }

    /// The request that a response answers, by what RFC 3261 17.1.3 compares and nothing else: a flaw in another
    /// field costs only what that field would have said.
    fn match_response(&self, message: &Message) -> Option<(TxId, u16)> {
        let status = message.status().filter(|_| message.speaks_our_version())?;
        let mut vias = message.vias();
        let top = vias.next()?.ok()?;
        // RFC 3261 8.1.3.3: with a second Via it was meant for somebody else.
        if vias.next().is_some() {
            return None;
        }
        let method = message.cseq().ok()?.method;
        let id = self.transactions.find_client(&self.keys.client(top.branch?, method.as_str()))?;
        Some((id, status))
    }

    /// Our BYE was answered; a challenge is worth one more try.
    fn bye_answered(&mut self, id: terms::LegId, status: u16, message: &Message) {
        if matches!(status, 401 | 407) && self.take_challenge(id, message) {
            let reason = self.legs.get(&id).and_then(|leg| leg.reason);
            return self.send_bye(id, reason);
        }
        self.farewell_said(id);
        self.forget_leg(id);
    }

    /// Whether a challenge can be answered; each request gets two tries (the second one for a stale nonce).
    pub(super) fn take_challenge(&mut self, id: terms::LegId, message: &Message) -> bool {
        let Some(leg) = self.legs.get_mut(&id) else { return false };
        if let (None, Peer::Trunk(trunk)) = (&leg.answerer, leg.peer) {
            // It began the call, and now wants to know who it is that asks for something in it.
            let known = self.directory.trunk(trunk).and_then(|peer| peer.credentials.as_ref());
            leg.answerer = known.map(|known| Answerer::new(&known.user, &known.password, self.tokens.next_u64()));
        }
        let Some(answerer) = &mut leg.answerer else { return false };
        leg.challenges += 1;
        leg.challenges <= 2 && answerer.take(message) == Challenged::Taken
    }
}
