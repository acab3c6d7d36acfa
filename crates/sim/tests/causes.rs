//! What one side says at the end of a call reaches the other, and the account: SIP status and Q.850 cause as a pair.

use call::cdr::{CallRecord, Entry, Outcome};
use sim::scenario::{CAROL, PLAN, prompts, world};
use sim::{Conduct, Faults, Standing, Then, World};
use std::time::Duration;
use terms::{Cause, Rejection};

fn record(world: &World) -> &CallRecord {
    match world.ledger.iter().rev().find(|entry| matches!(entry, Entry::Closed(_))) {
        Some(Entry::Closed(record)) => record,
        _ => panic!("no call was closed"),
    }
}

/// What carol says to a call, and what the caller and the account then have.
fn said(world: &mut World, status: u16, reason: Option<Cause>) -> (Standing, Option<Cause>, Option<u16>, Cause) {
    let carol = world.agent("carol");
    carol.conduct = Conduct { ring: Duration::ZERO, then: Then::Refuse(status), ..Conduct::default() };
    carol.reason = reason;
    let leg = world.dial("+359888123456", CAROL);
    let carrier = world.phone("carrier");
    let over = |world: &World| world.agents[carrier].talks[&leg].standing != Standing::Ringing;
    world.wait_until(Duration::from_secs(10), over);
    world.advance(Duration::from_millis(200));
    let talk = &world.agents[carrier].talks[&leg];
    let (standing, cause) = (talk.standing, talk.cause);
    let record = record(world);
    assert_eq!(record.outcome, Outcome::Failed);
    (standing, cause, record.status, record.cause)
}

#[test]
fn every_final_status_reaches_the_caller_and_the_account_with_its_cause() {
    let mut world = world(70, Faults::default());
    for status in 300..700 {
        let heard = said(&mut world, status, None);
        let Rejection { status: told, cause } = Rejection::heard(status, None).passed_on();
        assert_eq!(heard, (Standing::Refused(told), Some(cause), Some(told), cause), "carol said {status}");
    }
    world.assert_quiescent();
}

#[test]
fn every_cause_of_q850_reaches_the_caller_and_the_account_beside_the_status() {
    let mut world = world(71, Faults::default());
    for cause in (1..=127).map(Cause) {
        let (status, told) = if cause.0 % 2 == 0 { (480, 480) } else { (503, 500) };
        let heard = said(&mut world, status, Some(cause));
        assert_eq!(heard, (Standing::Refused(told), Some(cause), Some(told), cause), "{status} with {cause}");
    }
    world.assert_quiescent();
}

#[test]
fn whoever_hangs_up_or_gives_up_says_why_to_the_other_side_too() {
    let mut world = world(72, Faults::default());
    let (carrier, carol) = (world.phone("carrier"), world.phone("carol"));
    for cause in (1..=127).map(Cause) {
        for (who, other, then) in
            [(carrier, carol, Then::Answer), (carol, carrier, Then::Answer), (carrier, carol, Then::RingOn)]
        {
            world.agent("carol").conduct = Conduct { ring: Duration::ZERO, then, ..Conduct::default() };
            world.agents[carrier].reason = Some(cause);
            world.agents[carol].reason = Some(cause);
            world.dial("+359888123456", CAROL);
            world.advance(Duration::from_millis(300));
            let leg = world.agents[who].current().expect("a call");
            let heard_by = world.agents[other].current().expect("the other end of it");
            world.act(who, |agent, now| agent.hang_up(now, leg));
            world.advance(Duration::from_millis(200));
            let talk = &world.agents[other].talks[&heard_by];
            assert_eq!((talk.standing, talk.cause), (Standing::Over, Some(cause)), "{then:?}, {cause}");
            assert_eq!(record(&world).cause, cause, "{then:?}");
        }
    }
    world.assert_quiescent();
}

#[test]
fn an_answer_that_says_nothing_about_sound_is_not_acceptable_to_the_caller() {
    let mut world = world(73, Faults::default());
    world.agent("carol").conduct = Conduct { then: Then::AnswerMute, ..Conduct::default() };
    let leg = world.dial("+359888123456", CAROL);
    let (carrier, carol) = (world.phone("carrier"), world.phone("carol"));
    world.advance(Duration::from_secs(2));
    assert_eq!(world.agents[carrier].talks[&leg].standing, Standing::Refused(488));
    let talk = world.agents[carol].talks.values().next().expect("carol was rung");
    assert_eq!((talk.standing, talk.cause), (Standing::Over, Some(Cause::INCOMPATIBLE)));
    world.assert_quiescent();
    assert_eq!((record(&world).status, record(&world).cause), (Some(488), Cause::INCOMPATIBLE));
}

#[test]
fn the_operators_own_cause_goes_before_what_was_heard_and_a_bare_hangup_does_not() {
    let plan = |busy: &str| {
        PLAN.replace("go = \"phone:carol\"", "go = \"flow:out\"")
            .replace("[flow.main]", &format!("[flow.out]\nring = {{ ring = \"phone:carol\"{busy} }}\n\n[flow.main]"))
    };
    for (busy, told) in [
        ("", (600, Cause::BUSY)),
        (", busy = \"hangup\"", (600, Cause::BUSY)),
        (", busy = \"hangup:21\"", (603, Cause::REJECTED)),
        (", busy = \"flow:main\"", (0, Cause::NORMAL)),
    ] {
        let mut world = World::new(74, &plan(busy), prompts(), Faults::default());
        world.advance(Duration::from_secs(5));
        world.agent("carol").conduct = Conduct { then: Then::Refuse(600), ..Conduct::default() };
        let leg = world.dial("+359888123456", CAROL);
        world.advance(Duration::from_secs(2));
        let carrier = world.phone("carrier");
        match told {
            (0, _) => assert_eq!(world.agents[carrier].talks[&leg].standing, Standing::Up),
            (status, cause) => {
                assert_eq!(world.agents[carrier].talks[&leg].standing, Standing::Refused(status), "{busy}");
                assert_eq!(record(&world).cause, cause, "{busy}");
            }
        }
    }
}
