//! Something is announced to those who wait in a queue, again and again, and keeps nobody from being served.

use media::Sound;
use sim::deeds::{faults, ms};
use sim::scenario::{CAROL, PLAN, prompts};
use sim::{Conduct, Faults, Standing, Then, World};
use std::time::Duration;
use terms::{LegId, PromptId};

/// The number of carol leads to a queue for alice with these announcements; alice lets it ring.
fn world(announce: &str) -> World {
    let plan = PLAN
        .replace("agents = [\"alice\", \"bob\"]\n", &format!("agents = [\"alice\"]\nannounce = {announce}\n"))
        .replace("ring = \"10s\"", "ring = \"60s\"")
        .replace("go = \"phone:carol\"", "go = \"queue:support\"");
    let mut world = World::new(66, &plan, prompts(), Faults::default());
    let all = |world: &World| world.agents.iter().skip(1).all(|agent| agent.registered == Some(200));
    assert!(world.wait_until(Duration::from_secs(70), all));
    alice(&mut world, 60_000);
    world.ladder.clear();
    world
}

fn alice(world: &mut World, ring_ms: u64) {
    let then = if ring_ms == 60_000 { Then::RingOn } else { Then::Answer };
    world.agent("alice").conduct = Conduct { ring: ms(ring_ms), then, ..Conduct::default() };
}

/// The prompt that the customer hears now.
fn heard(world: &World, leg: LegId) -> Option<&'static str> {
    let (_, hearing) = world.hearing(world.phone("carrier"), leg)?;
    let names = ["music.wav", "welcome.wav", "choose.wav"];
    let Sound::Prompt(id) = hearing.sound?.sound else { return None };
    names.into_iter().find(|name| PromptId::of(name) == id)
}

fn hang_up(world: &mut World, leg: LegId) {
    let carrier = world.phone("carrier");
    world.act(carrier, |agent, now| agent.hang_up(now, leg));
    world.assert_quiescent();
}

#[test]
fn each_is_heard_when_its_time_has_come_and_the_music_between() {
    let mut world = world(r#"[{ every = "5s", play = "welcome.wav" }, { every = "11s", play = "choose.wav" }]"#);
    let leg = world.dial("+359888123456", CAROL);
    world.advance(ms(200));
    let mut seen = vec![];
    for second in 0..18 {
        world.advance(ms(500));
        let now = heard(&world, leg).unwrap_or("-");
        if seen.last().is_none_or(|(_, last)| *last != now) {
            seen.push((second, now));
        }
        world.advance(ms(500));
    }
    assert_eq!(
        seen,
        [
            (0, "music.wav"),
            (5, "welcome.wav"),
            (6, "music.wav"),
            (11, "welcome.wav"),
            (12, "choose.wav"),
            (13, "music.wav"),
            (17, "welcome.wav"),
        ],
        "{}",
        world.ladder
    );
    world.assert_wired_as_said();
    hang_up(&mut world, leg);
}

#[test]
fn an_agent_who_answers_during_an_announcement_is_heard_at_once() {
    let mut world = world(r#"[{ every = "5s", play = "welcome.wav" }]"#);
    alice(&mut world, 5_400);
    let (carrier, leg) = (world.phone("carrier"), world.dial("+359888123456", CAROL));
    assert!(world.wait_until(ms(7_000), |world| heard(world, leg) == Some("welcome.wav")), "{}", world.ladder);
    world.advance(ms(500));
    assert_eq!(world.agents[carrier].talks[&leg].standing, Standing::Up);
    let voice = world.agents[world.phone("alice")].identity.fingerprint;
    world.advance(ms(500));
    assert_eq!(heard(&world, leg), None);
    assert!(world.agents[carrier].talks[&leg].heard.voice(voice) > 10, "{}", world.ladder);
    // Nor is anything announced to one who talks.
    world.advance(ms(12_000));
    assert_eq!(heard(&world, leg), None);
    hang_up(&mut world, leg);
}

#[test]
fn a_caller_who_hangs_up_at_any_moment_of_it_leaves_nothing_behind() {
    for step in 0..16 {
        let mut world = world(r#"[{ every = "5s", play = "welcome.wav" }]"#);
        let leg = world.dial("+359888123456", CAROL);
        world.advance(ms(4_600 + step * 100));
        hang_up(&mut world, leg);
    }
}

#[test]
fn it_is_announced_whatever_happens_to_one_message() {
    for (nth, fault) in faults(8) {
        let mut world = world(r#"[{ every = "5s", play = "welcome.wav" }]"#);
        world.meet(nth, fault);
        let leg = world.dial("+359888123456", CAROL);
        let announced = |world: &World| heard(world, leg) == Some("welcome.wav");
        assert!(world.wait_until(ms(15_000), announced), "{nth} {fault:?}\n{}", world.ladder);
        assert!(world.wait_until(ms(5_000), |world| heard(world, leg) == Some("music.wav")), "{nth} {fault:?}");
        hang_up(&mut world, leg);
    }
}

#[test]
fn what_is_not_there_is_passed_over() {
    let mut world = world(r#"[{ every = "5s", play = "nowhere.wav" }]"#);
    let leg = world.dial("+359888123456", CAROL);
    world.advance(ms(18_000));
    assert_eq!(heard(&world, leg), Some("music.wav"));
    world.assert_wired_as_said();
    hang_up(&mut world, leg);
}

#[test]
fn nothing_is_announced_to_one_who_hears_it_ring() {
    let mut world = world("[{ every = \"5s\", play = \"welcome.wav\" }]\nanswer = false");
    let leg = world.dial("+359888123456", CAROL);
    world.advance(ms(12_000));
    assert_eq!(heard(&world, leg), None);
    hang_up(&mut world, leg);
}
