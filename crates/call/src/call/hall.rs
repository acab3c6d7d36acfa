//! A call that is a conference room: everybody who gets there is in it, and it lasts while anybody is.

use super::Call;
use crate::party::Party;
use dialplan::Room;

/// The room that a call is.
#[derive(Debug)]
pub(crate) struct Hall {
    /// As it was when the first one came.
    pub room: Room,
    /// Nobody comes in any more.
    pub locked: bool,
}

impl Call {
    /// Those who are in the room.
    pub fn seated(&self) -> impl Iterator<Item = &Party> {
        self.parties.iter().filter(|party| party.seat.is_some())
    }

    /// Whether the guests still wait for a host.
    pub fn lacks_host(&self) -> bool {
        let hosted = || self.seated().any(|party| party.seat.as_ref().is_some_and(|seat| seat.host));
        self.hall.as_ref().is_some_and(|hall| hall.room.waits) && !hosted()
    }
}
