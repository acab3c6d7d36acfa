//! Transactions (RFC 3261 17, RFC 6026): four machines as tables without data, the keys that match
//! a message to one of them, the store that holds them, and the one heap of deadlines of this core.
//!
//! A table knows neither time nor transport: it says `Start(Timer::D)`, and [`Timer::first`] knows that
//! D lasts 32 s over datagrams and no time at all over a stream.

pub(crate) mod deadlines;
pub(crate) mod invite_client;
pub(crate) mod invite_server;
pub(crate) mod key;
pub(crate) mod other_client;
pub(crate) mod other_server;
pub(crate) mod store;

use std::time::Duration;

/// Round trip estimate (RFC 3261 17.1.1.1).
pub(crate) const T1: Duration = Duration::from_millis(500);
/// Longest pause between two sendings of a non-INVITE request or an INVITE response.
pub(crate) const T2: Duration = Duration::from_secs(4);
/// How long a message may stay in the network.
pub(crate) const T4: Duration = Duration::from_secs(5);
/// 64 * T1: how long a transaction waits for the other side.
pub(crate) const PATIENCE: Duration = Duration::from_secs(32);

/// The timers of RFC 3261 (appendix A) and RFC 6026, by their letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Timer {
    /// INVITE request is sent again.
    A,
    /// INVITE waited too long for any response.
    B,
    /// Time to absorb repeated failures of an INVITE.
    D,
    /// Non-INVITE request is sent again.
    E,
    /// Non-INVITE waited too long for a final response.
    F,
    /// INVITE failure response is sent again.
    G,
    /// INVITE failure waited too long for its ACK.
    H,
    /// Time to absorb repeated ACKs.
    I,
    /// Time to answer repeated non-INVITE requests.
    J,
    /// Time to absorb repeated non-INVITE responses.
    K,
    /// Time to absorb repeated INVITEs after a 2xx was sent (RFC 6026).
    L,
    /// Time to take further 2xx after the first was received (RFC 6026).
    M,
}

impl Timer {
    /// How long the timer runs when it is first started; `None` when it is not used over a reliable transport.
    pub(crate) const fn first(self, reliable: bool) -> Option<Duration> {
        match (self, reliable) {
            (Timer::A | Timer::E | Timer::G, true) => None,
            (Timer::A | Timer::E | Timer::G, false) => Some(T1),
            // RFC 3261 17.1.1.2, 17.1.2.2, 17.2.1, 17.2.2: nothing to absorb over a stream.
            (Timer::D | Timer::I | Timer::J | Timer::K, true) => Some(Duration::ZERO),
            (Timer::I | Timer::K, false) => Some(T4),
            (Timer::B | Timer::D | Timer::F | Timer::H | Timer::J | Timer::L | Timer::M, _) => Some(PATIENCE),
        }
    }

    /// The pause after this one, for the timers that repeat.
    pub(crate) fn next(self, pause: Duration) -> Duration {
        match self {
            // RFC 3261 17.1.1.2: the INVITE's pauses double without a bound; timer B ends them.
            Timer::A => pause * 2,
            _ => (pause * 2).min(T2),
        }
    }
}

/// What a table tells its owner to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// Send the stored message (again).
    Transmit,
    /// Start a timer (a repeating one with its next pause).
    Start(Timer),
    /// Stop a timer.
    Stop(Timer),
    /// Hand the message to the user of the transaction.
    Deliver,
    /// Send the ACK for a failure (RFC 3261 17.1.1.3).
    Acknowledge,
    /// Tell the user that nobody answered.
    TimedOut,
    /// Tell the user that the transport failed.
    Failed,
}

/// A step of a table: the next state and what to do. `None` means: nothing happens.
pub(crate) type Step<S> = Option<(S, &'static [Action])>;

#[cfg(test)]
pub(crate) fn table_text<S, E>(states: &[S], events: &[E], step: impl Fn(S, E) -> Step<S>) -> String
where
    S: Copy + std::fmt::Debug,
    E: Copy + std::fmt::Debug,
{
    let mut text = String::new();
    for state in states {
        for event in events {
            let line = match step(*state, *event) {
                None => format!("{state:?} + {event:?}: -\n"),
                Some((next, actions)) => format!("{state:?} + {event:?}: {next:?} {actions:?}\n"),
            };
            text.push_str(&line);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_has_no_retransmissions_and_absorbs_nothing() {
        for timer in [Timer::A, Timer::E, Timer::G] {
            assert_eq!(timer.first(true), None);
        }
        for timer in [Timer::D, Timer::I, Timer::J, Timer::K] {
            assert_eq!(timer.first(true), Some(Duration::ZERO));
        }
        for timer in [Timer::B, Timer::F, Timer::H, Timer::L, Timer::M] {
            assert_eq!(timer.first(true), Some(Duration::from_secs(32)), "{timer:?}");
        }
    }

    #[test]
    fn pauses_double_and_only_those_of_the_invite_grow_beyond_t2() {
        let mut a = T1;
        let mut e = T1;
        for _ in 0..5 {
            a = Timer::A.next(a);
            e = Timer::E.next(e);
        }
        assert_eq!(a, Duration::from_secs(16));
        assert_eq!(e, T2);
    }
}
