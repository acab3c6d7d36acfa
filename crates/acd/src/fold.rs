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
use std::time::Duration;
use terms::{AgentId, By, CallRef, ContactId, Mono, Now, OfferId, QueueId};

/// Takes a journal entry by entry, from its first one on.
#[derive(Clone, Debug, Default)]
pub struct Fold {
    stays: BTreeMap<ContactId, Stay>,
    /// Whose each live offer is.
    offers: BTreeMap<OfferId, ContactId>,
    /// When each agent's state was told last.
    agents: BTreeMap<AgentId, Mono>,
}

/// A contact in a queue, or talking to whoever took it from there.
#[derive(Clone, Debug)]
struct Stay {
    contact: ContactId,
    queue: QueueId,
    call: Option<CallRef>,
    segment: u16,
    /// What it had waited in queues before.
    before: Duration,
    entered: Mono,
    /// The queue has let it in.
    let_in: bool,
    ringing: SmallVec<[Ringing; 1]>,
    /// To whom it talks, and since when.
    talks: Option<(AgentId, Mono)>,
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
    /// An offer ended that no conversation followed; of one that had ended already nothing is told.
    fn failed(&mut self, now: Now, offer: OfferId, why: OfferEnd, tell: &mut impl FnMut(CallEvent)) {
        let Some(contact) = self.offers.remove(&offer) else { return };
        let Some(stay) = self.stays.get_mut(&contact) else { return };
        let Some(nth) = stay.ringing.iter().position(|ringing| ringing.offer == offer) else { return };
        let ringing = stay.ringing.remove(nth);
        let what = CallEventKind::OfferFailed { why: why.into(), rang_ms: millis(now.mono - ringing.since) };
        tell(stay.event(now, Some(ringing.agent), what));
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
                stay.talks = Some((*agent, now.mono));
                let (waited_ms, rang_ms, before_ms) = (millis(*waited), millis(*rang), millis(stay.before));
                tell(stay.event(now, Some(*agent), CallEventKind::Connected { waited_ms, rang_ms, before_ms }));
            }
            What::Tick | What::SentOnBy { .. } => {}
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
                    before: stay.before,
                    entered: now.mono,
                    let_in: false,
                    ringing: SmallVec::new(),
                    talks: None,
                });
            }
            Command::OfferFailed { offer, why } => self.failed(now, *offer, (*why).into(), tell),
            Command::Withdraw { contact, why } => self.withdrawn(now, *contact, *why, tell),
            Command::Finished { contact, by, held } => self.finished(now, *contact, *by, *held, tell),
            _ => {}
        }
    }

    /// A contact left by itself. One that talks has finished so.
    fn withdrawn(&mut self, now: Now, contact: ContactId, why: Withdrawal, tell: &mut impl FnMut(CallEvent)) {
        let Some(stay) = self.stays.get(&contact) else { return };
        if stay.talks.is_some() {
            return self.finished(now, contact, By::Switch, Duration::ZERO, tell);
        }
        // The engine takes its offers back next; here they end with the wait, in the order in which it came about.
        for ringing in stay.ringing.clone() {
            self.failed(now, ringing.offer, OfferEnd::CallerGone, tell);
        }
        let Some(stay) = self.stays.remove(&contact).filter(|_| why == Withdrawal::Abandoned) else { return };
        let (waited_ms, before_ms) = (millis(now.mono - stay.entered), millis(stay.before));
        tell(stay.event(now, None, CallEventKind::Abandoned { waited_ms, before_ms }));
    }

    fn finished(&mut self, now: Now, contact: ContactId, by: By, held: Duration, tell: &mut impl FnMut(CallEvent)) {
        let Some((agent, since)) = self.stays.get(&contact).and_then(|stay| stay.talks) else { return };
        let Some(stay) = self.stays.remove(&contact) else { return };
        let (talked_ms, held_ms) = (millis(now.mono - since), millis(held));
        tell(stay.event(now, Some(agent), CallEventKind::Completed { by, talked_ms, held_ms }));
    }

    fn decided(&mut self, now: Now, contact: ContactId, event: &ContactEvent, tell: &mut impl FnMut(CallEvent)) {
        match *event {
            ContactEvent::Queued { position, segment, .. } => {
                let Some(stay) = self.stays.get_mut(&contact) else { return };
                stay.let_in = true;
                tell(stay.event(now, None, CallEventKind::Entered { position, again: segment > 0 }));
            }
            ContactEvent::Offered { offer, agent, .. } => {
                let Some(stay) = self.stays.get_mut(&contact) else { return };
                self.offers.insert(offer, contact);
                stay.ringing.push(Ringing { offer, agent, since: now.mono });
                tell(stay.event(now, Some(agent), CallEventKind::Offered));
            }
            ContactEvent::OfferRevoked { offer, why, .. } => self.failed(now, offer, why.into(), tell),
            ContactEvent::Overflowed { why, waited, segment, .. } => {
                let Some(stay) = self.stays.remove(&contact) else { return };
                let (waited_ms, before_ms) = (millis(waited), millis(stay.before));
                let (why, again, let_in) = (why.into(), segment > 0, Some(stay.let_in));
                tell(stay.event(now, None, CallEventKind::Overflowed { why, waited_ms, again, before_ms, let_in }));
            }
        }
    }

    fn changed(&mut self, now: Now, agent: AgentId, status: &Status, work: Work, reachable: bool) -> CallEvent {
        let since = self.agents.insert(agent, now.mono);
        let what = CallEventKind::AgentState {
            status: status.kind().into(),
            reason: status.reason().cloned(),
            work: work.kind().into(),
            lasted_ms: since.map(|since| millis(now.mono - since)),
            reachable: Some(reachable),
        };
        CallEvent { at: now.wall, call: None, queue: None, contact: None, segment: None, agent: Some(agent), what }
    }
}
