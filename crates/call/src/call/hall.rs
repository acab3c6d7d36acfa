//! A call that is a conference room: everybody who gets there is in it, and it lasts while anybody is.

use super::Call;
use crate::cdr::Seating;
use crate::party::Party;
use crate::ringing::Aim;
use dialplan::Room;
use terms::{LegId, PromptId};

/// The room that a call is.
#[derive(Debug)]
pub(crate) struct Hall {
    /// As it was when the first one came.
    pub room: Room,
    /// Nobody comes in any more.
    pub locked: bool,
    /// As what is in it was told last.
    pub told: Vec<Told>,
    /// Who is in it, as the account was told it.
    pub sat: Vec<Sat>,
    /// Seats that were taken in it so far.
    pub seats: u16,
}

/// What the account was told of one who is in it.
#[derive(Debug)]
pub(crate) struct Sat {
    pub who: LegId,
    pub account: Seating,
}

/// One who is in it: who, whether he is a host, is muted, and holds.
pub(crate) type Told = (LegId, bool, bool, bool);

impl Call {
    /// What is heard in it by one who has nobody to hear: the room's music, if it is one and has some, else that of the house.
    pub fn music(&self) -> Option<PromptId> {
        self.hall.as_ref().and_then(|hall| hall.room.music).or(self.plan.media.hold)
    }

    /// Those who are in the room.
    pub fn seated(&self) -> impl Iterator<Item = &Party> {
        self.parties.iter().filter(|party| party.seat.is_some())
    }

    /// Those who are in the room, as that is told.
    pub fn told_seats(&self) -> impl Iterator<Item = Told> {
        self.parties.iter().filter_map(|party| {
            let seat = party.seat.as_ref()?;
            Some((party.leg.id, seat.host, seat.muted, party.leg.held))
        })
    }

    /// How many are rung who will need a place of their own.
    pub fn rung_for_places(&self) -> usize {
        self.ringings.iter().filter(|ringing| matches!(ringing.aim, Aim::Seat { refer: None, .. })).count()
    }

    /// One leaves while it rings for his seat: it rings on for the room, as long as anybody else is there.
    pub fn rings_on_for_room(&mut self, gone: LegId) {
        let Some(other) = self.seated().map(|party| party.leg.id).find(|other| *other != gone) else { return };
        for ringing in
            self.ringings.iter_mut().filter(|ringing| matches!(ringing.aim, Aim::Seat { of, .. } if of == gone))
        {
            ringing.aim = ringing.aim.on_behalf_of(other);
        }
    }

    /// Whether the guests still wait for a host.
    pub fn lacks_host(&self) -> bool {
        let hosted = || self.seated().any(|party| party.seat.as_ref().is_some_and(|seat| seat.host));
        self.hall.as_ref().is_some_and(|hall| hall.room.waits) && !hosted()
    }
}
