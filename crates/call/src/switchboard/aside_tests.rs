//! Of three in a call: what is said beside the conversation is not in its recording, what is said by three is, and who is sent away is said by
//! name.

use super::stage::Stage;
use crate::face::Verb;
use terms::{LegId, PhoneId, StreamId};

fn stream_of(stage: &Stage, leg: LegId) -> Option<StreamId> {
    let mut legs = stage.board.calls.values().flat_map(|call| call.legs());
    legs.find(|(_, known)| known.id == leg).map(|(_, leg)| leg.stream)
}

#[test]
fn who_asks_somebody_is_recorded_only_while_he_talks_to_his_customer() {
    let mut stage = Stage::new();
    let customer = LegId::inbound(1);
    let alice = stage.talk(customer, "2");
    let streams = |stage: &Stage, leg| [stream_of(stage, customer), stream_of(stage, leg)];
    let [caller, agent] = streams(&stage, alice);
    assert_eq!(stage.recorded, [caller, agent]);
    let known = stage.legs.clone();
    stage.asks(alice);
    assert_eq!(stage.recorded, [caller, None], "it rings for her");
    let bob = stage.answers(&known).expect("bob is rung");
    assert_eq!(stage.recorded, [caller, None], "she talks to bob");
    stage.verb(alice, Verb::Swap);
    assert_eq!(stage.recorded, [caller, agent], "and to her customer again");
    stage.verb(alice, Verb::Swap);
    assert_eq!(stage.recorded, [caller, None]);
    stage.hang_up(alice);
    assert_eq!(stage.recorded, streams(&stage, bob), "whoever has her place is recorded on her side");
    stage.hang_up(customer);
}

#[test]
fn whoever_is_taken_in_is_recorded_beside_the_one_who_has_asked_him() {
    let mut stage = Stage::new();
    let customer = LegId::inbound(1);
    let alice = stage.talk(customer, "2");
    let known = stage.legs.clone();
    stage.asks(alice);
    let bob = stage.answers(&known).expect("bob is rung");
    assert!(stage.guests.is_empty(), "he is not in it yet");
    stage.verb(alice, Verb::Join);
    let [caller, agent, third] = [customer, alice, bob].map(|leg| stream_of(&stage, leg));
    assert_eq!((stage.recorded, stage.guests.first().copied()), ([caller, agent], third));
    stage.hang_up(alice);
    assert_eq!(stage.recorded[0], caller);
    assert!(stage.recorded[1] == third || stage.guests.first().copied() == third, "he is heard on");
    stage.hang_up(customer);
}

#[test]
fn in_a_conversation_of_three_it_cannot_be_told_whom_somebody_sends_away() {
    let mut stage = Stage::new();
    let [customer, other] = [1, 2].map(LegId::inbound);
    // It came through a queue, so that it goes on where two calls become one.
    let first = stage.talk(other, "2");
    let alice = stage.talk(customer, "1");
    let known = stage.legs.clone();
    stage.asks(alice);
    stage.answers(&known);
    stage.verb(alice, Verb::Join);
    let call = stage.board.office.index.legs[&alice];
    let refused = |stage: &Stage| stage.board.inspect(stage.now).refusals.get("more than two talk").copied();
    stage.refers(alice);
    assert_eq!(refused(&stage), Some(1), "to a number");
    stage.connects(alice, first);
    assert_eq!(refused(&stage), Some(2), "to the other side of another call");
    let destination = dialplan::Destination::Phone(PhoneId::of("bob"));
    let to = dialplan::Routed { destination, record: false, route: None };
    let verb = Verb::Transfer { party: customer, to, by: None };
    assert_eq!(stage.board.may(call, &verb), Err("more than two talk"));
    [customer, other].into_iter().for_each(|leg| stage.hang_up(leg));
}
