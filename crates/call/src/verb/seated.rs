//! The account of who is in a conference room: told when somebody has a seat, and when he has it no more. It follows from who
//! is there after each signal, so that whatever ends it is told.

use super::introduce;
use crate::call::{Call, Hall, Sat};
use crate::cdr::{Entry, Seating};
use crate::desk::Desk;
use smallvec::SmallVec;
use terms::LegId;

/// Tells what is new of it.
pub(crate) fn tell(call: &mut Call, desk: &mut Desk<'_>) {
    over(call, desk);
    let Some(hall) = &call.hall else { return };
    let new = |leg: &LegId| !hall.sat.iter().any(|sat| sat.who == *leg);
    let new: SmallVec<[LegId; 2]> = call.seated().map(|party| party.leg.id).filter(new).collect();
    for who in new {
        begins(call, desk, who);
    }
}

/// Who has gone.
fn over(call: &mut Call, desk: &mut Desk<'_>) {
    let Some(hall) = &mut call.hall else { return };
    let here = |sat: &Sat| call.parties.iter().any(|party| party.leg.id == sat.who && party.seat.is_some());
    let (here, gone): (Vec<Sat>, Vec<Sat>) = std::mem::take(&mut hall.sat).into_iter().partition(here);
    hall.sat = here;
    for Sat { account, .. } in gone {
        desk.ledger(Entry::Seated(Box::new(Seating { until: Some(desk.now.wall), ..account })));
    }
}

fn begins(call: &mut Call, desk: &mut Desk<'_>, who: LegId) {
    let Some(account) = account(call, desk, who) else { return desk.astray("a seat that nobody has") };
    let Some(hall) = &mut call.hall else { return };
    hall.seats = hall.seats.saturating_add(1);
    desk.ledger(Entry::Seated(Box::new(account.clone())));
    hall.sat.push(Sat { who, account });
}

fn account(call: &Call, desk: &Desk<'_>, who: LegId) -> Option<Seating> {
    let Hall { room, seats, .. } = call.hall.as_deref()?;
    let party = call.seated().find(|party| party.leg.id == who)?;
    Some(Seating {
        call: call.id(),
        nth: *seats,
        room: room.id,
        leg: party.leg.nth(),
        who: party.leg.who()?,
        number: introduce::shown(call, who).map(|name| name.number).unwrap_or_default(),
        host: party.seat.as_ref()?.host,
        since: desk.now.wall,
        until: None,
    })
}
