//! `[[group]]`: whom it rings and when, who gets there, and what is wrong with one.

mod common;

use common::taken;
use dialplan::flow::{Action, Cursor, RingTarget};
use dialplan::{Arrival, Confirm, Destination, Device, GroupOrder, Origin};
use std::time::Duration;
use terms::{AgentId, GroupId, PhoneId, PromptId, TrunkId, Wall};

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
    assert_eq!(go("200").map(|routed| routed.destination), Some(Destination::Group(GroupId::of("sales"))));
    assert_eq!(go("300").map(|routed| routed.destination), Some(Destination::Group(GroupId::of("sales"))));
    assert_eq!(go("sales"), None, "its name is no number");
    let ring = |called| Cursor::new(go(called).unwrap().destination, false).action(&plan);
    let rings = |wait| Action::Ring {
        target: RingTarget::Group(GroupId::of("sales")),
        wait: Duration::from_secs(wait),
        record: false,
    };
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

/// What an agent's keys make of his devices, or the codes of what is wrong.
fn devices(keys: &str) -> Result<(Vec<Device>, Option<Confirm>), Vec<&'static str>> {
    let text = format!("{PHONES}\n[[agent]]\nname = \"alice\"\n{keys}\n");
    let agent = |loaded: dialplan::Loaded| (loaded.plan.agents[0].devices.clone(), loaded.plan.agents[0].confirm);
    let codes = |findings: Vec<dialplan::Finding>| {
        findings.iter().map(|one| one.code).filter(|code| *code != "unused").collect()
    };
    common::read(&text).map(agent).map_err(codes)
}

#[test]
fn an_agent_may_be_rung_at_a_number_outside_and_presses_a_key_there() {
    let (phone, number) = (Device::Phone(PhoneId::of("alice")), "+447700900123");
    let mobile = Device::Number(TrunkId::of("acme"), number.into());
    let both = format!("devices = [\"phone:alice\", \"trunk:acme/{number}\"]\n");
    assert_eq!(devices(&both), Ok((vec![phone, mobile], Some(Confirm::default()))));
    let confirm = |keys: &str| devices(&format!("{both}confirm = {keys}")).map(|(_, confirm)| confirm);
    let own = Confirm { prompt: PromptId::of("press.wav"), key: '#', within: Duration::from_secs(9) };
    assert_eq!(confirm("{ play = \"press.wav\", key = \"#\", within = \"9s\" }"), Ok(Some(own)));
    assert_eq!(confirm("{ ask = false }"), Ok(None));
    for (keys, code) in [
        ("{ key = \"12\" }", "bad-key"),
        ("{ key = 1 }", "wrong-type"),
        ("{ within = \"1s\" }", "out-of-range"),
        ("{ digit = \"1\" }", "unknown-key"),
        ("false", "wrong-type"),
    ] {
        assert_eq!(confirm(keys), Err(vec![code]), "{keys}");
    }
    for (names, code) in [
        ("\"trunk:acme\"", "no-number"),
        ("\"trunk:acne/+447700900123\"", "unknown-name"),
        ("\"trunk:acme/mobile\"", "bad-number"),
        ("\"+447700900123\"", "no-kind"),
        ("\"trunk:acme/+447700900123\", \"trunk:acme/+447700900123\"", "defined-twice"),
    ] {
        assert_eq!(devices(&format!("devices = [{names}]")), Err(vec![code]), "{names}");
    }
    let read =
        |keys: &str| taken(&group(&format!("members = [\"trunk:acme/{number}\"]\n{keys}"))).plan.groups[0].confirm;
    assert_eq!((read(""), read("confirm = { ask = false }")), (Some(Confirm::default()), None));
}

#[test]
fn what_a_number_outside_must_do_is_told_with_the_way_of_a_call() {
    let text = group("extension = \"200\"\nmembers = [\"phone:bob\", \"trunk:acme/+447700900123\"]")
        + "[[agent]]\nname = \"alice\"\ndevices = [\"phone:alice\", \"trunk:acme/+447700900123\"]\n"
        + "[[route]]\nfrom = \"phone:*\"\nto = \"300\"\ngo = \"agent:alice\"\n";
    let plan = taken(&text).plan;
    let told = |called| {
        let arrival = Arrival { from: Origin::Phone(PhoneId::of("bob")), caller: "102", called };
        plan.route(&arrival, Wall::default()).1.to_string()
    };
    for called in ["200", "300"] {
        assert!(told(called).contains("+447700900123 (who answers presses 1)"), "{}", told(called));
    }
}

#[test]
fn colleagues_are_those_of_all_ones_groups_also_where_an_agent_has_logged_in() {
    let text = PHONES.to_owned()
        + "[[phone]]\nuser = \"carol\"\ncontact = \"192.0.2.3\"\n[[phone]]\nuser = \"dave\"\ncontact = \"192.0.2.4\"\n\
           [[agent]]\nname = \"zoe\"\nnumber = \"7\"\npin = \"4711\"\n\
           [[group]]\nname = \"sales\"\nmembers = [\"phone:alice\", \"phone:bob\"]\n\
           [[group]]\nname = \"help\"\nmembers = [\"phone:alice\", \"agent:zoe\"]\n";
    let mut plan = (*taken(&text).plan).clone();
    let of = |plan: &dialplan::Plan, who: &str| {
        let all = ["alice", "bob", "carol", "dave"];
        let found = plan.colleagues(PhoneId::of(who));
        let shares = |other: &&str| plan.share_a_group(PhoneId::of(who), PhoneId::of(other));
        let is = |other: &&str| found.contains(&PhoneId::of(other));
        assert_eq!(
            all.into_iter().filter(shares).collect::<Vec<_>>(),
            all.into_iter().filter(is).collect::<Vec<_>>(),
            "{who}"
        );
        all.into_iter().filter(is).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(["alice", "bob", "carol", "dave"].map(|who| of(&plan, who)), ["alice bob", "alice bob", "", ""]);
    plan = plan.clone();
    plan.seat(AgentId::of("zoe"), PhoneId::of("carol"));
    assert_eq!(
        ["alice", "bob", "carol", "dave"].map(|who| of(&plan, who)),
        ["alice bob carol", "alice bob", "alice carol", ""]
    );
}
