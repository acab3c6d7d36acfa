//! On whose behalf somebody is rung: what a leg of ours has to know of its call, and how it is placed.

use super::confirm::Consent;
use super::whom::{Charge, Device};
use crate::cdr::{CallRecord, ForwardedBy, LegRecord, LegRole};
use crate::claim::{self, Claim};
use crate::desk::Desk;
use crate::leg::{End, Leg};
use crate::origin::Origin as Brought;
use crate::party::Name;
use crate::trail::Trail;
use dialplan::duty::Voice;
use dialplan::flow::RingTarget;
use dialplan::{Caller, Confirm, Origin, Plan, Shown, ToldForwards};
use media::codec::Codec;
use sip::{Diversion, Extras, Source, Target, ToldAs};
use smallvec::SmallVec;
use std::time::Duration;
use terms::{AgentId, Mono, Now, PhoneId, Pii, PromptId, TrunkId};

/// A call, as far as those who are rung for it are concerned.
pub(crate) struct Behalf<'a> {
    pub plan: &'a Plan,
    pub record: &'a CallRecord,
    pub worker: u16,
    /// What the caller talks, or will.
    pub codec: Option<Codec>,
    pub origin: &'a Brought,
    /// For whom it is, where that is not who brought the call.
    pub stranger: Option<(Source, Pii<String>)>,
    /// It is a room, which is shown so.
    pub room: Option<Name>,
    /// Since when he waits in a queue.
    pub waits_since: Option<Mono>,
    /// Which of its legs its next one is.
    pub legs: &'a mut u16,
    /// Legs that were let go of.
    pub left: &'a mut Vec<Leg>,
}

/// The devices of one whom the plan names: those that can be rung now, the agent whose they are, and what is to be done
/// there to take a call.
pub(super) type Devices = SmallVec<[(Target, Option<AgentId>, Consent); 1]>;

impl Behalf<'_> {
    /// The devices behind a target of the plan. `confirm` is what whoever is outside must do.
    pub fn devices(
        &self,
        desk: &Desk<'_>,
        target: &RingTarget,
        confirm: Option<Confirm>,
        charge: Option<&Charge>,
    ) -> Devices {
        match target {
            RingTarget::Phone(phone) | RingTarget::Intercom(phone) => {
                bindings(desk, *phone).map(|target| (target, None, Consent::Answer)).collect()
            }
            RingTarget::Agent(agent) => self.devices_of(desk, *agent, charge),
            RingTarget::Trunk(trunk, number) => {
                let consent = confirm.map_or(Consent::Answer, Consent::Key);
                [(self.outward(*trunk, number.as_deref(), charge), None, consent)].into_iter().collect()
            }
            // The members of a group stand in its waves, and are no groups.
            RingTarget::Group(_) => Devices::new(),
        }
    }

    /// The agent's devices that can be rung. Who serves a caller is a matter of now: the plan in force says what an
    /// agent's devices are, and the caller's own only of an agent who is no longer in it.
    fn devices_of(&self, desk: &Desk<'_>, id: AgentId, charge: Option<&Charge>) -> Devices {
        let Some(agent) = desk.plan.agent(id).or_else(|| self.plan.agent(id)) else { return Devices::new() };
        let mut devices = Devices::new();
        for device in &agent.devices {
            match device {
                dialplan::Device::Phone(phone) if desk.usage.is_there(*phone) => {
                    devices.extend(bindings(desk, *phone).map(|target| (target, Some(id), Consent::Answer)));
                }
                dialplan::Device::Phone(_) => {}
                dialplan::Device::Number(trunk, number) => {
                    let consent = agent.confirm.map_or(Consent::Answer, Consent::Key);
                    devices.push((self.outward(*trunk, Some(number), charge), Some(id), consent));
                }
            }
        }
        devices
    }

    /// A number behind a trunk, as the carrier wants it.
    fn outward(&self, trunk: TrunkId, number: Option<&str>, charge: Option<&Charge>) -> Target {
        let own = (self.origin.route, &self.record.called);
        let (route, called) = charge.map_or(own, |charge| (charge.route, &charge.called));
        let called = || self.plan.onward(route, called.reveal()).into_owned();
        let number = number.map_or_else(called, str::to_owned);
        let number = self.plan.trunk(trunk).map_or_else(|| number.clone(), |trunk| trunk.dialled(&number));
        Target::Trunk { trunk, number: Pii::new(number) }
    }

    /// A leg to a device, with a port or waiting for one; none: its trunk is full. `engages`: its phone is engaged while it
    /// rings.
    pub fn open(&self, desk: &mut Desk<'_>, target: &Target, agent: Option<AgentId>, engages: bool) -> Option<Leg> {
        let claim = Claim::of(who_is(target));
        let takes = engages || matches!(claim, Claim::Trunk(_));
        if takes && !claim::take(desk, self.plan, claim) {
            desk.count("trunk full");
            return None;
        }
        // An agent who is new since the call began has a phone that the call's own plan does not know.
        let mut end = End::of([desk.plan, self.plan].into_iter(), claim);
        let agent = agent.and_then(|id| desk.plan.agent(id).or_else(|| self.plan.agent(id)));
        if matches!(claim, Claim::Trunk(_)) && agent.is_some_and(|agent| agent.codes) {
            end.keeps = self.plan.codes.first_keys().collect();
        }
        // What the caller talks comes first: two legs with one codec need no transcoding.
        end.lead_with(self.codec);
        let mut leg = Leg::to_place(desk, self.record.call, self.worker, end);
        if takes {
            leg.holds(claim);
        }
        Some(leg)
    }

    /// Sends the INVITE of a leg whose port is open; false: the call has no hop left for it.
    pub fn invite(
        &mut self,
        desk: &mut Desk<'_>,
        leg: &mut Leg,
        to: &Device,
        charge: Option<&Charge>,
        trail: Option<&Trail>,
    ) -> bool {
        let trail = trail.or(self.origin.trail.as_deref());
        let steps = trail.map_or(&[][..], |trail| &trail.steps);
        // RFC 3261 16.6 item 3: one hop less, and one for each forward; a call that has none left goes nowhere.
        let hops = u8::try_from(steps.len() + 1).unwrap_or(u8::MAX);
        let Some(max_forwards) = self.origin.max_forwards.checked_sub(hops) else { return false };
        let nth = *self.legs;
        *self.legs = nth.saturating_add(1);
        let role = if self.origin.dialled.is_some() { LegRole::Caller } else { LegRole::Callee };
        let mut record = LegRecord::new(self.record.call, nth, role, who_is(&to.target), desk.now.wall);
        record.agent = to.agent;
        record.charged_to = charge.map(|charge| charge.by);
        record.forwarded =
            steps.iter().map(|step| ForwardedBy { phone: Some(step.by), number: None, why: step.why }).collect();
        if let Target::Trunk { number, .. } = &to.target {
            record.number = Some(number.clone());
        }
        let Shown { number, name, withheld } = self.shown(&to.target, charge);
        let name = if to.by_queue && !withheld { self.with_queue(name) } else { name };
        let invite = sip::Command::Invite {
            leg: leg.id,
            target: to.target.clone(),
            caller: Pii::new(number),
            caller_name: name.map(Pii::new),
            withheld,
            max_forwards,
            extras: self.extras(to, trail),
            body: leg.offer(),
        };
        leg.place(desk, record, invite);
        true
    }

    /// The queue that gives the call.
    fn queue(&self) -> Option<&dialplan::Queue> {
        self.record.queue.and_then(|queue| self.plan.queue(queue))
    }

    /// Its name before the caller's, unless it does not want that.
    fn with_queue(&self, name: Option<String>) -> Option<String> {
        let Some(queue) = self.queue().filter(|queue| queue.briefing.display) else { return name };
        Some(name.map_or_else(|| queue.name.clone(), |name| format!("{}: {name}", queue.name)))
    }

    /// Whether an agent's phone is to answer by itself when his queue gives him a call.
    pub fn answers_itself(&self, desk: &Desk<'_>, agent: Option<AgentId>) -> bool {
        let agent = agent.and_then(|id| desk.plan.agent(id));
        agent.is_some_and(|agent| agent.auto_answer) || self.queue().is_some_and(|queue| queue.briefing.auto_answer)
    }

    /// What whoever answers for the queue hears before he has the caller.
    pub fn brief(&self, consent: Consent) -> Consent {
        let Some(briefing) = self.queue().map(|queue| queue.briefing) else { return consent };
        let zip = briefing.zip.then(|| self.plan.duty.sound(Voice::Zip));
        let (words, tell_wait) = ([zip, briefing.whisper], briefing.tell_wait);
        let any = tell_wait || words.iter().any(Option::is_some);
        if any && matches!(consent, Consent::Answer) { Consent::Listen { words, tell_wait } } else { consent }
    }

    /// What says how long the one for whom somebody is rung has waited in queues.
    pub fn waited(&self, now: Now) -> PromptId {
        let here = self.waits_since.map_or(Duration::ZERO, |since| now.mono.since(since));
        self.plan.duty.waited(here + Duration::from_millis(self.record.waited_ms))
    }

    /// What an INVITE says beside that: who has forwarded the call, where its carrier wants to know; that a phone shall
    /// answer by itself.
    fn extras(&self, to: &Device, trail: Option<&Trail>) -> Option<Box<Extras>> {
        if to.answers_itself {
            return Some(Box::new(Extras { answers_itself: true, ..Extras::default() }));
        }
        let (trail, Target::Trunk { trunk, .. }) = (trail?, &to.target) else { return None };
        let trunk = self.plan.trunk(*trunk)?;
        let told_as = match trunk.diversion {
            ToldForwards::None => return None,
            ToldForwards::Diversion => ToldAs::Diversion,
            ToldForwards::HistoryInfo => ToldAs::HistoryInfo,
        };
        let own = trail.steps.iter().map(|step| {
            let phone = self.plan.phone(step.by);
            let number = phone.map_or("", |phone| phone.extension.as_deref().unwrap_or(&phone.user));
            let caller = Caller { from: Origin::Phone(step.by), number, name: None, withheld: false };
            let number = Pii::new(self.plan.shown(trunk, None, &caller).number);
            Diversion { number, why: step.why, times: 1 }
        });
        let diversions = trail.before.as_deref().cloned().into_iter().chain(own).collect();
        Some(Box::new(Extras { diversions, told_as, answers_itself: false }))
    }

    /// A phone of ours, and the number by which it is known.
    fn phone(&self, source: Source) -> Option<(Source, Pii<String>)> {
        let Source::Phone(phone) = source else { return None };
        let phone = self.plan.phone(phone)?;
        Some((source, Pii::new(phone.extension.as_ref().unwrap_or(&phone.user).clone())))
    }

    /// Who is shown as the caller: to our own phones who he is, to a carrier what the operator says. One for whom we dial
    /// is shown at a phone of ours whom he will get, and one who is rung for a room is shown that; a carrier is shown whoever
    /// has him rung, if that is a phone of ours.
    fn shown(&self, target: &Target, charge: Option<&Charge>) -> Shown {
        if let (Some(dialled), Source::Phone(_)) = (&self.origin.dialled, who_is(target)) {
            let name = dialled.name.as_ref().map(|name| name.reveal().clone());
            return Shown { number: self.record.called.reveal().clone(), name, withheld: false };
        }
        if let (Some(room), Source::Phone(_)) = (&self.room, who_is(target)) {
            let name = room.name.as_ref().map(|name| name.reveal().clone());
            return Shown { number: room.number.reveal().clone(), name, withheld: false };
        }
        let own = (self.record.source, &self.record.caller);
        let host = charge.filter(|_| self.room.is_some()).and_then(|charge| self.phone(charge.by));
        let stranger = host.as_ref().or(self.stranger.as_ref());
        let (source, number) = stranger.map_or(own, |(source, number)| (*source, number));
        let known = stranger.is_none();
        let name = self.origin.name.as_ref().filter(|_| known).map(|name| name.reveal());
        let (number, withheld) = (number.reveal(), known && self.origin.withheld);
        if let Target::Trunk { trunk, .. } = target
            && let Some(trunk) = self.plan.trunk(*trunk)
        {
            let from = match source {
                Source::Trunk(trunk) => Origin::Trunk(trunk),
                Source::Phone(phone) => Origin::Phone(phone),
            };
            let caller = Caller { from, number, name: name.map(String::as_str), withheld };
            let route = charge.map_or(self.origin.route, |charge| charge.route);
            return self.plan.shown(trunk, route, &caller);
        }
        Shown { number: number.clone(), name: name.cloned(), withheld }
    }
}

/// Where a phone can be rung: each of its devices. Signalling says what there is to say of a phone that has none.
fn bindings(desk: &Desk<'_>, phone: PhoneId) -> impl Iterator<Item = Target> + use<> {
    let known = desk.usage.devices(phone);
    let none = known.is_empty().then_some(Target::Phone(phone));
    known.into_iter().map(move |binding| Target::Binding { phone, binding }).chain(none)
}

/// Who is at the other end of a leg to this target.
pub(crate) fn who_is(target: &Target) -> Source {
    match target {
        Target::Phone(phone) | Target::Binding { phone, .. } => Source::Phone(*phone),
        Target::Trunk { trunk, .. } => Source::Trunk(*trunk),
    }
}
