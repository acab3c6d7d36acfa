//! The slots in which calls are parked: which are free, who is in one, and who calls to fetch him; what rings where, and who talks
//! there.

use super::Switchboard;
use crate::admission::{self, Refusal};
use crate::call::Whose;
use crate::face::{ParkedLine, Verb};
use crate::parcel::News;
use crate::verb::{pickup, slot};
use crate::want::ComesFor;
use dialplan::codes::Code;
use dialplan::{Destination, Plan, Routed};
use sip::{Arrival, Replaced, Source};
use terms::{CallRef, Cause, LegId, Now, PhoneId, Slot};

impl Switchboard {
    /// The slot that is meant, or the first free one; none, where it is taken or all are.
    pub fn free_slot(&self, wanted: Option<Slot>) -> Option<Slot> {
        slot::free(&self.plan, &self.office.index, wanted)
    }

    /// The call that is parked in a slot.
    pub fn parked_in(&self, slot: Slot) -> Option<CallRef> {
        self.office.index.slots.get(&slot).copied()
    }

    /// What rings at one of these phones for anybody to take, for the longest time: the leg, and its call.
    pub fn ringing_at(&self, phones: &[PhoneId]) -> Option<(CallRef, LegId)> {
        self.ringing(|at| phones.contains(&at))
    }

    fn ringing(&self, is_there: impl Fn(PhoneId) -> bool) -> Option<(CallRef, LegId)> {
        let legs = self.calls.values().flat_map(|call| call.legs().map(move |(whose, leg)| (call, whose, leg)));
        let rings = legs.filter(|(call, whose, _)| match whose {
            Whose::Rung(ringing) => !pickup::is_for_nobody_else(call, *ringing),
            Whose::Party | Whose::Leaving => false,
        });
        let there = rings.filter(|(.., leg)| leg.who().and_then(phone).is_some_and(&is_there));
        there.map(|(call, _, leg)| (call.id(), leg.id)).min_by_key(|(_, leg)| *leg)
    }

    /// Who talks at one of these phones: the call, and his leg; the one who has talked for the longest time.
    pub fn talking_at(&self, phones: &[PhoneId]) -> Option<(CallRef, LegId)> {
        let calls = self.calls.values().filter(|call| call.room.talk.is_some());
        let parties = calls.flat_map(|call| call.parties.iter().map(|party| (call.id(), party)));
        let talk = parties.filter(|(_, party)| party.stance.is_there());
        let there = talk.filter(|(_, party)| party.leg.who().and_then(phone).is_some_and(|at| phones.contains(&at)));
        there.map(|(call, party)| (call, party.leg.id)).min_by_key(|(_, leg)| *leg)
    }

    /// Who is parked, by slot.
    pub(super) fn parked(&self, now: Now) -> Vec<ParkedLine> {
        let line = |(slot, call): (&Slot, &CallRef)| {
            let call = self.calls.get(call)?;
            let parked = call.parked.as_ref()?;
            let party = call.parties.iter().find(|party| party.leg.id == parked.who)?;
            let parked_ms = now.wall.ms_since(parked.account.since);
            let by = parked.account.by.and_then(phone);
            Some(ParkedLine { slot: *slot, call: call.id(), number: call.number(&party.leg), by, parked_ms })
        };
        self.office.index.slots.iter().filter_map(line).collect()
    }

    /// Why nobody can be parked where this verb wants it.
    pub(super) fn may_park(&self, verb: &Verb) -> Result<(), &'static str> {
        let wanted = match verb {
            Verb::Park { slot, .. } => Some(*slot),
            Verb::Transfer { to: Routed { destination: Destination::Park(slot), .. }, .. } => *slot,
            _ => return Ok(()),
        };
        match wanted {
            _ if self.free_slot(wanted).is_some() => Ok(()),
            Some(slot) if self.plan.park.has(slot) => Err("that slot is taken"),
            Some(_) => Err("there is no such slot"),
            None => Err(slot::NO_SLOT),
        }
    }

    /// The slot that a phone has dialled to fetch somebody. One that a reload took away counts while somebody is in it.
    pub(super) fn dialled(&self, arrival: &Arrival, routed: &Result<Routed, Refusal>) -> Option<Slot> {
        phone(arrival.source)?;
        match routed {
            Ok(Routed { destination: Destination::Park(slot), .. }) => *slot,
            Ok(_) => None,
            Err(_) => arrival.called.reveal().parse().ok().filter(|slot| self.parked_in(*slot).is_some()),
        }
    }

    /// A phone calls to fetch who is parked in a slot.
    pub(super) fn fetch(
        &mut self,
        now: Now,
        plan: &Plan,
        leg: LegId,
        arrival: &Arrival,
        slot: Slot,
    ) -> Result<(CallRef, Box<News>), Refusal> {
        let call = self.parked_in(slot).ok_or(Refusal::new("nobody is parked there", 480, Cause::ABSENT))?;
        let talk = Box::new(admission::read_offer(&mut self.desk(now), plan, arrival)?);
        let what = ComesFor::Parked;
        Ok((call, Box::new(News::Newcomer { leg, arrival: Box::new(arrival.clone()), talk, what })))
    }

    /// What he takes who dials the code for it: whatever has rung for the longest time at that phone, or at one of his groups.
    pub(super) fn picked_up(&self, plan: &Plan, arrival: &Arrival) -> Option<Result<Replaced, Refusal>> {
        let here = phone(arrival.source).filter(|here| plan.phone(*here).is_some_and(|phone| phone.codes))?;
        let (Code::PickUp, number) = plan.codes.dialled(arrival.called.reveal())? else { return None };
        let rings = match number {
            "" => {
                let colleagues = plan.colleagues(here);
                self.ringing(|at| colleagues.contains(&at))
            }
            number => self.ringing_at(plan.phone_dialled(number).map(|phone| phone.id).as_slice()),
        };
        let rings = rings.map(|(_, leg)| Replaced { leg, early: true });
        Some(rings.ok_or(Refusal::new("nothing rings there", 480, Cause::ABSENT)))
    }
}

fn phone(source: Source) -> Option<PhoneId> {
    if let Source::Phone(phone) = source { Some(phone) } else { None }
}
