//! The journal: complete, in order, and enough to come to the same decisions again.

use crate::world::*;
use acd::{
    Command, ContactEvent, Divergence, Engine, Entry, Event, OfferFailure, Output, RULES, SetupHash, Stay, What,
};
use std::sync::Arc;
use std::time::Duration;
use terms::{AgentId, By, CallRef, ContactId, ContactKind};

/// A small history with an answer, a miss, a refusal and a reload.
fn history() -> World {
    let mut world = World::staffed(queue(SUPPORT, &[1, 2]));
    for contact in [10, 11, 12] {
        world.enqueue(contact);
    }
    let offers = world.offers();
    world.accept(offers[0].0);
    world.advance(21);
    world.finish(10);
    world.tell(Command::Reconfigure(Arc::new(setup(vec![queue(SUPPORT, &[1, 2, 3])]))));
    world.advance(9);
    if let Some((offer, ..)) = world.offers().pop() {
        world.fail(offer, OfferFailure::Declined);
    }
    world.advance(120);
    world
}

fn is_offer(entry: &Entry) -> bool {
    matches!(entry.what, What::Decision(Event::Contact(_, ContactEvent::Offered { .. })))
}

#[test]
fn every_input_and_every_decision_is_in_the_journal_and_counted_up_by_one() {
    let world = history();
    for (entry, sequence) in world.journal.iter().zip(1..) {
        assert_eq!(entry.sequence, sequence);
    }
    let inputs = world.journal.iter().filter(|entry| matches!(entry.what, What::Input(_))).count();
    assert_eq!(inputs as u64, world.inspect().counters.inputs);
    let ticks = world.journal.iter().filter(|entry| entry.what == What::Tick).count();
    assert_eq!(ticks as u64, world.inspect().counters.ticks);
    let offers = world.journal.iter().filter(|e| is_offer(e)).count();
    assert_eq!(offers as u64, world.inspect().counters.offers);
}

#[test]
fn a_decisions_entry_comes_just_before_its_event() {
    let mut engine = Engine::new(SEED);
    let mut world = World::new(setup(vec![queue(SUPPORT, &[1])]));
    world.log_in(1);
    for entry in world.journal.iter().filter(|entry| matches!(entry.what, What::Input(_))) {
        let What::Input(command) = &entry.what else { continue };
        engine.handle_input(entry.now, command.clone());
    }
    engine.handle_input(world.now(), enqueue(SUPPORT, 10));
    let mut last = None;
    let mut events = 0;
    while let Some(output) = engine.poll_output() {
        if let Output::Event(event) = &output {
            events += 1;
            let Some(Output::Journal(entry)) = &last else { panic!("{event:?} has no entry before it") };
            assert_eq!(entry.what, What::Decision(event.clone()));
        }
        last = Some(output);
    }
    assert!(events >= 4, "agent twice, queued, offered");
}

#[test]
fn the_journal_survives_being_written_as_json() {
    for entry in history().journal {
        let text = serde_json::to_string(&entry).expect("an entry can be written");
        assert_eq!(serde_json::from_str::<Entry>(&text).expect("and read"), entry);
    }
}

/// What an older switch of the same rules wrote, entry by entry: it is read, written as it was, and replayed. Only the
/// rule by which a contact was sent on is told by itself since then, not by its place in the queue's list.
#[test]
fn a_journal_keeps_its_words_and_one_that_names_rules_by_their_place_is_replayed() {
    let lines = || include_str!("journal-2.jsonl").lines();
    let read = |line: &str| serde_json::from_str::<Entry>(line).expect("an entry of an older switch");
    assert!(lines().any(|line| line.ends_with(r#"{"Overflowed":{"contact":13,"queue":1,"why":"Full","rule":2}}}}"#)));
    for line in lines() {
        let entry = read(line);
        if !matches!(entry.what, What::SentOnBy { .. }) {
            assert_eq!(serde_json::to_string(&entry).expect("an entry can be written"), line);
        }
    }
    let by_place = lines().map(read).filter(|entry| matches!(entry.what, What::SentOnBy { .. })).count();
    assert_eq!(by_place, 4);
    Engine::replay(SEED, lines().map(read)).expect("the same decisions");
    // Another rule stands at another place.
    let other = lines().map(|line| read(&line.replace(r#""why":"Full","rule":2"#, r#""why":"Full","rule":1"#)));
    let Err(Divergence::Entry { recorded, .. }) = Engine::replay(SEED, other) else { panic!("not seen") };
    assert_eq!(recorded.sequence, 20);
}

/// A contact with all that the journal can tell of one since its third version.
fn told_in_full() -> World {
    let mut world = World::staffed(queue(SUPPORT, &[1, 2, 3]));
    let stay = Stay { kind: ContactKind::Chat, segment: 1, before: secs(7), call: Some(CallRef(5)) };
    let (contact, credit) = (ContactId(13), secs(0));
    world.tell(Command::Enqueue { contact, queue: SUPPORT, credit, emergency: false, requirement: None, stay });
    world.take();
    world.advance(1);
    world.tell(Command::Pick { contact, agent: AgentId(2) });
    let (picked, ..) = world.the_offer();
    world.advance(2);
    world.accept(picked);
    for joins in [true, false] {
        world.tell(Command::HandOver { contact, to: AgentId(3), joins, held: Duration::ZERO });
        world.advance(4);
    }
    world.take();
    world.tell(Command::Requeue { contact, queue: SUPPORT, credit, held: Duration::ZERO });
    let (offer, ..) = world.the_offer();
    world.accept(offer);
    world.tell(Command::Finished { contact, by: By::Callee, held: secs(3) });
    world.tell(Command::Reserved { offer, granted: true });
    world
}

/// What this version wrote when it was new, entry by entry: whoever changes it must read both.
#[test]
fn a_journal_is_written_as_it_was() {
    let written: Vec<_> = told_in_full().journal.iter().map(|e| serde_json::to_string(e).expect("JSON")).collect();
    assert_eq!(written, include_str!("journal-4.jsonl").lines().collect::<Vec<_>>());
    let read = |line| serde_json::from_str::<Entry>(line).expect("an entry");
    Engine::replay(SEED, include_str!("journal-3.jsonl").lines().map(read)).expect("the same decisions");
}

/// A configuration by its hash comes back as it was; a store that lost it is found out.
#[test]
fn an_entry_that_names_a_configuration_by_its_hash_is_whole_again_with_its_text() {
    let journal = history().journal;
    let hash = SetupHash([0xa5; 32]);
    let by_hash = |entry: &Entry| entry.setup().map_or_else(|| entry.clone(), |_| entry.by_hash(hash));
    let line = serde_json::to_string(&by_hash(&journal[1])).expect("JSON");
    assert!(line.contains(&format!(r#"{{"Configured":{{"setup":"{hash}"}}}}"#)), "{line}");
    let read: Entry = serde_json::from_str(&line).expect("an entry");
    let text = serde_json::to_string(&journal[1].setup().expect("it begins with a plan").plan()).expect("JSON");
    assert_eq!(read.with_setup(|_| serde_json::from_str(&text).ok()), journal[1]);
    let lost = Engine::replay(SEED, journal.iter().map(by_hash)).expect_err("nobody has it");
    assert_eq!(lost, Divergence::Setup { missing: hash });
}

#[test]
fn a_replay_comes_to_the_same_decisions_and_the_same_state() {
    let world = history();
    let replayed = Engine::replay(SEED, world.journal.clone()).expect("the same engine decides the same");
    assert_eq!(replayed.inspect().agents.len(), 3);
    let (mut a, mut b) = (replayed.inspect(), world.inspect());
    // The world looks at the clock without a tick at the end, the replay does not.
    for snapshot in [&mut a, &mut b] {
        snapshot.at = terms::Mono::ZERO;
        snapshot.agents.iter_mut().for_each(|agent| agent.idle_ms = 0);
        snapshot.queues.iter_mut().for_each(|queue| {
            queue.longest_wait_ms = 0;
            queue.waiting.iter_mut().for_each(|contact| contact.age_ms = 0);
        });
    }
    assert_eq!(a, b);
}

#[test]
fn a_replayed_engine_goes_on_where_the_journal_ends() {
    let mut world = history();
    let mut replayed = Engine::replay(SEED, world.journal.clone()).expect("no divergence");
    world.journal.clear();
    replayed.handle_input(world.now(), enqueue(SUPPORT, 77));
    world.enqueue(77);
    let mut entries = vec![];
    while let Some(output) = replayed.poll_output() {
        if let Output::Journal(entry) = output {
            entries.push(*entry);
        }
    }
    assert_eq!(entries, world.journal);
}

#[test]
fn a_journal_that_breaks_off_hands_out_the_decisions_that_it_lacks() {
    let world = history();
    let cut = world.journal.iter().rposition(|entry| matches!(entry.what, What::Decision(_))).expect("it decides");
    let mut engine = Engine::replay(SEED, world.journal[..cut].to_vec()).expect("no divergence");
    let Some(Output::Journal(entry)) = engine.poll_output() else { panic!("a decision is missing") };
    assert_eq!(*entry, world.journal[cut]);
}

#[test]
fn a_changed_decision_is_found() {
    let mut journal = history().journal;
    let changed = journal.iter_mut().find(|entry| is_offer(entry)).expect("something was offered");
    let What::Decision(Event::Contact(_, ContactEvent::Offered { agent, .. })) = &mut changed.what else { panic!() };
    *agent = AgentId(99);
    let sequence = changed.sequence;
    let divergence = Engine::replay(SEED, journal).expect_err("agent 99 never was");
    let Divergence::Entry { recorded, replayed } = &divergence else { panic!("{divergence}") };
    assert_eq!(recorded.sequence, sequence);
    assert!(replayed.is_some());
    assert!(divergence.to_string().contains(&format!("journal entry {sequence}")), "{divergence}");
}

#[test]
fn a_missing_input_is_found() {
    let mut journal = history().journal;
    let at = journal.iter().position(|entry| entry.what == What::Input(enqueue(SUPPORT, 10))).expect("it was entered");
    journal.remove(at);
    assert!(Engine::replay(SEED, journal).is_err());
}

#[test]
fn the_first_entry_names_the_rules() {
    let journal = history().journal;
    let begins = journal.iter().filter(|entry| matches!(entry.what, What::Begun { .. })).count();
    assert_eq!((&journal[0].what, begins), (&What::Begun { rules: RULES, asks: false }, 1));
}

/// What the first version wrote, entry by entry: it is read, and not judged by rules that it did not know.
#[test]
fn a_journal_of_earlier_rules_still_opens_and_a_replay_says_which_they_were() {
    let read = |line| serde_json::from_str::<Entry>(line).expect("an entry of the first version");
    let journal: Vec<Entry> = include_str!("journal-1.jsonl").lines().map(read).collect();
    assert_eq!(journal.len(), 74);
    let What::Input(Command::Reconfigure(plan)) = &journal[0].what else { panic!("it begins with a plan") };
    assert!(!plan.queues[0].interrupts_ring, "a ring was never interrupted");
    let divergence = Engine::replay(SEED, journal).expect_err("other rules");
    assert_eq!(divergence, Divergence::Rules { recorded: 1 });
    assert_eq!(
        divergence.to_string(),
        format!("the journal was written by version 1 of the rules, and these are version {RULES}")
    );
}

#[test]
fn another_seed_makes_other_offers_so_an_answer_of_the_last_run_is_stale() {
    let offer_with = |seed| {
        let mut engine = Engine::new(seed);
        for command in [
            Command::Reconfigure(Arc::new(setup(vec![queue(SUPPORT, &[1])]))),
            Command::Reachable { agent: AgentId(1), reachable: true },
            Command::SetStatus { agent: AgentId(1), status: acd::Status::Ready },
            enqueue(SUPPORT, 10),
        ] {
            engine.handle_input(terms::Now::default(), command);
        }
        let offer = engine.inspect().offers.first().map(|line| (line.offer, line.contact));
        offer.expect("it is offered")
    };
    assert_eq!(offer_with(1), offer_with(1));
    assert_ne!(offer_with(1).0, offer_with(2).0);
    assert_eq!(offer_with(2).1, ContactId(10));
}

/// What version 3 wrote: of calls it decided alike.
#[test]
fn a_journal_of_the_version_before_is_replayed() {
    let read = |line| serde_json::from_str::<Entry>(line).expect("an entry of version 3");
    let journal: Vec<Entry> = include_str!("journal-3.jsonl").lines().map(read).collect();
    assert_eq!(journal[0].what, What::Begun { rules: 3, asks: false });
    let replayed = Engine::replay(SEED, journal).expect("it was decided alike");
    assert_eq!(replayed.inspect().counters, told_in_full().inspect().counters);
}
