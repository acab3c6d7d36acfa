//! Who may what: each agent speaks for himself, and a phone for itself and for the agents who are rung there. A phone that
//! supervises others may what a supervisor of these may. A user may whatever one of his roles may.

use crate::flow::RingTarget;
use crate::{Agent, Led, Plan, Supervises, User};
use control::{Grant, Role, Roles, Scope};
use std::collections::BTreeSet;
use terms::{AgentId, PhoneId, QueueId};

/// The roles that a plan gives.
pub(crate) fn of(plan: &Plan) -> Roles {
    let phones = plan.phones.iter().map(|phone| (phone.id, Default::default())).collect();
    let led = plan.phones.iter().filter_map(|phone| Some((phone.id, scope(&phone.supervises, plan)?)));
    let serving = plan.queues.iter().map(|queue| (queue.id, queue.agents.iter().map(|(agent, _)| *agent).collect()));
    let users = plan.users.iter().map(|user| (user.name.clone(), grants(user, plan)));
    let (supervisors, serving, users) = (led.collect(), serving.collect(), users.collect());
    let mut roles = Roles { users, serving, phones, supervisors, agents: BTreeSet::new() };
    for agent in &plan.agents {
        roles.agents.insert(agent.id);
        for phone in agent.phones() {
            roles.phones.entry(phone).or_default().insert(agent.id);
        }
    }
    roles
}

/// All that a user is, each with where he is it.
fn grants(user: &User, plan: &Plan) -> Vec<Grant> {
    let granted = |role: &Role| {
        let scope = match role {
            Role::Owner | Role::Administrator | Role::Auditor => Scope::All,
            Role::Supervisor => scope(&user.supervises, plan)?,
            // Not by the index: a plan is changed while its roles are made anew.
            Role::Agent => own(plan.agents.iter().find(|agent| Some(agent.id) == user.agent)?),
        };
        Some(Grant { role: *role, scope })
    };
    user.roles.iter().filter_map(granted).collect()
}

/// An agent himself, and his phones.
fn own(agent: &Agent) -> Scope {
    Scope::Of { queues: BTreeSet::new(), agents: [agent.id].into(), phones: agent.phones().collect() }
}

/// What is in the scope of who leads these.
fn scope(of: &Supervises, plan: &Plan) -> Option<Scope> {
    match of {
        Supervises::Nobody => None,
        Supervises::Everybody => Some(Scope::All),
        Supervises::These(led) => {
            let mut team = Team::default();
            led.iter().for_each(|one| team.add(one, plan));
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
    fn add(&mut self, one: &Led, plan: &Plan) {
        match one {
            Led::Queue(id) => {
                self.queues.insert(*id);
                let agents = plan.queues.iter().filter(|queue| queue.id == *id).flat_map(|queue| &queue.agents);
                agents.for_each(|(agent, _)| self.agent(*agent, plan));
            }
            Led::Team(name) => {
                let agents = plan.agents.iter().filter(|agent| agent.team.as_ref() == Some(name));
                agents.for_each(|agent| self.agent(agent.id, plan));
            }
            Led::Agent(id) => self.agent(*id, plan),
            Led::Phone(id) => _ = self.phones.insert(*id),
            Led::Group(id) => {
                let groups = plan.groups.iter().filter(|group| group.id == *id);
                groups.flat_map(|group| &group.members).for_each(|member| self.member(&member.target, plan));
            }
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
