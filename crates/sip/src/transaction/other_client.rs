//! The non-INVITE client transaction (RFC 3261 17.1.2, figure 6).

use super::Action::{Deliver, Failed, Start, Stop, TimedOut, Transmit};
use super::{Action, Step, Timer};

/// Where the transaction stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// Sent, nothing heard.
    Trying,
    /// A provisional response came.
    Proceeding,
    /// The final response came; repeats are absorbed.
    Completed,
    /// Over.
    Terminated,
}

/// What can happen to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// A response 100-199.
    Provisional,
    /// A response 200-699.
    Final,
    /// A timer fired.
    Fired(Timer),
    /// The transport failed.
    TransportError,
}

/// What its beginning does.
pub(crate) const BEGIN: &[Action] = &[Transmit, Start(Timer::E), Start(Timer::F)];

/// The table.
pub(crate) fn step(state: State, event: Event) -> Step<State> {
    use Event::{Final, Fired, Provisional, TransportError};
    use State::{Completed, Proceeding, Terminated, Trying};
    let next: (State, &'static [Action]) = match (state, event) {
        (Trying | Proceeding, Provisional) => (Proceeding, &[Deliver]),
        (Trying | Proceeding, Final) => (Completed, &[Stop(Timer::E), Stop(Timer::F), Start(Timer::K), Deliver]),
        (Trying | Proceeding, Fired(Timer::E)) => (state, &[Transmit, Start(Timer::E)]),
        (Trying | Proceeding, Fired(Timer::F)) => (Terminated, &[TimedOut]),
        (Trying | Proceeding, TransportError) => (Terminated, &[Failed]),
        (Completed, Fired(Timer::K)) => (Terminated, &[]),
        _ => return None,
    };
    Some(next)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pair_of_state_and_event_is_as_written_down() {
        use State::{Completed, Proceeding, Terminated, Trying};
        let events = [
            Event::Provisional,
            Event::Final,
            Event::Fired(Timer::E),
            Event::Fired(Timer::F),
            Event::Fired(Timer::K),
            Event::TransportError,
        ];
        let text = super::super::table_text(&[Trying, Proceeding, Completed, Terminated], &events, step);
        assert_eq!(text, include_str!("snapshots/other_client.txt"), "{text}");
    }
}
