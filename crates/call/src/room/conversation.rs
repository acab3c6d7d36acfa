//! A conversation: since when, and how long of it somebody had the others on hold.

use std::time::Duration;
use terms::Mono;

/// What those on the floor have, as soon as they are two.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Conversation {
    since: Mono,
    held_since: Option<Mono>,
    /// How long it was on hold, but for the present time.
    held: Duration,
}

impl Conversation {
    /// It begins.
    pub fn begin(now: Mono, held: bool) -> Conversation {
        Conversation { since: now, held_since: held.then_some(now), held: Duration::ZERO }
    }

    /// One of them holds now, or none does.
    pub fn hold(&mut self, now: Mono, held: bool) {
        match self.held_since {
            None if held => self.held_since = Some(now),
            Some(since) if !held => {
                self.held += now.since(since);
                self.held_since = None;
            }
            _ => {}
        }
    }

    /// One of them holds.
    pub fn is_held(&self) -> bool {
        self.held_since.is_some()
    }

    /// How long it was on hold so far.
    pub fn held(&self, now: Mono) -> Duration {
        self.held + self.held_since.map_or(Duration::ZERO, |since| now.since(since))
    }

    /// It is over: how long it was, and how long of that it was held.
    pub fn end(mut self, now: Mono) -> (Duration, Duration) {
        self.hold(now, false);
        (now.since(self.since), self.held)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_held_more_than_once_is_held_for_all_of_it_and_no_longer_than_it_lasts() {
        let at = Mono::from_micros;
        let mut talk = Conversation::begin(at(10), false);
        for (now, held) in [(20, true), (25, true), (30, false), (40, false), (50, true)] {
            talk.hold(at(now), held);
        }
        assert!(talk.is_held());
        assert_eq!(talk.held(at(60)), Duration::from_micros(20));
        assert_eq!(talk.end(at(70)), (Duration::from_micros(60), Duration::from_micros(30)));
        assert_eq!(Conversation::begin(at(10), true).end(at(15)).1, Duration::from_micros(5));
    }
}
