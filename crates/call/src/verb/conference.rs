//! Several are in one conversation: whoever asks somebody beside it takes him into it, and everybody hears everybody. Who
//! leaves it leaves the others to each other, as long as there are two; of its agents those who stay have the customer.

use super::{consult, introduce, queue, replace};
use crate::call::Call;
use crate::desk::Desk;
use crate::party::Party;
use crate::room::Stance;
use smallvec::SmallVec;
use terms::{AgentId, By, LegId, limits};

/// The agents who talk in a call.
type Agents = SmallVec<[AgentId; 2]>;

/// Why nobody else can be asked to come into a conversation.
pub(crate) const FULL: &str = "no free place in the conversation";

/// Whether another one has a place in it.
pub(crate) fn has_place(call: &Call) -> bool {
    call.parties.len() < limits::CONFERENCE
}

/// Why the one who is asked cannot be taken into the conversation.
pub(crate) fn may_join(call: &Call) -> Result<(), &'static str> {
    // It needs what going to and fro does: somebody who has answered.
    consult::may_swap(call)
}

/// He is in it from now on, and so is who has asked him.
pub(crate) fn join(call: &mut Call, desk: &mut Desk<'_>) {
    let Some(who) = call.parties.iter().find(|party| party.asked.is_some()).map(|party| party.leg.id) else { return };
    consult::together(call);
    let agent = replace::agent_of(call, desk, who);
    for (whose, agent) in customers(call).into_iter().zip(std::iter::repeat(agent)) {
        agent.into_iter().for_each(|agent| queue::hand_over(call, desk, whose, agent, true));
    }
    introduce::introduce(call, desk);
}

/// Why one cannot be asked to leave.
pub(crate) fn may_leave(call: &Call, who: LegId) -> Result<(), &'static str> {
    let here = |party: &&Party| party.stance != Stance::Apart;
    match call.parties.iter().filter(here).count() {
        _ if !call.parties.iter().filter(here).any(|party| party.leg.id == who) => Err("in no conversation"),
        0..=2 => Err("only two are in it"),
        _ => Ok(()),
    }
}

/// One has left those who talk. Where more than one is left of them, an agent who stays has the customers of an agent who
/// went; and where it is two, they are shown to each other.
pub(crate) fn one_less(call: &mut Call, desk: &mut Desk<'_>, gone: Option<AgentId>) {
    if call.parties.iter().filter(in_it).count() < 2 {
        return;
    }
    if gone.is_some() {
        goes_on(call, desk);
    }
    introduce::introduce(call, desk);
}

/// More than two are in the conversation, on hold or not.
pub(crate) fn is_one(call: &Call) -> bool {
    call.parties.iter().filter(in_it).count() > 2
}

/// The agents in the conversation.
pub(crate) fn agents(call: &Call) -> Agents {
    call.parties.iter().filter(in_it).filter_map(|party| party.agent).collect()
}

/// In the conversation, be it on hold or asking somebody; not whoever is asked beside it.
fn in_it(party: &&Party) -> bool {
    party.stance != Stance::Apart && party.asked.is_none()
}

/// One has taken the place of another, when these agents talked: where others do now, the customers are theirs.
pub(crate) fn replaced(call: &mut Call, desk: &mut Desk<'_>, who: LegId, before: &[AgentId]) {
    replace::agent_of(call, desk, who);
    let now = agents(call);
    if before.len() != now.len() || before.iter().any(|agent| !now.contains(agent)) {
        goes_on(call, desk);
        queue::deserted(call, desk, By::Switch);
    }
}

/// Those whom a queue has led into the conversation are the customers of the agents who talk now.
fn goes_on(call: &mut Call, desk: &mut Desk<'_>) {
    let agents = agents(call);
    let Some(first) = agents.first() else { return };
    call.record.agent = Some(*first);
    for whose in customers(call) {
        for agent in &agents {
            // The first has them alone, and then the others come to him.
            queue::hand_over(call, desk, whose, *agent, agent != first);
        }
    }
}

/// Those whom a queue has led into the conversation.
fn customers(call: &Call) -> SmallVec<[LegId; 2]> {
    let talks = |party: &&Party| party.contact.is_some_and(|contact| !contact.waits());
    call.parties.iter().filter(talks).map(|party| party.leg.id).collect()
}
