//! Who uses what. A call takes a place on its trunks; a phone means something for its agents: an agent
//! is reachable while one of his devices is, and engaged while one of them is in a call that no queue
//! gave him.

use crate::desk::Desk;
use crate::face::TrunkUse;
use acd::Presence;
use dialplan::{Agent, Plan};
use sip::Source;
use std::collections::BTreeMap;
use terms::{LegId, PhoneId, TrunkId};

/// What a leg takes while it lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Claim {
    /// A phone is busy with a call that no queue gave it.
    Phone(PhoneId),
    /// A phone is busy with a call that a queue gave it: its agent is so by the queue's own word.
    Served(PhoneId),
    /// One of the calls that a trunk may carry.
    Trunk(TrunkId),
}

impl Claim {
    /// What a leg takes at whose other end this one is.
    pub fn of(who: Source) -> Claim {
        match who {
            Source::Phone(phone) => Claim::Phone(phone),
            Source::Trunk(trunk) => Claim::Trunk(trunk),
        }
    }
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

pub(crate) fn announce(desk: &mut Desk<'_>, agent: &Agent) {
    let now = desk.usage.presence(desk.plan, agent);
    let before = desk.usage.told.insert(agent.id, now);
    if agent.nailed_up.is_some() && !now.engaged && !now.reachable {
        desk.index.wanting.push(agent.id);
    }
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
        Claim::Served(phone) => {
            *desk.usage.served.entry(phone).or_insert(0) += 1;
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
        Claim::Served(phone) => {
            if count_down(&mut desk.usage.served, phone).is_none() {
                desk.astray("a phone that serves nobody");
            }
        }
        Claim::Trunk(trunk) => {
            if count_down(&mut desk.usage.trunks, trunk).is_none() {
                desk.astray("a trunk that nobody took");
            }
        }
    }
}

/// Counts again what is taken, by all that is, and tells the routing core what was told wrong.
pub(crate) fn recount(desk: &mut Desk<'_>, claims: impl Iterator<Item = Claim>) {
    (desk.usage.phones, desk.usage.served, desk.usage.trunks) = Default::default();
    for claim in claims {
        match claim {
            Claim::Phone(phone) => *desk.usage.phones.entry(phone).or_insert(0) += 1,
            Claim::Served(phone) => *desk.usage.served.entry(phone).or_insert(0) += 1,
            Claim::Trunk(trunk) => *desk.usage.trunks.entry(trunk).or_insert(0) += 1,
        }
    }
    announce_all(desk);
}

/// Who carries what, by what the legs of all calls have taken.
pub(crate) fn trunks(claims: impl Iterator<Item = (LegId, Claim)>) -> BTreeMap<TrunkId, TrunkUse> {
    let mut trunks: BTreeMap<TrunkId, TrunkUse> = BTreeMap::new();
    for (leg, claim) in claims {
        let Claim::Trunk(trunk) = claim else { continue };
        let used = trunks.entry(trunk).or_default();
        *(if leg.is_inbound() { &mut used.incoming } else { &mut used.outgoing }) += 1;
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
