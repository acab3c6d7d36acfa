//! Whose packets are believed, seen through the worker. The rules themselves are tested beside the latch.

use super::*;

pub(super) const NATTED: &str = "198.51.100.9:7000";
const ATTACKER: &str = "203.0.113.5:7000";

/// The first of two bridged peers signals from where `NATTED` is.
fn natted() -> StreamSettings {
    StreamSettings { trust: Trust::Device { via: addr(NATTED).ip() }, ..settings(1, Codec::Pcmu) }
}

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
fn a_stranger_before_the_first_packet_is_neither_heard_nor_hears() {
    let mut bench = Bench::bridged(Codec::Pcmu);
    for n in 0..300u16 {
        let refused = bench.packet(1, addr(ATTACKER), rtp(0, n, 160 * u32::from(n), 7));
        assert_eq!(refused, Verdict::Drop(DropReason::WrongSource));
        bench.say(2, rtp(0, n, 160 * u32::from(n), 6));
        bench.advance(20);
    }
    assert!(matches!(bench.say(1, rtp(0, 1, 160, 5)), Verdict::Forward { .. }));
    assert!(bench.heard_by(1).iter().all(|sent| sent.to == peer(1)));
    assert_eq!(bench.strangers(), [(addr(ATTACKER), Some(peer(1)))], "he is named once");
    assert_eq!(bench.worker.inspect().dropped[&DropReason::WrongSource], 300);
}

#[test]
fn a_peer_behind_nat_is_answered_where_he_speaks_from() {
    let mut bench = Bench::bridged(Codec::Pcmu);
    bench.configure(1, natted());
    bench.packet(1, addr(NATTED), rtp(0, 1, 160, 5));
    bench.say(2, rtp(0, 1, 160, 6));
    assert_eq!(bench.heard_by(1)[0].to, addr(NATTED));
    bench.advance(2_000);
    bench.packet(1, addr(NATTED), rtp(0, 2, 320, 5));
    assert_eq!(bench.connects(), [(stream(2), Some(peer(2)))], "the signalled address may still be heard");
}

#[test]
fn a_peer_whose_address_means_nothing_here_is_filtered_once_he_is_settled() {
    let mut bench = Bench::bridged(Codec::Pcmu);
    bench.configure(1, StreamSettings { remote: addr("192.168.1.20:4000"), ..natted() });
    bench.packet(1, addr(NATTED), rtp(0, 1, 160, 5));
    bench.advance(2_000);
    bench.packet(1, addr(NATTED), rtp(0, 2, 320, 5));
    assert_eq!(bench.connects(), [(stream(1), Some(addr(NATTED)))]);
    bench.configure(1, StreamSettings { receiving: false, remote: addr("192.168.1.20:4000"), ..natted() });
    bench.configure(1, StreamSettings { remote: addr("192.168.1.20:4000"), ..natted() });
    assert_eq!(bench.connects().last(), Some(&(stream(1), None)), "translators forget while nobody speaks");
    let elsewhere = addr("198.51.100.9:7310");
    assert!(matches!(bench.packet(1, elsewhere, rtp(0, 3, 480, 5)), Verdict::Forward { .. }));
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
    bench.configure(1, natted());
    let from = addr("198.51.100.9:9");
    assert_eq!(bench.packet(1, from, rtp(8, 1, 160, 5)), Verdict::Drop(DropReason::PayloadType));
    assert_eq!(bench.packet(1, from, vec![0; 172]), Verdict::Drop(DropReason::Malformed));
    assert_eq!(bench.packet(1, from, rtp(0, 1, 160, 5)[..12].to_vec()), Verdict::Drop(DropReason::Malformed));
    assert!(!matches!(bench.packet(1, addr(NATTED), rtp(0, 1, 160, 5)), Verdict::Drop(_)));
}

#[test]
fn a_new_remote_disconnects_and_latches_anew() {
    let mut bench = Bench::bridged(Codec::Pcmu);
    bench.say(1, rtp(0, 1, 160, 5));
    let moved = StreamSettings { remote: addr(NATTED), ..natted() };
    bench.configure(1, moved.clone());
    assert_eq!(bench.connects().last(), Some(&(stream(1), None)));
    assert_eq!(bench.say(1, rtp(0, 2, 320, 5)), Verdict::Drop(DropReason::WrongSource), "nothing speaks for it now");
    bench.packet(1, addr(NATTED), rtp(0, 1, 160, 9));
    assert_eq!(bench.connects().last(), Some(&(stream(1), Some(addr(NATTED)))));
    bench.configure(1, moved);
    assert_eq!(bench.connects().len(), 3, "a refresh that says the same changes nothing");
}

#[test]
fn silence_never_lets_another_source_in() {
    let mut bench = Bench::bridged(Codec::Pcmu);
    bench.say(1, rtp(0, 1, 160, 5));
    bench.advance(600_000);
    assert_eq!(bench.packet(1, addr(ATTACKER), rtp(0, 2, 320, 5)), Verdict::Drop(DropReason::WrongSource));
    assert_eq!(bench.connects(), [(stream(1), Some(peer(1)))], "the kernel filters all the time");
    assert!(matches!(bench.say(1, rtp(0, 2, 320, 5)), Verdict::Forward { .. }));
}

#[test]
fn hold_and_resume_let_nobody_else_in() {
    let mut bench = Bench::bridged(Codec::Pcmu);
    bench.say(1, rtp(0, 1, 160, 5));
    let mut sequence = 1;
    for held in [
        StreamSettings { receiving: false, ..settings(1, Codec::Pcmu) },
        StreamSettings { sending: false, ..settings(1, Codec::Pcmu) },
        StreamSettings { sending: false, remote: addr("0.0.0.0:4000"), ..settings(1, Codec::Pcmu) },
    ] {
        bench.configure(1, held);
        for n in 0..20 {
            bench.advance(1_000);
            assert!(matches!(bench.packet(1, addr(ATTACKER), rtp(0, n, 320, 7)), Verdict::Drop(_)));
        }
        bench.configure(1, settings(1, Codec::Pcmu));
        assert_eq!(bench.packet(1, addr(ATTACKER), rtp(0, 2, 320, 7)), Verdict::Drop(DropReason::WrongSource));
        sequence += 1;
        assert!(matches!(bench.say(1, rtp(0, sequence, 320, 5)), Verdict::Forward { .. }));
    }
    assert_eq!(bench.connects().len(), 1);
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

/// What peer `n` says whose sound goes through a proxy of his carrier's, who may latch as we do.
fn proxied(n: u64, codec: Codec) -> StreamSettings {
    StreamSettings { trust: Trust::Carrier { via: peer(n).ip(), networks: None }, ..settings(n, codec) }
}

fn bridged_proxies(first: Codec) -> Bench {
    let mut bench = Bench::bridged(first);
    bench.configure(1, proxied(1, Codec::Pcmu));
    bench.configure(2, proxied(2, first));
    bench
}

#[test]
fn of_two_peers_who_wait_for_a_packet_one_is_woken_and_wakes_the_other() {
    let mut bench = bridged_proxies(Codec::Pcma);
    bench.advance(220);
    assert_eq!((bench.heard_by(1).len(), bench.heard_by(2).len()), (0, 1));
    let woken = bench.heard_by(2);
    assert_eq!((woken[0].to, woken[0].header().payload_type, woken[0].payload()), (peer(2), 8, &[0xd5; 160][..]));
    // Each speaks once he was spoken to, and hears one stream from first to last.
    for n in 0..200u16 {
        for peer in [2, 1] {
            bench.say(peer, rtp(if peer == 1 { 0 } else { 8 }, n, 160 * u32::from(n), 5));
        }
        bench.advance(20);
    }
    for (n, packets, talkspurts) in [(1, 200, &[0][..]), (2, 201, &[0, 1])] {
        assert_eq!(bench.heard_by(n).len(), packets, "silence only until he is heard");
        assert_one_stream(&bench.heard_by(n), talkspurts);
    }
}

#[test]
fn where_the_first_does_not_wake_both_are_sent_silence() {
    let mut bench = bridged_proxies(Codec::Pcmu);
    bench.advance(4_220);
    assert_eq!((bench.heard_by(1).len(), bench.heard_by(2).len()), (1, 2));
}

#[test]
fn silence_is_sent_three_times_at_most_and_not_where_sound_is_or_none_may_be() {
    let mut bench = bridged_proxies(Codec::Pcmu);
    bench.advance(60_000);
    assert_eq!((bench.heard_by(1).len(), bench.heard_by(2).len()), (2, 3));
    bench.command(Command::Close { stream: stream(1) });
    assert!(bench.sent.iter().all(|s| !s.rtcp), "silence alone is nothing to report, nor to say goodbye for");
    let mut bench = Bench::bridged(Codec::Pcmu);
    bench.configure(1, StreamSettings { receiving: false, ..proxied(1, Codec::Pcmu) });
    bench.configure(2, StreamSettings { sending: false, ..proxied(2, Codec::Pcmu) });
    bench.advance(60_000);
    assert!(bench.sent.is_empty());
    let mut bench = bridged_proxies(Codec::Pcmu);
    for n in 0..100u16 {
        bench.say(2, rtp(0, n, 160 * u32::from(n), 6));
        bench.advance(20);
    }
    assert_one_stream(&bench.heard_by(1), &[0]);
}

#[test]
fn silence_goes_only_to_who_may_wait_and_would_get_it() {
    let device = |via: &str| Trust::Device { via: addr(via).ip() };
    let carrier = |via: &str| Trust::Carrier { via: addr(via).ip(), networks: None };
    let remote =
        |address: &str, trust: Trust| StreamSettings { remote: addr(address), trust, ..settings(1, Codec::Pcmu) };
    for (says, waited_for) in [
        (remote("192.0.2.1:4000", device("192.0.2.1:5060")), false),
        (remote("192.0.2.1:4000", device(NATTED)), true),
        (remote("10.1.2.3:4000", device(NATTED)), false),
        (remote("192.0.2.1:4000", carrier("192.0.2.1:5060")), true),
        (remote("10.1.2.3:4000", carrier(NATTED)), false),
        (remote("192.0.2.1:4000", Trust::Named), false),
    ] {
        let mut bench = Bench::bridged(Codec::Pcmu);
        bench.configure(2, proxied(2, Codec::Pcmu));
        bench.configure(1, says.clone());
        bench.advance(5_000);
        assert_eq!(bench.heard_by(1).len(), usize::from(waited_for), "{says:?}");
    }
}
