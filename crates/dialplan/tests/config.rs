//! Every configuration that we hand out loads, and what explains the keys explains all of them.

mod common;

use common::{one, read, taken};
use dialplan::{Arrival, Destination, Loaded, Origin};
use terms::{QueueId, TrunkId, Wall};

const FULL: &str = include_str!("../../../config/strowger.toml");
const BENCH: &str = include_str!("../../../config/bench.toml");
const MANUAL: &str = include_str!("../../../docs/configuration.md");

/// Loads, with no warning but these.
fn clean(text: &str, codes: &[&str]) -> Loaded {
    let loaded = taken(text);
    let warned: Vec<&str> = loaded.warnings.iter().map(|finding| finding.code).collect();
    assert_eq!(warned, codes, "{}", dialplan::render(&loaded.warnings, &mut one(text)));
    loaded
}

#[test]
fn the_full_configuration_and_the_examples_load_without_a_warning() {
    clean(FULL, &[]);
    clean(include_str!("../../../config/examples/small-office.toml"), &[]);
    clean(include_str!("../../../config/examples/call-centre.toml"), &[]);
    clean(include_str!("../../../config/examples/after-hours.toml"), &[]);
}

#[test]
fn the_plan_of_the_load_harness_has_its_phones_agents_and_numbers() {
    let loaded = clean(BENCH, &["plain-password"]);
    let plan = loaded.plan;
    assert_eq!((plan.phones.len(), plan.agents.len(), loaded.secrets.phones.len()), (2050, 50, 2000));
    assert!(plan.agents.iter().all(|agent| agent.ready_at_start && agent.devices.len() == 1));
    let from = Origin::Trunk(TrunkId::of("caller"));
    let go = |called| plan.decide(&Arrival { from, caller: "7", called }, Wall::default()).unwrap();
    assert_eq!(go("1555").destination, Destination::Trunk(TrunkId::of("callee"), None));
    assert!(go("2555").record && !go("1555").record);
    assert_eq!(go("3").destination, Destination::Queue(QueueId::of("ringing")));
    assert!(plan.queue(QueueId::of("answering")).unwrap().answer);
    assert_eq!(plan.queue(QueueId::of("answering")).unwrap().agents.len(), 50);
}

/// A configuration with a key that nobody knows, for each place that has keys of its own.
const STRANGERS: [(&str, &str); 20] = [
    ("the file", "zzzzzz = 1"),
    ("[listen]", "[listen]\nzzzzzz = 1"),
    ("[storage]", "[storage]\nzzzzzz = 1"),
    ("[metrics]", "[metrics]\nzzzzzz = 1"),
    ("[log]", "[log]\nzzzzzz = 1"),
    ("[[trunk]]", "[[trunk]]\nname = \"a\"\nzzzzzz = 1"),
    ("[[phone]]", "[[phone]]\nuser = \"a\"\nzzzzzz = 1"),
    ("[[agent]]", "[[agent]]\nname = \"a\"\nzzzzzz = 1"),
    ("[[queue]]", "[[queue]]\nname = \"a\"\nzzzzzz = 1"),
    ("relax", "[[queue]]\nname = \"a\"\nrelax = [{ zzzzzz = 1, after = \"1s\" }]"),
    ("overflow", "[[queue]]\nname = \"a\"\noverflow = [{ zzzzzz = 1 }]"),
    ("back_off", "[[queue]]\nname = \"a\"\nback_off = { zzzzzz = 1 }"),
    ("service_level", "[[queue]]\nname = \"a\"\nservice_level = { zzzzzz = 1 }"),
    ("[hours]", "[hours.a]\nzzzzzz = 1"),
    ("[[route]]", "[[route]]\nzzzzzz = 1"),
    ("play", "[flow.a]\nb = { play = \"x\", zzzzzz = 1 }"),
    ("menu", "[flow.a]\nb = { menu = \"x\", zzzzzz = 1 }"),
    ("queue", "[flow.a]\nb = { queue = \"x\", zzzzzz = 1 }"),
    ("ring", "[flow.a]\nb = { ring = \"phone:x\", zzzzzz = 1 }"),
    ("password", "[[phone]]\nuser = \"a\"\npassword = { zzzzzz = 1 }"),
];

#[test]
fn every_key_that_is_known_is_in_the_full_configuration_and_in_the_manual() {
    for (what, text) in STRANGERS {
        let findings = read(text).expect_err(what);
        let unknown = findings.iter().find(|finding| finding.code == "unknown-key").expect(what);
        let known = unknown.help.as_deref().unwrap();
        let keys: Vec<&str> = known.split('`').skip(1).step_by(2).collect();
        assert!(!keys.is_empty(), "{what}: {known}");
        for key in keys {
            let in_full = FULL.contains(&format!("{key} =")) || FULL.contains(&format!("[{key}"));
            assert!(in_full, "{what}: {key} is not in config/strowger.toml");
            let in_manual = MANUAL.contains(&format!("`{key}`")) || MANUAL.contains(&format!("[{key}"));
            assert!(in_manual, "{what}: {key} is not in docs/configuration.md");
        }
    }
}
