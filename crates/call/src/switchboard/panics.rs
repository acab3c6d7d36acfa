//! A panic at any output of any step of a call: that call ends with one record, nothing of it is left anywhere, and the
//! others go on.

use super::stage::{Stage, assert_one_account};
use crate::desk::Fuse;
use crate::face::Verb;
use sip::Source;
use std::collections::BTreeSet;
use terms::{AgentId, LegId, PhoneId};

/// A call, at each of whose outputs somebody panics so often: whether it ever came to that.
fn call(called: &str, at: u32, panics: u32) -> bool {
    let mut stage = Stage::new();
    let (other, leg) = (LegId::inbound(9), LegId::inbound(1));
    stage.arrive(other, "1");
    stage.answers(&BTreeSet::new());
    let kept = stage.legs.clone();
    stage.board.office.fuse = Fuse { outputs: at, panics };
    stage.arrive(leg, called);
    let first = stage.answers(&kept);
    if let Some(refer) = first {
        stage.refers(refer);
    }
    stage.answers(&kept);
    stage.hang_up(leg);
    let burnt = stage.board.office.fuse.panics == 0;
    stage.board.office.fuse.panics = 0;
    assert!(kept.iter().all(|leg| stage.legs.contains(leg)), "the other call goes on: {called} {at} {panics}");
    stage.hang_up(other);
    stage.wait();
    assert_one_account(&stage, &format!("{called}, {panics} panics from output {at} on"));
    burnt
}

/// Outputs of the switchboard itself, before one of the two calls is told anything: the 202.
const BETWEEN_CALLS: u32 = 1;

/// A phone connects the other sides of two of its calls, and at each output of that somebody panics so often.
fn merge(at: u32, panics: u32) -> bool {
    let mut stage = Stage::new();
    let [other, one, two] = [9, 1, 2].map(LegId::inbound);
    stage.arrive(other, "1");
    stage.answers(&BTreeSet::new());
    let kept = stage.legs.clone();
    let (first, second) = (stage.talk(one, "2"), stage.talk(two, "1"));
    stage.board.office.fuse = Fuse { outputs: BETWEEN_CALLS + at, panics };
    stage.connects(first, second);
    [one, two].into_iter().for_each(|leg| stage.hang_up(leg));
    let burnt = stage.board.office.fuse.panics == 0;
    stage.board.office.fuse.panics = 0;
    assert!(kept.iter().all(|leg| stage.legs.contains(leg)), "the other call goes on: {at} {panics}");
    stage.hang_up(other);
    stage.wait();
    assert!(stage.board.transit.is_empty() && stage.board.strays.is_empty(), "{panics} panics from output {at} on");
    assert_one_account(&stage, &format!("a merge, {panics} panics from output {at} on"));
    burnt
}

/// Another device of a phone takes the place of the one that talks, and at each output of that somebody panics so often.
fn take_over(at: u32, panics: u32) -> bool {
    let mut stage = Stage::new();
    let [other, one, taker] = [9, 1, 2].map(LegId::inbound);
    stage.arrive(other, "1");
    stage.answers(&BTreeSet::new());
    let kept = stage.legs.clone();
    let first = stage.talk(one, "2");
    stage.board.office.fuse = Fuse { outputs: at, panics };
    let replaces = Some(sip::Replaced { leg: first, early: false });
    stage.arrive_from(Source::Phone(PhoneId::of("alice")), taker, "1", replaces);
    let burnt = stage.board.office.fuse.panics == 0;
    stage.board.office.fuse.panics = 0;
    assert!(kept.iter().all(|leg| stage.legs.contains(leg)), "the other call goes on: {at} {panics}");
    [one, taker, other].into_iter().for_each(|leg| stage.hang_up(leg));
    stage.wait();
    assert_one_account(&stage, &format!("a place taken over, {panics} panics from output {at} on"));
    burnt
}

/// Alice asks bob beside her call, goes to and fro, and leaves; and at each output of that somebody panics so often.
fn consult(at: u32, panics: u32) -> bool {
    let mut stage = Stage::new();
    let (other, customer) = (LegId::inbound(9), LegId::inbound(1));
    stage.talk(other, "1");
    let kept = stage.legs.clone();
    let alice = stage.talk(customer, "2");
    let known = stage.legs.clone();
    stage.board.office.fuse = Fuse { outputs: at, panics };
    stage.asks(alice);
    stage.answers(&known);
    stage.verb(alice, Verb::Swap);
    stage.hang_up(alice);
    let burnt = stage.board.office.fuse.panics == 0;
    stage.board.office.fuse.panics = 0;
    assert!(kept.iter().all(|leg| stage.legs.contains(leg)), "the other call goes on: {at} {panics}");
    [customer, other].into_iter().for_each(|leg| stage.hang_up(leg));
    stage.wait();
    assert_one_account(&stage, &format!("somebody asked, {panics} panics from output {at} on"));
    burnt
}

#[test]
fn a_panic_at_any_output_ends_that_call_alone_even_when_its_release_panics_too() {
    for called in ["1", "2"] {
        for panics in 1..=2 {
            let reached = (1..100).take_while(|at| call(called, *at, panics)).count();
            assert!(reached > 25, "{called}: only {reached} outputs");
        }
    }
}

#[test]
fn a_panic_while_two_calls_meet_loses_nobody() {
    for panics in 1..=2 {
        let reached = (1..100).take_while(|at| merge(*at, panics)).count();
        assert!(reached > 15, "only {reached} outputs");
    }
}

#[test]
fn a_panic_while_a_device_takes_a_place_loses_nobody() {
    for panics in 1..=2 {
        let reached = (1..100).take_while(|at| take_over(*at, panics)).count();
        assert!(reached > 5, "only {reached} outputs");
    }
}

#[test]
fn a_panic_in_what_judges_a_call_turns_that_one_away() {
    let refused = |at| {
        let mut stage = Stage::new();
        let (other, leg) = (LegId::inbound(9), LegId::inbound(1));
        stage.arrive(other, "1");
        stage.answers(&BTreeSet::new());
        let kept = stage.legs.clone();
        stage.board.office.fuse = Fuse { outputs: at, panics: 1 };
        stage.arrive(leg, "nobody");
        let burnt = stage.board.office.fuse.panics == 0;
        stage.board.office.fuse.panics = 0;
        assert_eq!(stage.legs, kept, "he is turned away, and the other call goes on: {at}");
        let counted = stage.board.inspect(stage.now).refusals.contains_key("panic in an admission");
        assert_eq!(counted, burnt, "{at}");
        stage.hang_up(other);
        stage.wait();
        assert_one_account(&stage, &format!("a panic at output {at} of a refusal"));
        burnt
    };
    assert_eq!((1..100).take_while(|at| refused(*at)).count(), 4, "the refusal, and the three entries of its account");
}

#[test]
fn a_panic_while_somebody_is_asked_ends_that_call_alone() {
    for panics in 1..=2 {
        let reached = (1..100).take_while(|at| consult(*at, panics)).count();
        assert!(reached > 10, "only {reached} outputs");
    }
}

/// A customer comes over alice's standing call, and goes; and at each output of that somebody panics.
fn nailed_up(at: u32) -> bool {
    let mut stage = Stage::nailed_up();
    stage.works(true);
    let line = stage.answers(&BTreeSet::new()).expect("she is rung");
    let agent = AgentId::of("alice");
    let stands = |stage: &Stage| stage.board.office.index.standing.get(&agent).and_then(|standing| standing.leg);
    assert_eq!(stands(&stage), Some(line));
    let customer = LegId::inbound(1);
    stage.board.office.fuse = Fuse { outputs: at, panics: 1 };
    stage.arrive(customer, "2");
    stage.hang_up(customer);
    let burnt = stage.board.office.fuse.panics == 0;
    stage.board.office.fuse.panics = 0;
    let there = stands(&stage).is_some_and(|leg| stage.legs.contains(&leg));
    assert!(there || stands(&stage).is_none(), "what stands is there: {at}");
    assert_eq!(stage.board.office.usage.standing.contains(&agent), there, "{at}");
    assert!(there || burnt, "nothing happened to it: {at}");
    stage.works(false);
    stage.wait();
    assert!(stage.legs.is_empty(), "she is let go of: {at}: {:?}", stage.legs);
    assert!(stage.board.office.index.standing.is_empty(), "{at}");
    assert_one_account(&stage, &format!("a standing call, a panic from output {at} on"));
    burnt
}

#[test]
fn a_panic_while_a_standing_call_is_out_and_back_leaves_it_standing_or_says_that_it_is_lost() {
    let reached = (1..200).take_while(|at| nailed_up(*at)).count();
    assert!(reached > 15, "only {reached} outputs");
}
