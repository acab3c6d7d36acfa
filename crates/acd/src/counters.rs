//! What the engine has counted since its start.

use crate::face::{OfferFailure, OverflowReason, Revocation, Withdrawal};
use serde::Serialize;
use std::collections::BTreeMap;

/// Totals since the start. The keys are the names of the variants of [`crate::face`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counters {
    /// Commands that came in.
    pub inputs: u64,
    /// Times at which timers fired.
    pub ticks: u64,
    /// `Enqueue` commands that were not stale: each becomes exactly one of answered, overflowed or withdrawn.
    pub enqueued: u64,
    /// Contacts that an agent accepted.
    pub answered: u64,
    /// Conversations that ended.
    pub finished: u64,
    /// Contacts that left by themselves, by reason.
    pub withdrawn: BTreeMap<&'static str, u64>,
    /// Contacts that their queue sent on, by reason.
    pub overflowed: BTreeMap<&'static str, u64>,
    /// Offers made.
    pub offers: u64,
    /// Offers that failed, by reason.
    pub offers_failed: BTreeMap<&'static str, u64>,
    /// Offers taken back, by reason.
    pub offers_revoked: BTreeMap<&'static str, u64>,
    /// Contacts that wait by their queue's requirement, since their own would have been one too many.
    pub requirements_refused: u64,
    /// Agents made NotReady because they missed too many offers in a row.
    pub missed_out: u64,
    /// Commands that named what is no longer, or not yet, so: ignored, by reason.
    pub stale: BTreeMap<&'static str, u64>,
    /// Inputs whose monotonic time lay before the last one's; they were taken at the last one's.
    pub clock_back: u64,
}

impl Counters {
    /// All stale commands.
    pub fn stale_total(&self) -> u64 {
        self.stale.values().sum()
    }
}

/// Why a command was ignored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stale {
    /// The offer has ended, or never was.
    OfferEnded,
    /// The contact is not known (any more).
    ContactUnknown,
    /// The contact is already here.
    ContactKnown,
    /// The contact does not talk, so it cannot have finished.
    NotTalking,
    /// The contact is not in a queue (any more), or not suspended.
    NotWaiting,
    /// The agent is not known (any more).
    AgentUnknown,
    /// The agent is not in after-call work.
    NotInWrapUp,
    /// The agent cannot take this contact.
    CannotTake,
}

impl Stale {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Stale::OfferEnded => "OfferEnded",
            Stale::ContactUnknown => "ContactUnknown",
            Stale::ContactKnown => "ContactKnown",
            Stale::NotTalking => "NotTalking",
            Stale::NotWaiting => "NotWaiting",
            Stale::AgentUnknown => "AgentUnknown",
            Stale::NotInWrapUp => "NotInWrapUp",
            Stale::CannotTake => "CannotTake",
        }
    }
}

/// The name of a reason, as the counters and the reports key it.
pub(crate) trait Name {
    fn name(self) -> &'static str;
}

impl Name for Withdrawal {
    fn name(self) -> &'static str {
        match self {
            Withdrawal::Abandoned => "Abandoned",
            Withdrawal::TakenElsewhere => "TakenElsewhere",
            Withdrawal::Dropped => "Dropped",
        }
    }
}

impl Name for OverflowReason {
    fn name(self) -> &'static str {
        match self {
            OverflowReason::Full => "Full",
            OverflowReason::Waited => "Waited",
            OverflowReason::NoAgents => "NoAgents",
            OverflowReason::Unknown => "Unknown",
        }
    }
}

impl Name for OfferFailure {
    fn name(self) -> &'static str {
        match self {
            OfferFailure::NoAnswer => "NoAnswer",
            OfferFailure::Busy => "Busy",
            OfferFailure::Declined => "Declined",
            OfferFailure::Unreachable => "Unreachable",
        }
    }
}

impl Name for Revocation {
    fn name(self) -> &'static str {
        match self {
            Revocation::RingTimeOver => "RingTimeOver",
            Revocation::ContactGone => "ContactGone",
            Revocation::AgentGone => "AgentGone",
            Revocation::SentOn => "SentOn",
            Revocation::AnsweredElsewhere => "AnsweredElsewhere",
        }
    }
}

/// Counts one more under a name.
pub(crate) fn count(counts: &mut BTreeMap<&'static str, u64>, name: &'static str) {
    *counts.entry(name).or_default() += 1;
}
