//! Whose packets are believed, seen through the worker. The rules themselves are tested beside the latch.

use super::*;

const NATTED: &str = "198.51.100.9:7000";
const ATTACKER: &str = "203.0.113.5:7000";

#[test]
fn packets_before_the_answer_are_refused() {
    let mut bench = Bench::new();
    bench.command(Command::Open { stream: stream(1), call: CallRef(1), spare: None });
    assert_eq!(bench.say(1, rtp(0, 1, 1, 1)), Verdict::Drop(DropReason::NotConfigured));
}

#[test]
fn the_socket_is_connected_after_the_first_packet_from_the_signalled_address() {
    let mut bench = Bench::bridged(Codec::Pcmu);
    bench.say(1, rtp(0, 1, 160, 5));
    bench.say(1, rtp(0, 2, 320, 5));
    assert_eq!(bench.connects(), [(stream(1), Some(peer(1)))]);
}

#[test]
fn a_peer_behind_nat_is_answered_where_he_speaks_from() {
    let mut bench = Bench::bridged(Codec::Pcmu);
    bench.packet(1, addr(NATTED), rtp(0, 1, 160, 5));
    assert_eq!(bench.connects(), [], "another may still prove better");
    bench.say(2, rtp(0, 1, 160, 6));
    assert_eq!(bench.heard_by(1)[0].to, addr(NATTED));
    bench.advance(2_000);
    bench.packet(1, addr(NATTED), rtp(0, 2, 320, 5));
    assert_eq!(bench.connects().last(), Some(&(stream(1), Some(addr(NATTED)))));
}

#[test]
fn a_known_ssrc_from_a_new_source_is_refused_and_a_new_ssrc_from_the_known_source_is_not() {
    let mut bench = Bench::bridged(Codec::Pcmu);
    bench.say(1, rtp(0, 1, 160, 5));
    assert_eq!(bench.packet(1, addr(ATTACKER), rtp(0, 2, 320, 5)), Verdict::Drop(DropReason::WrongSource));
    assert!(matches!(bench.say(1, rtp(0, 9_000, 77, 6)), Verdict::Forward { .. }));
    assert_eq!(bench.worker.inspect().dropped[&DropReason::WrongSource], 1);
}

#[test]
fn what_is_not_plausible_does_not_latch() {
    let mut bench = Bench::bridged(Codec::Pcmu);
    let from = addr(ATTACKER);
    assert_eq!(bench.packet(1, from, rtp(8, 1, 160, 5)), Verdict::Drop(DropReason::PayloadType));
    assert_eq!(bench.packet(1, from, vec![0; 172]), Verdict::Drop(DropReason::Malformed));
    assert_eq!(bench.packet(1, from, rtp(0, 1, 160, 5)[..12].to_vec()), Verdict::Drop(DropReason::Malformed));
    assert!(!matches!(bench.packet(1, addr(NATTED), rtp(0, 1, 160, 5)), Verdict::Drop(_)));
}

#[test]
fn a_new_remote_disconnects_and_latches_anew() {
    let mut bench = Bench::bridged(Codec::Pcmu);
    bench.say(1, rtp(0, 1, 160, 5));
    bench.configure(1, StreamSettings { remote: addr(NATTED), ..settings(1, Codec::Pcmu) });
    assert_eq!(bench.connects().last(), Some(&(stream(1), None)));
    bench.packet(1, addr(NATTED), rtp(0, 1, 160, 9));
    assert_eq!(bench.connects().last(), Some(&(stream(1), Some(addr(NATTED)))));
    bench.configure(1, StreamSettings { remote: addr(NATTED), ..settings(1, Codec::Pcmu) });
    assert_eq!(bench.connects().len(), 3, "a refresh that says the same changes nothing");
}

#[test]
fn after_long_silence_the_kernel_stops_filtering_and_another_source_may_come() {
    let mut bench = Bench::bridged(Codec::Pcmu);
    bench.say(1, rtp(0, 1, 160, 5));
    bench.advance(3_000);
    bench.say(1, rtp(0, 2, 320, 5));
    bench.advance(4_990);
    assert_eq!(bench.packet(1, addr(NATTED), rtp(0, 3, 480, 5)), Verdict::Drop(DropReason::WrongSource));
    bench.advance(10);
    assert_eq!(bench.connects().last(), Some(&(stream(1), None)));
    assert!(matches!(bench.packet(1, addr(NATTED), rtp(0, 3, 480, 5)), Verdict::Forward { .. }));
}

#[test]
fn an_agreed_silence_does_not_open_the_latch() {
    let mut bench = Bench::bridged(Codec::Pcmu);
    bench.say(1, rtp(0, 1, 160, 5));
    bench.configure(1, StreamSettings { receiving: false, ..settings(1, Codec::Pcmu) });
    bench.advance(600_000);
    bench.configure(1, settings(1, Codec::Pcmu));
    assert_eq!(bench.packet(1, addr(ATTACKER), rtp(0, 2, 320, 5)), Verdict::Drop(DropReason::WrongSource));
    assert_eq!(bench.connects().len(), 1);
    bench.advance(5_000);
    assert_eq!(bench.connects().last(), Some(&(stream(1), None)), "from here on silence counts again");
}

#[test]
fn what_comes_while_we_agreed_not_to_receive_is_refused_but_keeps_the_latch() {
    let mut bench = Bench::bridged(Codec::Pcmu);
    bench.say(1, rtp(0, 1, 160, 5));
    bench.configure(1, StreamSettings { receiving: false, ..settings(1, Codec::Pcmu) });
    for n in 2..12 {
        bench.advance(1_000);
        assert_eq!(bench.say(1, rtp(0, n, 160, 5)), Verdict::Drop(DropReason::Held));
    }
    assert_eq!(bench.connects().len(), 1);
}
