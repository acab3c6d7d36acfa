//! The room of a call: who hears whom in it, and what a media worker must be told of that. Nobody says that a sound
//! begins or ends, or that two hear each other: after each signal it follows from the state of the call.

mod conversation;
mod hearing;

#[cfg(test)]
mod tests;
mod watch;

pub(crate) use conversation::Conversation;
pub(crate) use hearing::{Levels, Present, Stance, hearing};
use media::{Hearing, Playing};
use terms::StreamId;
pub(crate) use watch::Watch;

/// What is known of the room beside who is in it.
#[derive(Default)]
pub(crate) struct Room {
    /// Who hears whom, as the media worker was told it.
    pub told: Levels,
    /// The conversation that goes on.
    pub talk: Option<Conversation>,
    /// What is heard in it by one whom somebody holds, where no queue has music for him.
    pub hold: Option<Playing>,
}

/// The levels that a worker must be told, in one command, when it knows those of `told`; `None` when it knows them all. Of
/// whom nothing was told hears nobody and is heard by nobody; a stream that is gone took its level with it.
pub(crate) fn difference(told: &Levels, now: &Levels) -> Option<Box<[(StreamId, Hearing)]>> {
    if told == now {
        return None;
    }
    // Both are in the order of the streams.
    let known = |stream: &StreamId| Some(told[told.binary_search_by_key(stream, |(of, _)| *of).ok()?].1);
    let changed: Levels =
        now.iter().filter(|(stream, level)| known(stream).unwrap_or_default() != *level).copied().collect();
    (!changed.is_empty()).then(|| changed.into_boxed_slice())
}
