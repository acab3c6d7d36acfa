//! The calls that stand with agents while they are at work: they begin once one is ready and can be rung, unless he has one already;
//! end when he is not at work any more; and one that ends before that takes him out of it.

use super::Switchboard;
use super::guard::guarded;
use crate::admission::SPENT;
use crate::call::begin;
use crate::claim;
use crate::desk::Standing;
use crate::face::Output;
use crate::handle::{self, Signal};
use crate::leg::Nailed;
use crate::life::Life;
use crate::parcel::{Errand, News};
use crate::want::Join;
use dialplan::flow::RingTarget;
use dialplan::{Agent, Destination, Device, LineLost};
use sip::Source;
use terms::{AgentId, CallRef, Cause, Now};

/// The reason for which an agent is not ready whose standing call has ended.
const LOST: &str = "line lost";

impl Switchboard {
    /// Whether a call is to stand with any agent.
    pub fn nails_up(&self) -> bool {
        self.nails_up
    }

    /// An agent is ready or not, or has gone.
    pub(super) fn works(&mut self, now: Now, agent: AgentId, (ready, logged_out): (bool, bool)) {
        let index = &mut self.office.index;
        if !ready {
            index.at_work.remove(&agent);
        } else if self.plan.agent(agent).is_some_and(|agent| agent.nailed_up.is_some())
            && !self.set_aside.contains(&agent)
            && index.at_work.insert(agent)
        {
            index.wanting.push(agent);
        }
        if !ready {
            self.set_aside.remove(&agent);
        }
        if logged_out {
            self.unnail(now, agent);
        }
    }

    /// The call that stands with him, if any does, does not any more.
    fn unnail(&mut self, now: Now, agent: AgentId) {
        let Some(standing) = self.office.index.standing.remove(&agent) else { return };
        self.office.usage.standing.remove(&agent);
        self.announce(now, agent);
        self.ask(now, standing.call, Signal::Parcel(Box::new(News::Unnailed)));
    }

    fn announce(&mut self, now: Now, agent: AgentId) {
        let plan = self.plan.clone();
        plan.agent(agent).into_iter().for_each(|agent| claim::announce(&mut self.desk(now), agent));
    }

    /// After a reload: with whom no call is to stand any more.
    pub(super) fn unnail_others(&mut self) {
        self.nails_up = self.plan.agents.iter().any(|agent| agent.nailed_up.is_some());
        let nailed = |agent: &AgentId| self.plan.agent(*agent).is_some_and(|agent| agent.nailed_up.is_some());
        let index = &mut self.office.index;
        index.at_work.retain(nailed);
        let others = index.standing.extract_if(.., |agent, _| !nailed(agent));
        for (agent, standing) in others.collect::<Vec<_>>() {
            self.office.usage.standing.remove(&agent);
            self.errands.push_back(Errand::Supersede(standing.call));
        }
    }

    /// Calls that have ended stand no more, and those begin that should stand.
    pub(super) fn keep_standing(&mut self, now: Now) {
        while !self.office.index.lost.is_empty() || !self.office.index.wanting.is_empty() {
            for lost in std::mem::take(&mut self.office.index.lost) {
                self.lost(now, lost);
            }
            for agent in std::mem::take(&mut self.office.index.wanting) {
                self.begin_standing(now, agent);
            }
            self.run_errands(now);
        }
        if self.draining.is_some() {
            self.end_idle(now);
        }
    }

    /// A call has panicked: one that stands may have lost its leg without a word.
    pub(super) fn recount_standing(&mut self) {
        let index = &mut self.office.index;
        let gone = |standing: &Standing| standing.leg.is_some_and(|leg| !index.legs.contains_key(&leg));
        let lost = index.standing.iter().filter(|(_, standing)| gone(standing));
        let lost: Vec<Nailed> = lost.map(|(agent, standing)| Nailed { agent: *agent, home: standing.call }).collect();
        index.lost.extend(lost);
    }

    /// He is out of work with it, unless the switch is ending.
    fn lost(&mut self, now: Now, Nailed { agent, home }: Nailed) {
        if self.office.index.standing.get(&agent).is_none_or(|standing| standing.call != home) {
            return;
        }
        let ready = self.office.index.at_work.remove(&agent);
        let status = match self.plan.agent(agent).and_then(|agent| agent.nailed_up) {
            _ if self.draining.is_some() => None,
            Some(LineLost::LogOut) => Some(acd::Status::LoggedOut),
            Some(LineLost::Pause) if ready => Some(acd::Status::NotReady(LOST.to_owned())),
            Some(LineLost::Pause) | None => None,
        };
        if let Some(status) = status {
            // What is on its way of him still says that he is ready.
            self.set_aside.insert(agent);
            self.office.out.push_back(Output::Acd(acd::Command::SetStatus { agent, status }));
        }
        self.unnail(now, agent);
    }

    /// His devices are rung for a call that is to stand.
    fn begin_standing(&mut self, now: Now, agent: AgentId) {
        let plan = self.plan.clone();
        let Some(agent) = plan.agent(agent).filter(|agent| agent.nailed_up.is_some()) else { return };
        let index = &self.office.index;
        let wanted = index.at_work.contains(&agent.id) && !index.standing.contains_key(&agent.id);
        let can = self.draining.is_none() && self.full().is_none() && self.office.usage.can_stand(agent);
        let Some(source) = source(agent).filter(|_| wanted && can) else { return };
        self.calls_total += 1;
        let worker = self.worker_for(source, &Destination::HangUp(Cause::NORMAL));
        let mut desk = self.office.desk(now, &self.plan);
        let Some(id) = desk.ids.call() else { return desk.count(SPENT) };
        desk.index.standing.insert(agent.id, Standing { call: id, leg: None });
        let mut call = Box::new(begin::stand(&mut desk, &plan, worker, id, (agent, source)));
        let target = RingTarget::Agent(agent.id);
        let fault = guarded(&mut call, &mut desk, |call, desk| handle::dial(call, desk, target));
        self.calls.insert(id, call);
        self.told(id, fault);
    }

    /// The leg of a standing call goes to the call of a contact.
    pub(super) fn fetch_line(&mut self, now: Now, to: CallRef, from: Standing) {
        let Standing { call: home, leg: Some(who) } = from else { return };
        let open = |call: CallRef| self.calls.get(&call).filter(|call| call.life == Life::Open);
        let here =
            open(home).is_some_and(|call| call.parties.iter().any(|party| party.leg.id == who && party.leg.is_up()));
        if open(to).is_some() && here {
            self.tell(now, to, Signal::Parcel(Box::new(News::Await(who))));
            return self.tell(now, home, Signal::Parcel(Box::new(News::Lend { who, to, then: Join::Serve })));
        }
        self.ask(now, to, Signal::Parcel(Box::new(News::Missed(who))));
    }

    /// While the switch ends, who talks to nobody is hung up.
    fn end_idle(&mut self, now: Now) {
        let is_home = |call: &CallRef| self.calls.get(call).is_some_and(|call| !call.parties.is_empty());
        let is_idle = |standing: &Standing| standing.leg.is_none() || is_home(&standing.call);
        let standing = self.office.index.standing.iter().filter(|(_, standing)| is_idle(standing));
        for agent in standing.map(|(agent, _)| *agent).collect::<Vec<_>>() {
            self.unnail(now, agent);
        }
        self.run_errands(now);
    }
}

/// On whose account it is: his own phone's, or else the trunk's over which he is called.
fn source(agent: &Agent) -> Option<Source> {
    let number = agent.devices.iter().find_map(|device| match device {
        Device::Number(trunk, _) => Some(Source::Trunk(*trunk)),
        Device::Phone(_) => None,
    });
    agent.phones().next().map(Source::Phone).or(number)
}
