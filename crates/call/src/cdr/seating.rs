//! The account of somebody who is in a conference room: told when he has his seat, and again when he has it no more.

use serde::{Deserialize, Serialize};
use sip::Source;
use terms::{CallRef, Pii, RoomId, Wall};

/// A seat, for as long as one had it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seating {
    /// The call that the room is.
    pub call: CallRef,
    /// Which of the seats that were taken there: the first is 0.
    pub nth: u16,
    /// The room.
    pub room: RoomId,
    /// Which of the call's legs has it.
    pub leg: Option<u16>,
    /// Who is at its other end.
    pub who: Source,
    /// By which number the others are shown him.
    pub number: Pii<String>,
    /// It is a host's.
    pub host: bool,
    /// Since when.
    pub since: Wall,
    /// Until when; absent while he is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Wall>,
}
