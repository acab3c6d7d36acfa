//! Agents who log in at any phone, by number and PIN: there they are rung, and nowhere else, until they go home.

use sim::deeds::ms;
use sim::scenario::{NUMBER, PLAN, prompts};
use sim::{Conduct, Faults, World};
use terms::{AgentId, LegId};

const CARRIER: usize = sim::CARRIER;

/// Anna and ben have no phone of their own; carol's and bob's are nobody's.
fn world(seed: u64) -> World {
    let plan = PLAN.replace("devices = [\"phone:bob\"]", "devices = [\"phone:alice\"]");
    let plan = plan.replace("agents = [\"alice\", \"bob\"]", "agents = [\"anna\", \"ben\"]");
    let agent = |name: &str, number| {
        format!("[[agent]]\nname = \"{name}\"\nnumber = \"{number}\"\npin = \"1234\"\nskills = {{ english = 9 }}\n")
    };
    let plan = format!("{plan}\n{}{}", agent("anna", 4711), agent("ben", 4712));
    let mut world = World::new(seed, &plan, prompts(), Faults::default());
    world.advance(ms(3_000));
    world
}

fn dial(world: &mut World, phone: &str, number: &str) -> (usize, LegId) {
    let phone = world.phone(phone);
    let leg = world.act(phone, |agent, now| agent.dial(now, number));
    world.advance(ms(500));
    (phone, leg)
}

fn press(world: &mut World, (phone, leg): (usize, LegId), keys: &str) {
    for key in keys.chars() {
        world.act(phone, |agent, _| agent.press(leg, key));
        world.advance(ms(250));
    }
}

fn log_in(world: &mut World, phone: &str, number: &str, pin: &str) {
    let call = dial(world, phone, "*50");
    press(world, call, &format!("{number}#"));
    world.advance(ms(300));
    press(world, call, &format!("{pin}#"));
    world.advance(ms(4_000));
    assert_eq!(world.node.board().running(), 0, "it has ended\n{}", world.ladder);
}

fn line(world: &World, agent: &str) -> acd::AgentLine {
    world.node.acd().agent(AgentId::of(agent)).expect("he is known")
}

fn is_ready(world: &World, agent: &str) -> bool {
    let line = line(world, agent);
    line.status == acd::Status::Ready && line.reachable
}

#[test]
fn an_agent_is_rung_where_he_has_logged_in_until_he_goes_home() {
    let mut world = world(31);
    assert!(!is_ready(&world, "anna"));
    log_in(&mut world, "carol", "4711", "1234");
    assert!(is_ready(&world, "anna"));
    world.agent("carol").conduct = Conduct { talk: Some(ms(2_000)), ..Conduct::default() };
    let customer = world.dial("+359888123456", NUMBER);
    world.advance(ms(1_500));
    world.act(CARRIER, |agent, _| agent.press(customer, '1'));
    let carol = world.phone("carol");
    let voice = world.agents[carol].identity.fingerprint;
    let talks = |world: &World| world.agents[CARRIER].talks[&customer].heard.voice(voice) > 50;
    assert!(world.wait_until(ms(10_000), talks), "{}", world.ladder);
    world.advance(ms(10_000));
    dial(&mut world, "carol", "*53");
    world.advance(ms(3_000));
    let after = line(&world, "anna");
    assert_eq!((after.status, after.reachable), (acd::Status::LoggedOut, false), "he is at no phone");
    world.assert_quiescent();
}

#[test]
fn a_login_elsewhere_takes_the_older_one_away_and_one_on_the_same_phone_sends_the_other_home() {
    let mut world = world(32);
    log_in(&mut world, "carol", "4711", "1234");
    log_in(&mut world, "bob", "4711", "1234");
    let at = |world: &World, phone: &str| {
        let plan = world.plan();
        plan.agents_at(terms::PhoneId::of(phone)).map(|agent| agent.name.clone()).collect::<Vec<_>>()
    };
    assert_eq!((at(&world, "carol"), at(&world, "bob")), (vec![], vec!["anna".to_owned()]));
    log_in(&mut world, "bob", "4712", "1234");
    assert_eq!(at(&world, "bob"), ["ben"]);
    assert_eq!(line(&world, "anna").status, acd::Status::LoggedOut);
    assert!(is_ready(&world, "ben"));
    dial(&mut world, "bob", "*52");
    world.advance(ms(3_000));
    assert!(matches!(line(&world, "ben").status, acd::Status::NotReady(_)), "the phone speaks for him");
    world.assert_quiescent();
}

#[test]
fn wrong_pins_are_braked_by_agent_and_by_phone_and_a_wrong_number_is_no_other() {
    let mut world = world(33);
    (0..5).for_each(|_| log_in(&mut world, "carol", "4711", "9999"));
    log_in(&mut world, "carol", "4799", "1234");
    (0..4).for_each(|_| log_in(&mut world, "carol", "4711", "0000"));
    log_in(&mut world, "bob", "4711", "1234");
    assert!(!is_ready(&world, "anna"), "of anna nothing is looked at, from wherever it comes");
    log_in(&mut world, "carol", "4712", "1234");
    assert!(!is_ready(&world, "ben"), "nor anything from this phone");
    log_in(&mut world, "bob", "4712", "1234");
    assert!(is_ready(&world, "ben"), "another one at another phone");
    world.advance(ms(61_000));
    log_in(&mut world, "carol", "4711", "1234");
    assert!(is_ready(&world, "anna"));
    world.assert_quiescent();
}

#[test]
fn the_right_pin_forgives_the_agent_but_not_the_phone() {
    let mut world = world(35);
    (0..4).for_each(|_| log_in(&mut world, "carol", "4711", "9999"));
    log_in(&mut world, "bob", "4711", "1234");
    assert!(is_ready(&world, "anna"), "four mistakes cost nothing");
    log_in(&mut world, "bob", "4711", "9999");
    let (plan, now) = (world.plan().clone(), world.now());
    assert_eq!(world.held_by_pins(), [], "the fifth is the first after the right one: {now:?}");
    log_in(&mut world, "carol", "4712", "9999");
    let carol = plan.phones.iter().find(|phone| phone.user == "carol").map(|phone| phone.id);
    assert_eq!(world.held_by_pins(), carol.map(dialplan::login::Tried::Phone).as_slice());
    world.assert_quiescent();
}

#[test]
fn who_types_nothing_or_has_no_number_is_sent_away_and_the_agent_of_the_phone_needs_none() {
    let mut world = world(34);
    let call = dial(&mut world, "carol", "*50");
    world.advance(ms(18_000));
    assert_eq!(world.node.board().running(), 0, "{}", world.ladder);
    assert!(world.agents[call.0].current().is_none());
    let call = dial(&mut world, "carol", "*50");
    press(&mut world, call, "#");
    world.advance(ms(3_000));
    assert_eq!(world.node.board().running(), 0, "nobody is rung there");
    dial(&mut world, "alice", "*53");
    world.advance(ms(3_000));
    assert!(!is_ready(&world, "alice"));
    let call = dial(&mut world, "alice", "*50");
    press(&mut world, call, "#");
    world.advance(ms(3_000));
    assert!(is_ready(&world, "alice"));
    let call = dial(&mut world, "carol", "*504711");
    press(&mut world, call, "1234#");
    world.advance(ms(3_000));
    assert!(is_ready(&world, "anna"), "the number may follow the code");
    let digits = world.ledger.iter().any(|entry| format!("{entry:?}").contains("1234"));
    assert!(!digits, "no PIN is in the account");
    world.assert_quiescent();
}
