//! What becomes of calls to a phone: whether it rings, and where they go instead.

use super::Plan;
use crate::route::{Arrival, Origin, Routed};
use std::time::Duration;
use terms::{ForwardWhy, PhoneId, Wall};

/// What becomes of calls to a phone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Incoming {
    /// Where they go instead.
    pub forward: Forward,
    /// It does not ring.
    pub dnd: bool,
    /// It rings while it is in a call.
    pub call_waiting: bool,
    /// Where it redirects a call to (3xx) is followed.
    pub follow: bool,
}

/// Where calls to a phone go instead: numbers as it would dial them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forward {
    /// All of them.
    pub always: Option<String>,
    /// Those that find it busy, or are refused.
    pub busy: Option<String>,
    /// Those that nobody takes.
    pub no_answer: Option<String>,
    /// Those that come while it is not there.
    pub unreachable: Option<String>,
    /// How long it rings before `no_answer`.
    pub after: Duration,
}

impl Default for Incoming {
    fn default() -> Self {
        let forward =
            Forward { always: None, busy: None, no_answer: None, unreachable: None, after: Duration::from_secs(20) };
        Incoming { forward, dnd: false, call_waiting: true, follow: true }
    }
}

impl Forward {
    /// Where a call goes for this reason.
    pub fn to(&self, why: ForwardWhy) -> Option<&str> {
        match why {
            ForwardWhy::Always => self.always.as_deref(),
            ForwardWhy::Busy => self.busy.as_deref(),
            ForwardWhy::NoAnswer => self.no_answer.as_deref(),
            ForwardWhy::Unreachable => self.unreachable.as_deref(),
            // The phone itself says where.
            ForwardWhy::Redirected => None,
        }
    }
}

impl Plan {
    /// Where a number leads that a phone would dial.
    pub fn dialled_by(&self, phone: PhoneId, number: &str, wall: Wall) -> Option<Routed> {
        let caller = self.phone(phone).map(|phone| phone.user.as_str()).unwrap_or_default();
        self.decide(&Arrival { from: Origin::Phone(phone), caller, called: number }, wall)
    }
}
