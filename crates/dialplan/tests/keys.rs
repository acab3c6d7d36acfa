//! The keys that the reference page and the schema tell of are those that the loader asks for, and what they say
//! of defaults is what the loader assumes.

mod common;

use common::{read, taken};
use dialplan::keys::{Absent, Keys, ROOT};
use dialplan::{Plan, Written};
use std::collections::BTreeSet;

/// For each table of [`ROOT`] a configuration with that table; keys can be added to it at the `@`.
const PLACES: [(&str, &str); 48] = [
    ("strowger.toml", "@"),
    ("[listen]", "[listen]\n@"),
    ("[sip]", "[sip]\n@"),
    ("[lamps]", "[lamps]\n@"),
    ("[transfer]", "[transfer]\n@"),
    ("[codes]", "[codes]\n@"),
    ("[duty]", "[duty]\n@"),
    ("[park]", "[park]\nslots = \"701-720\"\n@"),
    ("[supervision]", "[supervision]\n@"),
    ("[storage]", "[storage]\n@"),
    ("[media]", "[media]\n@"),
    ("[metrics]", "[metrics]\n@"),
    ("[console]", "[console]\n@"),
    ("[tls]", "[tls]\ncertificate = \"a\"\nkey = \"a\"\n@"),
    ("[trace]", "[trace]\n@"),
    ("[customers]", "[customers]\n@"),
    ("[log]", "[log]\n@"),
    ("[office]", "[office]\n@"),
    ("[[trunk]]", "[[trunk]]\nname = \"a\"\npeers = [\"192.0.2.1\"]\ncountry = \"44\"\n@"),
    ("incoming and outgoing", "[[trunk]]\nname = \"a\"\npeers = [\"192.0.2.1\"]\nincoming = { @ }\n"),
    ("password", "[[phone]]\nuser = \"a\"\npassword = { file = \"x\"@ }"),
    ("[[phone]]", "[[phone]]\nuser = \"a\"\npassword = { file = \"x\" }\n@"),
    ("forward", "[[phone]]\nuser = \"a\"\npassword = { file = \"x\" }\nforward = { @ }"),
    ("[[agent]]", "[[agent]]\nname = \"a\"\ndevices = []\n@"),
    ("capacity", "[[agent]]\nname = \"a\"\ndevices = []\ncapacity = [{ kind = \"chat\"@ }]"),
    ("confirm", "[[agent]]\nname = \"a\"\ndevices = []\nconfirm = { @ }"),
    ("[[user]]", "[[user]]\nname = \"a\"\nroles = [\"auditor\"]\n@"),
    ("[[queue]]", "[[queue]]\nname = \"a\"\nagents = []\n@"),
    ("[[group]]", "[[group]]\nname = \"a\"\nmembers = []\n@"),
    ("[[room]]", "[[room]]\nname = \"a\"\n@"),
    (
        "later",
        "[[phone]]\nuser = \"a\"\ncontact = \"192.0.2.1\"\n[[group]]\nname = \"a\"\nmembers = []\nlater = [{ ring = \"phone:a\"@ }]",
    ),
    (
        "relax",
        "[[queue]]\nname = \"a\"\nagents = []\nrequire = \"anyone\"\nrelax = [{ after = \"1s\", require = \"anyone\"@ }]",
    ),
    ("overflow", "[[queue]]\nname = \"a\"\nagents = []\noverflow = [{ when = \"full\", go = \"hangup\"@ }]"),
    ("announce", "[[queue]]\nname = \"a\"\nagents = []\nannounce = [{ every = \"30s\", play = \"x\"@ }]"),
    ("back_off", "[[queue]]\nname = \"a\"\nagents = []\nback_off = { @ }"),
    ("service_level", "[[queue]]\nname = \"a\"\nagents = []\nservice_level = { @ }"),
    ("[[board]]", "[[board]]\nname = \"a\"\n@"),
    (
        "figures",
        "[[board]]\nname = \"a\"\nfigures = [{ show = \"ready\" }, { show = \"waiting\" }, { show = \"waiting\"@ }]",
    ),
    ("[hours.NAME]", "[hours.a]\nzone = \"UTC\"\nopen = [\"always\"]\n@"),
    ("[[route]]", "[[route]]\nfrom = \"*\"\ngo = \"hangup\"\n@"),
    ("step: play", "[flow.a]\nb = { play = \"x\"@ }"),
    ("step: menu", "[flow.a]\nb = { menu = \"x\", keys = { 1 = \"hangup\" }@ }"),
    ("step: call_back", "[[queue]]\nname = \"a\"\nagents = []\n[flow.a]\nb = { call_back = \"a\"@ }"),
    ("step: voicemail", "[[queue]]\nname = \"a\"\nagents = []\n[flow.a]\nb = { voicemail = \"queue:a\"@ }"),
    ("step: queue", "[[queue]]\nname = \"a\"\nagents = []\n[flow.a]\nb = { queue = \"a\"@ }"),
    ("step: ring", "[[phone]]\nuser = \"a\"\ncontact = \"192.0.2.1\"\n[flow.a]\nb = { ring = \"phone:a\"@ }"),
    ("step: hang_up", "[flow.a]\nb = { hang_up = 16@ }"),
    ("step: go", "[flow.a]\nb = { go = \"hangup\"@ }"),
];

fn tables(keys: &'static Keys, into: &mut Vec<&'static Keys>) {
    if !into.iter().any(|known| known.title == keys.title) {
        into.push(keys);
        keys.keys.iter().flat_map(|key| key.tables()).for_each(|inner| tables(inner, into));
    }
}

/// Every table with its place, but flows: these have steps, not keys, and their one setting is tested by itself.
fn placed() -> Vec<(&'static Keys, &'static str)> {
    let mut all = Vec::new();
    tables(&ROOT, &mut all);
    let place = |title: &str| PLACES.iter().find(|(known, _)| *known == title).map(|(_, place)| *place);
    let own = all.into_iter().filter(|keys| keys.title != "[flow.NAME]");
    let placed: Vec<_> =
        own.map(|keys| (keys, place(keys.title).unwrap_or_else(|| panic!("no place for {}", keys.title)))).collect();
    assert_eq!(placed.len(), PLACES.len());
    placed
}

/// A place with a key added: on a line of its own, or within braces after what is there.
fn with(place: &str, added: &str) -> String {
    let comma = if place.contains("@ }") && !place.contains("{ @") && !added.is_empty() { ", " } else { "" };
    place.replace('@', &format!("{comma}{added}"))
}

#[test]
fn the_loader_asks_for_the_keys_that_are_told_and_for_no_others() {
    for (keys, place) in placed() {
        let findings = read(&with(place, "zzzzzz = 1")).expect_err(keys.title);
        let unknown = findings.iter().find(|finding| finding.code == "unknown-key").expect(keys.title);
        let help = unknown.help.as_deref().unwrap_or_default();
        let asked: BTreeSet<&str> = help.split('`').skip(1).step_by(2).collect();
        let told: BTreeSet<&str> = keys.keys.iter().map(|key| key.name).collect();
        assert_eq!(asked, told, "{}: what the loader asks for, and what crates/dialplan/src/keys tells", keys.title);
    }
}

/// A plan without the places of its parts.
fn plan(text: &str) -> String {
    let mut plan: Plan = (*taken(text).plan).clone();
    plan.content_hash.clear();
    plan.written = Written::default();
    format!("{plan:#?}")
}

#[test]
fn a_default_that_is_told_is_the_one_that_the_loader_assumes() {
    let mut defaults = 0;
    for (keys, place) in placed() {
        for key in keys.keys {
            let Absent::Value(value) = key.absent else { continue };
            let said = with(place, &format!("{} = {value}", key.name));
            assert_eq!(plan(&said), plan(&with(place, "")), "{} of {}", key.name, keys.title);
            defaults += 1;
        }
    }
    assert!(defaults >= 25, "{defaults} defaults");
}

/// A place without one of its keys.
fn without(place: &str, key: &str) -> String {
    let from = place.rfind(&format!("{key} = ")).unwrap_or_else(|| panic!("{key} is not in {place}"));
    let (before, rest) = place.split_at(from);
    let value = rest.find(" = ").map_or("", |at| &rest[at + 3..]);
    let ends: &[&str] = if value.starts_with('{') { &[" }"] } else { &[", ", "\n", "@", " }"] };
    let end = ends.iter().filter_map(|end| value.find(end)).min().unwrap_or(value.len());
    let end = if value.starts_with('{') { end + " }".len() } else { end };
    format!("{before}{}", value[end..].trim_start_matches(", ")).replace(", @", "@").replace(", }", " }")
}

#[test]
fn what_is_needed_is_missed() {
    let mut needed = 0;
    for (keys, place) in placed() {
        for key in keys.keys.iter().filter(|key| key.absent == Absent::Needed) {
            let text = with(&without(place, key.name), "");
            let findings = read(&text).expect_err(&text);
            let missed = findings.iter().any(|finding| ["missing-key", "no-act"].contains(&finding.code));
            assert!(missed, "{} of {}: {text}\n{findings:#?}", key.name, keys.title);
            needed += 1;
        }
    }
    assert!(needed >= 18, "{needed} keys are needed");
}
