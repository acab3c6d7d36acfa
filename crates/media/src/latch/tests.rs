//! Who is believed, at every moment at which a second sender may come.

use super::*;
use crate::codec::{Codec, Format};
use proptest::prelude::*;

const EXACT: &str = "192.0.2.1:4000";
const HOST: &str = "192.0.2.1:4002";
/// Where the peer's signalling comes from, when it does not come from the host that he names.
const VIA: &str = "198.51.100.9:7000";
const VIA_TOO: &str = "198.51.100.9:7002";
const STRANGER: &str = "203.0.113.5:7000";

fn at(ms: u64) -> Mono {
    Mono::from_micros(ms * 1_000)
}

fn addr(text: &str) -> SocketAddr {
    text.parse().expect("an address")
}

fn offer(remote: &str, trust: Trust) -> StreamSettings {
    let format = Format { codec: Codec::Pcmu, payload_type: 0 };
    StreamSettings {
        remote: addr(remote),
        remote_rtcp: addr(remote),
        send: format,
        receive: vec![format],
        send_events: None,
        receive_events: None,
        sending: true,
        receiving: true,
        packet_time: Duration::from_millis(20),
        trust,
        keeps: crate::KeySet::NONE,
    }
}

/// A device whose signalling comes from this host.
fn device(via: &str) -> Trust {
    Trust::Device { via: addr(via).ip() }
}

fn carrier(via: &str, networks: &[(&str, u8)]) -> Trust {
    let networks: Vec<_> = networks.iter().map(|(net, length)| (net.parse().expect("a network"), *length)).collect();
    Trust::Carrier { via: addr(via).ip(), networks: Some(networks).filter(|n| !n.is_empty()).map(Into::into) }
}

fn latch(remote: &str, trust: Trust) -> Latch {
    let mut latch = Latch::default();
    latch.signal(at(0), &offer(remote, trust));
    latch
}

/// Lets sources claim at these times, and compares what becomes of each.
fn claims(latch: &mut Latch, expected: &[(u64, &str, Claim)]) {
    for (ms, from, claim) in expected {
        assert_eq!(latch.claim(at(*ms), addr(from)), *claim, "{from} at {ms} ms");
    }
}

use Claim::{Held as Keeps, Refused, Settled, Taken};

#[test]
fn nothing_is_accepted_before_signalling_named_a_peer() {
    let mut latch = Latch::default();
    claims(&mut latch, &[(0, EXACT, Refused)]);
    assert_eq!(latch.target(), None);
}

#[test]
fn the_signalled_source_settles_at_once_and_for_good() {
    for trust in [Trust::Named, device(EXACT), device(VIA), carrier(EXACT, &[]), carrier(VIA, &[("198.51.100.0", 24)])]
    {
        let mut latch = latch(EXACT, trust);
        claims(&mut latch, &[(0, EXACT, Settled), (10, STRANGER, Refused), (20, HOST, Refused), (30, VIA, Refused)]);
        claims(&mut latch, &[(40, EXACT, Keeps), (86_400_000, STRANGER, Refused), (86_400_000, EXACT, Keeps)]);
        assert_eq!(latch.target(), Some(addr(EXACT)));
    }
}

#[test]
fn where_description_and_signalling_agree_no_other_host_is_latched() {
    for trust in [Trust::Named, device(EXACT), carrier(EXACT, &[])] {
        let mut latch = latch(EXACT, trust);
        claims(&mut latch, &[(0, STRANGER, Refused), (60_000, STRANGER, Refused), (60_000, VIA, Refused)]);
        assert_eq!(latch.target(), Some(addr(EXACT)), "what is sent goes to the peer meanwhile");
        claims(&mut latch, &[(60_010, EXACT, Settled)]);
    }
}

#[test]
fn another_port_of_the_host_gives_way_to_the_exact_one_for_good() {
    for late in [20, 2_500, 3_600_000] {
        let mut latch = latch(EXACT, device(EXACT));
        claims(&mut latch, &[(0, HOST, Taken), (10, "192.0.2.1:4004", Refused), (10, STRANGER, Refused)]);
        assert_eq!(latch.target(), Some(addr(HOST)));
        claims(&mut latch, &[(late, HOST, Keeps), (late, EXACT, Settled), (late + 20, HOST, Refused)]);
        assert_eq!(latch.target(), Some(addr(EXACT)));
    }
}

#[test]
fn behind_nat_the_host_of_the_signalling_is_latched() {
    let mut latch = latch(EXACT, device(VIA));
    claims(&mut latch, &[(0, STRANGER, Refused), (10, VIA, Taken), (20, STRANGER, Refused), (30, VIA_TOO, Refused)]);
    claims(&mut latch, &[(2_010, VIA, Keeps), (2_020, VIA_TOO, Refused), (9_000_000, VIA_TOO, Refused)]);
    assert_eq!((latch.target(), latch.is_settled()), (Some(addr(VIA)), true));
    claims(&mut latch, &[(9_000_010, EXACT, Settled), (9_000_020, VIA, Refused)]);
}

#[test]
fn behind_nat_a_stranger_waits_for_better_and_gives_way_to_it_at_any_time() {
    for late in [20, 2_500, 3_600_000] {
        for better in [VIA, HOST, EXACT] {
            let mut latch = latch(EXACT, device(VIA));
            claims(&mut latch, &[(0, STRANGER, Refused), (1_990, STRANGER, Refused), (2_000, STRANGER, Taken)]);
            assert_eq!(latch.target(), Some(addr(STRANGER)), "a translator may have several addresses");
            claims(&mut latch, &[(2_020, "203.0.113.6:7000", Refused), (2_000 + late, STRANGER, Keeps)]);
            let claim = if better == EXACT { Settled } else { Taken };
            claims(&mut latch, &[(2_000 + late, better, claim), (2_020 + late, STRANGER, Refused)]);
            assert_eq!(latch.target(), Some(addr(better)));
        }
    }
}

#[test]
fn an_address_of_a_network_on_the_far_side_is_nobody_here() {
    let mut latch = latch("192.168.1.20:4000", device(VIA));
    claims(&mut latch, &[(0, "192.168.1.20:9", Refused), (10, VIA, Taken), (20, "192.168.1.20:9", Refused)]);
    claims(&mut latch, &[(2_010, VIA, Settled), (2_020, VIA, Keeps)]);
}

#[test]
fn a_new_offer_lets_another_port_in_and_the_settled_one_takes_the_stream_back() {
    let mut latch = latch(EXACT, device(VIA));
    claims(&mut latch, &[(0, VIA, Taken), (2_000, VIA, Keeps)]);
    assert!(latch.signal(at(60_000), &offer(EXACT, device(VIA))));
    assert_eq!(latch.target(), Some(addr(VIA)), "it is where the peer was");
    claims(&mut latch, &[(60_000, STRANGER, Refused), (62_500, STRANGER, Refused), (62_500, VIA_TOO, Taken)]);
    claims(&mut latch, &[(64_600, VIA_TOO, Keeps), (64_600, "198.51.100.9:9", Refused), (99_000, VIA, Taken)]);
    claims(&mut latch, &[(99_010, VIA_TOO, Refused), (99_020, VIA, Keeps)]);
    assert_eq!(latch.target(), Some(addr(VIA)));
}

#[test]
fn a_new_offer_does_not_move_the_exact_source() {
    let mut latch = latch(EXACT, device(EXACT));
    claims(&mut latch, &[(0, EXACT, Settled)]);
    for n in 1..4 {
        let held = StreamSettings { receiving: n % 2 == 0, ..offer(EXACT, device(EXACT)) };
        assert!(!latch.signal(at(n * 10_000), &held));
        claims(&mut latch, &[(n * 10_000, STRANGER, Refused), (n * 10_000, HOST, Refused), (n * 10_000, EXACT, Keeps)]);
    }
}

#[test]
fn a_new_address_is_believed_at_once_and_the_old_one_is_only_a_guess() {
    let mut latch = latch(EXACT, device(EXACT));
    claims(&mut latch, &[(0, EXACT, Settled)]);
    assert!(latch.signal(at(100), &offer(HOST, device(EXACT))), "his other port");
    assert_eq!(latch.target(), Some(addr(HOST)));
    claims(&mut latch, &[(110, EXACT, Taken), (120, HOST, Settled), (130, EXACT, Refused)]);
    assert!(latch.signal(at(200), &offer(VIA, device(VIA))), "another host");
    claims(&mut latch, &[(210, HOST, Refused), (220, STRANGER, Refused), (230, VIA, Settled)]);
}

#[test]
fn behind_nat_a_phone_that_changes_its_port_is_followed_though_the_old_one_is_still_heard() {
    let mut latch = latch("192.168.1.20:4000", device(VIA));
    claims(&mut latch, &[(0, VIA, Taken), (2_000, VIA, Settled)]);
    assert!(latch.signal(at(9_000), &offer("192.168.1.20:4002", device(VIA))));
    claims(&mut latch, &[(9_010, VIA, Taken), (9_030, VIA_TOO, Taken), (9_040, VIA, Refused), (9_050, VIA_TOO, Keeps)]);
    claims(&mut latch, &[(11_030, VIA_TOO, Settled), (11_040, VIA, Refused)]);
    latch.signal(at(20_000), &offer("192.168.1.20:4004", device(VIA)));
    claims(&mut latch, &[(60_000, STRANGER, Refused), (60_000, VIA, Taken)]);
}

#[test]
fn a_source_that_signalling_names_later_is_filtered_from_then_on() {
    let mut latch = latch(EXACT, device(EXACT));
    claims(&mut latch, &[(0, HOST, Taken)]);
    assert!(!latch.signal(at(100), &offer(HOST, device(EXACT))));
    claims(&mut latch, &[(110, HOST, Settled), (120, EXACT, Refused)]);
}

#[test]
fn a_device_that_moves_to_another_network_is_followed() {
    let mut latch = latch("192.168.1.20:4000", device(VIA));
    claims(&mut latch, &[(0, VIA, Taken), (2_000, VIA, Settled)]);
    latch.signal(at(5_000), &offer("10.20.30.40:4000", device(STRANGER)));
    claims(&mut latch, &[(5_010, STRANGER, Taken), (5_020, VIA, Refused), (7_010, STRANGER, Settled)]);
}

#[test]
fn who_is_not_to_send_lets_no_stranger_in() {
    let mut latch = Latch::default();
    latch.signal(at(0), &StreamSettings { receiving: false, ..offer(EXACT, device(VIA)) });
    claims(&mut latch, &[(60_000, STRANGER, Refused), (60_000, VIA, Taken), (60_020, STRANGER, Refused)]);
}

#[test]
fn the_null_address_of_an_old_hold_names_nobody() {
    let mut latch = latch(EXACT, device(EXACT));
    claims(&mut latch, &[(0, EXACT, Settled)]);
    assert!(!latch.signal(at(100), &offer("0.0.0.0:4000", device(EXACT))));
    assert_eq!(latch.target(), None, "nothing is sent");
    claims(&mut latch, &[(90_000, STRANGER, Refused), (90_000, EXACT, Keeps)]);
    latch.signal(at(100_000), &offer(EXACT, device(EXACT)));
    assert_eq!(latch.target(), Some(addr(EXACT)));
}

#[test]
fn a_carrier_is_heard_from_its_networks_and_sent_to_where_it_said() {
    let mut latch = latch(EXACT, carrier(VIA, &[("203.0.113.0", 28), ("2001:db8::", 32)]));
    claims(&mut latch, &[(0, "203.0.113.16:9", Refused), (0, VIA, Refused), (10, STRANGER, Taken)]);
    claims(&mut latch, &[(20, "203.0.113.6:7000", Refused), (2_010, STRANGER, Keeps)]);
    assert_eq!(latch.target(), Some(addr(EXACT)), "never to the source");
    claims(&mut latch, &[(2_020, EXACT, Settled), (2_030, STRANGER, Refused)]);
}

#[test]
fn a_carrier_without_networks_is_heard_from_where_it_signals_too() {
    let mut latch = latch(EXACT, carrier(VIA, &[]));
    claims(&mut latch, &[(9_000, STRANGER, Refused), (9_010, VIA, Taken), (9_020, HOST, Taken), (9_030, VIA, Refused)]);
    assert_eq!(latch.target(), Some(addr(EXACT)));
}

#[test]
fn a_carrier_behind_nat_is_answered_where_it_speaks_from() {
    let mut latch = latch("192.168.1.20:4000", carrier(VIA, &[]));
    claims(&mut latch, &[(9_000, STRANGER, Refused), (9_010, VIA, Taken)]);
    assert_eq!(latch.target(), Some(addr(VIA)));
}

#[test]
fn a_mapped_address_is_the_address_that_it_maps() {
    assert_eq!(canonical(addr("[::ffff:192.0.2.1]:4000")), addr("192.0.2.1:4000"));
    let mut latch = latch("[::ffff:192.0.2.1]:4000", device("[::ffff:192.0.2.1]:5060"));
    claims(&mut latch, &[(0, VIA, Refused), (9_000, VIA, Refused), (9_000, EXACT, Settled)]);
}

/// What may happen to a stream while an attacker sends.
#[derive(Clone, Debug)]
enum Step {
    Attack,
    Speak,
    Wait(u64),
    Hold,
    Resume,
    /// The peer's new port, named by a new offer.
    Move(u16),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => Just(Step::Attack),
        4 => Just(Step::Speak),
        2 => prop_oneof![0u64..100, 1_900u64..2_100, 4_900u64..100_000].prop_map(Step::Wait),
        1 => Just(Step::Hold),
        1 => Just(Step::Resume),
        1 => (4_000u16..4_010).prop_map(Step::Move),
    ]
}

/// Plays it; answers whether the peer was ever kept out, and whether the attacker was ever let in or sent to, before and
/// after the peer was heard for the first time.
fn play(steps: Vec<Step>, remote: &str, trust: Trust, source: impl Fn(u16) -> SocketAddr) -> (bool, bool, bool) {
    let (mut latch, mut now, mut heard) = (latch(remote, trust.clone()), at(0), false);
    let mut says = offer(remote, trust);
    let mut said = says.clone();
    let (mut kept_out, mut before, mut after) = (false, false, false);
    for step in steps {
        match step {
            Step::Attack => {
                let in_ = latch.claim(now, addr(STRANGER)) != Refused;
                *(if heard { &mut after } else { &mut before }) |= in_;
            }
            Step::Speak => {
                kept_out |= latch.claim(now, source(says.remote.port())) == Refused;
                heard = true;
            }
            Step::Wait(ms) => now += Duration::from_millis(ms),
            Step::Hold => says.receiving = false,
            Step::Resume => says.receiving = true,
            Step::Move(port) => says.remote.set_port(port),
        }
        if says != said {
            latch.signal(now, &says);
            said = says.clone();
        }
        let sent_to = latch.target() == Some(addr(STRANGER));
        *(if heard { &mut after } else { &mut before }) |= sent_to;
    }
    (kept_out, before, after)
}

proptest! {
    #[test]
    fn a_peer_at_his_own_address_is_always_heard_and_nobody_else_ever_is(
        steps in proptest::collection::vec(step(), 1..60),
    ) {
        for trust in [Trust::Named, device(EXACT), carrier(EXACT, &[]), carrier(VIA, &[("198.51.100.0", 24)])] {
            let source = |port| SocketAddr::new(addr(EXACT).ip(), port);
            prop_assert_eq!(play(steps.clone(), EXACT, trust, source), (false, false, false));
        }
    }

    #[test]
    fn a_peer_behind_nat_who_was_heard_once_is_always_heard_and_nobody_else_ever_is(
        steps in proptest::collection::vec(step(), 1..60),
    ) {
        for remote in [EXACT, "192.168.1.20:4000"] {
            let source = |port| SocketAddr::new(addr(VIA).ip(), port + 3_000);
            let (kept_out, _, after) = play(steps.clone(), remote, device(VIA), source);
            prop_assert_eq!((kept_out, after), (false, false));
        }
    }
}
