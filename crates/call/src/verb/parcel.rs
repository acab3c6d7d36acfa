//! A party goes from one call to another, since a phone connects the other sides of two of its calls. The call that lends it
//! gives it out of its hands with all that is its own; the one that it is for takes it in, to take the place of the phone's
//! leg there. What lies in between is the switchboard's business.

use super::{away, call_back, enter, hall, introduce, observe, queue, replace, said, stand};
use crate::call::Call;
use crate::cdr::{By, Outcome};
use crate::desk::Desk;
use crate::life::Exit;
use crate::parcel::{Errand, News, Parcel};
use crate::room::Stance;
use crate::seat::No;
use crate::want::{Join, Want};
use media::StreamState;
use sip::Referral;
use std::time::Duration;
use terms::{CallRef, Cause, LegId};

/// What the phone is told of a transfer that came to nothing: whom it has at its other end is there again.
const CAME_TO_NOTHING: u16 = 480;

/// A phone asks for a transfer to the other side of another call of its.
pub(crate) fn wanted(call: &mut Call, leg: LegId, referral: &Referral) {
    if let Some(replaced) = referral.replaces {
        call.errands.push(Errand::Merge { leg, refer: referral.refer, other: replaced.leg });
    }
}

/// Tells a call; what one who has come wants then.
pub(crate) fn told(call: &mut Call, desk: &mut Desk<'_>, news: News) -> Want {
    match news {
        News::Lend { who, to, then } => lend(call, desk, who, to, then),
        News::Await(who) => call.awaited.push(who),
        News::Comes(parcel, join) => return comes(call, desk, *parcel, join),
        News::Missed(who) => return missed(call, desk, who),
        News::Returns(parcel, join) => returns(call, desk, *parcel, join),
        News::Moved { who, into } => moved(call, who, into),
        News::Stream(state) => stream_back(call, desk, state),
        News::Opens { who, entrance } => hall::open(call, desk, who, entrance),
        News::Unnailed => stand::unnail(call, desk),
        News::Noted { who, done } => return call_back::noted(call, who, done),
        News::Denied { who, no } => return denied(call, desk, who, no),
        News::Newcomer { leg, arrival, talk, what } => {
            return replace::arrives(call, desk, leg, &arrival, *talk, what);
        }
    }
    Want::Nothing
}

/// Gives a party out of its hands. Its conversation here is over.
fn lend(call: &mut Call, desk: &mut Desk<'_>, who: LegId, to: CallRef, then: Join) {
    let name = introduce::shown(call, who).map(Box::new);
    if let Some(party) = call.party(who) {
        (party.stance, party.name) = (Stance::Apart, name);
    }
    call.converse(desk);
    if then == Join::Alone {
        away::rises(call, desk, who);
    }
    let Some(mut party) = call.remove(who) else { return desk.astray("a party that is lent and not there") };
    if let Some(contact) = &mut party.contact {
        (contact.held, contact.before) = (call.held(contact, desk.now.mono), Duration::ZERO);
    }
    call.lent.push((who, party.leg.stream));
    let recorded = call.capture.is_some() || call.origin.recorded;
    let segments = party.contact.map_or(0, |_| call.count.segments);
    let parcel = Box::new(Parcel { party, recorded, segments, stream: None });
    call.errands.push(Errand::Lend { home: call.id(), to, then, parcel });
    if then == Join::Alone {
        away::risen(call, desk);
    }
}

/// Takes one in. That comes first: whatever goes wrong after it, the party is this call's.
fn comes(call: &mut Call, desk: &mut Desk<'_>, parcel: Parcel, join: Join) -> Want {
    if join == Join::Serve {
        return stand::serve(call, desk, parcel);
    }
    let Parcel { mut party, recorded, segments, stream } = parcel;
    let who = party.leg.id;
    // The flow of the call that it was in is not this call's, and has come to its end: only who talks goes on his way.
    // Who comes into a room, or has dialled to watch, has got to the end of his.
    if party.walk.take().is_some_and(|walk| walk.goes_on()) && !join.is_one_of_many() {
        desk.astray("a flow that was left on the way");
    }
    call.awaited.retain(|awaited| *awaited != who);
    let before = call.talk_held(desk.now.mono);
    party.contact.iter_mut().for_each(|contact| contact.before = before);
    call.parties.push(party);
    if call.hall.is_some() {
        // A room is no queue's conversation.
        queue::give_up(call, desk, who, By::Switch);
    }
    // What is recorded in a room is what is said in the room.
    call.origin.recorded |= recorded && join != Join::Alone;
    call.count.segments = call.count.segments.max(segments);
    let (id, nth, worker) = (call.id(), call.count.leg(), call.worker);
    if let Some(party) = call.party(who) {
        party.leg.moves(desk, (id, nth), worker, stream);
        let contact = party.contact.map(|contact| (contact.id, contact.queue));
        if let Some((contact, queue)) = contact {
            desk.index.contacts.insert(contact, id);
            (call.record.contact, call.record.queue) = (Some(contact), Some(queue));
        }
    }
    match join {
        Join::Instead { of, refer: (leg, refer) } => {
            // Before the phone's legs are released: then it still listens.
            desk.sip(sip::Command::TellRefer { leg, refer, status: 200 });
            replace::replace(call, desk, who, of);
        }
        Join::Room(entrance) => hall::sit(call, desk, who, entrance),
        Join::Watch { of, mode } => observe::comes(call, desk, who, (of, mode)),
        Join::Alone => return away::begin(call, desk, who),
        Join::Home => stand::comes_home(call, desk, who),
        // It has been seen to.
        Join::Serve => {}
    }
    Want::Nothing
}

/// Somebody does not come after all; a call that was begun for him is over.
fn missed(call: &mut Call, desk: &mut Desk<'_>, who: LegId) -> Want {
    call.awaited.retain(|awaited| *awaited != who);
    if call.origin.leg == who && call.origin.dialled.take().is_some() {
        call.decide(Exit::of(Cause::TEMPORARY, None));
    }
    stand::missed(call, desk, who)
}

/// He has got to the door, and no further; unless he has left meanwhile.
fn denied(call: &mut Call, desk: &mut Desk<'_>, who: LegId, no: No) -> Want {
    let here = call.party(who).is_some();
    if here { enter::refuse(desk, no) } else { Want::Nothing }
}

/// It is here again, and the conversation goes on.
fn returns(call: &mut Call, desk: &mut Desk<'_>, parcel: Parcel, join: Join) {
    let Parcel { mut party, stream, .. } = parcel;
    let who = party.leg.id;
    party.stance = if join.is_one_of_many() || join == Join::Alone { Stance::Apart } else { Stance::Floor };
    call.lent.retain(|(lent, _)| *lent != who);
    let before = call.talk_held(desk.now.mono);
    party.contact.iter_mut().for_each(|contact| contact.before = before);
    call.parties.push(party);
    stream.into_iter().for_each(|state| stream_back(call, desk, state));
    match join {
        Join::Instead { refer: (leg, refer), .. } => {
            desk.sip(sip::Command::TellRefer { leg, refer, status: CAME_TO_NOTHING });
        }
        // The others have gone meanwhile: he is the first one then, or finds those who have come since.
        Join::Room(entrance) => call.errands.push(Errand::Enter { who, entrance }),
        Join::Watch { .. } => said::obeyed(call, desk, who, false),
        Join::Alone => hall::arrange(call, desk),
        Join::Serve | Join::Home => stand::comes_home(call, desk, who),
    }
}

/// The worker of this call goes on with a stream; it has forgotten who hears whom.
fn stream_back(call: &mut Call, desk: &mut Desk<'_>, state: StreamState) {
    let (id, stream) = (call.id(), state.stream());
    call.room.told.retain(|(of, _)| *of != stream);
    let worker = call.worker;
    let over = call.legs().find(|(_, leg)| leg.stream == stream).is_none_or(|(_, leg)| !leg.has_stream());
    desk.media(worker, media::Command::Adopt { call: id, state });
    if over {
        desk.media(worker, media::Command::Close { stream });
    }
}

/// With the last one that was lent the call is over: it goes on as the other one.
fn moved(call: &mut Call, who: LegId, into: CallRef) {
    call.lent.retain(|(lent, _)| *lent != who);
    // A room goes on without him, and a standing call awaits him.
    if call.lent.is_empty() && call.hall.is_none() && call.stands.is_none() {
        (call.record.outcome, call.record.joined) = (Outcome::Joined, Some(into));
        call.decide(Exit::of(Cause::NORMAL, None));
    }
}
