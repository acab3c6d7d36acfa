//! What happens to a leg, whosesoever it is: the events of signalling and of the media worker, as one kind.

use super::keys::{self, By};
use media::{PlayOutcome, StreamEvent, StreamTotals};
use sip::{Body, LegEvent};
use std::net::SocketAddr;
use terms::{Cause, Pii, PlayId};

/// What happens to a leg.
#[derive(Debug)]
pub(crate) enum LegFact {
    /// Its stream has a port.
    Opened(SocketAddr),
    /// Its stream got no port.
    NoPort,
    /// Its stream has left its worker.
    Yielded,
    /// Its stream is closed: what passed through it.
    Closed(Box<StreamTotals>),
    /// It rings, perhaps with something to be heard.
    Rang { remote: SocketAddr, status: u16, early: u32, body: Option<Body> },
    /// It was answered.
    Answered { remote: SocketAddr, early: u32, body: Option<Body> },
    /// Our 200 was acknowledged, or our offer in it answered.
    Confirmed(Option<Body>),
    /// Its peer offers another session, or asks us for one.
    Offered { remote: SocketAddr, early: Option<u32>, body: Option<Body> },
    /// An offer of ours was answered or refused; we make none.
    Unasked,
    /// Its peer wants it transferred.
    Referred(Box<sip::Referral>),
    /// A key was pressed.
    Key { key: char, by: By },
    /// A sound that was played to it has come to its end, or could not be played.
    Played { play: PlayId, missing: bool },
    /// It was refused, with this status and cause.
    Refused { status: u16, cause: Option<Cause>, to: Option<Box<Pii<String>>> },
    /// It ended otherwise.
    Ended(Option<Cause>),
}

impl LegFact {
    /// What signalling tells; nothing, where it is of no use to anybody.
    pub fn of_signalling(event: LegEvent) -> Option<LegFact> {
        Some(match event {
            LegEvent::Progress { remote, status, early, body } => LegFact::Rang { remote, status, early, body },
            LegEvent::Answered { remote, early, body } => LegFact::Answered { remote, early, body },
            LegEvent::Established { body } => LegFact::Confirmed(body),
            LegEvent::Offered { remote, early, body } => LegFact::Offered { remote, early, body },
            LegEvent::OfferAnswered { .. }
            | LegEvent::OfferRefused { .. }
            | LegEvent::ReferAnswered { .. }
            | LegEvent::ReferTold { .. } => LegFact::Unasked,
            LegEvent::Referred(referral) => LegFact::Referred(referral),
            LegEvent::InfoReceived { body } => LegFact::Key { key: keys::in_info(&body)?, by: By::Info },
            LegEvent::Refused { status, cause, to } => LegFact::Refused { status, cause, to },
            LegEvent::Ended { cause, .. } => LegFact::Ended(cause),
        })
    }

    /// What the media worker tells.
    pub fn of_stream(event: StreamEvent) -> LegFact {
        match event {
            StreamEvent::Opened { local } => LegFact::Opened(local),
            StreamEvent::OpenFailed => LegFact::NoPort,
            StreamEvent::Closed { totals } => LegFact::Closed(totals),
            StreamEvent::Yielded { .. } => LegFact::Yielded,
            StreamEvent::PlayFinished { play, outcome } => {
                LegFact::Played { play, missing: outcome == PlayOutcome::Missing }
            }
            StreamEvent::Digit { digit } => LegFact::Key { key: digit, by: By::Sound },
        }
    }
}
