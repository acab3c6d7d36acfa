//! Ringing: attempts to reach somebody, at one device or at many, of which the first that answers with a session that
//! fits takes it all. It knows no call but [`Behalf`], and gives verdicts: what one means, its owner knows.

mod aim;
pub(crate) mod behalf;
mod confirm;
mod forward;
mod next;
mod pickup;
mod standing;
#[cfg(test)]
mod tests;
pub(crate) mod waves;
mod whom;

use crate::claim::{self, Claim};
use crate::desk::Desk;
use crate::leg::{Leg, LegFact};
use crate::trail::Trail;
pub(crate) use aim::Aim;
pub(crate) use behalf::Behalf;
use confirm::Consent;
use dialplan::flow::RingTarget;
use dialplan::{Plan, Routed};
use forward::Onward;
use media::Playing;
pub(crate) use pickup::{Answer, only_agent_at};
use sip::{Body, Target};
use smallvec::SmallVec;
use terms::{AgentId, Cause, LegId, Mono, PhoneId, Rejection};
use waves::Waves;
use whom::Device;
pub(crate) use whom::{Charge, Rest};

/// What there is no port or no place for. A limit of ours is not 503: that would stop all of the peer's traffic.
const NO_ROOM: Rejection = Rejection { status: 480, cause: Cause::CONGESTION };

/// Which of the ringings of its call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RingingId(pub u16);

/// Attempts to reach somebody.
#[derive(Debug)]
pub(crate) struct Ringing {
    pub id: RingingId,
    pub aim: Aim,
    /// The agent who is meant.
    pub agent: Option<AgentId>,
    /// Whose doing it is, where it is not the caller's own.
    pub charge: Option<Box<Charge>>,
    /// Somebody has rung: it was told.
    pub told: bool,
    /// They ring until then at most.
    until: Option<Mono>,
    waves: Waves,
    attempts: SmallVec<[Attempt; 1]>,
    since: Mono,
    /// Of those that came to nothing, the answer that says most (RFC 3261 16.7 item 6).
    best: Option<Rejection>,
    /// Somebody rang for as long as he may.
    rang_out: bool,
    /// Whom the caller hears before anybody answers.
    heard: Option<LegId>,
    /// A phone that rings is engaged.
    engages: bool,
    /// Whom the plan names, as far as they have been rung.
    asked: SmallVec<[RingTarget; 1]>,
    /// Those who still rang when somebody had it.
    let_others_go: usize,
    /// Devices that are not to be rung: they came to nothing before.
    gone: SmallVec<[Target; 1]>,
    /// Phones that are to take it for whoever is meant.
    picks_up: SmallVec<[PhoneId; 1]>,
    /// Where it was forwarded to, once it was.
    onward: Option<Box<Onward>>,
    /// The standing call of the agent who is meant is on its way.
    pub awaits: Option<LegId>,
}

/// One leg that rings, or is about to.
#[derive(Debug)]
pub(crate) struct Attempt {
    pub leg: Leg,
    pub to: Device,
    /// It rings until then at most, or is asked whether it takes the call.
    until: Option<Mono>,
    consent: Consent,
    /// How often its carrier has redirected it.
    redirects: u8,
}

/// How the ringing stands now.
#[derive(Debug)]
pub(crate) enum Verdict {
    /// Nothing that the caller would have to hear of.
    Waits,
    /// Somebody rings.
    Rings,
    /// Somebody is heard while he rings: the first, or another than before.
    Heard,
    /// This one has it; the others are let go of.
    Won(Box<Attempt>),
    /// Nobody is left who could be rung.
    Lost { heard: Rejection, rang_out: bool },
    /// Whoever is called has his calls go somewhere where nobody is rung: a flow, or a queue.
    Onward(Box<(Routed, Trail)>),
}

/// From now on the phone of one who has answered is engaged, if it is not yet.
pub(crate) fn engage(desk: &mut Desk<'_>, plan: &Plan, leg: &mut Leg, target: &Target) {
    let claim = Claim::of(behalf::who_is(target));
    if leg.claim().is_none() && claim::take(desk, plan, claim) {
        leg.holds(claim);
    }
}

impl Ringing {
    /// Nobody is rung yet.
    pub fn new(now: Mono, id: RingingId, rest: Rest) -> Ringing {
        let Rest { aim, agent, charge, waves, until, engages, gone } = rest;
        Ringing {
            id,
            aim,
            agent,
            charge,
            told: false,
            until,
            waves,
            attempts: SmallVec::new(),
            since: now,
            best: None,
            rang_out: false,
            heard: None,
            engages,
            asked: SmallVec::new(),
            let_others_go: 0,
            gone,
            picks_up: SmallVec::new(),
            onward: None,
            awaits: None,
        }
    }

    /// Something happened to one of the legs.
    pub fn on(&mut self, desk: &mut Desk<'_>, behalf: &mut Behalf<'_>, leg: LegId, fact: LegFact) -> Verdict {
        let Some(at) = self.attempts.iter().position(|attempt| attempt.leg.id == leg) else {
            desk.astray("news of a leg that does not ring");
            return Verdict::Waits;
        };
        let found = &mut self.attempts[at].leg;
        match fact {
            LegFact::Opened(local) => {
                found.opened(local);
                self.go_on(desk, behalf)
            }
            LegFact::NoPort => {
                found.stream_ended(desk, None);
                desk.count("rtp ports exhausted");
                self.lost(desk, behalf, at, NO_ROOM)
            }
            LegFact::Rang { remote, status, early, body } => {
                found.signalled_from(remote);
                self.rang(desk, at, status, early, body.as_ref())
            }
            LegFact::Answered { remote, early, body } => {
                found.signalled_from(remote);
                self.answered(desk, behalf, at, early, body.as_ref())
            }
            LegFact::Offered { remote, early, body } => {
                found.signalled_from(remote);
                let early = (!found.is_up()).then(|| early.unwrap_or(0));
                found.answer_offer(desk, early, body.as_ref());
                Verdict::Waits
            }
            LegFact::Refused { status, cause, to } => {
                found.ended(desk, Some(status), cause);
                if let Some(to) = to
                    && let Some(verdict) = self.redirected(desk, behalf, at, &to)
                {
                    return verdict;
                }
                self.lost(desk, behalf, at, Rejection::heard(status, cause))
            }
            LegFact::Ended(cause) => {
                found.ended(desk, None, cause);
                if self.attempts[at].consent.is_asked() {
                    self.rang_out = true;
                    return self.lost(desk, behalf, at, Rejection::of(Cause::NO_ANSWER));
                }
                // Who hangs up while he hears what it is about does not want it.
                let heard = match self.attempts[at].consent.listens() {
                    true => Rejection::heard(603, cause),
                    false => Rejection::of(cause.unwrap_or(Cause::NO_RESPONSE)),
                };
                self.lost(desk, behalf, at, heard)
            }
            LegFact::Key { key, .. } if self.attempts[at].consent.takes(key) => self.won(desk, behalf, at),
            LegFact::Played { play, missing } => {
                if missing {
                    desk.count("prompt missing");
                }
                let heard = self.attempts[at].consent.heard(desk, play);
                if heard { self.won(desk, behalf, at) } else { Verdict::Waits }
            }
            // Other keys are of no use to anybody, and nothing else happens to such a leg.
            LegFact::Closed(_)
            | LegFact::Confirmed(_)
            | LegFact::Unasked
            | LegFact::Referred(_)
            | LegFact::Key { .. }
            | LegFact::Yielded => Verdict::Waits,
        }
    }

    fn rang(&mut self, desk: &mut Desk<'_>, at: usize, status: u16, early: u32, body: Option<&Body>) -> Verdict {
        let leg = &mut self.attempts[at].leg;
        let heard = leg.rang(desk, early, body);
        match self.heard {
            None if heard => {
                self.heard = Some(leg.id);
                Verdict::Heard
            }
            // Also a 183 without a session that fits: else the caller would hear nothing at all.
            None if (180..=199).contains(&status) => Verdict::Rings,
            _ => Verdict::Waits,
        }
    }

    fn answered(
        &mut self,
        desk: &mut Desk<'_>,
        behalf: &mut Behalf<'_>,
        at: usize,
        early: u32,
        body: Option<&Body>,
    ) -> Verdict {
        if !self.attempts[at].leg.answered(desk, early, body) {
            let heard = Rejection::of(Cause::INCOMPATIBLE);
            self.attempts[at].leg.release(desk, heard.cause);
            return self.lost(desk, behalf, at, heard);
        }
        let attempt = &mut self.attempts[at];
        if let Consent::Key(confirm) = attempt.consent {
            attempt.until = Some(desk.now.mono + confirm.within);
        }
        let now = desk.now;
        if attempt.consent.answered(desk, || behalf.waited(now)) {
            return self.won(desk, behalf, at);
        }
        // To the caller he rings: what he says before he takes the call is not for him.
        self.unheard(at);
        Verdict::Rings
    }

    /// This one has it.
    fn won(&mut self, desk: &mut Desk<'_>, behalf: &mut Behalf<'_>, at: usize) -> Verdict {
        let mut winner = self.attempts.remove(at);
        winner.leg.won();
        self.let_others_go = self.attempts.len();
        self.attempts.drain(..).for_each(|other| Leg::leave(desk, behalf.left, other.leg, Cause::TAKEN_ELSEWHERE));
        Verdict::Won(Box::new(winner))
    }

    /// One comes to nothing.
    fn lost(&mut self, desk: &mut Desk<'_>, behalf: &mut Behalf<'_>, at: usize, heard: Rejection) -> Verdict {
        self.unheard(at);
        let Attempt { leg, to, .. } = self.attempts.remove(at);
        self.gone.push(to.target.clone());
        Leg::leave(desk, behalf.left, leg, Cause::NORMAL);
        self.say(heard);
        if heard.status >= 600 {
            // RFC 3261 21.6: he says so for all of his devices; not for others whom the plan names beside him.
            self.let_go(desk, behalf.left, Cause::NORMAL, |attempt| attempt.to.member == to.member);
        }
        self.go_on(desk, behalf)
    }

    /// This one is not heard any more before he has it; another may be.
    fn unheard(&mut self, at: usize) {
        let gone = self.attempts[at].leg.id;
        if self.heard == Some(gone) {
            let mut others = self.attempts.iter().filter(|attempt| attempt.leg.id != gone);
            self.heard = others.find(|attempt| attempt.leg.is_early()).map(|attempt| attempt.leg.id);
        }
    }

    fn say(&mut self, heard: Rejection) {
        self.best = Some(self.best.map_or(heard, |before| before.or_better(heard)));
    }

    fn let_go(
        &mut self,
        desk: &mut Desk<'_>,
        left: &mut Vec<Leg>,
        cause: Cause,
        goes: impl Fn(&Attempt) -> bool,
    ) -> usize {
        let (go, stay): (SmallVec<[Attempt; 1]>, _) = self.attempts.drain(..).partition(goes);
        self.attempts = stay;
        let gone = go.len();
        go.into_iter().for_each(|attempt| Leg::leave(desk, left, attempt.leg, cause));
        gone
    }

    /// Nobody is to be reached any more.
    pub fn cancel(self, desk: &mut Desk<'_>, left: &mut Vec<Leg>, cause: Cause) {
        self.attempts.into_iter().for_each(|attempt| Leg::leave(desk, left, attempt.leg, cause));
    }

    /// Who could be rung if this winner went at once; none, where there was nobody beside him.
    pub fn rest(mut self, winner: &Target) -> Option<Rest> {
        let beside = self.asked.len() > 1 || self.let_others_go > 0 || !self.waves.is_empty();
        // Where a call was forwarded to, the way there is not gone a second time.
        let others = beside && self.onward.is_none();
        self.gone.push(winner.clone());
        self.waves.before(self.asked);
        let Ringing { aim, agent, charge, waves, until, engages, gone, .. } = self;
        others.then_some(Rest { aim, agent, charge, waves, until, engages, gone })
    }

    /// Its legs.
    pub fn legs(&self) -> impl Iterator<Item = &Leg> {
        self.attempts.iter().map(|attempt| &attempt.leg)
    }

    /// Its legs, whether they are heard before they have it, and what is played to them.
    pub fn heard(&self) -> impl Iterator<Item = (&Leg, bool, Option<Playing>)> {
        let heard = |leg: &Leg| self.heard == Some(leg.id);
        self.attempts.iter().map(move |attempt| (&attempt.leg, heard(&attempt.leg), attempt.consent.sound()))
    }

    /// One of its legs.
    pub fn leg(&mut self, id: LegId) -> Option<&mut Leg> {
        self.attempts.iter_mut().map(|attempt| &mut attempt.leg).find(|leg| leg.id == id)
    }

    /// The caller hears somebody before he answers.
    pub fn is_heard(&self) -> bool {
        self.heard.is_some()
    }
}
