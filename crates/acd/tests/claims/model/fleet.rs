//! An engine that shares its agents with other nodes, and the store that they share: a row an agent who is held.

use super::*;
use acd::Setup;
use std::collections::{BTreeMap, BTreeSet};

/// The store, which answers in its own time and has rows of other nodes now and then.
#[derive(Default)]
struct Store {
    rows: BTreeSet<(AgentId, ContactId)>,
    late: Vec<(OfferId, bool)>,
    asked: usize,
}

impl Store {
    /// What becomes of the n-th question: the answer, and whether it comes at once. The same each time.
    fn fate(&mut self) -> (bool, bool) {
        self.asked += 1;
        (self.asked % 5 != 3, self.asked % 4 != 1)
    }
}

struct Node {
    engine: Engine,
    store: Store,
    journal: Vec<acd::Entry>,
    offers: Vec<OfferId>,
    now: Mono,
    patient: bool,
}

impl Node {
    fn new(patient: bool, plan: &Arc<Setup>) -> Node {
        let (engine, store) = (Engine::asking(SEED), Store::default());
        let mut node = Node { engine, store, journal: vec![], offers: vec![], now: Mono::ZERO, patient };
        node.tell(Command::Reconfigure(Arc::clone(plan)));
        for agent in (0..generate::AGENTS).map(AgentId) {
            node.tell(Command::Reachable { agent, reachable: true });
        }
        node
    }

    fn now(&self) -> Now {
        Now { mono: self.now, ..Now::default() }
    }

    fn tell(&mut self, command: Command) {
        self.engine.handle_input(self.now(), command);
        self.drain();
    }

    fn drain(&mut self) {
        while let Some(output) = self.engine.poll_output() {
            match output {
                Output::Journal(entry) => self.journal.push(*entry),
                Output::Event(Event::Contact(_, ContactEvent::Offered { offer, .. })) => self.offers.push(offer),
                Output::Event(_) => {}
                Output::Reserve { offer, agent, contact } => self.asked(offer, agent, contact),
                Output::Release { agent, contact } => {
                    self.store.rows.remove(&(agent, contact));
                }
            }
        }
    }

    fn asked(&mut self, offer: OfferId, agent: AgentId, contact: ContactId) {
        let (granted, at_once) = if self.patient { (true, true) } else { self.store.fate() };
        if granted {
            assert!(self.store.rows.iter().all(|(held, _)| *held != agent), "{agent} is reserved twice");
            self.store.rows.insert((agent, contact));
        }
        match at_once {
            true => self.engine.handle_input(self.now(), Command::Reserved { offer, granted }),
            false => self.store.late.push((offer, granted)),
        }
    }

    fn advance(&mut self, d: Duration) {
        let end = self.now + d;
        while let Some(at) = self.engine.poll_timeout().filter(|at| *at <= end) {
            self.now = self.now.max(at);
            self.engine.handle_timeout(self.now());
            self.drain();
        }
        self.now = end;
    }

    fn act(&mut self, action: &Action, plans: &[Arc<Setup>]) {
        let offer = |index: usize| pick(&self.engine, &self.offers, index);
        match action {
            Action::Wait(ms) => {
                self.advance(Duration::from_millis(*ms));
                // The oldest answer comes, now and then too late.
                if !self.store.late.is_empty() {
                    let (offer, granted) = self.store.late.remove(0);
                    self.tell(Command::Reserved { offer, granted });
                }
            }
            Action::Plan(index) => self.tell(Command::Reconfigure(Arc::clone(&plans[index % plans.len()]))),
            Action::Accept(index) => self.tell(Command::Accepted { offer: offer(*index) }),
            Action::Fail(index, why) => self.tell(Command::OfferFailed { offer: offer(*index), why: *why }),
            Action::Tell(command) => self.tell(command.clone()),
        }
        assert_reserved_exactly_by_live_offers(&self.engine);
        self.assert_held();
    }

    /// Whoever rings or talks here is ours; nobody else is held for us, but for those about whom we wait for an answer.
    fn assert_held(&self) {
        let snapshot = self.engine.inspect();
        let talks = |agent: &acd::AgentLine| match agent.work {
            acd::Work::Talking(contact) => Some((agent.agent, contact)),
            _ => None,
        };
        let mut holds: BTreeSet<_> = snapshot.agents.iter().filter_map(talks).collect();
        let asked = |offer: &acd::OfferLine| offer.asked;
        let (asked, rings): (Vec<_>, Vec<_>) = snapshot.offers.iter().partition(|offer| asked(offer));
        holds.extend(rings.iter().map(|offer| (offer.agent, offer.contact)));
        assert!(holds.is_subset(&self.store.rows), "{holds:?} of {:?}", self.store.rows);
        let waits: BTreeSet<_> = asked.iter().map(|offer| (offer.agent, offer.contact)).collect();
        let more: Vec<_> = self.store.rows.difference(&holds).filter(|row| !waits.contains(row)).collect();
        assert_eq!(more, Vec::<&(AgentId, ContactId)>::new(), "held for nothing");
    }

    fn wind_up(&mut self) {
        for contact in (0..generate::CONTACTS).map(ContactId) {
            self.tell(Command::Withdraw { contact, why: Withdrawal::Dropped });
        }
        self.advance(secs(24 * 3_600));
        let snapshot = self.engine.inspect();
        assert_eq!((snapshot.offers, snapshot.elsewhere), (vec![], vec![]));
        assert!(snapshot.agents.iter().all(|agent| agent.work == acd::Work::Idle));
        assert!(self.store.rows.is_empty(), "not freed: {:?}", self.store.rows);
        assert_eq!(self.engine.poll_timeout(), None, "no timer is left");
    }
}

/// What became of each contact. What comes at one instant comes in another order where the grants do.
fn fates(journal: &[acd::Entry]) -> BTreeMap<ContactId, Vec<(Mono, &What)>> {
    let mut fates: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for entry in journal {
        if let What::Decision(Event::Contact(contact, _)) | What::Served { contact, .. } = &entry.what {
            fates.entry(*contact).or_default().push((entry.now.mono, &entry.what));
        }
    }
    fates
}

proptest! {
    #![proptest_config(cases(2_000))]

    #[test]
    fn nobody_is_reserved_twice_in_a_fleet_and_everybody_is_freed(history in generate::history()) {
        let mut node = Node::new(false, &history.plans[0]);
        history.actions.iter().for_each(|action| node.act(action, &history.plans));
        node.wind_up();
        let replayed = Engine::replay(SEED, node.journal.clone());
        prop_assert!(replayed.is_ok(), "{}", replayed.expect_err("checked"));
        prop_assert_eq!(replayed.expect("checked").inspect().counters, node.engine.inspect().counters);
    }

    #[test]
    fn who_is_granted_every_agent_at_once_decides_as_who_asks_nobody(history in generate::history()) {
        let mut fleet = Node::new(true, &history.plans[0]);
        let mut alone = Node { engine: Engine::new(SEED), ..Node::new(true, &history.plans[0]) };
        alone.journal.clear();
        alone.tell(Command::Reconfigure(Arc::clone(&history.plans[0])));
        for agent in (0..generate::AGENTS).map(AgentId) {
            alone.tell(Command::Reachable { agent, reachable: true });
        }
        for action in &history.actions {
            fleet.act(action, &history.plans);
            match action {
                Action::Wait(ms) => alone.advance(Duration::from_millis(*ms)),
                Action::Plan(index) => {
                    alone.tell(Command::Reconfigure(Arc::clone(&history.plans[index % history.plans.len()])));
                }
                Action::Accept(index) => {
                    let offer = pick(&alone.engine, &alone.offers, *index);
                    alone.tell(Command::Accepted { offer });
                }
                Action::Fail(index, why) => {
                    let offer = pick(&alone.engine, &alone.offers, *index);
                    alone.tell(Command::OfferFailed { offer, why: *why });
                }
                Action::Tell(command) => alone.tell(command.clone()),
            }
        }
        prop_assert_eq!(fates(&fleet.journal), fates(&alone.journal));
    }
}
