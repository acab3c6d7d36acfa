//! RTCP.

use super::latching::NATTED;
use super::*;
use crate::rtp::rtcp;

fn reports(bench: &Bench, n: u64) -> Vec<&Sent> {
    bench.sent.iter().filter(|s| s.rtcp && s.stream == stream(n)).collect()
}

#[test]
fn a_report_leaves_about_every_five_seconds_and_goodbye_at_the_end() {
    let mut bench = Bench::bridged(Codec::Pcmu);
    bench.say(1, rtp(0, 1, 160, 5));
    bench.advance(60_000);
    let sent = reports(&bench, 1);
    assert!((8..=20).contains(&sent.len()), "{} reports in a minute", sent.len());
    assert!(sent.iter().all(|s| s.to == addr("192.0.2.1:4001") && s.packet[1] == 201));
    for pair in sent.windows(2) {
        assert!((2_500..=7_500).contains(&(pair[1].at - pair[0].at).as_millis()));
    }
    let before = bench.sent.len();
    bench.worker.handle_input(bench.now, Command::Close { stream: stream(1) });
    let goodbye = bench.worker.poll_transmit().expect("a goodbye").packet.to_vec();
    assert_eq!(rtcp::parse(&goodbye, 0).map(|r| r.goodbye), Some(true));
    assert_eq!(bench.sent.len(), before);
}

#[test]
fn who_has_said_nothing_reports_nothing_and_says_no_goodbye() {
    let mut bench = Bench::bridged(Codec::Pcmu);
    bench.worker.handle_input(bench.now, Command::Close { stream: stream(1) });
    assert!(bench.worker.poll_transmit().is_none());
    let mut bench = Bench::new();
    bench.ready(1, settings(1, Codec::Pcmu));
    bench.advance(60_000);
    assert!(bench.sent.is_empty(), "who has neither sent nor heard anything has nothing to report");
    let mut bench = Bench::bridged(Codec::Pcmu);
    bench.say(2, rtp(0, 1, 160, 6));
    bench.worker.handle_input(bench.now, Command::Close { stream: stream(1) });
    let goodbye = bench.worker.poll_transmit().expect("it had sent a packet").packet.to_vec();
    assert_eq!(rtcp::parse(&goodbye, 0).map(|r| r.goodbye), Some(true));
}

#[test]
fn a_sender_reports_what_it_sent_and_what_it_heard() {
    let mut bench = Bench::bridged(Codec::Pcmu);
    for n in 0..500u16 {
        bench.say(1, rtp(0, n, 160 * u32::from(n), 5));
        bench.say(2, rtp(0, n, 160 * u32::from(n), 6));
        bench.advance(20);
    }
    let sent = reports(&bench, 2);
    let last = &sent[sent.len() - 1].packet;
    assert_eq!((last[0], last[1]), (0x81, 200));
    let ours = bench.heard_by(2)[0].header().ssrc;
    assert_eq!(last[4..8], ours.to_be_bytes());
    assert_eq!(last[28..32], 6u32.to_be_bytes());
    assert_eq!(last[32..36], [0; 4], "nothing was lost");
}

#[test]
fn the_round_trip_comes_from_the_echo_of_our_own_report() {
    let mut bench = Bench::bridged(Codec::Pcmu);
    bench.say(2, rtp(0, 1, 160, 6));
    while reports(&bench, 1).is_empty() {
        bench.advance(10);
    }
    let report = reports(&bench, 1)[0].clone();
    assert_eq!(report.packet[1], 200);
    // The peer keeps it for half a second; both ways together take 80 ms. His wall clock does not matter.
    bench.advance(580 - (bench.now.mono - report.at).as_millis() as u64);
    let mut answer = vec![0x81, 201, 0, 7];
    answer.extend(5u32.to_be_bytes());
    answer.extend(&report.packet[4..8]);
    answer.extend([0; 12]);
    answer.extend(&report.packet[10..14]);
    answer.extend(32_768u32.to_be_bytes());
    let slot = bench.worker.slot(stream(1)).expect("open");
    assert_eq!(bench.worker.ingest_rtcp(bench.now, slot, addr("192.0.2.1:4001"), &answer), Ok(()));
    let trip = bench.worker.inspect().streams[0].totals.round_trip_us.expect("known");
    assert!((79_000..=81_000).contains(&trip), "{trip}");
}

#[test]
fn rtcp_of_strangers_and_nonsense_is_refused_and_a_goodbye_ends_nothing() {
    let mut bench = Bench::bridged(Codec::Pcmu);
    let slot = bench.worker.slot(stream(1)).expect("open");
    let mut bye = Vec::new();
    rtcp::write(&mut bye, 5, None, None, true);
    let mut report = |from, bytes: &[u8]| bench.worker.ingest_rtcp(bench.now, slot, addr(from), bytes);
    assert_eq!(report("203.0.113.5:4001", &bye), Err(DropReason::WrongSource));
    assert_eq!(report("192.0.2.1:4001", &[0; 40]), Err(DropReason::Report));
    assert_eq!(report("192.0.2.1:4001", &bye), Ok(()));
    let dropped = bench.worker.inspect().dropped;
    assert_eq!((dropped[&DropReason::WrongSource], dropped[&DropReason::Report]), (1, 1));
    assert!(matches!(bench.say(1, rtp(0, 1, 160, 5)), Verdict::Forward { .. }));
}

#[test]
fn who_sends_reports_to_a_stream_draws_none() {
    let natted = |trust| StreamSettings { trust, ..settings(1, Codec::Pcmu) };
    for trust in [Trust::Named, Trust::Device { via: addr(NATTED).ip() }, Trust::Device { via: peer(1).ip() }] {
        let mut bench = Bench::bridged(Codec::Pcmu);
        bench.configure(1, natted(trust.clone()));
        let slot = bench.worker.slot(stream(1)).expect("open");
        let mut bye = Vec::new();
        rtcp::write(&mut bye, 5, None, None, true);
        for n in 0..1_500u16 {
            let refused = bench.worker.ingest_rtcp(bench.now, slot, addr("203.0.113.5:4001"), &bye);
            assert_eq!(refused, Err(DropReason::WrongSource), "{trust:?}");
            bench.packet(1, addr("203.0.113.5:4000"), rtp(0, n, 160 * u32::from(n), 7));
            bench.say(2, rtp(0, n, 160 * u32::from(n), 6));
            // He is heard from where he is, if not at once.
            let from = if trust == (Trust::Device { via: addr(NATTED).ip() }) { addr(NATTED) } else { peer(1) };
            if n > 50 {
                bench.packet(1, from, rtp(0, n, 160 * u32::from(n), 5));
            }
            bench.advance(20);
        }
        let to: Vec<_> = reports(&bench, 1).iter().map(|sent| sent.to.ip()).collect();
        assert!(to.len() > 3 && !to.contains(&addr("203.0.113.5:1").ip()), "{trust:?}: {to:?}");
    }
}

#[test]
fn reports_follow_sound_behind_nat_and_another_port_of_his_host_does_not_turn_them() {
    let mut bench = Bench::bridged(Codec::Pcmu);
    bench.configure(1, StreamSettings { trust: Trust::Device { via: addr(NATTED).ip() }, ..settings(1, Codec::Pcmu) });
    let slot = bench.worker.slot(stream(1)).expect("open");
    let mut bye = Vec::new();
    rtcp::write(&mut bye, 5, None, None, true);
    for n in 0..500u16 {
        bench.packet(1, addr(NATTED), rtp(0, n, 160 * u32::from(n), 5));
        for from in ["198.51.100.9:7001", "198.51.100.9:9999"] {
            assert_eq!(bench.worker.ingest_rtcp(bench.now, slot, addr(from), &bye), Ok(()));
        }
        bench.advance(20);
    }
    assert!(reports(&bench, 1).iter().all(|sent| sent.to == addr("198.51.100.9:7001")));
}
