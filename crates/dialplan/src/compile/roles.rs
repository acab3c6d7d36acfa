//! Who may what: each agent speaks for himself, and a phone for itself and for the agents who are rung there. A phone that
//! supervises others may what a supervisor of these may.

use crate::flow::RingTarget;
use crate::{Destination, Plan, Supervises};
use control::{Roles, Scope};
use std::collections::BTreeSet;
use terms::{AgentId, PhoneId, QueueId};

/// The roles that a plan gives.
pub(crate) fn of(plan: &Plan) -> Roles {
    let phones = plan.phones.iter().map(|phone| (phone.id, Default::default())).collect();
    let led = plan.phones.iter().filter_map(|phone| Some((phone.id, scope(&phone.supervises, plan)?)));
    let mut roles = Roles { phones, supervisors: led.collect(), ..Roles::default() };
    for agent in &plan.agents {
        roles.agents.insert(agent.id);
        for phone in agent.phones() {
            roles.phones.entry(phone).or_default().insert(agent.id);
        }
    }
    roles
}

/// What is in the scope of who supervises these.
fn scope(of: &Supervises, plan: &Plan) -> Option<Scope> {
    match of {
        Supervises::Nobody => None,
        Supervises::Everybody => Some(Scope::All),
        Supervises::These(named) => {
            let mut team = Team::default();
            named.iter().for_each(|one| team.add(one, plan));
            Some(Scope::Of { queues: team.queues, agents: team.agents, phones: team.phones })
        }
    }
}

#[derive(Default)]
struct Team {
    queues: BTreeSet<QueueId>,
    agents: BTreeSet<AgentId>,
    phones: BTreeSet<PhoneId>,
}

impl Team {
    fn add(&mut self, one: &Destination, plan: &Plan) {
        match one {
            Destination::Queue(id) => {
                self.queues.insert(*id);
                let agents = plan.queues.iter().filter(|queue| queue.id == *id).flat_map(|queue| &queue.agents);
                agents.for_each(|(agent, _)| self.agent(*agent, plan));
            }
            Destination::Agent(id) => self.agent(*id, plan),
            Destination::Phone(id) => _ = self.phones.insert(*id),
            Destination::Group(id) => {
                let groups = plan.groups.iter().filter(|group| group.id == *id);
                groups.flat_map(|group| &group.members).for_each(|member| self.member(&member.target, plan));
            }
            _ => {}
        }
    }

    fn member(&mut self, target: &RingTarget, plan: &Plan) {
        match target {
            RingTarget::Phone(phone) | RingTarget::Intercom(phone) => _ = self.phones.insert(*phone),
            RingTarget::Agent(agent) => self.agent(*agent, plan),
            RingTarget::Trunk(..) | RingTarget::Group(_) => {}
        }
    }

    fn agent(&mut self, id: AgentId, plan: &Plan) {
        self.agents.insert(id);
        let agent = plan.agents.iter().filter(|agent| agent.id == id);
        self.phones.extend(agent.flat_map(|agent| agent.phones()));
    }
}
