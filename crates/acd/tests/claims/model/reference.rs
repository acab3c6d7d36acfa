//! The reference: its own account of agents and contacts, kept from the commands and the engine's
//! decisions, each of which it judges. Everything is a plain list; every question is asked of all.

mod settled;
mod turns;

use acd::{
    AgentSetup, BackOff, Command, ContactEvent, Event, OfferFailure, OverflowReason, OverflowWhen, QueueSetup,
    Revocation, Setup, Status, Strategy, What, Work,
};
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use terms::{AgentId, ContactId, Mono, OfferId, QueueId, Requirement};

#[derive(Clone, Debug, PartialEq)]
enum Stage {
    Waiting,
    Suspended(Mono),
    Offered(Vec<OfferId>),
    Talking(AgentId),
}

#[derive(Debug)]
struct Contact {
    queue: QueueId,
    segment: u16,
    entered: Mono,
    /// Emergency first, then the earlier effective time, then the earlier entry.
    order: (Reverse<bool>, i128, usize),
    own: Option<Requirement>,
    stage: Stage,
    /// Further agents are to ring for it beside those who do.
    wants: bool,
    /// When one more is to.
    more_at: Option<Mono>,
    refused: BTreeMap<AgentId, Mono>,
    /// An entry for each time.
    missed: Vec<AgentId>,
    wrap_up: Duration,
}

#[derive(Debug)]
struct Agent {
    setup: AgentSetup,
    in_plan: bool,
    status: Status,
    pending: Option<Status>,
    work: Work,
    wrap_up_ends: Mono,
    reachable: bool,
    engaged: bool,
    ready_at: Mono,
    misses: u32,
    /// Added up as the time passes.
    idle: Duration,
}

#[derive(Debug)]
struct Offer {
    contact: ContactId,
    agent: AgentId,
    begun: Mono,
    ends: Mono,
    back_off: BackOff,
}

#[derive(Default)]
pub struct Reference {
    now: Mono,
    plan: Arc<Setup>,
    agents: BTreeMap<AgentId, Agent>,
    contacts: BTreeMap<ContactId, Contact>,
    offers: BTreeMap<OfferId, Offer>,
    unstaffed: BTreeMap<QueueId, Mono>,
    /// Round robin: the place in the list offered last, by queue and tier.
    rounds: BTreeMap<(QueueId, u8), usize>,
    told: BTreeMap<AgentId, (Status, Work, bool)>,
    /// Offers that the last command has the engine take back.
    owed: BTreeMap<OfferId, Revocation>,
    /// The contact that the last command entered, until its first event.
    entering: Option<(ContactId, QueueId, Contact)>,
    /// What the last answer must be told as.
    served: Option<What>,
    entries: usize,
    enqueued: u64,
    stale: u64,
}

impl Reference {
    // What the rules say.

    fn queue(&self, id: QueueId) -> Option<&QueueSetup> {
        self.plan.queues.iter().find(|queue| queue.id == id)
    }

    fn seat(queue: &QueueSetup, agent: AgentId) -> Option<(usize, u8)> {
        let found = queue.agents.iter().enumerate().find(|(_, (id, _))| *id == agent);
        found.map(|(index, (_, tier))| (index, *tier))
    }

    fn required(&self, contact: &Contact) -> Requirement {
        if let Some(own) = &contact.own {
            return own.clone();
        }
        let Some(queue) = self.queue(contact.queue) else { return Requirement::Anyone };
        let mut steps = queue.requirements.clone();
        steps.sort_by_key(|(from, _)| *from);
        let waited = self.now - contact.entered;
        let begun = steps.iter().rfind(|(from, _)| *from <= waited).or(steps.first());
        begun.map(|(_, what)| what.clone()).unwrap_or_default()
    }

    fn works(agent: &Agent) -> bool {
        agent.in_plan && agent.status == Status::Ready && agent.reachable
    }

    fn working(&self, queue: &QueueSetup) -> usize {
        self.agents.iter().filter(|(id, agent)| Self::seat(queue, **id).is_some() && Self::works(agent)).count()
    }

    fn refuses(&self, agent: AgentId, contact: &Contact) -> bool {
        contact.refused.get(&agent).is_some_and(|until| self.now < *until)
    }

    fn may_serve(&self, id: AgentId, agent: &Agent, contact: &Contact) -> bool {
        let Some(queue) = self.queue(contact.queue) else { return false };
        let wants = self.required(contact);
        let fits = |id: AgentId, agent: &Agent| {
            Self::seat(queue, id).is_some() && Self::works(agent) && wants.admits(&agent.setup.skills)
        };
        let free = agent.work == Work::Idle && !agent.engaged && self.now >= agent.ready_at;
        let others = || self.agents.iter().any(|(other, agent)| fits(*other, agent) && !self.refuses(*other, contact));
        fits(id, agent) && free && (!self.refuses(id, contact) || !others())
    }

    fn rule(queue: &QueueSetup, limit: impl Fn(OverflowWhen) -> Option<Duration>) -> Option<(Duration, OverflowWhen)> {
        let rules = queue.overflow.iter().filter_map(|when| Some((limit(*when)?, *when)));
        rules.min_by_key(|(limit, _)| *limit)
    }

    fn waited_rule(queue: &QueueSetup) -> Option<(Duration, OverflowWhen)> {
        Self::rule(queue, |when| if let OverflowWhen::Waited(limit) = when { Some(limit) } else { None })
    }

    fn no_agents_rule(queue: &QueueSetup) -> Option<(Duration, OverflowWhen)> {
        Self::rule(queue, |when| if let OverflowWhen::NoAgents(grace) = when { Some(grace) } else { None })
    }

    /// The rule that holds for a contact that is, or would be, in this queue.
    fn waited_too_long(&self, contact: &Contact) -> Option<OverflowWhen> {
        let (limit, rule) = Self::waited_rule(self.queue(contact.queue)?)?;
        (self.now - contact.entered >= limit).then_some(rule)
    }

    fn unstaffed_too_long(&self, contact: &Contact) -> Option<OverflowWhen> {
        let (grace, rule) = Self::no_agents_rule(self.queue(contact.queue)?)?;
        let since = (*self.unstaffed.get(&contact.queue)?).max(contact.entered);
        (self.now - since >= grace).then_some(rule)
    }

    fn in_queue(&self, queue: QueueId) -> usize {
        let here = |contact: &&Contact| contact.queue == queue && !matches!(contact.stage, Stage::Talking(_));
        self.contacts.values().filter(here).count()
    }

    fn position(&self, contact: &Contact) -> usize {
        let fits = |agent: &Agent, id: AgentId, contact: &Contact| {
            let queue = self.queue(contact.queue);
            queue.is_some_and(|queue| Self::seat(queue, id).is_some())
                && self.required(contact).admits(&agent.setup.skills)
        };
        let rivals = |other: &&Contact| {
            let same = other.queue == contact.queue && self.required(other) == self.required(contact);
            same || self.agents.iter().any(|(id, agent)| fits(agent, *id, contact) && fits(agent, *id, other))
        };
        let ahead = |other: &&Contact| other.stage == Stage::Waiting && other.order < contact.order;
        1 + self.contacts.values().filter(ahead).filter(rivals).count()
    }

    // What happens.

    pub fn pass_to(&mut self, at: Mono) {
        let passed = at - self.now;
        self.now = at;
        for agent in self.agents.values_mut() {
            if agent.status == Status::Ready && matches!(agent.work, Work::Idle | Work::Reserved(_)) {
                agent.idle += passed;
            }
            if agent.work == Work::WrapUp && agent.wrap_up_ends <= at {
                agent.work = Work::Idle;
            }
        }
        for contact in self.contacts.values_mut() {
            if let Stage::Suspended(until) = contact.stage
                && until <= at
            {
                contact.stage = Stage::Waiting;
            }
            let progressive = |queue: &QueueSetup| queue.id == contact.queue && queue.strategy == Strategy::Progressive;
            if contact.more_at.is_some_and(|more_at| more_at <= at) {
                contact.more_at = None;
                contact.wants |= self.plan.queues.iter().any(progressive);
            }
        }
    }

    pub fn command(&mut self, command: &Command) {
        if self.obey(command).is_none() {
            self.stale += 1;
        }
        self.note_staffing();
    }

    fn obey(&mut self, command: &Command) -> Option<()> {
        let now = self.now;
        match command {
            Command::Reconfigure(plan) => self.take_plan(plan),
            Command::Enqueue { contact, queue, credit, emergency, requirement, stay } => {
                if self.contacts.contains_key(contact) {
                    return None;
                }
                self.entries += 1;
                self.enqueued += 1;
                let effective = i128::from(now.as_micros()) - credit.as_micros() as i128;
                let entry = Contact {
                    queue: *queue,
                    segment: stay.segment,
                    entered: now,
                    order: (Reverse(*emergency), effective, self.entries),
                    own: requirement.clone(),
                    stage: Stage::Waiting,
                    wants: false,
                    more_at: None,
                    refused: BTreeMap::new(),
                    missed: vec![],
                    wrap_up: Duration::ZERO,
                };
                self.entering = Some((*contact, *queue, entry));
            }
            Command::Withdraw { contact, .. } => match &self.contacts.get(contact)?.stage {
                Stage::Talking(_) => self.finish(*contact),
                stage => {
                    if let Stage::Offered(offers) = stage {
                        self.owed.extend(offers.iter().map(|offer| (*offer, Revocation::ContactGone)));
                    }
                    self.contacts.remove(contact);
                }
            },
            Command::Suspend { contact, at_most } => {
                let contact = self.contacts.get_mut(contact)?;
                match &contact.stage {
                    Stage::Talking(_) => return None,
                    Stage::Offered(offers) => {
                        self.owed.extend(offers.iter().map(|offer| (*offer, Revocation::ContactGone)));
                    }
                    Stage::Waiting | Stage::Suspended(_) => {}
                }
                contact.rung_no_more(Stage::Suspended(now + *at_most));
            }
            Command::Resume { contact } => {
                let contact = self.contacts.get_mut(contact)?;
                let Stage::Suspended(_) = contact.stage else { return None };
                contact.stage = Stage::Waiting;
            }
            Command::Accepted { offer } => {
                let (id, offer) = (*offer, self.offers.remove(offer)?);
                let served = &self.contacts[&offer.contact];
                self.served = Some(What::Served {
                    contact: offer.contact,
                    offer: id,
                    queue: served.queue,
                    agent: offer.agent,
                    waited: now - served.entered,
                    rang: now - offer.begun,
                    segment: served.segment,
                });
                let agent = self.agents.get_mut(&offer.agent)?;
                (agent.work, agent.misses, agent.idle) = (Work::Talking(offer.contact), 0, Duration::ZERO);
                let contact = self.contacts.get_mut(&offer.contact)?;
                if let Stage::Offered(offers) = &contact.stage {
                    let others = offers.iter().filter(|other| **other != id);
                    self.owed.extend(others.map(|other| (*other, Revocation::AnsweredElsewhere)));
                }
                contact.rung_no_more(Stage::Talking(offer.agent));
            }
            Command::OfferFailed { offer, why } => {
                let (id, offer) = (*offer, self.offers.remove(offer)?);
                self.failed(id, &offer, *why);
            }
            Command::Finished { contact, .. } => match &self.contacts.get(contact)?.stage {
                Stage::Talking(_) => self.finish(*contact),
                _ => return None,
            },
            Command::Pick { .. }
            | Command::Prefer { .. }
            | Command::Take { .. }
            | Command::Requeue { .. }
            | Command::HandOver { .. }
            | Command::TakenBy { .. }
            | Command::Answered { .. }
            | Command::Leaves { .. }
            | Command::Reserved { .. } => {
                panic!("no history of the reference has these")
            }
            Command::Dispose { agent, .. } => {
                if self.agents.get(agent)?.work != Work::WrapUp {
                    return None;
                }
            }
            Command::WrapUpDone { agent } => {
                let agent = self.agents.get_mut(agent)?;
                if agent.work != Work::WrapUp {
                    return None;
                }
                agent.work = Work::Idle;
            }
            Command::SetStatus { agent, status } => {
                let agent = self.agents.get_mut(agent)?;
                match agent.work {
                    Work::Reserved(_) | Work::Talking(_) => {
                        agent.pending = (agent.status != *status).then(|| status.clone());
                    }
                    Work::Idle | Work::WrapUp => agent.take(status.clone()),
                }
            }
            Command::Reachable { agent: id, reachable } => {
                self.agents.get_mut(id)?.reachable = *reachable;
                self.owe_agent_gone(*id, !reachable);
            }
            Command::Engaged { agent: id, engaged } => {
                self.agents.get_mut(id)?.engaged = *engaged;
                self.owe_agent_gone(*id, *engaged);
            }
        }
        Some(())
    }

    fn owe_agent_gone(&mut self, id: AgentId, gone: bool) {
        if let (true, Work::Reserved(offer)) = (gone, self.agents[&id].work) {
            self.owed.insert(offer, Revocation::AgentGone);
        }
    }

    fn take_plan(&mut self, plan: &Arc<Setup>) {
        let kept = |queue: &QueueId| plan.queues.iter().any(|new| new.id == *queue);
        self.unstaffed.retain(|queue, _| kept(queue));
        self.rounds.retain(|(queue, _), _| kept(queue));
        let strategy =
            |plan: &Setup, queue: QueueId| plan.queues.iter().find(|new| new.id == queue).map(|queue| queue.strategy);
        for contact in self.contacts.values_mut() {
            let (before, now) = (strategy(&self.plan, contact.queue), strategy(plan, contact.queue));
            contact.wants &= before == now;
        }
        self.plan = Arc::clone(plan);
        self.agents.values_mut().for_each(|agent| agent.in_plan = false);
        for setup in &plan.agents {
            let new = || Agent {
                setup: setup.clone(),
                in_plan: true,
                status: setup.initial.clone(),
                pending: None,
                work: Work::Idle,
                wrap_up_ends: Mono::ZERO,
                reachable: false,
                engaged: false,
                ready_at: Mono::ZERO,
                misses: 0,
                idle: Duration::ZERO,
            };
            let agent = self.agents.entry(setup.id).or_insert_with(new);
            (agent.in_plan, agent.setup) = (true, setup.clone());
        }
        self.drop_leavers();
    }

    fn drop_leavers(&mut self) {
        let held = |agent: &Agent| matches!(agent.work, Work::Reserved(_) | Work::Talking(_));
        self.agents.retain(|_, agent| agent.in_plan || held(agent));
        self.told.retain(|agent, _| self.agents.contains_key(agent));
    }

    fn note_staffing(&mut self) {
        for queue in &self.plan.queues {
            if self.working(queue) > 0 {
                self.unstaffed.remove(&queue.id);
            } else {
                self.unstaffed.entry(queue.id).or_insert(self.now);
            }
        }
    }

    fn finish(&mut self, id: ContactId) {
        let contact = self.contacts.remove(&id).expect("it talks");
        let Stage::Talking(agent) = contact.stage else { panic!("it talks") };
        let by_queue = self.queue(contact.queue).map_or(contact.wrap_up, |queue| queue.wrap_up);
        let agent = self.agents.get_mut(&agent).expect("a talking agent stays");
        agent.work = Work::Idle;
        agent.take_pending();
        let wrap_up = agent.setup.wrap_up.unwrap_or(by_queue);
        if wrap_up > Duration::ZERO && agent.status != Status::LoggedOut && agent.in_plan {
            (agent.work, agent.wrap_up_ends) = (Work::WrapUp, self.now + wrap_up);
        }
        self.drop_leavers();
    }

    /// An offer came to nothing by the agent: the rest, the misses, the contact's memory of a refusal.
    fn failed(&mut self, id: OfferId, offer: &Offer, why: OfferFailure) {
        let rules = &offer.back_off;
        let rest = match why {
            OfferFailure::NoAnswer => rules.no_answer,
            OfferFailure::Busy => rules.busy,
            OfferFailure::Declined => rules.declined,
            OfferFailure::Unreachable => rules.unreachable,
        };
        let agent = self.agents.get_mut(&offer.agent).expect("a reserved agent stays");
        agent.ready_at = self.now + rest;
        match why {
            OfferFailure::NoAnswer => agent.misses += 1,
            OfferFailure::Declined => agent.misses = 0,
            OfferFailure::Busy | OfferFailure::Unreachable => {}
        }
        if rules.misses_max > 0 && agent.misses >= rules.misses_max && agent.pending.is_none() {
            agent.take(Status::NotReady("missed".to_owned()));
        }
        agent.work = Work::Idle;
        agent.take_pending();
        let contact = self.contacts.get_mut(&offer.contact).expect("an offered contact stays");
        contact.not_rung_by(id);
        contact.missed.push(offer.agent);
        if why == OfferFailure::Declined {
            contact.refused.insert(offer.agent, self.now + rest.max(Duration::from_secs(30)));
        }
        self.drop_leavers();
    }

    // What the engine wrote and decided.

    pub fn written(&mut self, what: &What) {
        if matches!(what, What::Served { .. }) {
            assert_eq!(Some(what), self.served.take().as_ref());
        }
    }

    pub fn decision(&mut self, event: &Event) {
        match event {
            Event::Contact(contact, event) => self.decided(*contact, *event),
            Event::AgentChanged { agent, status, work, reachable } => {
                let now = (status.clone(), *work, *reachable);
                match self.agents.get(agent) {
                    Some(known) => {
                        assert_eq!(now, (known.status.clone(), known.work, known.reachable));
                        assert_ne!(self.told.insert(*agent, now.clone()), Some(now), "told once");
                    }
                    None => assert_eq!((status, work), (&Status::LoggedOut, &Work::Idle), "he goes"),
                }
            }
        }
        self.note_staffing();
    }

    fn decided(&mut self, contact: ContactId, event: ContactEvent) {
        match event {
            ContactEvent::Queued { queue, position, segment } => {
                self.queued(contact, queue, position);
                assert_eq!(segment, self.contacts[&contact].segment);
            }
            ContactEvent::Offered { offer, queue, agent, ring, segment } => {
                assert_eq!(segment, self.contacts[&contact].segment);
                assert_eq!(self.next_pair(), Some((contact, agent)), "whose turn it is");
                self.offered(offer, contact, queue, agent, ring);
            }
            ContactEvent::OfferRevoked { offer, agent, why, rang } => {
                let gone = self.offers.remove(&offer).expect("only a live offer is revoked");
                assert_eq!((gone.contact, gone.agent, self.now - gone.begun), (contact, agent, rang));
                self.revoked(offer, &gone, why);
            }
            ContactEvent::Overflowed { queue, why, rule, waited, segment } => {
                let gone = self.overflowed(contact, queue, why, rule);
                assert_eq!((self.now - gone.entered, gone.segment), (waited, segment));
            }
        }
    }

    fn queued(&mut self, id: ContactId, queue_id: QueueId, position: u32) {
        let (contact_id, to, contact) = self.entering.take().expect("only who enters is queued");
        assert_eq!((contact_id, to), (id, queue_id));
        let queue = self.queue(queue_id).expect("only into a queue that there is");
        assert!(self.in_queue(queue_id) < queue.length, "there was room");
        assert!(self.working(queue) > 0 || Self::no_agents_rule(queue).is_none_or(|(grace, _)| !grace.is_zero()));
        assert_eq!(position as usize, self.position(&contact));
        self.contacts.insert(id, contact);
    }

    fn offered(&mut self, id: OfferId, contact_id: ContactId, queue_id: QueueId, agent_id: AgentId, ring: Duration) {
        let queue = self.queue(queue_id).expect("only of a queue that there is").clone();
        assert_eq!(ring, queue.ring);
        let (index, tier) = Self::seat(&queue, agent_id).expect("only to its agents");
        self.rounds.insert((queue_id, tier), index);
        let contact = self.contacts.get_mut(&contact_id).expect("the pair is known");
        assert_eq!(contact.queue, queue_id);
        contact.wrap_up = queue.wrap_up;
        match &mut contact.stage {
            Stage::Offered(offers) => offers.push(id),
            stage => *stage = Stage::Offered(vec![id]),
        }
        contact.wants = queue.strategy == Strategy::RingAll;
        if queue.strategy == Strategy::Progressive {
            contact.more_at = Some(self.now + queue.delay);
        }
        self.agents.get_mut(&agent_id).expect("the pair is known").work = Work::Reserved(id);
        let (begun, ends, back_off) = (self.now, self.now + ring, queue.back_off);
        let offer = Offer { contact: contact_id, agent: agent_id, begun, ends, back_off };
        assert!(self.offers.insert(id, offer).is_none(), "offers are numbered anew");
    }

    fn revoked(&mut self, id: OfferId, offer: &Offer, why: Revocation) {
        if why == Revocation::RingTimeOver {
            assert!(offer.ends <= self.now, "it rang for its time");
            self.failed(id, offer, OfferFailure::NoAnswer);
            return;
        }
        if why == Revocation::SentOn {
            let contact = &self.contacts[&offer.contact];
            let queue = self.queue(contact.queue).expect("only a queue that there is sends on");
            assert!(queue.interrupts_ring && self.waited_too_long(contact).is_some(), "a rule ended the ring");
        } else {
            assert_eq!(self.owed.remove(&id), Some(why), "the command had it taken back");
        }
        let agent = self.agents.get_mut(&offer.agent).expect("a reserved agent stays");
        agent.work = Work::Idle;
        agent.take_pending();
        if matches!(why, Revocation::AgentGone | Revocation::SentOn) {
            self.contacts.get_mut(&offer.contact).expect("an offered contact stays").not_rung_by(id);
        }
        self.drop_leavers();
    }

    fn overflowed(
        &mut self,
        id: ContactId,
        queue_id: QueueId,
        why: OverflowReason,
        rule: Option<OverflowWhen>,
    ) -> Contact {
        let contact = match self.contacts.remove(&id) {
            Some(contact) => contact,
            None => self.entering.take().filter(|(entering, ..)| *entering == id).expect("it is known").2,
        };
        assert_eq!((contact.queue, &contact.stage), (queue_id, &Stage::Waiting));
        match (why, self.queue(queue_id)) {
            (OverflowReason::Unknown, queue) => assert!(queue.is_none() && rule.is_none()),
            (OverflowReason::Waited, _) => assert_eq!(self.waited_too_long(&contact).map(Some), Some(rule)),
            (OverflowReason::NoAgents, _) => assert_eq!(self.unstaffed_too_long(&contact).map(Some), Some(rule)),
            (OverflowReason::Full, Some(queue)) => {
                assert!(self.in_queue(queue_id) >= queue.length);
                assert_eq!(rule, queue.overflow.contains(&OverflowWhen::Full).then_some(OverflowWhen::Full));
            }
            (OverflowReason::Full, None) => panic!("what is not there is not full"),
        }
        contact
    }
}

impl Contact {
    /// One of those who are rung for it is not any more; after the last it waits as before.
    fn not_rung_by(&mut self, id: OfferId) {
        let Stage::Offered(offers) = &mut self.stage else { panic!("somebody rings for it") };
        offers.retain(|offer| *offer != id);
        if offers.is_empty() {
            self.rung_no_more(Stage::Waiting);
        }
    }

    fn rung_no_more(&mut self, stage: Stage) {
        (self.stage, self.wants, self.more_at) = (stage, false, None);
    }
}

impl Agent {
    fn take(&mut self, status: Status) {
        if status == Status::LoggedOut {
            self.idle = Duration::ZERO;
            if self.work == Work::WrapUp {
                self.work = Work::Idle;
            }
        }
        (self.status, self.pending, self.misses) = (status, None, 0);
    }

    fn take_pending(&mut self) {
        if let Some(status) = self.pending.take() {
            self.take(status);
        }
    }
}
