//! Whoever was rung has answered: the two are joined, and recorded if anybody wants that.

use super::queue;
use crate::admission::SPENT;
use crate::call::Call;
use crate::desk::Desk;
use crate::party::Party;
use crate::ringing::behalf::who_is;
use crate::ringing::{self, Aim, Attempt, RingingId};
use crate::room::Stance;
use crate::walk::At;
use sip::Source;
use terms::{AgentId, LegId, StreamId};

/// Joins the one who answered to the party for whom he was rung, and answers that one if nobody has.
pub(crate) fn join(call: &mut Call, desk: &mut Desk<'_>, id: RingingId, winner: Attempt) {
    let Some(at) = call.ringings.iter().position(|ringing| ringing.id == id) else {
        return desk.astray("an answer to no ringing");
    };
    let ringing = call.ringings.remove(at);
    let (aim, of) = (ringing.aim, ringing.aim.of());
    let agent = winner.to.agent.or(ringing.agent);
    let (target, codec, won) = (winner.to.target, winner.leg.codec(), winner.leg.id);
    let (who, stream) = (who_is(&target), winner.leg.stream);
    call.parties.push(Party {
        leg: winner.leg,
        agent,
        stance: Stance::Floor,
        walk: None,
        contact: None,
        name: None,
        instead: None,
    });
    if aim.lets_hear() {
        let plan = call.plan.clone();
        call.party(won).into_iter().for_each(|party| ringing::engage(desk, &plan, &mut party.leg, &target));
    }
    let rest = ringing.rest(&target);
    if let Some(party) = call.party(of) {
        party.leg.lead_with(codec);
        party.stance = Stance::Floor;
        let rest = rest.filter(|_| aim.lets_hear() && !party.leg.is_up());
        party.at(At::Talk(rest.map(Box::new)));
    }
    call.answer(desk, of);
    if let Source::Phone(phone) = who {
        desk.index.phones.insert(phone, call.id());
    }
    note(call, desk, who, agent);
    if is_recorded(call, desk, aim) {
        capture(call, desk, of, stream);
    }
}

pub(super) fn note(call: &mut Call, desk: &Desk<'_>, who: Source, agent: Option<AgentId>) {
    let record = &mut call.record;
    record.connected.get_or_insert(desk.now.wall);
    record.agent = agent.or(record.agent);
    (record.phone, record.trunk_out) = match who {
        Source::Phone(phone) => (Some(phone), None),
        Source::Trunk(trunk) => (None, Some(trunk)),
    };
}

fn is_recorded(call: &mut Call, desk: &mut Desk<'_>, aim: Aim) -> bool {
    let wanted = match aim {
        Aim::Step { record, .. } => record,
        Aim::Offer { of, offer } => {
            let queue = queue::accepted(call, desk, of, offer);
            queue.and_then(|queue| call.plan.queue(queue)).is_some_and(|queue| queue.record)
        }
    };
    wanted || call.origin.recorded
}

/// One has come into a conversation that is recorded, or is to be. A recording that has lost the one who brought the call
/// ends, and another begins.
pub(super) fn capture_with(call: &mut Call, desk: &mut Desk<'_>, who: LegId, stream: StreamId) {
    if call.origin.leg != who {
        return capture(call, desk, call.origin.leg, stream);
    }
    if let Some(capture) = call.capture.take() {
        desk.media(call.worker, media::Command::EndCapture { capture });
    }
    let other = call.parties.iter().find(|party| party.leg.id != who && party.stance == Stance::Floor);
    if let Some(other) = other.map(|other| other.leg.stream) {
        capture(call, desk, who, other);
    }
}

/// Begins the recording, or puts the one who has come into the one that runs.
fn capture(call: &mut Call, desk: &mut Desk<'_>, of: LegId, stream: StreamId) {
    let right = Some(stream);
    if let Some(capture) = call.capture {
        return desk.media(call.worker, media::Command::CaptureRight { capture, right });
    }
    let Some(left) = call.party(of).map(|party| party.leg.stream) else { return };
    let Some(capture) = desk.ids.capture() else { return desk.count(SPENT) };
    let id = call.id();
    desk.index.captures.insert(capture, (id, desk.now.wall));
    call.capture = Some(capture);
    call.record.capture = Some(capture);
    desk.media(call.worker, media::Command::Capture { capture, call: id, left, right });
}
