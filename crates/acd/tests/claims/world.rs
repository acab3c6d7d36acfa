//! An engine under a virtual clock, with verbs.

use acd::{
    AgentLine, AgentSetup, BackOff, Capacity, Command, ContactEvent, Engine, Entry, Event, OfferFailure, Output,
    QueueSetup, Setup, Snapshot, Status, Stay, Strategy, Withdrawal, Work,
};
use std::sync::Arc;
use std::time::Duration;
use terms::{AgentId, By, ContactId, ContactKind, Mono, Now, OfferId, QueueId, Skills, Wall};

/// The seed of every engine here.
pub const SEED: u64 = 7;
/// The queue of most tests.
pub const SUPPORT: QueueId = QueueId(1);
/// The other one.
pub const SALES: QueueId = QueueId(2);

pub fn secs(n: u64) -> Duration {
    Duration::from_secs(n)
}

/// A queue of these agents, all in one tier, ring 20 s, wrap-up 10 s.
pub fn queue(id: QueueId, agents: &[u64]) -> QueueSetup {
    QueueSetup {
        id,
        agents: agents.iter().map(|agent| (AgentId(*agent), 0)).collect(),
        requirements: vec![],
        strategy: Strategy::LongestIdle,
        delay: Duration::ZERO,
        ring: secs(20),
        wrap_up: secs(10),
        back_off: BackOff::default(),
        length: 100,
        overflow: vec![],
        moves_absent: None,
        interrupts_ring: false,
    }
}

/// An agent who begins logged out.
pub fn agent(id: u64) -> AgentSetup {
    AgentSetup {
        id: AgentId(id),
        skills: Skills::default(),
        wrap_up: None,
        initial: Status::LoggedOut,
        capacity: Capacity::default(),
    }
}

/// These queues, and every agent who is in one.
pub fn setup(queues: Vec<QueueSetup>) -> Setup {
    let ids: std::collections::BTreeSet<_> =
        queues.iter().flat_map(|queue| &queue.agents).map(|(id, _)| id.0).collect();
    Setup { queues, agents: ids.into_iter().map(agent).collect(), ..Setup::default() }
}

pub struct World {
    pub engine: Engine,
    now: Mono,
    events: Vec<Event>,
    pub journal: Vec<Entry>,
}

impl World {
    pub fn new(setup: Setup) -> World {
        let mut world = World { engine: Engine::new(SEED), now: Mono::ZERO, events: vec![], journal: vec![] };
        world.tell(Command::Reconfigure(Arc::new(setup)));
        world.take();
        world
    }

    /// One queue, its agents logged in one second after the other, in their order.
    pub fn staffed(queue: QueueSetup) -> World {
        let ids: Vec<_> = queue.agents.iter().map(|(id, _)| id.0).collect();
        let mut world = World::new(setup(vec![queue]));
        for id in ids {
            world.log_in(id);
            world.advance(1);
        }
        world.take();
        world
    }

    pub fn now(&self) -> Now {
        let wall = i64::try_from(self.now.as_micros() / 1_000).expect("a test is short");
        Now { mono: self.now, wall: Wall::from_millis(wall) }
    }

    pub fn tell(&mut self, command: Command) {
        self.engine.handle_input(self.now(), command);
        self.drain();
    }

    /// Lets the time pass, every timer fired when it is due.
    pub fn advance(&mut self, seconds: u64) {
        self.advance_by(secs(seconds));
    }

    pub fn advance_by(&mut self, d: Duration) {
        let end = self.now + d;
        while let Some(at) = self.engine.poll_timeout().filter(|at| *at <= end) {
            self.now = self.now.max(at);
            self.engine.handle_timeout(self.now());
            self.drain();
        }
        self.sleep_by(end - self.now);
        self.engine.handle_timeout(self.now());
        self.drain();
    }

    /// Lets the time pass without waking the engine.
    pub fn sleep_by(&mut self, d: Duration) {
        self.now += d;
    }

    fn drain(&mut self) {
        while let Some(output) = self.engine.poll_output() {
            match output {
                Output::Event(event) => self.events.push(event),
                Output::Journal(entry) => self.journal.push(*entry),
                Output::Reserve { .. } | Output::Release { .. } => panic!("nobody is asked"),
            }
        }
    }

    /// The events since the last time.
    pub fn take(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.events)
    }

    /// The offers among the events since the last time: offer, contact, agent.
    pub fn offers(&mut self) -> Vec<(OfferId, u64, u64)> {
        let offered = |event| match event {
            Event::Contact(contact, ContactEvent::Offered { offer, agent, .. }) => Some((offer, contact.0, agent.0)),
            _ => None,
        };
        self.take().into_iter().filter_map(offered).collect()
    }

    /// The only offer among them.
    pub fn the_offer(&mut self) -> (OfferId, u64, u64) {
        let offers = self.offers();
        assert_eq!(offers.len(), 1, "{offers:?}");
        offers[0]
    }

    pub fn enqueue(&mut self, contact: u64) {
        self.enqueue_in(SUPPORT, contact);
    }

    pub fn enqueue_in(&mut self, queue: QueueId, contact: u64) {
        self.tell(enqueue(queue, contact));
    }

    pub fn withdraw(&mut self, contact: u64) {
        self.tell(Command::Withdraw { contact: ContactId(contact), why: Withdrawal::Abandoned });
    }

    pub fn accept(&mut self, offer: OfferId) {
        self.tell(Command::Accepted { offer });
    }

    pub fn fail(&mut self, offer: OfferId, why: OfferFailure) {
        self.tell(Command::OfferFailed { offer, why });
    }

    pub fn finish(&mut self, contact: u64) {
        self.tell(finished(ContactId(contact)));
    }

    pub fn status(&mut self, agent: u64, status: Status) {
        self.tell(Command::SetStatus { agent: AgentId(agent), status });
    }

    pub fn pause(&mut self, agent: u64) {
        self.status(agent, Status::NotReady("lunch".to_owned()));
    }

    pub fn ready(&mut self, agent: u64) {
        self.status(agent, Status::Ready);
    }

    pub fn reachable(&mut self, agent: u64, reachable: bool) {
        self.tell(Command::Reachable { agent: AgentId(agent), reachable });
    }

    pub fn log_in(&mut self, agent: u64) {
        self.reachable(agent, true);
        self.ready(agent);
    }

    /// One contact from its entry to the end of the agent's wrap-up: who took it.
    pub fn serve(&mut self, contact: u64) -> u64 {
        self.enqueue(contact);
        let (offer, _, agent) = self.the_offer();
        self.accept(offer);
        self.finish(contact);
        self.tell(Command::WrapUpDone { agent: AgentId(agent) });
        agent
    }

    pub fn inspect(&self) -> Snapshot {
        self.engine.inspect()
    }

    pub fn line(&self, agent: u64) -> AgentLine {
        self.inspect().agents.into_iter().find(|line| line.agent.0 == agent).expect("the agent is known")
    }

    pub fn work(&self, agent: u64) -> Work {
        self.line(agent).work
    }

    /// The contacts of a queue in order.
    pub fn waiting(&self, queue: QueueId) -> Vec<u64> {
        let queues = self.inspect().queues;
        let line = queues.iter().find(|line| line.queue == queue).expect("the queue is known");
        line.waiting.iter().map(|contact| contact.contact.0).collect()
    }

    pub fn stale(&self, reason: &str) -> u64 {
        self.inspect().counters.stale.get(reason).copied().unwrap_or(0)
    }
}

pub fn enqueue(queue: QueueId, contact: u64) -> Command {
    Command::Enqueue {
        contact: ContactId(contact),
        queue,
        credit: Duration::ZERO,
        emergency: false,
        requirement: None,
        stay: Stay::default(),
    }
}

pub fn enqueue_of(queue: QueueId, contact: u64, kind: ContactKind) -> Command {
    let (contact, credit, emergency, requirement) = (ContactId(contact), Duration::ZERO, false, None);
    Command::Enqueue { contact, queue, credit, emergency, requirement, stay: Stay { kind, ..Stay::default() } }
}

pub fn enqueue_with(queue: QueueId, contact: u64, credit: u64, emergency: bool) -> Command {
    Command::Enqueue {
        contact: ContactId(contact),
        queue,
        credit: secs(credit),
        emergency,
        requirement: None,
        stay: Stay::default(),
    }
}

pub fn finished(contact: ContactId) -> Command {
    Command::Finished { contact, by: By::Caller, held: Duration::ZERO }
}
