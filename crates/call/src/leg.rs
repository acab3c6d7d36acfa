//! One leg as call control sees it: its SIP state in outline, its stream, and the offer/answer state
//! (RFC 3264, RFC 6337), which lives here because only call control sees both SIP and SDP.

use crate::call::Claim;
use crate::desk::Desk;
use bytes::Bytes;
use dialplan::Plan;
use media::codec::Codec;
use media::sdp::{Direction, Negotiation, Refusal, State};
use media::{StreamSettings, Trust};
use sip::Body;
use std::net::{IpAddr, SocketAddr};
use terms::{CallRef, Cause, LegId, StreamId};

/// Which side of the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// Who brought the call.
    Caller,
    /// Whom the switch rang for it.
    Callee,
}

/// What the plan says of whoever is at the other end, as far as sound is concerned.
#[derive(Debug, Default)]
pub(crate) struct End {
    /// In order of preference.
    pub codecs: Vec<dialplan::Codec>,
    peer: Peer,
}

#[derive(Debug, Default)]
enum Peer {
    /// A phone.
    #[default]
    Device,
    /// A carrier, with the networks that its sound comes from.
    Carrier(Option<media::Networks>),
}

impl End {
    /// As the first of these plans that knows it says.
    pub fn of<'a>(mut plans: impl Iterator<Item = &'a Plan>, claim: Claim) -> End {
        let found = match claim {
            Claim::Phone(phone) => plans.find_map(|plan| plan.phone(phone)).map(|one| (&one.codecs, Peer::Device)),
            Claim::Trunk(trunk) => {
                plans.find_map(|plan| plan.trunk(trunk)).map(|one| (&one.codecs, Peer::Carrier(one.media.clone())))
            }
        };
        found.map(|(codecs, peer)| End { codecs: codecs.clone(), peer }).unwrap_or_default()
    }
}

/// One leg.
#[derive(Debug)]
pub(crate) struct Leg {
    pub id: LegId,
    pub stream: StreamId,
    pub worker: u16,
    /// Where our RTP for it arrives, once the worker has said so.
    pub local: Option<SocketAddr>,
    peer: Peer,
    /// Where his signalling comes from.
    via: Option<IpAddr>,
    /// The media as last negotiated.
    pub settings: Option<StreamSettings>,
    /// The dialog is confirmed.
    pub up: bool,
    /// The peer has put us on hold.
    pub held: bool,
    negotiation: Negotiation,
    /// The state with our first offer out: a fork's final answer may differ from an early one.
    offered: Option<Negotiation>,
    sip_gone: bool,
    /// The worker was told to close the stream.
    stream_closing: bool,
    stream_gone: bool,
}

impl Leg {
    /// A leg whose stream is being opened: at once where a port pair is spare, else the worker will say when.
    pub fn open(desk: &mut Desk<'_>, call: CallRef, id: LegId, worker: u16, end: End) -> Leg {
        let stream = desk.ids.stream();
        // The signalling core knows a received leg from its beginning, one of ours from its INVITE.
        if id.is_inbound() {
            desk.index.legs.insert(id, call);
        }
        desk.index.streams.insert(stream, call);
        let spare = desk.spares.take(worker, stream).map(|local| local.port());
        desk.media(worker, media::Command::Open { stream, call, spare });
        let codecs = end.codecs.iter().map(|codec| codec_of(*codec)).collect();
        Leg {
            id,
            stream,
            worker,
            local: None,
            peer: end.peer,
            via: None,
            settings: None,
            up: false,
            held: false,
            negotiation: Negotiation::new(stream.0, codecs),
            offered: None,
            sip_gone: !id.is_inbound(),
            stream_closing: false,
            stream_gone: false,
        }
    }

    /// Places the leg: from now on the signalling core knows it.
    pub fn place(&mut self, desk: &mut Desk<'_>, call: CallRef, invite: sip::Command) {
        desk.index.legs.insert(self.id, call);
        self.sip_gone = false;
        desk.sip(invite);
    }

    /// The other side has signalled from here.
    pub fn signalled_from(&mut self, remote: SocketAddr) {
        self.via = Some(remote.ip());
    }

    /// Our first offer. Only once the stream is open.
    pub fn offer(&mut self) -> Option<Body> {
        let offer = self.negotiation.offer(self.local?, Direction::SendRecv).ok()?;
        Some(Body::sdp(offer))
    }

    /// Answers the peer's offer and configures the stream; the status to refuse with when nothing in it fits.
    pub fn answer(&mut self, desk: &mut Desk<'_>, offer: &Body) -> Result<Body, u16> {
        let (Some(text), Some(local)) = (sdp_of(offer), self.local) else { return Err(488) };
        let answered = self.negotiation.answer(text, local, Direction::SendRecv).map_err(Refusal::status)?;
        self.configure(desk, answered.settings);
        Ok(Body::sdp(answered.sdp))
    }

    /// Takes an early answer (RFC 3261 13.2.1); the final one may still come from another branch.
    pub fn accept_early(&mut self, desk: &mut Desk<'_>, answer: &Body) -> bool {
        let offered = self.negotiation.clone();
        let accepted = self.accept(desk, answer);
        if accepted {
            self.offered = Some(offered);
        } else {
            // The offer stays open: the final answer may be better than this one.
            self.negotiation = offered;
        }
        accepted
    }

    /// Takes the final answer; one that was already given early may be left out.
    pub fn accept_final(&mut self, desk: &mut Desk<'_>, answer: Option<&Body>) -> bool {
        match (self.offered.take(), answer) {
            (Some(_), None) => true,
            (Some(offered), Some(answer)) => {
                self.negotiation = offered;
                self.accept(desk, answer)
            }
            (None, Some(answer)) => self.accept(desk, answer),
            (None, None) => false,
        }
    }

    /// Takes the peer's answer to our offer; false when it does not fit.
    pub fn accept(&mut self, desk: &mut Desk<'_>, answer: &Body) -> bool {
        let Some(text) = sdp_of(answer) else { return false };
        match self.negotiation.accept_answer(text) {
            Ok(settings) => {
                self.configure(desk, settings);
                true
            }
            Err(_) => false,
        }
    }

    fn configure(&mut self, desk: &mut Desk<'_>, settings: StreamSettings) {
        let settings = StreamSettings { trust: self.trust(), ..settings };
        self.held = self.negotiation.is_held();
        if self.settings.as_ref() != Some(&settings) {
            let command = media::Command::Configure { stream: self.stream, settings: Box::new(settings.clone()) };
            desk.media(self.worker, command);
            self.settings = Some(settings);
        }
    }

    fn trust(&self) -> Trust {
        match (self.via, &self.peer) {
            (None, _) => Trust::Named,
            (Some(via), Peer::Device) => Trust::Device { via },
            (Some(via), Peer::Carrier(networks)) => Trust::Carrier { via, networks: networks.clone() },
        }
    }

    /// Whether this codec is what we send to the peer.
    pub fn talks(&self, codec: dialplan::Codec) -> bool {
        self.settings.as_ref().is_some_and(|settings| settings.send.codec == codec_of(codec))
    }

    /// Whether our offer is out and unanswered.
    pub fn awaits_answer(&self) -> bool {
        self.negotiation.state() == State::LocalOffer
    }

    /// Whether the peer may be heard. Who holds may (RFC 3264 8.4: `sendonly`, with music of his own), but neither who is
    /// `inactive` nor who holds by a null address, as RFC 2543 did it.
    pub fn speaks(&self) -> bool {
        self.settings.as_ref().is_some_and(|settings| settings.receiving && !settings.remote.ip().is_unspecified())
    }

    /// Ends the leg both ways; it lingers until both cores have said that it is gone.
    pub fn release(&mut self, desk: &mut Desk<'_>, cause: Cause) {
        if !self.sip_gone {
            desk.sip(sip::Command::Release { leg: self.id, reason: cause.into() });
        }
        self.close_stream(desk);
    }

    /// Frees the stream only (the signalling side has ended by itself).
    pub fn close_stream(&mut self, desk: &mut Desk<'_>) {
        if self.has_stream() {
            self.stream_closing = true;
            desk.media(self.worker, media::Command::Close { stream: self.stream });
        }
    }

    /// The signalling core has forgotten the leg.
    pub fn sip_ended(&mut self, desk: &mut Desk<'_>) {
        self.sip_gone = true;
        desk.index.legs.remove(&self.id);
    }

    /// The worker has forgotten the stream.
    pub fn stream_ended(&mut self, desk: &mut Desk<'_>) {
        self.stream_gone = true;
        desk.index.streams.remove(&self.stream);
    }

    /// Its stream is there, or is being opened.
    pub fn has_stream(&self) -> bool {
        !self.stream_closing && !self.stream_gone
    }

    /// Nothing is left of it anywhere.
    pub fn is_gone(&self) -> bool {
        self.sip_gone && self.stream_gone
    }

    /// The signalling core still knows it.
    pub fn is_alive(&self) -> bool {
        !self.sip_gone
    }
}

fn codec_of(codec: dialplan::Codec) -> Codec {
    match codec {
        dialplan::Codec::Pcmu => Codec::Pcmu,
        dialplan::Codec::Pcma => Codec::Pcma,
    }
}

fn sdp_of(body: &Body) -> Option<&Bytes> {
    let mime = body.content_type.split(';').next().unwrap_or_default().trim();
    mime.eq_ignore_ascii_case("application/sdp").then_some(&body.bytes)
}
