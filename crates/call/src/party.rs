//! Somebody in a call: his leg, where he stands towards the others, the flow that he walks, his contact in a queue. He is
//! told what happens to his leg, and says what he wants next; what that means for the call is the call's business.

use crate::contact::Contact;
use crate::desk::Desk;
use crate::leg::{Leg, LegFact};
use crate::life::Exit;
use crate::pad::{DONE, Pad};
use crate::room::Stance;
use crate::seat::Seat;
use crate::walk::{At, Walk};
use crate::want::{ComesFor, Want};
use dialplan::Room;
use media::Playing;
use sip::Body;
use terms::{AgentId, Cause, LegId, Pii};

/// A party of a call. It is known by its leg, for as long as that lasts.
pub(crate) struct Party {
    pub leg: Leg,
    /// The agent on whose behalf he was rung.
    pub agent: Option<AgentId>,
    pub stance: Stance,
    /// What he hears while he waits for the others, or stands beside them.
    pub comfort: Option<Playing>,
    /// The flow that he walks.
    pub walk: Option<Walk>,
    /// His place in a queue, and the conversation that it led to.
    pub contact: Option<Contact>,
    /// As whom he is shown, where his call does not know it by how he came.
    pub name: Option<Box<Name>>,
    /// What he has come for, until his stream has a port.
    pub comes_for: Option<ComesFor>,
    /// The code that he is at.
    pub pad: Option<Box<Pad>>,
    /// He is in a conference room.
    pub seat: Option<Box<Seat>>,
    /// He is asked beside the conversation.
    pub asked: Option<Asked>,
}

/// By whom one is asked beside the conversation, and where the two stand then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Asked {
    pub by: LegId,
    pub aside: Stance,
}

/// As whom somebody is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Name {
    pub number: Pii<String>,
    pub name: Option<Pii<String>>,
}

impl Name {
    /// As whom a room is shown. By that number it is watched, too.
    pub fn of_room(room: &Room) -> Name {
        let number = room.extension.clone().unwrap_or_else(|| format!("room/{}", room.name));
        Name { number: Pii::new(number), name: Some(Pii::new(room.name.clone())) }
    }

    /// One who wants to be withheld (RFC 3323 4.1.1.3).
    pub fn withheld() -> Name {
        Name { number: "anonymous".into(), name: Some("Anonymous".into()) }
    }
}

impl Party {
    /// One who has a leg, and nothing else yet.
    pub fn new(leg: Leg, agent: Option<AgentId>, stance: Stance) -> Party {
        Party {
            leg,
            agent,
            stance,
            comfort: None,
            walk: None,
            contact: None,
            name: None,
            comes_for: None,
            pad: None,
            seat: None,
            asked: None,
        }
    }

    /// Something happened to his leg.
    pub fn on(&mut self, desk: &mut Desk<'_>, fact: LegFact) -> Want {
        let leg = &mut self.leg;
        match fact {
            LegFact::Opened(local) => {
                leg.opened(local);
                if let Some(what) = self.comes_for.take() {
                    return Want::Come(what);
                }
                self.walk.as_ref().map_or(Want::Nothing, Walk::opened)
            }
            LegFact::NoPort => self.no_port(desk),
            LegFact::Closed(totals) => {
                leg.stream_ended(desk, Some(*totals));
                Want::Nothing
            }
            LegFact::Confirmed(body) => self.confirmed(desk, body),
            LegFact::Offered { remote, body, .. } => {
                leg.signalled_from(remote);
                leg.answer_offer(desk, None, body.as_ref());
                Want::Nothing
            }
            LegFact::Refused { .. } | LegFact::Ended(_) => Want::Leave(leg.forgotten(desk, &fact)),
            // Whoever hears him has had it already.
            LegFact::Key { key, .. } => {
                self.walk.as_mut().map_or(Want::Nothing, |walk| walk.pressed(key, desk.now.mono))
            }
            LegFact::Played { play, missing } => {
                if missing {
                    desk.count("prompt missing");
                }
                if let Some(pad) = self.pad.as_deref_mut().filter(|pad| pad.is_heard(play)) {
                    pad.played(missing.then(|| desk.ids.playing(DONE, true)), desk.now.mono);
                    return Want::Nothing;
                }
                self.pad.iter_mut().for_each(|pad| pad.announced(play));
                self.pad.take_if(|pad| pad.is_empty());
                if self.seat.as_mut().is_some_and(|seat| seat.played(play)) {
                    return Want::Nothing;
                }
                self.walk.as_mut().map_or(Want::Nothing, |walk| walk.played(play, desk.now.mono))
            }
            LegFact::Referred(referral) => Want::Refer(referral),
            // It was on its way when he was answered.
            LegFact::Rang { .. } | LegFact::Answered { .. } if !leg.id.is_inbound() => Want::Nothing,
            LegFact::Rang { .. } | LegFact::Answered { .. } => astray(desk, "a leg to which this cannot happen"),
            LegFact::Yielded => astray(desk, "a stream that was not asked to move"),
            LegFact::Unasked => astray(desk, "an answer to an offer that nobody made"),
        }
    }

    /// A spare pair of which the worker thought better, where he has been told the port already; or none at all.
    fn no_port(&mut self, desk: &mut Desk<'_>) -> Want {
        self.leg.stream_ended(desk, None);
        if self.walk.as_ref().is_some_and(|walk| matches!(walk.at, At::Port)) {
            desk.count("rtp ports exhausted");
        }
        // RFC 3261 21.4.18: the node is not full, this port range is.
        Want::End(Exit::of(Cause::CONGESTION, Some(480)))
    }

    /// The answer that came with an ACK is taken, where our offer waits for one; it may not fit.
    fn confirmed(&mut self, desk: &mut Desk<'_>, body: Option<Body>) -> Want {
        let first = self.leg.confirmed(desk);
        let fits = !self.leg.awaits_answer() || body.is_some_and(|body| self.leg.accept(desk, &body));
        let goes = self.pad.as_deref().is_some_and(Pad::goes);
        match &mut self.walk {
            _ if !fits => Want::End(Exit::of(Cause::INCOMPATIBLE, None)),
            _ if first && goes => Want::Visit,
            Some(walk) if first => walk.acknowledged(),
            _ => Want::Nothing,
        }
    }

    /// He is at this of his flow.
    pub fn at(&mut self, at: At) {
        if let Some(walk) = &mut self.walk {
            walk.at = at;
        }
    }

    /// What is played to him.
    pub fn sound(&self) -> Option<Playing> {
        if let Some(sound) = self.pad.as_ref().and_then(|pad| pad.sound()) {
            return Some(sound);
        }
        if let Some(seat) = &self.seat {
            return seat.chime.or(seat.music);
        }
        let waits = self.leg.nailed().is_some() && self.walk.is_none() && self.stance == Stance::Apart;
        if waits || matches!(self.stance, Stance::Waiting | Stance::Aside(_)) {
            return self.comfort;
        }
        match &self.walk.as_ref()?.at {
            at @ At::Queue(_) => at.sound().or(self.contact.as_ref().map(|contact| contact.music)),
            at => at.sound(),
        }
    }
}

fn astray(desk: &mut Desk<'_>, what: &'static str) -> Want {
    desk.astray(what);
    Want::Nothing
}
