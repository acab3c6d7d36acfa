//! Contacts that nobody's leg holds: a task, a letter, somebody who is to be called back. The routing core queues and offers
//! them as it does calls. Nobody is rung: who is offered one says by command that he takes it, and when he is done.

use super::Switchboard;
use crate::cdr::{KeptContact, millis};
use crate::face::{Absent, AbsentWish, Output};
use crate::succession;
use acd::{Command, ContactEvent, OfferFailure, Stay, Withdrawal};
use dialplan::{Destination, Plan};
use smallvec::SmallVec;
use std::collections::BTreeMap;
use std::time::Duration;
use terms::{AgentId, By, ContactId, ContactKind, Now, OfferId, Pii, QueueId, Wall, limits};

/// One of them.
#[derive(Debug)]
struct Held {
    queue: QueueId,
    kind: ContactKind,
    /// Which of its stays it is in.
    segment: u16,
    /// How long it has waited before this stay.
    before: Duration,
    /// When this stay began.
    entered: Wall,
    subject: Pii<String>,
    /// To whom it is offered.
    offers: SmallVec<[(OfferId, AgentId); 1]>,
    /// Who serves it.
    agent: Option<AgentId>,
}

/// All of them, as long as they are in a queue or served.
#[derive(Debug, Default)]
pub(super) struct Absents(BTreeMap<ContactId, Held>);

impl Absents {
    /// The routing core has decided something about one; what that wants of the others.
    pub fn on(&mut self, now: Now, plan: &Plan, contact: ContactId, event: ContactEvent) -> SmallVec<[Output; 2]> {
        let Some(held) = self.0.get_mut(&contact) else { return SmallVec::new() };
        match event {
            ContactEvent::Queued { .. } => {}
            ContactEvent::Offered { offer, agent, .. } => held.offers.push((offer, agent)),
            ContactEvent::OfferRevoked { offer, .. } => held.offers.retain(|(live, _)| *live != offer),
            ContactEvent::Overflowed { why, rule, waited, .. } => {
                let rule = succession::own_rule(plan, held.queue, why, rule);
                return self.sent_on(now, plan, contact, rule, waited);
            }
        }
        SmallVec::new()
    }

    /// Its queue has no place for it, or moves it. Where the rule leads to no queue it is gone: there is nobody whom a
    /// flow could lead elsewhere. The account has it either way.
    fn sent_on(
        &mut self,
        now: Now,
        plan: &Plan,
        contact: ContactId,
        rule: Option<usize>,
        waited: Duration,
    ) -> SmallVec<[Output; 2]> {
        let Some(held) = self.0.get_mut(&contact) else { return SmallVec::new() };
        let to = rule.and_then(|rule| plan.queue(held.queue)?.overflow.get(rule)).map(|(_, to)| to);
        let Some(Destination::Queue(to)) = to.filter(|_| held.segment < limits::ABSENT_MOVES) else {
            self.0.remove(&contact);
            return [Output::Keep(contact, None)].into_iter().collect();
        };
        (held.queue, held.segment, held.before, held.entered) = (*to, held.segment + 1, held.before + waited, now.wall);
        held.enqueue(contact, Duration::ZERO).into()
    }
}

impl Held {
    /// It comes into its queue, and is kept.
    fn enqueue(&self, contact: ContactId, credit: Duration) -> [Output; 2] {
        let Held { queue, kind, segment, before, entered, .. } = *self;
        let stay = Stay { kind, segment, before, call: None };
        let command = Command::Enqueue { contact, queue, credit, emergency: false, requirement: None, stay };
        let (subject, before_ms) = (self.subject.clone(), millis(before));
        let kept = KeptContact { contact, queue, kind, subject, segment, before_ms, entered };
        [Output::Keep(contact, Some(Box::new(kept))), Output::Acd(command)]
    }
}

impl Switchboard {
    /// A contact without a call comes into a queue; its id, or why it cannot. Then drain `poll_output`.
    pub fn add_absent(
        &mut self,
        now: Now,
        queue: QueueId,
        kind: ContactKind,
        subject: Pii<String>,
    ) -> Result<ContactId, &'static str> {
        let contact = self.may_add(queue)?;
        let (segment, before, entered) = (0, Duration::ZERO, now.wall);
        let held = Held { queue, kind, segment, before, entered, subject, offers: SmallVec::new(), agent: None };
        self.comes(now, contact, held, Duration::ZERO);
        Ok(contact)
    }

    /// The id of one that may come, or why none may.
    fn may_add(&mut self, queue: QueueId) -> Result<ContactId, &'static str> {
        if self.draining.is_some() {
            return Err("the switch takes no new work: it is about to stop");
        }
        // No work without a record, as no call is without one.
        if self.ledger_full {
            return Err("the switch takes no new work: the account takes no entries");
        }
        if self.plan.queue(queue).is_none() {
            return Err("no such queue");
        }
        if self.absents.0.len() >= limits::ABSENT_CONTACTS {
            return Err("there are too many of them");
        }
        self.office.ids.contact().ok_or("ids exhausted")
    }

    /// The number of one who calls is to wait in his place, as if it had come as much earlier as he has waited; whether it does.
    /// One that waits there already does so on.
    pub(super) fn call_back(&mut self, now: Now, queue: QueueId, number: Pii<String>, waited: Duration) -> bool {
        let kind = ContactKind::Callback;
        let same = |held: &Held| (held.kind, held.queue, &held.subject) == (kind, queue, &number);
        if self.absents.0.values().any(|held| same(held) && held.agent.is_none()) {
            return true;
        }
        match self.may_add(queue) {
            Err(why) => self.desk(now).count(why),
            Ok(contact) => {
                let (before, entered) = (Duration::ZERO, now.wall);
                let (segment, offers, agent) = (0, SmallVec::new(), None);
                let held = Held { queue, kind, segment, before, entered, subject: number, offers, agent };
                self.office.out.extend(held.enqueue(contact, waited));
                self.absents.0.insert(contact, held);
                return true;
            }
        }
        false
    }

    /// What an earlier start had comes into its queues again, each where it stood: as if it had come as much earlier as it has
    /// waited. Whoever had taken one has it no more. Then drain `poll_output`.
    pub fn restore_absents(&mut self, now: Now, kept: Vec<KeptContact>) {
        for KeptContact { contact, queue, kind, subject, segment, before_ms, entered } in kept {
            let before = Duration::from_millis(before_ms.saturating_add(now.wall.ms_since(entered)));
            let (segment, entered) = (segment.saturating_add(1), now.wall);
            let held = Held { queue, kind, segment, before, entered, subject, offers: SmallVec::new(), agent: None };
            self.comes(now, contact, held, before);
        }
    }

    fn comes(&mut self, now: Now, contact: ContactId, held: Held, credit: Duration) {
        self.office.out.extend(held.enqueue(contact, credit));
        self.absents.0.insert(contact, held);
        self.finish(now);
    }

    /// Somebody wants something of such a contact; why it cannot be, in words. Then drain `poll_output`.
    pub fn absent(&mut self, now: Now, contact: ContactId, wish: AbsentWish) -> Result<(), &'static str> {
        let held = self.absents.0.get_mut(&contact).ok_or("there is no such contact")?;
        let offer_to = |held: &mut Held, agent| {
            let at =
                held.offers.iter().position(|(_, other)| *other == agent).ok_or("it is not offered to that agent")?;
            Ok::<OfferId, &'static str>(held.offers.remove(at).0)
        };
        let command = match wish {
            AbsentWish::Take(agent) => {
                let offer = offer_to(held, agent)?;
                held.agent = Some(agent);
                Command::Accepted { offer }
            }
            AbsentWish::Refuse(agent) => {
                Command::OfferFailed { offer: offer_to(held, agent)?, why: OfferFailure::Declined }
            }
            AbsentWish::Done(agent) if held.agent == Some(agent) => {
                self.forget(contact);
                Command::Finished { contact, by: By::Callee, held: Duration::ZERO }
            }
            AbsentWish::Done(_) => return Err("that agent does not serve it"),
            AbsentWish::Drop if held.agent.is_some_and(|agent| self.plan.agent(agent).is_some()) => {
                return Err("an agent serves it: it is done when he is");
            }
            AbsentWish::Drop => {
                // Who is no longer in the plan cannot say that he is done with it.
                let served = self.forget(contact).is_some_and(|held| held.agent.is_some());
                match served {
                    true => Command::Finished { contact, by: By::Switch, held: Duration::ZERO },
                    false => Command::Withdraw { contact, why: Withdrawal::Dropped },
                }
            }
        };
        self.tell_acd(now, command);
        Ok(())
    }

    fn forget(&mut self, contact: ContactId) -> Option<Held> {
        self.office.out.push_back(Output::Keep(contact, None));
        self.absents.0.remove(&contact)
    }

    fn tell_acd(&mut self, now: Now, command: Command) {
        self.office.out.push_back(Output::Acd(command));
        self.finish(now);
    }

    /// Those that are in a queue or served, the oldest first.
    pub fn absents(&self) -> impl Iterator<Item = Absent> {
        self.absents.0.iter().map(|(contact, held)| Absent {
            contact: *contact,
            queue: held.queue,
            kind: held.kind,
            subject: held.subject.clone(),
            offered_to: held.offers.iter().map(|(_, agent)| *agent).collect(),
            agent: held.agent,
        })
    }
}
