//! Several who speak on one side at once.

use super::*;

const COLLEAGUE: Speaker = Speaker { side: 1, stream: 12, ssrc: 0xcccc, rtp: 900, codec: Codec::Pcma };

#[test]
fn those_who_speak_on_one_side_are_heard_together_and_what_comes_twice_once() {
    let packets = (0..200).flat_map(|n| {
        let at = n * 20;
        let both = (50..100).contains(&n).then(|| (at, COLLEAGUE.packet(n, at)));
        let twice = (n == 70).then(|| (at + 3, COLLEAGUE.packet(n, at + 3)));
        [(at, CALLER.packet(n, at)), (at, AGENT.packet(n, at))].into_iter().chain(both).chain(twice)
    });
    let (file, summary) = record(packets.collect(), 4_000);
    let [left, right] = sides(&file);
    assert_eq!(summary.fault, None);
    assert_eq!(find(&left, &CALLER, 0, 32_000), Some(0), "the customer has a side of his own");
    assert_eq!(find(&right, &AGENT, 0, 8_000), Some(0));
    assert_eq!(find(&right, &AGENT, 16_000, 32_000), Some(16_000));
    let together = |n: u64| AGENT.sample(n).saturating_add(COLLEAGUE.sample(n));
    let wrong = (8_000..16_000).find(|n| right[*n as usize] != together(*n));
    assert_eq!(wrong, None, "both are in it, sample by sample");
}
