//! What is negotiated in one leg: with whom, as the plan knows him, and how far (RFC 3264).

use crate::claim::Claim;
use bytes::Bytes;
use dialplan::Plan;
use media::codec::Codec;
use media::sdp::{Negotiation, Refusal};
use media::{StreamSettings, Trust};
use sip::Body;
use std::net::{IpAddr, SocketAddr};
use terms::StreamId;

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
            Claim::Phone(phone) | Claim::Served(phone) => {
                plans.find_map(|plan| plan.phone(phone)).map(|one| (&one.codecs, Peer::Device))
            }
            Claim::Trunk(trunk) => {
                plans.find_map(|plan| plan.trunk(trunk)).map(|one| (&one.codecs, Peer::Carrier(one.media.clone())))
            }
        };
        found.map(|(codecs, peer)| End { codecs: codecs.clone(), peer }).unwrap_or_default()
    }

    /// This codec comes first, if it is among them.
    pub fn lead_with(&mut self, first: Option<Codec>) {
        self.codecs.sort_by_key(|codec| first != Some(codec_of(*codec)));
    }
}

/// What was and is being negotiated in one leg.
#[derive(Debug)]
pub(crate) struct Talk {
    pub stream: StreamId,
    /// Where our RTP for it arrives, once the worker has said so.
    pub local: Option<SocketAddr>,
    peer: Peer,
    /// Where his signalling comes from.
    pub(super) via: Option<SocketAddr>,
    /// The media as last negotiated.
    pub(super) settings: Option<StreamSettings>,
    pub(super) negotiation: Negotiation,
    /// What early dialogs have answered to our offer, each for itself.
    pub(super) early: Vec<(u32, Negotiation)>,
}

impl Talk {
    /// With whoever is at that end.
    pub fn new(stream: StreamId, end: End) -> Talk {
        let codecs = end.codecs.iter().map(|codec| codec_of(*codec)).collect();
        let negotiation = Negotiation::new(stream.0, codecs);
        Talk { stream, local: None, peer: end.peer, via: None, settings: None, negotiation, early: vec![] }
    }

    /// Takes an offer, to be answered when an answer is needed. Nothing in it fits: the status to refuse with.
    pub fn receive(&mut self, offer: &Body) -> Result<(), u16> {
        let text = sdp_of(offer).ok_or(488_u16)?;
        self.negotiation.receive_offer(text).map_err(Refusal::status)
    }

    pub(super) fn trust(&self) -> Trust {
        let host = |via: SocketAddr| -> IpAddr { via.ip() };
        match (self.via.map(host), &self.peer) {
            (None, _) => Trust::Named,
            (Some(via), Peer::Device) => Trust::Device { via },
            (Some(via), Peer::Carrier(networks)) => Trust::Carrier { via, networks: networks.clone() },
        }
    }
}

fn codec_of(codec: dialplan::Codec) -> Codec {
    match codec {
        dialplan::Codec::Pcmu => Codec::Pcmu,
        dialplan::Codec::Pcma => Codec::Pcma,
    }
}

/// What of a body is SDP.
pub(super) fn sdp_of(body: &Body) -> Option<&Bytes> {
    let mime = body.content_type.split(';').next().unwrap_or_default().trim();
    mime.eq_ignore_ascii_case("application/sdp").then_some(&body.bytes)
}
