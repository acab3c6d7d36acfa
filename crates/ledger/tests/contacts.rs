//! Contacts and their segments, as the account has them: across postings, starts and deaths.
#![allow(clippy::unwrap_used)] // A test; clippy sees only the functions marked so.

mod desk;

use acd::{
    AgentSetup, BackOff, Capacity, Command, ContactEvent, Engine, Event, Fold, Output, QueueSetup, Setup, Status, Stay,
    Strategy, Withdrawal,
};
use call::cdr::Entry;
use desk::{Desk, happened, numbered, opened};
use ledger::{ContactStory, Item, JournalPlace, Name, SegmentRow, Story};
use node::Happening;
use std::sync::Arc;
use std::time::Duration;
use terms::{AgentId, By, CallRef, ContactId, Mono, Now, OfferId, QueueId, Wall};

const SEED: u64 = 7;
const CONTACT: ContactId = ContactId(10);
/// When the account begins; the routing core's clock began a second before.
const T: i64 = 1_795_300_000_000;

fn queue(name: &str) -> QueueSetup {
    QueueSetup {
        id: QueueId::of(name),
        agents: vec![(AgentId::of("alice"), 0), (AgentId::of("bob"), 0)],
        requirements: vec![],
        strategy: Strategy::Linear,
        delay: Duration::ZERO,
        ring: Duration::from_secs(20),
        wrap_up: Duration::from_secs(10),
        back_off: BackOff::default(),
        length: 10,
        overflow: vec![],
        moves_absent: None,
        interrupts_ring: false,
    }
}

/// A routing core whose journal goes into an account, as in a node.
struct Centre {
    desk: Desk,
    engine: Engine,
    fold: Fold,
    ms: u64,
    offers: Vec<OfferId>,
}

impl Centre {
    fn open(folder: &std::path::Path) -> Centre {
        let mut desk = Desk::open(folder);
        let names = [Name::agent("alice"), Name::agent("bob"), Name::queue("sales"), Name::queue("support")];
        names.into_iter().for_each(|name| desk.push(Item::Name(Box::new(name))));
        let (engine, fold) = (Engine::new(SEED), Fold::default());
        let mut centre = Centre { desk, engine, fold, ms: 1_000, offers: vec![] };
        centre.configure();
        for agent in ["alice", "bob"] {
            centre.say(Command::Reachable { agent: AgentId::of(agent), reachable: true });
        }
        centre
    }

    fn configure(&mut self) {
        let agent = |name| AgentSetup {
            id: AgentId::of(name),
            skills: Default::default(),
            wrap_up: None,
            initial: Status::Ready,
            capacity: Capacity::default(),
        };
        let agents = vec![agent("alice"), agent("bob")];
        let setup = Setup { queues: vec![queue("sales"), queue("support")], agents, ..Setup::default() };
        self.say(Command::Reconfigure(Arc::new(setup)));
    }

    fn now(&self) -> Now {
        Now { mono: Mono::from_micros(self.ms * 1_000), wall: Wall::from_millis(T + self.ms.cast_signed()) }
    }

    fn say(&mut self, command: Command) {
        self.engine.handle_input(self.now(), command);
        self.drain();
    }

    fn advance(&mut self, secs: u64) {
        let end = self.ms + 1_000 * secs;
        while let Some(at) = self.engine.poll_timeout().map(|at| at.as_micros() / 1_000).filter(|at| *at <= end) {
            self.ms = at.max(self.ms);
            self.engine.handle_timeout(self.now());
            self.drain();
        }
        self.ms = end;
    }

    fn drain(&mut self) {
        while let Some(output) = self.engine.poll_output() {
            match output {
                Output::Journal(entry) => {
                    let desk = &mut self.desk;
                    self.fold.take(&entry, &mut |event| desk.push(happened(Entry::Event(event))));
                    self.desk.push(numbered(Happening::Acd(entry)));
                }
                Output::Event(Event::Contact(_, ContactEvent::Offered { offer, .. })) => self.offers.push(offer),
                _ => {}
            }
        }
    }

    fn enqueue(&mut self, queue: &str, segment: u16, call: u64) {
        let before = Duration::ZERO;
        let stay = Stay { segment, before, call: Some(CallRef(call)), ..Stay::default() };
        let (queue, credit) = (QueueId::of(queue), Duration::ZERO);
        self.say(Command::Enqueue { contact: CONTACT, queue, credit, emergency: false, requirement: None, stay });
    }

    fn accept(&mut self) {
        let offer = self.offers.pop().expect("somebody is rung");
        self.say(Command::Accepted { offer });
    }

    fn finish(&mut self, held: u64) {
        self.say(Command::Finished { contact: CONTACT, by: By::Callee, held: Duration::from_secs(held) });
    }

    fn story(&self, call: u64) -> ContactStory {
        self.desk.settle();
        only(self.desk.story(call))
    }
}

/// The one contact of a story.
fn only(mut story: Story) -> ContactStory {
    assert_eq!(story.contacts.len(), 1, "{story:?}");
    story.contacts.remove(0)
}

/// Queue, how it ended, agent, and the lengths in seconds: waited, rang, talked, held, wrapped.
fn line(row: &SegmentRow) -> String {
    let secs = |ms: Option<u64>| ms.map_or_else(|| "-".into(), |ms| (ms / 1_000).to_string());
    let lengths = [row.waited_ms, row.rang_ms, row.talked_ms, row.held_ms, row.wrapped_ms].map(secs).join(" ");
    let words = [&row.queue_name, &row.how, &row.agent_name].map(|word| word.as_deref().unwrap_or("-")).join(" ");
    format!("{words}: {lengths}")
}

fn lines(story: &ContactStory) -> Vec<String> {
    story.segments.iter().map(line).collect()
}

#[test]
fn a_contact_is_one_row_and_each_of_its_stays_another_whatever_calls_it_had() {
    let folder = tempfile::tempdir().unwrap();
    let mut centre = Centre::open(folder.path());
    [1, 2].into_iter().for_each(|call| centre.desk.push(opened(call)));
    centre.enqueue("sales", 0, 1);
    centre.advance(5);
    centre.accept();
    let story = centre.story(1);
    assert_eq!(
        (story.contact.closed, story.contact.number.as_ref().map(|n| n.reveal().as_str())),
        (None, Some("+442079460001"))
    );
    centre.advance(60);
    centre.finish(10);
    centre.advance(4);
    centre.desk.settle(); // Another posting.
    centre.say(Command::WrapUpDone { agent: AgentId::of("alice") });
    assert_eq!(centre.story(1).contact.disposition.as_deref(), Some("answered"));
    // It comes again, in another call: to a queue that it leaves.
    centre.enqueue("support", 1, 2);
    assert_eq!(centre.story(2).contact.closed, None, "it goes on");
    centre.advance(7);
    centre.say(Command::Withdraw { contact: CONTACT, why: Withdrawal::Abandoned });
    let story = centre.story(2);
    assert_eq!(story, centre.story(1), "whichever call is asked for");
    assert_eq!(lines(&story), ["sales answered alice: 5 5 50 10 4", "support abandoned -: 7 - - - -"]);
    assert_eq!(centre.desk.story(1).calls.iter().map(|call| call.call.0).collect::<Vec<_>>(), [1, 2]);
    let contact = &story.contact;
    assert_eq!((contact.contact, contact.kind.as_deref()), (CONTACT, Some("voice")));
    assert_eq!((contact.disposition.as_deref(), contact.opened), (Some("abandoned"), Wall::from_millis(T + 1_000)));
    assert_eq!(contact.closed, Some(Wall::from_millis(T + 77_000)));
    assert_eq!(centre.desk.story(3), Story::default());
    centre.desk.close();
}

#[test]
fn a_conversation_handed_over_is_another_segment_and_the_contact_ends_with_the_last_of_them() {
    let folder = tempfile::tempdir().unwrap();
    let mut centre = Centre::open(folder.path());
    centre.enqueue("sales", 0, 1);
    centre.accept();
    centre.advance(20);
    centre.say(Command::HandOver { contact: CONTACT, to: AgentId::of("bob"), joins: true, held: Duration::ZERO });
    centre.advance(5);
    centre.say(Command::HandOver { contact: CONTACT, to: AgentId::of("bob"), joins: false, held: Duration::ZERO });
    assert_eq!(centre.story(1).contact.closed, None, "bob talks on");
    centre.advance(30);
    centre.finish(0);
    let story = centre.story(1);
    assert_eq!(lines(&story), ["sales answered alice: 0 0 25 0 10", "sales handed_over bob: 0 - 35 0 -"]);
    assert_eq!(story.contact.disposition.as_deref(), Some("handed_over"));
    centre.desk.close();
}

#[test]
fn what_ran_when_the_switch_died_ends_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut centre = Centre::open(folder.path());
    centre.desk.push(opened(1));
    centre.enqueue("sales", 0, 1);
    centre.accept();
    centre.advance(30);
    let waits = ContactId(11);
    let stay = Stay { call: Some(CallRef(2)), ..Stay::default() };
    let (queue, credit) = (QueueId::of("support"), Duration::ZERO);
    centre.say(Command::Enqueue { contact: waits, queue, credit, emergency: false, requirement: None, stay });
    centre.advance(6);
    centre.say(Command::Engaged { agent: AgentId::of("bob"), engaged: true }); // The last sign of life.
    centre.desk.settle();
    let desk = centre.desk.die_and_open(folder.path());
    let story = |call| only(desk.story(call));
    let (talked, waited) = (story(1), story(2));
    assert_eq!(lines(&talked), ["sales answered alice: 0 0 36 - -"]);
    assert_eq!(lines(&waited), ["support node_lost -: 6 - - - -"]);
    let end = Some(Wall::from_millis(T + 37_000));
    assert_eq!((talked.contact.closed, waited.contact.closed), (end, end));
    assert_eq!(waited.contact.disposition.as_deref(), Some("node_lost"));
    desk.close();
}

#[test]
fn the_journal_keeps_a_configuration_once_and_is_replayed_from_the_account_alone() {
    let folder = tempfile::tempdir().unwrap();
    let mut centre = Centre::open(folder.path());
    (0..3).for_each(|_| centre.configure());
    centre.enqueue("sales", 0, 1);
    centre.accept();
    centre.advance(3);
    centre.finish(0);
    centre.desk.settle();
    let kept = "SELECT count(*) FROM setups";
    let journal = centre.desk.runtime.block_on(centre.desk.reader.journal(JournalPlace::default(), 1_000)).unwrap();
    let configured = journal.iter().filter(|(_, entry)| entry.setup().is_some()).count();
    assert_eq!((configured, count(folder.path(), kept)), (4, 1));
    let last = "SELECT count(*) FROM setups JOIN journal USING (last_id) WHERE instr(CAST(entries AS TEXT), hash) > 0";
    assert_eq!(count(folder.path(), last), 1, "retention knows by it when nothing names it any more");
    let named = "SELECT count(*) FROM journal WHERE instr(CAST(entries AS TEXT), '\"queues\"') > 0";
    assert_eq!(count(folder.path(), named), 0, "the text is kept beside it");
    let replayed = Engine::replay(SEED, journal.iter().map(|(_, entry)| entry.clone())).unwrap();
    assert_eq!(replayed.inspect().counters, centre.engine.inspect().counters);
    // And the account is what the journal says.
    let (mut fold, mut told) = (Fold::default(), vec![]);
    journal.iter().for_each(|(_, entry)| fold.take(entry, &mut |event| told.push(event)));
    told.retain(|event| event.call.is_some());
    assert_eq!(centre.desk.runtime.block_on(centre.desk.reader.events(CallRef(1))).unwrap(), told);
    centre.desk.close();
}

/// What the routing core wrote before configurations had hashes, in the account of that time.
#[test]
fn a_journal_that_holds_its_configurations_itself_is_read_and_replayed() {
    let folder = tempfile::tempdir().unwrap();
    Desk::open(folder.path()).close();
    let lines: Vec<&str> = include_str!("../../acd/tests/claims/journal-2.jsonl").lines().collect();
    let sql = "INSERT INTO journal (incarnation, first, last, version, entries)
        VALUES (1, 1, 34, '0', CAST(?1 AS BLOB)) RETURNING first";
    assert_eq!(ask(folder.path(), sql, &format!("[{}]", lines.join(","))), 1);
    let desk = Desk::open(folder.path());
    let journal = desk.runtime.block_on(desk.reader.journal(JournalPlace::default(), 1_000)).unwrap();
    let replayed = Engine::replay(SEED, journal.into_iter().map(|(_, entry)| entry)).unwrap();
    assert!(replayed.inspect().counters.enqueued > 0);
    desk.close();
}

fn count(folder: &std::path::Path, sql: &'static str) -> i64 {
    ask(folder, sql, "")
}

fn ask(folder: &std::path::Path, sql: &'static str, bound: &str) -> i64 {
    use sqlx::{Connection as _, Row as _};
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut db = sqlx::SqliteConnection::connect(&desk::url(folder)).await.unwrap();
        let asked = sqlx::query(sql);
        let asked = if bound.is_empty() { asked } else { asked.bind(bound) };
        asked.fetch_one(&mut db).await.unwrap().get(0)
    })
}

#[test]
fn what_came_of_a_conversation_stands_with_its_segment_and_is_counted_once_by_the_last_word() {
    let folder = tempfile::tempdir().unwrap();
    let mut centre = Centre::open(folder.path());
    centre.enqueue("sales", 0, 1);
    centre.accept();
    centre.advance(20);
    centre.finish(0);
    let say = |centre: &mut Centre, word: &str| {
        centre.say(Command::Dispose { agent: AgentId::of("alice"), disposition: word.into() });
    };
    say(&mut centre, "sold");
    centre.desk.settle(); // Another posting.
    say(&mut centre, "call back");
    centre.say(Command::WrapUpDone { agent: AgentId::of("alice") });
    say(&mut centre, "too late");
    let story = centre.story(1);
    assert_eq!(story.segments[0].disposition.as_deref(), Some("call back"));
    assert_eq!(story.contact.disposition.as_deref(), Some("answered"), "how it ended is another thing");
    centre.desk.close();
}
