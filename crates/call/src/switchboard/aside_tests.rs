//! What is said beside a conversation is not in its recording.

use super::stage::Stage;
use crate::face::Verb;
use terms::{LegId, StreamId};

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
