//! The conference rooms in which somebody is: which call each is, and how one who comes gets there.

use super::Switchboard;
use crate::call::Call;
use crate::face::{RoomLine, SeatLine};
use crate::handle::Signal;
use crate::life::Life;
use crate::parcel::News;
use crate::pins::Held;
use crate::seat::{Entrance, GONE, No};
use crate::verb::introduce;
use crate::want::Join;
use terms::{CallRef, Cause, LegId, Now, RoomId, Waits};

/// His call has to do with another one just now.
const UNDER_WAY: No = ("transfer under way", Cause::TEMPORARY);

impl Switchboard {
    /// The call that a room is, if anybody is there.
    pub fn room_call(&self, room: RoomId) -> Option<CallRef> {
        self.office.index.rooms.get(&room).map(|there| there.call)
    }

    /// Who is in a room that somebody is in.
    pub fn room(&self, room: RoomId) -> Option<RoomLine> {
        self.calls.get(&self.room_call(room)?).and_then(|call| line(call))
    }

    /// Of whom no PIN is looked at, at which room, or was not a while ago.
    pub fn held_by_pins(&self, now: Now) -> impl Iterator<Item = (&Held, Waits)> {
        self.office.door.held_by_pins(now.mono)
    }

    /// The rooms in which somebody is.
    pub(super) fn rooms(&self) -> Vec<RoomLine> {
        let calls = self.office.index.rooms.values().filter_map(|there| self.calls.get(&there.call));
        calls.filter_map(|call| line(call)).collect()
    }

    /// One who was let in gets to where the others are; where nobody is, his call is the room.
    pub(super) fn enter(&mut self, now: Now, who: LegId, entrance: Entrance) {
        // Absent: he has gone.
        let Some(home) = self.office.index.legs.get(&who).and_then(|call| self.calls.get(call)) else { return };
        let home = home.id();
        match self.way_in(home, who, entrance) {
            Err(no) => self.tell(now, home, Signal::Parcel(Box::new(News::Denied { who, no }))),
            Ok(None) => self.tell(now, home, Signal::Parcel(Box::new(News::Opens { who, entrance }))),
            Ok(Some(to)) => {
                self.tell(now, to, Signal::Parcel(Box::new(News::Await(who))));
                self.tell(now, home, Signal::Parcel(Box::new(News::Lend { who, to, then: Join::Room(entrance) })));
            }
        }
    }

    /// The call to which he goes; none, where he is the first.
    fn way_in(&self, home: CallRef, who: LegId, entrance: Entrance) -> Result<Option<CallRef>, No> {
        let call = self.calls.get(&home).filter(|call| call.life == Life::Open).ok_or(UNDER_WAY)?;
        let here = call.parties.iter().any(|party| party.leg.id == who && party.leg.is_up());
        if !here || call.hall.is_some() || call.busy().is_some() {
            return Err(UNDER_WAY);
        }
        let Some(there) = self.office.index.rooms.get(&entrance.room) else { return Ok(None) };
        let settings = self.plan.room(entrance.room).or_else(|| call.plan.room(entrance.room)).ok_or(GONE)?;
        there.admits(settings, entrance.opens_locks())?;
        Ok(Some(there.call))
    }
}

fn line(call: &Call) -> Option<RoomLine> {
    let hall = call.hall.as_ref()?;
    let seats = call.seated().filter_map(|party| {
        let seat = party.seat.as_ref()?;
        Some(SeatLine {
            leg: party.leg.id,
            number: introduce::shown(call, party.leg.id).map(|name| name.number).unwrap_or_default(),
            at: party.leg.who(),
            host: seat.host,
            muted: seat.muted,
            holds: party.leg.held,
            since: seat.since,
        })
    });
    let (room, locked, waits) = (hall.room.id, hall.locked, call.lacks_host());
    Some(RoomLine { room, call: call.id(), locked, waits, most: hall.room.most, seats: seats.collect() })
}
