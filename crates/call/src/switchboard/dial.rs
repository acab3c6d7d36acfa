//! A call begins here: whether it can now, and its beginning.

use super::Switchboard;
use super::guard::guarded;
use crate::call::begin;
use crate::face::Dial;
use crate::handle;
use dialplan::flow::RingTarget;
use sip::Source;
use terms::{CallRef, Now};

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
        self.calls.insert(id, call);
        self.told(id, fault);
        self.finish(now);
        Ok(id)
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
