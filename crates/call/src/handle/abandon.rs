//! A call that has panicked. What was begun in it is not known, so it is let go of by its tables and by the books of the
//! office; if not even that can be done, it is struck off.

use super::{end, settle};
use crate::call::Call;
use crate::cdr::{By, Entry};
use crate::desk::Desk;
use crate::life::{Exit, Life};
use std::time::Duration;
use terms::{Cause, ContactId, LegId, StreamId};

/// Lets go of everything, by the tables and then by whatever the office still has on its books for this call.
pub(crate) fn abandon(call: &mut Call, desk: &mut Desk<'_>) {
    call.parties.iter_mut().for_each(|party| party.contact = None);
    disown(call, desk);
    call.decide(Exit::of(Cause::TEMPORARY, Some(500)));
    settle::settle(call, desk);
    let (mut legs, mut streams) = on_the_books(call, desk);
    legs.retain(|leg| !call.legs().any(|(_, known)| known.id == *leg));
    streams.retain(|stream| !call.legs().any(|(_, known)| known.stream == *stream));
    strike_off(call, desk, legs, streams);
}

/// Not even that could be done: it is struck off the books as it is.
pub(crate) fn forget(call: &mut Call, desk: &mut Desk<'_>) {
    let closed = std::mem::replace(&mut call.life, Life::Gone) == Life::Gone;
    desk.timers.change(call.id(), call.wakes.take(), None);
    if !closed {
        end::complete(call, desk, Cause::TEMPORARY, By::Switch);
        desk.ledger(Entry::Closed(Box::new(call.record.clone())));
    }
    disown(call, desk);
    let (legs, streams) = on_the_books(call, desk);
    strike_off(call, desk, legs, streams);
}

/// No slot, no room and no contact is this call's any more. One of the two commands fits, whether it waited or talked; the other is ignored.
fn disown(call: &Call, desk: &mut Desk<'_>) {
    desk.index.slots.retain(|_, of| *of != call.id());
    desk.index.rooms.retain(|_, there| there.call != call.id());
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
