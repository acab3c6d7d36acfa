//! Where calls to a phone go instead of it: it does not ring at all, or what became of its ringing says so. Whoever is rung
//! then is rung with the rights of the phone, and on its account; he may forward the call once more, up to a limit.

use super::behalf::Behalf;
use super::waves::Waves;
use super::whom::{Charge, Device};
use super::{Aim, Attempt, NO_ROOM, Ringing, Verdict};
use crate::desk::Desk;
use crate::leg::Leg;
use crate::trail::{Forwarded, Trail};
use dialplan::flow::RingTarget;
use dialplan::{Destination, Incoming, Routed};
use sip::{Source, Target};
use terms::{Cause, ForwardWhy, Mono, PhoneId, Pii, Rejection};

/// RFC 3261 21.4.20: it would come back to whoever has forwarded it, or has called.
const LOOP: Rejection = Rejection { status: 482, cause: Cause::ROUTING_ERROR };
/// It has been forwarded too often already.
const TOO_OFTEN: Rejection = Rejection { status: 483, cause: Cause::ROUTING_ERROR };

/// A call that was forwarded.
#[derive(Debug)]
pub(super) struct Onward {
    pub charge: Charge,
    pub trail: Trail,
}

/// What follows when nobody rings any more.
pub(super) enum Next {
    /// Somebody else is to be rung.
    Rings,
    /// It goes where nobody is rung.
    Goes(Box<(Routed, Trail)>),
    /// It is lost.
    Nowhere,
}

/// On whose account somebody is rung: the phone's that forwarded the call last, else whoever's doing it is.
pub(super) fn charged<'a>(own: Option<&'a Charge>, onward: Option<&'a Onward>) -> Option<&'a Charge> {
    onward.map(|onward| &onward.charge).or(own)
}

impl Ringing {
    /// See [`charged`].
    pub(super) fn charge(&self) -> Option<&Charge> {
        charged(self.charge.as_deref(), self.onward.as_deref())
    }

    /// Why this one does not ring at all, if he does not. Whoever is to take back a call that he has transferred does.
    pub(super) fn barred(&self, desk: &Desk<'_>, behalf: &Behalf<'_>, one: &RingTarget) -> Option<Rejection> {
        let (RingTarget::Phone(phone) | RingTarget::Intercom(phone)) = *one else { return None };
        let incoming = incoming(desk, behalf, phone)?;
        let quiet = incoming.dnd || !incoming.call_waiting && desk.usage.is_engaged(phone);
        let away = self.waves.alone == Some(phone) && incoming.forward.always.is_some();
        let barred = (quiet || away) && !matches!(self.aim, Aim::Return { .. });
        barred.then_some(Rejection::of(Cause::BUSY))
    }

    /// How long this one rings before his calls go on; none: for as long as there is time.
    pub(super) fn patience(&self, desk: &Desk<'_>, one: &RingTarget) -> Option<Mono> {
        let RingTarget::Phone(phone) = *one else { return None };
        let forward = &desk.plan.phone(phone).filter(|_| self.waves.alone == Some(phone))?.incoming.forward;
        forward.no_answer.is_some().then(|| desk.now.mono + forward.after)
    }

    /// Nobody rings any more: whoever was called by himself may have his calls go on.
    pub(super) fn forward(&mut self, desk: &mut Desk<'_>, behalf: &Behalf<'_>) -> Next {
        let Some(phone) = self.waves.alone.take() else { return Next::Nowhere };
        let Some(incoming) = incoming(desk, behalf, phone) else { return Next::Nowhere };
        let why = self.why(incoming);
        let Some(to) = incoming.forward.to(why).map(str::to_owned) else { return Next::Nowhere };
        match self.lead(desk, behalf, Forwarded { by: phone, why }, &to) {
            Ok(next) => next,
            Err((what, heard)) => {
                desk.count(what);
                // Else what the phone said stands.
                heard.into_iter().for_each(|heard| self.say(heard));
                Next::Nowhere
            }
        }
    }

    /// Why a phone did not take a call.
    fn why(&self, incoming: &Incoming) -> ForwardWhy {
        match self.best.map_or(0, |best| best.status) {
            _ if incoming.forward.always.is_some() => ForwardWhy::Always,
            _ if self.rang_out => ForwardWhy::NoAnswer,
            300..=399 | 486 | 600 | 603 | 607 | 608 => ForwardWhy::Busy,
            _ => ForwardWhy::Unreachable,
        }
    }

    /// One of those who ring names another number (3xx). Of a phone that is rung by itself it is as if it were set here; a
    /// carrier may name another number behind it, so often. Whether that is followed; then its leg is gone.
    pub(super) fn redirected(
        &mut self,
        desk: &mut Desk<'_>,
        behalf: &mut Behalf<'_>,
        at: usize,
        to: &Pii<String>,
    ) -> Option<Verdict> {
        match self.attempts[at].to.target.clone() {
            Target::Phone(phone) | Target::Binding { phone, .. } => self.phone_redirects(desk, behalf, phone, to),
            Target::Trunk { trunk, .. } => {
                self.trunk_redirects(desk, behalf, at, Target::Trunk { trunk, number: to.clone() })
            }
        }
    }

    fn phone_redirects(
        &mut self,
        desk: &mut Desk<'_>,
        behalf: &mut Behalf<'_>,
        phone: PhoneId,
        to: &Pii<String>,
    ) -> Option<Verdict> {
        let follows = incoming(desk, behalf, phone).is_some_and(|incoming| incoming.follow);
        if self.waves.alone != Some(phone) || !follows {
            return None;
        }
        let step = Forwarded { by: phone, why: ForwardWhy::Redirected };
        match self.lead(desk, behalf, step, to.reveal()) {
            Ok(next) => {
                // Whoever is at the device says it for all of its devices.
                self.let_go(desk, behalf.left, Cause::NORMAL, |_| true);
                self.heard = None;
                Some(if let Next::Goes(onward) = next { Verdict::Onward(onward) } else { self.go_on(desk, behalf) })
            }
            Err((what, heard)) => {
                desk.count(what);
                heard.into_iter().for_each(|heard| self.say(heard));
                None
            }
        }
    }

    fn trunk_redirects(
        &mut self,
        desk: &mut Desk<'_>,
        behalf: &mut Behalf<'_>,
        at: usize,
        target: Target,
    ) -> Option<Verdict> {
        let Target::Trunk { trunk, .. } = &target else { return None };
        let most = behalf.plan.trunk(*trunk).map_or(0, |trunk| trunk.redirects);
        let Attempt { to, until, consent, redirects, .. } = &self.attempts[at];
        let (to, until, consent, redirects) = (Device { target, ..to.clone() }, *until, *consent, redirects + 1);
        if redirects > most {
            return None;
        }
        self.unheard(at);
        let before = self.attempts.remove(at);
        Leg::leave(desk, behalf.left, before.leg, Cause::NORMAL);
        match behalf.open(desk, &to.target, to.agent, self.engages) {
            Some(leg) => self.attempts.push(Attempt { leg, to, until, consent, redirects }),
            None => self.say(NO_ROOM),
        }
        Some(self.go_on(desk, behalf))
    }

    /// Goes on to where the phone's number leads; else why it does not.
    fn lead(
        &mut self,
        desk: &Desk<'_>,
        behalf: &Behalf<'_>,
        step: Forwarded,
        to: &str,
    ) -> Result<Next, (&'static str, Option<Rejection>)> {
        let before = self.onward.as_ref().map(|onward| &onward.trail);
        let mut trail = before.or(behalf.origin.trail.as_deref()).cloned().unwrap_or_default();
        if trail.len() >= behalf.plan.sip.forwards_max {
            return Err(("forwarded too often", Some(TOO_OFTEN)));
        }
        trail.steps.push(step);
        let routed = behalf.plan.dialled_by(step.by, to, desk.now.wall);
        let routed = routed.ok_or(("forward leads nowhere", None))?;
        let waves = match routed.destination.clone() {
            Destination::Phone(phone) if trail.leads_round(phone, behalf.record.source) => {
                return Err(("forward leads round", Some(LOOP)));
            }
            Destination::HangUp(_) => return Err(("forward to where the plan hangs up", None)),
            Destination::Flow(_) | Destination::Queue(_) | Destination::Room(_)
                if matches!(self.aim, Aim::Step { .. }) =>
            {
                return Ok(Next::Goes(Box::new((routed, trail))));
            }
            Destination::Flow(_) | Destination::Queue(_) | Destination::Park(_) | Destination::Room(_) => {
                return Err(("forward to where nobody is rung", None));
            }
            Destination::Intercom(phone) => Waves::of_one(RingTarget::Intercom(phone)),
            Destination::Phone(phone) => Waves::of_one(RingTarget::Phone(phone)),
            Destination::Agent(agent) => Waves::of_one(RingTarget::Agent(agent)),
            Destination::Trunk(trunk, number) => Waves::of_one(RingTarget::Trunk(trunk, number)),
            Destination::Group(id) => {
                let group = behalf.plan.group(id);
                group
                    .map(|group| Waves::of_group(group, group.members.clone(), behalf.record.call.0))
                    .unwrap_or_default()
            }
        };
        let charge = Charge { by: Source::Phone(step.by), called: Pii::from(to), route: routed.route };
        self.onward = Some(Box::new(Onward { charge, trail }));
        self.waves = waves.from(desk.now.mono.since(self.since));
        (self.best, self.rang_out) = (None, false);
        Ok(Next::Rings)
    }
}

/// What becomes of calls to a phone now; of one that is new since the call began, too.
fn incoming<'a>(desk: &Desk<'a>, behalf: &Behalf<'a>, phone: PhoneId) -> Option<&'a Incoming> {
    desk.plan.phone(phone).or_else(|| behalf.plan.phone(phone)).map(|phone| &phone.incoming)
}
