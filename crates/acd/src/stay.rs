//! A contact's stay in a queue: it comes, steps through the requirement, is suspended, returns, leaves.

use crate::contact::{Contact, Place, Stage};
use crate::counters::{Name, Stale, count};
use crate::engine::Engine;
use crate::face::{ContactEvent, OverflowReason, OverflowWhen, Revocation, Stay, Withdrawal};
use crate::timers::Timer;
use smallvec::SmallVec;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use terms::{ContactId, QueueId, Requirement};

impl Engine {
    /// A contact comes.
    pub(crate) fn enqueue(
        &mut self,
        id: ContactId,
        queue_id: QueueId,
        credit: Duration,
        emergency: bool,
        own: Option<Requirement>,
        stay: Stay,
    ) -> Result<(), Stale> {
        if self.contacts.contains_key(&id) {
            return Err(Stale::ContactKnown);
        }
        self.counters.enqueued += 1;
        let now = self.now.mono;
        let Some(queue) = self.queues.get_mut(&queue_id) else {
            self.overflowed((id, stay.segment), queue_id, Duration::ZERO, OverflowReason::Unknown, None);
            return Ok(());
        };
        if let Some((why, rule)) = queue.closed_to_new(&stay) {
            self.overflowed((id, stay.segment), queue_id, Duration::ZERO, why, rule);
            return Ok(());
        }
        self.entries += 1;
        let own = own.map(Arc::new);
        let mut contact = Contact {
            id,
            stay,
            queue: queue_id,
            place: Place::new(emergency, now, credit, self.entries),
            entered: now,
            credit,
            emergency,
            requirement: own.clone().unwrap_or_else(|| queue.step(Duration::ZERO).0),
            own,
            stage: Stage::Waiting,
            offers: SmallVec::new(),
            beside: false,
            talking: SmallVec::new(),
            refused: BTreeMap::new(),
            missed: BTreeMap::new(),
            wrap_up: queue.wrap_up,
        };
        queue.line.insert(contact.place, id);
        self.counters.requirements_refused += u64::from(queue.bound_classes(&mut contact, now));
        queue.open(&contact);
        self.contacts.insert(id, contact);
        self.set_stay_timers(id);
        let position = self.position(id).unwrap_or(1);
        self.decide_of(id, ContactEvent::Queued { queue: queue_id, position, segment: stay.segment });
        self.wake_contact(id);
        Ok(())
    }

    /// A contact leaves by itself.
    pub(crate) fn withdraw(&mut self, id: ContactId, why: Withdrawal) -> Result<(), Stale> {
        let stage = self.contacts.get(&id).ok_or(Stale::ContactUnknown)?.stage;
        match stage {
            // The answer came first: it was served, and its conversation is over.
            Stage::Talking => return self.finished(id),
            Stage::Offered => self.revoke_all(id, Revocation::ContactGone),
            Stage::Waiting | Stage::Suspended => {}
        }
        count(&mut self.counters.withdrawn, why.name());
        self.forget(id);
        Ok(())
    }

    /// A contact keeps its place without being offered.
    pub(crate) fn suspend(&mut self, id: ContactId, at_most: Duration) -> Result<(), Stale> {
        let contact = self.contacts.get(&id).ok_or(Stale::ContactUnknown)?;
        match contact.stage {
            Stage::Talking => return Err(Stale::NotWaiting),
            Stage::Offered => self.revoke_all(id, Revocation::ContactGone),
            Stage::Waiting => {
                if let Some(queue) = self.queues.get_mut(&contact.queue) {
                    queue.close(contact);
                }
            }
            Stage::Suspended => {}
        }
        self.rings_no_more(id);
        if let Some(contact) = self.contacts.get_mut(&id) {
            contact.stage = Stage::Suspended;
        }
        self.timers.set(Timer::Resume(id), self.now.mono + at_most);
        Ok(())
    }

    /// A suspended contact can be offered again.
    pub(crate) fn resume(&mut self, id: ContactId) -> Result<(), Stale> {
        let contact = self.contacts.get(&id).ok_or(Stale::ContactUnknown)?;
        if contact.stage != Stage::Suspended {
            return Err(Stale::NotWaiting);
        }
        self.timers.stop(Timer::Resume(id));
        self.back_to_line(id);
        Ok(())
    }

    /// A contact was suspended for as long as it may be.
    pub(crate) fn suspension_over(&mut self, id: ContactId) {
        self.back_to_line(id);
    }

    /// A contact whose last offer failed, or that was suspended, can be offered again, at its old place; unless its
    /// queue is gone, or a rule that sends it on had only waited for this.
    pub(crate) fn back_to_line(&mut self, id: ContactId) {
        let now = self.now.mono;
        if self.contacts.get(&id).is_some_and(|contact| contact.offers.is_empty()) {
            self.rings_no_more(id);
        }
        let Some(contact) = self.contacts.get_mut(&id).filter(|contact| contact.offers.is_empty()) else { return };
        let Some(queue) = self.queues.get_mut(&contact.queue) else {
            self.send_on(id, OverflowReason::Unknown, None);
            return;
        };
        contact.stage = Stage::Waiting;
        if let Some(limit) = queue.longest_wait(&contact.stay)
            && contact.waited(now) >= limit
        {
            self.send_on(id, OverflowReason::Waited, Some(OverflowWhen::Waited(limit)));
            return;
        }
        let bounded = queue.bound_classes(contact, now);
        queue.open(contact);
        if bounded {
            self.counters.requirements_refused += 1;
            self.require_current_step(id);
        }
        self.set_no_agents_timer(id);
        self.wake_contact(id);
    }

    /// The next step of the requirement begins.
    pub(crate) fn next_step(&mut self, id: ContactId) {
        self.require_current_step(id);
        self.wake_contact(id);
    }

    /// Moves a contact into the class of its current step, and sets the timer of the next.
    fn require_current_step(&mut self, id: ContactId) {
        let now = self.now.mono;
        let Some(contact) = self.contacts.get_mut(&id) else { return };
        let Some(queue) = self.queues.get_mut(&contact.queue) else { return };
        self.timers.stop(Timer::Step(id));
        if contact.own.is_some() {
            return;
        }
        let (requirement, next) = queue.step(contact.waited(now));
        if contact.stage == Stage::Waiting {
            queue.close(contact);
        }
        contact.requirement = requirement;
        if contact.stage == Stage::Waiting {
            queue.open(contact);
        }
        if let Some(next) = next {
            self.timers.set(Timer::Step(id), contact.entered + next);
        }
    }

    /// Sets a contact's timers by its queue's configuration: at its entry, and after a reconfiguration.
    pub(crate) fn set_stay_timers(&mut self, id: ContactId) {
        self.require_current_step(id);
        let Some(contact) = self.contacts.get(&id) else { return };
        match self.queues.get(&contact.queue).and_then(|queue| queue.longest_wait(&contact.stay)) {
            Some(limit) => self.timers.set(Timer::Waited(id), contact.entered + limit),
            None => self.timers.stop(Timer::Waited(id)),
        }
        self.set_no_agents_timer(id);
    }

    /// The contact may be served by somebody who could not serve it before.
    pub(crate) fn wake_contact(&mut self, id: ContactId) {
        let Some(contact) = self.contacts.get(&id) else { return };
        if contact.stage == Stage::Waiting || contact.beside {
            self.woken.contacts.insert(contact.place, id);
        }
    }

    /// The stay in the queue ends, the contact goes on to `stage`.
    pub(crate) fn leave_queue(&mut self, id: ContactId, stage: Stage) {
        self.rings_no_more(id);
        let Some(contact) = self.contacts.get_mut(&id) else { return };
        if let Some(queue) = self.queues.get_mut(&contact.queue) {
            queue.remove(contact);
        }
        contact.stage = stage;
        for timer in [Timer::Step(id), Timer::Waited(id), Timer::Resume(id)] {
            self.timers.stop(timer);
        }
        for agent in std::mem::take(&mut contact.refused).into_keys() {
            self.timers.stop(Timer::Refusal(id, agent));
        }
        self.refusing.remove(&id);
    }

    /// The contact is no longer the engine's.
    pub(crate) fn forget(&mut self, id: ContactId) {
        self.leave_queue(id, Stage::Waiting);
        self.contacts.remove(&id);
    }
}
