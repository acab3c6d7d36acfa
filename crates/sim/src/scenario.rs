//! The scenarios that several tests and the seed sweep share: a small call centre, and a caller who is
//! greeted, chooses, waits, talks and hangs up.

use crate::{Conduct, Fault, Faults, Standing, Then, World};
use dialplan::CONFIRM_PROMPT;
use dialplan::duty::VOICES;
use media::PromptBook;
use std::time::Duration;
use terms::{LegId, PromptId};

/// A carrier, two agents with skills, one phone without.
pub const PLAN: &str = r#"
[listen]
udp = "10.0.0.1:5060"
domain = "strowger.test"

[[trunk]]
name = "carrier"
peers = ["10.0.0.2"]
calls_max = 50

[[phone]]
user = "alice"
password = "secret"
extension = "101"

[[phone]]
user = "bob"
password = "secret"
extension = "102"

[[phone]]
user = "carol"
password = "secret"
extension = "103"

[[agent]]
name = "alice"
devices = ["phone:alice"]
skills = { english = 9, billing = 6 }
ready = true

[[agent]]
name = "bob"
devices = ["phone:bob"]
skills = { english = 3 }
ready = true

[[queue]]
name = "support"
agents = ["alice", "bob"]
require = "english >= 5"
relax = [{ after = "20s", require = "anyone" }]
ring = "10s"
wrap_up = "3s"
music = "music.wav"
record = true
overflow = [{ when = "waited > 2m", go = "hangup:17" }]

[[route]]
from = "trunk:carrier"
to = "+442079460001"
go = "flow:main"

[[route]]
from = "trunk:carrier"
to = "+442079460002"
go = "phone:carol"

[flow.main]
greet = { play = "welcome.wav", then = "choose" }
choose = { menu = "choose.wav", wait = "5s", keys = { 1 = "queue:support", 2 = "phone:carol" }, no_input = "queue:support", no_match = "choose" }
"#;

/// The number that leads to the flow.
pub const NUMBER: &str = "+442079460001";
/// The number that rings carol directly.
pub const CAROL: &str = "+442079460002";

/// Prompts whose sound is no fingerprint: a rising staircase.
pub fn prompts() -> PromptBook {
    let mut book = PromptBook::builder();
    let voices = VOICES.iter().map(|spoken| (spoken.built_in, 1_200));
    let own = [("welcome.wav", 1_000), ("choose.wav", 1_500), ("music.wav", 2_000), (CONFIRM_PROMPT, 1_000)];
    for (path, milliseconds) in own.into_iter().chain(voices) {
        let samples: Vec<i16> = (0..8 * milliseconds).map(|n: i32| ((n * 37) % 12_000 - 6_000) as i16).collect();
        book.samples(PromptId::of(path), &samples).expect("a second of sound fits");
    }
    book.build()
}

/// A world with [`PLAN`], everybody registered.
pub fn world(seed: u64, faults: Faults) -> World {
    world_of(seed, PLAN, faults)
}

/// The same with another plan.
pub fn world_of(seed: u64, plan: &str, faults: Faults) -> World {
    let mut world = World::new(seed, plan, prompts(), faults);
    let limit = Duration::from_secs(70);
    let all = |world: &World| world.agents.iter().skip(1).all(|agent| agent.registered == Some(200));
    assert!(world.wait_until(limit, all), "not everybody registered");
    world.ladder.clear();
    world
}

/// A world in which the n-th message after everybody's registration meets a fault.
pub fn world_with_fault(nth: u64, fault: Fault) -> World {
    let mut world = world(7, Faults::default());
    world.network.faults.at = Some((world.network.sip_messages + nth, fault));
    world
}

/// How the reference call ended, seen by the caller.
#[derive(Debug, PartialEq, Eq)]
pub struct Seen {
    /// How the caller's call stands at the end.
    pub standing: Standing,
    /// He heard prompts or music.
    pub sounds: bool,
    /// He heard the agent, and the agent him.
    pub both_heard: bool,
}

/// Greeted, key 1, queue, alice, a conversation of five seconds, the caller hangs up.
pub fn reference_call(world: &mut World) -> Seen {
    let leg = world.dial("+359888123456", NUMBER);
    reference_call_on(world, leg)
}

/// The reference call for a leg that has been dialled.
pub fn reference_call_on(world: &mut World, leg: LegId) -> Seen {
    let limit = Duration::from_secs(100);
    let carrier = world.phone("carrier");
    let alice = world.phone("alice");
    let up = |world: &World| world.agents[carrier].talks[&leg].standing != Standing::Ringing;
    world.wait_until(limit, up);
    world.advance(Duration::from_millis(1_300));
    world.act(carrier, |agent, _| agent.press(leg, '1'));
    let (alice_voice, caller_voice) =
        (world.agents[alice].identity.fingerprint, world.agents[carrier].identity.fingerprint);
    let talks = move |world: &World| {
        let caller = &world.agents[carrier].talks[&leg];
        caller.heard.voice(alice_voice) >= 250 || !matches!(caller.standing, Standing::Ringing | Standing::Up)
    };
    world.wait_until(limit, talks);
    world.act(carrier, |agent, now| agent.hang_up(now, leg));
    world.wait_until(limit, |world| {
        !matches!(world.agents[carrier].talks[&leg].standing, Standing::Ringing | Standing::Up)
    });
    let caller = &world.agents[carrier].talks[&leg];
    let agent_heard = world.agents[alice].talks.values().any(|talk| talk.heard.voice(caller_voice) > 100);
    Seen {
        standing: caller.standing,
        sounds: caller.heard.sounds() > 50,
        both_heard: agent_heard && caller.heard.voice(alice_voice) > 100,
    }
}

/// One world of the sweep: random faults, a few calls that end in random ways; panics where a claim fails.
pub fn sweep(seed: u64) {
    let mut world = world(seed, Faults::default());
    world.network.faults = Faults {
        at: None,
        random_permille: 20 + seed % 130,
        rtp_loss_permille: seed % 50,
        rtp_jitter: Duration::from_millis(seed % 30),
    };
    let thens = [Then::Answer, Then::Answer, Then::Refuse(486), Then::Refuse(603), Then::RingOn];
    for (nth, name) in ["alice", "bob", "carol"].into_iter().enumerate() {
        let then = thens[((seed >> (3 * nth)) % 5) as usize];
        let talk = Some(Duration::from_millis(1_000 + (seed * 7_919) % 9_000));
        world.agent(name).conduct = Conduct {
            ring: Duration::from_millis(300 + seed % 1_700),
            then,
            talk,
            early_media: seed.is_multiple_of(5),
            in_words: false,
        };
    }
    if seed % 4 == 2 {
        world.delay_ledger(Duration::from_millis(1 + seed % 5_000));
    }
    let carrier = world.phone("carrier");
    for nth in 0..3_u64 {
        let leg = world.dial(&format!("+3598881234{nth:02}"), NUMBER);
        world.advance(Duration::from_millis((seed * 31 + nth * 977) % 4_000));
        world.act(carrier, |agent, _| agent.press(leg, if (seed + nth).is_multiple_of(4) { '2' } else { '1' }));
        world.advance(Duration::from_millis((seed * 131 + nth * 1_999) % 25_000));
        if !(seed + nth).is_multiple_of(3) {
            world.act(carrier, |agent, now| agent.hang_up(now, leg));
        }
        trouble(&mut world, seed, nth);
    }
    // Whoever still talks or waits is served, sent on by the overflow, or hangs up in the end.
    for _ in 0..150 {
        world.advance(Duration::from_secs(1));
        world.assert_one_offer_each();
        world.assert_wired_as_said();
    }
    if seed % 4 == 3 {
        // A device whose 180 was lost when the process died rings until somebody puts an end to it.
        silence(&mut world);
    }
    while let Some(leg) = world.agents[carrier].current() {
        world.act(carrier, |agent, now| agent.hang_up(now, leg));
        if !world.wait_until(Duration::from_secs(70), |world| world.agents[carrier].current() != Some(leg)) {
            panic!("the carrier's call {leg} never ended");
        }
    }
    world.assert_quiescent();
}

/// What happens to the process itself in a world of the sweep: a stop, or a death, in the middle of things.
fn trouble(world: &mut World, seed: u64, nth: u64) {
    let step = seed / 4 + nth;
    match seed % 4 {
        1 => world.stop_process(Duration::from_millis(50 + step * 1_237 % 7_000)),
        3 if step.is_multiple_of(2) => {
            world.advance(Duration::from_millis(step * 613 % 6_000));
            world.crash(Duration::from_millis(20 + step * 1_237 % 3_000));
        }
        _ => {}
    }
    world.assert_one_offer_each();
    world.assert_wired_as_said();
}

/// Every phone hangs up.
fn silence(world: &mut World) {
    for phone in 1..world.agents.len() {
        while let Some(leg) = world.agents[phone].current() {
            world.act(phone, |agent, now| agent.hang_up(now, leg));
            if world.agents[phone].current() == Some(leg) {
                world.advance(Duration::from_secs(70));
            }
        }
    }
}
