//! The reference call: greeted, queued, answered by the right agent, recorded, accounted for.

use call::cdr::{By, CallEventKind, Entry, Outcome};
use sim::scenario::{NUMBER, Seen, reference_call, world};
use sim::{Conduct, Faults, Standing, Then, World};
use std::time::Duration;

fn closed(world: &World) -> Vec<&call::cdr::CallRecord> {
    world
        .ledger
        .iter()
        .filter_map(|entry| match entry {
            Entry::Closed(record) => Some(record.as_ref()),
            _ => None,
        })
        .collect()
}

fn kinds(world: &World) -> Vec<&CallEventKind> {
    world
        .ledger
        .iter()
        .filter_map(|entry| match entry {
            Entry::Event(event) if event.call.is_some() => Some(&event.what),
            _ => None,
        })
        .collect()
}

/// Compares a ladder with the one on disk; `UPDATE_LADDERS=1` writes it anew.
fn assert_ladder(world: &World, name: &str) {
    let path = format!("{}/tests/ladders/{name}.txt", env!("CARGO_MANIFEST_DIR"));
    let seen = world.ladder.to_string();
    if std::env::var_os("UPDATE_LADDERS").is_some() {
        std::fs::write(&path, &seen).expect("the ladder can be written");
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(seen, expected, "the ladder differs from {path}");
}

#[test]
fn a_caller_is_greeted_queued_answered_by_the_skilled_agent_recorded_and_accounted_for() {
    let mut world = world(1, Faults::default());
    let seen = reference_call(&mut world);
    assert_eq!(seen, Seen { standing: Standing::Over, sounds: true, both_heard: true });
    world.assert_quiescent();
    assert_ladder(&world, "reference_call");
    let records = closed(&world);
    assert_eq!(records.len(), 1);
    let record = records[0];
    assert_eq!((record.outcome, record.ended_by), (Outcome::Answered, By::Caller));
    assert_eq!(record.agent, Some(terms::AgentId::of("alice")));
    assert_eq!(record.digits, "1");
    assert!((4_900..6_000).contains(&record.talked_ms), "talked {} ms", record.talked_ms);
    assert!(record.capture.is_some());
    let kinds = kinds(&world);
    assert!(
        matches!(
            kinds[..],
            [
                CallEventKind::Entered { position: 1, again: false, .. },
                CallEventKind::Offered { .. },
                CallEventKind::Connected { .. },
                CallEventKind::Completed { by: By::Caller, .. }
            ]
        ),
        "{kinds:?}"
    );
}

#[test]
fn the_recording_has_the_caller_left_and_the_agent_right() {
    let mut world = world(2, Faults::default());
    reference_call(&mut world);
    world.assert_quiescent();
    let captured = world.ledger.iter().find_map(|entry| match entry {
        Entry::Captured(recording) => Some(recording.summary.clone()),
        _ => None,
    });
    let summary = captured.expect("one recording");
    assert_eq!((summary.gap_ms, &summary.fault), (0, &None));
    let (name, bytes) = world.files.first_key_value().expect("one file");
    assert_eq!(&summary.file, name);
    let samples: Vec<i16> = bytes[44..].chunks_exact(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]])).collect();
    let frames = samples.len() / 2;
    assert!(frames.abs_diff(summary.duration_ms as usize * 8) <= 8, "{frames} frames, {} ms", summary.duration_ms);
    let middle = frames / 2 * 2;
    let (carrier, alice) = (world.phone("carrier"), world.phone("alice"));
    let pcma = media::codec::Codec::Pcma;
    let said = |who: usize| {
        let mut out = [0_i16];
        let talk = world.agents[who].talks.values().next().expect("one call");
        let codec = if talk.heard.payload_types.contains(&8) { pcma } else { media::codec::Codec::Pcmu };
        codec.decode(&[world.agents[who].identity.fingerprint], &mut out);
        out[0]
    };
    assert_eq!((samples[middle], samples[middle + 1]), (said(carrier), said(alice)));
}

#[test]
fn each_leg_hears_one_continuous_stream_from_greeting_to_goodbye() {
    let mut world = world(3, Faults::default());
    reference_call(&mut world);
    for who in ["carrier", "alice"] {
        let index = world.phone(who);
        let talk = world.agents[index].talks.values().next().expect("one call");
        let heard = &talk.heard;
        assert_eq!(heard.ssrcs.len(), 1, "{who}: {heard:?}");
        assert_eq!((heard.sequence_breaks, heard.time_reversals), (0, 0), "{who}");
    }
    let carrier = world.phone("carrier");
    let caller = world.agents[carrier].talks.values().next().expect("one call");
    assert!(caller.heard.longest_gap < Duration::from_millis(100), "gap {:?}", caller.heard.longest_gap);
    assert!(caller.heard.markers <= 5, "{} markers", caller.heard.markers);
}

#[test]
fn the_agent_hangs_up_and_rests_before_the_next_call() {
    let mut world = world(4, Faults::default());
    world.agent("alice").conduct.talk = Some(Duration::from_secs(2));
    let leg = world.dial("+359888123456", NUMBER);
    let carrier = world.phone("carrier");
    let over = |world: &World| world.agents[carrier].talks[&leg].standing == Standing::Over;
    assert!(world.wait_until(Duration::from_secs(60), over));
    let alice = &world.node.acd().inspect().agents;
    assert!(alice.iter().any(|agent| agent.work == acd::Work::WrapUp));
    world.assert_quiescent();
    assert_eq!(closed(&world)[0].ended_by, By::Callee);
}

#[test]
fn a_declined_offer_goes_to_the_next_agent_once_the_requirement_allows_him() {
    let mut world = world(5, Faults::default());
    world.agent("alice").conduct = Conduct { then: Then::Refuse(603), ..Conduct::default() };
    let leg = world.dial("+359888123456", NUMBER);
    let (carrier, bob) = (world.phone("carrier"), world.phone("bob"));
    let voice = world.agents[bob].identity.fingerprint;
    let answered = |world: &World| world.agents[carrier].talks[&leg].heard.voice(voice) > 10;
    assert!(world.wait_until(Duration::from_secs(60), answered), "{}", world.ladder);
    world.act(carrier, |agent, now| agent.hang_up(now, leg));
    world.assert_quiescent();
    let declined = |kind: &&CallEventKind| matches!(kind, CallEventKind::OfferFailed { why, .. } if *why == acd::OfferEnd::Declined);
    assert!(kinds(&world).iter().any(declined));
}

#[test]
fn an_agent_who_vanishes_while_ringing_is_freed_and_the_caller_keeps_his_place() {
    let mut world = world(6, Faults::default());
    world.agent("alice").conduct = Conduct { then: Then::Vanish, ..Conduct::default() };
    let leg = world.dial("+359888123456", NUMBER);
    let (carrier, bob) = (world.phone("carrier"), world.phone("bob"));
    let voice = world.agents[bob].identity.fingerprint;
    let answered = |world: &World| world.agents[carrier].talks[&leg].heard.voice(voice) > 10;
    assert!(world.wait_until(Duration::from_secs(80), answered), "{}", world.ladder);
    world.act(carrier, |agent, now| agent.hang_up(now, leg));
    world.assert_quiescent();
    assert_eq!(closed(&world)[0].agent, Some(terms::AgentId::of("bob")));
}

#[test]
fn a_caller_who_leaves_the_queue_is_abandoned_and_the_agent_is_freed() {
    let mut world = world(8, Faults::default());
    world.agent("alice").conduct.then = Then::RingOn;
    let leg = world.dial("+359888123456", NUMBER);
    let alice = world.phone("alice");
    assert!(world.wait_until(Duration::from_secs(30), |world| world.agents[alice].current().is_some()));
    let carrier = world.phone("carrier");
    world.act(carrier, |agent, now| agent.hang_up(now, leg));
    world.assert_quiescent();
    assert_eq!(closed(&world)[0].outcome, Outcome::Abandoned);
    let agents = world.node.acd().inspect().agents;
    assert!(agents.iter().all(|agent| agent.work == acd::Work::Idle));
}

#[test]
fn hold_gives_the_caller_music_and_resume_gives_the_agent_back() {
    let mut world = world(9, Faults::default());
    let leg = world.dial("+359888123456", NUMBER);
    let (carrier, alice) = (world.phone("carrier"), world.phone("alice"));
    let voice = world.agents[alice].identity.fingerprint;
    let heard = |world: &World| world.agents[carrier].talks[&leg].heard.clone();
    assert!(world.wait_until(Duration::from_secs(60), |world| heard(world).voice(voice) > 50));
    let agent_leg = world.agents[alice].current().expect("alice talks");
    world.act(alice, |agent, now| agent.hold(now, agent_leg, true));
    world.advance(Duration::from_millis(200));
    let before = heard(&world);
    world.advance(Duration::from_secs(2));
    let held = heard(&world);
    assert_eq!(held.voice(voice), before.voice(voice), "alice is not heard on hold");
    assert!(held.sounds() >= before.sounds() + 95, "music on hold: {} packets", held.sounds() - before.sounds());
    world.act(alice, |agent, now| agent.hold(now, agent_leg, false));
    world.advance(Duration::from_secs(1));
    assert!(heard(&world).voice(voice) > held.voice(voice) + 40, "alice is heard again");
    world.act(carrier, |agent, now| agent.hang_up(now, leg));
    world.assert_quiescent();
    let record = closed(&world)[0].clone();
    assert!((2_000..2_500).contains(&record.held_ms), "held {} ms", record.held_ms);
    let heard = heard(&world);
    assert_eq!((heard.ssrcs.len(), heard.sequence_breaks), (1, 0));
}

#[test]
fn phones_call_each_other_by_extension() {
    let mut world = world(10, Faults::default());
    let (bob, carol) = (world.phone("bob"), world.phone("carol"));
    let leg = world.act(bob, |agent, now| agent.dial(now, "103"));
    let voice = world.agents[carol].identity.fingerprint;
    let talks = |world: &World| world.agents[bob].talks[&leg].heard.voice(voice) > 20;
    assert!(world.wait_until(Duration::from_secs(10), talks), "{}", world.ladder);
    assert!(world.agents[bob].talks[&leg].rang);
    let engaged = world.node.acd().inspect().agents.iter().filter(|agent| agent.engaged).count();
    assert_eq!(engaged, 1, "bob is engaged, and no queue offers him anything");
    world.act(bob, |agent, now| agent.hang_up(now, leg));
    world.assert_quiescent();
}
