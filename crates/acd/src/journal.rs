//! The journal of inputs and decisions, and its replay.
//!
//! A decision's entry goes out just before its event. Recovery after a crash takes the decisions as they
//! are written; [`Engine::replay`] takes the inputs and ticks and proves that they lead to the same decisions. The first
//! entry names the version of the rules: by others, other decisions are right.

use crate::engine::Engine;
use crate::face::{ContactEvent, Entry, Event, Output, What};
use crate::setup::SetupHash;
use std::time::Duration;
use terms::ContactId;

/// The version of the rules by which the engine decides, raised when like inputs may lead to other decisions.
///
/// 1. As it began; its journals do not name it.
/// 2. Who missed a contact comes after who did not.
/// 3. As 2; but entries tell how long something lasted and in which of its stays a contact was, and `Served` what an
///    answer did.
/// 4. As 3 for contacts that come by a call. Those that come by none are missed by nobody, and no rule sends them on but to
///    another queue.
pub const RULES: u32 = 4;
/// The version by which the same is decided of calls, and told in the same words.
const CALLS: u32 = 3;
/// The version by which the same is decided, and less told.
const TERSE: u32 = 2;

/// The replay did not go as the journal says.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Divergence {
    /// It was decided by other rules.
    #[error("the journal was written by version {recorded} of the rules, and these are version {RULES}")]
    Rules {
        /// By which.
        recorded: u32,
    },
    /// The journal names a configuration that its store has not given back.
    #[error("the journal names the configuration {missing}, and its store does not have it")]
    Setup {
        /// Which.
        missing: SetupHash,
    },
    /// Like inputs led to another entry.
    #[error("journal entry {}: recorded {:?}, replayed {:?}", .recorded.sequence, .recorded.what, .replayed.as_ref().map(|entry| &entry.what))]
    Entry {
        /// What the journal has.
        recorded: Box<Entry>,
        /// What the engine put out there; nothing when it put out nothing.
        replayed: Option<Box<Entry>>,
    },
}

impl Engine {
    /// Feeds a journal's inputs and ticks, from its first entry on, to a new engine of the same seed.
    ///
    /// A journal of versions before, which decided alike of calls, is replayed too. The engine comes back as it was after the
    /// last entry. When the journal breaks off between an input
    /// and its decisions, those that it lacks are the engine's outputs.
    pub fn replay(seed: u64, entries: impl IntoIterator<Item = Entry>) -> Result<Engine, Divergence> {
        let mut engine = Engine::new(seed);
        // How many entries of today a terse journal lacks so far.
        let mut lacks = None;
        for mut recorded in entries {
            if engine.sequence == 0 {
                let (rules, asks) =
                    if let What::Begun { rules, asks } = recorded.what { (rules, asks) } else { (1, false) };
                engine.asks = asks;
                if !(TERSE..=RULES).contains(&rules) {
                    return Err(Divergence::Rules { recorded: rules });
                }
                lacks = (rules == TERSE).then_some(0);
                if rules == CALLS {
                    recorded.what = What::Begun { rules: RULES, asks };
                }
            }
            engine.skip_questions();
            if engine.out.is_empty() {
                match &recorded.what {
                    What::Begun { .. } => engine.advance(recorded.now),
                    What::Input(command) => engine.handle_input(recorded.now, command.clone()),
                    What::Tick => engine.handle_timeout(recorded.now),
                    What::Configured { setup, .. } => return Err(Divergence::Setup { missing: *setup }),
                    _ => {}
                }
            }
            recorded.what = engine.in_words_of_today(recorded.what);
            let replayed = engine.next_entry(&mut lacks);
            if replayed.as_deref() != Some(&recorded) {
                return Err(Divergence::Entry { recorded: Box::new(recorded), replayed });
            }
            // A decision's event is known since it was decided: only its entry counts here.
            if matches!(recorded.what, What::Decision(_)) {
                engine.out.pop_front();
            }
        }
        Ok(engine)
    }

    /// A rule that was named by its place is the one that stands there now: it has just been decided by.
    fn in_words_of_today(&self, what: What) -> What {
        let What::SentOnBy { contact, queue, why, nth } = what else { return what };
        let rule = self.queues.get(&queue).and_then(|queue| queue.overflow.get(nth)).copied();
        let (waited, segment) = (Duration::ZERO, 0);
        What::Decision(Event::Contact(contact, ContactEvent::Overflowed { queue, why, rule, waited, segment }))
    }

    /// What was asked of the fleet's store, and said to it, is in the journal by its entries.
    fn skip_questions(&mut self) {
        while self.out.pop_front_if(|out| matches!(out, Output::Reserve { .. } | Output::Release { .. })).is_some() {}
    }

    /// The next entry, for a terse journal in its words.
    fn next_entry(&mut self, lacks: &mut Option<u64>) -> Option<Box<Entry>> {
        loop {
            self.skip_questions();
            let Output::Journal(mut entry) = self.out.pop_front()? else { return None };
            let Some(lacks) = lacks else { return Some(entry) };
            let Some(what) = entry.what.terse(TERSE) else {
                *lacks += 1;
                continue;
            };
            (entry.what, entry.sequence) = (what, entry.sequence - *lacks);
            return Some(entry);
        }
    }

    /// Writes an entry.
    pub(crate) fn record(&mut self, what: What) {
        self.sequence += 1;
        self.out.push_back(Output::Journal(Box::new(Entry { sequence: self.sequence, now: self.now, what })));
    }

    /// Decides about a contact.
    pub(crate) fn decide_of(&mut self, contact: ContactId, event: ContactEvent) {
        self.decide(Event::Contact(contact, event));
    }

    /// Decides: into the journal, then to call control.
    pub(crate) fn decide(&mut self, event: Event) {
        self.record(What::Decision(event.clone()));
        self.out.push_back(Output::Event(event));
    }
}
