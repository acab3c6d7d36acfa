//! When each call is to be woken.

use std::collections::BTreeSet;
use terms::{CallRef, Mono};

/// The next deadline of each call: one ordered set, exact cancellation.
#[derive(Debug, Default)]
pub(crate) struct Timers {
    due: BTreeSet<(Mono, CallRef)>,
}

impl Timers {
    pub fn next(&self) -> Option<Mono> {
        self.due.first().map(|(at, _)| *at)
    }
    pub fn pop(&mut self, now: Mono) -> Option<CallRef> {
        let (at, call) = *self.due.first()?;
        if at > now {
            return None;
        }
        self.due.pop_first();
        Some(call)
    }
    /// A call's next deadline is another one now.
    pub fn change(&mut self, call: CallRef, before: Option<Mono>, now: Option<Mono>) {
        if before != now {
            if let Some(at) = before {
                self.due.remove(&(at, call));
            }
            self.due.extend(now.map(|at| (at, call)));
        }
    }
    pub fn is_empty(&self) -> bool {
        self.due.is_empty()
    }
}
