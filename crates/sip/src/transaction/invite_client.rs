//! The INVITE client transaction (RFC 3261 17.1.1, figure 5, as RFC 6026 7.2 changed it).
//! It leaves the ACK for a 2xx to its user: that one belongs to the dialog.

use super::Action::{Acknowledge, Deliver, Failed, Start, Stop, TimedOut, Transmit};
use super::{Action, Step, Timer};

/// Where the transaction stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// Sent, nothing heard.
    Calling,
    /// A provisional response came.
    Proceeding,
    /// A failure came and was acknowledged; repeats are absorbed.
    Completed,
    /// A 2xx came; others may follow (RFC 6026).
    Accepted,
    /// Over.
    Terminated,
}

/// What can happen to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// A response 100-199.
    Provisional,
    /// A response 200-299.
    Success,
    /// A response 300-699.
    Failure,
    /// A timer fired.
    Fired(Timer),
    /// The transport failed.
    TransportError,
}

/// What its beginning does.
pub(crate) const BEGIN: &[Action] = &[Transmit, Start(Timer::A), Start(Timer::B)];

/// The table.
pub(crate) fn step(state: State, event: Event) -> Step<State> {
    use Event::{Failure, Fired, Provisional, Success, TransportError};
    use State::{Accepted, Calling, Completed, Proceeding, Terminated};
    let next: (State, &'static [Action]) = match (state, event) {
        (Calling, Provisional) => (Proceeding, &[Stop(Timer::A), Stop(Timer::B), Deliver]),
        (Calling, Success) => (Accepted, &[Stop(Timer::A), Stop(Timer::B), Start(Timer::M), Deliver]),
        (Calling, Failure) => (Completed, &[Stop(Timer::A), Stop(Timer::B), Acknowledge, Start(Timer::D), Deliver]),
        (Calling, Fired(Timer::A)) => (Calling, &[Transmit, Start(Timer::A)]),
        // In Proceeding B runs only where the user, who has given the call up, set it anew (as RFC 3261 9.1 does).
        (Calling | Proceeding, Fired(Timer::B)) => (Terminated, &[TimedOut]),
        (Calling | Proceeding, TransportError) => (Terminated, &[Failed]),
        (Proceeding, Provisional) => (Proceeding, &[Deliver]),
        (Proceeding, Success) => (Accepted, &[Start(Timer::M), Deliver]),
        (Proceeding, Failure) => (Completed, &[Acknowledge, Start(Timer::D), Deliver]),
        (Completed, Failure) => (Completed, &[Acknowledge]),
        (Completed, Fired(Timer::D)) => (Terminated, &[]),
        // The user has its answer already: the ACK that got lost is the other side's business.
        (Completed, TransportError) => (Terminated, &[]),
        (Accepted, Success) => (Accepted, &[Deliver]),
        (Accepted, Fired(Timer::M)) => (Terminated, &[]),
        _ => return None,
    };
    Some(next)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pair_of_state_and_event_is_as_written_down() {
        use State::{Accepted, Calling, Completed, Proceeding, Terminated};
        let events = [
            Event::Provisional,
            Event::Success,
            Event::Failure,
            Event::Fired(Timer::A),
            Event::Fired(Timer::B),
            Event::Fired(Timer::D),
            Event::Fired(Timer::M),
            Event::TransportError,
        ];
        let text = super::super::table_text(&[Calling, Proceeding, Completed, Accepted, Terminated], &events, step);
        assert_eq!(text, include_str!("snapshots/invite_client.txt"), "{text}");
    }
}
