//! What a final failure says: a SIP status and a Q.850 cause, which travel as a pair from the side that refused a call to
//! the side that placed it, and into the account. Sources: RFC 3398 8.2.6.1, RFC 3326, RFC 3261 16.7 item 6.

use crate::Cause;
use std::cmp::Reverse;

/// A final failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rejection {
    /// The final status, 300 to 699.
    pub status: u16,
    /// The Q.850 cause.
    pub cause: Cause,
}

impl Rejection {
    /// What the called side said: its status, and its own cause where it gave one (Reason, RFC 3326).
    pub fn heard(status: u16, cause: Option<Cause>) -> Rejection {
        Rejection { status, cause: cause.unwrap_or(Cause::from_status(status)) }
    }

    /// What a cause alone says: nobody gave a status.
    pub const fn of(cause: Cause) -> Rejection {
        Rejection { status: cause.to_status(), cause }
    }

    /// What the caller is told of it. The status stays what it is, unless it speaks of our own request to the called
    /// side: then it would make the caller's device or carrier do something that mends nothing, or does harm.
    pub const fn passed_on(self) -> Rejection {
        let Rejection { status, cause } = self;
        let status = match status {
            // Redirection that was not followed: a caller must not go round us.
            300..=399 => 480,
            // RFC 3261 16.7 item 6: one busy server behind us does not make us one.
            503 => 500,
            // A challenge to us: the caller would send his password to somebody else, or ask for it once more.
            401 | 407 => 502,
            // Our request was not understood, our extensions or timers did not please, a dialog of ours is unknown: the
            // caller would change his own request, and send it again and again.
            400 | 405 | 406 | 414..=416 | 420..=423 | 481 | 491 | 494 => 500,
            status => status,
        };
        Rejection { status, cause }
    }

    /// RFC 3261 16.7 item 6: which of two answers to one attempt is told. 6xx is final for everybody; then the lowest
    /// class counts, and of one class the later answer, but for 408: that a device said nothing tells least of all.
    pub fn or_better(self, later: Rejection) -> Rejection {
        let rank = |one: &Rejection| (one.status >= 600, Reverse(one.status / 100), one.status != 408);
        if rank(&self) > rank(&later) { self } else { later }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 3261 21: what may not reach a caller for what another side said to us.
    const OURS: [u16; 18] = [400, 401, 405, 406, 407, 414, 415, 416, 420, 421, 422, 423, 481, 491, 494, 503, 300, 399];

    #[test]
    fn every_final_status_crosses_or_turns_into_one_that_does_no_harm() {
        for status in 300..700 {
            let told = Rejection::heard(status, None).passed_on();
            assert_eq!(told.cause, Cause::from_status(status), "{status}");
            assert_eq!(told.passed_on(), told, "{status} would be another one after the next switch");
            let kept = !OURS.contains(&status) && status >= 400;
            assert_eq!(told.status == status, kept, "{status} becomes {}", told.status);
            assert!((400..700).contains(&told.status));
        }
    }

    #[test]
    fn every_cause_that_was_said_crosses_with_every_status() {
        for cause in (1..=127).map(Cause) {
            for status in 300..700 {
                assert_eq!(Rejection::heard(status, Some(cause)).passed_on().cause, cause);
            }
        }
    }

    #[test]
    fn of_several_devices_the_answer_that_says_most_is_told() {
        let heard = |status| Rejection::heard(status, None);
        assert_eq!(heard(404).or_better(heard(503)).status, 404);
        assert_eq!(heard(503).or_better(heard(404)).status, 404);
        assert_eq!(heard(404).or_better(heard(480)).status, 480);
        assert_eq!(heard(486).or_better(heard(408)).status, 486);
        assert_eq!(heard(503).or_better(heard(408)).status, 408);
        assert_eq!(heard(603).or_better(heard(404)).status, 603);
        assert_eq!(heard(404).or_better(heard(603)).status, 603);
    }
}
