//! Who guesses passwords is slowed down, and nobody else; what is no guess is none.

use super::pair::*;
use crate::brake::Guesses;
use crate::digest::Answerer;
use crate::face::*;
use crate::message::{Message, Method, Name};
use crate::origin::Origin;
use std::time::Duration;

const OFFICE: &str = "203.0.113.66:5099";
/// Another phone behind the same translator.
const NEIGHBOUR: &str = "203.0.113.66:6000";

/// A REGISTER of a user.
fn register(user: &str, from: &str, branch: u32, credentials: &str) -> String {
    format!(
        "REGISTER sip:switch.example SIP/2.0\nVia: SIP/2.0/UDP {from};branch=z9hG4bKg{branch}\nMax-Forwards: 70\n\
         From: <sip:{user}@switch.example>;tag=g\nTo: <sip:{user}@switch.example>\nCall-ID: g{branch}@{from}\n\
         CSeq: 1 REGISTER\nContact: <sip:{user}@{from}>\nUser-Agent: Guesser 1.0\n{credentials}\n"
    )
}

/// Somebody who sends REGISTERs.
struct Hand {
    pair: Pair,
    branch: u32,
}

impl Hand {
    fn new() -> Hand {
        Hand { pair: Pair::with_carrier(), branch: 0 }
    }

    fn send(&mut self, user: &str, from: &str, credentials: &str) -> Message {
        self.branch += 1;
        self.pair.inject(from, &register(user, from, self.branch, credentials));
        self.pair.outside.pop().expect("an answer").1
    }

    /// Asks for a challenge and answers it with this password; what the answer is.
    fn attempt(&mut self, user: &str, password: &str, from: &str) -> Message {
        let challenge = self.send(user, from, "");
        self.answer(&challenge, user, password, from)
    }

    fn answer(&mut self, challenge: &Message, user: &str, password: &str, from: &str) -> Message {
        let mut answerer = Answerer::new(user, password, u64::from(self.branch));
        answerer.take(challenge);
        let fields = answerer.authorize(&Method::Register, "sip:switch.example");
        self.send(user, from, &format!("{}: {}\n", fields[0].0, fields[0].1))
    }

    fn status(&mut self, user: &str, password: &str, from: &str) -> Option<u16> {
        self.attempt(user, password, from).status()
    }

    /// Guesses this often in a row; how often it was looked at.
    fn guess(&mut self, times: u32, user: &str, from: &str) -> u64 {
        let before = self.pair.inspect(S).wrong_passwords;
        for nth in 0..times {
            self.attempt(user, &format!("guess{nth}"), from);
        }
        self.pair.inspect(S).wrong_passwords - before
    }
}

#[test]
fn a_guesser_comes_to_less_than_a_try_a_second_while_his_neighbours_call() {
    let mut hand = Hand::new();
    assert_eq!(hand.guess(1_000, "alice", OFFICE), 5, "at one moment");
    let mut looked_at = 0;
    for _ in 0..600 {
        hand.pair.advance(Duration::from_millis(100));
        looked_at += hand.guess(1, "alice", OFFICE);
    }
    assert!((5..=6).contains(&looked_at), "{looked_at} in the next minute");
    assert_eq!(hand.status("bob", "secret", NEIGHBOUR), Some(200), "a colleague at the same address");
    assert_eq!(hand.status("alice", "secret", "198.51.100.7:5060"), Some(200), "the same account elsewhere");
}

#[test]
fn who_must_wait_is_told_for_how_long_and_the_right_password_works_after_that() {
    let mut hand = Hand::new();
    hand.guess(5, "alice", OFFICE);
    let held = hand.attempt("alice", "secret", OFFICE);
    assert_eq!((held.status(), held.header(Name::RetryAfter).as_deref()), (Some(503), Some("1")));
    hand.pair.advance(Duration::from_millis(700));
    let held = hand.attempt("alice", "secret", OFFICE);
    assert_eq!(held.header(Name::RetryAfter).as_deref(), Some("1"), "who comes after 0 s would come too early");
    hand.pair.advance(Duration::from_millis(300));
    assert_eq!(hand.status("alice", "secret", OFFICE), Some(200));
    let seen = hand.pair.inspect(S);
    assert_eq!((seen.wrong_passwords, seen.held_passwords), (5, 2));
    assert_eq!(seen.refusals["too many wrong passwords"], 2);
}

#[test]
fn a_phone_that_is_registered_goes_on_whatever_a_neighbour_tries_with_its_name() {
    let mut hand = Hand::new();
    assert_eq!(hand.status("alice", "secret", OFFICE), Some(200));
    hand.guess(50, "alice", NEIGHBOUR);
    assert_eq!(hand.status("alice", "secret", OFFICE), Some(200));
    assert_eq!(hand.status("alice", "secret", NEIGHBOUR), Some(503));
}

#[test]
fn a_contact_that_names_somebody_elses_address_frees_nobody_there_from_the_brake() {
    let mut hand = Hand::new();
    let elsewhere = "198.51.100.7:5060";
    let challenge = hand.send("alice", OFFICE, "");
    let mut answerer = Answerer::new("alice", "secret", 7);
    answerer.take(&challenge);
    let fields = answerer.authorize(&Method::Register, "sip:switch.example");
    let credentials = format!("{}: {}\n", fields[0].0, fields[0].1);
    let text = register("alice", OFFICE, 999, &credentials);
    let text = text.replace(&format!("Contact: <sip:alice@{OFFICE}>"), &format!("Contact: <sip:alice@{elsewhere}>"));
    hand.pair.inject(OFFICE, &text);
    assert_eq!(hand.pair.outside.pop().and_then(|(_, answer)| answer.status()), Some(200));
    assert_eq!(hand.guess(50, "alice", elsewhere), 5);
}

#[test]
fn an_account_that_does_not_exist_is_braked_like_one_that_does() {
    let mut courses = vec![];
    for user in ["alice", "nobody"] {
        let mut hand = Hand::new();
        let mut course = vec![];
        for nth in 0..40 {
            let answer = hand.attempt(user, "guess", OFFICE);
            course.push((answer.status(), answer.header(Name::RetryAfter).map(|after| after.into_owned())));
            hand.pair.advance(Duration::from_millis(nth * 100));
        }
        courses.push(course);
    }
    assert_eq!(courses[0], courses[1]);
    assert!(courses[0].iter().any(|(status, _)| *status == Some(503)));
}

#[test]
fn what_is_no_guess_is_not_counted() {
    let mut hand = Hand::new();
    let theirs = hand.send("alice", "198.51.100.7:5060", "");
    let good = hand.send("alice", OFFICE, "");
    for _ in 0..50 {
        assert_eq!(hand.send("alice", OFFICE, "").status(), Some(401), "no credentials");
        let answer = hand.answer(&theirs, "alice", "guess", OFFICE);
        assert_eq!(answer.status(), Some(401), "a nonce that was given to somebody else");
        let foreign = "Authorization: Digest username=\"alice\", realm=\"elsewhere\", nonce=\"x\", uri=\"sip:x\", response=\"0\"\n";
        assert_eq!(hand.send("alice", OFFICE, foreign).status(), Some(401), "another's realm");
        let garbage = "Authorization: Digest realm=\"switch.example\", username=\"alice\"\n";
        assert_eq!(hand.send("alice", OFFICE, garbage).status(), Some(403), "no answer at all");
    }
    assert_eq!(hand.answer(&good, "alice", "secret", OFFICE).status(), Some(200));
    for _ in 0..50 {
        assert_eq!(hand.answer(&good, "alice", "guess", OFFICE).status(), Some(401), "a count that was used");
    }
    hand.pair.advance(Duration::from_secs(301));
    for _ in 0..50 {
        assert_eq!(hand.answer(&good, "alice", "guess", OFFICE).status(), Some(401), "a nonce that is too old");
    }
    let seen = hand.pair.inspect(S);
    assert_eq!((seen.wrong_passwords, seen.held_passwords, seen.braked), (0, 0, 0));
}

#[test]
fn a_host_that_walks_through_its_64_is_one_source() {
    let mut hand = Hand::new();
    for nth in 0..40 {
        hand.attempt("alice", "guess", &format!("[2001:db8:1:2::{nth:x}]:5060"));
    }
    assert_eq!(hand.pair.inspect(S).wrong_passwords, 5);
    assert_eq!(hand.status("alice", "secret", "[2001:db8:1:3::1]:5060"), Some(200));
}

#[test]
fn bans_show_and_lift() {
    let mut hand = Hand::new();
    hand.guess(20, "alice", OFFICE);
    hand.guess(3, "bob", "198.51.100.7:5060");
    let bans = hand.pair.ends[S].endpoint.bans();
    assert_eq!(bans.len(), 1, "who mistyped is not shown: {bans:?}");
    assert_eq!((bans[0].user.as_str(), bans[0].wrong, bans[0].held), ("alice", 5, 15));
    let office = Origin::of("203.0.113.66".parse().unwrap());
    hand.pair.input(S, Input::Lift(Some(office)));
    assert!(hand.pair.ends[S].endpoint.bans().is_empty());
    assert_eq!(hand.status("alice", "secret", OFFICE), Some(200));
}

#[test]
fn the_operator_is_told_once_a_minute_who_guesses_and_who_is_refused() {
    let mut hand = Hand::new();
    for _ in 0..100 {
        hand.guess(1, "alice", OFFICE);
        hand.pair.advance(Duration::from_secs(1));
    }
    let noted = std::mem::take(&mut hand.pair.ends[S].noted);
    let guesses: Vec<&Guesses> = noted
        .iter()
        .filter_map(|noted| match noted {
            Noted::Guesses(guesses) => Some(guesses),
            Noted::Refused(_) => None,
        })
        .collect();
    assert_eq!(guesses.len(), 2, "{guesses:?}");
    assert_eq!(guesses[0].origin.to_string(), "203.0.113.66");
    let wrong: Vec<&Refusal> = noted
        .iter()
        .filter_map(|noted| match noted {
            Noted::Refused(refusal) if refusal.why == "wrong credentials" => Some(refusal),
            _ => None,
        })
        .collect();
    assert!((1..=2).contains(&wrong.len()), "{wrong:?}");
    assert_eq!((wrong[0].claimed.reveal().as_str(), wrong[0].times, wrong[0].status), ("alice", 1, 403));
    assert!(wrong[0].phone.is_some());
}

#[test]
fn failures_are_counted_in_a_row_by_their_reason() {
    let mut hand = Hand::new();
    let seen = |hand: &Hand| hand.pair.ends[S].endpoint.phones()[0].failure.map(|failure| (failure.why, failure.times));
    for _ in 0..2 {
        hand.attempt("alice", "guess", OFFICE);
    }
    assert_eq!(seen(&hand), Some(("wrong credentials", 2)));
    let source = crate::face::Failure { why: "bad contact", ..hand.pair.ends[S].endpoint.phones()[0].failure.unwrap() };
    let phone = hand.pair.ends[S].endpoint.phones()[0].phone;
    hand.pair.ends[S].endpoint.failures.insert(phone, source);
    hand.attempt("alice", "guess", OFFICE);
    assert_eq!(seen(&hand), Some(("wrong credentials", 1)), "what came before had another reason");
}

#[test]
fn a_phone_is_seen_with_its_device_and_what_went_wrong() {
    let mut hand = Hand::new();
    hand.attempt("alice", "guess", OFFICE);
    hand.pair.advance(Duration::from_secs(10));
    assert_eq!(hand.status("alice", "secret", OFFICE), Some(200));
    let since = hand.pair.clock().wall;
    hand.pair.advance(Duration::from_secs(100));
    assert_eq!(hand.status("alice", "secret", OFFICE), Some(200));
    let phones = hand.pair.ends[S].endpoint.phones();
    let (alice, bob) = (&phones[0], &phones[1]);
    let failure = alice.failure.expect("a failure");
    assert_eq!((failure.status, failure.why, failure.times), (403, "wrong credentials", 0));
    let contact = &alice.contacts[0];
    assert_eq!(
        (contact.device.as_str(), contact.since, contact.remote),
        ("Guesser 1.0", since, OFFICE.parse().unwrap())
    );
    assert!(bob.contacts.is_empty() && bob.failure.is_none());
}
