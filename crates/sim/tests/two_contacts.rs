//! An agent asks another queue while he has a customer from one, and connects the two: of two contacts the older one goes on,
//! with whoever took the other one or waiting in its place; nobody is offered anything twice, and each is in the account once.

use acd::{Command, What, Work};
use call::cdr::{CallEvent, CallEventKind, CallRecord, Entry, Outcome};
use media::codec::Codec;
use proptest::prelude::*;
use sim::scenario::{NUMBER, PLAN, prompts};
use sim::{Conduct, Fault, Faults, PhoneIndex, Then, World};
use std::time::Duration;
use terms::{AgentId, ContactId, LegId};

const SECOND: Duration = Duration::from_secs(1);

const MORE: &str = r#"
[[queue]]
name = "experts"
agents = ["bob"]
ring = "20s"
wrap_up = "3s"
music = "music.wav"

[[route]]
from = "phone:*"
to = "200"
go = "queue:experts"

[[route]]
from = "phone:*"
to = "202"
go = "flow:main"
"#;

/// Alice has a customer from one queue, and her second leg is in another one.
struct Stage {
    world: World,
    carrier: PhoneIndex,
    alice: PhoneIndex,
    bob: PhoneIndex,
    customer: LegId,
    first: LegId,
    second: LegId,
}

impl Stage {
    fn new(seed: u64, number: &str, bob: Then) -> Stage {
        let mut world = World::new(seed, &(PLAN.to_owned() + MORE), prompts(), Faults::default());
        let all = |world: &World| world.agents.iter().skip(1).all(|agent| agent.registered == Some(200));
        assert!(world.wait_until(70 * SECOND, all));
        world.ladder.clear();
        // What is transcoded cannot be told by its fingerprint.
        world.agents.iter_mut().for_each(|agent| agent.identity.codecs = vec![Codec::Pcma, Codec::Pcmu]);
        world.agent("bob").conduct = Conduct { then: bob, ..Conduct::default() };
        let (carrier, alice, bob) = (world.phone("carrier"), world.phone("alice"), world.phone("bob"));
        let customer = world.dial("+359888123456", NUMBER);
        world.advance(2 * SECOND);
        world.act(carrier, |agent, _| agent.press(customer, '1'));
        world.advance(4 * SECOND);
        let first = world.agents[alice].current().expect("the customer talks to alice");
        let second = world.act(alice, |agent, now| agent.dial(now, number));
        world.advance(2 * SECOND);
        Stage { world, carrier, alice, bob, customer, first, second }
    }

    fn connect(&mut self, swapped: bool) {
        let (first, second) = (self.first, self.second);
        let (within, other) = if swapped { (second, first) } else { (first, second) };
        self.world.act(self.alice, |agent, now| agent.refer_to(now, within, other));
    }

    fn work(&self, agent: &str) -> Work {
        let id = AgentId::of(agent);
        let agents = self.world.node.acd().inspect_at(self.world.now().mono).agents;
        agents.into_iter().find(|line| line.agent == id).expect("he is in the plan").work
    }

    fn assert_talk(&mut self, who: PhoneIndex) {
        let voice = self.world.agents[who].identity.fingerprint;
        let heard = |stage: &Stage| stage.world.agents[stage.carrier].talks[&stage.customer].heard.voice(voice);
        let before = heard(self);
        self.world.advance(2 * SECOND);
        assert!(heard(self) > before + 80, "{}", self.world.ladder);
        self.world.assert_wired_as_said();
    }

    fn end(&mut self) {
        let (carrier, customer) = (self.carrier, self.customer);
        self.world.act(carrier, |agent, now| agent.hang_up(now, customer));
        self.world.assert_quiescent();
    }

    fn events(&self) -> Vec<&CallEvent> {
        fn event(entry: &Entry) -> Option<&CallEvent> {
            if let Entry::Event(event) = entry { Some(event) } else { None }
        }
        self.world.ledger.iter().filter_map(event).collect()
    }

    /// The calls as they ended, the older one first.
    fn records(&self) -> Vec<&CallRecord> {
        fn closed(entry: &Entry) -> Option<&CallRecord> {
            if let Entry::Closed(record) = entry { Some(record) } else { None }
        }
        let mut records: Vec<&CallRecord> = self.world.ledger.iter().filter_map(closed).collect();
        records.sort_by_key(|record| record.call);
        records
    }

    /// What happened to contacts, by whose it was: the older one or the other.
    fn story(&self) -> Vec<(u8, u16, &'static str, Option<AgentId>)> {
        let older = self.older();
        let told = |event: &&CallEvent| {
            let what = match event.what {
                CallEventKind::Offered { .. } => "offered",
                CallEventKind::Connected { .. } => "connected",
                CallEventKind::Completed { .. } => "completed",
                CallEventKind::TakenOver { .. } => "taken over",
                CallEventKind::Withdrawn { .. } => "withdrawn",
                CallEventKind::Abandoned { .. } => "abandoned",
                _ => return None,
            };
            let which = if event.contact == Some(older) { 1 } else { 2 };
            Some((which, event.segment?, what, event.agent))
        };
        self.events().iter().filter_map(told).collect()
    }

    fn older(&self) -> ContactId {
        self.events().iter().find_map(|event| event.contact).expect("there is one")
    }

    fn assert_account(&self) {
        let records = self.records();
        let [older, newer] = &records[..] else { panic!("{records:?}") };
        let joined = match newer.outcome {
            Outcome::Joined => (*newer, *older),
            _ => (*older, *newer),
        };
        assert_eq!((joined.0.outcome, joined.0.joined), (Outcome::Joined, Some(joined.1.call)), "{records:?}");
        assert_eq!((joined.1.outcome, joined.1.contact), (Outcome::Answered, Some(self.older())));
        let offered = self.story().iter().filter(|(.., what, _)| *what == "offered").count();
        let answered = self.story().iter().filter(|(.., what, _)| *what == "connected").count();
        assert_eq!((offered, answered), (2, 2), "each was offered and taken once: {:?}", self.story());
    }
}

fn agent(name: &str) -> Option<AgentId> {
    Some(AgentId::of(name))
}

#[test]
fn of_two_contacts_the_older_one_goes_on_with_whoever_has_the_other() {
    for (seed, swapped) in [(120, false), (121, true), (122, false), (123, true)] {
        let mut stage = Stage::new(seed, "200", Then::Answer);
        let bob = stage.bob;
        stage.world.advance(SECOND);
        assert!(matches!(stage.work("bob"), Work::Talking(_)), "{}", stage.world.ladder);
        stage.connect(swapped);
        stage.world.advance(Duration::from_millis(200));
        assert_eq!(stage.work("bob"), Work::Talking(stage.older()), "{}", stage.world.ladder);
        stage.assert_talk(bob);
        assert!(!matches!(stage.work("alice"), Work::Talking(_)));
        stage.world.advance(5 * SECOND);
        assert_eq!(
            stage.work("bob"),
            Work::Talking(stage.older()),
            "what became of the other one is no matter any more"
        );
        stage.end();
        stage.assert_account();
        let handed = |entry: &&acd::Entry| matches!(entry.what, What::Input(Command::HandOver { .. }));
        assert_eq!(stage.world.journal.iter().filter(handed).count(), 1);
        let mut story = stage.story();
        let at = story.iter().position(|(which, .., what, _)| (*which, *what) == (2, "completed")).expect("it ends");
        assert_eq!(story.remove(at), (2, 0, "completed", agent("bob")));
        let wanted = [
            (1, 0, "offered", agent("alice")),
            (1, 0, "connected", agent("alice")),
            (2, 0, "offered", agent("bob")),
            (2, 0, "connected", agent("bob")),
            (1, 0, "completed", agent("alice")),
            (1, 1, "taken over", agent("bob")),
            (1, 1, "completed", agent("bob")),
        ];
        assert_eq!(story, wanted);
    }
}

#[test]
fn who_waits_for_an_expert_leaves_his_place_to_the_customer() {
    for (seed, swapped) in [(124, false), (125, true)] {
        let mut stage = Stage::new(seed, "200", Then::RingOn);
        stage.connect(swapped);
        stage.world.advance(500 * SECOND / 1_000);
        assert!(!matches!(stage.work("alice"), Work::Talking(_)), "she is out of it\n{}", stage.world.ladder);
        stage.world.agent("bob").conduct = Conduct::default();
        let bob = stage.bob;
        if let Some(rings) = stage.world.agents[bob].current() {
            stage.world.act(bob, |agent, now| agent.answer(now, rings));
        }
        stage.world.advance(2 * SECOND);
        stage.assert_talk(bob);
        assert_eq!(stage.work("bob"), Work::Talking(stage.older()));
        stage.end();
    }
}

#[test]
fn a_customer_takes_the_place_in_the_flow_that_the_agent_has_walked_for_him() {
    for (seed, swapped) in [(126, false), (127, true)] {
        let mut stage = Stage::new(seed, "202", Then::Answer);
        stage.connect(swapped);
        stage.world.advance(2 * SECOND);
        assert!(!matches!(stage.work("alice"), Work::Talking(_)), "{}", stage.world.ladder);
        let (carrier, customer) = (stage.carrier, stage.customer);
        assert!(stage.world.agents[carrier].talks[&customer].heard.sounds() > 0);
        stage.world.act(carrier, |agent, _| agent.press(customer, '2'));
        stage.world.advance(2 * SECOND);
        let carol = stage.world.phone("carol");
        stage.assert_talk(carol);
        stage.end();
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn whenever_they_are_connected_and_whatever_is_lost_the_older_contact_goes_on(
        seed in 0..1_000_u64,
        swapped in any::<bool>(),
        after in 0..3_000_u64,
        held in any::<bool>(),
        fault in proptest::option::of((0..24_u64, prop_oneof![Just(Fault::Lost), Just(Fault::Doubled), Just(Fault::Swapped)])),
    ) {
        let mut stage = Stage::new(seed, "200", Then::Answer);
        let (alice, first, bob) = (stage.alice, stage.first, stage.bob);
        if held {
            stage.world.act(alice, |agent, now| agent.hold(now, first, true));
        }
        stage.world.advance(Duration::from_millis(after));
        if let Some((nth, fault)) = fault {
            stage.world.network.faults.at = Some((stage.world.network.sip_messages + nth, fault));
        }
        stage.connect(swapped);
        stage.world.advance(8 * SECOND);
        stage.assert_talk(bob);
        prop_assert_eq!(stage.work("bob"), Work::Talking(stage.older()));
        stage.end();
        stage.assert_account();
    }
}
