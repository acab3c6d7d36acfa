//! What it means that a party wants something: mostly what its flow says next.

use super::rung::rung;
use crate::admission::UNUSABLE;
use crate::call::Call;
use crate::desk::Desk;
use crate::life::Exit;
use crate::ringing::Aim;
use crate::verb::{
    call_back, cede, code, enter, leave, observe, parcel, park, queue, replace, ring, transfer, voicemail,
};
use crate::walk::At;
use crate::want::Want;
use dialplan::flow::{Action, Outcome};
use media::Sound;
use terms::{Cause, LegId};

/// Does what a party wants, and what follows from that, until it waits for something.
pub(super) fn step(call: &mut Call, desk: &mut Desk<'_>, who: LegId, want: Want) {
    let (mut who, mut next) = (who, want);
    loop {
        next = match next {
            Want::Nothing => return,
            Want::Begin => begin(call, desk, who),
            Want::Through => return queue::through(call, desk, who),
            Want::Next(outcome) => advance(call, who, outcome),
            Want::Go(action) => go(call, desk, who, action),
            Want::Rung(id, verdict) => {
                let aim = call.ringing(id).map(|ringing| ringing.aim);
                let wanted = rung(call, desk, id, verdict);
                who = match aim {
                    // Who has answered is the one who brings it.
                    Some(Aim::Begin { .. }) => call.origin.leg,
                    aim => aim.map_or(who, Aim::of),
                };
                wanted
            }
            Want::Typed => enter::typed(call, desk, who),
            Want::Message => voicemail::go_on(call, desk, who),
            Want::Leave(cause) => leave::leave(call, desk, who, cause),
            Want::End(exit) => return call.decide(exit),
            Want::Come(what) => replace::newcomer(call, desk, who, what),
            Want::Visit => return observe::go(call, who),
            Want::Refer(wish) if wish.replaces.is_some() => return parcel::wanted(call, who, &wish),
            Want::Refer(wish) => {
                let refer = if call.hall.is_some() { cede::refer } else { transfer::refer };
                let Some((of, want)) = refer(call, desk, who, &wish) else { return };
                who = of;
                want
            }
        };
    }
}

/// Begins to walk the dial plan. The offer is answered once an answer is needed.
fn begin(call: &mut Call, desk: &mut Desk<'_>, who: LegId) -> Want {
    if call.party(who).is_some_and(|party| !party.leg.is_reached()) {
        desk.count(UNUSABLE);
        return Want::End(Exit::of(Cause::INCOMPATIBLE, Some(488)));
    }
    if code::begins(call, desk, who) {
        return Want::Nothing;
    }
    let plan = call.plan.clone();
    let walk = call.party(who).and_then(|party| party.walk.as_ref());
    walk.map_or(Want::Nothing, |walk| Want::Go(walk.cursor.action(&plan)))
}

fn advance(call: &mut Call, who: LegId, outcome: Outcome) -> Want {
    if let Outcome::Digit(key) = outcome {
        call.record.digits.push(key);
    }
    call.advance(who, outcome).map_or(Want::Nothing, |(action, _)| Want::Go(action))
}

/// Begins what the dial plan says.
fn go(call: &mut Call, desk: &mut Desk<'_>, who: LegId, action: Action) -> Want {
    let answers = match &action {
        Action::Play { .. }
        | Action::Menu { .. }
        | Action::Voicemail(_)
        | Action::Park { .. }
        | Action::Room { .. } => true,
        // A queue may send the party on at once: it answers when it takes it in.
        Action::Queue { .. } | Action::CallBack { .. } | Action::Ring { .. } | Action::HangUp { .. } => false,
    };
    if let Action::Room { room, .. } = action
        && let Err(no) = enter::may_come(call, desk, who, room)
    {
        return enter::refuse(desk, no);
    }
    let Some(party) = call.party(who) else { return Want::Nothing };
    if answers && !party.leg.is_up() {
        if let Action::Room { room, .. } = action {
            enter::at_door(call, desk, who, room);
        }
        if let Some(party) = call.party(who) {
            party.at(At::Ack(action));
        }
        call.answer(desk, who);
        return Want::Nothing;
    }
    match action {
        Action::Play { prompt } => party.at(At::Prompt(desk.ids.playing(Sound::Prompt(prompt), false))),
        Action::Menu { prompt, wait } => {
            let prompt = || desk.ids.playing(Sound::Prompt(prompt), false);
            return party.walk.as_mut().map_or(Want::Nothing, |walk| walk.choose(prompt, wait));
        }
        Action::Queue { queue, credit } => return queue::enter(call, desk, who, queue, credit),
        Action::CallBack { queue } => return call_back::note(call, who, queue),
        Action::Voicemail(leave) => return voicemail::begin(call, desk, who, leave),
        Action::Ring { target, wait, record } => return ring::step(call, desk, who, (target, wait, record)),
        Action::Park { slot } => return park::arrive(call, desk, who, slot),
        Action::Room { room, record } => return enter::arrive(call, desk, who, (room, record)),
        Action::HangUp { cause } => return Want::End(Exit::of(cause, None)),
    }
    Want::Nothing
}
