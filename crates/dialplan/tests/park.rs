//! `[park]`: which slots there are, who gets there, and what is wrong with one.

mod common;

use common::taken;
use dialplan::flow::{Action, Cursor};
use dialplan::{Arrival, Destination, Origin};
use terms::{PhoneId, Slot, TrunkId, Wall};

const PHONES: &str = r#"
[[phone]]
user = "alice"
contact = "192.0.2.1"
extension = "101"

[[trunk]]
name = "acme"
target = "192.0.2.9"
"#;

/// The codes of what is wrong.
fn wrong(keys: &str) -> Vec<&'static str> {
    let findings = common::read(&format!("{PHONES}{keys}")).map_or_else(|findings| findings, |loaded| loaded.warnings);
    findings.iter().map(|finding| finding.code).filter(|code| *code != "unused").collect()
}

#[test]
fn a_slot_is_dialled_by_phones_and_named_by_routes_which_may_also_bar_it() {
    let text = format!("{PHONES}[park]\nslots = \"701-720\"\n")
        + "[[route]]\nfrom = \"phone:*\"\nto = \"700\"\ngo = \"park\"\n"
        + "[[route]]\nfrom = \"phone:*\"\nto = \"720\"\ngo = \"hangup\"\n"
        + "[[route]]\nfrom = \"trunk:acme\"\nto = \"44207946000\"\ngo = \"park:702\"\n";
    let plan = taken(&text).plan;
    let go =
        |from, called| plan.decide(&Arrival { from, caller: "1", called }, Wall::default()).map(|to| to.destination);
    let (alice, acme) = (Origin::Phone(PhoneId::of("alice")), Origin::Trunk(TrunkId::of("acme")));
    assert_eq!(go(alice, "701"), Some(Destination::Park(Some(Slot(701)))));
    assert_eq!(go(alice, "700"), Some(Destination::Park(None)));
    assert!(matches!(go(alice, "720"), Some(Destination::HangUp(_))), "the route bars it");
    assert_eq!([go(alice, "721"), go(alice, "0701"), go(acme, "701")], [None, None, None]);
    let parks = Cursor::new(go(acme, "44207946000").unwrap(), false).action(&plan);
    assert_eq!(parks, Action::Park { slot: Some(Slot(702)) });
}

#[test]
fn what_cannot_be_parked_in_is_told() {
    let park = |slots: &str| format!("[park]\nslots = \"{slots}\"\n");
    for slots in ["", "7a", "0701-0720", "720-701", "701-", "1-2000", "701-99999999999"] {
        assert_eq!(wrong(&park(slots)), ["bad-slots"], "{slots}");
    }
    assert_eq!(wrong(&park("100-110")), ["extension-twice"], "alice is called by 101");
    assert_eq!(wrong(&(park("701-702") + "otherwise = \"park\"\n")), ["park-again"]);
    let route = |go: &str| format!("[[route]]\nfrom = \"phone:*\"\nto = \"9\"\ngo = \"{go}\"\n");
    assert_eq!(wrong(&route("park")), ["no-park"]);
    assert_eq!(wrong(&(park("701-702") + &route("park:703"))), ["unknown-slot"]);
    assert!(wrong(&(park("701") + &route("park:701"))).is_empty(), "one slot is a range, too");
}
