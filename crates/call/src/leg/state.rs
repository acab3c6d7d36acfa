//! The life of a leg between the two cores that know it: signalling, which has its INVITE and its dialog, and a media
//! worker, which has its stream. A table of every state and event; what a leg carries beside its state is next door.

/// How far a leg is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// One of ours whose stream is being opened: signalling does not know it yet.
    Opening,
    /// Our INVITE is out.
    Calling,
    /// Theirs waits for our answer.
    Offered,
    /// It was told, or heard, that it rings.
    Ringing,
    /// The same, with a session that is heard before the answer.
    Early,
    /// Our 200 waits for its ACK.
    Answering,
    /// The dialog is confirmed.
    Up,
    /// As far as signalling is concerned it goes on, but its stream is gone.
    Deaf,
    /// Let go of: both cores still know it.
    Parting,
    /// Only the worker still knows it.
    Silent,
    /// Only signalling still knows it.
    Streamless,
    /// Nobody knows it any more.
    Gone,
}

/// What happens to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// We send its INVITE.
    Placed,
    /// A provisional response without a session that fits, theirs or ours.
    Rang,
    /// One with such a session.
    RangWithSound,
    /// Their 200.
    Answered,
    /// Our 200.
    Accepted,
    /// Their ACK.
    Confirmed,
    /// We refuse their INVITE.
    Refused,
    /// We let go of it.
    Released,
    /// Signalling has forgotten it: refused, cancelled, hung up, timed out.
    Ended,
    /// The worker has forgotten its stream, or never had a port for it.
    StreamEnded,
}

/// What follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    /// Signalling ends it, as its own state demands.
    HangUp,
    /// The worker closes its stream.
    Close,
}

/// The table; none for what cannot be. What is merely late changes nothing.
pub(crate) fn step(state: State, event: Event) -> Option<(State, &'static [Act])> {
    use Act::{Close, HangUp};
    use Event::{Accepted, Answered, Confirmed, Ended, Placed, Rang, RangWithSound, Refused, Released, StreamEnded};
    use State::{Answering, Calling, Deaf, Early, Gone, Offered, Opening, Parting, Ringing, Silent, Streamless, Up};
    let next: (State, &'static [Act]) = match (state, event) {
        (Opening, Placed) => (Calling, &[]),
        (Opening, Released) => (Silent, &[Close]),
        (Opening, StreamEnded) => (Gone, &[]),
        (Calling | Offered | Ringing, Rang) => (Ringing, &[]),
        (Calling | Offered | Ringing | Early, RangWithSound) | (Early, Rang) => (Early, &[]),
        (Calling | Ringing | Early, Answered) => (Up, &[]),
        (Offered | Ringing | Early, Accepted) => (Answering, &[]),
        // A re-INVITE without an offer is acknowledged with the answer: another ACK of a dialog that is up.
        (Answering | Up, Confirmed) => (Up, &[]),
        (Offered | Ringing | Early, Refused) => (Parting, &[Close]),
        (Calling | Offered | Ringing | Early | Answering | Up, Released) => (Parting, &[HangUp, Close]),
        (Calling | Offered | Ringing | Early | Answering | Up, Ended) => (Silent, &[Close]),
        (Calling | Offered | Ringing | Early | Answering | Up, StreamEnded) => (Deaf, &[]),
        (Deaf, Rang | RangWithSound | Answered | Confirmed) => (Deaf, &[]),
        (Deaf, Refused) => (Streamless, &[]),
        (Deaf, Released) => (Streamless, &[HangUp]),
        (Parting, Ended) => (Silent, &[]),
        (Parting, StreamEnded) => (Streamless, &[]),
        (Silent, StreamEnded) | (Deaf | Streamless, Ended) => (Gone, &[]),
        // What signalling had said before it heard that we let go.
        (Parting | Streamless, Rang | RangWithSound | Answered | Confirmed) => (state, &[]),
        (Parting | Silent | Streamless | Gone, Released) => (state, &[]),
        _ => return None,
    };
    Some(next)
}

impl State {
    /// Its stream is there, or is being opened.
    pub fn has_stream(self) -> bool {
        use State::{Answering, Calling, Early, Offered, Opening, Ringing, Up};
        matches!(self, Opening | Calling | Offered | Ringing | Early | Answering | Up)
    }

    /// It was let go of, or has ended.
    pub fn is_over(self) -> bool {
        matches!(self, State::Parting | State::Silent | State::Streamless | State::Gone)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Event::{Accepted, Answered, Confirmed, Ended, Placed, Rang, RangWithSound, Refused, Released, StreamEnded};
    use State::{Answering, Calling, Deaf, Early, Gone, Offered, Opening, Parting, Ringing, Silent, Streamless, Up};

    const STATES: [State; 12] =
        [Opening, Calling, Offered, Ringing, Early, Answering, Up, Deaf, Parting, Silent, Streamless, Gone];
    const EVENTS: [Event; 10] =
        [Placed, Rang, RangWithSound, Answered, Accepted, Confirmed, Refused, Released, Ended, StreamEnded];

    #[test]
    fn every_pair_of_state_and_event_is_as_written_down() {
        let mut text = String::new();
        for (state, event) in STATES.iter().flat_map(|state| EVENTS.iter().map(move |event| (*state, *event))) {
            text.push_str(&match step(state, event) {
                None => format!("{state:?} + {event:?}: -\n"),
                Some((next, acts)) => format!("{state:?} + {event:?}: {next:?} {acts:?}\n"),
            });
        }
        assert_eq!(text, include_str!("snapshots/state.txt"), "{text}");
    }

    #[test]
    fn a_leg_that_was_let_go_of_is_gone_once_both_cores_have_said_so_in_either_order() {
        for state in STATES.into_iter().filter(|state| state.has_stream() && *state != Opening) {
            for order in [[Ended, StreamEnded], [StreamEnded, Ended]] {
                let first = step(state, Released).expect("anything alive can be let go of").0;
                assert_eq!(
                    order.iter().try_fold(first, |at, event| Some(step(at, *event)?.0)),
                    Some(Gone),
                    "{state:?}"
                );
                let own = order.iter().try_fold(state, |at, event| Some(step(at, *event)?.0));
                assert_eq!(own, Some(Gone), "{state:?} by itself");
            }
        }
    }

    #[test]
    fn a_stream_is_closed_exactly_once_and_a_dialog_is_hung_up_at_most_once() {
        let ways =
            EVENTS.iter().flat_map(|a| EVENTS.iter().flat_map(move |b| EVENTS.iter().map(move |c| [*a, *b, *c])));
        for (state, way) in STATES.into_iter().flat_map(|state| ways.clone().map(move |way| (state, way))) {
            let (mut at, mut acts) = (state, vec![]);
            for event in way {
                let Some((next, more)) = step(at, event) else { continue };
                at = next;
                acts.extend_from_slice(more);
            }
            let count = |act| acts.iter().filter(|one| **one == act).count();
            assert!(count(Act::Close) <= 1 && count(Act::HangUp) <= 1, "{state:?} {way:?}: {acts:?}");
        }
    }
}
