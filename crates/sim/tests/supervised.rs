//! What `[supervision]` says holds while somebody watches a conversation.

use call::Verb;
use call::cdr::Entry;
use dialplan::{Destination, Routed};
use sim::deeds::ms;
use sim::scenario::{NUMBER, PLAN, world_of};
use sim::{Faults, World};
use terms::{PhoneId, WatchMode};

/// A customer has come through the queue to alice; carol is rung to watch her.
fn watched(seed: u64, keys: &str, mode: WatchMode) -> World {
    let mut world = world_of(seed, &format!("{PLAN}\n[supervision]\n{keys}\n"), Faults::default());
    let customer = world.brings("+359888123456", NUMBER);
    world.advance(ms(2_000));
    world.type_in(customer, "1");
    world.advance(ms(4_000));
    let (call, party) = (world.only_call(), world.leg_of("alice"));
    let to = Routed { destination: Destination::Phone(PhoneId::of("carol")), record: false, route: None };
    world.obey(call, Verb::Watch { party, to, mode });
    world.advance(ms(2_000));
    world
}

/// One side of the recording.
fn samples(world: &World, side: usize) -> impl Iterator<Item = i16> {
    let bytes = world.files.values().next().expect("it is recorded");
    bytes[44..].chunks_exact(4).map(move |frame| i16::from_le_bytes([frame[2 * side], frame[2 * side + 1]]))
}

/// The values that stand for a second or longer on one side of the recording, in their order: each voice is one value, and
/// two together are their sum.
fn heights(world: &World, side: usize) -> Vec<i16> {
    let (mut heights, mut last, mut long) = (vec![], 0, 0);
    for sample in samples(world, side) {
        long = if sample == last { long + 1 } else { 1 };
        last = sample;
        if long == 8_000 && sample != 0 && heights.last() != Some(&sample) {
            heights.push(sample);
        }
    }
    heights
}

#[test]
fn what_is_whispered_is_recorded_where_that_is_wanted_and_nowhere_else() {
    for (seed, wanted) in [(410, false), (411, false), (410, true), (411, true)] {
        let mut world = watched(seed, &format!("record_whisper = {wanted}"), WatchMode::Listen);
        let carol = world.own("carol");
        // She listens, whispers, speaks to both, and listens.
        for key in ["5", "6", "4"] {
            world.type_in(carol, key);
            world.advance(ms(3_000));
        }
        world.hangs_up("carrier");
        world.assert_quiescent();
        let (left, right) = (heights(&world, 0), heights(&world, 1));
        assert_eq!(left.len(), 1, "the customer alone: {left:?}");
        let [alone, more, ..] = right[..] else { panic!("{right:?}") };
        // A barge is recorded in any case.
        assert_eq!(right, [alone, more, alone], "{right:?}");
        let tracks = world.ledger.iter().find_map(|entry| match entry {
            Entry::Captured(recording) => Some(recording.tracks.clone()),
            _ => None,
        });
        let tracks = tracks.expect("it is in the account");
        let at = |leg| tracks.iter().find(|track| track.side == 2 && track.leg == leg).expect("she is on it").since;
        let heard = at(None).ms_since(at(Some(2)));
        let long = if wanted { 6_600 } else { 3_300 };
        assert!(heard.abs_diff(long) < 200, "{wanted}: {heard} ms");
        let there = samples(&world, 1).filter(|sample| *sample == more).count() as u64 / 8;
        assert!(there.abs_diff(long) < 500, "{wanted}: {there} ms");
    }
}

/// Number and name of whoever is at the other end, as the switch has told a phone.
fn screen(world: &World, who: &str) -> (String, Option<String>) {
    let line = world.node.sip().line(world.leg_of(who)).expect("it is in a call");
    (line.number.reveal().clone(), line.name.map(|name| name.reveal().clone()))
}

fn said(number: &str, name: &str) -> (String, Option<String>) {
    (number.to_owned(), Some(name.to_owned()))
}

const CALLER: &str = "+359888123456";

#[test]
fn whoever_is_watched_sees_it_for_as_long_as_it_lasts_and_nobody_else_does() {
    let plain = said(CALLER, "support");
    let observed = said(CALLER, "observed: support");
    for (keys, wanted) in [("", &plain), ("display = \"observed\"", &observed)] {
        let mut world = watched(412, keys, WatchMode::Listen);
        assert_eq!(&screen(&world, "alice"), wanted, "{keys}\n{}", world.ladder);
        assert!(screen(&world, "carol").1.is_none_or(|name| !name.contains("observed")), "she is not");
        let before = world.network.sip_messages;
        let carol = world.own("carol");
        world.type_in(carol, "5");
        world.advance(ms(1_000));
        assert_eq!(world.network.sip_messages, before, "in whatever mode: it is told once");
        world.hangs_up("carol");
        world.advance(ms(1_000));
        assert_eq!(screen(&world, "alice"), plain, "{}", world.ladder);
        world.hangs_up("carrier");
        world.assert_quiescent();
    }
}

#[test]
fn whom_he_talks_to_next_is_shown_so_too_and_one_who_takes_over_is_not_watched() {
    let mut world = watched(413, "display = \"observed\"", WatchMode::Whisper);
    let call = world.only_call();
    // Bob is asked, and then the two have each other.
    let (party, bob) = (world.leg_of("alice"), Destination::Phone(PhoneId::of("bob")));
    let to = Routed { destination: bob, record: false, route: None };
    world.obey(call, Verb::Consult { party, to, by: None });
    world.advance(ms(2_000));
    world.hangs_up("carrier");
    world.advance(ms(1_500));
    assert_eq!(screen(&world, "alice"), said("102", "observed"), "{}", world.ladder);
    assert!(screen(&world, "bob").1.is_none_or(|name| !name.contains("observed")), "he is not");
    world.hangs_up("alice");
    world.assert_quiescent();

    let mut world = watched(414, "display = \"observed\"", WatchMode::Listen);
    let (call, party) = (world.only_call(), world.leg_of("carol"));
    world.obey(call, Verb::TakeOver { party });
    world.advance(ms(1_500));
    assert!(screen(&world, "carol").1.is_none_or(|name| !name.contains("observed")), "{}", world.ladder);
    world.hangs_up("carrier");
    world.assert_quiescent();
}
