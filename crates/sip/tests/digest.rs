//! Claims about challenges, answers and everything that an attacker tries with them.

use bytes::Bytes;
use sip::digest::{Algorithm, Answerer, Challenged, Challenger, Ha1, Known, USUAL, Verdict, ha1_md5, ha1_sha256};
use sip::message::{Builder, Message, Method, Name};
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;
use terms::{Mono, limits};

const REALM: &str = "pbx \"one\", example";
const URI: &str = "sip:pbx.example.com";
const NOW: Mono = Mono::from_micros(1_000_000);
const HOME: IpAddr = IpAddr::V4(Ipv4Addr::new(198, 51, 100, 1));

fn challenger() -> Challenger {
    Challenger::new(REALM, b"a secret seed")
}

fn users(user: &str) -> Known<'static> {
    let known = user == "ali\"ce";
    let ha1 = known.then(|| Ha1 { md5: ha1_md5(user, REALM, "secret"), sha256: ha1_sha256(user, REALM, "secret") });
    Known { ha1, digests: USUAL, braked: false }
}

fn wrong() -> Verdict {
    Verdict::Wrong { user: "ali\"ce".into() }
}

fn challenged(challenges: &[String]) -> Message {
    let mut response = String::from("SIP/2.0 401 Unauthorized\r\n");
    for challenge in challenges {
        response.push_str(&format!("WWW-Authenticate: {challenge}\r\n"));
    }
    Message::parse(Bytes::from(response + "\r\n")).expect("a response")
}

fn verify(challenger: &mut Challenger, now: Mono, value: &str) -> Verdict {
    challenger.verify(now, HOME, &Method::Register, URI, [value.as_bytes()].into_iter(), users)
}

fn answered(challenger: &mut Challenger, password: &str) -> (Answerer, String) {
    let mut alice = Answerer::new("ali\"ce", password, 1);
    assert_eq!(alice.take(&challenged(&challenger.challenges(NOW, HOME, false, USUAL))), Challenged::Taken);
    let (header, value) = alice.authorize(&Method::Register, URI).remove(0);
    assert_eq!(header, Name::Authorization);
    (alice, value)
}

#[test]
fn sha_256_is_asked_for_first_and_answered_first() {
    let mut server = challenger();
    let challenges = server.challenges(NOW, HOME, false, USUAL);
    assert!(challenges[0].contains("algorithm=SHA-256") && challenges[1].contains("algorithm=MD5"));
    let (_, value) = answered(&mut server, "secret");
    assert!(value.contains("algorithm=SHA-256"), "{value}");
    assert_eq!(verify(&mut server, NOW, &value), Verdict::Ok { user: "ali\"ce".into() });
}

#[test]
fn a_device_that_knows_only_md5_gets_in_where_it_may() {
    let mut server = challenger();
    let mut alice = Answerer::new("ali\"ce", "secret", 1);
    alice.take(&challenged(&server.challenges(NOW, HOME, false, &[Algorithm::Md5])));
    let value = alice.authorize(&Method::Register, URI).remove(0).1;
    let strict = |user: &str| Known { digests: &[Algorithm::Sha256], ..users(user) };
    let verdict = server.verify(NOW, HOME, &Method::Register, URI, [value.as_bytes()].into_iter(), strict);
    assert_eq!(verdict, Verdict::Unfit, "an algorithm that was not offered");
    assert!(verify(&mut server, NOW, &value) == Verdict::Ok { user: "ali\"ce".into() }, "{value}");
}

#[test]
fn wrong_password_and_unknown_user_get_the_same_answer() {
    let mut server = challenger();
    let (_, value) = answered(&mut server, "guess");
    assert_eq!(verify(&mut server, NOW, &value), wrong());
    let (_, right) = answered(&mut server, "secret");
    let unknown = right.replace("ali\\\"ce", "mallory");
    assert_eq!(verify(&mut server, NOW, &unknown), Verdict::Wrong { user: "mallory".into() });
    assert_eq!(server.remembered(), 0, "a failure leaves nothing behind");
}

#[test]
fn who_must_wait_gets_no_password_looked_at_be_it_right_or_wrong() {
    let mut server = challenger();
    for password in ["guess", "secret"] {
        let (_, value) = answered(&mut server, password);
        let braked = |user: &str| Known { braked: true, ..users(user) };
        let verdict = server.verify(NOW, HOME, &Method::Register, URI, [value.as_bytes()].into_iter(), braked);
        assert_eq!(verdict, Verdict::Braked { user: "ali\"ce".into() });
    }
}

#[test]
fn a_replay_is_no_try_whatever_password_stands_in_it() {
    let mut server = challenger();
    let (_, value) = answered(&mut server, "secret");
    assert!(matches!(verify(&mut server, NOW, &value), Verdict::Ok { .. }));
    let response = value.split("response=\"").nth(1).unwrap().split('"').next().unwrap();
    assert_eq!(verify(&mut server, NOW, &value.replace(response, &"0".repeat(64))), Verdict::Replayed);
}

#[test]
fn the_same_count_never_works_twice_but_the_next_one_does() {
    let mut server = challenger();
    let (mut alice, first) = answered(&mut server, "secret");
    let second = alice.authorize(&Method::Register, URI).remove(0).1;
    let third = alice.authorize(&Method::Register, URI).remove(0).1;
    assert!(matches!(verify(&mut server, NOW, &first), Verdict::Ok { .. }));
    assert_eq!(verify(&mut server, NOW, &first), Verdict::Replayed);
    assert!(matches!(verify(&mut server, NOW, &third), Verdict::Ok { .. }));
    assert!(matches!(verify(&mut server, NOW, &second), Verdict::Ok { .. }), "overtaken, not replayed");
    assert_eq!(verify(&mut server, NOW, &second), Verdict::Replayed);
    assert_eq!(server.remembered(), 1);
}

#[test]
fn an_old_nonce_is_stale_and_the_client_takes_the_next_one() {
    let mut server = challenger();
    let (mut alice, value) = answered(&mut server, "secret");
    let late = NOW + limits::NONCE_LIFE + Duration::from_micros(1);
    assert_eq!(verify(&mut server, late, &value), Verdict::Stale);
    let challenge = server.challenges(late, HOME, true, USUAL);
    assert!(challenge[0].contains("stale=true"));
    assert_eq!(alice.take(&challenged(&challenge)), Challenged::Taken);
    let value = alice.authorize(&Method::Register, URI).remove(0).1;
    assert!(matches!(verify(&mut server, late, &value), Verdict::Ok { .. }));
}

#[test]
fn a_nonce_of_another_secret_or_a_changed_one_is_not_ours() {
    let mut server = challenger();
    let mut other = Challenger::new(REALM, b"another seed");
    let (_, value) = answered(&mut other, "secret");
    assert_eq!(verify(&mut server, NOW, &value), Verdict::Stale);
    assert_eq!(server.remembered(), 0);
}

#[test]
fn without_a_good_nonce_nobody_learns_whether_a_password_is_right() {
    let mut server = challenger();
    let late = NOW + limits::NONCE_LIFE + Duration::from_secs(1);
    for password in ["secret", "guess"] {
        let (_, foreign) = answered(&mut Challenger::new(REALM, b"another seed"), password);
        assert_eq!(verify(&mut server, NOW, &foreign), Verdict::Stale, "{password}");
        let (_, old) = answered(&mut server, password);
        assert_eq!(verify(&mut server, late, &old), Verdict::Stale, "{password}");
    }
}

#[test]
fn a_nonce_serves_only_where_it_was_given() {
    let mut server = challenger();
    let places = ["198.51.100.1", "2001:db8:0:1::7"].map(|place| place.parse::<IpAddr>().unwrap());
    for (place, same, other) in
        [(places[0], "::ffff:198.51.100.1", "198.51.100.2"), (places[1], "2001:db8:0:1:aaaa::1", "2001:db8:0:2::7")]
    {
        for (from, good) in [(other, false), (same, true)] {
            let mut alice = Answerer::new("ali\"ce", "secret", 1);
            alice.take(&challenged(&server.challenges(NOW, place, false, USUAL)));
            let value = alice.authorize(&Method::Register, URI).remove(0).1;
            let from = from.parse().unwrap();
            let verdict = server.verify(NOW, from, &Method::Register, URI, [value.as_bytes()].into_iter(), users);
            assert_eq!(matches!(verdict, Verdict::Ok { .. }), good, "{place} {from}");
            assert!(good || verdict == Verdict::Stale, "{verdict:?}");
        }
    }
}

#[test]
fn a_nonce_tells_neither_how_many_there_were_nor_since_when_we_run() {
    let nonce = |server: &mut Challenger, at| {
        let challenge = server.challenges(at, HOME, false, USUAL).remove(0);
        challenge.split('"').nth(5).unwrap_or_default().to_owned()
    };
    let (mut quiet, mut busy, mut other) = (challenger(), challenger(), Challenger::new(REALM, b"another seed"));
    (0..1_000).for_each(|_| drop(nonce(&mut busy, NOW)));
    let later = NOW + Duration::from_secs(60);
    assert_eq!(nonce(&mut quiet, later), nonce(&mut busy, later), "what came between does not show");
    assert_ne!(nonce(&mut quiet, later)[..8], nonce(&mut other, later)[..8], "the same time since the start");
    assert_ne!(nonce(&mut quiet, later), nonce(&mut quiet, later), "none comes twice");
}

#[test]
fn a_challenge_is_no_longer_than_it_must_be() {
    let challenges = Challenger::new("office", b"seed").challenges(NOW, HOME, false, USUAL);
    assert!(challenges.iter().all(|challenge| challenge.len() <= 84), "{challenges:?}");
}

#[test]
fn credentials_serve_neither_another_method_nor_another_number() {
    let mut server = challenger();
    let (mut alice, value) = answered(&mut server, "secret");
    let as_invite = server.verify(NOW, HOME, &Method::Invite, URI, [value.as_bytes()].into_iter(), users);
    assert_eq!(as_invite, wrong());
    let call = alice.authorize(&Method::Invite, "sip:100@pbx.example.com").remove(0).1;
    let fraud = "sip:00900123@pbx.example.com";
    assert_eq!(server.verify(NOW, HOME, &Method::Invite, fraud, [call.as_bytes()].into_iter(), users), wrong());
    let moved = "sip:100@198.51.100.1:5070;transport=udp";
    let verdict = server.verify(NOW, HOME, &Method::Invite, moved, [call.as_bytes()].into_iter(), users);
    assert!(matches!(verdict, Verdict::Ok { .. }), "a proxy may change the host");
}

#[test]
fn another_scheme_or_realm_counts_as_no_credentials() {
    let mut server = challenger();
    assert_eq!(verify(&mut server, NOW, "NoOneKnowsThisScheme opaque-data=here"), Verdict::Missing);
    assert_eq!(verify(&mut server, NOW, "Digest realm=\"elsewhere\", username=\"x\""), Verdict::Missing);
    assert_eq!(verify(&mut server, NOW, ""), Verdict::Missing);
    let (_, value) = answered(&mut server, "secret");
    let foreign = "Digest realm=\"elsewhere\", username=\"x\"";
    let both = [foreign.as_bytes(), value.as_bytes()];
    let verdict = server.verify(NOW, HOME, &Method::Register, URI, both.into_iter(), users);
    assert!(matches!(verdict, Verdict::Ok { .. }), "ours is found beside another realm's");
}

#[test]
fn the_memory_of_counts_is_bounded_and_forgetting_never_lets_a_replay_in() {
    let mut server = challenger().with_memory(40);
    let (_, first) = answered(&mut server, "secret");
    assert!(matches!(verify(&mut server, NOW, &first), Verdict::Ok { .. }));
    for _ in 0..40 {
        let (_, value) = answered(&mut server, "secret");
        assert!(matches!(verify(&mut server, NOW, &value), Verdict::Ok { .. }));
    }
    assert_eq!(server.remembered(), 40);
    assert_eq!(verify(&mut server, NOW, &first), Verdict::Stale);
}

#[test]
fn without_qop_a_nonce_serves_once() {
    let mut server = challenger();
    let challenge = server.challenges(NOW, HOME, false, USUAL)[1].replace(",qop=\"auth\"", "");
    let mut alice = Answerer::new("ali\"ce", "secret", 1);
    assert_eq!(alice.take(&challenged(&[challenge])), Challenged::Taken);
    let value = alice.authorize(&Method::Register, URI).remove(0).1;
    assert!(!value.contains("qop") && !value.contains("cnonce"));
    assert!(matches!(verify(&mut server, NOW, &value), Verdict::Ok { .. }));
    assert_eq!(verify(&mut server, NOW, &value), Verdict::Replayed);
}

#[test]
fn the_client_stops_at_a_second_refusal_and_at_what_it_does_not_speak() {
    let mut server = challenger();
    let challenges = server.challenges(NOW, HOME, false, USUAL);
    let mut alice = Answerer::new("ali\"ce", "wrong", 1);
    assert_eq!(alice.take(&challenged(&challenges)), Challenged::Taken);
    assert_eq!(alice.authorize(&Method::Register, URI).len(), 1, "one answer for one realm");
    assert_eq!(alice.take(&challenged(&challenges)), Challenged::Refused);
    let mut bob = Answerer::new("bob", "x", 1);
    let exotic = ["Digest realm=\"r\", nonce=\"n\", algorithm=SHA-512-256".into(), "Bearer x".into()];
    assert_eq!(bob.take(&challenged(&exotic)), Challenged::Unsupported);
    assert!(bob.authorize(&Method::Register, URI).is_empty());
}

#[test]
fn a_proxy_and_a_server_are_both_answered() {
    let response = Builder::response(&challenged(&[]), 407, "")
        .header(Name::ProxyAuthenticate, "Digest realm=\"p\", nonce=\"1\", qop=\"auth\"")
        .header(Name::WwwAuthenticate, "Digest realm=\"s\", nonce=\"2\", opaque=\"o\"")
        .build();
    let mut alice = Answerer::new("alice", "secret", 7);
    assert_eq!(alice.take(&Message::parse(response).unwrap()), Challenged::Taken);
    let fields = alice.authorize(&Method::Invite, "sip:1@x");
    assert_eq!(fields.iter().map(|f| f.0).collect::<Vec<_>>(), [Name::Authorization, Name::ProxyAuthorization]);
    assert!(fields[0].1.contains("opaque=\"o\"") && fields[1].1.contains("nc=00000001"));
    let again = alice.authorize(&Method::Invite, "sip:1@x");
    assert!(again[1].1.contains("nc=00000002"));
}

#[test]
fn garbage_credentials_never_panic() {
    let mut server = challenger();
    let (_, value) = answered(&mut server, "secret");
    for cut in 0..value.len() {
        for (from, to) in [("\"", ""), ("=", "\""), (",", ";"), ("00000001", "zzzzzzzz"), ("00000001", "00000000")] {
            let broken = value.get(..cut).unwrap_or_default().replace(from, to);
            assert!(!matches!(verify(&mut server, NOW, &broken), Verdict::Ok { .. }), "{broken}");
        }
    }
}
