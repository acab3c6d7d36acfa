//! Two calls meet: a phone has one side of each, and connects the other two (RFC 5589 7). Which of the two calls goes on,
//! who moves, and whom he takes the place of. And one who calls to take the place of somebody in a call (RFC 3891).

use super::Switchboard;
use crate::admission::{self, Refusal};
use crate::call::{CROWD, Call};
use crate::face::Verb;
use crate::handle::Signal;
use crate::life::Life;
use crate::parcel::News;
use crate::party::Party;
use crate::room::Stance;
use crate::verb::cede;
use crate::want::{ComesFor, Join};
use sip::{Arrival, Replaced, Source};
use std::cmp::Reverse;
use terms::{CallRef, Cause, LegId, Now, PhoneId};

/// Why not: the reason as it is counted, and the status.
type No = (&'static str, u16);

const GONE: No = ("no such call to take over", 603);
const NOBODY: No = ("nobody to transfer", 603);
/// RFC 5589 does not say; 491 makes the phone try again.
const BUSY: No = ("transfer under way", 491);

/// Who goes where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Plan {
    home: CallRef,
    who: LegId,
    to: CallRef,
    instead: LegId,
}

impl Switchboard {
    /// A phone wants the other side of one of its legs connected with that of another one.
    pub(super) fn merge(&mut self, now: Now, leg: LegId, refer: u32, other: LegId) {
        let plan = self.meet(leg, other);
        let mut desk = self.desk(now);
        match plan {
            Err((reason, status)) => {
                desk.count(reason);
                desk.sip(sip::Command::RefuseRefer { leg, refer, status });
            }
            Ok(Plan { home, who, to, instead }) => {
                desk.sip(sip::Command::AcceptRefer { leg, refer });
                let then = Join::Instead { of: instead, refer: (leg, refer) };
                self.tell(now, to, Signal::Parcel(Box::new(News::Await(who))));
                self.tell(now, home, Signal::Parcel(Box::new(News::Lend { who, to, then })));
            }
        }
    }

    /// One who is to watch somebody in another call is answered with that one's codec: it needs no transcoding.
    pub(super) fn match_codecs(&mut self, verb: &Verb) {
        let Verb::Observe { party, of, .. } = verb else { return };
        let codec = self.leg(*of).and_then(|leg| leg.codec());
        self.leg(*party).into_iter().for_each(|leg| leg.lead_with(codec));
    }

    /// A party wants to go to another call. Where that is gone, he hears that he cannot.
    pub(super) fn visit(&mut self, now: Now, (home, who): (CallRef, LegId), to: CallRef, then: Join) {
        let open = self.calls.get(&to).is_some_and(|call| call.life == Life::Open);
        if !open {
            return self.ask(now, home, Signal::Obeyed(who, false));
        }
        self.tell(now, to, Signal::Parcel(Box::new(News::Await(who))));
        self.tell(now, home, Signal::Parcel(Box::new(News::Lend { who, to, then })));
    }

    /// Somebody calls to take the place of a leg.
    pub(super) fn take_place(
        &mut self,
        now: Now,
        leg: LegId,
        arrival: &Arrival,
        replaced: Replaced,
    ) -> Result<(CallRef, Box<News>), Refusal> {
        let call = self.place(arrival, replaced)?;
        let talk = Box::new(admission::read_offer(&mut self.office.desk(now, &self.plan), &self.plan, arrival)?);
        let (arrival, what) = (Box::new(arrival.clone()), ComesFor::Place(replaced.leg));
        Ok((call, Box::new(News::Newcomer { leg, arrival, talk, what })))
    }

    /// The call of that leg, if he may have the place: another device of the same account may; and whoever is in a group
    /// with one who is rung may take that call for him.
    fn place(&self, arrival: &Arrival, replaced: Replaced) -> Result<CallRef, Refusal> {
        let gone = Refusal::new("nothing to replace", 481, Cause::NORMAL);
        let Some(call) = self.office.index.legs.get(&replaced.leg).and_then(|call| self.calls.get(call)) else {
            return Err(gone);
        };
        let leg = call.legs().find(|(_, leg)| leg.id == replaced.leg).and_then(|(_, leg)| leg.who());
        match (arrival.source, leg) {
            _ if call.life != Life::Open => Err(gone),
            (Source::Phone(phone), Some(Source::Phone(other)))
                if phone == other || replaced.early && self.plan.share_a_group(phone, other) =>
            {
                Ok(call.id())
            }
            _ => Err(Refusal::new("another's call", 403, Cause::REJECTED)),
        }
    }

    /// The phone of the only other one who talks in the call of this leg.
    pub fn facing(&self, leg: LegId) -> Option<PhoneId> {
        let call = self.calls.get(self.office.index.legs.get(&leg)?)?;
        let other = beside(call, leg).ok()?;
        let source = call.parties.iter().find(|party| party.leg.id == other)?.leg.who()?;
        if let Source::Phone(phone) = source { Some(phone) } else { None }
    }

    fn meet(&self, leg: LegId, other: LegId) -> Result<Plan, No> {
        let call = |leg: LegId| {
            let call = self.calls.get(self.office.index.legs.get(&leg)?)?;
            let phone = call.parties.iter().find(|party| party.leg.id == leg)?;
            (call.life == Life::Open).then_some((&**call, phone))
        };
        let ((one, near), (two, far)) = (call(leg).ok_or(GONE)?, call(other).ok_or(GONE)?);
        if one.id() == two.id() || [near, far].iter().any(|phone| phone.stance.watches().is_some()) {
            return Err(NOBODY);
        }
        if one.hall.is_some() || two.hall.is_some() {
            return self.meet_in_room((one, leg), (two, other));
        }
        if self.transit.is_busy(one.id(), two.id()) || one.busy().is_some() || two.busy().is_some() {
            return Err(BUSY);
        }
        let goes = |from: &Call, phone: &Party, to: &Call, instead: LegId| {
            let who = beside(from, phone.leg.id)?;
            Ok(Plan { home: from.id(), who, to: to.id(), instead })
        };
        match (talks(near), talks(far)) {
            (false, false) => Err(NOBODY),
            // Whoever still rings rings for that call; whoever waits waits in it.
            (true, false) => goes(one, near, two, other),
            (false, true) => goes(two, far, one, leg),
            (true, true) if outlives(two, one) => goes(one, near, two, other),
            (true, true) => goes(two, far, one, leg),
        }
    }

    /// One of the calls is a room: whoever the phone has in the other one takes its seat.
    fn meet_in_room(&self, one: (&Call, LegId), two: (&Call, LegId)) -> Result<Plan, No> {
        let ((room, instead), (home, phone)) = if one.0.hall.is_some() { (one, two) } else { (two, one) };
        cede::may(room, instead)?;
        if home.hall.is_some() {
            return Err(cede::NO_SEAT);
        }
        if self.transit.is_busy_for_crowd(home.id(), room.id()) || home.busy().is_some() {
            return Err(BUSY);
        }
        Ok(Plan { home: home.id(), who: beside(home, phone)?, to: room.id(), instead })
    }
}

fn talks(party: &Party) -> bool {
    // Who is on hold talks, too.
    matches!(party.stance, Stance::Floor | Stance::Waiting) && party.leg.is_up()
}

/// The only other one who talks.
fn beside(call: &Call, phone: LegId) -> Result<LegId, No> {
    let up = |who: &LegId| call.parties.iter().any(|party| party.leg.id == *who && party.leg.is_up());
    match call.others(phone)[..] {
        [other] if up(&other) => Ok(other),
        [] | [_] => Err(NOBODY),
        _ => Err((CROWD, 603)),
    }
}

/// Which of two goes on: the one with the customer's contact, of two contacts the older one; else the older call.
fn outlives(one: &Call, other: &Call) -> bool {
    let rank = |call: &Call| {
        let contact = call.parties.iter().filter_map(|party| party.contact).map(|contact| contact.id).min();
        (contact.map(Reverse), Reverse((call.origin.at, call.id())))
    };
    rank(one) > rank(other)
}
