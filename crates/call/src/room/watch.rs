//! One who watches another in a conversation: whom, and who hears him. It changes without a new call, as it is nothing but
//! where he stands.

use media::Groups;
use terms::{StreamId, WatchMode};

/// Whom he watches, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Watch {
    /// The stream of the one whom he watches.
    pub of: StreamId,
    pub mode: WatchMode,
    /// Which of the groups of those who whisper is heard by the one whom he watches.
    pub group: u8,
}

impl Watch {
    /// So many in one call can have somebody who whispers to them.
    pub const COACHED: u16 = 8;

    /// To whom he speaks.
    pub fn speaks(self) -> Groups {
        match self.mode {
            WatchMode::Listen => Groups::NONE,
            WatchMode::Whisper => Groups::of((63 - Watch::COACHED) as u8 + 1 + self.group),
            WatchMode::Barge => Groups::FLOOR,
        }
    }

    /// The group in which somebody may whisper to this one: the one in which it is done already, or a free one.
    pub fn free_group(of: StreamId, watches: impl Iterator<Item = Watch> + Clone) -> Option<u8> {
        let own = watches.clone().find(|watch| watch.of == of).map(|watch| watch.group);
        own.or_else(|| (0..Watch::COACHED as u8).find(|group| watches.clone().all(|watch| watch.group != *group)))
    }
}
