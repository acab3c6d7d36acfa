//! A call that is a conference room: everybody who gets there is in it, and it lasts while anybody is.

use super::Call;
use crate::party::Party;
use dialplan::Room;
use terms::LegId;

/// The room that a call is.
#[derive(Debug)]
pub(crate) struct Hall {
    /// As it was when the first one came.
    pub room: Room,
    /// Nobody comes in any more.
    pub locked: bool,
    /// As what is in it was told last.
    pub told: Vec<Told>,
}

/// One who is in it: who, whether he is a host, is muted, and holds.
pub(crate) type Told = (LegId, bool, bool, bool);

impl Call {
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

    /// Whether the guests still wait for a host.
    pub fn lacks_host(&self) -> bool {
        let hosted = || self.seated().any(|party| party.seat.as_ref().is_some_and(|seat| seat.host));
        self.hall.as_ref().is_some_and(|hall| hall.room.waits) && !hosted()
    }
}
