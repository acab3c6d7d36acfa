//! Who is in a conference room, and what follows from that for the others: they talk as soon as they are two and have a host,
//! if they are to wait for one; else each has music. And what is done to them from outside.

use super::{connect, introduce, seated};
use crate::call::{Call, Hall, Whose};
use crate::desk::{Desk, Occupied};
use crate::life::Life;
use crate::room::Stance;
use crate::seat::{Entrance, Seat};
use dialplan::Chime;
use media::{Playing, Sound, Tone};
use smallvec::SmallVec;
use terms::LegId;

/// Why nothing of the kind can be done to a call that is none.
const NO_ROOM: &str = "it is no room";

/// He is the first one: the call that he is in is the room from now on.
pub(crate) fn open(call: &mut Call, desk: &mut Desk<'_>, who: LegId, entrance: Entrance) {
    let Some(room) = super::enter::settings(call, desk, entrance.room).cloned() else {
        return desk.astray("a room that is in no plan");
    };
    call.hall = Some(Box::new(Hall { room, locked: false, told: vec![], sat: vec![], seats: 0 }));
    sit(call, desk, who, entrance);
}

/// One has come in.
pub(crate) fn sit(call: &mut Call, desk: &mut Desk<'_>, who: LegId, Entrance { host, record, back, .. }: Entrance) {
    let Some(hall) = &call.hall else { return desk.astray("a seat in no room") };
    let muted = back.map_or(hall.room.muted && !host, |before| before.muted);
    let chime = hall.room.enter;
    call.origin.recorded |= record || hall.room.record;
    let since = desk.now.wall;
    if let Some(party) = call.party(who) {
        party.seat = Some(Box::new(Seat { host, muted, since, music: None, chime: None }));
        (party.walk, party.comfort, party.stance) = (None, None, Stance::Apart);
    }
    introduce::focus(call, desk, who);
    arrange(call, desk);
    ring(call, desk, chime);
}

/// One has come in whom the room has rung: as a guest.
pub(crate) fn come_in(call: &mut Call, desk: &mut Desk<'_>, who: LegId) {
    let Some(room) = call.hall.as_ref().map(|hall| hall.room.id) else { return desk.astray("a seat in no room") };
    sit(call, desk, who, Entrance { room, host: false, record: false, back: None });
}

/// One has the seat of another, as that one had it.
pub(crate) fn succeeded(call: &mut Call, desk: &mut Desk<'_>, who: LegId, instead: LegId) {
    let since = desk.now.wall;
    call.party(who).and_then(|party| party.seat.as_mut()).into_iter().for_each(|seat| seat.since = since);
    introduce::focus(call, desk, who);
    on_record(call, desk, who, instead);
    arrange(call, desk);
    let chime = call.hall.as_ref().map_or(Chime::Nothing, |hall| hall.room.enter);
    ring(call, desk, chime);
}

/// He is recorded where that one was, if that one had a side.
fn on_record(call: &mut Call, desk: &mut Desk<'_>, who: LegId, instead: LegId) {
    let Some(running) = &call.capture else { return };
    let other = match instead {
        one if one == running.left => running.right,
        one if one == running.right => running.left,
        _ => return,
    };
    let stream = call.legs().find(|(whose, leg)| *whose == Whose::Party && leg.id == who).map(|(_, leg)| leg.stream);
    stream.into_iter().for_each(|stream| connect::capture(call, desk, other, (who, stream)));
}

/// One has gone.
pub(crate) fn one_less(call: &mut Call, desk: &mut Desk<'_>) {
    let chime = call.hall.as_ref().map_or(Chime::Nothing, |hall| hall.room.leave);
    arrange(call, desk);
    ring(call, desk, chime);
}

/// Who talks, and who has music.
pub(crate) fn arrange(call: &mut Call, desk: &mut Desk<'_>) {
    let talk = call.seated().count() > 1 && !call.lacks_host();
    let music = call.music();
    for party in &mut call.parties {
        let Some(seat) = &mut party.seat else { continue };
        match talk {
            true => (party.stance, seat.music) = (Stance::Floor, None),
            false => {
                party.stance = Stance::Apart;
                seat.music.get_or_insert_with(|| desk.ids.playing(music.map_or(Sound::Silence, Sound::Prompt), true));
            }
        }
    }
    if talk {
        call.record.connected.get_or_insert(desk.now.wall);
        record(call, desk);
    }
}

/// Two of those who talk are the sides of the recording; the others are heard beside them.
fn record(call: &mut Call, desk: &mut Desk<'_>) {
    if !call.origin.recorded || call.capture.is_some() {
        return;
    }
    let two: SmallVec<[_; 2]> = call.seated().map(|party| (party.leg.id, party.leg.stream)).take(2).collect();
    if let [(one, _), other] = two[..] {
        connect::capture(call, desk, one, other);
    }
}

/// Those who are there hear that somebody has come or gone; one who is alone does not.
fn ring(call: &mut Call, desk: &mut Desk<'_>, chime: Chime) {
    let sound = match chime {
        Chime::Beep => Sound::Tone(Tone::Confirmation),
        Chime::Nothing => return,
        Chime::Sound(prompt) => Sound::Prompt(prompt),
    };
    for party in call.parties.iter_mut().filter(|party| party.stance == Stance::Floor) {
        if let Some(seat) = &mut party.seat {
            let chime: Playing = desk.ids.playing(sound, false);
            // Of many who come at once the first is heard.
            seat.chime.get_or_insert(chime);
        }
    }
}

/// What the house knows of the room follows from who is in it.
pub(crate) fn book(call: &mut Call, desk: &mut Desk<'_>) {
    tell(call, desk);
    seated::tell(call, desk);
    let Some(hall) = &call.hall else { return };
    let (room, id) = (hall.room.id, call.id());
    if call.life == Life::Open {
        let here = call.seated().count() + call.awaited.len() + call.rung_for_places();
        desk.index.rooms.insert(room, Occupied { call: id, here, locked: hall.locked });
    } else if desk.index.rooms.get(&room).is_some_and(|there| there.call == id) {
        desk.index.rooms.remove(&room);
    }
}

/// Whoever watches it is told of what is new.
fn tell(call: &mut Call, desk: &mut Desk<'_>) {
    let Some(hall) = &call.hall else { return };
    if hall.told.iter().copied().eq(call.told_seats()) {
        return;
    }
    let (room, told) = (hall.room.id, call.told_seats().collect());
    if let Some(hall) = &mut call.hall {
        hall.told = told;
    }
    desk.room(room);
}

/// Why it cannot be locked, or opened again.
pub(crate) fn may_lock(call: &Call, on: bool) -> Result<(), &'static str> {
    match &call.hall {
        None => Err(NO_ROOM),
        Some(hall) if hall.locked == on => Err(if on { "it is locked already" } else { "it is not locked" }),
        Some(_) => Ok(()),
    }
}

/// Nobody but a host comes in any more, or everybody does again.
pub(crate) fn lock(call: &mut Call, desk: &mut Desk<'_>, on: bool) {
    if let Some(hall) = &mut call.hall {
        hall.locked = on;
        desk.room(hall.room.id);
    }
}

/// Why one cannot be muted, or heard again.
pub(crate) fn may_mute(call: &Call, who: LegId, on: bool) -> Result<(), &'static str> {
    if call.hall.is_none() {
        return Err(NO_ROOM);
    }
    let muted = call.seated().find(|party| party.leg.id == who).and_then(|party| party.seat.as_ref());
    match muted.map(|seat| seat.muted) {
        None => Err("no such party"),
        Some(muted) if muted == on => Err(if on { "he is muted already" } else { "he is not muted" }),
        Some(_) => Ok(()),
    }
}

/// Nobody hears him, or all do again.
pub(crate) fn mute(call: &mut Call, who: LegId, on: bool) {
    if let Some(seat) = call.party(who).and_then(|party| party.seat.as_mut()) {
        seat.muted = on;
    }
}

/// Why one cannot be sent away.
pub(crate) fn may_kick(call: &Call, who: LegId) -> Result<(), &'static str> {
    match call.seated().any(|party| party.leg.id == who) {
        _ if call.hall.is_none() => Err(NO_ROOM),
        true => Ok(()),
        false => Err("no such party"),
    }
}
