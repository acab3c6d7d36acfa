//! The account of somebody who is parked: told when he is put into a slot, and again when he is out of it.

use serde::{Deserialize, Serialize};
use sip::Source;
use terms::{CallRef, Slot, Wall, words};

/// How somebody was parked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parking {
    /// In which call.
    pub call: CallRef,
    /// Which of its legs was parked.
    pub nth: Option<u16>,
    /// Where.
    pub slot: Slot,
    /// Who parked him; absent: his flow did.
    pub by: Option<Source>,
    /// Since when.
    pub since: Wall,
    /// Until when, and what became of him; absent while he is parked.
    pub end: Option<ParkingEnd>,
}

/// The end of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ParkingEnd {
    /// When.
    pub at: Wall,
    /// What became of him.
    pub how: Unparked,
    /// Who has him then.
    pub by: Option<Source>,
}

/// What became of somebody who was parked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unparked {
    /// Somebody fetched him.
    Retrieved,
    /// Whoever was rung after his time took him back.
    Returned,
    /// Nobody took him back: he went where the configuration says.
    SentOn,
    /// He hung up, or his call was ended.
    Over,
}

words! { Unparked { Retrieved "retrieved", Returned "returned", SentOn "sent_on", Over "over", } }
