//! `[[room]]`: who gets there, who is its host, and what is wrong with one.

mod common;

use common::taken;
use dialplan::flow::{Action, Cursor};
use dialplan::{Arrival, Chime, Destination, Origin};
use terms::{PhoneId, PromptId, RoomId, TrunkId, Wall};

const HOUSE: &str = r#"
[[phone]]
user = "alice"
contact = "192.0.2.1"
extension = "101"

[[agent]]
name = "bob"
devices = ["phone:alice", "trunk:acme/+442079460001"]

[[trunk]]
name = "acme"
peers = ["192.0.2.9"]
target = "192.0.2.9"
"#;

/// The codes of what is wrong.
fn wrong(keys: &str) -> Vec<&'static str> {
    let findings = common::read(&format!("{HOUSE}{keys}")).map_or_else(|findings| findings, |loaded| loaded.warnings);
    findings.iter().map(|finding| finding.code).filter(|code| *code != "unused").collect()
}

#[test]
fn phones_dial_it_and_routes_lead_there() {
    let text = format!("{HOUSE}[[room]]\nname = \"daily\"\nextension = \"800\"\n")
        + "[[route]]\nfrom = \"trunk:acme\"\nto = \"+442079460001\"\ngo = \"room:daily\"\nrecord = true\n";
    let plan = taken(&text).plan;
    let go = |from, called| plan.decide(&Arrival { from, caller: "1", called }, Wall::default());
    let (alice, acme) = (Origin::Phone(PhoneId::of("alice")), Origin::Trunk(TrunkId::of("acme")));
    let daily = RoomId::of("daily");
    for (from, called, record) in [(alice, "800", false), (acme, "+442079460001", true)] {
        let routed = go(from, called).expect("it leads there");
        assert_eq!((&routed.destination, routed.record), (&Destination::Room(daily), record));
        let action = Cursor::new(routed.destination, routed.record).arrive(&plan);
        assert_eq!(action, Action::Room { room: daily, record });
    }
    assert_eq!(go(acme, "800"), None, "an extension is for phones");
}

#[test]
fn what_is_said_of_one_holds_and_the_rest_is_usual() {
    let room = |keys: &str| taken(&format!("{HOUSE}[[room]]\nname = \"a\"\n{keys}")).plan.rooms[0].clone();
    let usual = room("");
    assert_eq!((usual.most, usual.waits, usual.asks(), usual.muted, usual.record), (200, false, false, false, false));
    assert_eq!((usual.enter, usual.leave, usual.music, usual.hosts.len()), (Chime::Beep, Chime::Beep, None, 0));
    let full = room("hosts = [\"agent:bob\"]\nmost = 3\nenter = \"none\"\nleave = \"bye.wav\"\npin = \"1234\"\n");
    assert_eq!((full.hosts, full.most, full.waits), (vec![PhoneId::of("alice")], 3, true));
    assert_eq!((full.enter, full.leave), (Chime::Nothing, Chime::Sound(PromptId::of("bye.wav"))));
    assert!(full.pin && !full.host_pin);
    assert!(!room("host_pin = \"1234\"\nwait = false\n").waits);
}

#[test]
fn its_pins_are_kept_as_passwords_are_and_are_not_in_the_plan() {
    let loaded = taken(&format!("{HOUSE}[[room]]\nname = \"a\"\npin = \"4711\"\nhost_pin = {{ file = \"x\" }}\n"));
    let a = RoomId::of("a");
    assert!(loaded.secrets.rooms.contains_key(&a) && loaded.secrets.hosts.contains_key(&a));
    assert!(!format!("{:?}{:?}", loaded.plan, loaded.secrets).contains("4711"));
    assert!(loaded.warnings.iter().any(|finding| finding.code == "plain-password"), "{:?}", loaded.warnings);
}

#[test]
fn what_is_wrong_with_one_is_told() {
    let room = |keys: &str| wrong(&format!("[[room]]\nname = \"a\"\n{keys}"));
    assert_eq!(room("extension = \"800\"\n"), [""; 0]);
    assert_eq!(room("extension = \"101\"\n"), ["extension-twice"]);
    assert_eq!(room("extension = \"8a\"\n"), ["bad-extension"]);
    assert_eq!(room("extension = \"800\"\nwait = true\n"), ["no-host"]);
    assert_eq!(room("extension = \"800\"\nhosts = [\"trunk:acme\"]\n"), ["no-host"]);
    assert_eq!(room("extension = \"800\"\nhosts = [\"phone:zoe\"]\n"), ["unknown-name"]);
    assert_eq!(room("extension = \"800\"\nmost = 201\n").len(), 1);
    assert_eq!(room("extension = \"800\"\npin = {}\n"), ["bad-password"]);
    assert_eq!(
        wrong("[[room]]\nname = \"a\"\nextension = \"701\"\n[park]\nslots = \"701-702\"\n"),
        ["extension-twice"]
    );
    let twice = "[[room]]\nname = \"a\"\nextension = \"800\"\n[[room]]\nname = \"b\"\nextension = \"800\"\n";
    assert_eq!(wrong(twice), ["extension-twice"]);
}
