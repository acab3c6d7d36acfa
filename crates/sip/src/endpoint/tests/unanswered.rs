//! Devices that give up at a challenge that names SHA-256.

use super::pair::*;
use crate::digest::{Algorithm, Answerer};
use crate::face::*;
use crate::message::{Message, Method, Name};
use std::time::Duration;
use terms::{PhoneId, limits};

const DESK: &str = "203.0.113.66:5099";

struct Hand {
    pair: Pair,
    branch: u32,
}

impl Hand {
    fn with(change: impl FnOnce(&mut Config)) -> Hand {
        let mut pair = Pair::with_carrier();
        let mut config = switch_config(None);
        change(&mut config);
        pair.input(S, Input::Reconfigure(Box::new(config)));
        Hand { pair, branch: 0 }
    }

    fn send(&mut self, user: &str, from: &str, credentials: &str) -> Message {
        self.branch += 1;
        let branch = self.branch;
        self.pair.inject(from, &format!(
            "REGISTER sip:switch.example SIP/2.0\nVia: SIP/2.0/UDP {from};branch=z9hG4bKu{branch}\nMax-Forwards: 70\n\
             From: <sip:{user}@switch.example>;tag=u\nTo: <sip:{user}@switch.example>\nCall-ID: u{branch}\n\
             CSeq: 1 REGISTER\nContact: <sip:{user}@{from}>\nExpires: 3600\n\
             User-Agent: Desk 400/2.1.7\nAllow: INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, NOTIFY, UPDATE\n{credentials}\n"
        ));
        self.pair.outside.pop().expect("an answer").1
    }

    /// The hashes that a challenge names.
    fn asked(&mut self, user: &str, from: &str) -> Vec<&'static str> {
        hashes(&self.send(user, from, ""))
    }

    fn answer(&mut self, challenge: &Message, user: &str) -> Option<u16> {
        let mut answerer = Answerer::new(user, "secret", u64::from(self.branch));
        answerer.take(challenge);
        let fields = answerer.authorize(&Method::Register, "sip:switch.example");
        self.send(user, DESK, &format!("{}: {}\n", fields[0].0, fields[0].1)).status()
    }
}

fn hashes(challenge: &Message) -> Vec<&'static str> {
    let names = challenge.headers(Name::WwwAuthenticate);
    names.map(|value| if value.contains("SHA-256") { "SHA-256" } else { "MD5" }).collect()
}

const BOTH: [&str; 2] = ["SHA-256", "MD5"];

#[test]
fn who_left_three_challenges_unanswered_is_offered_md5_alone_and_keeps_it() {
    let mut hand = Hand::with(|_| {});
    for _ in 0..3 {
        assert_eq!(hand.asked("alice", DESK), BOTH);
    }
    assert_eq!(hand.pair.ends[S].endpoint.phones()[0].unanswered, 3);
    assert_eq!(hand.asked("bob", DESK), BOTH, "another phone behind the same address");
    assert_eq!(hand.asked("alice", "198.51.100.7:5060"), BOTH, "the same account elsewhere");
    let challenge = hand.send("alice", DESK, "");
    assert_eq!(hashes(&challenge), ["MD5"]);
    assert_eq!(hand.answer(&challenge, "alice"), Some(200));
    assert_eq!(hand.pair.ends[S].endpoint.phones()[0].unanswered, 0, "nothing is wrong any more");
    for _ in 0..10 {
        hand.pair.advance(Duration::from_secs(3_600));
        assert_eq!(hand.asked("alice", DESK), ["MD5"]);
    }
    hand.pair.advance(Duration::from_secs(3 * 3_600));
    assert_eq!(hand.asked("alice", DESK), BOTH, "forgotten");
}

#[test]
fn who_answers_is_asked_for_the_better_one_for_ever() {
    let mut hand = Hand::with(|_| {});
    for _ in 0..10 {
        hand.asked("alice", DESK);
        let challenge = hand.send("alice", DESK, "");
        assert_eq!(hashes(&challenge), BOTH);
        assert_eq!(hand.answer(&challenge, "alice"), Some(200));
    }
}

#[test]
fn where_md5_may_not_be_offered_it_never_is() {
    let mut hand = Hand::with(|config| config.digests = vec![Algorithm::Sha256]);
    for _ in 0..10 {
        assert_eq!(hand.asked("alice", DESK), ["SHA-256"]);
    }
    assert_eq!(hand.pair.ends[S].endpoint.asked_in_vain()[&PhoneId::of("alice")], 10);
}

#[test]
fn a_phone_with_a_digest_of_its_own_gets_it_and_nobody_learns_from_that_who_exists() {
    let mut hand = Hand::with(|config| config.phones[0].digests = vec![Algorithm::Md5]);
    let challenge = hand.send("alice", DESK, "");
    assert_eq!(hashes(&challenge), ["MD5"]);
    assert_eq!(hand.answer(&challenge, "alice"), Some(200));
    assert_eq!(hand.asked("bob", DESK), BOTH);
    let strangers: Vec<Vec<&str>> = (0..64).map(|nth| hand.asked(&format!("nobody{nth}"), DESK)).collect();
    assert!(strangers.iter().any(|asked| asked.len() == 1) && strangers.iter().any(|asked| asked.len() == 2));
    let again: Vec<Vec<&str>> = (0..64).map(|nth| hand.asked(&format!("nobody{nth}"), DESK)).collect();
    assert_eq!(strangers, again, "the same name is asked the same");
}

#[test]
fn a_flood_of_names_is_forgotten_at_the_limit() {
    let mut hand = Hand::with(|_| {});
    for nth in 0..limits::UNANSWERED + 100 {
        hand.asked(&format!("nobody{nth}"), DESK);
    }
    assert!(hand.pair.inspect(S).unanswered <= limits::UNANSWERED);
}
