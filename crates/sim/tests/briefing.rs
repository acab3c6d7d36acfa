//! What an agent sees and hears of a caller of a queue before he has him.

use media::PromptBook;
use sim::deeds::ms;
use sim::scenario::{NUMBER, PLAN, prompts};
use sim::{Conduct, Faults, World};
use terms::{LegId, PromptId};

const CARRIER: usize = sim::CARRIER;

/// A caller whom the queue gives to alice, who answers after a second.
fn offered(seed: u64, keys: &str) -> (World, LegId, usize) {
    let plan = PLAN.replace("name = \"support\"\n", &format!("name = \"support\"\n{keys}\n"));
    let mut world = World::new(seed, &plan, prompts(), Faults::default());
    world.advance(ms(2_000));
    world.agent("alice").conduct = Conduct { ring: ms(1_000), talk: None, ..Conduct::default() };
    let customer = world.dial("+359888123456", NUMBER);
    world.advance(ms(1_500));
    world.act(CARRIER, |agent, _| agent.press(customer, '1'));
    let alice = world.phone("alice");
    let rung = |world: &World| !world.agents[alice].talks.is_empty();
    assert!(world.wait_until(ms(10_000), rung), "{}", world.ladder);
    (world, customer, alice)
}

fn end(mut world: World, leg: LegId) {
    world.act(CARRIER, |agent, now| agent.hang_up(now, leg));
    world.assert_quiescent();
}

#[test]
fn the_display_names_the_queue_and_the_caller_unless_the_queue_does_not_want_it() {
    for (seed, keys, wanted) in [(41, "", Some("support")), (42, "display = false", None)] {
        let (world, leg, alice) = offered(seed, keys);
        let rung = world.agents[alice].talks.values().find_map(|talk| talk.arrival.clone()).expect("she is rung");
        let name = rung.caller_name.as_ref().map(|name| name.reveal().as_str());
        assert_eq!((name, rung.caller.reveal().as_str()), (wanted, "+359888123456"));
        end(world, leg);
    }
}

#[test]
fn an_agent_hears_a_tone_and_a_whisper_before_the_caller_is_joined_who_hears_his_music_meanwhile() {
    let (mut world, leg, alice) = offered(43, "zip = true\nwhisper = \"welcome.wav\"");
    world.advance(ms(2_000));
    let heard = |world: &World, who: usize| {
        world.agents[who].talks.values().map(|talk| talk.heard.sounds()).max().unwrap_or_default()
    };
    let voices = |world: &World| {
        let fingerprint = world.agents[CARRIER].identity.fingerprint;
        world.agents[alice].talks.values().map(|talk| talk.heard.voice(fingerprint)).sum::<u64>()
    };
    assert!(heard(&world, alice) > 20 && voices(&world) == 0, "she hears the tone, and nobody yet\n{}", world.ladder);
    world.advance(ms(2_500));
    let sounds = heard(&world, alice);
    assert!((100..=112).contains(&sounds), "1.2 s and 1 s: {sounds}");
    assert!(voices(&world) > 10, "the caller is joined\n{}", world.ladder);
    assert_eq!(world.heard(), ["carrier hears alice", "alice hears carrier"]);
    end(world, leg);
}

#[test]
fn an_agent_who_hangs_up_at_the_whisper_has_declined_and_the_caller_keeps_his_place() {
    let (mut world, leg, alice) = offered(44, "zip = true\nwhisper = \"music.wav\"");
    world.advance(ms(2_200));
    let hers = world.agents[alice].current().expect("she has answered");
    world.act(alice, |agent, now| agent.hang_up(now, hers));
    world.advance(ms(500));
    let failed = world.ledger.iter().any(|entry| {
        let call::cdr::Entry::Event(event) = entry else { return false };
        matches!(&event.what, acd::CallEventKind::OfferFailed { why, .. } if why.word() == "declined")
    });
    assert!(failed, "{}", world.ladder);
    assert_eq!(world.agents[CARRIER].current(), Some(leg), "he waits");
    end(world, leg);
}

#[test]
fn an_agent_hears_how_long_the_caller_has_waited_and_only_that_where_nothing_else_is_said() {
    // Each sentence that comes with the program is 1.2 s long here, and the operator's own for two minutes 0.6 s.
    let own = "\n[duty]\nwaited_2 = \"short.wav\"\n";
    for (seed, keys, wait, sounds) in [
        (45, "tell_wait = true", 0, 60),
        (46, "tell_wait = true", 130, 30),
        (47, "zip = true\nwhisper = \"welcome.wav\"\ntell_wait = true", 130, 60 + 50 + 30),
    ] {
        let plan = PLAN
            .replace("name = \"support\"\n", &format!("name = \"support\"\n{keys}\n"))
            .replace("overflow = [{ when = \"waited > 2m\", go = \"hangup:17\" }]\n", "")
            .replace("relax = [{ after = \"20s\", require = \"anyone\" }]\n", "");
        let (mut book, mut short) = (prompts(), PromptBook::builder());
        let samples: Vec<i16> = (0..600 * 8).map(|n| ((n * 37) % 12_000 - 6_000) as i16).collect();
        short.samples(PromptId::of("short.wav"), &samples).expect("it fits");
        book.keep(&short.build());
        let mut world = World::new(seed, &(plan + own), book, Faults::default());
        world.advance(ms(2_000));
        world.desk("alice").pause("lunch");
        world.agent("alice").conduct = Conduct { ring: ms(1_000), talk: None, ..Conduct::default() };
        let customer = world.dial("+359888123456", NUMBER);
        world.advance(ms(1_500));
        world.act(CARRIER, |agent, _| agent.press(customer, '1'));
        world.advance(ms(wait * 1_000));
        world.desk("alice").ready();
        world.advance(ms(6_000));
        let alice = world.phone("alice");
        let heard = world.agents[alice].talks.values().map(|talk| talk.heard.sounds()).max().unwrap_or_default();
        assert!((sounds..=sounds + 12).contains(&heard), "{keys}: {heard}\n{}", world.ladder);
        assert_eq!(world.heard(), ["carrier hears alice", "alice hears carrier"], "{}", world.ladder);
        end(world, customer);
    }
}
