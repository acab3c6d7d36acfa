//! What call control does with refusals, early media, limits, a drain, and answers that come too late.

use acd::OfferEnd;
use call::cdr::{CallEventKind, CallRecord, Entry};
use node::Input;
use sim::scenario::{CAROL, NUMBER, PLAN, world};
use sim::{Conduct, Faults, Standing, Then, World};
use std::collections::BTreeSet;
use std::time::Duration;
use terms::{AgentId, Cause, LegId, Told};

fn record(world: &World) -> &CallRecord {
    let closed = |entry: &'_ _| matches!(entry, Entry::Closed(_));
    match world.ledger.iter().rev().find(|entry| closed(entry)) {
        Some(Entry::Closed(record)) => record,
        _ => panic!("no call was closed"),
    }
}

fn standing(world: &mut World, leg: LegId, limit: Duration) -> Standing {
    let carrier = world.phone("carrier");
    world.wait_until(limit, |world| world.agents[carrier].talks[&leg].standing != Standing::Ringing);
    world.agents[carrier].talks[&leg].standing
}

/// A trunk call straight to carol, who behaves like this; how it ended for the caller.
fn to_carol(conduct: Conduct) -> (World, Standing) {
    let mut world = world(20, Faults::default());
    world.agent("carol").conduct = conduct;
    let leg = world.dial("+359888123456", CAROL);
    let standing = standing(&mut world, leg, Duration::from_secs(100));
    (world, standing)
}

#[test]
fn a_phone_that_rings_out_is_no_answer() {
    let (mut world, standing) = to_carol(Conduct { then: Then::RingOn, ..Conduct::default() });
    assert_eq!(standing, Standing::Refused(480));
    world.assert_quiescent();
    assert_eq!(record(&world).cause, Cause::NO_ANSWER);
}

#[test]
fn a_number_that_no_route_knows_is_404_and_has_a_record() {
    let mut world = world(21, Faults::default());
    let leg = world.dial("+359888123456", "+440000000000");
    assert_eq!(standing(&mut world, leg, Duration::from_secs(5)), Standing::Refused(404));
    world.assert_quiescent();
    assert_eq!(record(&world).cause, Cause::UNALLOCATED);
    assert_eq!(world.node.board().inspect(world.now()).refusals.get("no route"), Some(&1));
}

#[test]
fn early_media_is_heard_before_the_answer_and_the_ringing_of_a_phone_is_passed_on() {
    let ring = Duration::from_secs(2);
    let (mut world, standing) = to_carol(Conduct { ring, early_media: true, ..Conduct::default() });
    assert_eq!(standing, Standing::Up);
    let voice = world.agent("carol").identity.fingerprint;
    let carrier = world.phone("carrier");
    let leg = world.agents[carrier].current().expect("the call is up");
    let early = world.agents[carrier].talks[&leg].heard.voice(voice);
    assert!(early > 80, "two seconds of early media, {early} packets");
    world.advance(Duration::from_secs(1));
    assert_eq!(world.agents[carrier].talks[&leg].heard.ssrcs.len(), 1);
    world.act(carrier, |agent, now| agent.hang_up(now, leg));
    world.assert_quiescent();
    let (plain, _) = to_carol(Conduct::default());
    assert!(plain.agents[carrier].talks.values().all(|talk| talk.rang), "180 is passed on");
}

#[test]
fn a_call_without_hops_left_is_answered_by_the_switch_but_goes_nowhere() {
    let mut world = world(22, Faults::default());
    world.agent("carrier").hops = 0;
    let leg = world.dial("+359888123456", CAROL);
    assert_eq!(standing(&mut world, leg, Duration::from_secs(5)), Standing::Refused(483));
    assert!(world.agent("carol").talks.is_empty());
    world.assert_quiescent();
    assert_eq!((record(&world).status, record(&world).cause), (Some(483), Cause::ROUTING_ERROR));
}

#[test]
fn an_answer_that_crosses_the_end_of_the_ring_time_sticks_nobody() {
    for late_ms in (0..120).step_by(3) {
        let mut world = world(23, Faults::default());
        // The offer rings for 10 s; the phone answers a little before, with and after that.
        world.agent("alice").conduct.ring = Duration::from_millis(9_940 + late_ms);
        let leg = world.dial("+359888123456", NUMBER);
        let carrier = world.phone("carrier");
        world.advance(Duration::from_secs(25));
        world.act(carrier, |agent, now| agent.hang_up(now, leg));
        world.assert_quiescent();
    }
}

#[test]
fn a_draining_switch_refuses_new_calls_and_lets_the_running_one_end() {
    let mut world = world(24, Faults::default());
    let first = world.dial("+359888123456", CAROL);
    assert_eq!(standing(&mut world, first, Duration::from_secs(5)), Standing::Up);
    world.input(Input::Drain { deadline: Some(Duration::from_secs(60)) });
    let second = world.dial("+359888123457", CAROL);
    assert_eq!(standing(&mut world, second, Duration::from_secs(5)), Standing::Refused(503));
    let carrier = world.phone("carrier");
    assert_eq!(world.agents[carrier].talks[&first].standing, Standing::Up);
    world.input(Input::Drain { deadline: None });
    let third = world.dial("+359888123458", CAROL);
    assert_eq!(standing(&mut world, third, Duration::from_secs(5)), Standing::Up, "the drain was called off");
    for leg in [first, third] {
        world.act(carrier, |agent, now| agent.hang_up(now, leg));
    }
    world.assert_quiescent();
}

#[test]
fn what_still_runs_at_the_drains_deadline_is_released() {
    let mut world = world(25, Faults::default());
    let leg = world.dial("+359888123456", CAROL);
    assert_eq!(standing(&mut world, leg, Duration::from_secs(5)), Standing::Up);
    world.input(Input::Drain { deadline: Some(Duration::from_secs(3)) });
    world.advance(Duration::from_secs(4));
    let carrier = world.phone("carrier");
    assert_eq!(world.agents[carrier].talks[&leg].standing, Standing::Over);
    world.assert_quiescent();
}

#[test]
fn a_full_trunk_refuses_one_more_call_but_not_with_503() {
    let mut world = world(26, Faults::default());
    let legs: Vec<_> = (0..50).map(|nth| world.dial(&format!("+3598880000{nth:02}"), NUMBER)).collect();
    world.advance(Duration::from_secs(2));
    let more = world.dial("+359888999999", NUMBER);
    assert_eq!(standing(&mut world, more, Duration::from_secs(5)), Standing::Refused(480));
    let carrier = world.phone("carrier");
    for leg in legs {
        world.act(carrier, |agent, now| agent.hang_up(now, leg));
    }
    world.assert_quiescent();
}

#[test]
fn a_caller_who_leaves_while_the_agents_stream_is_being_opened_leaves_nothing_behind() {
    for wait_ms in 0..60 {
        let mut world = world(28, Faults::default());
        world.media_delay = Duration::from_millis(15);
        let carrier = world.phone("carrier");
        let leg = world.dial("+359888123456", NUMBER);
        world.advance(Duration::from_millis(1_500));
        world.act(carrier, |agent, _| agent.press(leg, '1'));
        let alice = AgentId::of("alice");
        let reserved = |world: &World| {
            let agents = world.node.acd().inspect().agents;
            agents.iter().any(|agent| agent.agent == alice && matches!(agent.work, acd::Work::Reserved(_)))
        };
        assert!(world.wait_until(Duration::from_secs(5), reserved));
        world.advance(Duration::from_millis(wait_ms));
        world.act(carrier, |agent, now| agent.hang_up(now, leg));
        world.assert_quiescent();
    }
}

#[test]
fn a_call_that_finds_open_port_pairs_waits_for_no_media_thread() {
    for (seed, waits) in [(30, true), (31, false)] {
        let mut world = world(seed, Faults::default());
        world.media_delay = Duration::from_millis(400);
        world.agent("carol").conduct = Conduct::default();
        world.advance(Duration::from_secs(1));
        let leg = world.dial("+359888123456", CAROL);
        let carol = world.phone("carol");
        let rings = |world: &World| !world.agents[carol].talks.is_empty();
        assert_eq!(!world.wait_until(Duration::from_millis(300), rings), waits);
        assert_eq!(standing(&mut world, leg, Duration::from_secs(60)), Standing::Up);
        let carrier = world.phone("carrier");
        world.act(carrier, |agent, now| agent.hang_up(now, leg));
        world.assert_quiescent();
    }
}

/// How long after the caller's goodbye the record is closed, when everybody else is dead by then.
fn record_after_a_goodbye(then: Then, moment: Duration) -> Option<Duration> {
    let mut world = world(27, Faults::default());
    world.agent("alice").conduct.then = then;
    let leg = world.dial("+359888123456", NUMBER);
    let carrier = world.phone("carrier");
    world.advance(Duration::from_millis(1_500));
    world.act(carrier, |agent, _| agent.press(leg, '1'));
    world.advance(moment);
    let alice = world.phone("alice");
    world.agents[alice].dead = true;
    world.act(carrier, |agent, now| agent.hang_up(now, leg));
    world.advance(Duration::from_millis(10));
    world.agents[carrier].dead = true;
    let began = world.now().mono;
    let closed = |world: &World| world.ledger.iter().any(|entry| matches!(entry, Entry::Closed(_)));
    world.wait_until(Duration::from_secs(80), closed).then(|| world.now().mono.since(began))
}

#[test]
fn a_record_does_not_wait_for_phones_that_are_dead() {
    for then in [Then::Answer, Then::RingOn] {
        for moment in [0, 100, 300, 700, 2_000, 5_000] {
            let after = record_after_a_goodbye(then, Duration::from_millis(moment));
            assert!(after.is_some_and(|after| after < Duration::from_secs(1)), "{then:?} {moment} ms: {after:?}");
        }
    }
}

#[test]
fn an_agent_who_pauses_or_goes_home_is_offered_nothing_until_he_is_ready_again() {
    let mut world = world(29, Faults::default());
    world.desk("alice").pause("lunch");
    world.desk("bob").log_out();
    let leg = world.dial("+359888123456", NUMBER);
    world.advance(Duration::from_secs(40));
    assert!(world.agent("alice").talks.is_empty() && world.agent("bob").talks.is_empty());
    world.desk("alice").ready();
    let (alice, carrier) = (world.phone("alice"), world.phone("carrier"));
    assert!(world.wait_until(Duration::from_secs(1), |world| world.agents[alice].current().is_some()));
    world.act(carrier, |agent, now| agent.hang_up(now, leg));
    world.assert_quiescent();
}

#[test]
fn a_carrier_that_does_not_answer_probes_is_passed_over_at_once() {
    let trunk =
        "[[trunk]]\nname = \"dead\"\ntarget = \"10.0.0.99:5060\"\nprobe = \"30s\"\n\n[[phone]]\nuser = \"alice\"";
    let flow =
        "[flow.out]\nfirst = { ring = \"trunk:dead\", wait = \"60s\", unreachable = \"phone:carol\" }\n\n[flow.main]";
    let plan = PLAN
        .replace("[[phone]]\nuser = \"alice\"", trunk)
        .replace("go = \"phone:carol\"", "go = \"flow:out\"")
        .replace("[flow.main]", flow);
    for (watched, soon) in [(true, true), (false, false)] {
        let plan = if watched { plan.clone() } else { plan.replace("probe = \"30s\"\n", "") };
        let mut world = World::new(31, &plan, sim::scenario::prompts(), Faults::default());
        world.advance(Duration::from_secs(10));
        let (carrier, carol) = (world.phone("carrier"), world.phone("carol"));
        let leg = world.dial("+359888123456", CAROL);
        let rings = |world: &World| world.agents[carol].current().is_some();
        assert_eq!(world.wait_until(Duration::from_secs(1), rings), soon, "watched: {watched}\n{}", world.ladder);
        // Without probes it takes the 32 seconds of timer B to find out.
        assert!(world.wait_until(Duration::from_secs(33), rings), "watched: {watched}\n{}", world.ladder);
        world.advance(Duration::from_secs(3));
        world.act(carrier, |agent, now| agent.hang_up(now, leg));
        world.assert_quiescent();
    }
}

/// When a caller was sent on whose agent's phone rings for ten seconds, after a rule of five; and why the offer ended.
fn sent_on_while_it_rings(interrupts: bool) -> (Duration, Told<OfferEnd>) {
    let rule = "overflow = [{ when = \"waited > 5s\", go = \"hangup:17\" }]";
    let plan = PLAN
        .replace("overflow = [{ when = \"waited > 2m\", go = \"hangup:17\" }]", rule)
        .replace("wrap_up = \"3s\"", &format!("wrap_up = \"3s\"\ninterrupt_ring = {interrupts}"))
        .replace("go = \"flow:main\"", "go = \"queue:support\"");
    let mut world = World::new(33, &plan, sim::scenario::prompts(), Faults::default());
    world.advance(Duration::from_secs(10));
    world.agent("alice").conduct.then = Then::RingOn;
    world.desk("bob").log_out();
    world.dial("+359888123456", NUMBER);
    let began = world.now().mono;
    let closed = |world: &World| world.ledger.iter().any(|entry| matches!(entry, Entry::Closed(_)));
    assert!(world.wait_until(Duration::from_secs(30), closed), "{}", world.ladder);
    let after = world.now().mono.since(began);
    let failed = world.ledger.iter().find_map(|entry| match entry {
        Entry::Event(event) => match &event.what {
            CallEventKind::OfferFailed { why, .. } => Some(why.clone()),
            _ => None,
        },
        _ => None,
    });
    world.assert_quiescent();
    (after, failed.expect("alice was rung"))
}

#[test]
fn a_ring_is_ended_by_a_rule_of_overflow_when_the_queue_says_so() {
    let (after, why) = sent_on_while_it_rings(true);
    assert!((5.0..6.0).contains(&after.as_secs_f64()) && why == OfferEnd::SentOn, "{after:?} {why}");
    assert!(why.known().is_some_and(|why| !why.is_missed()), "the agent is not to blame");
    let (after, why) = sent_on_while_it_rings(false);
    assert!((10.0..11.0).contains(&after.as_secs_f64()) && why == OfferEnd::NoAnswer, "{after:?} {why}");
    assert!(why.known().is_some_and(OfferEnd::is_missed));
}

#[test]
fn an_agent_who_calls_somebody_while_it_rings_has_missed_nothing() {
    let inside = "[[route]]\nfrom = \"phone:*\"\nto = \"103\"\ngo = \"phone:carol\"\n\n[flow.main]";
    let plan = PLAN.replace("[flow.main]", inside).replace("go = \"flow:main\"", "go = \"queue:support\"");
    let mut world = World::new(35, &plan, sim::scenario::prompts(), Faults::default());
    world.advance(Duration::from_secs(10));
    world.agent("alice").conduct.then = Then::RingOn;
    world.desk("bob").log_out();
    let (carrier, alice) = (world.phone("carrier"), world.phone("alice"));
    let caller = world.dial("+359888123456", NUMBER);
    let rings = |world: &World| world.agents[alice].current().is_some();
    assert!(world.wait_until(Duration::from_secs(5), rings), "{}", world.ladder);
    let own = world.act(alice, |agent, now| agent.dial(now, "103"));
    world.advance(Duration::from_secs(5));
    let ends: Vec<acd::OfferEnd> = world
        .ledger
        .iter()
        .filter_map(|entry| match entry {
            Entry::Event(event) => match &event.what {
                CallEventKind::OfferFailed { why, .. } => why.known(),
                _ => None,
            },
            _ => None,
        })
        .collect();
    assert_eq!(ends, [acd::OfferEnd::AgentGone], "{}", world.ladder);
    assert!(!ends[0].is_missed());
    world.act(carrier, |agent, now| agent.hang_up(now, caller));
    world.act(alice, |agent, now| agent.hang_up(now, own));
    world.assert_quiescent();
}

#[test]
fn a_call_on_hold_is_told_apart() {
    let mut world = world(34, Faults::default());
    let leg = world.dial("+359888123456", CAROL);
    assert_eq!(standing(&mut world, leg, Duration::from_secs(5)), Standing::Up);
    let phase = |world: &World| world.node.board().inspect(world.now()).calls[0].phase;
    assert_eq!(phase(&world), "talking");
    let (carol, carrier) = (world.phone("carol"), world.phone("carrier"));
    let hers = world.agents[carol].current().expect("the call is up");
    world.act(carol, |agent, now| agent.hold(now, hers, true));
    world.advance(Duration::from_secs(1));
    assert_eq!(phase(&world), "held");
    world.act(carol, |agent, now| agent.hold(now, hers, false));
    world.advance(Duration::from_secs(1));
    assert_eq!(phase(&world), "talking");
    world.act(carrier, |agent, now| agent.hang_up(now, leg));
    world.assert_quiescent();
}

#[test]
fn a_queue_answers_when_it_takes_the_caller_in_and_not_before() {
    let straight = PLAN.replace("go = \"phone:carol\"", "go = \"queue:support\"");
    let busy = "overflow = [{ when = \"no agents\", go = \"hangup:17\" }]";
    let plan = straight.replace("overflow = [{ when = \"waited > 2m\", go = \"hangup:17\" }]", busy);
    let mut world = World::new(32, &plan, sim::scenario::prompts(), Faults::default());
    world.advance(Duration::from_secs(5));
    let carrier = world.phone("carrier");
    world.desk("alice").log_out();
    world.desk("bob").log_out();
    let leg = world.dial("+359888123456", CAROL);
    assert_eq!(standing(&mut world, leg, Duration::from_secs(5)), Standing::Refused(486));
    world.advance(Duration::from_secs(1));
    let refused = record(&world);
    assert_eq!((refused.answered, refused.status, refused.cause), (None, Some(486), Cause::BUSY));
    world.desk("bob").pause("lunch");
    world.desk("alice").ready();
    world.agent("alice").conduct.then = Then::RingOn;
    let leg = world.dial("+359888123456", CAROL);
    assert_eq!(standing(&mut world, leg, Duration::from_secs(5)), Standing::Up, "somebody is there: he waits");
    world.advance(Duration::from_secs(2));
    assert!(world.agents[carrier].talks[&leg].heard.sounds() > 50, "he hears the music while alice's phone rings");
    world.act(carrier, |agent, now| agent.hang_up(now, leg));
    world.assert_quiescent();
}

#[test]
fn calls_on_three_workers_are_heard_each_by_its_own_and_whole() {
    let mut world = world(8, Faults::default());
    let carrier = world.phone("carrier");
    let legs = ["01", "02", "03"].map(|nth| {
        let leg = world.dial(&format!("+3598881234{nth}"), NUMBER);
        world.advance(Duration::from_millis(1_700));
        world.act(carrier, |agent, _| agent.press(leg, if nth == "03" { '2' } else { '1' }));
        leg
    });
    world.advance(Duration::from_secs(25));
    let workers: BTreeSet<usize> = legs.iter().filter_map(|leg| world.worker_of(carrier, *leg)).collect();
    assert_eq!(workers.len(), 3, "each call has a worker of its own");
    for (who, leg) in ["alice", "bob", "carol"].into_iter().zip(legs) {
        let phone = world.phone(who);
        let theirs = world.agents[phone].current().expect("a call");
        assert_eq!(world.worker_of(phone, theirs), world.worker_of(carrier, leg), "both sides are on one");
        let voice = world.agents[phone].identity.fingerprint;
        let before = world.agents[carrier].talks[&leg].heard.voice(voice);
        world.act(phone, |agent, now| agent.turn(now, theirs, media::sdp::Direction::Inactive));
        world.advance(Duration::from_secs(2));
        world.act(phone, |agent, now| agent.turn(now, theirs, media::sdp::Direction::SendRecv));
        world.advance(Duration::from_secs(2));
        assert!(world.agents[carrier].talks[&leg].heard.voice(voice) > before + 90, "{who} after the hold");
        world.act(carrier, |agent, now| agent.hang_up(now, leg));
    }
    world.assert_quiescent();
}

#[test]
fn a_fax_or_video_in_the_place_of_sound_is_refused_and_the_conversation_goes_on() {
    for instead in ["m=image 4400 udptl t38\r\n", "m=video 4400 RTP/AVP 99\r\n"] {
        let mut world = world(33, Faults::default());
        let (carrier, leg) = (world.phone("carrier"), world.dial("+359888123456", CAROL));
        world.advance(Duration::from_secs(3));
        let carol = world.phone("carol");
        let voice = world.agents[carol].identity.fingerprint;
        let count = |world: &World| world.agents[carrier].talks[&leg].heard.voice(voice);
        world.ladder.clear();
        world.act(carrier, |agent, now| agent.offer(now, leg, &format!("m=audio 0 RTP/AVP 8\r\n{instead}")));
        let before = count(&world);
        world.advance(Duration::from_secs(1));
        assert!(world.ladder.to_string().contains("488"), "{}", world.ladder);
        assert!(count(&world) - before >= 49, "no packet is missing");
        world.act(carrier, |agent, now| agent.hang_up(now, leg));
        world.assert_quiescent();
    }
}
