//! Random histories, nonsense among them, against a brute-force reference.
//!
//! `generate` makes plans and histories; `reference` keeps its own state by the written rules, without
//! timers, classes or order, and judges every decision; here both run side by side.

mod fleet;
mod generate;
mod reference;

use crate::world::*;
use acd::{Command, ContactEvent, Engine, Event, OfferFailure, Output, What, Withdrawal};
use generate::{Action, History};
use proptest::prelude::*;
use reference::Reference;
use std::sync::Arc;
use std::time::Duration;
use terms::{AgentId, ContactId, Mono, Now, OfferId};

/// The engine and its judge, on one clock.
struct Pair {
    engine: Engine,
    judge: Reference,
    now: Mono,
    offers: Vec<OfferId>,
    journal: Vec<acd::Entry>,
}

impl Pair {
    fn new() -> Pair {
        let judge = Reference::default();
        Pair { engine: Engine::new(SEED), judge, now: Mono::ZERO, offers: vec![], journal: vec![] }
    }

    fn now(&self) -> Now {
        Now { mono: self.now, ..Now::default() }
    }

    fn tell(&mut self, command: Command) {
        self.judge.command(&command);
        self.engine.handle_input(self.now(), command);
        self.judge_outputs();
    }

    /// Lets the time pass; each timer fires when it is due.
    fn advance(&mut self, d: Duration) {
        let end = self.now + d;
        while let Some(at) = self.engine.poll_timeout().filter(|at| *at <= end) {
            assert!(at > self.now, "nothing is due after an input");
            self.pass_to(at);
        }
        if end > self.now {
            self.pass_to(end);
        }
    }

    fn pass_to(&mut self, at: Mono) {
        self.now = at;
        self.judge.pass_to(at);
        self.engine.handle_timeout(self.now());
        self.judge_outputs();
    }

    fn judge_outputs(&mut self) {
        while let Some(output) = self.engine.poll_output() {
            match output {
                Output::Journal(entry) => {
                    self.judge.written(&entry.what);
                    self.journal.push(*entry);
                }
                Output::Reserve { .. } | Output::Release { .. } => panic!("nobody is asked"),
                Output::Event(event) => {
                    if let Event::Contact(_, ContactEvent::Offered { offer, .. }) = event {
                        self.offers.push(offer);
                    }
                    self.judge.decision(&event);
                }
            }
        }
        self.judge.settled(&self.engine.inspect());
    }

    fn act(&mut self, action: Action, plans: &[Arc<acd::Setup>]) {
        let offer = |index: usize| pick(&self.engine, &self.offers, index);
        match action {
            Action::Wait(ms) => self.advance(Duration::from_millis(ms)),
            Action::Plan(index) => self.tell(Command::Reconfigure(Arc::clone(&plans[index % plans.len()]))),
            Action::Accept(index) => self.tell(Command::Accepted { offer: offer(index) }),
            Action::Fail(index, why) => self.tell(Command::OfferFailed { offer: offer(index), why }),
            Action::Tell(command) => self.tell(command),
        }
    }

    /// Ends everything and sees that nothing is left.
    fn wind_up(&mut self) {
        for contact in (0..generate::CONTACTS).map(ContactId) {
            self.tell(Command::Withdraw { contact, why: Withdrawal::Dropped });
        }
        self.advance(secs(24 * 3_600));
        let snapshot = self.engine.inspect();
        assert_eq!((snapshot.offers, snapshot.elsewhere), (vec![], vec![]));
        assert!(snapshot.queues.iter().all(|queue| queue.waiting.is_empty()));
        assert!(snapshot.agents.iter().all(|agent| agent.work == acd::Work::Idle && !agent.leaving));
        assert_eq!(self.engine.poll_timeout(), None, "no timer is left");
        let counters = snapshot.counters;
        let ended =
            counters.answered + counters.withdrawn.values().sum::<u64>() + counters.overflowed.values().sum::<u64>();
        assert_eq!(counters.enqueued, ended, "every contact ended once");
        assert_eq!(counters.answered, counters.finished);
    }
}

/// An offer: mostly one that lives, else one of the last few, which may have just ended.
fn pick(engine: &Engine, made: &[OfferId], index: usize) -> OfferId {
    let live: Vec<_> = engine.inspect().offers.iter().map(|line| line.offer).collect();
    let among = if index.is_multiple_of(4) { made } else { &live };
    among.iter().rev().nth(index / 4 % among.len().max(1)).copied().unwrap_or(OfferId(index as u64))
}

fn cases(release: u32) -> ProptestConfig {
    let cases = if cfg!(debug_assertions) { release / 40 } else { release };
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(cases(4_000))]

    #[test]
    fn every_decision_is_the_one_that_the_rules_name_and_none_is_missing(history in generate::history()) {
        let History { plans, actions } = history;
        let mut pair = Pair::new();
        pair.tell(Command::Reconfigure(Arc::clone(&plans[0])));
        for agent in (0..generate::AGENTS).map(AgentId) {
            pair.tell(Command::Reachable { agent, reachable: true });
        }
        for action in actions {
            pair.act(action, &plans);
        }
        pair.wind_up();
        let replayed = Engine::replay(SEED, pair.journal.clone());
        prop_assert!(replayed.is_ok(), "{}", replayed.expect_err("checked"));
        let replayed = replayed.expect("checked").inspect();
        prop_assert_eq!(&replayed.counters, &pair.engine.inspect().counters);
    }
}

/// As a shell that is late, or mad: wake-ups come when they come, the clock may go back.
fn run_late(history: &History) -> (Engine, Vec<acd::Entry>) {
    let mut engine = Engine::new(SEED);
    let (mut journal, mut offers, mut micros) = (vec![], vec![], 0_u64);
    let plan = Action::Plan(0);
    for action in std::iter::once(&plan).chain(&history.actions) {
        let now = Now { mono: Mono::from_micros(micros), ..Now::default() };
        match action {
            Action::Wait(ms) if ms % 7 == 0 => micros = micros.saturating_sub(1_000 * ms),
            Action::Wait(ms) if ms % 3 == 0 => engine.handle_timeout(now),
            Action::Wait(ms) => micros += 1_000 * ms,
            Action::Plan(index) => {
                let plan = Arc::clone(&history.plans[index % history.plans.len()]);
                engine.handle_input(now, Command::Reconfigure(plan));
            }
            Action::Accept(index) => {
                engine.handle_input(now, Command::Accepted { offer: pick(&engine, &offers, *index) })
            }
            Action::Fail(index, why) => {
                engine.handle_input(now, Command::OfferFailed { offer: pick(&engine, &offers, *index), why: *why })
            }
            Action::Tell(command) => engine.handle_input(now, command.clone()),
        }
        while let Some(output) = engine.poll_output() {
            match output {
                Output::Journal(entry) => journal.push(*entry),
                Output::Event(Event::Contact(_, ContactEvent::Offered { offer, .. })) => offers.push(offer),
                Output::Event(_) | Output::Reserve { .. } | Output::Release { .. } => {}
            }
        }
        assert_reserved_exactly_by_live_offers(&engine);
    }
    (engine, journal)
}

fn assert_reserved_exactly_by_live_offers(engine: &Engine) {
    let snapshot = engine.inspect();
    let reserved = snapshot.agents.iter().filter_map(|agent| match agent.work {
        acd::Work::Reserved(offer) => Some((offer, agent.agent)),
        _ => None,
    });
    let mut reserved: Vec<_> = reserved.collect();
    reserved.sort();
    let live: Vec<_> = snapshot.offers.iter().map(|offer| (offer.offer, offer.agent)).collect();
    assert_eq!(reserved, live);
    let pairs: std::collections::BTreeSet<_> =
        snapshot.offers.iter().map(|offer| (offer.contact, offer.agent)).collect();
    assert_eq!(pairs.len(), live.len(), "a contact has one offer at most to an agent");
}

proptest! {
    #![proptest_config(cases(4_000))]

    #[test]
    fn a_late_or_mad_clock_breaks_no_invariant_and_replays(history in generate::history()) {
        let (engine, journal) = run_late(&history);
        let replayed = Engine::replay(SEED, journal);
        prop_assert!(replayed.is_ok(), "{}", replayed.expect_err("checked"));
        prop_assert_eq!(replayed.expect("checked").inspect().offers, engine.inspect().offers);
    }

    #[test]
    fn the_journal_may_break_off_anywhere(history in generate::history(), cut in any::<prop::sample::Index>()) {
        let (_, mut journal) = run_late(&history);
        let rest = journal.split_off(cut.index(journal.len()));
        let mut engine = Engine::replay(SEED, journal).map_err(|e| TestCaseError::fail(e.to_string()))?;
        // What the journal lacks of its last input comes out now.
        let of_the_input = |entry: &acd::Entry| matches!(entry.what, What::Decision(_) | What::Served { .. });
        for recorded in rest.into_iter().take_while(of_the_input) {
            let Some(Output::Journal(entry)) = engine.poll_output() else { panic!("no decision") };
            prop_assert_eq!(&*entry, &recorded);
            if matches!(recorded.what, What::Decision(_)) {
                engine.poll_output();
            }
        }
    }
}

#[test]
fn the_reference_can_fail() {
    let plan = setup(vec![queue(SUPPORT, &[1, 2])]);
    let judge = |agent: u64| {
        let mut judge = Reference::default();
        judge.command(&Command::Reconfigure(Arc::new(plan.clone())));
        for id in [1, 2] {
            judge.command(&Command::Reachable { agent: AgentId(id), reachable: true });
            judge.command(&Command::SetStatus { agent: AgentId(id), status: acd::Status::Ready });
            judge.pass_to(Mono::ZERO + secs(id));
        }
        judge.command(&enqueue(SUPPORT, 10));
        let (offer, contact, queue, agent) = (OfferId(1), ContactId(10), SUPPORT, AgentId(agent));
        judge.decision(&Event::Contact(contact, ContactEvent::Queued { queue, position: 1, segment: 0 }));
        let ring = secs(20);
        judge.decision(&Event::Contact(contact, ContactEvent::Offered { offer, queue, agent, ring, segment: 0 }));
        judge.command(&Command::OfferFailed { offer, why: OfferFailure::Busy });
    };
    judge(1);
    assert!(std::panic::catch_unwind(|| judge(2)).is_err(), "agent 2 has been idle for less long");
}
