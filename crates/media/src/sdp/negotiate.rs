//! The offer/answer state of one leg (RFC 3264; who may do what when: RFC 6337), a value that the leg owns.
//!
//! Which SIP message carries a description is the leg's business. A refused or failed offer leaves what was agreed
//! before it untouched, and the payload types, the order of the media lines and the `o=` line hold through it all.

use super::agree::{self, Ours, Peer, Profile, Unusable};
use super::{Connection, Description, Direction, Malformed, MediaLine, Origin, parse};
use crate::codec::Codec;
use crate::face::StreamSettings;
use std::net::SocketAddr;

/// RFC 3264 5: session ids and versions fit a signed 64-bit number with room to count.
const ORIGIN_MASK: u64 = (1 << 62) - 1;

/// Where offer and answer stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Nothing was agreed yet, no offer is open.
    Idle,
    /// Our offer waits for its answer.
    LocalOffer,
    /// The peer's offer waits for our answer.
    RemoteOffer,
    /// Agreed, no offer is open.
    Stable,
}

/// Why a description is not taken, or a move not made. The state is as before the offer that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It cannot be read.
    #[error("bad session description: {0}")]
    Malformed(Malformed),
    /// It has no audio line over plain RTP that is switched on.
    #[error("no plain RTP audio in the session description")]
    NoAudio,
    /// It has audio, but no codec that we know.
    #[error("no codec in common")]
    NoCodec,
    /// Its address cannot be sent to: missing, a host name, a group, or of the other IP version.
    #[error("no usable media address")]
    NoAddress,
    /// Both sides offered at once (RFC 3261 14.2).
    #[error("offers crossed")]
    Glare,
    /// The peer offered again before our answer (RFC 3261 14.2).
    #[error("an offer is open already")]
    OfferOpen,
    /// A move of ours that this state does not allow, such as an answer without an offer.
    #[error("offer or answer out of turn")]
    OutOfTurn,
}

/// Our answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered {
    /// What to send.
    pub sdp: String,
    /// How to talk to the peer from now on.
    pub settings: StreamSettings,
}

/// One leg's offers and answers.
#[derive(Clone, Debug)]
pub struct Negotiation {
    id: u64,
    codecs: Vec<Codec>,
    sent: Option<Description>,
    agreed: Option<Agreed>,
    open: Open,
}

/// What was agreed last.
#[derive(Clone, Debug)]
struct Agreed {
    /// The session's media lines, as we would mention them switched off.
    lines: Vec<MediaLine>,
    /// Which of them is our audio.
    audio: usize,
    profile: Profile,
    /// What we said.
    sdp: String,
    settings: StreamSettings,
    peer_holds: bool,
}

/// An offer that waits for its answer.
#[derive(Clone, Debug)]
enum Open {
    /// None does.
    No,
    /// Ours.
    Local { lines: Vec<MediaLine>, audio: usize, ours: Ours, sdp: String },
    /// The peer's.
    Remote(Box<Received>),
}

/// An offer of the peer's, and what we choose from it.
#[derive(Clone, Debug)]
struct Received {
    description: Description,
    /// Which of its lines carries our audio.
    audio: usize,
    /// What we can use of that line; absent when he switches it off.
    peer: Option<Peer>,
}

impl Refusal {
    /// The status that answers a request with such an offer.
    pub const fn status(self) -> u16 {
        match self {
            Refusal::Malformed(Malformed::TooManyMediaLines) => 488,
            Refusal::Malformed(_) => 400,
            Refusal::NoAudio | Refusal::NoCodec | Refusal::NoAddress => 488,
            Refusal::Glare => 491,
            Refusal::OfferOpen | Refusal::OutOfTurn => 500,
        }
    }
}

impl From<Unusable> for Refusal {
    fn from(why: Unusable) -> Refusal {
        match why {
            Unusable::OtherKind | Unusable::Off => Refusal::NoAudio,
            Unusable::NoCodec => Refusal::NoCodec,
            Unusable::NoAddress => Refusal::NoAddress,
        }
    }
}

impl Negotiation {
    /// A leg that calls its session `origin_id` and likes `codecs`, the first one most.
    pub fn new(origin_id: u64, codecs: Vec<Codec>) -> Negotiation {
        Negotiation { id: origin_id & ORIGIN_MASK, codecs, sent: None, agreed: None, open: Open::No }
    }

    /// Where offer and answer stand.
    pub const fn state(&self) -> State {
        match (&self.open, &self.agreed) {
            (Open::Local { .. }, _) => State::LocalOffer,
            (Open::Remote(_), _) => State::RemoteOffer,
            (Open::No, None) => State::Idle,
            (Open::No, Some(_)) => State::Stable,
        }
    }

    /// What was agreed last; it holds while a new offer is open.
    pub fn settings(&self) -> Option<&StreamSettings> {
        self.agreed.as_ref().map(|agreed| &agreed.settings)
    }

    /// What we said last, in our open offer or when it was agreed: the same again for a 200 after an 18x (RFC 6337 3.1.1).
    pub fn description(&self) -> Option<&str> {
        match &self.open {
            Open::Local { sdp, .. } => Some(sdp.as_str()),
            Open::No | Open::Remote(_) => self.agreed.as_ref().map(|agreed| agreed.sdp.as_str()),
        }
    }

    /// The codec that we would send in, did we answer the peer's offer now; else the one that was agreed.
    pub fn codec(&self) -> Option<Codec> {
        match &self.open {
            Open::Remote(received) => Some(received.peer.as_ref()?.formats.first()?.codec),
            Open::No | Open::Local { .. } => Some(self.settings()?.send.codec),
        }
    }

    /// The answer to the peer's offer, when it comes to that, has this codec first, if he can do it (RFC 3264 6.1 leaves
    /// the order to us).
    pub fn lead_with(&mut self, codec: Codec) {
        if let Open::Remote(received) = &mut self.open
            && let Some(peer) = &mut received.peer
        {
            peer.formats.sort_by_key(|format| format.codec != codec);
        }
    }

    /// Whether a socket at `local` reaches whoever made the offer that is open.
    pub fn is_reached_from(&self, local: SocketAddr) -> bool {
        match &self.open {
            Open::Remote(received) => received.peer.as_ref().is_none_or(|peer| agree::reaches(local, peer.rtp)),
            Open::No | Open::Local { .. } => true,
        }
    }

    /// Whether the peer has put us on hold: he does not want to hear us.
    pub fn is_held(&self) -> bool {
        self.agreed.as_ref().is_some_and(|agreed| agreed.peer_holds)
    }

    /// Makes an offer: the first one, or a new one that holds, resumes or moves the stream.
    pub fn offer(&mut self, local: SocketAddr, direction: Direction) -> Result<String, Refusal> {
        if !matches!(self.state(), State::Idle | State::Stable) {
            return Err(Refusal::OutOfTurn);
        }
        let (formats, events) = agree::offered(&self.codecs, self.settings());
        if formats.is_empty() {
            return Err(Refusal::NoCodec);
        }
        let profile = self.agreed.as_ref().map(|agreed| agreed.profile).unwrap_or_default();
        let ours = Ours { profile, local, direction, formats, events };
        let line = agree::line_of(&ours);
        // RFC 3264 8: a new offer keeps every media line in its place, those that are gone with port 0.
        let (mut media, audio) = match &self.agreed {
            Some(agreed) => (agreed.lines.clone(), agreed.audio),
            None => (vec![agree::refused(&line)], 0),
        };
        let lines = media.clone();
        if let Some(place) = media.get_mut(audio) {
            *place = line;
        }
        let sdp = self.stamp(media, local);
        self.open = Open::Local { lines, audio, ours, sdp: sdp.clone() };
        Ok(sdp)
    }

    /// Takes the answer to our offer. When it cannot be taken, the offer is over and what was agreed before holds.
    pub fn accept_answer(&mut self, answer: &[u8]) -> Result<StreamSettings, Refusal> {
        let read = self.read_answer(answer);
        if read.is_err() {
            self.withdraw_offer();
        }
        let (peer, settings) = read?;
        if let Open::Local { lines, audio, sdp, ours } = std::mem::replace(&mut self.open, Open::No) {
            // Who is not offered anything has nothing to refuse: then it is as before.
            let peer_holds = if ours.direction.sends() { !peer.direction.receives() } else { self.is_held() };
            let profile = ours.profile;
            self.agreed = Some(Agreed { lines, audio, profile, sdp, settings: settings.clone(), peer_holds });
        }
        Ok(settings)
    }

    /// Our offer was refused, or the request that carried it failed: what was agreed before it holds.
    pub fn withdraw_offer(&mut self) {
        if self.state() == State::LocalOffer {
            self.open = Open::No;
        }
    }

    /// Takes the peer's offer without answering it yet (a port may have to be opened first). An offer that nothing
    /// can be made of is refused here and now.
    pub fn receive_offer(&mut self, offer: &[u8]) -> Result<(), Refusal> {
        match self.state() {
            State::LocalOffer => return Err(Refusal::Glare),
            State::RemoteOffer => return Err(Refusal::OfferOpen),
            State::Idle | State::Stable => {}
        }
        let description = parse(offer).map_err(Refusal::Malformed)?;
        let (audio, peer) = self.choose(&description)?;
        self.open = Open::Remote(Box::new(Received { description, audio, peer }));
        Ok(())
    }

    /// Answers the offer that was received; `direction` is what we would like, seen from us.
    pub fn answer_received(&mut self, local: SocketAddr, direction: Direction) -> Result<Answered, Refusal> {
        if self.state() != State::RemoteOffer {
            return Err(Refusal::OutOfTurn);
        }
        let reached = self.is_reached_from(local);
        let Open::Remote(received) = std::mem::replace(&mut self.open, Open::No) else {
            return Err(Refusal::OutOfTurn);
        };
        if !reached {
            return Err(Refusal::NoAddress);
        }
        self.agree_to(*received, local, direction)
    }

    /// Receives an offer and answers it at once.
    pub fn answer(&mut self, offer: &[u8], local: SocketAddr, direction: Direction) -> Result<Answered, Refusal> {
        self.receive_offer(offer)?;
        self.answer_received(local, direction)
    }

    /// The peer's offer will not be answered: what was agreed before it holds.
    pub fn refuse_offer(&mut self) {
        if self.state() == State::RemoteOffer {
            self.open = Open::No;
        }
    }

    fn read_answer(&self, answer: &[u8]) -> Result<(Peer, StreamSettings), Refusal> {
        let Open::Local { audio, ours, .. } = &self.open else {
            return Err(Refusal::OutOfTurn);
        };
        let description = parse(answer).map_err(Refusal::Malformed)?;
        let line = description.media.get(*audio).ok_or(Refusal::NoAudio)?;
        let offered: Vec<Codec> = ours.formats.iter().map(|f| f.codec).collect();
        let peer = agree::read(&description, line, &offered)?;
        if !agree::reaches(ours.local, peer.rtp) {
            return Err(Refusal::NoAddress);
        }
        let settings = agree::settings(&peer, ours).ok_or(Refusal::NoCodec)?;
        Ok((peer, settings))
    }

    /// Which line of an offer carries our audio: the one that does already, else the first that can. `None` for the
    /// peer when he switches off the line that does (RFC 3264 8.2). Where he wants something else in its place that we
    /// do not do, such as a fax (T.38) or video alone, the offer is refused, and the call goes on as it was.
    fn choose(&self, offer: &Description) -> Result<(usize, Option<Peer>), Refusal> {
        let current = self.agreed.as_ref().map(|agreed| agreed.audio);
        let others = (0..offer.media.len()).filter(|index| Some(*index) != current);
        let mut why = Refusal::NoAudio;
        let mut off = None;
        for index in current.into_iter().chain(others) {
            let Some(line) = offer.media.get(index) else { continue };
            match agree::read(offer, line, &self.codecs) {
                Ok(peer) => return Ok((index, Some(peer))),
                Err(Unusable::Off) if Some(index) == current => off = Some(index),
                Err(Unusable::OtherKind | Unusable::Off) => {}
                Err(other) => why = other.into(),
            }
        }
        let instead = offer.media.iter().any(|line| line.port != 0);
        off.filter(|_| !instead).map(|index| (index, None)).ok_or(why)
    }

    fn agree_to(&mut self, offer: Received, local: SocketAddr, wanted: Direction) -> Result<Answered, Refusal> {
        let Received { description, audio, peer } = offer;
        // RFC 3264 6: as many media lines as the offer has, in its order; what we do not do gets port 0.
        let mut media: Vec<MediaLine> = description.media.iter().map(agree::refused).collect();
        let mut lines = media.clone();
        let settings = match &peer {
            Some(peer) => {
                let ours = Ours {
                    profile: peer.profile,
                    local,
                    // RFC 3264 6.1: sendonly is answered with recvonly or inactive, and so on.
                    direction: wanted.and(peer.direction.reversed()),
                    formats: peer.formats.clone(),
                    events: peer.events,
                };
                if let Some(place) = media.get_mut(audio) {
                    *place = agree::line_of(&ours);
                }
                agree::settings(peer, &ours).ok_or(Refusal::NoCodec)?
            }
            None => self.switched_off().ok_or(Refusal::NoAudio)?,
        };
        // Lines that the peer forgot keep their place in offers of ours.
        let before = self.agreed.as_ref().map_or(&[][..], |agreed| agreed.lines.as_slice());
        lines.extend(before.iter().skip(lines.len()).cloned());
        let sdp = self.stamp(media, local);
        let peer_holds = peer.as_ref().is_none_or(|peer| !peer.direction.receives());
        let before = self.agreed.as_ref().map(|agreed| agreed.profile).unwrap_or_default();
        let profile = peer.map_or(before, |peer| peer.profile);
        self.agreed = Some(Agreed { lines, audio, profile, sdp: sdp.clone(), settings: settings.clone(), peer_holds });
        Ok(Answered { sdp, settings })
    }

    fn switched_off(&self) -> Option<StreamSettings> {
        let settings = self.settings()?.clone();
        Some(StreamSettings { sending: false, receiving: false, ..settings })
    }

    /// Writes our next description. RFC 3264 8: the version grows by one, unless nothing changed since the last.
    fn stamp(&mut self, media: Vec<MediaLine>, local: SocketAddr) -> String {
        let address = Connection::Address(local.ip());
        let version = self.sent.as_ref().and_then(|sent| sent.origin.as_ref()).map_or(1, |origin| origin.version);
        let origin = Origin { user: "-".into(), id: self.id, version, address: address.clone() };
        let mut next = Description { origin: Some(origin), connection: Some(address), direction: None, media };
        let changed = self.sent.as_ref().is_some_and(|sent| *sent != next);
        if let (true, Some(origin)) = (changed, next.origin.as_mut()) {
            origin.version = version.wrapping_add(1) & ORIGIN_MASK;
        }
        let sdp = next.to_string();
        self.sent = Some(next);
        sdp
    }
}
