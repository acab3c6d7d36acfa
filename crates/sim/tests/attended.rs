//! A phone connects the other sides of two of its calls (REFER with Replaces), or takes another phone's place (INVITE with
//! Replaces): whoever is left talks, nothing is left over, and each call and leg is in the account once.

use call::cdr::{CallRecord, Entry, Outcome};
use media::codec::Codec;
use sim::deeds::faults;
use sim::scenario::{CAROL, NUMBER, PLAN, prompts, world};
use sim::{Conduct, Fault, Faults, PhoneIndex, Standing, Then, World};
use std::time::Duration;
use terms::LegId;

const SECOND: Duration = Duration::from_secs(1);

/// [`world`], in which everybody's first codec is the same: what is transcoded cannot be told by its fingerprint.
fn one_codec(seed: u64) -> World {
    let mut world = world(seed, Faults::default());
    world.agents.iter_mut().for_each(|agent| agent.identity.codecs = vec![Codec::Pcma, Codec::Pcmu]);
    world
}

/// A customer talks to carol, and carol talks to bob, or hears that it rings there.
struct Stage {
    world: World,
    carrier: PhoneIndex,
    carol: PhoneIndex,
    bob: PhoneIndex,
    customer: LegId,
    /// Carol's call with the customer, and the one with bob.
    first: LegId,
    second: LegId,
}

impl Stage {
    fn new(seed: u64, bob: Then) -> Stage {
        Stage::with_fault(seed, bob, None)
    }

    /// The n-th message after the REFER meets a fault.
    fn with_fault(seed: u64, bob: Then, fault: Option<(u64, Fault)>) -> Stage {
        let mut world = one_codec(seed);
        world.agent("bob").conduct = Conduct { then: bob, ..Conduct::default() };
        let (carrier, carol, bob) = (world.phone("carrier"), world.phone("carol"), world.phone("bob"));
        let customer = world.dial("+359888123456", CAROL);
        world.advance(2 * SECOND);
        let first = world.agents[carol].current().expect("the customer talks to carol");
        world.act(carol, |agent, now| agent.hold(now, first, true));
        let second = world.act(carol, |agent, now| agent.dial(now, "102"));
        world.advance(2 * SECOND);
        if let Some((nth, fault)) = fault {
            world.meet(nth, fault);
        }
        Stage { world, carrier, carol, bob, customer, first, second }
    }

    /// Carol asks in one of her calls for the other side of the other one.
    fn refer(&mut self, within: LegId, other: LegId) {
        self.world.act(self.carol, |agent, now| agent.refer_to(now, within, other));
    }

    fn standing(&self, who: PhoneIndex, leg: LegId) -> Standing {
        self.world.agents[who].talks[&leg].standing
    }

    /// What carol was told of her transfer.
    fn told(&self, within: LegId) -> &[u16] {
        &self.world.agents[self.carol].talks[&within].transfer
    }

    /// How many packets of each other the customer and whoever has taken over have heard.
    fn heard(&self, who: PhoneIndex) -> (u64, u64) {
        let voice = |who: PhoneIndex| self.world.agents[who].identity.fingerprint;
        let there: u64 = self.world.agents[who].talks.values().map(|talk| talk.heard.voice(voice(self.carrier))).sum();
        (self.world.agents[self.carrier].talks[&self.customer].heard.voice(voice(who)), there)
    }

    fn assert_connected(&mut self) {
        self.world.advance(2 * SECOND);
        let ladder = &self.world.ladder;
        let (here, there) = self.heard(self.bob);
        assert!(here > 50 && there > 50, "{here} {there}\n{ladder}");
        for leg in [self.first, self.second] {
            assert!(!matches!(self.standing(self.carol, leg), Standing::Up | Standing::Ringing), "{ladder}");
        }
        self.world.assert_wired_as_said();
    }

    fn end(&mut self) -> Vec<CallRecord> {
        let (carrier, customer) = (self.carrier, self.customer);
        self.world.act(carrier, |agent, now| agent.hang_up(now, customer));
        self.world.assert_quiescent();
        records(&self.world)
    }
}

/// Every call that is over, the older one first.
fn records(world: &World) -> Vec<CallRecord> {
    let closed = |entry: &Entry| match entry {
        Entry::Closed(record) => Some((**record).clone()),
        _ => None,
    };
    let mut records: Vec<CallRecord> = world.ledger.iter().filter_map(closed).collect();
    records.sort_by_key(|record| record.call);
    records
}

#[test]
fn the_other_sides_are_connected_whichever_dialog_the_phone_asks_in() {
    for (seed, swapped) in [(70, false), (71, false), (72, true), (73, true)] {
        let mut stage = Stage::new(seed, Then::Answer);
        let (within, other) = if swapped { (stage.second, stage.first) } else { (stage.first, stage.second) };
        stage.refer(within, other);
        stage.assert_connected();
        assert_eq!(stage.told(within), [202, 100, 200], "{}", stage.world.ladder);
        let records = stage.end();
        let [older, newer] = &records[..] else { panic!("{records:?}") };
        assert_eq!((newer.outcome, newer.joined), (Outcome::Joined, Some(older.call)), "the older one goes on");
        assert_eq!((older.outcome, older.joined), (Outcome::Answered, None));
        assert!(older.talked_ms >= 5_000, "{older:?}");
    }
}

#[test]
fn each_call_that_a_leg_was_in_stands_in_its_account() {
    let mut stage = Stage::new(74, Then::Answer);
    stage.refer(stage.first, stage.second);
    stage.assert_connected();
    let records = stage.end();
    let legs: Vec<_> = stage
        .world
        .ledger
        .iter()
        .filter_map(|entry| match entry {
            Entry::Leg(leg) if !leg.moves.is_empty() => Some(leg),
            _ => None,
        })
        .collect();
    let [bob] = &legs[..] else { panic!("{legs:?}") };
    assert_eq!((bob.call, bob.moves.len(), bob.moves[0].call), (records[0].call, 1, records[1].call));
    assert!(bob.invited < bob.moves[0].until && Some(bob.moves[0].until) < bob.ended, "{bob:?}");
}

#[test]
fn who_still_rings_is_connected_when_he_answers() {
    for seed in [75, 76] {
        let mut stage = Stage::new(seed, Then::RingOn);
        stage.refer(stage.first, stage.second);
        stage.world.advance(2 * SECOND);
        assert_eq!(stage.told(stage.first), [202, 100, 200]);
        let (bob, ladder) = (stage.bob, &stage.world.ladder);
        let rings = stage.world.agents[bob].current().expect("it still rings");
        let sounds = stage.world.agents[stage.carrier].talks[&stage.customer].heard.sounds();
        assert!(sounds >= 40, "the customer hears that it rings\n{ladder}");
        stage.world.act(bob, |agent, now| agent.answer(now, rings));
        stage.assert_connected();
        stage.end();
    }
}

#[test]
fn who_does_not_answer_leaves_the_customer_to_the_one_who_transferred_him() {
    for seed in [90, 91] {
        let mut stage = Stage::new(seed, Then::RingOn);
        stage.refer(stage.first, stage.second);
        stage.world.advance(70 * SECOND);
        let (carol, ladder) = (stage.carol, &stage.world.ladder);
        let back = stage.world.agents[carol].current().expect("carol is rung");
        assert_eq!(stage.standing(carol, back), Standing::Up, "{ladder}");
        let voice = stage.world.agents[carol].identity.fingerprint;
        let heard = |stage: &Stage| stage.world.agents[stage.carrier].talks[&stage.customer].heard.voice(voice);
        let before = heard(&stage);
        stage.world.advance(2 * SECOND);
        assert!(heard(&stage) > before + 50, "{}", stage.world.ladder);
        stage.end();
    }
}

#[test]
fn an_agent_who_leaves_his_customer_to_one_who_still_rings_does_his_after_call_work() {
    for (seed, then) in [(92, Then::Answer), (93, Then::Refuse(486))] {
        let mut world = one_codec(seed);
        let (carrier, alice, carol) = (world.phone("carrier"), world.phone("alice"), world.phone("carol"));
        let customer = world.dial("+359888123456", NUMBER);
        world.advance(2 * SECOND);
        world.act(carrier, |agent, _| agent.press(customer, '1'));
        world.advance(4 * SECOND);
        world.agents[carol].conduct = Conduct { ring: 4 * SECOND, then, ..Conduct::default() };
        let first = world.agents[alice].current().expect("the customer talks to alice");
        let second = world.act(alice, |agent, now| agent.dial(now, "103"));
        world.advance(SECOND);
        world.act(alice, |agent, now| agent.refer_to(now, first, second));
        world.advance(SECOND);
        assert!(world.agents[alice].current().is_none(), "she is out of it\n{}", world.ladder);
        let id = terms::AgentId::of("alice");
        let agents = world.node.acd().inspect_at(world.now().mono).agents;
        let work = agents.into_iter().find(|line| line.agent == id).expect("she is in the plan").work;
        assert_eq!(work, acd::Work::WrapUp, "{}", world.ladder);
        world.advance(5 * SECOND);
        let who = if then == Then::Answer { carol } else { alice };
        let voice = world.agents[who].identity.fingerprint;
        assert!(world.agents[carrier].talks[&customer].heard.voice(voice) > 50, "{}", world.ladder);
        world.act(carrier, |agent, now| agent.hang_up(now, customer));
        world.assert_quiescent();
    }
}

#[test]
fn the_phones_screen_shows_who_is_there_now() {
    let mut stage = Stage::new(77, Then::Answer);
    stage.refer(stage.first, stage.second);
    stage.assert_connected();
    let ladder = stage.world.ladder.to_string();
    assert!(ladder.contains("UPDATE"), "{ladder}");
    stage.end();
}

#[test]
fn a_phone_that_hangs_up_at_once_has_transferred_all_the_same() {
    for seed in [78, 79] {
        let mut stage = Stage::new(seed, Then::Answer);
        let (first, second) = (stage.first, stage.second);
        stage.world.act(stage.carol, |agent, now| {
            agent.refer_to(now, first, second);
        });
        stage.world.advance(Duration::from_millis(31));
        stage.world.act(stage.carol, |agent, now| {
            agent.hang_up(now, first);
            agent.hang_up(now, second);
        });
        stage.assert_connected();
        stage.end();
    }
}

#[test]
fn a_caller_from_a_queue_takes_his_contact_and_his_recording_along() {
    for seed in [80, 81] {
        let mut world = one_codec(seed);
        let (carrier, alice, bob) = (world.phone("carrier"), world.phone("alice"), world.phone("bob"));
        let customer = world.dial("+359888123456", NUMBER);
        world.advance(2 * SECOND);
        world.act(carrier, |agent, _| agent.press(customer, '1'));
        world.advance(4 * SECOND);
        let first = world.agents[alice].current().expect("the customer talks to alice");
        let second = world.act(alice, |agent, now| agent.dial(now, "102"));
        world.advance(2 * SECOND);
        world.act(alice, |agent, now| agent.refer_to(now, first, second));
        world.advance(3 * SECOND);
        let voice = world.agents[bob].identity.fingerprint;
        assert!(world.agents[carrier].talks[&customer].heard.voice(voice) > 50, "{}", world.ladder);
        let work = |world: &World, name: &str| {
            let id = terms::AgentId::of(name);
            world.node.acd().inspect_at(world.now().mono).agents.into_iter().find(|line| line.agent == id).unwrap().work
        };
        assert!(matches!(work(&world, "bob"), acd::Work::Talking(_)), "bob has the contact");
        assert!(!matches!(work(&world, "alice"), acd::Work::Talking(_)), "alice is done with it");
        world.act(carrier, |agent, now| agent.hang_up(now, customer));
        world.assert_quiescent();
        let records = records(&world);
        assert_eq!(records[0].agent, Some(terms::AgentId::of("bob")), "{records:?}");
        assert!(records[0].contact.is_some() && records[0].capture.is_some());
        assert_eq!(records[1].outcome, Outcome::Joined);
    }
}

#[test]
fn every_single_fault_leaves_the_customer_with_somebody_and_nothing_behind() {
    for (nth, fault) in faults(24) {
        for (within_second, seed) in [(false, 82), (true, 83)] {
            let mut stage = Stage::with_fault(seed, Then::Answer, Some((nth, fault)));
            let (within, other) = match within_second {
                true => (stage.second, stage.first),
                false => (stage.first, stage.second),
            };
            stage.refer(within, other);
            stage.world.advance(8 * SECOND);
            let (here, there) = stage.heard(stage.bob);
            assert!(here > 200 && there > 200, "{nth} {fault:?}: {here} {there}\n{}", stage.world.ladder);
            stage.world.assert_wired_as_said();
            stage.end();
        }
    }
}

#[test]
fn whoever_hangs_up_at_whatever_moment_leaves_nothing_behind() {
    for moment in 0..16_u64 {
        for who in 0..3 {
            let mut stage =
                Stage::new(84 + moment % 2, if moment.is_multiple_of(3) { Then::RingOn } else { Then::Answer });
            let (first, second) = (stage.first, stage.second);
            stage.refer(first, second);
            stage.world.advance(Duration::from_millis(4 * moment));
            let (carrier, bob, carol) = (stage.carrier, stage.bob, stage.carol);
            match who {
                0 => stage.world.act(carrier, |agent, now| agent.hang_up(now, LegId::outbound(1))),
                1 => stage.world.act(bob, |agent, now| {
                    agent.current().into_iter().for_each(|leg| agent.hang_up(now, leg));
                }),
                _ => stage.world.act(carol, |agent, now| {
                    agent.hang_up(now, first);
                    agent.hang_up(now, second);
                }),
            }
            stage.world.advance(5 * SECOND);
            stage.world.assert_wired_as_said();
            for phone in [carrier, bob, carol] {
                while let Some(leg) = stage.world.agents[phone].current() {
                    stage.world.act(phone, |agent, now| agent.hang_up(now, leg));
                    stage.world.advance(2 * SECOND);
                }
            }
            stage.world.assert_quiescent();
        }
    }
}

#[test]
fn what_cannot_be_connected_is_refused_and_everybody_talks_on() {
    let mut stage = Stage::new(86, Then::Answer);
    let (first, second) = (stage.first, stage.second);
    stage.refer(first, first);
    stage.world.advance(SECOND);
    assert_eq!(stage.told(first), [603], "nobody takes over his own call");
    assert_eq!((stage.standing(stage.carol, first), stage.standing(stage.carol, second)), (Standing::Up, Standing::Up));
    stage.refer(first, second);
    stage.assert_connected();
    stage.end();
}

#[test]
fn another_device_of_the_same_phone_takes_a_call_over() {
    for seed in [87, 88] {
        let mut world = world(seed, Faults::default());
        let (carrier, carol) = (world.phone("carrier"), world.phone("carol"));
        let other = world.add_device("carol");
        world.advance(2 * SECOND);
        world.agents[other].conduct = Conduct { then: Then::RingOn, ..Conduct::default() };
        let customer = world.dial("+359888123456", CAROL);
        world.advance(2 * SECOND);
        let first = world.agents[carol].current().expect("carol has the call");
        let dialog = world.agents[carol].dialog(first).expect("a dialog");
        let second = world.act(other, |agent, now| agent.take_over(now, "103", dialog));
        world.advance(3 * SECOND);
        assert_eq!(world.agents[carol].talks[&first].standing, Standing::Over, "{}", world.ladder);
        assert_eq!(world.agents[other].talks[&second].standing, Standing::Up);
        let voice = world.agents[other].identity.fingerprint;
        assert!(world.agents[carrier].talks[&customer].heard.voice(voice) > 50, "{}", world.ladder);
        world.assert_wired_as_said();
        world.act(carrier, |agent, now| agent.hang_up(now, customer));
        world.assert_quiescent();
        assert_eq!(records(&world).len(), 1, "it is the same call");
    }
}

#[test]
fn a_code_takes_what_rings_at_a_phone_of_ones_group_and_nothing_else() {
    let group = "\n[[group]]\nname = \"desk\"\nmembers = [\"phone:bob\", \"phone:carol\"]\n";
    for (seed, code) in [(189, "*8103"), (190, "*8")] {
        let mut world = World::new(seed, &(PLAN.to_owned() + group), prompts(), Faults::default());
        world.advance(5 * SECOND);
        world.agent("carol").conduct = Conduct { then: Then::RingOn, ..Conduct::default() };
        let (alice, bob, carol) = (world.phone("alice"), world.phone("bob"), world.phone("carol"));
        let nothing = world.act(bob, |agent, now| agent.dial(now, code));
        world.advance(SECOND);
        assert_eq!(world.agents[bob].talks[&nothing].standing, Standing::Refused(480), "{}", world.ladder);
        let customer = world.dial("+359888123456", CAROL);
        world.advance(2 * SECOND);
        let rings = world.agents[carol].current().expect("it rings at carol's");
        let strangers = world.act(alice, |agent, now| agent.dial(now, code));
        world.advance(SECOND);
        let Standing::Refused(403 | 480) = world.agents[alice].talks[&strangers].standing else {
            panic!("alice is in no group of carol's: {}", world.ladder)
        };
        let taken = world.act(bob, |agent, now| agent.dial(now, code));
        world.advance(3 * SECOND);
        assert_eq!(world.agents[bob].talks[&taken].standing, Standing::Up, "{}", world.ladder);
        assert_eq!(world.agents[carol].talks[&rings].standing, Standing::Over, "it rings no more");
        let (carrier, voice) = (world.phone("carrier"), world.agents[bob].identity.fingerprint);
        assert!(world.agents[carrier].talks[&customer].heard.voice(voice) > 50, "{}", world.ladder);
        world.act(carrier, |agent, now| agent.hang_up(now, customer));
        world.assert_quiescent();
    }
}

#[test]
fn who_is_in_a_group_with_a_phone_that_rings_may_take_its_call_and_nobody_else() {
    let group = "\n[[group]]\nname = \"desk\"\nmembers = [\"phone:bob\", \"phone:carol\"]\n";
    let mut world = World::new(89, &(PLAN.to_owned() + group), prompts(), Faults::default());
    world.advance(5 * SECOND);
    world.agent("carol").conduct = Conduct { then: Then::RingOn, ..Conduct::default() };
    let (carrier, carol) = (world.phone("carrier"), world.phone("carol"));
    let customer = world.dial("+359888123456", CAROL);
    world.advance(2 * SECOND);
    let rings = world.agents[carol].current().expect("it rings at carol's");
    let dialog = world.agents[carol].dialog(rings).expect("a dialog");
    let (alice, bob) = (world.phone("alice"), world.phone("bob"));
    let refused = world.act(alice, |agent, now| agent.take_over(now, "103", dialog.clone()));
    world.advance(SECOND);
    assert_eq!(world.agents[alice].talks[&refused].standing, Standing::Refused(403), "{}", world.ladder);
    let taken = world.act(bob, |agent, now| agent.take_over(now, "103", dialog));
    world.advance(3 * SECOND);
    assert_eq!(world.agents[bob].talks[&taken].standing, Standing::Up, "{}", world.ladder);
    assert_eq!(world.agents[carol].talks[&rings].standing, Standing::Over, "it rings no more");
    // Once he talks it is his: neither his group nor a stranger to it gets his place, though each knows how it is called.
    let talks = world.agents[bob].dialog(taken).expect("a dialog");
    for other in [carol, alice] {
        let refused = world.act(other, |agent, now| agent.take_over(now, "102", talks.clone()));
        world.advance(SECOND);
        assert_eq!(world.agents[other].talks[&refused].standing, Standing::Refused(403), "{}", world.ladder);
    }
    let voice = world.agents[bob].identity.fingerprint;
    assert!(world.agents[carrier].talks[&customer].heard.voice(voice) > 50, "{}", world.ladder);
    world.act(carrier, |agent, now| agent.hang_up(now, customer));
    world.assert_quiescent();
}

/// The queue's call rings at alice, and this phone of her group takes it: who is at work for it then, and for whom it counts.
fn taken_from_alice(seed: u64, taker: &str, fault: Option<(u64, Fault)>) -> (CallRecord, bool) {
    let group = "\n[[group]]\nname = \"desk\"\nmembers = [\"phone:alice\", \"phone:bob\", \"phone:carol\"]\n";
    let mut world = World::new(seed, &(PLAN.to_owned() + group), prompts(), Faults::default());
    world.advance(5 * SECOND);
    world.agents.iter_mut().for_each(|agent| agent.identity.codecs = vec![Codec::Pcma, Codec::Pcmu]);
    world.agent("alice").conduct = Conduct { then: Then::RingOn, ..Conduct::default() };
    let (carrier, alice, taker) = (world.phone("carrier"), world.phone("alice"), world.phone(taker));
    let customer = world.dial("+359888123456", NUMBER);
    world.advance(2 * SECOND);
    world.act(carrier, |agent, _| agent.press(customer, '1'));
    world.advance(2 * SECOND);
    let rings = world.agents[alice].current().expect("it rings at alice's");
    let dialog = world.agents[alice].dialog(rings).expect("a dialog");
    if let Some((nth, fault)) = fault {
        world.meet(nth, fault);
    }
    let taken = world.act(taker, |agent, now| agent.take_over(now, "101", dialog));
    world.advance(4 * SECOND);
    assert_eq!(world.agents[taker].talks[&taken].standing, Standing::Up, "{}", world.ladder);
    assert_eq!(world.agents[alice].talks[&rings].standing, Standing::Over, "it rings no more: {}", world.ladder);
    let voice = world.agents[taker].identity.fingerprint;
    assert!(world.agents[carrier].talks[&customer].heard.voice(voice) > 50, "{}", world.ladder);
    world.assert_wired_as_said();
    let talks = |name: &str| {
        let id = terms::AgentId::of(name);
        let agents = world.node.acd().inspect_at(world.now().mono).agents;
        agents.iter().any(|line| line.agent == id && matches!(line.work, acd::Work::Talking(_)))
    };
    assert!(!talks("alice"), "alice has not answered");
    let bob = talks("bob");
    world.act(carrier, |agent, now| agent.hang_up(now, customer));
    world.assert_quiescent();
    let record = records(&world).pop().expect("one call");
    (record, bob)
}

#[test]
fn a_queues_call_that_a_colleague_takes_is_his_conversation_whatever_is_lost() {
    let faults = (0..8).flat_map(|nth| [Fault::Lost, Fault::Doubled, Fault::Swapped].map(|fault| Some((nth, fault))));
    for fault in faults.chain([None]) {
        let (record, talks) = taken_from_alice(91, "bob", fault);
        assert!(talks, "bob has the contact, {fault:?}");
        assert_eq!(record.agent, Some(terms::AgentId::of("bob")), "{fault:?}");
    }
}

#[test]
fn a_queues_call_that_a_phone_without_an_agent_takes_is_no_agents() {
    let (record, bob) = taken_from_alice(92, "carol", None);
    assert_eq!((record.agent, bob), (None, false));
    assert_eq!(record.phone, Some(terms::PhoneId::of("carol")));
}
