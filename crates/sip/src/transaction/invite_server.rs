//! The INVITE server transaction (RFC 3261 17.2.1, figure 7, as RFC 6026 7.1 changed it).
//! It leaves the repetition of a 2xx to its user: that one belongs to the dialog (RFC 3261 13.3.1.4).

use super::Action::{Deliver, Start, Stop, TimedOut, Transmit};
use super::{Action, Step, Timer};

/// Where the transaction stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// No final response yet.
    Proceeding,
    /// A failure was sent, its ACK is awaited.
    Completed,
    /// The ACK came; repeats are absorbed.
    Confirmed,
    /// A 2xx was sent; repeated INVITEs are absorbed (RFC 6026).
    Accepted,
    /// Over.
    Terminated,
}

/// What can happen to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// The INVITE came again.
    Request,
    /// An ACK that belongs to this transaction.
    Ack,
    /// The user sends a response 100-199.
    Provisional,
    /// The user sends a response 200-299.
    Success,
    /// The user sends a response 300-699.
    Failure,
    /// A timer fired.
    Fired(Timer),
}

/// The table. The 100 is the user's first `Provisional` (RFC 3261 17.2.1 asks for it within 200 ms).
pub(crate) fn step(state: State, event: Event) -> Step<State> {
    use Event::{Ack, Failure, Fired, Provisional, Request, Success};
    use State::{Accepted, Completed, Confirmed, Proceeding, Terminated};
    let next: (State, &'static [Action]) = match (state, event) {
        (Proceeding, Request | Provisional) => (Proceeding, &[Transmit]),
        (Proceeding, Success) => (Accepted, &[Transmit, Start(Timer::L)]),
        (Proceeding, Failure) => (Completed, &[Transmit, Start(Timer::G), Start(Timer::H)]),
        (Completed, Request) => (Completed, &[Transmit]),
        (Completed, Ack) => (Confirmed, &[Stop(Timer::G), Stop(Timer::H), Start(Timer::I)]),
        (Completed, Fired(Timer::G)) => (Completed, &[Transmit, Start(Timer::G)]),
        (Completed, Fired(Timer::H)) => (Terminated, &[TimedOut]),
        (Confirmed, Fired(Timer::I)) => (Terminated, &[]),
        (Accepted, Success) => (Accepted, &[Transmit]),
        (Accepted, Ack) => (Accepted, &[Deliver]),
        (Accepted, Fired(Timer::L)) => (Terminated, &[]),
        _ => return None,
    };
    Some(next)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pair_of_state_and_event_is_as_written_down() {
        use State::{Accepted, Completed, Confirmed, Proceeding, Terminated};
        let events = [
            Event::Request,
            Event::Ack,
            Event::Provisional,
            Event::Success,
            Event::Failure,
            Event::Fired(Timer::G),
            Event::Fired(Timer::H),
            Event::Fired(Timer::I),
            Event::Fired(Timer::L),
        ];
        let text = super::super::table_text(&[Proceeding, Completed, Confirmed, Accepted, Terminated], &events, step);
        assert_eq!(text, include_str!("snapshots/invite_server.txt"), "{text}");
    }
}
