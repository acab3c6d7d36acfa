//! How far a subscription is (RFC 6665 4.2), as a table. At most one NOTIFY is out: what is news meanwhile waits, and of
//! two that wait the latest counts. A document says everything, so that nothing is lost with one; where it
//! may say only what is new, it does not wait, and everything is asked for instead.

use Act::{Arm, Ask, Disarm, Forget, Keep, Rest, Send, SendLast, SendWaiting, Tell};

/// Where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// Nobody has said yet whether it may be.
    Asked,
    /// Everything was told.
    Idle,
    /// A NOTIFY is out.
    Telling,
    /// A NOTIFY is out, and there is news behind it.
    Behind,
    /// The phone asked for a pause.
    Resting,
    /// It ends, and is still owed the last state.
    Leaving,
    /// The last NOTIFY is out.
    Last,
    /// It is over.
    Gone,
}

/// What can happen to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// It may be.
    Admitted,
    /// It may be told once (RFC 6665 4.4.3).
    AdmittedOnce,
    /// It may not be.
    Refused,
    /// There is news, or what it wanted to know.
    News,
    /// A SUBSCRIBE renews it.
    Renewed,
    /// A SUBSCRIBE ends it, or none came in time.
    Left,
    /// We end it.
    Ended,
    /// The NOTIFY was taken.
    Taken,
    /// It was not, for now (RFC 6665 4.2.2: with Retry-After).
    Postponed,
    /// The pause is over.
    Rested,
    /// It was refused, or nobody answered: nobody listens any more.
    Lost,
}

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    /// Watch for its end.
    Arm,
    /// Stop watching, and the pause.
    Disarm,
    /// Ask for the whole state.
    Ask,
    /// Send what came.
    Send,
    /// Send what waited.
    SendWaiting,
    /// Send what came as the last word.
    SendLast,
    /// Let what came wait.
    Keep,
    /// Begin the pause.
    Rest,
    /// Say that it is over.
    Tell,
    /// Forget it.
    Forget,
}

/// The table.
pub(crate) fn step(state: State, event: Event) -> Option<(State, &'static [Act])> {
    use Event::{Admitted, AdmittedOnce, Ended, Left, Lost, News, Postponed, Refused, Renewed, Rested, Taken};
    use State::{Asked, Behind, Gone, Idle, Last, Leaving, Resting, Telling};
    let next: (State, &'static [Act]) = match (state, event) {
        (Asked, Admitted) => (Telling, &[Arm, Send]),
        (Asked, AdmittedOnce) => (Last, &[SendLast, Tell]),
        (Asked, Refused) => (Gone, &[Forget]),
        (Idle, News) => (Telling, &[Send]),
        (Telling | Behind, News) => (Behind, &[Keep]),
        (Leaving, News) => (Last, &[SendLast, Tell]),
        (Idle | Telling | Behind, Renewed) => (state, &[Arm, Ask]),
        (Resting, Renewed) => (Idle, &[Disarm, Arm, Ask]),
        (Idle | Telling | Behind | Resting, Left) => (Leaving, &[Disarm, Ask]),
        (Idle | Telling | Behind | Resting | Leaving, Ended) => (Last, &[Disarm, SendLast, Tell]),
        (Telling, Taken) => (Idle, &[]),
        (Behind, Taken) => (Telling, &[SendWaiting]),
        (Telling | Behind, Postponed) => (Resting, &[Rest]),
        (Resting, Rested) => (Idle, &[Ask]),
        (Idle | Telling | Behind | Resting | Leaving, Lost) => (Gone, &[Tell, Forget]),
        (Last, Taken | Postponed | Lost) => (Gone, &[Forget]),
        _ => return None,
    };
    Some(next)
}

#[cfg(test)]
mod tests {
    use super::*;

    const STATES: [State; 8] = [
        State::Asked,
        State::Idle,
        State::Telling,
        State::Behind,
        State::Resting,
        State::Leaving,
        State::Last,
        State::Gone,
    ];
    const EVENTS: [Event; 11] = [
        Event::Admitted,
        Event::AdmittedOnce,
        Event::Refused,
        Event::News,
        Event::Renewed,
        Event::Left,
        Event::Ended,
        Event::Taken,
        Event::Postponed,
        Event::Rested,
        Event::Lost,
    ];

    #[test]
    fn every_pair_of_state_and_event_is_as_written_down() {
        let mut text = String::new();
        for state in STATES {
            for event in EVENTS {
                let line = match step(state, event) {
                    None => format!("{state:?} + {event:?}: -\n"),
                    Some((next, acts)) => format!("{state:?} + {event:?}: {next:?} {acts:?}\n"),
                };
                text.push_str(&line);
            }
        }
        assert_eq!(text, include_str!("snapshots/state.txt"), "{text}");
    }

    #[test]
    fn whoever_was_admitted_is_told_that_it_is_over_exactly_once_before_it_is_forgotten() {
        let mut open = vec![(State::Asked, 0)];
        let mut seen = vec![];
        while let Some((state, told)) = open.pop() {
            if seen.contains(&(state, told)) {
                continue;
            }
            seen.push((state, told));
            for event in EVENTS {
                let Some((next, acts)) = step(state, event) else { continue };
                let told = told + acts.iter().filter(|act| **act == Tell).count();
                let never_began = state == State::Asked && event == Event::Refused;
                assert!(told <= 1, "{state:?} {event:?}");
                assert_eq!(acts.contains(&Forget), next == State::Gone, "{state:?} {event:?}");
                assert!(next != State::Gone || told == 1 || never_began, "{state:?} {event:?}");
                open.push((next, told));
            }
        }
        assert!(STATES.iter().all(|state| seen.iter().any(|(known, _)| known == state)));
    }
}
