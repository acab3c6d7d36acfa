//! Offers and answers of one leg (RFC 3264, RFC 6337): here, since only call control sees both SIP and SDP. An offer is
//! read once, when it comes, and answered once, when an answer is needed; of what several early dialogs of one INVITE
//! answer, each has a negotiation of its own, until one of them is confirmed.

use super::Leg;
use super::talk::sdp_of;
use crate::desk::Desk;
use media::StreamSettings;
use media::codec::Codec;
use media::sdp::{Direction, Refusal, State};
use sip::Body;
use std::net::SocketAddr;

impl Leg {
    /// The other side has signalled from here.
    pub fn signalled_from(&mut self, remote: SocketAddr) {
        self.talk.via = Some(remote);
    }

    /// Where the other side signals from.
    pub fn signals_from(&self) -> Option<SocketAddr> {
        self.talk.via
    }

    /// Whether what they offered can be reached from the port that the stream has now.
    pub fn is_reached(&self) -> bool {
        self.talk.local.is_some_and(|local| self.talk.negotiation.is_reached_from(local))
    }

    /// What goes into a 183 or a 200 of ours: the answer to their offer, or our offer when they made none; the same again
    /// whenever it is asked for.
    pub fn description(&mut self, desk: &mut Desk<'_>) -> Result<Body, u16> {
        let local = self.talk.local.ok_or(500_u16)?;
        match self.talk.negotiation.state() {
            State::RemoteOffer => self.answer_now(desk, local),
            State::Idle => {
                self.talk.negotiation.offer(local, Direction::SendRecv).map(Body::sdp).map_err(Refusal::status)
            }
            State::LocalOffer | State::Stable => {
                let said = self.talk.negotiation.description().map(|text| Body::sdp(text.to_owned()));
                said.ok_or(500)
            }
        }
    }

    /// Our first offer. Only once the stream is open.
    pub fn offer(&mut self) -> Option<Body> {
        let offer = self.talk.negotiation.offer(self.talk.local?, Direction::SendRecv).ok()?;
        Some(Body::sdp(offer))
    }

    /// Answers an offer of the peer's, in that early dialog or in the one that is confirmed: with an answer, with our offer
    /// when he asks for one (RFC 3261 14.2: then his answer comes with the ACK), or not at all when nothing in it fits.
    pub fn answer_offer(&mut self, desk: &mut Desk<'_>, early: Option<u32>, offer: Option<&Body>) {
        let answer = match early {
            Some(early) => self.answer_early(desk, early, offer),
            None => self.answer_again(desk, offer),
        };
        let leg = self.id;
        desk.sip(match answer {
            Ok(answer) => sip::Command::AnswerOffer { leg, body: Some(answer) },
            Err(status) => sip::Command::RefuseOffer { leg, status },
        });
    }

    fn answer_again(&mut self, desk: &mut Desk<'_>, offer: Option<&Body>) -> Result<Body, u16> {
        let Some(offer) = offer else { return self.offer().ok_or(500) };
        let local = self.talk.local.ok_or(488_u16)?;
        self.talk.receive(offer)?;
        self.answer_now(desk, local)
    }

    /// In an early dialog of a leg of ours, which has agreed to something before.
    fn answer_early(&mut self, desk: &mut Desk<'_>, early: u32, offer: Option<&Body>) -> Result<Body, u16> {
        let local = self.talk.local.ok_or(488_u16)?;
        let text = offer.and_then(sdp_of).ok_or(488_u16)?;
        let known = self.talk.early.iter_mut().find(|(of, _)| *of == early).ok_or(488_u16)?;
        let answered = known.1.answer(text, local, Direction::SendRecv).map_err(Refusal::status)?;
        self.held = known.1.is_held();
        self.configure_as(desk, answered.settings);
        Ok(Body::sdp(answered.sdp))
    }

    fn answer_now(&mut self, desk: &mut Desk<'_>, local: SocketAddr) -> Result<Body, u16> {
        let answered = self.talk.negotiation.answer_received(local, Direction::SendRecv).map_err(Refusal::status)?;
        self.configure(desk, answered.settings);
        Ok(Body::sdp(answered.sdp))
    }

    /// Takes what an early dialog answers (RFC 3261 13.2.1): from now on that is the one which is heard. The answer that
    /// counts may still come from another one.
    pub fn accept_early(&mut self, desk: &mut Desk<'_>, early: u32, answer: &Body) -> bool {
        let mut negotiation = self.talk.negotiation.clone();
        let Some(settings) = sdp_of(answer).and_then(|text| negotiation.accept_answer(text).ok()) else { return false };
        self.held = negotiation.is_held();
        self.configure_as(desk, settings);
        self.talk.early.retain(|(of, _)| *of != early);
        self.talk.early.push((early, negotiation));
        true
    }

    /// Takes the answer of the dialog that is confirmed; one that it gave early may be left out.
    pub fn accept_final(&mut self, desk: &mut Desk<'_>, early: u32, answer: Option<&Body>) -> bool {
        let before = std::mem::take(&mut self.talk.early).into_iter().find(|(of, _)| *of == early);
        match (answer, before) {
            (Some(answer), _) => self.accept(desk, answer),
            (None, Some((_, negotiation))) => {
                self.talk.negotiation = negotiation;
                let agreed = self.talk.negotiation.settings().cloned();
                agreed.into_iter().for_each(|settings| self.configure(desk, settings));
                true
            }
            (None, None) => false,
        }
    }

    /// Takes the peer's answer to our offer; false when it does not fit.
    pub fn accept(&mut self, desk: &mut Desk<'_>, answer: &Body) -> bool {
        let Some(text) = sdp_of(answer) else { return false };
        let accepted = self.talk.negotiation.accept_answer(text);
        accepted.map(|settings| self.configure(desk, settings)).is_ok()
    }

    fn configure(&mut self, desk: &mut Desk<'_>, settings: StreamSettings) {
        self.held = self.talk.negotiation.is_held();
        self.configure_as(desk, settings);
    }

    pub(super) fn configure_as(&mut self, desk: &mut Desk<'_>, settings: StreamSettings) {
        let settings = StreamSettings { trust: self.talk.trust(), keeps: self.talk.keeps, ..settings };
        if self.talk.settings.as_ref() != Some(&settings) {
            let command = media::Command::Configure { stream: self.stream, settings: Box::new(settings.clone()) };
            desk.media(self.worker, command);
            self.talk.settings = Some(settings);
        }
    }

    /// The codec that is sent to the peer, or will be once his offer is answered.
    pub fn codec(&self) -> Option<Codec> {
        self.talk.negotiation.codec()
    }

    /// An offer of the peer's that is not answered yet will be answered with this codec first, if it has it: two legs with
    /// one codec need no transcoding.
    pub fn lead_with(&mut self, codec: Option<Codec>) {
        codec.into_iter().for_each(|codec| self.talk.negotiation.lead_with(codec));
    }

    /// Whether the peer takes keys with his sound.
    pub fn takes_keys(&self) -> bool {
        self.talk.settings.as_ref().is_some_and(|settings| settings.send_events.is_some())
    }

    /// Whether our offer is out and unanswered.
    pub fn awaits_answer(&self) -> bool {
        self.talk.negotiation.state() == State::LocalOffer
    }

    /// Whether the peer may be heard. Who holds may (RFC 3264 8.4: `sendonly`, with music of his own), but neither who is
    /// `inactive` nor who holds by a null address, as RFC 2543 did it.
    pub fn speaks(&self) -> bool {
        let may = |settings: &StreamSettings| settings.receiving && !settings.remote.ip().is_unspecified();
        self.talk.settings.as_ref().is_some_and(may)
    }
}
