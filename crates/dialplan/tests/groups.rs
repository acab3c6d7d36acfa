//! `[[group]]`: whom it rings and when, who gets there, and what is wrong with one.

mod common;

use common::taken;
use dialplan::flow::{Action, Cursor, RingTarget};
use dialplan::{Arrival, Destination, GroupOrder, Origin};
use std::time::Duration;
use terms::{AgentId, PhoneId, TrunkId, Wall};

const PHONES: &str = r#"
[[phone]]
user = "alice"
contact = "192.0.2.1"
extension = "101"

[[phone]]
user = "bob"
contact = "192.0.2.2"

[[trunk]]
name = "acme"
target = "192.0.2.9"
"#;

fn group(keys: &str) -> String {
    format!("{PHONES}\n[[group]]\nname = \"sales\"\n{keys}\n")
}

/// The codes of what is wrong.
fn wrong(keys: &str) -> Vec<&'static str> {
    let findings = common::read(&group(keys)).map_or_else(|findings| findings, |loaded| loaded.warnings);
    findings.iter().map(|finding| finding.code).filter(|code| *code != "unused").collect()
}

#[test]
fn a_group_is_dialled_by_its_extension_and_named_by_routes_and_flows() {
    let text = group("extension = \"200\"\nmembers = [\"phone:alice\", \"phone:bob\"]")
        + "[[route]]\nfrom = \"phone:*\"\nto = \"300\"\ngo = \"group:sales\"\n"
        + "[[route]]\nfrom = \"phone:*\"\nto = \"301\"\ngo = \"flow:main\"\n"
        + "[flow.main]\nring = { ring = \"group:sales\", wait = \"15s\" }\n";
    let plan = taken(&text).plan;
    let from = Origin::Phone(PhoneId::of("alice"));
    let go = |called| plan.decide(&Arrival { from, caller: "101", called }, Wall::default());
    assert_eq!(go("200").map(|routed| routed.destination), Some(Destination::Group(0)));
    assert_eq!(go("300").map(|routed| routed.destination), Some(Destination::Group(0)));
    assert_eq!(go("sales"), None, "its name is no number");
    let ring = |called| Cursor::new(go(called).unwrap().destination, false).action(&plan);
    let rings = |wait| Action::Ring { target: RingTarget::Group(0), wait: Duration::from_secs(wait), record: false };
    assert_eq!((ring("200"), ring("301")), (rings(60), rings(15)));
    let trunk = Origin::Trunk(TrunkId::of("acme"));
    assert_eq!(plan.decide(&Arrival { from: trunk, caller: "1", called: "200" }, Wall::default()), None, "only phones");
}

#[test]
fn who_is_rung_when_is_read_from_the_keys() {
    let members = "members = [\"phone:alice\", \"agent:bob\", \"trunk:acme/+442079460001\"]";
    let agent = "\n[[agent]]\nname = \"bob\"\ndevices = [\"phone:bob\"]\n";
    let read = |keys: &str| taken(&(group(&format!("{members}\n{keys}")) + agent)).plan.groups[0].clone();
    let seconds =
        |group: &dialplan::Group| -> Vec<u64> { group.members.iter().map(|one| one.after.as_secs()).collect() };
    let plain = read("");
    assert_eq!((plain.order, plain.turn, plain.engages), (GroupOrder::AtOnce, Duration::from_secs(20), true));
    assert_eq!(seconds(&plain), [0, 0, 0]);
    assert_eq!(plain.members[1].target, RingTarget::Agent(AgentId::of("bob")));
    assert_eq!(plain.members[2].target, RingTarget::Trunk(TrunkId::of("acme"), Some("+442079460001".into())));
    assert_eq!(seconds(&read("strategy = \"staggered\"\ndelay = \"4s\"")), [0, 4, 8]);
    assert_eq!(seconds(&read("later = [{ ring = \"phone:bob\", after = \"7s\" }]")), [0, 0, 0, 7]);
    let random = read("strategy = \"random\"\nring = \"9s\"\nengages = false");
    assert_eq!((random.order, random.turn, random.engages), (GroupOrder::Random, Duration::from_secs(9), false));
}

#[test]
fn what_is_wrong_with_a_group_is_found() {
    for (keys, codes) in [
        ("", vec!["missing-key"]),
        ("members = []", vec!["empty-group"]),
        ("members = [\"phone:carol\"]", vec!["unknown-name"]),
        ("members = [\"phone:alice\", \"phone:alice\"]", vec!["defined-twice"]),
        ("members = [\"group:sales\"]", vec!["cannot-ring"]),
        ("members = [\"hangup\"]", vec!["cannot-ring"]),
        ("members = [\"phone:bob\"]\nextension = \"101\"", vec!["extension-twice"]),
        ("members = [\"phone:bob\"]\nextension = \"all\"", vec!["bad-extension"]),
        ("members = [\"phone:bob\"]\nstrategy = \"at once\"", vec!["unknown-strategy"]),
        (
            "members = [\"phone:bob\"]\nstrategy = \"in-turn\"\nlater = [{ ring = \"phone:alice\" }]",
            vec!["later-in-turn"],
        ),
    ] {
        assert_eq!(wrong(keys), codes, "{keys}");
    }
}

#[test]
fn a_group_that_calls_the_number_again_over_a_trunk_is_a_way_out() {
    let route = |to: &str| format!("[[route]]\nfrom = \"*\"\n{to}go = \"group:sales\"\n");
    let text =
        group("members = [\"trunk:acme\"]").replace("target =", "peers = [\"192.0.2.9\"]\ntarget =") + &route("");
    let codes: Vec<_> = taken(&text).warnings.iter().map(|finding| finding.code).collect();
    assert!(codes.contains(&"open-relay"), "{codes:?}");
}
