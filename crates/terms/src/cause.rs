//! Why a call ended, as ITU-T Q.850 numbers it, and how SIP says the same.
//! Sources: Q.850 table 1; RFC 3398 sections 7.2.4.1 and 8.2.6.1 (the ISUP mapping); RFC 3326 (`Reason: Q.850;cause=16`).

use serde::{Deserialize, Serialize};
use std::fmt;

/// A Q.850 cause value (1 to 127).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cause(pub u8);

impl Cause {
    /// Unallocated number.
    pub const UNALLOCATED: Cause = Cause(1);
    /// Normal call clearing.
    pub const NORMAL: Cause = Cause(16);
    /// User busy.
    pub const BUSY: Cause = Cause(17);
    /// No user responding.
    pub const NO_RESPONSE: Cause = Cause(18);
    /// No answer from user (user alerted).
    pub const NO_ANSWER: Cause = Cause(19);
    /// Subscriber absent.
    pub const ABSENT: Cause = Cause(20);
    /// Call rejected.
    pub const REJECTED: Cause = Cause(21);
    /// Number changed.
    pub const NUMBER_CHANGED: Cause = Cause(22);
    /// Exchange routing error: a loop, or no hop left.
    pub const ROUTING_ERROR: Cause = Cause(25);
    /// Non-selected user clearing: somebody else has taken the call.
    pub const TAKEN_ELSEWHERE: Cause = Cause(26);
    /// Destination out of order.
    pub const OUT_OF_ORDER: Cause = Cause(27);
    /// Invalid number format.
    pub const INVALID_NUMBER: Cause = Cause(28);
    /// Normal, unspecified.
    pub const UNSPECIFIED: Cause = Cause(31);
    /// No circuit or channel available.
    pub const CONGESTION: Cause = Cause(34);
    /// Network out of order.
    pub const NETWORK_DOWN: Cause = Cause(38);
    /// Temporary failure.
    pub const TEMPORARY: Cause = Cause(41);
    /// Switching equipment congestion.
    pub const OVERLOAD: Cause = Cause(42);
    /// Bearer capability not authorised.
    pub const BARRED: Cause = Cause(57);
    /// Service or option not implemented.
    pub const NOT_IMPLEMENTED: Cause = Cause(79);
    /// Incompatible destination (no codec in common).
    pub const INCOMPATIBLE: Cause = Cause(88);
    /// Recovery on timer expiry.
    pub const TIMEOUT: Cause = Cause(102);
    /// Interworking, unspecified.
    pub const INTERWORKING: Cause = Cause(127);

    /// The cause that a SIP final status stands for (RFC 3398 8.2.6.1).
    pub const fn from_status(status: u16) -> Cause {
        match status {
            200..=299 => Cause::NORMAL,
            400 | 481 | 500 => Cause::TEMPORARY,
            401..=403 | 407 | 603 | 608 => Cause::REJECTED,
            404 | 485 | 604 => Cause::UNALLOCATED,
            405 => Cause(63),
            406 | 415 | 493 | 501 => Cause::NOT_IMPLEMENTED,
            408 | 504 => Cause::TIMEOUT,
            410 => Cause::NUMBER_CHANGED,
            413 | 414 | 416 | 420 | 421 | 423 | 505 | 513 => Cause::INTERWORKING,
            482 | 483 => Cause::ROUTING_ERROR,
            480 => Cause::NO_RESPONSE,
            484 => Cause::INVALID_NUMBER,
            486 | 600 => Cause::BUSY,
            487 => Cause::NORMAL,
            488 | 606 => Cause::INCOMPATIBLE,
            502 => Cause::NETWORK_DOWN,
            503 => Cause::TEMPORARY,
            _ => Cause::UNSPECIFIED,
        }
    }

    /// The SIP final status that tells this cause to a caller (RFC 3398 7.2.4.1), for calls that got no status from
    /// anybody: what the called side said travels as a [`crate::Rejection`].
    pub const fn to_status(self) -> u16 {
        match self.0 {
            1..=3 => 404,
            17 => 486,
            18 => 408,
            19 | 20 | 31 => 480,
            21 => 603,
            22 => 410,
            23 | 26 => 404,
            25 => 483,
            27 => 502,
            28 => 484,
            29 | 79 => 501,
            34 | 38 | 41 | 42 | 47 => 503,
            55 | 57 => 403,
            65 | 70 | 88 => 488,
            87 => 403,
            102 => 504,
            111 | 127 => 500,
            _ => 480,
        }
    }

    /// The cause in words, for people.
    pub const fn text(self) -> &'static str {
        match self.0 {
            1 => "unallocated number",
            16 => "normal clearing",
            17 => "user busy",
            18 => "no user responding",
            19 => "no answer",
            20 => "subscriber absent",
            21 => "call rejected",
            22 => "number changed",
            25 => "exchange routing error",
            26 => "taken elsewhere",
            27 => "destination out of order",
            28 => "invalid number format",
            31 => "normal, unspecified",
            34 => "no circuit available",
            38 => "network out of order",
            41 => "temporary failure",
            42 => "switch congestion",
            57 => "not authorised",
            79 => "not implemented",
            88 => "incompatible destination",
            102 => "timer expired",
            127 => "interworking",
            _ => "other cause",
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {}", self.0, self.text())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_common_outcomes_survive_the_way_there_and_back() {
        for status in [404, 410, 484, 486, 488, 501, 503, 504, 603] {
            assert_eq!(Cause::from_status(status).to_status(), status);
        }
    }

    #[test]
    fn every_status_and_every_cause_maps_to_something_final() {
        for status in 0..=999 {
            assert!((1..=127).contains(&Cause::from_status(status).0));
        }
        for cause in 0..=255 {
            assert!((400..700).contains(&Cause(cause).to_status()), "cause {cause}");
        }
    }
}
