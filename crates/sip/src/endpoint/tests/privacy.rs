//! Who is told a number that its owner withholds (RFC 3323, RFC 3325).

use super::office::*;
use super::pair::phone;
use crate::face::*;
use crate::message::{Message, Name};
use std::collections::BTreeMap;
use terms::{PhoneId, Pii, TrunkId};

const ANONYMOUS: &str = "From: \"Anonymous\" <sip:anonymous@anonymous.invalid>;tag=a\n";
const ASSERTED: &str = "P-Asserted-Identity: \"Erika Muster\" <sip:+4930555777@carrier.example;user=phone>\n";

#[test]
fn a_carrier_says_who_calls_and_whether_he_withholds_it() {
    let known = format!("From: <sip:+4930111222@carrier.example>;tag=a\n{ASSERTED}");
    let hidden = format!("{ANONYMOUS}{ASSERTED}");
    for (fields, withheld) in [
        (format!("{known}Privacy: id\n"), true),
        (format!("{known}Privacy: user;id\n"), true),
        (format!("{known}Privacy: header;critical\n"), true),
        (format!("{known}Privacy: session\n"), false),
        (format!("{known}Privacy: none\n"), false),
        (known.clone(), false),
        (hidden.clone(), true),
        (format!("{hidden}Privacy: none\n"), false),
    ] {
        let mut office = Office::new(vec![carrier("acme", "198.51.100.1:5060")], vec![]);
        let sent = office.hear("198.51.100.1:5060", "INVITE", "sip:+4420@192.0.2.1", "sip:+4420@192.0.2.1", &fields);
        assert_eq!(sent[0].1.status(), Some(100), "{fields}");
        let arrival = office.arrival();
        assert_eq!((arrival.caller.reveal().as_str(), arrival.withheld), ("+4930555777", withheld), "{fields}");
    }
}

fn texts(message: &Message) -> BTreeMap<&'static str, String> {
    let value = |name| message.header(name).map(|value| value.into_owned()).unwrap_or_default();
    BTreeMap::from([
        ("from", value(Name::From)),
        ("asserted", value(Name::PAssertedIdentity)),
        ("privacy", value(Name::Privacy)),
        ("contact", value(Name::Contact)),
    ])
}

#[test]
fn only_a_carrier_that_is_trusted_is_told_a_number_that_is_withheld() {
    let trusted = TrunkPeer { trusted: true, ..carrier("friend", "198.51.100.2:5060") };
    let mut office = Office::new(vec![carrier("acme", "198.51.100.1:5060"), trusted], vec![]);
    let behind = |trunk| Target::Trunk { trunk: TrunkId::of(trunk), number: Pii::from("+441632960000") };
    for (trunk, withheld) in [("acme", true), ("acme", false), ("friend", true), ("friend", false)] {
        let invite = office.call(behind(trunk), "+4930555777", withheld);
        let said = texts(&invite);
        let whole = String::from_utf8(invite.as_bytes().to_vec()).unwrap();
        assert_eq!(whole.contains("4930555777"), !withheld || trunk == "friend", "{trunk} {withheld}: {whole}");
        assert_eq!(said["from"].contains("<sip:anonymous@anonymous.invalid>"), withheld, "{said:?}");
        assert_eq!(said["from"].contains("Muster") || said["contact"].contains("4930"), !withheld, "{said:?}");
        assert_eq!(said["privacy"], if withheld { "id" } else { "" });
        assert_eq!(said["asserted"].contains("sip:+4930555777@"), trunk == "friend", "{said:?}");
    }
}

#[test]
fn a_phone_is_not_told_a_number_that_is_withheld_and_a_number_of_nobody_is_asserted_to_no_one() {
    let mut account = phone("alice");
    account.contact = Some((Transport::Udp, "198.51.100.9:5060".parse().unwrap()));
    let trusted = TrunkPeer { trusted: true, ..carrier("friend", "198.51.100.2:5060") };
    let mut office = Office::new(vec![], vec![]);
    let config = Config { phones: vec![account], trunks: vec![trusted], ..super::pair::switch_config(None) };
    office.input(Input::Reconfigure(Box::new(config)));
    let invite = office.call(Target::Phone(PhoneId::of("alice")), "+4930555777", true);
    let whole = String::from_utf8(invite.as_bytes().to_vec()).unwrap();
    assert!(!whole.contains("4930555777") && !whole.contains("Muster"), "{whole}");
    let number = Pii::from("+441632960000");
    let target = Target::Trunk { trunk: TrunkId::of("friend"), number };
    for nobody in ["", "anonymous"] {
        let said = texts(&office.call(target.clone(), nobody, false));
        assert!(said["from"].contains("anonymous@anonymous.invalid") && said["asserted"].is_empty(), "{said:?}");
    }
}

#[test]
fn from_names_the_carriers_host_or_our_address_and_never_a_mere_word() {
    let host = Some(Host { name: "sip.carrier.example".into(), transport: Transport::Udp, port: 5_060 });
    let named = TrunkPeer { host, ..carrier("named", "198.51.100.2:5060") };
    let mut office = Office::new(vec![], vec![]);
    let trunks = vec![carrier("acme", "198.51.100.1:5060"), named];
    let config = Config { realm: "strowger".into(), trunks, ..super::pair::switch_config(None) };
    office.input(Input::Reconfigure(Box::new(config)));
    for (trunk, from, uri) in [
        ("acme", "sip:+4420@192.0.2.1", "sip:+4930@198.51.100.1:5060"),
        ("named", "sip:+4420@sip.carrier.example", "sip:+4930@sip.carrier.example"),
    ] {
        let target = Target::Trunk { trunk: TrunkId::of(trunk), number: Pii::from("+4930") };
        let invite = office.call(target, "+4420", false);
        assert_eq!(invite.uri_raw(), uri);
        assert_eq!(invite.from().unwrap().uri_raw(), from);
    }
}
