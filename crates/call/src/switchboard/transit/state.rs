//! How far a parcel is on its way between two calls: a table of every state and event. What it carries, and for whom, is
//! next door.

/// Where it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// Lent, and it waits for its stream, which the worker that has it is to give up.
    Loose,
    /// It is being handed to the call that it is for.
    Going,
    /// It is being handed back to the call that lent it, or to the one that has taken that one in.
    Homing,
    /// In a call again, or let go of.
    Over,
}

/// What happens to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// Its stream came.
    Yielded,
    /// The call to which it was handed has it.
    Taken,
    /// That call does not want it, or is not there.
    Refused,
    /// Its leg has ended meanwhile.
    Ended,
    /// Its stream did not come in time.
    Due,
    /// The call that it is for is gone.
    ThereGone,
    /// The call that lent it is gone, and no other has taken that one in.
    HomeGone,
}

/// What follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    /// It is handed to the call that it is for.
    Hand,
    /// It is handed back.
    Back,
    /// It has arrived: it is told what has happened meanwhile, and who lent it is told that it is gone for good.
    Arrive,
    /// It is home again: it is told what has happened meanwhile.
    Return,
    /// Nobody has it: its leg is released.
    Release,
}

/// The table; none for what cannot be.
pub(crate) fn step(state: State, event: Event) -> Option<(State, Act)> {
    use Event::{Due, Ended, HomeGone, Refused, Taken, ThereGone, Yielded};
    use State::{Going, Homing, Loose, Over};
    Some(match (state, event) {
        (Loose, Yielded) => (Going, Act::Hand),
        (Loose, Ended | Due | ThereGone) | (Going, Refused) => (Homing, Act::Back),
        (Going, Taken) => (Over, Act::Arrive),
        (Homing, Taken) => (Over, Act::Return),
        (Homing, Refused | HomeGone) => (Over, Act::Release),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use Event::{Due, Ended, HomeGone, Refused, Taken, ThereGone, Yielded};
    use State::{Going, Homing, Loose, Over};

    #[test]
    fn every_pair_of_state_and_event_is_as_written_down() {
        let events = [Yielded, Taken, Refused, Ended, Due, ThereGone, HomeGone];
        let row = |state| {
            let cell = |event| step(state, event).map_or("-".to_owned(), |(next, act)| format!("{next:?} {act:?}"));
            format!("{state:?}: {}\n", events.map(|event| format!("{event:?} {}", cell(event))).join(", "))
        };
        let table: String = [Loose, Going, Homing, Over].map(row).concat();
        let expected = "\
Loose: Yielded Going Hand, Taken -, Refused -, Ended Homing Back, Due Homing Back, ThereGone Homing Back, HomeGone -
Going: Yielded -, Taken Over Arrive, Refused Homing Back, Ended -, Due -, ThereGone -, HomeGone -
Homing: Yielded -, Taken Over Return, Refused Over Release, Ended -, Due -, ThereGone -, HomeGone Over Release
Over: Yielded -, Taken -, Refused -, Ended -, Due -, ThereGone -, HomeGone -
";
        assert_eq!(table, expected);
    }
}
