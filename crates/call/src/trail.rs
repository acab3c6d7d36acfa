//! How a call has been forwarded: by which phones, why, and how often.

use sip::{Diversion, Source};
use smallvec::SmallVec;
use terms::{ForwardWhy, PhoneId};

/// How a call has been forwarded.
#[derive(Clone, Debug, Default)]
pub(crate) struct Trail {
    /// By our phones, the first first.
    pub steps: SmallVec<[Forwarded; 2]>,
    /// Who had done so before it came here.
    pub before: Option<Box<Diversion>>,
}

/// One forward.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Forwarded {
    pub by: PhoneId,
    pub why: ForwardWhy,
}

impl Trail {
    /// How often, on its whole way.
    pub fn len(&self) -> usize {
        self.steps.len() + self.before.as_ref().map_or(0, |before| before.times as usize)
    }

    /// Whether it would come back to a phone that has forwarded it, or has brought it.
    pub fn leads_round(&self, to: PhoneId, brought: Source) -> bool {
        brought == Source::Phone(to) || self.steps.iter().any(|step| step.by == to)
    }
}
