//! Carriers that are asked whether they are there.

use super::pair::*;
use crate::face::*;
use std::net::SocketAddr;
use std::time::Duration;

const EVERY: Duration = Duration::from_secs(30);

fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// A switch that watches the carrier at this address.
fn watching(target: SocketAddr, transport: Transport) -> Pair {
    let mut pair = Pair::with_carrier();
    watch(&mut pair, target, transport, Some(EVERY));
    pair
}

fn watch(pair: &mut Pair, target: SocketAddr, transport: Transport, probe: Option<Duration>) {
    let mut config = switch_config(Some(target));
    config.trunks[0].target = Some((transport, target));
    config.trunks[0].probe = probe;
    pair.input(S, Input::Reconfigure(Box::new(config)));
}

fn carrier() -> SocketAddr {
    "192.0.2.2:5060".parse().unwrap()
}

fn elsewhere() -> SocketAddr {
    "192.0.2.9:5060".parse().unwrap()
}

fn reachable(pair: &Pair) -> Option<bool> {
    pair.inspect(S).probes[0].reachable
}

fn options(pair: &Pair) -> usize {
    pair.ladder.iter().filter(|line| line.as_str() == "<- OPTIONS").count()
}

/// A response of the carrier elsewhere to the last probe.
fn respond(pair: &mut Pair, status: &str) {
    let (_, request) = pair.outside.last().expect("a probe");
    let text = String::from_utf8_lossy(request.as_bytes()).replace("\r\n", "\n");
    let kept = |line: &&str| ["Via", "From", "To", "Call-ID", "CSeq"].iter().any(|name| line.starts_with(name));
    let head: Vec<&str> = text.lines().filter(kept).collect();
    pair.inject("192.0.2.9:5060", &format!("SIP/2.0 {status}\n{}\nContent-Length: 0\n\n", head.join("\n")));
}

#[test]
fn a_carrier_that_answers_is_asked_at_its_time_and_told_of_once() {
    for transport in [Transport::Udp, Transport::Tcp] {
        let mut pair = watching(carrier(), transport);
        assert_eq!(reachable(&pair), None);
        pair.advance(secs(1));
        assert_eq!((reachable(&pair), options(&pair)), (Some(true), 1), "{transport:?}");
        pair.advance(EVERY * 3);
        assert_eq!(options(&pair), 4);
        assert_eq!(pair.heard(S), ["trunk reachable true"], "no news, no word");
        watch(&mut pair, carrier(), transport, None);
        pair.advance(EVERY * 3);
        assert_eq!(options(&pair), 4, "it is not watched any more");
        assert!(pair.inspect(S).probes.is_empty());
    }
}

#[test]
fn a_probe_that_is_lost_is_repeated_and_says_nothing() {
    let mut pair = watching(carrier(), Transport::Udp);
    pair.faults.insert(0, Fault::Lose);
    pair.faults.insert(1, Fault::Lose);
    pair.advance(secs(5));
    assert_eq!((pair.heard(S), options(&pair)), (vec!["trunk reachable true".to_owned()], 3));
}

#[test]
fn a_silent_carrier_is_out_of_reach_its_calls_fail_at_once_and_one_answer_brings_it_back() {
    let mut pair = watching(elsewhere(), Transport::Udp);
    pair.advance(secs(7));
    assert_eq!(reachable(&pair), None);
    pair.advance(secs(2));
    assert_eq!(pair.heard(S), ["trunk reachable false"]);
    let sent = pair.outside.len();
    pair.dial(S);
    assert_eq!((pair.heard(S), pair.outside.len()), (vec!["refused 503".to_owned()], sent));
    pair.advance(EVERY - secs(5));
    respond(&mut pair, "404 Not Found");
    assert_eq!(pair.heard(S), ["trunk reachable true"], "who refuses is there");
    pair.dial(S);
    let (_, last) = pair.outside.last().unwrap();
    assert_eq!(last.method().map(|method| method.as_str()), Some("INVITE"));
}

#[test]
fn a_carrier_that_says_503_is_out_of_reach() {
    let mut pair = watching(elsewhere(), Transport::Udp);
    pair.advance(secs(1));
    respond(&mut pair, "503 Service Unavailable");
    assert_eq!(reachable(&pair), Some(false));
}

#[test]
fn a_carrier_whose_connections_fail_is_out_of_reach_at_once() {
    let mut pair = Pair::with_carrier();
    pair.refuse_streams = true;
    watch(&mut pair, carrier(), Transport::Tcp, Some(EVERY));
    pair.advance(secs(1));
    assert_eq!(reachable(&pair), Some(false));
    pair.refuse_streams = false;
    pair.advance(EVERY);
    assert_eq!(pair.heard(S), ["trunk reachable false", "trunk reachable true"]);
}

#[test]
fn a_reload_keeps_what_is_known_unless_the_target_moved() {
    let mut pair = watching(elsewhere(), Transport::Udp);
    pair.advance(secs(9));
    watch(&mut pair, elsewhere(), Transport::Udp, Some(secs(10)));
    assert_eq!(reachable(&pair), Some(false));
    watch(&mut pair, carrier(), Transport::Udp, Some(secs(10)));
    assert_eq!(reachable(&pair), None);
    pair.advance(secs(1));
    assert_eq!(reachable(&pair), Some(true));
}
