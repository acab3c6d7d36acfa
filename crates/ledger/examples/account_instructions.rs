//! What the account takes for a call through a queue, for `cargo xtask bench instructions`: `instructions fold|intake COUNT`.
//! The fold makes queue events and agents' states of the routing core's journal; the intake sorts a call's record, events and
//! journal into a group and writes that down as the daybook has it. What SQLite does with it afterwards is not in it.

use acd::{
    AgentSetup, BackOff, CallEvent, Capacity, Command, ContactEvent, Engine, Event, Fold, Output, QueueSetup, Setup,
    Status, Stay, Strategy,
};
use call::cdr::{By, CallRecord, Entry, Outcome};
use ledger::Item;
use node::{Happening, Record};
use std::hint::black_box;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use terms::{AgentId, CallRef, Cause, ContactId, Mono, Now, OfferId, Pii, QueueId, Seq, TrunkId, Wall};

/// Calls that are written down together.
const GROUP: usize = 10;

/// A routing core with one agent, and what it writes for call after call.
struct Centre {
    engine: Engine,
    ms: u64,
    offer: Option<OfferId>,
    journal: Vec<acd::Entry>,
}

impl Centre {
    fn new() -> Centre {
        let (agent, queue) = (AgentId::of("alice"), QueueId::of("support"));
        let agents = vec![AgentSetup {
            id: agent,
            skills: Default::default(),
            wrap_up: None,
            initial: Status::Ready,
            capacity: Capacity::default(),
        }];
        let queues = vec![QueueSetup {
            id: queue,
            agents: vec![(agent, 0)],
            requirements: vec![],
            strategy: Strategy::LongestIdle,
            delay: Duration::ZERO,
            ring: Duration::from_secs(20),
            wrap_up: Duration::from_secs(10),
            back_off: BackOff::default(),
            length: 10,
            overflow: vec![],
            moves_absent: None,
            interrupts_ring: false,
        }];
        let mut centre = Centre { engine: Engine::new(7), ms: 1_000, offer: None, journal: vec![] };
        centre.say(Command::Reconfigure(Arc::new(Setup { queues, agents, ..Setup::default() })));
        centre.say(Command::Reachable { agent, reachable: true });
        centre
    }

    fn now(&self) -> Now {
        Now { mono: Mono::from_micros(self.ms * 1_000), wall: Wall::from_millis(self.ms.cast_signed()) }
    }

    fn say(&mut self, command: Command) {
        self.engine.handle_input(self.now(), command);
        while let Some(output) = self.engine.poll_output() {
            match output {
                Output::Journal(entry) => self.journal.push(*entry),
                Output::Event(Event::Contact(_, ContactEvent::Offered { offer, .. })) => self.offer = Some(offer),
                _ => {}
            }
        }
        self.ms += 1_000;
    }

    /// One caller waits, talks and goes; the agent does his after-call work.
    fn serve(&mut self, nth: u64) -> Vec<acd::Entry> {
        let contact = ContactId(nth);
        let stay = Stay { call: Some(CallRef(nth)), ..Stay::default() };
        let (queue, credit) = (QueueId::of("support"), Duration::ZERO);
        self.say(Command::Enqueue { contact, queue, credit, emergency: false, requirement: None, stay });
        if let Some(offer) = self.offer.take() {
            self.say(Command::Accepted { offer });
        }
        self.say(Command::Finished { contact, by: By::Caller, held: Duration::ZERO });
        self.say(Command::WrapUpDone { agent: AgentId::of("alice") });
        std::mem::take(&mut self.journal)
    }
}

fn record(nth: u64, outcome: Outcome) -> Box<CallRecord> {
    let ended = (outcome != Outcome::Open).then_some(Wall::from_millis(9_000));
    Box::new(CallRecord {
        call: CallRef(nth),
        sip_call_id: format!("{nth:016x}@192.0.2.1"),
        source: sip::Source::Trunk(TrunkId::of("acme")),
        caller: Pii::from("+442079460001"),
        called: Pii::from("+442079460099"),
        started: Wall::from_millis(1_000),
        answered: ended,
        connected: ended,
        ended,
        outcome,
        status: None,
        cause: Cause::NORMAL,
        ended_by: By::Caller,
        queue: ended.map(|_| QueueId::of("support")),
        contact: ended.map(|_| ContactId(nth)),
        agent: ended.map(|_| AgentId::of("alice")),
        phone: None,
        trunk_out: None,
        waited_ms: 1_234,
        talked_ms: 5_678,
        held_ms: 0,
        capture: None,
        digits: "1".into(),
        media: None,
        joined: None,
    })
}

/// The n-th that happened.
fn numbered(n: u64, what: Happening) -> Item {
    Item::Happened(Record { seq: Seq { node: 0, start: 1, n }, at: Wall::from_millis(9_000), what })
}

#[inline(never)]
fn fold(fold: &mut Fold, journal: &[acd::Entry]) -> Vec<CallEvent> {
    let mut events = vec![];
    journal.iter().for_each(|entry| fold.take(entry, &mut |event| events.push(event)));
    events
}

#[inline(never)]
fn intake(items: Vec<Item>) -> Vec<u8> {
    ledger::written_down(items).expect("words and numbers are always JSON")
}

fn main() -> ExitCode {
    let mut words = std::env::args().skip(1);
    let (what, count) = (words.next(), words.next().and_then(|count| count.parse::<u64>().ok()));
    let (Some("fold" | "intake"), Some(count)) = (what.as_deref(), count) else {
        eprintln!("instructions fold|intake COUNT");
        return ExitCode::FAILURE;
    };
    let (mut centre, mut told, mut items) = (Centre::new(), Fold::default(), vec![]);
    for nth in 1..=count {
        let journal = centre.serve(nth);
        let events = fold(&mut told, &journal);
        let mut note = |what| {
            let n = items.len() as u64 + 1;
            items.push(numbered(n, what));
        };
        note(Happening::Call(Entry::Opened(record(nth, Outcome::Open))));
        events.into_iter().for_each(|event| note(Happening::Call(Entry::Event(event))));
        journal.into_iter().for_each(|entry| note(Happening::Acd(Box::new(entry))));
        note(Happening::Call(Entry::Closed(record(nth, Outcome::Answered))));
        if nth % GROUP as u64 == 0 {
            black_box(intake(std::mem::take(&mut items)));
        }
    }
    ExitCode::SUCCESS
}
