//! The end of a call: one rule that says when it is over. Then everything is let go of at once; the record is closed when
//! every core has said that the call is gone, or when a watchdog loses its patience.

use super::{Call, Sure};
use crate::cdr::{By, Entry, Outcome};
use crate::desk::Desk;
use crate::party::Party;
use crate::room::Stance;
use crate::verb::queue;
use std::time::Duration;
use terms::{Cause, ContactId, LegId, Mono, StreamId};

/// RFC 3261 17.1.2.2: a BYE gives up after 64*T1 = 32 s; a CANCEL may wait as long for its 487.
const WATCHDOG: Duration = Duration::from_secs(2 * 32 + 6);

/// How far a call is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Life {
    Open,
    /// The end was decided; the cores are to forget the call until then.
    Ending {
        until: Mono,
    },
    /// Nothing is left; the record has gone to the ledger.
    Gone,
}

/// How a call ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Exit {
    pub cause: Cause,
    pub by: By,
    /// The final status for a caller who was never answered; default: what the cause says.
    pub status: Option<u16>,
}

impl Exit {
    /// The switch ends it.
    pub const fn of(cause: Cause, status: Option<u16>) -> Exit {
        Exit { cause, by: By::Switch, status }
    }
}

/// What a party is to the question whether its call goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stay {
    /// It walks a flow: that has an end of its own.
    Walks,
    /// It is in the conversation.
    Talks,
    /// It was taken out of the conversation: for those who are rung for it, or for as long as somebody wants it so.
    Waits { rung: bool },
    /// None of these.
    Idle,
}

/// Whether a call is over, and how it ends: as was decided; or, when nobody is left for whom it could go on, as the last
/// one went.
pub(crate) fn is_over(call: &Call) -> Option<Exit> {
    let under_way = call.lent.len() + call.awaited.len();
    judge(call.parties.iter().map(|party| stay(call, party)), under_way, call.exit)
}

fn stay(call: &Call, party: &Party) -> Stay {
    match &party.walk {
        _ if party.stance == Stance::Floor => Stay::Talks,
        _ if party.stance == Stance::Waiting => {
            let rung = call.ringings.iter().any(|ringing| ringing.aim.of() == party.leg.id);
            Stay::Waits { rung }
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
            Stay::Walks | Stay::Waits { rung: true } => alone += 1,
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

/// Lets go of everything.
pub(crate) fn begin(call: &mut Call, desk: &mut Desk<'_>, exit: Exit) {
    let Exit { cause, by, status } = exit;
    call.hush(desk);
    queue::abandon(call, desk, by);
    while let Some(ringing) = call.ringings.pop() {
        call.cancel(desk, ringing, cause);
    }
    while let Some(party) = call.parties.pop() {
        dismiss(call, desk, party, cause, status);
    }
    if let Some(capture) = call.capture.take() {
        desk.media(call.worker, media::Command::EndCapture { capture: capture.id });
    }
    complete(call, desk, cause, by);
    call.life = Life::Ending { until: desk.now.mono + WATCHDOG };
}

/// One who has no answer yet is refused; the others are hung up.
pub(crate) fn dismiss(call: &mut Call, desk: &mut Desk<'_>, party: Party, cause: Cause, status: Option<u16>) {
    let mut leg = party.leg;
    if leg.is_unanswered() {
        // A flow that simply ends before anybody answered is "temporarily unavailable" to the caller.
        let status = status.unwrap_or(if cause == Cause::NORMAL { 480 } else { cause.to_status() });
        if leg.id == call.origin.leg {
            call.record.status = Some(status);
        }
        leg.refuse(desk, status, cause);
        return call.leaving.push(leg);
    }
    call.part(desk, leg, cause);
}

fn complete(call: &mut Call, desk: &Desk<'_>, cause: Cause, by: By) {
    let record = &mut call.record;
    record.ended = Some(desk.now.wall);
    record.cause = cause;
    record.ended_by = by;
    if record.outcome == Outcome::Open {
        record.outcome = match (record.connected, record.status) {
            (Some(_), _) => Outcome::Answered,
            (None, Some(_)) => Outcome::Failed,
            (None, None) => Outcome::Finished,
        };
    }
}

/// Closes the record once every core has forgotten the call, or will not be waited for any longer.
pub(crate) fn close(call: &mut Call, desk: &mut Desk<'_>, until: Mono) {
    if !call.leaving.is_empty() {
        if desk.now.mono < until {
            return;
        }
        desk.count("watchdog: a core never let go of a call");
        call.leaving.drain(..).for_each(|mut leg| leg.give_up(desk));
    }
    desk.ledger(Entry::Closed(Box::new(call.record.clone())));
    call.life = Life::Gone;
}

impl Call {
    /// After a panic: what was begun is not known, so everything is let go of by the tables, and then whatever the office
    /// still has on its books for this call.
    pub fn abandon(&mut self, desk: &mut Desk<'_>) {
        self.parties.iter_mut().for_each(|party| party.contact = None);
        disown(self, desk);
        self.decide(Exit::of(Cause::TEMPORARY, Some(500)));
        self.settle(desk);
        let (mut legs, mut streams) = on_the_books(self, desk);
        legs.retain(|leg| !self.legs().any(|(_, known)| known.id == *leg));
        streams.retain(|stream| !self.legs().any(|(_, known)| known.stream == *stream));
        strike_off(self, desk, legs, streams);
    }

    /// Not even that could be done: it is struck off the books as it is.
    pub fn forget(&mut self, desk: &mut Desk<'_>) {
        let closed = std::mem::replace(&mut self.life, Life::Gone) == Life::Gone;
        desk.timers.change(self.id(), self.wakes.take(), None);
        if !closed {
            complete(self, desk, Cause::TEMPORARY, By::Switch);
            desk.ledger(Entry::Closed(Box::new(self.record.clone())));
        }
        disown(self, desk);
        let (legs, streams) = on_the_books(self, desk);
        strike_off(self, desk, legs, streams);
    }

    /// The record is complete and no core knows the call any more.
    pub fn is_gone(&self) -> bool {
        self.life == Life::Gone
    }
}

/// No contact is this call's any more. One of the two commands fits, whether it waited or talked; the other is ignored.
fn disown(call: &Call, desk: &mut Desk<'_>) {
    let own = |contact: &ContactId| desk.index.contacts.get(contact) == Some(&call.id());
    if let Some(contact) = call.record.contact.filter(own) {
        desk.index.contacts.remove(&contact);
        desk.acd(acd::Command::Withdraw { contact, why: acd::Withdrawal::Dropped });
        desk.acd(acd::Command::Finished { contact, by: By::Switch, held: Duration::ZERO });
    }
}

/// What the office knows of a call.
fn on_the_books(call: &Call, desk: &Desk<'_>) -> (Vec<LegId>, Vec<StreamId>) {
    let id = call.id();
    // What is lent is not here, and may come back.
    let here = |leg: &LegId| !call.lent.iter().any(|(lent, _)| lent == leg);
    let sounds = |stream: &StreamId| !call.lent.iter().any(|(_, lent)| lent == stream);
    let legs = desk.index.legs.iter().filter(|(leg, of)| **of == id && here(leg)).map(|(leg, _)| *leg).collect();
    let streams = desk.index.streams.iter().filter(|(stream, of)| **of == id && sounds(stream));
    (legs, streams.map(|(stream, _)| *stream).collect())
}

fn strike_off(call: &Call, desk: &mut Desk<'_>, legs: Vec<LegId>, streams: Vec<StreamId>) {
    for leg in legs {
        desk.index.legs.remove(&leg);
        desk.sip(sip::Command::Release { leg, reason: Cause::TEMPORARY.into() });
    }
    for stream in streams {
        desk.index.streams.remove(&stream);
        desk.media(call.worker, media::Command::Close { stream });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Stay::{Idle, Talks, Waits, Walks};

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
