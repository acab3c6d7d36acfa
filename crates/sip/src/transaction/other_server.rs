//! The non-INVITE server transaction (RFC 3261 17.2.2, figure 8).

use super::Action::{Start, Transmit};
use super::{Action, Step, Timer};

/// Where the transaction stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// Nothing was sent yet.
    Trying,
    /// A provisional response was sent.
    Proceeding,
    /// The final response was sent; it answers repeated requests.
    Completed,
    /// Over.
    Terminated,
}

/// What can happen to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// The request came again.
    Request,
    /// The user sends a response 100-199.
    Provisional,
    /// The user sends a response 200-699.
    Final,
    /// A timer fired.
    Fired(Timer),
}

/// The table.
pub(crate) fn step(state: State, event: Event) -> Step<State> {
    use Event::{Final, Fired, Provisional, Request};
    use State::{Completed, Proceeding, Terminated, Trying};
    let next: (State, &'static [Action]) = match (state, event) {
        (Trying | Proceeding, Provisional) => (Proceeding, &[Transmit]),
        (Trying | Proceeding, Final) => (Completed, &[Transmit, Start(Timer::J)]),
        (Proceeding, Request) => (Proceeding, &[Transmit]),
        (Completed, Request) => (Completed, &[Transmit]),
        (Completed, Fired(Timer::J)) => (Terminated, &[]),
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
        let events = [Event::Request, Event::Provisional, Event::Final, Event::Fired(Timer::J)];
        let text = super::super::table_text(&[Trying, Proceeding, Completed, Terminated], &events, step);
        assert_eq!(text, include_str!("snapshots/other_server.txt"), "{text}");
    }
}
