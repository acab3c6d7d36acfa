//! One who watches another in a conversation: he hears what that one hears and says. Who hears him is his mode's; it
//! changes without a new call, as it is nothing but where he stands.

use super::hearing::Present;
use media::{Groups, Hearing};
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

    fn whispers_to(self) -> Groups {
        Groups::of((63 - Watch::COACHED) as u8 + 1 + self.group)
    }

    /// He hears what the one whom he watches hears, but nobody else who whispers to that one.
    pub(super) fn level(self, party: &Present, parties: &[Present]) -> Hearing {
        let of = parties.iter().find(|other| other.stream == self.of);
        let speaks = match self.mode {
            WatchMode::Listen => Groups::NONE,
            WatchMode::Whisper => self.whispers_to(),
            WatchMode::Barge => Groups::FLOOR,
        };
        Hearing {
            hears: of.filter(|_| party.listens).map_or(Groups::NONE, Present::around),
            speaks: if party.speaks { speaks } else { Groups::NONE },
            keeps_keys: true,
            sound: party.sound,
        }
    }

    /// The groups of those who whisper to a party.
    pub(super) fn coaches(party: &Present, parties: &[Present]) -> Groups {
        let watches = parties.iter().filter_map(|other| other.stance.watches());
        let whispers = watches.filter(|watch| watch.of == party.stream && watch.mode == WatchMode::Whisper);
        whispers.fold(Groups::NONE, |groups, watch| groups | watch.whispers_to())
    }

    /// Whether somebody who watches a party speaks to it: then it hears him, and nothing else for its comfort.
    pub(super) fn speaks_to(party: &Present, parties: &[Present]) -> bool {
        let mut watches = parties.iter().filter_map(|other| other.stance.watches());
        watches.any(|watch| watch.of == party.stream && watch.mode != WatchMode::Listen)
    }

    /// The group in which somebody may whisper to this one: the one in which it is done already, or a free one.
    pub fn free_group(of: StreamId, watches: impl Iterator<Item = Watch> + Clone) -> Option<u8> {
        let own = watches.clone().find(|watch| watch.of == of).map(|watch| watch.group);
        own.or_else(|| (0..Watch::COACHED as u8).find(|group| watches.clone().all(|watch| watch.group != *group)))
    }
}
