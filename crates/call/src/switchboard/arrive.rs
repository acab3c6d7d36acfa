//! A call arrives: it is refused, it takes somebody's place in a call that runs, or it begins. A panic while that is judged
//! turns this one away, and no other.

use super::Switchboard;
use super::guard::guarded;
use crate::admission::{self, Refusal};
use crate::call::begin;
use crate::face::Output;
use crate::handle::{self, Signal};
use crate::leg::Talk;
use crate::parcel::News;
use dialplan::{Destination, Plan, Routed};
use sip::Arrival;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use terms::{CallRef, Cause, LegId, Now, limits};

/// A new call.
struct Begins {
    call: CallRef,
    routed: Routed,
    talk: Talk,
}

/// One who arrives and is taken.
enum Comes {
    New(Begins),
    /// Somebody's place in a call that runs, or to one who is parked there.
    InPlace((CallRef, Box<News>)),
}

impl Switchboard {
    /// This start has no ids for new calls.
    pub(super) fn are_ids_spent(&self) -> bool {
        self.events_spent || self.office.ids.are_spent()
    }

    /// How many calls of two run, as far as descriptors and memory go: a room has more legs than that.
    fn load(&self) -> usize {
        let beyond: usize = self.office.index.rooms.values().map(|there| there.here.saturating_sub(1) / 2).sum();
        self.calls.len() + beyond
    }

    /// Why no new call is taken, whatever it is.
    pub(super) fn full(&self) -> Option<Refusal> {
        let reason = if self.draining.is_some() {
            "draining"
        } else if self.load() >= self.settings.calls_max {
            "calls at the limit"
        } else if self.memory_full {
            "memory at the limit"
        } else if self.ledger_full || self.unwritten.len() >= limits::LEDGER_BACKLOG {
            "ledger behind"
        } else if self.are_ids_spent() {
            admission::SPENT
        } else {
            return None;
        };
        Some(Refusal::node(reason, self.calls_total))
    }

    /// Whether a call would be taken, and what it would be told if not.
    pub(super) fn queried(&mut self, now: Now, query: u64, mut arrival: Box<Arrival>) {
        let judge = || {
            let (plan, full) = (self.plan.clone(), self.full());
            admission::read_numbers(&plan, &mut arrival);
            let refusal = full.or_else(|| admission::route(&self.desk(now), &plan, &arrival).err());
            refusal.map_or(200, |refusal| refusal.status)
        };
        let status = catch_unwind(AssertUnwindSafe(judge)).unwrap_or_else(|_| self.fault());
        self.desk(now).sip(sip::Command::AnswerQuery { query, status });
    }

    pub(super) fn arrive(&mut self, now: Now, leg: LegId, mut arrival: Box<Arrival>) {
        self.calls_total += 1;
        self.office.ids.received(leg);
        let (plan, said) = (self.plan.clone(), self.office.out.len());
        match catch_unwind(AssertUnwindSafe(|| self.judge(now, &plan, leg, &mut arrival))) {
            Ok(Ok(Comes::New(begins))) => self.begin(now, &plan, leg, arrival, begins),
            Ok(Err(refused)) => self.unwritten.extend(refused),
            Ok(Ok(Comes::InPlace((call, news)))) => {
                self.office.index.legs.insert(leg, call);
                self.tell(now, call, Signal::Parcel(news));
            }
            Err(_) => {
                // What was said of it is unsaid: half an account is none.
                self.office.out.truncate(said);
                let (status, cause) = (self.fault(), Some(Cause::TEMPORARY));
                let refuse = sip::Command::Refuse { leg, status, cause, retry_after: None };
                self.office.out.push_back(Output::Sip(refuse));
            }
        }
    }

    /// A bug in what judges those who arrive; what they are told.
    fn fault(&mut self) -> u16 {
        *self.office.refusals.entry("panic in an admission".to_owned()).or_insert(0) += 1;
        tracing::error!("an admission panicked; whoever arrived is turned away");
        500
    }

    /// Whether there is room at all comes before anything that costs more to find out.
    fn judge(&mut self, now: Now, plan: &Plan, leg: LegId, arrival: &mut Arrival) -> Result<Comes, Option<CallRef>> {
        admission::read_numbers(plan, arrival);
        let judged = match self.full() {
            Some(refusal) => Err(refusal),
            None => self.lead(now, plan, leg, arrival),
        };
        judged.map_err(|refusal| admission::refuse(&mut self.desk(now), leg, arrival, refusal))
    }

    /// Where he gets to: another's place, a slot, or wherever the plan leads him.
    fn lead(&mut self, now: Now, plan: &Plan, leg: LegId, arrival: &Arrival) -> Result<Comes, Refusal> {
        let place = arrival.replaces.map(Ok).or_else(|| self.picked_up(plan, arrival));
        if let Some(replaced) = place {
            return self.take_place(now, leg, arrival, replaced?).map(Comes::InPlace);
        }
        let routed = admission::route(&self.desk(now), plan, arrival);
        match self.dialled(arrival, &routed) {
            Some(slot) => self.fetch(now, plan, leg, arrival, slot).map(Comes::InPlace),
            None => self.allow(now, plan, arrival, routed?).map(Comes::New),
        }
    }

    fn allow(&mut self, now: Now, plan: &Plan, arrival: &Arrival, routed: Routed) -> Result<Begins, Refusal> {
        let seed = self.calls_total;
        let mut desk = self.desk(now);
        let talk = admission::read_offer(&mut desk, plan, arrival)?;
        let call = desk.ids.call().ok_or_else(|| Refusal::node(admission::SPENT, seed))?;
        Ok(Begins { call, routed, talk })
    }

    fn begin(&mut self, now: Now, plan: &Arc<Plan>, leg: LegId, mut arrival: Box<Arrival>, begins: Begins) {
        let Begins { call: id, routed, talk } = begins;
        let worker = self.worker_for(arrival.source, &routed.destination);
        let mut desk = self.office.desk(now, &self.plan);
        // Whatever happens to it now, the leg is this call's to let go of.
        desk.index.legs.insert(leg, id);
        let mut call = Box::new(begin::call(now, plan, worker, (id, leg), &mut arrival, &routed));
        let fault = guarded(&mut call, &mut desk, |call, desk| handle::begin(call, desk, &arrival, routed, talk));
        self.calls.insert(id, call);
        self.told(id, fault);
    }

    /// Calls are dealt to the workers in turn; but one that is placed by or for a phone that is in a call goes to that call's
    /// worker, so that its stream need not move when the two are connected. Behind a phone that has many calls is no person
    /// but another switch: they are dealt like all others, or one worker would run out of ports.
    pub(super) fn worker_for(&self, source: sip::Source, to: &Destination) -> u16 {
        let workers = u64::from(self.settings.workers.max(1));
        let dealt = u16::try_from(self.calls_total % workers).unwrap_or(0);
        if workers == 1 {
            return dealt;
        }
        let by = if let sip::Source::Phone(phone) = source { Some(phone) } else { None };
        let at = if let Destination::Phone(phone) = to { Some(*phone) } else { None };
        let index = &self.office.index.phones;
        let call_of = |phone| self.calls.get(index.get(&phone).filter(|_| self.office.usage.is_a_persons(phone))?);
        by.into_iter().chain(at).find_map(call_of).map_or(dealt, |call| call.worker)
    }
}
