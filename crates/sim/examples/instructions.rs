//! A number of like pieces of work in a quiet world, for `cargo xtask bench instructions`, which counts what the
//! cores take for each: `instructions call|queue|fork|registration|packet|notify COUNT`. A run with more pieces, less a run
//! with fewer, is what those cost; the switch's own start falls out.

use sim::scenario::{CAROL, PLAN, prompts, reference_call, world};
use sim::{Conduct, Faults, Standing, Then, World};
use std::process::ExitCode;
use std::time::Duration;

/// Long enough for everything that a call leaves behind: timers of 32 s, and the rest of its ports.
const AFTER: Duration = Duration::from_secs(45);

fn calm() -> World {
    let mut world = world(4, Faults::default());
    for name in ["alice", "bob", "carol"] {
        world.agent(name).conduct = Conduct { then: Then::Answer, ..Conduct::default() };
    }
    world
}

/// The number of carol rings eight, of whom she answers.
fn forked() -> World {
    let more: Vec<String> = (1..=5).map(|nth| format!("more{nth}")).collect();
    let phones: String =
        more.iter().map(|user| format!("\n[[phone]]\nuser = {user:?}\npassword = \"secret\"\n")).collect();
    let names = ["alice", "bob", "carol"].into_iter().chain(more.iter().map(String::as_str));
    let members: Vec<String> = names.map(|user| format!("\"phone:{user}\"")).collect();
    let plan = PLAN.replace("go = \"phone:carol\"", "go = \"group:eight\"") + &phones;
    let plan = plan + &format!("\n[[group]]\nname = \"eight\"\nmembers = [{}]\n", members.join(", "));
    let mut world = World::new(4, &plan, prompts(), Faults::default());
    let all = |world: &World| world.agents.iter().skip(1).all(|agent| agent.registered == Some(200));
    assert!(world.wait_until(Duration::from_secs(70), all), "not everybody registered");
    world.agents.iter_mut().for_each(|agent| agent.conduct.then = Then::RingOn);
    world.agent("carol").conduct = Conduct { then: Then::Answer, ..Conduct::default() };
    world
}

/// The carrier calls carol, she answers, they talk for as long, he hangs up.
fn direct(world: &mut World, talk: Duration) {
    let carrier = world.phone("carrier");
    let leg = world.dial("+359888123456", CAROL);
    let up = |world: &World| world.agents[carrier].talks[&leg].standing == Standing::Up;
    assert!(world.wait_until(Duration::from_secs(10), up), "carol did not answer");
    world.advance(talk);
    world.act(carrier, |agent, now| agent.hang_up(now, leg));
    world.advance(AFTER);
}

fn work(world: &mut World, what: &str) -> bool {
    match what {
        "call" | "fork" => direct(world, Duration::from_millis(200)),
        "queue" => {
            assert!(reference_call(world).both_heard, "the caller and the agent did not hear each other");
            world.advance(AFTER);
        }
        "registration" => {
            let alice = world.phone("alice");
            world.act(alice, |agent, now| agent.register(now));
            world.advance(Duration::from_secs(5));
        }
        // A call of somebody whom a hundred keys watch: each is told that it rings, was answered, is over.
        "notify" => {
            let before = world.node.sip().inspect().notified;
            direct(world, Duration::from_secs(3));
            assert_eq!(world.node.sip().inspect().notified - before, 300, "each key is told three times");
        }
        // A second of sound: 50 packets from either side.
        "packet" => world.advance(Duration::from_secs(1)),
        _ => return false,
    }
    true
}

fn main() -> ExitCode {
    let mut words = std::env::args().skip(1);
    let (what, count) = (words.next(), words.next().and_then(|count| count.parse::<u32>().ok()));
    let (Some(what), Some(count)) = (what, count) else {
        eprintln!("instructions call|queue|fork|registration|packet|notify COUNT");
        return ExitCode::FAILURE;
    };
    let mut world = if what == "fork" { forked() } else { calm() };
    if what == "notify" {
        let keys = world.add_watcher("alice");
        (0..100).for_each(|_| _ = world.let_watch(keys, |keys, now| keys.watch(now, "103", "dialog", 3_600)));
        world.advance(Duration::from_secs(5));
    }
    if what == "packet" {
        world.dial("+359888123456", CAROL);
        world.advance(Duration::from_secs(5));
    }
    for _ in 0..count {
        if !work(&mut world, &what) {
            eprintln!("{what:?} is no work that is counted here");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}
