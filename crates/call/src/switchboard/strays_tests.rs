//! What is under way between two calls when both go.

use super::stage::{Stage, assert_one_account};
use crate::Input;
use crate::desk::Fuse;
use media::{Command, StreamEvent, StreamState, Worker, WorkerConfig};
use std::net::IpAddr;
use terms::{CallRef, LegId, Now, StreamId};

const CUSTOMER: LegId = LegId::inbound(1);
const THIRD: LegId = LegId::inbound(9);
const OTHER: LegId = LegId::inbound(2);

/// Alice talks in two calls, which are on two workers, and connects the other sides; the stream of one of them is to go from
/// its worker to the other one, and has not come. A third call runs beside them.
fn under_way() -> Stage {
    let mut stage = Stage::with_workers(2);
    stage.talk(THIRD, "1");
    let (first, second) = (stage.talk(CUSTOMER, "2"), stage.talk(OTHER, "1"));
    stage.connects(first, second);
    assert!(stage.yielding.is_some(), "the two calls are on two workers");
    stage
}

/// Both calls are ended from outside: the one that lends first, or last.
fn both_go(stage: &mut Stage, home_first: bool) {
    let mut calls: Vec<CallRef> = stage.board.calls.keys().copied().skip(1).collect();
    let lends = |call: &CallRef| stage.board.calls[call].lent.is_empty() == home_first;
    calls.sort_by_key(lends);
    calls.into_iter().for_each(|call| stage.tell(Input::HangUp(call)));
}

/// A stream as its worker gives it up.
fn given_up(stream: StreamId) -> StreamState {
    let address = IpAddr::from([192, 0, 2, 2]);
    let mut worker = Worker::new(WorkerConfig { address, ports: (10_000, 10_099), kept_pairs: 0, seed: 1 });
    worker.handle_input(Now::default(), Command::Open { stream, call: CallRef(1), spare: None });
    worker.bound(Now::default(), stream, true);
    worker.handle_input(Now::default(), Command::Yield { stream });
    let state = |output| match output {
        media::Output::Event(media::Event::Stream(_, StreamEvent::Yielded { state })) => Some(state),
        _ => None,
    };
    std::iter::from_fn(|| worker.poll_output()).find_map(state).expect("it is given up")
}

fn watched(stage: &Stage) -> bool {
    stage.board.inspect(stage.now).refusals.contains_key("watchdog: a core never let go of a call")
}

#[test]
fn a_party_whose_stream_never_comes_is_let_go_of_all_the_same_when_both_calls_go() {
    for home_first in [true, false] {
        let mut stage = under_way();
        both_go(&mut stage, home_first);
        assert_eq!(stage.board.strays.len(), usize::from(home_first), "else it went home first");
        stage.hang_up(THIRD);
        stage.wait();
        assert!(watched(&stage), "its worker never said that the stream is gone");
        assert!(stage.board.strays.is_empty() && stage.board.transit.is_empty());
        assert_one_account(&stage, "a stream that never comes");
    }
}

#[test]
fn a_stream_that_comes_when_both_calls_are_over_is_closed() {
    for home_first in [true, false] {
        let mut stage = under_way();
        both_go(&mut stage, home_first);
        let stream = stage.yielding.take().expect("it is under way");
        stage.stream(stream, StreamEvent::Yielded { state: given_up(stream) });
        stage.hang_up(THIRD);
        stage.wait();
        assert!(!watched(&stage) && stage.board.strays.is_empty(), "{home_first}");
        assert!(stage.board.office.astray.is_empty(), "{:?}", stage.board.office.astray);
        assert_one_account(&stage, "a stream that comes too late");
    }
}

#[test]
fn a_panic_while_a_party_is_under_way_leaves_what_it_takes_counted() {
    let mut stage = under_way();
    stage.board.office.fuse = Fuse { outputs: 1, panics: 1 };
    stage.hang_up(THIRD);
    assert_eq!(stage.board.office.fuse.panics, 0);
    assert_eq!(stage.board.office.usage.trunks.values().sum::<u32>(), 2, "the customers, here and under way");
    stage.hang_up(CUSTOMER);
    stage.hang_up(OTHER);
    stage.wait();
    let wrong = ["a phone that nobody took", "a trunk that nobody took"];
    assert!(wrong.iter().all(|what| !stage.board.office.astray.contains_key(what)));
    assert!(stage.board.office.usage.is_free());
}
