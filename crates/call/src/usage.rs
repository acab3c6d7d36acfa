//! Who uses what. A call takes a place on its trunks; a phone means something for its agents: an agent
//! is reachable while one of his devices is, and engaged while one of them is in a call that no queue
//! gave him.

use crate::TrunkUse;
use crate::call::{Common, Place};
use crate::desk::Desk;
use dialplan::Plan;
use std::collections::{BTreeMap, BTreeSet};
use terms::{AgentId, PhoneId, TrunkId};

/// The agents who have this device.
fn agents_of(plan: &Plan, phone: PhoneId) -> Vec<AgentId> {
    plan.agents.iter().filter(|agent| agent.devices.contains(&phone)).map(|agent| agent.id).collect()
}

/// A phone came or went.
pub(crate) fn reachable(desk: &mut Desk<'_>, plan: &Plan, phone: PhoneId, reachable: bool) {
    let changed = match reachable {
        true => desk.usage.reachable.insert(phone),
        false => desk.usage.reachable.remove(&phone),
    };
    if changed {
        agents_of(plan, phone).into_iter().for_each(|agent| announce(desk, plan, agent));
    }
}

/// Tells the routing core of every agent; after a reload.
pub(crate) fn announce_all(desk: &mut Desk<'_>, plan: &Plan) {
    for agent in &plan.agents {
        announce(desk, plan, agent.id);
        announce_engaged(desk, plan, agent.id);
    }
}

fn announce(desk: &mut Desk<'_>, plan: &Plan, agent: AgentId) {
    let Some(found) = plan.agents.iter().find(|one| one.id == agent) else { return };
    let reachable = found.devices.iter().any(|phone| desk.usage.reachable.contains(phone));
    desk.acd(acd::Command::Reachable { agent, reachable });
}

/// The agent's first device that can be rung, of those not yet tried.
pub(crate) fn device(desk: &Desk<'_>, plan: &Plan, agent: AgentId, tried: &[PhoneId]) -> Option<PhoneId> {
    let found = plan.agents.iter().find(|one| one.id == agent)?;
    found.devices.iter().copied().find(|phone| desk.usage.reachable.contains(phone) && !tried.contains(phone))
}

/// Tells the routing core whether an agent is in a call that no queue gave him, on any of his devices.
fn engage(desk: &mut Desk<'_>, plan: &Plan, phone: PhoneId) {
    for agent in agents_of(plan, phone) {
        announce_engaged(desk, plan, agent);
    }
}

fn announce_engaged(desk: &mut Desk<'_>, plan: &Plan, agent: AgentId) {
    let Some(found) = plan.agents.iter().find(|one| one.id == agent) else { return };
    let engaged = found.devices.iter().any(|phone| desk.usage.phones.contains_key(phone));
    desk.acd(acd::Command::Engaged { agent, engaged });
}

/// Takes a place; false when there is none left.
pub(crate) fn take(desk: &mut Desk<'_>, plan: &Plan, place: Place) -> bool {
    match place {
        Place::Phone(phone) => {
            let count = desk.usage.phones.entry(phone).or_insert(0);
            *count += 1;
            if *count == 1 {
                engage(desk, plan, phone);
            }
            true
        }
        Place::Trunk(trunk) => {
            let room = desk.usage.has_room(plan, trunk);
            if room {
                *desk.usage.trunks.entry(trunk).or_insert(0) += 1;
            }
            room
        }
    }
}

/// Gives a place back.
pub(crate) fn free(desk: &mut Desk<'_>, plan: &Plan, place: Place) {
    match place {
        Place::Phone(phone) => {
            if count_down(&mut desk.usage.phones, phone) {
                engage(desk, plan, phone);
            }
        }
        Place::Trunk(trunk) => {
            count_down(&mut desk.usage.trunks, trunk);
        }
    }
}

/// Who carries what.
pub(crate) fn trunks<'a>(calls: impl Iterator<Item = &'a Common>) -> BTreeMap<TrunkId, TrunkUse> {
    let mut trunks: BTreeMap<TrunkId, TrunkUse> = BTreeMap::new();
    for call in calls {
        if let Some(Place::Trunk(trunk)) = call.caller_place {
            trunks.entry(trunk).or_default().incoming += 1;
        }
        if let Some(Place::Trunk(trunk)) = call.callee_place {
            trunks.entry(trunk).or_default().outgoing += 1;
        }
    }
    trunks
}

/// One less; true when that was the last.
fn count_down<K: Ord>(counts: &mut BTreeMap<K, u32>, key: K) -> bool {
    let Some(count) = counts.get_mut(&key) else { return false };
    *count = count.saturating_sub(1);
    let last = *count == 0;
    if last {
        counts.remove(&key);
    }
    last
}

/// Which phones and trunks are in calls, and who is reachable.
#[derive(Debug, Default)]
pub(crate) struct Usage {
    /// Legs of calls that no queue gave, by phone.
    pub phones: BTreeMap<PhoneId, u32>,
    /// Calls by trunk, both ways.
    pub trunks: BTreeMap<TrunkId, u32>,
    /// Phones with a binding or a fixed contact.
    pub reachable: BTreeSet<PhoneId>,
}

impl Usage {
    /// Whether the trunk may carry one more call.
    pub fn has_room(&self, plan: &Plan, trunk: TrunkId) -> bool {
        let limit = plan.trunks.iter().find(|one| one.id == trunk).map_or(0, |one| one.calls_max);
        self.trunks.get(&trunk).copied().unwrap_or(0) < limit
    }

    /// Nothing is taken.
    pub fn is_free(&self) -> bool {
        self.phones.is_empty() && self.trunks.is_empty()
    }
}
