//! Several are in one conversation: whoever asks somebody beside it takes him into it, and everybody hears everybody. Who
//! leaves it leaves the others to each other, as long as there are two; of its agents those who stay have the customer.

use super::{consult, hall, introduce, queue, replace};
use crate::call::Call;
use crate::desk::Desk;
use crate::party::Party;
use terms::{AgentId, LegId};

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
    for (whose, agent) in queue::customers(call).into_iter().zip(std::iter::repeat(agent)) {
        agent.into_iter().for_each(|agent| queue::hand_over(call, desk, whose, agent, true));
    }
    introduce::introduce(call, desk);
}

/// Why one cannot be asked to leave.
pub(crate) fn may_leave(call: &Call, who: LegId) -> Result<(), &'static str> {
    let here = |party: &&Party| party.stance.is_there();
    match call.parties.iter().filter(here).count() {
        // For one who watches the call neither goes on nor ends.
        _ if call.watching(who).is_some() => Ok(()),
        _ if call.hall.is_some() => Err("it is a room: kick him"),
        _ if !call.parties.iter().filter(here).any(|party| party.leg.id == who) => Err("in no conversation"),
        0..=2 => Err("only two are in it"),
        _ => Ok(()),
    }
}

/// One has left those who talk. Where more than one is left of them, an agent who stays has the customers of an agent who
/// went; and where it is two, they are shown to each other.
pub(crate) fn one_less(call: &mut Call, desk: &mut Desk<'_>, gone: Option<AgentId>) {
    if call.hall.is_some() {
        return hall::one_less(call, desk);
    }
    if call.in_conversation().count() < 2 {
        return;
    }
    if let Some(gone) = gone {
        queue::one_less(call, desk, gone);
    }
    introduce::introduce(call, desk);
}
