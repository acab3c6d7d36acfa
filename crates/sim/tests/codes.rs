//! Feature codes: dialled, and pressed in a conversation with sound or by INFO. Keys that are none go on whole, in order,
//! and no later than they must.

use sim::deeds::ms;
use sim::scenario::{CAROL, NUMBER, PLAN, prompts, world};
use sim::{Conduct, Faults, Standing, Then, World};
use std::time::Duration;
use terms::{AgentId, LegId};

const CARRIER: usize = sim::CARRIER;

/// The carrier talks to carol.
fn conversation(seed: u64) -> (World, LegId, (usize, LegId)) {
    let mut world = world(seed, Faults::default());
    world.agent("carol").conduct = Conduct::default();
    let leg = world.dial("+359888123456", CAROL);
    world.advance(ms(3_000));
    let carol = world.phone("carol");
    let theirs = world.agents[carol].current().expect("a call");
    (world, leg, (carol, theirs))
}

/// Presses these keys, one each 250 ms.
fn press(world: &mut World, (phone, leg): (usize, LegId), keys: &str, info: bool) {
    for key in keys.chars() {
        world.act(phone, |agent, now| match info {
            true => agent.press_by_info(now, leg, key),
            false => agent.press(leg, key),
        });
        world.advance(ms(250));
    }
}

/// What keys have come, with sound or by INFO.
fn keys(world: &World, (phone, leg): (usize, LegId)) -> String {
    let talk = &world.agents[phone].talks[&leg];
    format!("{}{}", talk.heard.keys, talk.infos)
}

fn end(mut world: World, leg: LegId) {
    world.act(CARRIER, |agent, now| agent.hang_up(now, leg));
    world.assert_quiescent();
}

#[test]
fn keys_that_are_no_code_go_on_in_order_once_that_is_known() {
    for (seed, info) in [(12, false), (12, true), (13, false), (13, true)] {
        let (mut world, leg, carol) = conversation(seed);
        press(&mut world, carol, "5", info);
        assert_eq!(keys(&world, (CARRIER, leg)), "5", "it begins no code");
        press(&mut world, carol, "*", info);
        world.advance(ms(1_000));
        assert_eq!(keys(&world, (CARRIER, leg)), "5", "it may be a code");
        world.advance(ms(600));
        assert_eq!(keys(&world, (CARRIER, leg)), "5*", "it has become none");
        press(&mut world, carol, "*88#12", info);
        world.advance(ms(400));
        assert_eq!(keys(&world, (CARRIER, leg)), "5**88#12", "info: {info}\n{}", world.ladder);
        world.advance(ms(2_000));
        press(&mut world, carol, "34", info);
        world.advance(ms(400));
        assert_eq!(keys(&world, (CARRIER, leg)), "5**88#1234");
        assert_eq!(keys(&world, carol), "");
        end(world, leg);
    }
}

#[test]
fn a_customer_has_no_codes() {
    let (mut world, leg, carol) = conversation(15);
    press(&mut world, (CARRIER, leg), "*0*2101#", false);
    world.advance(ms(1_000));
    assert_eq!(keys(&world, carol), "*0*2101#");
    end(world, leg);
}

#[test]
fn a_party_is_transferred_by_a_code_with_sound_or_by_info_and_nobody_hears_the_keys() {
    for (seed, info) in [(16, false), (17, true)] {
        let (mut world, leg, carol) = conversation(seed);
        press(&mut world, carol, "*2101", info);
        assert_eq!(world.heard(), ["carrier hears carol", "carol hears carrier"], "it is not complete");
        press(&mut world, carol, "#", info);
        world.come_to_hear(&["carrier hears alice", "alice hears carrier"]);
        assert_eq!(keys(&world, (CARRIER, leg)), "");
        world.assert_wired_as_said();
        end(world, leg);
    }
}

#[test]
fn what_follows_a_code_is_complete_after_a_while_and_one_without_it_is_refused() {
    let (mut world, leg, carol) = conversation(18);
    press(&mut world, carol, "*2#", false);
    world.advance(ms(2_000));
    assert_eq!(world.heard(), ["carrier hears carol", "carol hears carrier"]);
    press(&mut world, carol, "*299999#", false);
    world.advance(ms(2_000));
    assert_eq!(world.heard(), ["carrier hears carol", "carol hears carrier"], "nobody has that number");
    press(&mut world, carol, "*2101", false);
    world.advance(ms(6_000));
    world.come_to_hear(&["carrier hears alice", "alice hears carrier"]);
    assert_eq!(keys(&world, (CARRIER, leg)), "");
    end(world, leg);
}

#[test]
fn a_colleague_is_asked_gone_back_from_asked_again_and_left_with_the_customer_by_codes() {
    let (mut world, leg, carol) = conversation(20);
    press(&mut world, carol, "*3101#", false);
    world.come_to_hear(&["carol hears alice", "alice hears carol", "carrier hears a sound"]);
    press(&mut world, carol, "*4", false);
    world.come_to_hear(&["carrier hears carol", "carol hears carrier", "alice hears a sound"]);
    press(&mut world, carol, "*4", true);
    world.come_to_hear(&["carol hears alice", "alice hears carol", "carrier hears a sound"]);
    press(&mut world, carol, "*1", false);
    world.come_to_hear(&["carrier hears carol", "carol hears carrier"]);
    press(&mut world, carol, "*3101#", false);
    world.come_to_hear(&["carol hears alice", "alice hears carol", "carrier hears a sound"]);
    press(&mut world, carol, "*5", false);
    world.come_to_hear(&["carrier hears alice", "alice hears carrier"]);
    assert_eq!(keys(&world, (CARRIER, leg)), "");
    end(world, leg);
}

#[test]
fn codes_are_off_for_one_call_once_that_was_wished() {
    let (mut world, leg, carol) = conversation(22);
    press(&mut world, carol, "*9", false);
    world.advance(ms(1_000));
    press(&mut world, carol, "*0*2", false);
    press(&mut world, carol, "*9", true);
    assert_eq!(keys(&world, (CARRIER, leg)), "*0*2*9", "at once");
    end(world, leg);
    let (mut world, leg, carol) = conversation(23);
    press(&mut world, carol, "*0", true);
    world.advance(ms(1_000));
    assert!(world.agents[CARRIER].current() != Some(leg), "it is over: {}", world.ladder);
    world.assert_quiescent();
}

#[test]
fn an_agent_works_and_pauses_by_codes_that_are_dialled_and_a_stranger_does_not() {
    let mut world =
        World::new(25, &format!("{PLAN}\n[duty]\npauses = {{ 1 = \"lunch\" }}\n"), prompts(), Faults::default());
    world.advance(ms(2_000));
    let alice = world.phone("alice");
    let status = |world: &World| {
        let lines = world.node.acd().inspect_at(world.now().mono).agents;
        lines.into_iter().find(|line| line.agent == AgentId::of("alice")).expect("she is known").status
    };
    for (code, wanted) in [
        ("*52", acd::Status::NotReady(control::NO_REASON.into())),
        ("*53", acd::Status::LoggedOut),
        ("*51", acd::Status::Ready),
        ("*521", acd::Status::NotReady("lunch".into())),
        ("*51", acd::Status::Ready),
        ("*529", acd::Status::Ready),
    ] {
        world.act(alice, |agent, now| agent.dial(now, code));
        world.advance(ms(3_000));
        assert_eq!(status(&world), wanted, "{code}");
        assert_eq!(world.node.board().running(), 0, "it has ended\n{}", world.ladder);
    }
    world.dial("+359888123456", "*53");
    world.advance(ms(3_000));
    assert_eq!(status(&world), acd::Status::Ready, "a trunk dials no codes");
    let leg = world.dial("+359888123456", NUMBER);
    world.advance(ms(2_000));
    end(world, leg);
}

#[test]
fn an_agent_hears_in_words_what_became_of_his_code_and_ends_his_after_call_work_by_one() {
    let mut world = world(26, Faults::default());
    let alice = world.phone("alice");
    let leg = world.act(alice, |agent, now| agent.dial(now, "*54"));
    world.advance(ms(3_000));
    let heard = |world: &World, leg: LegId| world.agents[alice].talks[&leg].heard.sounds();
    let refused = heard(&world, leg);
    assert!((20..=32).contains(&refused), "a tone of a second: she does no after-call work: {refused}");
    world.agent("alice").conduct = Conduct { talk: Some(ms(500)), ..Conduct::default() };
    let customer = world.dial("+359888123456", NUMBER);
    world.advance(ms(1_500));
    world.act(CARRIER, |agent, _| agent.press(customer, '1'));
    let wraps =
        |world: &World| world.node.acd().agent(AgentId::of("alice")).is_some_and(|line| line.wrap_up_until.is_some());
    assert!(world.wait_until(ms(20_000), wraps), "{}", world.ladder);
    world.agent("alice").conduct = Conduct::default();
    let leg = world.act(alice, |agent, now| agent.dial(now, "*54"));
    world.advance(ms(300));
    assert!(!wraps(&world), "her after-call work is done before its time");
    world.advance(ms(2_500));
    let said = heard(&world, leg);
    assert!((55..=62).contains(&said), "a voice of 1.2 s: {said}");
    assert_eq!(world.node.board().running(), 0, "{}", world.ladder);
    world.assert_quiescent();
}

/// Somebody dials a code, alone; nothing is left of it.
fn dial_code(world: &mut World, who: &str, code: &str) {
    let phone = world.phone(who);
    world.act(phone, |agent, now| agent.dial(now, code));
    world.advance(ms(3_000));
    assert_eq!(world.node.board().running(), 0, "{code} has ended\n{}", world.ladder);
}

#[test]
fn a_phone_says_by_codes_what_becomes_of_calls_to_it() {
    let mut world = world(26, Faults::default());
    let incoming = |world: &World, who: &str| {
        let phones = &world.plan().phones;
        phones.iter().find(|phone| phone.user == who).expect("it is in the plan").incoming.clone()
    };
    let before = incoming(&world, "bob");
    for (on, off) in
        [("*21101", "#21"), ("*67*101#", "#67#"), ("*61101#", "#61"), ("*62101", "#62"), ("*78", "*79"), ("#43", "*43")]
    {
        dial_code(&mut world, "carol", on);
        assert_ne!(incoming(&world, "carol"), before, "{on}");
        assert_eq!(incoming(&world, "bob"), before, "it is carol's alone");
        dial_code(&mut world, "carol", off);
        assert_eq!(incoming(&world, "carol"), before, "{off}");
    }
    dial_code(&mut world, "carol", "*21");
    assert_eq!(incoming(&world, "carol"), before, "whereto?");
    // It holds.
    dial_code(&mut world, "carol", "*21*101#");
    let leg = world.dial("+359888123456", CAROL);
    world.come_to_hear(&["carrier hears alice", "alice hears carrier"]);
    end(world, leg);
}

#[test]
fn two_phones_dial_codes_at_once_and_each_gets_its_own() {
    for seed in [27, 28] {
        let mut world = world(seed, Faults::default());
        for (who, code) in [("carol", "*21101"), ("bob", "*78")] {
            let phone = world.phone(who);
            world.act(phone, |agent, now| agent.dial(now, code));
        }
        world.advance(ms(3_000));
        let of = |user: &str| world.plan().phones.iter().find(|phone| phone.user == user).expect("it is known");
        assert_eq!(of("carol").incoming.forward.always.as_deref(), Some("101"), "{}", world.ladder);
        assert!(of("bob").incoming.dnd && !of("carol").incoming.dnd);
        world.assert_quiescent();
    }
}

#[test]
fn what_came_of_a_conversation_is_said_by_a_key_in_after_call_work_and_the_last_word_counts() {
    let plan =
        PLAN.replace("wrap_up = \"3s\"", "wrap_up = \"60s\"\ndispositions = { 1 = \"sold\", 2 = \"call back\" }");
    let mut world = World::new(27, &plan, prompts(), Faults::default());
    world.advance(ms(2_000));
    let alice = world.phone("alice");
    let dial = |world: &mut World, code: &str| {
        world.act(alice, |agent, now| agent.dial(now, code));
        world.advance(ms(5_000));
        assert_eq!(world.node.board().running(), 0, "{}", world.ladder);
    };
    dial(&mut world, "*551");
    world.agent("alice").conduct = Conduct { talk: Some(ms(500)), ..Conduct::default() };
    let customer = world.dial("+359888123456", NUMBER);
    world.advance(ms(1_500));
    world.act(CARRIER, |agent, _| agent.press(customer, '1'));
    let wraps = |world: &World| world.node.acd().wraps_up_for(AgentId::of("alice")).is_some();
    assert!(world.wait_until(ms(20_000), wraps), "{}", world.ladder);
    world.advance(ms(3_000));
    for code in ["*551", "*559", "*55", "*552"] {
        dial(&mut world, code);
    }
    let said = |world: &World| {
        let events = world.ledger.iter().filter_map(|entry| {
            let call::cdr::Entry::Event(event) = entry else { return None };
            let acd::CallEventKind::Disposed { disposition, instead_of } = &event.what else { return None };
            assert_eq!((event.agent, event.segment), (Some(AgentId::of("alice")), Some(0)));
            assert!(event.contact.is_some() && event.queue.is_some());
            Some((disposition.clone(), instead_of.clone()))
        });
        events.collect::<Vec<_>>()
    };
    assert_eq!(said(&world), [("sold".into(), None), ("call back".into(), Some("sold".to_owned()))]);
    dial(&mut world, "*54");
    dial(&mut world, "*551");
    assert_eq!(said(&world).len(), 2, "her after-call work is over");
    world.assert_quiescent();
}

#[test]
fn an_agent_who_pauses_takes_the_next_of_a_queue_by_a_code_and_that_is_told_as_out_of_turn() {
    let plan = PLAN
        .replace("require = \"english >= 5\"", "number = \"7\"")
        .replace("relax = [{ after = \"20s\", require = \"anyone\" }]\n", "");
    for (seed, code) in [(28, "*567"), (29, "*56")] {
        let mut world = World::new(seed, &plan, prompts(), Faults::default());
        world.advance(ms(2_000));
        let alice = world.phone("alice");
        for name in ["alice", "bob"] {
            world.desk(name).pause("lunch");
            world.agent(name).conduct = Conduct { talk: None, ..Conduct::default() };
        }
        let dial = |world: &mut World, code: &str| {
            world.act(alice, |agent, now| agent.dial(now, code));
            world.advance(ms(5_000));
        };
        dial(&mut world, code);
        assert_eq!(world.node.board().running(), 0, "nobody waits\n{}", world.ladder);
        let [first, second] = ["+359888123456", "+359888123457"].map(|caller| {
            let leg = world.dial(caller, NUMBER);
            world.advance(ms(1_500));
            world.act(CARRIER, |agent, _| agent.press(leg, '1'));
            world.advance(ms(1_000));
            leg
        });
        world.advance(ms(5_000));
        dial(&mut world, code);
        let voice = world.agents[CARRIER].identity.fingerprint;
        let hears = |world: &World| world.agents[alice].talks.values().any(|talk| talk.heard.voice(voice) > 20);
        assert!(world.wait_until(ms(10_000), hears), "{}", world.ladder);
        let events = world.ledger.iter().filter_map(|entry| {
            let call::cdr::Entry::Event(event) = entry else { return None };
            let told = event.contact.is_some() && event.agent.is_some();
            told.then(|| format!("{} {:?}", event.what.word(), event.agent == Some(AgentId::of("alice"))))
        });
        let events: Vec<String> = events.collect();
        assert_eq!(events, ["picked true", "offered true", "connected true"]);
        for leg in [first, second] {
            world.act(CARRIER, |agent, now| agent.hang_up(now, leg));
        }
        world.assert_quiescent();
    }
}

/// Alice takes a customer of her queue on her mobile, with these keys of hers; the customer's leg, and the mobile's.
fn at_the_mobile(seed: u64, keys: &str) -> (World, LegId, LegId) {
    let plan = PLAN.replace("calls_max = 50\n", "calls_max = 50\ntarget = \"10.0.0.2:5060\"\n").replace(
        "devices = [\"phone:alice\"]",
        &format!("devices = [\"phone:alice\", \"trunk:carrier/+447700900123\"]\nconfirm = {{ ask = false }}\n{keys}"),
    );
    let mut world = World::new(seed, &plan, prompts(), Faults::default());
    let all = |world: &World| world.agents.iter().skip(1).all(|agent| agent.registered == Some(200));
    assert!(world.wait_until(Duration::from_secs(70), all));
    world.agent("alice").conduct.then = Then::RingOn;
    let customer = world.dial("+359888123456", NUMBER);
    world.advance(ms(1_500));
    world.act(CARRIER, |agent, _| agent.press(customer, '1'));
    world.advance(ms(8_000));
    let mobile = world.agents[CARRIER].talks.keys().copied().find(|other| *other != customer).expect("it rings");
    assert_eq!(world.agents[CARRIER].talks[&mobile].standing, Standing::Up, "{}", world.ladder);
    (world, customer, mobile)
}

#[test]
fn an_agent_at_a_number_outside_has_codes_where_that_is_said_and_dials_as_her_phone() {
    let (mut world, customer, mobile) = at_the_mobile(40, "codes = true");
    world.agent("carol").conduct = Conduct::default();
    press(&mut world, (CARRIER, mobile), "*2103#", false);
    world.advance(ms(6_000));
    assert_ne!(world.agents[CARRIER].talks[&mobile].standing, Standing::Up, "she is let go of\n{}", world.ladder);
    let carol = world.agents[world.phone("carol")].current().expect("she has the customer");
    assert_eq!(world.agents[world.phone("carol")].talks[&carol].standing, Standing::Up, "{}", world.ladder);
    assert_eq!(keys(&world, (CARRIER, customer)), "", "the customer hears none of it");
    end(world, customer);
    let (mut world, customer, mobile) = at_the_mobile(41, "");
    press(&mut world, (CARRIER, mobile), "*2103#", false);
    world.advance(ms(1_000));
    assert_eq!(keys(&world, (CARRIER, customer)), "*2103#", "they go on at once");
    end(world, customer);
}
