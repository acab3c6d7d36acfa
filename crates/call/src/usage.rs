//! Who uses what. A call takes a place on its trunks; a phone means something for its agents: an agent
//! is reachable while one of his devices is, and engaged while one of them is in a call that no queue
//! gave him.

use crate::TrunkUse;
use crate::call::{Call, Whose};
use crate::desk::Desk;
use acd::Presence;
use dialplan::{Agent, Device, Plan};
use sip::BindingId;
use smallvec::SmallVec;
use std::collections::BTreeMap;
use terms::{AgentId, PhoneId, TrunkId, limits};

/// What a leg takes while it lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Claim {
    /// A phone is busy with a call that no queue gave it.
    Phone(PhoneId),
    /// One of the calls that a trunk may carry.
    Trunk(TrunkId),
}

/// A phone can be rung at other devices than before.
pub(crate) fn devices_changed(desk: &mut Desk<'_>, news: &sip::Bindings) {
    if desk.usage.note(news) {
        desk.plan.agents_at(news.phone).for_each(|agent| announce(desk, agent));
    }
}

/// Tells the routing core of every agent about whom there is news; after a reload.
pub(crate) fn announce_all(desk: &mut Desk<'_>) {
    let plan = desk.plan;
    desk.usage.told.retain(|agent, _| plan.agent(*agent).is_some());
    plan.agents.iter().for_each(|agent| announce(desk, agent));
}

fn announce(desk: &mut Desk<'_>, agent: &Agent) {
    let now = desk.usage.presence(agent);
    let before = desk.usage.told.insert(agent.id, now);
    let (agent, Presence { reachable, engaged }) = (agent.id, now);
    if before.is_none_or(|before| before.reachable != reachable) {
        desk.acd(acd::Command::Reachable { agent, reachable });
    }
    if before.is_none_or(|before| before.engaged != engaged) {
        desk.acd(acd::Command::Engaged { agent, engaged });
    }
}

/// Tells the routing core whether the agents of a phone are in a call that no queue gave them. The plan in force says
/// whose it is, however long ago the call began: else an agent would stay engaged for ever.
fn engage(desk: &mut Desk<'_>, phone: PhoneId) {
    desk.plan.agents_at(phone).for_each(|agent| announce(desk, agent));
}

/// Takes what a leg needs; false when there is none left. A trunk that was removed has the room that it had.
pub(crate) fn take(desk: &mut Desk<'_>, begun_with: &Plan, claim: Claim) -> bool {
    match claim {
        Claim::Phone(phone) => {
            let count = desk.usage.phones.entry(phone).or_insert(0);
            *count += 1;
            if *count == 1 {
                engage(desk, phone);
            }
            true
        }
        Claim::Trunk(trunk) => {
            let plan = if desk.plan.trunk(trunk).is_some() { desk.plan } else { begun_with };
            let room = desk.usage.has_room(plan, trunk);
            if room {
                *desk.usage.trunks.entry(trunk).or_insert(0) += 1;
            }
            room
        }
    }
}

/// Gives it back.
pub(crate) fn free(desk: &mut Desk<'_>, claim: Claim) {
    match claim {
        Claim::Phone(phone) => match count_down(&mut desk.usage.phones, phone) {
            Some(0) => engage(desk, phone),
            Some(_) => {}
            None => desk.astray("a phone that nobody took"),
        },
        Claim::Trunk(trunk) => {
            if count_down(&mut desk.usage.trunks, trunk).is_none() {
                desk.astray("a trunk that nobody took");
            }
        }
    }
}

/// Counts again what is taken, by the legs of all calls, and tells the routing core what was told wrong.
pub(crate) fn recount<'a>(desk: &mut Desk<'_>, calls: impl Iterator<Item = &'a Call>) {
    (desk.usage.phones, desk.usage.trunks) = Default::default();
    for claim in calls.flat_map(Call::legs).filter_map(|(_, leg)| leg.claim()) {
        match claim {
            Claim::Phone(phone) => *desk.usage.phones.entry(phone).or_insert(0) += 1,
            Claim::Trunk(trunk) => *desk.usage.trunks.entry(trunk).or_insert(0) += 1,
        }
    }
    announce_all(desk);
}

/// Who carries what.
pub(crate) fn trunks<'a>(calls: impl Iterator<Item = &'a Call>) -> BTreeMap<TrunkId, TrunkUse> {
    let mut trunks: BTreeMap<TrunkId, TrunkUse> = BTreeMap::new();
    let legs = calls.flat_map(Call::legs).filter(|(whose, _)| *whose != Whose::Leaving);
    for (_, leg) in legs {
        let Some(Claim::Trunk(trunk)) = leg.claim() else { continue };
        let used = trunks.entry(trunk).or_default();
        *(if leg.id.is_inbound() { &mut used.incoming } else { &mut used.outgoing }) += 1;
    }
    trunks
}

/// One less; how many are left, if there was one.
fn count_down<K: Ord>(counts: &mut BTreeMap<K, u32>, key: K) -> Option<u32> {
    let count = counts.get_mut(&key)?;
    *count = count.saturating_sub(1);
    let left = *count;
    if left == 0 {
        counts.remove(&key);
    }
    Some(left)
}

/// Devices of one phone. Most have one.
type Bindings = SmallVec<[BindingId; 1]>;

/// Which phones and trunks are in calls, and who is reachable.
#[derive(Debug, Default)]
pub(crate) struct Usage {
    /// Legs of calls that no queue gave, by phone.
    pub phones: BTreeMap<PhoneId, u32>,
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

    /// Whether a phone has no more calls than a person keeps apart.
    pub fn is_a_persons(&self, phone: PhoneId) -> bool {
        self.phones.get(&phone).is_none_or(|calls| *calls <= limits::CALLS_OF_A_PERSON)
    }

    /// What an agent's devices say of him.
    pub fn presence(&self, agent: &Agent) -> Presence {
        Presence {
            reachable: agent.devices.iter().any(|device| match device {
                Device::Phone(phone) => self.is_there(*phone),
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

    /// Nothing is taken.
    pub fn is_free(&self) -> bool {
        self.phones.is_empty() && self.trunks.is_empty()
    }
}
