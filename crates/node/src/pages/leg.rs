//! One leg that ends at a page: what a phone would say of it over SIP. Offers and answers are those of RFC 3264, between call
//! control and the place in this process where the page's sound is plain RTP.

use crate::pages::PageNews;
use media::codec::Codec;
use media::sdp::{Direction, Negotiation};
use sip::{Body, EndedBy, LegEvent, LineState};
use std::net::SocketAddr;
use terms::{LegId, PhoneId, Pii};

/// A leg.
#[derive(Debug)]
pub(crate) struct Leg {
    pub phone: PhoneId,
    /// Who is at the other end.
    pub number: Pii<String>,
    pub name: Option<Pii<String>>,
    /// The page answers by itself.
    pub itself: bool,
    negotiation: Negotiation,
    up: bool,
    /// Where the switch hears the page.
    to: Option<SocketAddr>,
}

impl Leg {
    /// One that is placed, with call control's offer if it makes one. What the page cannot use is refused with a status.
    pub fn placed(
        id: LegId,
        phone: PhoneId,
        (number, name): (Pii<String>, Option<Pii<String>>),
        offer: Option<&Body>,
    ) -> Result<Leg, u16> {
        let mut negotiation = Negotiation::new(id.0, vec![Codec::Pcma, Codec::Pcmu]);
        if let Some(offer) = offer {
            negotiation.receive_offer(&offer.bytes).map_err(|why| why.status())?;
        }
        Ok(Leg { phone, number, name, itself: false, negotiation, up: false, to: None })
    }

    /// How a lamp shows it.
    pub fn state(&self) -> LineState {
        if self.up { LineState::Confirmed } else { LineState::Early }
    }

    /// What the page is told, at once or when it comes back.
    pub fn news(&self, id: LegId) -> PageNews {
        match (self.up, self.to) {
            (true, to) => PageNews::Talks { leg: id, to },
            (false, _) => {
                let (caller, name) = (self.number.clone(), self.name.clone());
                PageNews::Rings { leg: id, caller, name }
            }
        }
    }

    /// The page takes it; none: it has before.
    pub fn answer(&mut self, sound: SocketAddr) -> Option<LegEvent> {
        if self.up {
            return None;
        }
        self.up = true;
        Some(match self.describe(sound) {
            Ok(body) => LegEvent::Answered { remote: sound, early: 0, body: Some(body) },
            Err(status) => LegEvent::Refused { status, cause: None, to: None },
        })
    }

    /// Our answer where something is offered, else our offer.
    fn describe(&mut self, sound: SocketAddr) -> Result<Body, u16> {
        let answered = self.negotiation.answer_received(sound, Direction::SendRecv);
        let said = match answered {
            Ok(answered) => {
                self.to = Some(answered.settings.remote);
                Ok(answered.sdp)
            }
            Err(media::sdp::Refusal::OutOfTurn) => self.negotiation.offer(sound, Direction::SendRecv),
            Err(why) => Err(why),
        };
        said.map(Body::sdp).map_err(|why| why.status())
    }

    /// Call control changes the session, or asks what the page would have.
    pub fn offered(&mut self, sound: SocketAddr, offer: Option<&Body>) -> LegEvent {
        let taken = offer.map_or(Ok(()), |offer| self.negotiation.receive_offer(&offer.bytes));
        match taken.map_err(|why| why.status()).and_then(|()| self.describe(sound)) {
            Ok(body) => LegEvent::OfferAnswered { body: Some(body) },
            Err(status) => LegEvent::OfferRefused { status },
        }
    }

    /// Call control answers our offer.
    pub fn acknowledged(&mut self, answer: &Body) {
        if let Ok(settings) = self.negotiation.accept_answer(&answer.bytes) {
            self.to = Some(settings.remote);
        }
    }

    /// How it ends when call control, the page or its absence puts an end to it.
    pub fn ended(&self, by: EndedBy) -> LegEvent {
        let refused = |status| LegEvent::Refused { status, cause: None, to: None };
        match (self.up, by) {
            (true, by) => LegEvent::Ended { by, cause: None },
            (false, EndedBy::Us) => refused(487),
            (false, EndedBy::Timeout) => refused(408),
            (false, _) => refused(603),
        }
    }
}
