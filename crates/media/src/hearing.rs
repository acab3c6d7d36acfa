//! Who hears whom, as call control says it: one level a stream. Where a listener's groups and a speaker's meet, the one
//! hears the other. No edge between two streams is ever named, so that no order of commands can leave one behind, and
//! the same level said again changes nothing.

use crate::Sound;
use std::ops::BitOr;
use terms::PlayId;

/// Some of the groups of a call, whose parties hear each other: the floor, and whatever goes on beside it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Groups(u64);

impl Groups {
    /// None of them.
    pub const NONE: Groups = Groups(0);
    /// The floor: the conversation itself.
    pub const FLOOR: Groups = Groups::of(0);

    /// The group with this number, below 64; 0 is the floor.
    pub const fn of(number: u8) -> Groups {
        Groups(1 << (number % 64))
    }

    /// Whether one group is in both.
    pub const fn meet(self, other: Groups) -> bool {
        self.0 & other.0 != 0
    }
}

impl BitOr for Groups {
    type Output = Groups;

    fn bitor(self, other: Groups) -> Groups {
        Groups(self.0 | other.0)
    }
}

/// What a stream hears and who hears it, whole: what is not in it is no longer so.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hearing {
    /// It hears who speaks to these.
    pub hears: Groups,
    /// It speaks to these; its keys go the same way, unless it keeps them.
    pub speaks: Groups,
    /// Its keys are told to call control and go to nobody.
    pub keeps_keys: bool,
    /// What is played to it, before whom it hears.
    pub sound: Option<Playing>,
}

impl Hearing {
    /// Whether a stream with this level hears the voice of one with that, if there is one; both of one call.
    pub fn hears(&self, speaker: &Hearing) -> bool {
        self.sound.is_none_or(|sound| sound.yields) && self.hears.meet(speaker.speaks)
    }
}

/// A sound that is played to a stream. As long as its id is said, it goes on; once it is over it is not begun again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Playing {
    /// The id under which its end is told.
    pub play: PlayId,
    /// What.
    pub sound: Sound,
    /// It starts over at its end.
    pub repeat: bool,
    /// It yields to a voice, from its first packet on, and goes on when none has come for 400 ms.
    pub yields: bool,
}
