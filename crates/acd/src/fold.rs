//! What the journal says, as the account keeps it: queue events and the changes of agents, in the order in which they
//! happened. Live, in reports and in replay it is this one fold that counts waits, rings and conversations.
//!
//! It knows contacts and offers as long as the engine does, so that it ignores exactly the commands that the engine
//! ignores. An agent's time is between two changes of his that the journal tells.

use crate::account::{CallEvent, CallEventKind};
use crate::face::{Command, ContactEvent, Entry, Event, Status, What, Withdrawal, Work};
use crate::words::OfferEnd;
use smallvec::SmallVec;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry::Occupied;
use std::time::Duration;
use terms::{AgentId, By, CallRef, ContactId, ContactKind, Mono, Now, OfferId, QueueId};

/// Takes a journal entry by entry, from its first one on.
#[derive(Clone, Debug, Default)]
pub struct Fold {
    stays: BTreeMap<ContactId, Stay>,
    /// Whose each live offer is.
    offers: BTreeMap<OfferId, ContactId>,
    agents: BTreeMap<AgentId, Duty>,
}

/// An agent, as he was told last.
#[derive(Clone, Debug)]
struct Duty {
    since: Mono,
    /// The conversation that he had last, and since when he does after-call work for it.
    last: Option<Last>,
    wraps: Option<Mono>,
    /// What came of it, as he has said.
    disposition: Option<String>,
}

/// A conversation that is over.
#[derive(Clone, Copy, Debug)]
struct Last {
    contact: ContactId,
    segment: u16,
    queue: QueueId,
    call: Option<CallRef>,
}

/// A contact in a queue, or talking to whoever took it from there.
#[derive(Clone, Debug)]
struct Stay {
    contact: ContactId,
    queue: QueueId,
    call: Option<CallRef>,
    segment: u16,
    kind: ContactKind,
    /// What it had waited in queues before.
    before: Duration,
    entered: Mono,
    /// The queue has let it in.
    let_in: bool,
    ringing: SmallVec<[Ringing; 1]>,
    talks: SmallVec<[Talk; 1]>,
    /// An agent has talked to it before this segment.
    answered: bool,
    /// How long it was on hold since an agent answered it in this queue, as was told last.
    held: Duration,
}

/// An agent who talks to a contact.
#[derive(Clone, Copy, Debug)]
struct Talk {
    agent: AgentId,
    since: Mono,
    /// His segment: who was handed a contact has one of his own.
    segment: u16,
    /// How long the contact had been on hold when he came.
    held: Duration,
}

/// An offer while it lives.
#[derive(Clone, Copy, Debug)]
struct Ringing {
    offer: OfferId,
    agent: AgentId,
    since: Mono,
}

fn millis(d: Duration) -> u64 {
    u64::try_from(d.as_millis()).unwrap_or(u64::MAX)
}

impl Stay {
    fn event(&self, now: Now, agent: Option<AgentId>, what: CallEventKind) -> CallEvent {
        let (queue, contact, segment) = (Some(self.queue), Some(self.contact), Some(self.segment));
        CallEvent { at: now.wall, call: self.call, queue, contact, segment, agent, what }
    }
}

impl Fold {
    /// Takes the next entry, and tells what happened with it.
    pub fn take(&mut self, entry: &Entry, tell: &mut impl FnMut(CallEvent)) {
        let now = entry.now;
        match &entry.what {
            What::Begun { .. } => *self = Fold::default(),
            What::Input(command) => self.asked(now, command, tell),
            What::Decision(Event::Contact(contact, event)) => self.decided(now, *contact, event, tell),
            What::Decision(Event::AgentChanged { agent, status, work, reachable }) => {
                tell(self.changed(now, *agent, status, *work, *reachable));
            }
            What::Served { contact, offer, agent, waited, rang, .. } => {
                self.offers.remove(offer);
                let Some(stay) = self.stays.get_mut(contact) else { return };
                stay.ringing.retain(|ringing| ringing.offer != *offer);
                stay.held = Duration::ZERO;
                stay.talks.push(Talk { agent: *agent, since: now.mono, segment: stay.segment, held: stay.held });
                let (waited_ms, rang_ms, before_ms) = (millis(*waited), millis(*rang), millis(stay.before));
                stay.before += *waited;
                let (again, contact_kind) = (stay.answered, stay.kind);
                let what = CallEventKind::Connected { waited_ms, rang_ms, before_ms, again, contact_kind };
                tell(stay.event(now, Some(*agent), what));
            }
            What::Picked { contact, agent } => {
                let Some(stay) = self.stays.get(contact) else { return };
                tell(stay.event(now, Some(*agent), CallEventKind::Picked));
            }
            What::HandedOver { contact, agent, segment, joins } => {
                self.handed_over(now, *contact, (*agent, *segment), *joins, tell);
            }
            What::Tick | What::Configured { .. } | What::Asked { .. } | What::SentOnBy { .. } => {}
        }
    }

    fn asked(&mut self, now: Now, command: &Command, tell: &mut impl FnMut(CallEvent)) {
        match command {
            Command::Enqueue { contact, queue, stay, .. } => {
                self.stays.entry(*contact).or_insert(Stay {
                    contact: *contact,
                    queue: *queue,
                    call: stay.call,
                    segment: stay.segment,
                    kind: stay.kind,
                    before: stay.before,
                    entered: now.mono,
                    let_in: false,
                    ringing: SmallVec::new(),
                    talks: SmallVec::new(),
                    answered: false,
                    held: Duration::ZERO,
                });
            }
            Command::OfferFailed { offer, why } => self.failed(now, *offer, (*why).into(), tell),
            Command::Withdraw { contact, why } => self.withdrawn(now, *contact, *why, tell),
            Command::Finished { contact, by, held } => self.finished(now, *contact, *by, Some(*held), tell),
            Command::HandOver { contact, held, .. } => self.held(*contact, *held),
            Command::Dispose { agent, disposition } => tell_some(self.disposed(now, *agent, disposition), tell),
            Command::Leaves { contact, agent, held } => {
                self.held(*contact, *held);
                self.left(now, *contact, *agent, tell);
            }
            Command::Requeue { contact, queue, held, .. } => {
                self.held(*contact, *held);
                self.requeued(now, *contact, *queue, tell);
            }
            _ => {}
        }
    }

    /// A contact was on hold for so long.
    fn held(&mut self, contact: ContactId, held: Duration) {
        self.stays.entry(contact).and_modify(|stay| stay.held = held);
    }

    /// An offer ended that no conversation followed; of one that had ended already nothing is told.
    fn failed(&mut self, now: Now, offer: OfferId, why: OfferEnd, tell: &mut impl FnMut(CallEvent)) {
        let Some(contact) = self.offers.remove(&offer) else { return };
        let Some(stay) = self.stays.get_mut(&contact) else { return };
        let Some(nth) = stay.ringing.iter().position(|ringing| ringing.offer == offer) else { return };
        let ringing = stay.ringing.remove(nth);
        let (rang_ms, contact_kind) = (millis(now.mono - ringing.since), stay.kind);
        let what = CallEventKind::OfferFailed { why: why.into(), rang_ms, contact_kind };
        tell(stay.event(now, Some(ringing.agent), what));
    }

    /// A contact left by itself. One that talks has finished so.
    fn withdrawn(&mut self, now: Now, contact: ContactId, why: Withdrawal, tell: &mut impl FnMut(CallEvent)) {
        let Some(stay) = self.stays.get(&contact) else { return };
        if !stay.talks.is_empty() {
            return self.finished(now, contact, By::Switch, None, tell);
        }
        // The engine takes its offers back next; here they end with the wait, in the order in which it came about.
        for ringing in stay.ringing.clone() {
            self.failed(now, ringing.offer, OfferEnd::CallerGone, tell);
        }
        let Some(stay) = self.stays.remove(&contact) else { return };
        let (waited_ms, before_ms) = (millis(now.mono - stay.entered), millis(stay.before));
        let what = match why {
            Withdrawal::Abandoned => CallEventKind::Abandoned { waited_ms, before_ms, contact_kind: stay.kind },
            why => CallEventKind::Withdrawn { why: why.into(), waited_ms, before_ms },
        };
        tell(stay.event(now, None, what));
    }

    /// `held`: how long it was on hold, where that is told with its end.
    fn finished(
        &mut self,
        now: Now,
        contact: ContactId,
        by: By,
        held: Option<Duration>,
        tell: &mut impl FnMut(CallEvent),
    ) {
        let Occupied(mut found) = self.stays.entry(contact) else { return };
        found.get_mut().held = held.unwrap_or(found.get().held);
        if found.get().talks.is_empty() {
            return;
        }
        let stay = found.remove();
        stay.talks.iter().for_each(|talk| tell(self.completed(now, &stay, talk, by)));
    }

    /// One of several agents has left a conversation.
    fn left(&mut self, now: Now, contact: ContactId, agent: AgentId, tell: &mut impl FnMut(CallEvent)) {
        let Some(stay) = self.stays.get_mut(&contact).filter(|stay| stay.talks.len() > 1) else { return };
        let Some(nth) = stay.talks.iter().position(|talk| talk.agent == agent) else { return };
        let talk = stay.talks.remove(nth);
        let stay = stay.clone();
        tell(self.completed(now, &stay, &talk, By::Switch));
    }

    /// An agent is out of a conversation.
    fn completed(&mut self, now: Now, stay: &Stay, talk: &Talk, by: By) -> CallEvent {
        if let Some(duty) = self.agents.get_mut(&talk.agent) {
            let (contact, segment) = (stay.contact, talk.segment);
            duty.last = Some(Last { contact, segment, queue: stay.queue, call: stay.call });
            duty.disposition = None;
        }
        let (talked_ms, held_ms) = (millis(now.mono - talk.since), millis(stay.held.saturating_sub(talk.held)));
        let what = CallEventKind::Completed { by, talked_ms, held_ms, contact_kind: stay.kind };
        CallEvent { segment: Some(talk.segment), ..stay.event(now, Some(talk.agent), what) }
    }

    /// A contact went to a queue from wherever it was: the segment ends, and the next one has begun.
    fn requeued(&mut self, now: Now, contact: ContactId, queue: QueueId, tell: &mut impl FnMut(CallEvent)) {
        let Some(stay) = self.stays.get(&contact).cloned() else { return };
        let mut next = Stay { queue, segment: stay.segment.saturating_add(1), entered: now.mono, ..stay };
        (next.let_in, next.ringing) = (false, SmallVec::new());
        let talks = std::mem::take(&mut next.talks);
        if talks.is_empty() {
            next.before += now.mono - stay.entered;
            self.withdrawn(now, contact, Withdrawal::TakenElsewhere, tell);
        } else {
            next.answered = true;
            self.finished(now, contact, By::Switch, None, tell);
        }
        self.stays.insert(contact, next);
    }

    /// An agent has a conversation from now on, beside those who had it or instead of them.
    fn handed_over(
        &mut self,
        now: Now,
        contact: ContactId,
        (agent, segment): (AgentId, u16),
        joins: bool,
        tell: &mut impl FnMut(CallEvent),
    ) {
        let Some(mut stay) = self.stays.remove(&contact) else { return };
        if !joins {
            let (here, leave) =
                stay.talks.iter().copied().partition::<SmallVec<[Talk; 1]>, _>(|talk| talk.agent == agent);
            stay.talks = here;
            leave.iter().for_each(|talk| tell(self.completed(now, &stay, talk, By::Switch)));
        }
        if stay.talks.iter().all(|talk| talk.agent != agent) {
            stay.segment = segment;
            stay.talks.push(Talk { agent, since: now.mono, segment, held: stay.held });
            tell(stay.event(now, Some(agent), CallEventKind::TakenOver { joins }));
        }
        self.stays.insert(contact, stay);
    }

    fn decided(&mut self, now: Now, contact: ContactId, event: &ContactEvent, tell: &mut impl FnMut(CallEvent)) {
        match *event {
            ContactEvent::Queued { position, segment, .. } => {
                let Some(stay) = self.stays.get_mut(&contact) else { return };
                stay.let_in = true;
                let (again, contact_kind) = (segment > 0, stay.kind);
                tell(stay.event(now, None, CallEventKind::Entered { position, again, contact_kind }));
            }
            ContactEvent::Offered { offer, agent, .. } => {
                let Some(stay) = self.stays.get_mut(&contact) else { return };
                self.offers.insert(offer, contact);
                stay.ringing.push(Ringing { offer, agent, since: now.mono });
                tell(stay.event(now, Some(agent), CallEventKind::Offered { contact_kind: stay.kind }));
            }
            ContactEvent::OfferRevoked { offer, why, .. } => self.failed(now, offer, why.into(), tell),
            ContactEvent::Overflowed { why, waited, segment, .. } => {
                let Some(stay) = self.stays.remove(&contact) else { return };
                let (waited_ms, before_ms) = (millis(waited), millis(stay.before));
                let (why, again, let_in, contact_kind) = (why.into(), segment > 0, Some(stay.let_in), stay.kind);
                let what = CallEventKind::Overflowed { why, waited_ms, again, before_ms, let_in, contact_kind };
                tell(stay.event(now, None, what));
            }
        }
    }

    /// What came of his last conversation, for which he does after-call work.
    fn disposed(&mut self, now: Now, agent: AgentId, disposition: &str) -> Option<CallEvent> {
        let duty = self.agents.get_mut(&agent).filter(|duty| duty.wraps.is_some())?;
        let Last { contact, segment, queue, call } = duty.last?;
        let instead_of = duty.disposition.replace(disposition.to_owned());
        let what = CallEventKind::Disposed { disposition: disposition.to_owned(), instead_of };
        let (queue, contact, segment) = (Some(queue), Some(contact), Some(segment));
        Some(CallEvent { at: now.wall, call, queue, contact, segment, agent: Some(agent), what })
    }

    fn changed(&mut self, now: Now, agent: AgentId, status: &Status, work: Work, reachable: bool) -> CallEvent {
        let wraps = work == Work::WrapUp;
        let (mut lasted_ms, mut wrapped) = (None, None);
        match self.agents.get_mut(&agent) {
            Some(duty) => {
                lasted_ms = Some(millis(now.mono - duty.since));
                wrapped = duty.last.zip(duty.wraps).filter(|_| !wraps);
                duty.since = now.mono;
                duty.wraps = wraps.then(|| duty.wraps.unwrap_or(now.mono));
            }
            None => {
                let wraps = wraps.then_some(now.mono);
                self.agents.insert(agent, Duty { since: now.mono, last: None, wraps, disposition: None });
            }
        }
        let what = CallEventKind::AgentState {
            status: status.kind().into(),
            reason: status.reason().cloned(),
            work: work.kind().into(),
            lasted_ms,
            reachable: Some(reachable),
            wrapped_ms: wrapped.map(|(_, since)| millis(now.mono - since)),
        };
        let (contact, segment) = wrapped.map(|(last, _)| (last.contact, last.segment)).unzip();
        CallEvent { at: now.wall, call: None, queue: None, contact, segment, agent: Some(agent), what }
    }
}

fn tell_some(event: Option<CallEvent>, tell: &mut impl FnMut(CallEvent)) {
    event.into_iter().for_each(tell);
}
