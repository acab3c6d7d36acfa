//! When a call is over: one rule.

use super::Call;
use crate::life::{Exit, Sure};
use crate::party::Party;
use crate::room::Stance;
use terms::Cause;

/// What a party is to the question whether its call goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stay {
    /// It walks a flow: that has an end of its own.
    Walks,
    /// It is in the conversation.
    Talks,
    /// It was taken out of the conversation: for those who are rung for it, for one whom it asks, or for as long as somebody
    /// wants it so. Who is parked is as one for whom somebody is rung.
    Waits { rung: bool },
    /// It is in a conference room, and others may come.
    Sits,
    /// None of these.
    Idle,
}

impl Call {
    /// Whether it is over, and how it ends: as was decided; or, when nobody is left for whom it could go on, as the last
    /// one went.
    pub fn is_over(&self) -> Option<Exit> {
        let under_way =
            self.lent.len() + self.awaited.len() + usize::from(self.origin.dialled.is_some() || self.stands.is_some());
        judge(self.parties.iter().map(|party| stay(self, party)), under_way, self.exit)
    }
}

fn stay(call: &Call, party: &Party) -> Stay {
    match &party.walk {
        _ if party.seat.is_some() => Stay::Sits,
        _ if party.stance == Stance::Floor => Stay::Talks,
        _ if matches!(party.stance, Stance::Waiting | Stance::Aside(_)) => {
            let rung = call.ringings.iter().any(|ringing| ringing.aim.of() == party.leg.id);
            Stay::Waits { rung: rung || call.is_parked(party.leg.id) }
        }
        Some(walk) if walk.goes_on() => Stay::Walks,
        _ => Stay::Idle,
    }
}

fn judge(parties: impl Iterator<Item = Stay>, under_way: usize, said: Option<(Exit, Sure)>) -> Option<Exit> {
    // Who has something to wait for by itself, and those who have only each other.
    let (mut alone, mut together) = (0, 0);
    for party in parties {
        match party {
            Stay::Walks | Stay::Sits | Stay::Waits { rung: true } => alone += 1,
            Stay::Talks | Stay::Waits { rung: false } => together += 1,
            Stay::Idle => {}
        }
    }
    match said {
        Some((exit, Sure::Decided)) => Some(exit),
        _ if alone > 0 || together > 1 || under_way > 0 => None,
        said => Some(said.map_or(Exit::of(Cause::NORMAL, None), |(exit, _)| exit)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cdr::By;
    use Stay::{Idle, Sits, Talks, Waits, Walks};

    #[test]
    fn a_call_is_over_when_that_was_decided_or_when_nobody_is_left_whom_it_could_go_on_for() {
        let went = Exit { cause: Cause::BUSY, by: By::Callee, status: None };
        let said = |sure| Some((went, sure));
        let nobody = Exit::of(Cause::NORMAL, None);
        let table: &[(&str, &[Stay], Option<Exit>)] = &[
            ("everybody has gone", &[], Some(went)),
            ("one is left of a conversation", &[Talks], Some(went)),
            ("one who is in nothing is left", &[Idle], Some(went)),
            ("two talk", &[Talks, Talks], None),
            ("three talk", &[Talks, Talks, Talks], None),
            ("one is on hold, and nobody is left", &[Waits { rung: false }], Some(went)),
            ("one is on hold for another", &[Talks, Waits { rung: false }], None),
            ("one is being transferred, and who did that has gone", &[Waits { rung: true }], None),
            ("one is being transferred, and who does that is there", &[Idle, Waits { rung: true }], None),
            ("one is in a conference room", &[Sits], None),
            ("one walks a flow", &[Walks], None),
            ("one walks a flow beside one who is in nothing", &[Walks, Idle], None),
            ("one walks a flow beside one who waits to talk", &[Talks, Walks], None),
        ];
        for (what, parties, wanted) in table {
            let of = |said| judge(parties.iter().copied(), 0, said);
            let with_one_lent = judge(parties.iter().copied(), 1, said(Sure::Otherwise));
            assert_eq!(with_one_lent, None, "{what}, and one is lent or awaited");
            assert_eq!(of(said(Sure::Otherwise)), *wanted, "{what}");
            assert_eq!(of(None), wanted.map(|_| nobody), "{what}, and none has gone");
            assert_eq!(of(said(Sure::Decided)), Some(went), "{what}, and it was decided");
        }
    }
}
