//! Who may what: each agent speaks for himself, and a phone for the agents who are rung there.

use crate::Agent;
use control::Roles;

/// The roles that a plan gives.
pub(super) fn of(agents: &[Agent]) -> Roles {
    let mut roles = Roles::default();
    for agent in agents {
        roles.agents.insert(agent.id);
        for phone in agent.phones() {
            roles.phones.entry(phone).or_default().insert(agent.id);
        }
    }
    roles
}
