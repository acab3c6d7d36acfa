//! A call begins here: whether it can now, and its beginning. So does the call of one who is sent out of a room.

use super::Switchboard;
use super::guard::guarded;
use crate::admission::SPENT;
use crate::call::begin;
use crate::face::Dial;
use crate::handle::{self, Signal};
use crate::life::Life;
use crate::parcel::{Away, News};
use crate::want::Join;
use dialplan::flow::RingTarget;
use sip::Source;
use terms::{CallRef, LegId, Now};

impl Switchboard {
    /// Begins a call for one of ours, who is rung at once; or why it cannot be, in words. Then drain `poll_output`.
    pub fn dial(&mut self, now: Now, dial: Dial) -> Result<CallRef, &'static str> {
        self.may_dial(&dial)?;
        self.calls_total += 1;
        let worker = self.worker_for(Source::Phone(dial.phone), &dial.routed.destination);
        let (plan, mut desk) = (self.plan.clone(), self.office.desk(now, &self.plan));
        let id = desk.ids.call().ok_or("no call can begin: ids exhausted")?;
        let target = dial.agent.map_or(RingTarget::Phone(dial.phone), RingTarget::Agent);
        let mut call = Box::new(begin::dial(&mut desk, &plan, worker, id, dial));
        let fault = guarded(&mut call, &mut desk, |call, desk| handle::dial(call, desk, target));
        self.errands.extend(call.errands.drain(..));
        self.calls.insert(id, call);
        self.told(id, fault);
        self.finish(now);
        Ok(id)
    }

    /// One who is in a room goes to a call of his own.
    pub(super) fn send_away(&mut self, now: Now, (home, who): (CallRef, LegId), away: Away) {
        let Some(room) = self.calls.get(&home).filter(|call| call.life == Life::Open) else { return };
        let (worker, brought) = (room.worker, begin::Brought::of(room, who));
        let (plan, mut desk) = (self.plan.clone(), self.office.desk(now, &self.plan));
        let Some(brought) = brought else { return };
        let Some(id) = desk.ids.call() else { return desk.count(SPENT) };
        self.calls_total += 1;
        let call = begin::alone(&mut desk, &plan, worker, (id, who), brought, away);
        self.calls.insert(id, Box::new(call));
        self.tell(now, home, Signal::Parcel(Box::new(News::Lend { who, to: id, then: Join::Alone })));
        let lent = self.calls.get(&home).is_some_and(|call| call.lent.iter().any(|(lent, _)| *lent == who));
        if !lent {
            self.tell(now, id, Signal::Parcel(Box::new(News::Missed(who))));
        }
    }

    fn may_dial(&self, dial: &Dial) -> Result<(), &'static str> {
        if let Some(full) = self.full() {
            return Err(full.reason);
        }
        let usage = &self.office.usage;
        let presence = match dial.agent {
            Some(agent) => usage.presence(&self.plan, self.plan.agent(agent).ok_or("no such agent")?),
            None => {
                acd::Presence { reachable: usage.is_there(dial.phone), engaged: usage.phones.contains_key(&dial.phone) }
            }
        };
        match presence {
            acd::Presence { reachable: false, .. } => Err("no phone is registered to ring"),
            acd::Presence { engaged: true, .. } => Err("in a call already"),
            acd::Presence { .. } => Ok(()),
        }
    }
}
