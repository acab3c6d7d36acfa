//! The two kinds of user agents of a call: who calls and who is called. What they remember, and how long
//! they wait before they say it again (RFC 3261 17.1.1.2 and 17.1.2.2, with the default timers).

use super::Micros;
use super::compose::Dialog;

/// RFC 3261 17.1.1.1: T1, the round trip that is assumed.
pub const T1: Micros = 500_000;
/// The longest time between two repetitions of what is not an INVITE.
pub const T2: Micros = 4_000_000;
/// Timers B, F and H: then the other side is taken for gone.
pub const GONE: Micros = 64 * T1;

/// How long the n-th repetition waits for an answer; none when there is to be no more. INVITE doubles without bound.
pub fn again(round: u8, bound: Micros) -> Option<Micros> {
    let wait = |round: u8| (T1 << round.min(16)).min(bound);
    let waited: Micros = (0..round).map(wait).sum();
    (waited + wait(round) < GONE).then(|| wait(round))
}

/// How far a call has come, seen by who calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// INVITE sent, nothing heard.
    Calling,
    /// A provisional answer has come.
    Proceeding,
    /// Answered and acknowledged.
    Up,
    /// BYE sent.
    Leaving,
    /// Over.
    Ended,
}

/// Who calls.
#[derive(Debug)]
pub struct Caller {
    /// How far he is.
    pub stage: Stage,
    /// INVITE first sent.
    pub begun: Micros,
    /// Something went wrong.
    pub blamed: bool,
    /// His call has reached somebody who answered, as far as that can be told from the number.
    pub rung: u8,
    /// Once answered.
    pub dialog: Dialog,
}

/// Who is called.
#[derive(Debug)]
pub struct Callee {
    /// Calling: it rings. Proceeding: answered, no ACK yet. Up: ACK has come.
    pub stage: Stage,
    /// The caller, when the number tells him.
    pub unit: Option<u32>,
    /// Which agent this is.
    pub agent: Option<u32>,
    /// The 200, until it is acknowledged.
    pub answer: Box<[u8]>,
    /// For our own BYE.
    pub dialog: Dialog,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repetitions_double_and_end_after_32_seconds() {
        let invite: Vec<_> = (0..).map_while(|round| again(round, GONE)).collect();
        assert_eq!(invite, [500_000, 1_000_000, 2_000_000, 4_000_000, 8_000_000, 16_000_000]);
        let bye: Vec<_> = (0..).map_while(|round| again(round, T2)).collect();
        assert_eq!((bye[3], bye[4], bye.len()), (4_000_000, 4_000_000, 10));
        assert!(bye.iter().sum::<Micros>() < GONE);
    }
}
