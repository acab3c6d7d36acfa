//! What one row of a report counts, and the figures made of it.

use super::share;
use acd::OfferEnd;
use call::cdr::CallEventKind;
use serde::Serialize;
use std::collections::BTreeMap;
use terms::ContactKind;

/// The counts of one row. Lengths are milliseconds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// Stays in queues that began: contacts that came to a queue, those that it did not let in among them.
    pub came: u64,
    /// Of which by contacts that came from another queue, or a second time.
    pub came_again: u64,
    /// Contacts connected to an agent.
    pub answered: u64,
    /// Of which within their queue's threshold.
    pub answered_in_time: u64,
    /// Contacts whose caller left.
    pub abandoned: u64,
    /// Of which within their queue's threshold.
    pub abandoned_in_time: u64,
    /// Stays that ended with being sent on by the queue.
    pub overflowed: u64,
    /// The waits of the answered, added.
    pub answered_wait_ms: u64,
    /// The longest wait that ended, however it did.
    pub longest_wait_ms: u64,
    /// Offers to agents.
    pub offered: u64,
    /// Offers that an agent let ring, declined, or could not be reached for.
    pub missed: u64,
    /// Conversations that ended.
    pub handled: u64,
    /// Their length, but for hold.
    pub talk_ms: u64,
    /// Their time on hold.
    pub hold_ms: u64,
    /// The after-call work that followed them.
    pub wrap_up_ms: u64,
    /// Agents' time in conversation within the row's time.
    pub talking_ms: u64,
    /// Agents' time in after-call work within the row's time.
    pub wrapping_ms: u64,
    /// Agents' time ready for a contact within the row's time: idle, or while their phone rang.
    pub ready_ms: u64,
    /// Agents' time within the row's time in which they would have been ready, and no phone of theirs could be rung.
    pub unreachable_ms: u64,
    /// Agents' time on a break within the row's time, by reason; without one it is empty.
    pub paused_ms: BTreeMap<String, u64>,
    /// What came of conversations, as the agents have said, by their word.
    pub dispositions: BTreeMap<String, u64>,
    /// Contacts that came by no call, by their kind. Of what is above, only agents' times and dispositions have them.
    pub others: BTreeMap<ContactKind, Others>,
}

/// What is counted of contacts of one kind that come by no call: nobody hangs on the line, so no service level is theirs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Others {
    /// Stays in queues that began.
    pub came: u64,
    /// Of which by contacts that came from another queue.
    pub came_again: u64,
    /// Taken by an agent.
    pub taken: u64,
    /// The waits of these, added.
    pub taken_wait_ms: u64,
    /// Stays that ended with being moved to another queue, or for want of a place.
    pub overflowed: u64,
    /// Agents are done with them.
    pub done: u64,
    /// How long agents had these.
    pub work_ms: u64,
    /// The after-call work that followed them.
    pub wrap_up_ms: u64,
}

impl Others {
    fn count(&mut self, what: &CallEventKind, wait: Wait) {
        match what {
            CallEventKind::Entered { again, .. } | CallEventKind::Overflowed { again, let_in: Some(false), .. } => {
                self.came += 1;
                self.came_again += u64::from(*again);
            }
            CallEventKind::Connected { waited_ms, before_ms, .. } => {
                self.taken += 1;
                self.taken_wait_ms += wait.of(*waited_ms, *before_ms);
            }
            CallEventKind::Completed { talked_ms, .. } => {
                self.done += 1;
                self.work_ms += talked_ms;
            }
            _ => {}
        }
        self.overflowed += u64::from(matches!(what, CallEventKind::Overflowed { .. }));
    }

    /// With what another row counts.
    pub(super) fn add(&mut self, more: &Others) {
        let Others { came, came_again, taken, taken_wait_ms, overflowed, done, work_ms, wrap_up_ms } = more;
        self.came += came;
        self.came_again += came_again;
        self.taken += taken;
        self.taken_wait_ms += taken_wait_ms;
        self.overflowed += overflowed;
        self.done += done;
        self.work_ms += work_ms;
        self.wrap_up_ms += wrap_up_ms;
    }

    /// How long one of them waits until it is taken, in milliseconds.
    pub fn average_wait_ms(&self) -> Ratio {
        Ratio::new(self.taken_wait_ms, self.taken)
    }

    /// How long one of them takes an agent, in milliseconds.
    pub fn average_handle_ms(&self) -> Ratio {
        Ratio::new(self.work_ms + self.wrap_up_ms, self.done)
    }
}

/// A figure with what it is made of.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Ratio {
    /// None while there is nothing to divide by.
    pub value: Option<f64>,
    /// Above the line.
    pub numerator: u64,
    /// Below it.
    pub denominator: u64,
}

impl Ratio {
    pub(super) fn new(numerator: u64, denominator: u64) -> Ratio {
        Ratio { value: share(numerator, denominator), numerator, denominator }
    }
}

/// What a wait is that is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wait {
    /// That of one stay in one queue.
    Stay,
    /// That of the contact, in all the queues that it went through.
    Whole,
}

impl Wait {
    fn of(self, waited_ms: u64, before_ms: u64) -> u64 {
        match self {
            Wait::Stay => waited_ms,
            Wait::Whole => before_ms.saturating_add(waited_ms),
        }
    }
}

/// Whether there was an `Entered` before a contact was sent on. Older versions did not tell; whoever was let in waited.
fn was_let_in(told: Option<bool>, waited_ms: u64) -> bool {
    told.unwrap_or(waited_ms > 0)
}

impl Tally {
    /// Counts what happened in a queue whose threshold this is.
    pub(super) fn count(&mut self, what: &CallEventKind, threshold_ms: u64, wait: Wait) {
        if let Some(kind) = what.contact_kind().filter(|kind| !kind.is_call()) {
            return self.others.entry(kind).or_default().count(what, wait);
        }
        match what {
            CallEventKind::Entered { again, .. } => self.arrived(*again),
            CallEventKind::Offered { .. } => self.offered += 1,
            CallEventKind::OfferFailed { why, .. } => {
                self.missed += u64::from(why.known().is_some_and(OfferEnd::is_missed))
            }
            // As a contact it was answered before.
            CallEventKind::Connected { again: true, .. } if wait == Wait::Whole => {}
            CallEventKind::Connected { waited_ms, before_ms, .. } => {
                let waited_ms = wait.of(*waited_ms, *before_ms);
                self.answered += 1;
                self.answered_in_time += u64::from(waited_ms <= threshold_ms);
                self.answered_wait_ms += waited_ms;
                self.waited(waited_ms);
            }
            CallEventKind::Abandoned { waited_ms, before_ms, .. } => {
                let waited_ms = wait.of(*waited_ms, *before_ms);
                self.abandoned += 1;
                self.abandoned_in_time += u64::from(waited_ms <= threshold_ms);
                self.waited(waited_ms);
            }
            CallEventKind::Overflowed { waited_ms, again, before_ms, let_in, .. } => {
                if !was_let_in(*let_in, *waited_ms) {
                    self.arrived(*again);
                }
                self.overflowed += 1;
                self.waited(wait.of(*waited_ms, *before_ms));
            }
            CallEventKind::Completed { talked_ms, held_ms, .. } => {
                self.handled += 1;
                self.hold_ms += held_ms;
                self.talk_ms += talked_ms.saturating_sub(*held_ms);
            }
            CallEventKind::Disposed { disposition, instead_of } => {
                if let Some(count) = instead_of.as_ref().and_then(|word| self.dispositions.get_mut(word)) {
                    *count = count.saturating_sub(1);
                }
                *self.dispositions.entry(disposition.clone()).or_insert(0) += 1;
                self.dispositions.retain(|_, count| *count > 0);
            }
            // Neither caller nor queue wanted it, or no queue was in it: it is in no figure but volume and conversations.
            CallEventKind::Withdrawn { .. }
            | CallEventKind::TakenOver { .. }
            | CallEventKind::Picked
            | CallEventKind::AgentState { .. } => {}
        }
    }

    /// After-call work followed a contact of this kind.
    pub(super) fn wrapped(&mut self, kind: ContactKind, length_ms: u64) {
        match kind.is_call() {
            true => self.wrap_up_ms += length_ms,
            false => self.others.entry(kind).or_default().wrap_up_ms += length_ms,
        }
    }

    fn arrived(&mut self, again: bool) {
        self.came += 1;
        self.came_again += u64::from(again);
    }

    fn waited(&mut self, waited_ms: u64) {
        self.longest_wait_ms = self.longest_wait_ms.max(waited_ms);
    }

    /// Each contact once, however many queues it went through: it counts in the queue that it came to first.
    pub fn contacts(&self) -> u64 {
        self.came - self.came_again
    }

    /// Agents' time on a break, whatever the reason.
    pub fn paused_all_ms(&self) -> u64 {
        self.paused_ms.values().sum()
    }

    /// Agents' time at work.
    pub fn logged_in_ms(&self) -> u64 {
        self.ready_ms + self.unreachable_ms + self.talking_ms + self.wrapping_ms + self.paused_all_ms()
    }

    /// SL3.
    pub fn service_level(&self) -> Ratio {
        Ratio::new(self.answered_in_time, self.answered + self.abandoned - self.abandoned_in_time)
    }

    /// The share of those who left.
    pub fn abandoned_share(&self) -> Ratio {
        Ratio::new(self.abandoned, self.answered + self.abandoned)
    }

    /// ASA, in milliseconds.
    pub fn average_wait_ms(&self) -> Ratio {
        Ratio::new(self.answered_wait_ms, self.answered)
    }

    /// AHT, in milliseconds.
    pub fn average_handle_ms(&self) -> Ratio {
        Ratio::new(self.talk_ms + self.hold_ms + self.wrap_up_ms, self.handled)
    }

    /// Counts what happened in a queue, a stay in it by itself, whatever queues the contact came through.
    pub fn count_stay(&mut self, what: &CallEventKind, threshold_ms: u64) {
        self.count(what, threshold_ms, Wait::Stay);
    }

    /// Occupancy.
    pub fn occupancy(&self) -> Ratio {
        let busy_ms = self.talking_ms + self.wrapping_ms;
        Ratio::new(busy_ms, busy_ms + self.ready_ms)
    }
}
