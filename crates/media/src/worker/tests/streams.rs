//! Opening and closing.

use super::*;
use terms::limits;

fn small(ports: (u16, u16)) -> Worker {
    Worker::new(WorkerConfig { address: addr("192.0.2.100:0").ip(), ports, kept_pairs: 0, seed: 7 })
}

fn open(worker: &mut Worker, now: Now, n: u64) -> Option<Output> {
    worker.handle_input(now, Command::Open { stream: stream(n), call: CallRef(1), spare: None });
    worker.poll_output()
}

#[test]
fn an_opened_stream_is_told_with_its_address_once_its_sockets_are_there() {
    let (mut worker, now) = (small((10_000, 10_001)), Now::default());
    assert!(matches!(open(&mut worker, now, 1), Some(Output::Bind { port: 10_000, .. })));
    assert!(worker.poll_output().is_none());
    worker.bound(now, stream(1), true);
    let local = addr("192.0.2.100:10000");
    assert!(
        matches!(worker.poll_output(), Some(Output::Event(Event::Stream(_, StreamEvent::Opened { local: l }))) if l == local)
    );
}

#[test]
fn an_exhausted_range_fails_the_open_until_a_freed_pair_has_rested() {
    let (mut worker, mut now) = (small((10_000, 10_001)), Now::default());
    open(&mut worker, now, 1);
    worker.bound(now, stream(1), true);
    worker.handle_input(now, Command::Close { stream: stream(1) });
    while worker.poll_output().is_some() {}
    assert!(matches!(open(&mut worker, now, 2), Some(Output::Event(Event::Stream(_, StreamEvent::OpenFailed)))));
    assert_eq!(worker.inspect().open_failures, 1);
    now.mono += limits::PORT_REST_LEAST;
    assert!(matches!(open(&mut worker, now, 3), Some(Output::Bind { port: 10_000, .. })));
}

#[test]
fn a_taken_port_is_passed_over_and_in_the_end_the_open_fails() {
    let (mut worker, now) = (small((10_000, 10_005)), Now::default());
    let mut output = open(&mut worker, now, 1);
    for _ in 0..3 {
        assert!(matches!(output, Some(Output::Bind { .. })));
        worker.bound(now, stream(1), false);
        output = worker.poll_output();
    }
    assert!(matches!(output, Some(Output::Event(Event::Stream(_, StreamEvent::OpenFailed)))));
    assert!(worker.inspect().streams.is_empty());
    assert_eq!(worker.inspect().ports_resting, 3);
}

#[test]
fn a_stream_that_closes_before_it_is_bound_leaves_nothing() {
    let (mut worker, now) = (small((10_000, 10_001)), Now::default());
    open(&mut worker, now, 1);
    worker.handle_input(now, Command::Close { stream: stream(1) });
    worker.bound(now, stream(1), true);
    assert!(matches!(worker.poll_output(), Some(Output::Unbind { .. })));
    assert!(matches!(worker.poll_output(), Some(Output::Event(Event::Stream(_, StreamEvent::Closed { .. })))));
    assert!(worker.poll_output().is_none() && worker.poll_timeout().is_none());
}

#[test]
fn commands_for_streams_that_are_gone_are_ignored() {
    let mut bench = Bench::new();
    bench.configure(9, settings(9, Codec::Pcmu));
    bench.hear(9, 8);
    bench.play(9, 1, Sound::Tone(Tone::Busy), true);
    bench.command(Command::Close { stream: stream(9) });
    assert_eq!(bench.say(9, rtp(0, 1, 1, 1)), Verdict::Drop(DropReason::Gone));
    assert!(bench.outputs.is_empty() && bench.sent.is_empty());
}

#[test]
fn a_closed_stream_tells_its_totals_and_frees_those_who_heard_it() {
    let mut bench = Bench::bridged(Codec::Pcmu);
    for n in [0, 1, 3] {
        bench.say(1, rtp(0, n, u32::from(n) * 160, 5));
        bench.advance(20);
    }
    bench.say(1, rtp(99, 4, 640, 5));
    bench.command(Command::Close { stream: stream(1) });
    let Some(Event::Stream(_, StreamEvent::Closed { totals })) = bench.events().last().copied() else {
        panic!("no Closed")
    };
    assert_eq!((totals.packets_received, totals.packets_lost, totals.packets_dropped), (3, 1, 1));
    assert_eq!(bench.worker.inspect().streams[0].plug, "nothing");
    bench.command(Command::Close { stream: stream(2) });
    assert_eq!(bench.worker.poll_timeout(), None);
}

#[test]
fn a_reused_slot_does_not_inherit_who_heard_it() {
    let mut bench = Bench::bridged(Codec::Pcmu);
    bench.command(Command::Close { stream: stream(1) });
    bench.ready(3, settings(3, Codec::Pcmu));
    assert_eq!(bench.worker.slot(stream(3)), Some(Slot(0)));
    assert_eq!(bench.say(3, rtp(0, 1, 1, 1)), Verdict::Absorbed);
}

#[test]
fn a_worker_that_stops_closes_every_stream() {
    let mut bench = Bench::bridged(Codec::Pcmu);
    bench.worker.finish(bench.now);
    bench.settle();
    assert_eq!(bench.outputs.iter().filter(|o| matches!(o, Output::Unbind { .. })).count(), 2);
    assert_eq!(bench.worker.poll_timeout(), None);
}
