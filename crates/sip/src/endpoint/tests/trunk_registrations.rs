//! A trunk that registers itself: where its name leads, how long it lasts, whose calls it brings, and what it makes of a
//! registrar that is away and of a resolver that is dead or lies.

use super::office::*;
use crate::face::*;
use crate::message::{Message, Name};
use std::net::SocketAddr;
use std::time::Duration;
use terms::TrunkId;

const HERE: &str = "198.51.100.1:5060";
const THERE: &str = "198.51.100.66:5060";
const MD5: &str = "Digest realm=\"carrier.example\", nonce=\"n1\", qop=\"auth\"";

fn home(name: &str) -> TrunkPeer {
    let host = Some(Host { name: "sip.carrier.example".into(), transport: Transport::Udp, port: 5_060 });
    TrunkPeer { peers: vec![], target: None, host, ..carrier(name, HERE) }
}

fn registration(name: &str, user: &str) -> Registration {
    let id = TrunkId::of(name);
    Registration {
        account: id.0,
        registrar: None,
        trunk: Some(id),
        domain: "sip.carrier.example".into(),
        credentials: Credentials { user: user.into(), password: "secret".into() },
        expires: Duration::from_secs(600),
    }
}

fn office() -> Office {
    let office = Office::new(vec![home("home")], vec![registration("home", "442079460000")]);
    assert_eq!(office.names, [(TrunkId::of("home"), "sip.carrier.example".to_owned())]);
    office
}

fn resolve(office: &mut Office, addresses: &[&str]) -> Vec<(SocketAddr, Message)> {
    let trunk = TrunkId::of("home");
    let addresses = addresses.iter().map(|address| address.parse().unwrap()).collect();
    office.input(Input::Resolved { trunk, name: "sip.carrier.example".into(), addresses })
}

/// An office that is registered at HERE for ten minutes.
fn registered() -> Office {
    let mut office = office();
    let asked = resolve(&mut office, &["198.51.100.1"]).remove(0);
    assert!(office.answer(&asked, 200, &[(Name::Expires, "600")]).is_empty());
    assert!(state(&office).stands.is_some());
    office
}

fn state(office: &Office) -> crate::Registered {
    office.switch.inspect().registered.remove(0)
}

/// What becomes of a call from an address for a user.
fn call(office: &mut Office, from: &str, user: &str, to: &str) -> Option<u16> {
    let (uri, to) = (format!("sip:{user}@192.0.2.1"), format!("sip:{to}@sip.carrier.example"));
    office.hear(from, "INVITE", &uri, &to, "").first().and_then(|(_, message)| message.status())
}

fn registers(sent: Vec<(terms::Mono, SocketAddr, Message)>) -> Vec<(terms::Mono, SocketAddr, Message)> {
    let register = |message: &Message| message.method() == Some(&crate::message::Method::Register);
    let mut seen = std::collections::BTreeSet::new();
    let first = |message: &Message| seen.insert((message.call_id().to_owned(), message.cseq().unwrap().number));
    sent.into_iter()
        .filter(|(_, _, message)| register(message))
        .filter({
            let mut first = first;
            move |(_, _, message)| first(message)
        })
        .collect()
}

#[test]
fn a_trunk_registers_where_its_name_leads_proves_itself_and_comes_again_in_time() {
    let mut office = office();
    let asked = resolve(&mut office, &["198.51.100.1"]).remove(0);
    assert_eq!((asked.0.to_string().as_str(), asked.1.uri_raw()), (HERE, "sip:sip.carrier.example"));
    assert_eq!(asked.1.expires(), Some(600));
    let proved = office.answer(&asked, 401, &[(Name::WwwAuthenticate, MD5)]).remove(0);
    let credentials = proved.1.header(Name::Authorization).unwrap().into_owned();
    assert!(credentials.contains("username=\"442079460000\"") && credentials.contains("nonce=\"n1\""));
    let longer = office.answer(&proved, 423, &[(Name::MinExpires, "1800")]).remove(0);
    assert_eq!(longer.1.expires(), Some(1_800));
    assert!(office.answer(&longer, 200, &[(Name::Expires, "1800")]).is_empty());
    let (since, until) = state(&office).stands.unwrap();
    assert_eq!(until.since(since), Duration::from_secs(1_800));
    let again = registers(office.advance(Duration::from_secs(1_441)));
    assert_eq!(again.len(), 1, "once, before its end");
    let again = (again[0].1, again[0].2.clone());
    let sha = "Digest realm=\"carrier.example\", nonce=\"n2\", qop=\"auth\", algorithm=SHA-256, stale=true";
    let fields = [(Name::WwwAuthenticate, sha), (Name::WwwAuthenticate, MD5)];
    let proved = office.answer(&again, 401, &fields).remove(0);
    assert!(proved.1.header(Name::Authorization).unwrap().contains("algorithm=SHA-256"), "the stronger of two");
    let ours = format!("{};expires=60", proved.1.header(Name::Contact).unwrap());
    assert!(
        office
            .answer(&proved, 200, &[(Name::Contact, "<sip:old@192.0.2.1>;expires=5"), (Name::Contact, &ours)])
            .is_empty()
    );
    let stands = state(&office).stands.unwrap();
    assert_eq!((stands.0, stands.1.since(office.now)), (since, Duration::from_secs(60)), "ours counts, without a gap");
}

#[test]
fn a_registrar_that_is_never_content_with_the_time_is_asked_again_later_for_what_was_wanted() {
    for raises in [&["1800", "3600", "7200"][..], &["604801"]] {
        let mut office = office();
        let mut asked = resolve(&mut office, &["198.51.100.1"]);
        for min in raises.iter().take(3) {
            asked = office.answer(&asked.remove(0), 423, &[(Name::MinExpires, min)]);
            if *min != "604801" {
                assert_eq!(asked[0].1.expires().map(|expires| expires.to_string()).as_deref(), Some(*min));
            }
        }
        if let Some(last) = asked.pop() {
            assert!(office.answer(&last, 423, &[(Name::MinExpires, "14400")]).is_empty(), "not for ever");
        }
        let failure = state(&office).failure.map(|(why, _)| why);
        assert_eq!(failure, Some(RegistrationFailure::Refused(423)), "and status says why");
        assert!(registers(office.advance(Duration::from_secs(19))).is_empty());
        let again = registers(office.advance(Duration::from_secs(22)));
        assert_eq!((again.len(), again[0].2.expires()), (1, Some(600)));
    }
}

#[test]
fn a_resolver_that_is_dead_or_lies_moves_nobody_who_is_registered() {
    let mut office = registered();
    for answer in [&[][..], &["0.0.0.0"], &["198.51.100.66"], &["198.51.100.66", "224.0.0.1"]] {
        assert!(resolve(&mut office, answer).is_empty(), "{answer:?}");
        assert_eq!(call(&mut office, HERE, "442079460000", "+442079460001"), Some(100));
        assert_eq!(call(&mut office, THERE, "442079460000", "+442079460001"), Some(407), "{answer:?}");
    }
    let again = registers(office.advance(Duration::from_secs(490)));
    assert_eq!(again[0].1.to_string(), HERE);
    assert!(office.answer(&(again[0].1, again[0].2.clone()), 200, &[(Name::Expires, "600")]).is_empty());
    assert_eq!(call(&mut office, THERE, "442079460000", "+442079460001"), Some(407), "a refresh trusts nobody new");
    // Where he is fails: then the name counts.
    let later = registers(office.advance(Duration::from_secs(600)));
    assert_eq!(later[0].1.to_string(), HERE);
    assert!(later.iter().any(|(_, to, _)| to.to_string() == THERE), "{later:?}");
}

#[test]
fn a_name_without_an_address_is_asked_for_again_and_again_with_pauses() {
    let mut office = office();
    assert!(resolve(&mut office, &[]).is_empty());
    office.advance(Duration::from_secs(2));
    assert_eq!(state(&office).failure.unwrap().0, RegistrationFailure::NoAddress);
    office.advance(Duration::from_secs(3_600));
    let asked = office.names.len();
    assert!((12..80).contains(&asked), "{asked} look-ups in an hour");
    assert_eq!(resolve(&mut office, &["198.51.100.1"]).len(), 1, "and as soon as there is one, it registers");
}

#[test]
fn a_registrar_that_is_away_is_tried_less_and_less_often_and_never_in_step() {
    let starts = |name: &str| {
        let mut office = Office::new(vec![carrier(name, HERE)], vec![registration(name, "1")]);
        registers(office.advance(Duration::from_secs(4 * 3_600)))
            .iter()
            .map(|(at, _, _)| at.as_micros())
            .collect::<Vec<_>>()
    };
    let tries = starts("one");
    let pauses: Vec<u64> = tries.windows(2).map(|two| (two[1] - two[0]) / 1_000_000).collect();
    assert!((15..40).contains(&tries.len()), "{pauses:?}");
    assert!(pauses[0] < 80 && pauses.iter().rev().take(5).all(|pause| (450..950).contains(pause)), "{pauses:?}");
    assert!(pauses.windows(2).any(|two| two[0] != two[1]), "{pauses:?}");
}

#[test]
fn calls_are_the_trunks_while_it_stands_by_address_and_number() {
    let mut office = registered();
    assert_eq!(call(&mut office, HERE, "442079460000", "+442079460001"), Some(100));
    let arrival = office.arrival();
    assert_eq!(arrival.source, Source::Trunk(TrunkId::of("home")));
    assert_eq!(arrival.called.reveal(), "+442079460001", "the registrar calls our contact, To says who was meant");
    assert_eq!(call(&mut office, HERE, "+442079460002", "+442079460009"), Some(100));
    assert_eq!(office.arrival().called.reveal(), "+442079460002");
    office.advance(Duration::from_secs(700));
    assert_eq!(call(&mut office, HERE, "442079460000", "+442079460001"), Some(407), "it has ended");
}

#[test]
fn two_trunks_at_one_address_are_told_apart_by_the_number_that_each_registered() {
    let trunks = vec![carrier("one", HERE), carrier("two", HERE)];
    let trunks = trunks.into_iter().map(|peer| TrunkPeer { peers: vec![], ..peer }).collect();
    let mut office = Office::new(trunks, vec![]);
    let both = vec![registration("one", "111"), registration("two", "222")];
    let trunks = ["one", "two"].map(|name| TrunkPeer { peers: vec![], ..carrier(name, HERE) }).to_vec();
    assert!(office.configure(trunks, both).is_empty(), "not all at once");
    for (_, to, asked) in registers(office.advance(Duration::from_millis(1_000))) {
        office.answer(&(to, asked), 200, &[(Name::Expires, "600")]);
    }
    for (user, trunk) in [("111", "one"), ("222", "two")] {
        assert_eq!(call(&mut office, HERE, user, user), Some(100));
        assert_eq!(office.arrival().source, Source::Trunk(TrunkId::of(trunk)));
    }
    assert_eq!(call(&mut office, HERE, "333", "333"), Some(407), "neither's");
}

#[test]
fn a_trunk_that_is_taken_out_takes_its_registration_back() {
    let mut office = registered();
    let sent = office.configure(vec![home("home")], vec![]);
    assert_eq!(sent[0].1.expires(), Some(0));
    assert_eq!(call(&mut office, HERE, "442079460000", "+442079460001"), Some(407));
    office.answer(&sent[0], 200, &[]);
    assert_eq!(office.switch.inspect().registrations, 0);
    let mut office = registered();
    let other = registration("home", "442079460099");
    let sent = office.configure(vec![home("home")], vec![other]);
    assert!(sent[0].1.header(Name::From).unwrap().contains("442079460099"), "another user registers at once");
}
