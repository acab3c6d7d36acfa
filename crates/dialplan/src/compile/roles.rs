//! Who may what: each agent speaks for himself, and a phone for itself and for the agents who are rung there.

use crate::{Agent, Phone};
use control::Roles;

/// The roles that a plan gives.
pub(crate) fn of(phones: &[Phone], agents: &[Agent]) -> Roles {
    let phones = phones.iter().map(|phone| (phone.id, Default::default())).collect();
    let mut roles = Roles { phones, ..Roles::default() };
    for agent in agents {
        roles.agents.insert(agent.id);
        for phone in agent.phones() {
            roles.phones.entry(phone).or_default().insert(agent.id);
        }
    }
    roles
}
