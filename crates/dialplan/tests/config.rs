//! Every configuration that we hand out loads, and the full one shows every key.

mod common;

use common::{one, taken};
use dialplan::keys::{Keys, ROOT};
use dialplan::{Arrival, Destination, Loaded, Origin};
use terms::{QueueId, TrunkId, Wall};

const FULL: &str = include_str!("../../../config/strowger.toml");
const BENCH: &str = include_str!("../../../config/bench.toml");

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

#[test]
fn every_key_is_in_the_full_configuration() {
    let mut open: Vec<&Keys> = vec![&ROOT];
    let mut found = 0;
    while let Some(keys) = open.pop() {
        for key in keys.keys {
            let (name, tables) = (key.name, key.tables());
            let shown = FULL.contains(&format!("{name} =")) || FULL.contains(&format!("[{name}"));
            assert!(shown, "{name} of {} is not in config/strowger.toml", keys.title);
            open.extend(tables);
            found += 1;
        }
    }
    assert!(found >= 80, "{found} keys");
}

#[test]
fn thousands_of_queues_in_a_row_are_checked_at_once() {
    let count = 4_000;
    let queue = |number: usize| {
        let next = (number + 1) % count;
        format!(
            "[[queue]]\nname = \"q{number}\"\nagents = []\noverflow = [{{ when = \"full\", go = \"queue:q{next}\" }}]\n"
        )
    };
    let text: String = (0..count).map(queue).collect();
    let loaded = taken(&text);
    let circles = loaded.warnings.iter().filter(|finding| finding.code == "overflow-circle").count();
    assert_eq!(circles, 1);
}
