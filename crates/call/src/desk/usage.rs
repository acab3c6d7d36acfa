//! Which phones and trunks are in calls, and where a phone can be rung: the table alone. What follows for agents when it
//! changes is told by whoever changes it.

use acd::Presence;
use dialplan::{Agent, Device, Plan};
use sip::BindingId;
use smallvec::SmallVec;
use std::collections::{BTreeMap, BTreeSet};
use terms::{AgentId, PhoneId, TrunkId, limits};

/// Devices of one phone. Most have one.
type Bindings = SmallVec<[BindingId; 1]>;

/// Which phones and trunks are in calls, and who is reachable.
#[derive(Debug, Default)]
pub(crate) struct Usage {
    /// Legs of calls that no queue gave, by phone.
    pub phones: BTreeMap<PhoneId, u32>,
    /// Legs of calls that a queue gave, by phone.
    pub served: BTreeMap<PhoneId, u32>,
    /// Agents with whom a call stands.
    pub standing: BTreeSet<AgentId>,
    /// Calls by trunk, both ways.
    pub trunks: BTreeMap<TrunkId, u32>,
    /// The devices at which a phone can be rung, the one to ring first first; a phone that is not there has none.
    bindings: BTreeMap<PhoneId, Bindings>,
    /// What the routing core was told of each agent last.
    pub told: BTreeMap<AgentId, Presence>,
}

impl Usage {
    /// Notes where a phone can be rung; whether it came or went with that.
    pub fn note(&mut self, news: &sip::Bindings) -> bool {
        let known: Bindings = news.lines.iter().map(|line| line.id).collect();
        match known.is_empty() {
            true => self.bindings.remove(&news.phone).is_some(),
            false => self.bindings.insert(news.phone, known).is_none(),
        }
    }

    /// The devices at which a phone can be rung.
    pub fn devices(&self, phone: PhoneId) -> Bindings {
        self.bindings.get(&phone).cloned().unwrap_or_default()
    }

    /// A phone can be rung somewhere.
    pub fn is_there(&self, phone: PhoneId) -> bool {
        self.bindings.contains_key(&phone)
    }

    /// A phone is in a call, or rings for one that no queue gave.
    pub fn is_engaged(&self, phone: PhoneId) -> bool {
        self.phones.contains_key(&phone) || self.served.contains_key(&phone)
    }

    /// Whether a phone has no more calls than a person keeps apart.
    pub fn is_a_persons(&self, phone: PhoneId) -> bool {
        self.phones.get(&phone).is_none_or(|calls| *calls <= limits::CALLS_OF_A_PERSON)
    }

    /// What an agent's devices say of him.
    pub fn presence(&self, plan: &Plan, agent: &Agent) -> Presence {
        let quiet = |phone| plan.phone(phone).is_some_and(|phone| phone.incoming.dnd);
        Presence {
            reachable: self.standing.contains(&agent.id)
                || agent.nailed_up.is_none()
                    && agent.devices.iter().any(|device| match device {
                        Device::Phone(phone) => self.is_there(*phone) && !quiet(*phone),
                        // Only calling it shows.
                        Device::Number(..) => true,
                    }),
            engaged: agent.phones().any(|phone| self.phones.contains_key(&phone)),
        }
    }

    /// Whether the trunk may carry one more call.
    pub fn has_room(&self, plan: &Plan, trunk: TrunkId) -> bool {
        let limit = plan.trunk(trunk).map_or(0, |one| one.calls_max);
        self.trunks.get(&trunk).copied().unwrap_or(0) < limit
    }

    /// Whether an agent can be rung for a call that is to stand: somewhere, and where he talks to nobody.
    pub fn can_stand(&self, agent: &Agent) -> bool {
        let engaged = agent.phones().any(|phone| self.is_engaged(phone));
        let there = agent.devices.iter().any(|device| match device {
            Device::Phone(phone) => self.is_there(*phone),
            Device::Number(..) => true,
        });
        there && !engaged
    }

    /// Nothing is taken.
    pub fn is_free(&self) -> bool {
        self.phones.is_empty() && self.served.is_empty() && self.trunks.is_empty()
    }
}
