//! A queue: its configuration and the contacts in it, in order and by requirement class.

use crate::contact::{Contact, Place};
use crate::face::{BackOff, OverflowWhen, QueueSetup, Strategy};
use crate::free::Free;
use crate::together::DELAY_MIN;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;
use std::time::Duration;
use terms::{AgentId, ContactId, ContactKind, Mono, QueueId, Requirement, limits};

/// Shortest ring time: a queue that says less would offer one contact without end in no time.
const RING_MIN: Duration = Duration::from_secs(1);
/// Longest ring time: an offer is a lease, so a phone that rings for ever must not hold its agent.
const RING_MAX: Duration = Duration::from_secs(10 * 60);

/// An agent in a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Seat {
    pub(crate) agent: AgentId,
    pub(crate) tier: u8,
    /// In the operator's order.
    pub(crate) index: u32,
}

/// Contacts of a queue that the same agents can serve.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Class {
    pub(crate) kind: ContactKind,
    pub(crate) requirement: Arc<Requirement>,
}

/// One queue.
#[derive(Debug)]
pub(crate) struct Queue {
    pub(crate) id: QueueId,
    pub(crate) seats: Vec<Seat>,
    /// Where each agent sits.
    pub(crate) places: BTreeMap<AgentId, usize>,
    /// Who of them may be offered something.
    pub(crate) free: Free,
    /// By wait, ascending; never empty, the first at zero.
    steps: Vec<(Duration, Arc<Requirement>)>,
    pub(crate) strategy: Strategy,
    /// Rung progressively: how long after one agent the next is rung too.
    pub(crate) delay: Duration,
    pub(crate) ring: Duration,
    pub(crate) wrap_up: Duration,
    pub(crate) back_off: BackOff,
    pub(crate) length: usize,
    pub(crate) overflow: Vec<OverflowWhen>,
    /// After this wait a contact without a call goes to another queue.
    pub(crate) moves_absent: Option<Duration>,
    /// Whether a rule of `overflow` may end a ring.
    pub(crate) interrupts_ring: bool,
    /// Every contact of the queue in order, also those suspended and being offered.
    pub(crate) line: BTreeMap<Place, ContactId>,
    /// Those that can be offered, by what they are and require now. No class is empty.
    pub(crate) classes: BTreeMap<Class, BTreeMap<Place, ContactId>>,
    /// Those for whom somebody rings, and more are to.
    pub(crate) wanting: BTreeMap<Place, ContactId>,
    /// Round robin: the seat offered last, by tier.
    pub(crate) round: BTreeMap<u8, u32>,
    /// How many of its agents are working, each counted once.
    pub(crate) working: usize,
    /// Since when none is.
    pub(crate) unstaffed_since: Option<Mono>,
    /// The queues that share an agent with this one, itself among them.
    pub(crate) rivals: Vec<QueueId>,
}

impl Queue {
    /// A queue without contacts.
    pub(crate) fn new(setup: &QueueSetup) -> Queue {
        let mut queue = Queue {
            id: setup.id,
            seats: Vec::new(),
            places: BTreeMap::new(),
            free: Free::default(),
            steps: Vec::new(),
            strategy: setup.strategy,
            delay: setup.delay,
            ring: setup.ring,
            wrap_up: setup.wrap_up,
            back_off: setup.back_off,
            length: 0,
            overflow: Vec::new(),
            moves_absent: None,
            interrupts_ring: false,
            line: BTreeMap::new(),
            classes: BTreeMap::new(),
            wanting: BTreeMap::new(),
            round: BTreeMap::new(),
            working: 0,
            unstaffed_since: None,
            rivals: vec![setup.id],
        };
        queue.configure(setup);
        queue
    }

    /// Takes a new configuration; contacts and the round stay.
    pub(crate) fn configure(&mut self, setup: &QueueSetup) {
        self.seats.clear();
        self.places.clear();
        self.free.clear();
        for ((agent, tier), index) in setup.agents.iter().zip(0..) {
            if let Entry::Vacant(place) = self.places.entry(*agent) {
                place.insert(self.seats.len());
                self.seats.push(Seat { agent: *agent, tier: *tier, index });
            }
        }
        self.steps = setup.requirements.iter().map(|(from, what)| (*from, Arc::new(what.clone()))).collect();
        self.steps.sort_by_key(|(from, _)| *from);
        // A plan has no more than that. Whoever gets one from elsewhere keeps the last word: it relaxes most.
        if self.steps.len() > limits::REQUIREMENT_STEPS {
            self.steps.drain(limits::REQUIREMENT_STEPS - 1..self.steps.len() - 1);
        }
        match self.steps.first_mut() {
            Some((from, _)) => *from = Duration::ZERO,
            None => self.steps.push((Duration::ZERO, Arc::new(Requirement::Anyone))),
        }
        if self.strategy != setup.strategy {
            self.wanting.clear();
        }
        self.strategy = setup.strategy;
        self.delay = setup.delay.max(DELAY_MIN);
        self.ring = setup.ring.clamp(RING_MIN, RING_MAX);
        self.wrap_up = setup.wrap_up;
        self.back_off = setup.back_off;
        self.length = setup.length.min(limits::QUEUE_LENGTH);
        self.overflow = setup.overflow.clone();
        self.moves_absent = setup.moves_absent;
        self.interrupts_ring = setup.interrupts_ring;
    }

    /// What a contact requires after this wait, and the wait at which that changes.
    pub(crate) fn step(&self, waited: Duration) -> (Arc<Requirement>, Option<Duration>) {
        let begun = self.steps.partition_point(|(from, _)| *from <= waited);
        let now = self.steps.get(begun.saturating_sub(1)).map(|(_, what)| Arc::clone(what));
        (now.unwrap_or_default(), self.steps.get(begun).map(|(from, _)| *from))
    }

    /// Takes a contact's own requirement from it when that would be one class too many: then it waits by the steps.
    /// True: so it was. The steps' own classes are few, and always have room.
    pub(crate) fn bound_classes(&self, contact: &mut Contact, now: Mono) -> bool {
        let room = self.classes.len() < limits::REQUIREMENT_CLASSES || self.classes.contains_key(&contact.class());
        if room || contact.own.is_none() {
            return false;
        }
        contact.own = None;
        contact.requirement = self.step(contact.waited(now)).0;
        true
    }

    /// Makes a contact one that can be offered.
    pub(crate) fn open(&mut self, contact: &Contact) {
        let class = self.classes.entry(contact.class()).or_default();
        class.insert(contact.place, contact.id);
    }

    /// Makes a contact one that cannot be offered; it keeps its place in the line.
    pub(crate) fn close(&mut self, contact: &Contact) {
        let class = contact.class();
        if let Some(contacts) = self.classes.get_mut(&class) {
            contacts.remove(&contact.place);
            if contacts.is_empty() {
                self.classes.remove(&class);
            }
        }
    }

    /// Takes a contact out for good.
    pub(crate) fn remove(&mut self, contact: &Contact) {
        self.close(contact);
        self.line.remove(&contact.place);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use terms::SkillId;

    #[test]
    fn a_step_holds_from_its_wait_on_and_names_the_next() {
        let secs = Duration::from_secs;
        let english = Requirement::AtLeast(SkillId(1), 5);
        let setup = QueueSetup {
            id: QueueId(1),
            agents: vec![(AgentId(1), 0), (AgentId(1), 3)],
            requirements: vec![(secs(30), Requirement::Anyone), (secs(0), english.clone())],
            strategy: Strategy::Linear,
            delay: Duration::ZERO,
            ring: Duration::ZERO,
            wrap_up: secs(1),
            back_off: BackOff::default(),
            length: usize::MAX,
            overflow: vec![],
            moves_absent: None,
            interrupts_ring: false,
        };
        let queue = Queue::new(&setup);
        assert_eq!(queue.step(secs(29)), (Arc::new(english), Some(secs(30))));
        assert_eq!(queue.step(secs(30)), (Arc::new(Requirement::Anyone), None));
        assert_eq!(queue.ring, RING_MIN);
        assert_eq!(queue.length, limits::QUEUE_LENGTH);
        assert_eq!(queue.seats.len(), 1, "an agent named twice sits once");
    }
}
