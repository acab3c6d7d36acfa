//! What follows from the tables of a call after each signal: whether it is over, what is told to the media worker, when
//! the office wakes it. Only what has changed is said, so that it may be asked for at any time.

use super::end;
use crate::call::Call;
use crate::desk::Desk;
use crate::life::Life;
use crate::room;

/// Draws the consequences.
pub(super) fn settle(call: &mut Call, desk: &mut Desk<'_>) {
    call.converse(desk);
    if call.life == Life::Open
        && let Some(exit) = call.is_over()
    {
        end::begin(call, desk, exit);
    }
    engage(call, desk);
    if let Life::Ending { until } = call.life {
        end::close(call, desk, until);
    }
    tell_worker(call, desk);
    let next = call.next_due();
    desk.timers.change(call.id(), call.wakes, next);
    call.wakes = next;
}

/// An agent is busy by the word of his queue while the conversation is that queue's; else by his phone being engaged.
fn engage(call: &mut Call, desk: &mut Desk<'_>) {
    let served = call.parties.iter().any(|party| party.contact.is_some_and(|contact| !contact.waits()));
    let plan = &call.plan;
    for party in call.parties.iter_mut().filter(|party| party.agent.is_some()) {
        party.leg.engage(desk, plan, !served);
    }
}

fn tell_worker(call: &mut Call, desk: &mut Desk<'_>) {
    let (now, id) = (call.hearing(), call.id());
    if let Some(levels) = room::difference(&call.room.told, &now) {
        desk.media(call.worker, media::Command::Hearings { call: id, levels });
        call.room.told = now;
    }
}
