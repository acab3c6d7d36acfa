//! Whoever was rung has answered: the two are joined, and recorded if anybody wants that.

use super::{introduce, queue};
use crate::admission::SPENT;
use crate::call::{Call, Capture};
use crate::cdr::Track;
use crate::desk::{Capturing, Desk};
use crate::party::Party;
use crate::ringing::behalf::who_is;
use crate::ringing::{self, Aim, Answer, Attempt, Rest, RingingId};
use crate::room::Stance;
use crate::walk::At;
use media::codec::Codec;
use sip::Source;
use terms::{AgentId, CaptureId, LegId, StreamId, limits};

/// Somebody who has answered, and is in the call now.
pub(crate) struct Came {
    pub leg: LegId,
    pub stream: StreamId,
    pub agent: Option<AgentId>,
    pub aim: Aim,
    pub who: Source,
    /// His call stands: no ringing has told him who it is.
    nailed: bool,
    /// For whom he has answered.
    by: Answer,
    codec: Option<Codec>,
    rest: Option<Rest>,
}

/// Takes the one who answered into the conversation. From now on his phone is engaged, unless his agent is busy by the
/// queue's word.
pub(crate) fn come(call: &mut Call, desk: &mut Desk<'_>, id: RingingId, winner: Attempt) -> Option<Came> {
    let Some(ringing) = call.take_ringing(id) else {
        desk.astray("an answer to no ringing");
        return None;
    };
    let by = ringing.answer(desk, &winner);
    let Attempt { leg, to, .. } = winner;
    let (id, stream, codec, nailed) = (leg.id, leg.stream, leg.codec(), leg.nailed().is_some());
    let meant = to.agent.or(ringing.agent);
    let agent = if let Answer::Instead(agent) = by { agent } else { meant };
    let (aim, who) = (ringing.aim, who_is(&to.target));
    call.parties.push(Party::new(leg, agent, Stance::Floor));
    if let Source::Phone(phone) = who {
        desk.index.phones.insert(phone, call.id());
    }
    if aim.engages() || by != Answer::Meant {
        let plan = call.plan.clone();
        call.party(id).into_iter().for_each(|party| ringing::engage(desk, &plan, &mut party.leg, &to.target));
    }
    Some(Came { leg: id, stream, agent, aim, who, nailed, by, codec, rest: ringing.rest(&to.target) })
}

/// Joins the one who answered to the party for whom he was rung, and answers that one if nobody has.
pub(crate) fn join(call: &mut Call, desk: &mut Desk<'_>, id: RingingId, winner: Attempt) {
    let Some(mut came) = come(call, desk, id, winner) else { return };
    let (aim, of) = (came.aim, came.aim.of());
    if let Some(party) = call.party(of) {
        party.leg.lead_with(came.codec);
        party.stance = Stance::Floor;
        let rest = came.rest.take().filter(|_| aim.lets_hear() && !party.leg.is_up());
        party.at(At::Talk(rest.map(Box::new)));
    }
    call.origin.room = None;
    call.answer(desk, of);
    note(call, desk, came.who, came.agent);
    if let Aim::Offer { of, offer } = aim {
        queue::answered(call, desk, of, offer, came.by);
    }
    if is_recorded(call, aim) || call.capture.is_some() {
        capture(call, desk, of, (came.leg, came.stream));
    }
    if came.nailed {
        introduce::to_agent(call, desk, came.leg, of);
    }
}

/// What the record says of the one who has come.
pub(crate) fn note(call: &mut Call, desk: &Desk<'_>, who: Source, agent: Option<AgentId>) {
    let record = &mut call.record;
    record.connected.get_or_insert(desk.now.wall);
    record.agent = agent.or(record.agent);
    (record.phone, record.trunk_out) = match who {
        Source::Phone(phone) => (Some(phone), None),
        Source::Trunk(trunk) => (None, Some(trunk)),
    };
}

fn is_recorded(call: &Call, aim: Aim) -> bool {
    let wanted = match aim {
        Aim::Step { record, .. } | Aim::Transfer { record, .. } => record,
        Aim::Offer { .. } => {
            call.record.queue.and_then(|queue| call.plan.queue(queue)).is_some_and(|queue| queue.record)
        }
        Aim::Return { .. }
        | Aim::Consult { .. }
        | Aim::Unpark { .. }
        | Aim::Watch { .. }
        | Aim::Seat { .. }
        | Aim::Begin { .. } => false,
    };
    wanted || call.origin.recorded
}

/// Begins the recording, or puts the one who has come into the one that runs, on the side that is not the other's.
pub(crate) fn capture(call: &mut Call, desk: &mut Desk<'_>, of: LegId, came: (LegId, StreamId)) {
    let (leg, stream) = came;
    if let Some(running) = &mut call.capture {
        let capture = running.id;
        let (side, away) = match running.right == of {
            true => (&mut running.left, &mut running.away.0),
            false => (&mut running.right, &mut running.away.1),
        };
        (*side, *away) = (leg, false);
        let side = u8::from(running.right == leg);
        let command = match running.right == leg {
            true => media::Command::CaptureRight { capture, right: Some(stream) },
            false => media::Command::CaptureLeft { capture, left: Some(stream) },
        };
        desk.media(call.worker, command);
        return track(call, desk, capture, side, Some(leg));
    }
    let Some(left) = call.party(of).map(|party| party.leg.stream) else { return };
    let Some(id) = desk.ids.capture() else { return desk.count(SPENT) };
    let (of_call, right) = (call.id(), Some(stream));
    desk.index.captures.insert(id, Capturing { call: of_call, started: desk.now.wall, tracks: vec![] });
    track(call, desk, id, LEFT, Some(of));
    track(call, desk, id, RIGHT, Some(leg));
    call.capture = Some(Capture { id, left: of, right: leg, away: (false, false), guests: vec![] });
    call.record.capture = Some(id);
    desk.media(call.worker, media::Command::Capture { capture: id, call: of_call, left, right });
}

/// He leaves, and what he says elsewhere is not for this record: nobody is on his side, if he has one.
pub(crate) fn off_record(call: &Call, desk: &mut Desk<'_>, who: LegId) {
    let Some(running) = &call.capture else { return };
    let (worker, capture) = (call.worker, running.id);
    let (side, command) = match who {
        who if who == running.left => (LEFT, media::Command::CaptureLeft { capture, left: None }),
        who if who == running.right => (RIGHT, media::Command::CaptureRight { capture, right: None }),
        _ => return,
    };
    desk.media(worker, command);
    track(call, desk, capture, side, None);
}

/// The sides of a recording, as its account tells them.
pub(crate) const LEFT: u8 = 0;
/// See [`LEFT`].
pub(crate) const RIGHT: u8 = 1;
/// The first of those who are on the right side, too.
pub(crate) const GUEST: u8 = 2;

/// Notes who is on a side of a recording from now on; nobody, while he is not to be heard there.
pub(crate) fn track(call: &Call, desk: &mut Desk<'_>, capture: CaptureId, side: u8, who: Option<LegId>) {
    let nth = |who| call.legs().find(|(_, leg)| leg.id == who).and_then(|(_, leg)| leg.nth());
    let (leg, since) = (who.and_then(nth), desk.now.wall);
    if let Some(capturing) = desk.index.captures.get_mut(&capture)
        && capturing.tracks.len() < limits::TRACKS
    {
        capturing.tracks.push(Track { side, leg, since });
    }
}
