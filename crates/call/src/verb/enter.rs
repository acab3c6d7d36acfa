//! Somebody gets to a conference room: whether he is let in, and the PIN that he is asked for. Who is let in has been
//! answered, and comes to where the others are.

use super::introduce;
use crate::call::Call;
use crate::desk::Desk;
use crate::life::Exit;
use crate::parcel::Errand;
use crate::pins::{Guesser, Typed};
use crate::seat::{Entrance, GONE, No};
use crate::walk::{At, Typing};
use crate::want::Want;
use dialplan::Room;
use media::{Sound, Tone};
use sip::Source;
use terms::{Cause, LegId, Pii, RoomId};

/// So many wrong PINs end a call.
const TRIES: u8 = 3;
const HELD: No = ("room PINs braked", Cause::CONGESTION);
const WRONG: No = ("wrong room PINs", Cause::REJECTED);

/// Whether he may come in, or be asked; before he is answered.
pub(crate) fn may_come(call: &Call, desk: &Desk<'_>, who: LegId, room: RoomId) -> Result<(), No> {
    let host = is_host(call, desk, who, room);
    match may(call, desk, room, host)?.asks() && !host {
        true if desk.plan.room(room).is_none() => Err(GONE),
        true if desk.door.is_held(desk.now.mono, room, guesser(call, who).as_ref()) => Err(HELD),
        _ => Ok(()),
    }
}

/// He is about to be answered: he hears with it whom he has reached.
pub(crate) fn at_door(call: &Call, desk: &mut Desk<'_>, who: LegId, room: RoomId) {
    let focus = settings(call, desk, room).map(|room| introduce::with(who, room));
    focus.into_iter().for_each(|focus| desk.sip(focus));
}

/// He has been answered.
pub(crate) fn arrive(call: &mut Call, desk: &mut Desk<'_>, who: LegId, (room, record): (RoomId, bool)) -> Want {
    let host = is_host(call, desk, who, room);
    match settings(call, desk, room).is_some_and(|room| room.asks()) && !host {
        // Its PINs went with it.
        true if desk.plan.room(room).is_none() => refuse(desk, GONE),
        true => ask(call, desk, who, Typing::new(room, record)),
        false => enter(call, desk, who, Entrance { room, host, record, back: None }),
    }
}

/// Whether somebody may come in.
fn may<'a>(call: &'a Call, desk: &'a Desk<'_>, room: RoomId, host: bool) -> Result<&'a Room, No> {
    let settings = settings(call, desk, room).ok_or(GONE)?;
    desk.index.rooms.get(&room).map_or(Ok(()), |there| there.admits(settings, host)).map(|()| settings)
}

/// How a room is: as the plan in force has it; one that a reload took away, as the call's own.
pub(crate) fn settings<'a>(call: &'a Call, desk: &'a Desk<'_>, room: RoomId) -> Option<&'a Room> {
    desk.plan.room(room).or_else(|| call.plan.room(room))
}

/// By his phone, which has proved who it is.
fn is_host(call: &Call, desk: &Desk<'_>, who: LegId, room: RoomId) -> bool {
    let party = call.parties.iter().find(|party| party.leg.id == who);
    let Some(Source::Phone(phone)) = party.and_then(|party| party.leg.who()) else { return false };
    settings(call, desk, room).is_some_and(|room| room.hosts.contains(&phone))
}

/// Who types, as far as he can be told from others.
fn guesser(call: &Call, who: LegId) -> Option<Guesser> {
    let party = call.parties.iter().find(|party| party.leg.id == who);
    match party.and_then(|party| party.leg.who()).unwrap_or(call.record.source) {
        Source::Phone(phone) => Some(Guesser::Phone(phone)),
        Source::Trunk(trunk) => {
            // "anonymous" and its like are many.
            let is_one = |number: &Pii<String>| number.reveal().bytes().any(|byte| byte.is_ascii_digit());
            let number = party.map(|party| call.number(&party.leg)).filter(is_one);
            number.map(|number| Guesser::Number(trunk, number))
        }
    }
}

/// He is asked for the PIN.
fn ask(call: &mut Call, desk: &mut Desk<'_>, who: LegId, typing: Typing) -> Want {
    let sound = settings(call, desk, typing.room).and_then(|room| room.ask);
    let prompt = desk.ids.playing(sound.map_or(Sound::Tone(Tone::Confirmation), Sound::Prompt), false);
    let now = desk.now.mono;
    let walk = call.party(who).and_then(|party| party.walk.as_mut());
    walk.map_or(Want::Nothing, |walk| walk.ask(typing, prompt, now))
}

/// He has typed what he has.
pub(crate) fn typed(call: &mut Call, desk: &mut Desk<'_>, who: LegId) -> Want {
    let guesser = guesser(call, who);
    let Some(mut typing) = call.party(who).and_then(|party| party.walk.as_mut()?.typed()) else { return Want::Nothing };
    let (room, record) = (typing.room, typing.record);
    let digits = typing.take();
    let typed = match desk.plan.room(room) {
        None => return refuse(desk, GONE),
        Some(now) if !now.asks() => Typed::Guest,
        Some(_) => desk.door.typed(desk.now.mono, room, guesser, &digits),
    };
    match typed {
        Typed::Held => refuse(desk, HELD),
        Typed::Wrong if typing.tries + 1 >= TRIES => refuse(desk, WRONG),
        Typed::Wrong => {
            typing.tries += 1;
            ask(call, desk, who, typing)
        }
        right => {
            let host = right == Typed::Host;
            match may(call, desk, room, host).map(|_| ()) {
                Ok(()) => enter(call, desk, who, Entrance { room, host, record, back: None }),
                Err(no) => refuse(desk, no),
            }
        }
    }
}

pub(crate) fn refuse(desk: &mut Desk<'_>, (reason, cause): No) -> Want {
    desk.count(reason);
    Want::End(Exit::of(cause, None))
}

/// He goes to where the others are; where nobody is yet, they come to him. The switchboard knows which.
pub(crate) fn enter(call: &mut Call, desk: &mut Desk<'_>, who: LegId, entrance: Entrance) -> Want {
    let by = call.side(who);
    super::queue::give_up(call, desk, who, by);
    call.party(who).into_iter().for_each(|party| party.at(At::Next));
    call.errands.push(Errand::Enter { who, entrance });
    Want::Nothing
}
