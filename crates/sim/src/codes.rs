//! Somebody who does what telephones say by codes: as the front desk of the real switch, with its table of rights, as far as
//! calls, the status of agents and the forwards of phones go.

use crate::World;
use call::Verb;
use control::{AgentWish, Change, Subject, may};
use dialplan::codes::{Code, Said};
use dialplan::{Arrival, Destination, Origin, Routed};
use node::Input;
use std::sync::Arc;
use terms::{AgentId, CallRef, LegId, PhoneId};

impl World {
    /// Of whom no PIN of an agent is looked at, or was not a while ago.
    pub fn held_by_pins(&self) -> Vec<dialplan::login::Tried> {
        self.logins.held_by_pins(self.now().mono).map(|(tried, _)| tried).collect()
    }

    /// Does it, if he may who wants it and it can be done; he hears which of the two.
    pub(crate) fn obey_code(&mut self, said: &Said) {
        let done = self.do_code(said).is_some();
        let now = self.now();
        self.node.handle_input(now, Input::Obeyed { call: said.call, leg: said.leg, done });
    }

    fn do_code(&mut self, said: &Said) -> Option<()> {
        let (plan, now) = (self.plan.clone(), self.now());
        let (by, verb) = match said.code {
            Code::LogIn => self.logins.log_in(&plan, said, now.mono).ok()?,
            _ => (said.actor(&plan)?, said.verb(&plan)?),
        };
        let own = Subject::of(&verb);
        let observed = if let control::Verb::Observe { whom, .. } = &verb { whom.strip_prefix("phone:") } else { None };
        let subject = match observed.map(PhoneId::of) {
            Some(whom) => self.who_is_in(self.node.board().talking_at(&[whom])?.0),
            None if own.is_whole() => self.who_is_in(said.call),
            None => own,
        };
        may(&plan.roles, &by, &verb, &subject).ok()?;
        let of = |party: &Option<String>| {
            let sheet = self.node.board().sheet(now, said.call)?;
            let parties = sheet.parties.iter().map(|line| line.leg);
            parties.into_iter().find(|leg: &LegId| Some(leg.to_string()) == *party)
        };
        let verb = match &verb {
            control::Verb::Transfer { party, to, .. } => {
                Verb::Transfer { party: of(party)?, to: self.routed(said, to)?, by: said.phone }
            }
            control::Verb::Consult { party, to, .. } => {
                Verb::Consult { party: of(party)?, to: self.routed(said, to)?, by: said.phone }
            }
            control::Verb::Swap { .. } => Verb::Swap,
            control::Verb::Join { .. } => Verb::Join,
            control::Verb::Park { party, slot, .. } => {
                Verb::Park { party: of(party)?, slot: self.node.board().free_slot(*slot)?, by: said.phone }
            }
            control::Verb::Complete { .. } => Verb::Complete,
            control::Verb::Back { .. } => Verb::Back,
            control::Verb::Hangup { call } => {
                self.node.handle_input(now, Input::HangUp(*call));
                return Some(());
            }
            control::Verb::Take { agent, queue } => {
                let agent = AgentId::of(agent);
                let queue = match queue {
                    Some(said) => plan.queue_said(said)?.id,
                    None => self.node.acd().longest_waiting(agent)?,
                };
                self.node.acd().may_take(agent, queue).ok()?;
                self.node.handle_input(now, Input::Take { agent, queue });
                return Some(());
            }
            control::Verb::Dispose { agent, disposition } => {
                let agent = AgentId::of(agent);
                let queue = plan.queue(self.node.acd().wraps_up_for(agent)?)?;
                let disposition = queue.disposition(disposition)?.to_owned();
                self.node.handle_input(now, Input::Dispose { agent, disposition });
                return Some(());
            }
            control::Verb::LogIn { agent, phone } => {
                let (agent, phone) = (AgentId::of(agent), terms::PhoneId::of(phone));
                let others = plan.agents.iter().filter(|other| other.seat == Some(phone) && other.id != agent);
                for other in others {
                    let gone = Input::SetStatus { agent: other.id, status: acd::Status::LoggedOut };
                    self.node.handle_input(now, gone);
                }
                self.seats.retain(|(who, at)| *who != agent && *at != phone);
                self.seats.push((agent, phone));
                self.sit_down();
                self.node.handle_input(now, Input::SetStatus { agent, status: acd::Status::Ready });
                return Some(());
            }
            control::Verb::Agent { name, status, reason } => {
                let agent = AgentId::of(name);
                if *status == AgentWish::Logout && self.seats.iter().any(|(who, _)| *who == agent) {
                    self.seats.retain(|(who, _)| *who != agent);
                    self.sit_down();
                }
                let reason = || reason.clone().unwrap_or_else(|| control::NO_REASON.into());
                let status = match status {
                    AgentWish::Ready => acd::Status::Ready,
                    AgentWish::Pause => acd::Status::NotReady(reason()),
                    AgentWish::Logout => acd::Status::LoggedOut,
                    AgentWish::Done => {
                        self.node.acd().agent(agent)?.wrap_up_until?;
                        self.node.handle_input(now, Input::WrapUpDone(agent));
                        return Some(());
                    }
                };
                self.node.handle_input(now, Input::SetStatus { agent, status });
                return Some(());
            }
            control::Verb::Observe { whom, mode, .. } => {
                let whom = PhoneId::of(whom.strip_prefix("phone:")?);
                let (call, of) = self.node.board().talking_at(&[whom])?;
                let to = Routed { destination: Destination::Phone(said.phone?), record: false, route: None };
                self.node.board().may(call, &Verb::Watch { party: of, to, mode: *mode }).ok()?;
                Verb::Observe { party: said.leg, to: call, of, mode: *mode }
            }
            control::Verb::Change(change) => {
                return self.lay_phone(change);
            }
            other => panic!("nobody does {other:?} in this world"),
        };
        self.node.board().may(said.call, &verb).ok()?;
        self.node.handle_input(now, Input::Verb { call: said.call, verb });
        Some(())
    }

    /// What becomes of calls to a phone from now on.
    fn lay_phone(&mut self, change: &Change) -> Option<()> {
        let Change::Phone { phone, key, value } = change else { return None };
        let mut base = (*self.base).clone();
        base.phones.iter_mut().find(|one| one.user == *phone)?.incoming.set(key, value).ok()?;
        self.base = Arc::new(base);
        self.sit_down();
        Some(())
    }

    /// Agents are where they have logged in, as the office of the real switch has it.
    fn sit_down(&mut self) {
        let mut plan = (*self.base).clone();
        self.seats.iter().for_each(|(agent, phone)| plan.seat(*agent, *phone));
        self.plan = Arc::new(plan);
        let change = node::Change { plan: self.plan.clone(), sip: None, prompts: None, pins: None };
        let now = self.now();
        self.node.handle_input(now, Input::Plan(Box::new(change)));
    }

    fn routed(&self, said: &Said, to: &str) -> Option<Routed> {
        let arrival = Arrival { from: Origin::Phone(said.phone?), caller: "", called: to };
        self.plan.decide(&arrival, self.now().wall)
    }

    fn who_is_in(&self, call: CallRef) -> Subject {
        let involved = self.node.board().involved(call).unwrap_or_default();
        let at = |phone: &terms::PhoneId| self.plan.agents_at(*phone).map(|agent| agent.id).collect::<Vec<_>>();
        let agents = involved.phones.iter().flat_map(at).chain(involved.agent).collect();
        Subject { queues: involved.queue.into_iter().collect(), agents, phones: involved.phones }
    }
}
