//! The slots of the house as calls see them: which one is free, and that a party is in one, or is so no more.

use crate::call::{Call, Parked};
use crate::cdr::{Entry, Parking, ParkingEnd, Unparked};
use crate::desk::{Desk, Index};
use crate::room::Stance;
use dialplan::Plan;
use media::Sound;
use sip::Source;
use terms::{LegId, Slot};

/// Why nobody can be parked.
pub(crate) const NO_SLOT: &str = "no free slot";

/// The slot that is meant, or the first one, if it is free. Which slots there are the plan in force says.
pub(crate) fn free(plan: &Plan, index: &Index, wanted: Option<Slot>) -> Option<Slot> {
    let is_free = |slot: &Slot| !index.slots.contains_key(slot);
    match wanted {
        Some(slot) => Some(slot).filter(|slot| plan.park.has(*slot) && is_free(slot)),
        None => plan.park.all().find(is_free),
    }
}

/// A party waits alone in a slot from now on.
pub(crate) fn put(call: &mut Call, desk: &mut Desk<'_>, who: LegId, slot: Slot, by: Option<Source>) {
    let music = call.plan.park.music.or(call.plan.media.hold).map_or(Sound::Silence, Sound::Prompt);
    let music = desk.ids.playing(music, true);
    let (id, until) = (call.id(), Some(desk.now.mono + call.plan.park.return_after));
    let Some(party) = call.party(who) else { return };
    (party.stance, party.comfort, party.walk) = (Stance::Waiting, Some(music), None);
    let account = Parking { call: id, nth: party.leg.nth(), slot, by, since: desk.now.wall, end: None };
    desk.index.slots.insert(slot, id);
    desk.ledger(Entry::Parked(Box::new(account.clone())));
    call.parked = Some(Box::new(Parked { who, until, account }));
}

/// Nobody is parked any more; who it was comes back.
pub(crate) fn over(call: &mut Call, desk: &mut Desk<'_>, how: Unparked, by: Option<Source>) -> Option<LegId> {
    let Parked { who, account, .. } = *call.parked.take()?;
    desk.index.slots.remove(&account.slot);
    let end = Some(ParkingEnd { at: desk.now.wall, how, by });
    desk.ledger(Entry::Parked(Box::new(Parking { end, ..account })));
    Some(who)
}

/// Who was parked may have gone, or the call may have ended.
pub(crate) fn check(call: &mut Call, desk: &mut Desk<'_>) {
    let Some(parked) = &call.parked else { return };
    let waits = call.parties.iter().any(|party| party.leg.id == parked.who && party.stance == Stance::Waiting);
    if !waits {
        over(call, desk, Unparked::Over, None);
    }
}
