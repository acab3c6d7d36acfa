//! Who hears whom, from where each party stands and from nothing else: no history, no order of events.

use super::watch::Watch;
use media::{Groups, Hearing, Playing};
use smallvec::SmallVec;
use terms::{StreamId, WatchMode};

/// Where a party stands towards the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stance {
    /// By itself: it hears what is played to it.
    Apart,
    /// In the conversation.
    Floor,
    /// With those of one group, beside the conversation.
    Aside(Groups),
    /// Taken out of it: he hears what he is comforted with, and nobody hears him.
    Waiting,
    /// No part of the conversation: he hears what another one hears and says, and is heard as his mode has it.
    Watch(Watch),
}

impl Stance {
    /// So many groups there are beside the floor.
    pub const EARLY: u16 = 63 - Watch::COACHED;

    /// Those who are rung and let themselves be heard before they answer, with who waits for them: a group for each
    /// ringing, as far as there are groups.
    pub fn early(ringing: u16) -> Stance {
        Stance::Aside(Groups::of(1 + (ringing % Stance::EARLY) as u8))
    }

    /// In the conversation or beside it, and not by himself, nor one who watches.
    pub fn is_there(self) -> bool {
        !matches!(self, Stance::Apart | Stance::Watch(_))
    }

    /// Who is no part of the conversation, and is not counted among those who are there.
    pub fn watches(self) -> Option<Watch> {
        if let Stance::Watch(watch) = self { Some(watch) } else { None }
    }

    /// The same, to be changed.
    pub fn watching(&mut self) -> Option<&mut Watch> {
        if let Stance::Watch(watch) = self { Some(watch) } else { None }
    }

    fn groups(self) -> Groups {
        match self {
            Stance::Apart | Stance::Waiting | Stance::Watch(_) => Groups::NONE,
            Stance::Floor => Groups::FLOOR,
            Stance::Aside(group) => group,
        }
    }
}

/// A party, as far as it matters to who hears whom.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Present {
    pub stream: StreamId,
    pub stance: Stance,
    /// It wants to hear us: it does not hold.
    pub listens: bool,
    /// It may be heard: who holds with music of his own is, who holds without a word is not.
    pub speaks: bool,
    /// What is played to it.
    pub sound: Option<Playing>,
    /// What it hears while nobody on the floor listens to it.
    pub comfort: Option<Playing>,
}

/// A level for each stream, in the order of the streams.
pub(crate) type Levels = SmallVec<[(StreamId, Hearing); 2]>;

/// What each party's stream hears, and who hears it.
pub(crate) fn hearing(parties: &[Present]) -> Levels {
    // Nearly always nobody watches: then nobody is asked of each whether he does.
    let watched = parties.iter().any(|party| party.stance.watches().is_some());
    let mut levels: Levels = parties.iter().map(|party| (party.stream, level(party, parties, watched))).collect();
    levels.sort_unstable_by_key(|(stream, _)| *stream);
    levels
}

fn level(party: &Present, parties: &[Present], watched: bool) -> Hearing {
    if let Stance::Watch(watch) = party.stance {
        return level_of_watcher(party, watch, parties);
    }
    let groups = party.stance.groups();
    let whispered = if watched { whispers(party, parties) } else { Groups::NONE };
    // Who is spoken to by one who watches him hears that, and nothing for his comfort.
    let spoken_to = || watched && watches(party, parties).any(|watch| watch.mode != WatchMode::Listen);
    let comfort = party.comfort.filter(|_| is_held(party, parties) && !spoken_to());
    Hearing {
        hears: if party.listens { groups | whispered } else { Groups::NONE },
        speaks: if party.speaks { groups } else { Groups::NONE },
        keeps_keys: false,
        // A queue's music comes before what the one who holds sends by himself; what else is heard on hold yields to that.
        sound: party.sound.or(comfort),
    }
}

/// He hears what the one whom he watches hears and says, but nobody else who whispers to that one.
fn level_of_watcher(party: &Present, watch: Watch, parties: &[Present]) -> Hearing {
    let of = parties.iter().find(|other| other.stream == watch.of && (other.listens || other.speaks));
    Hearing {
        hears: of.filter(|_| party.listens).map_or(Groups::NONE, |of| of.stance.groups()),
        speaks: if party.speaks { watch.speaks() } else { Groups::NONE },
        keeps_keys: true,
        sound: party.sound,
    }
}

/// The groups in which somebody whispers to a party.
fn whispers(party: &Present, parties: &[Present]) -> Groups {
    let whispers = watches(party, parties).filter(|watch| watch.mode == WatchMode::Whisper);
    whispers.fold(Groups::NONE, |groups, watch| groups | watch.speaks())
}

/// Those who watch a party.
fn watches(party: &Present, parties: &[Present]) -> impl Iterator<Item = Watch> {
    let of = party.stream;
    parties.iter().filter_map(|other| other.stance.watches()).filter(move |watch| watch.of == of)
}

/// Whether a party is on the floor and nobody there listens to it.
fn is_held(party: &Present, parties: &[Present]) -> bool {
    let listens = |other: &Present| other.stream != party.stream && other.stance == Stance::Floor && other.listens;
    party.stance == Stance::Floor && !parties.iter().any(listens)
}
