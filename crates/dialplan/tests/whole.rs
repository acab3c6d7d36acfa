//! A whole configuration: it loads, routes, explains itself and is walked.

mod common;

use common::taken;
use dialplan::flow::{Action, Cursor, Outcome, RingTarget};
use dialplan::hours::wall_of;
use dialplan::{Arrival, Destination, Origin, OverflowWhen, SecretRef};
use std::time::Duration;
use terms::{Cause, FlowId, PhoneId, PromptId, QueueId, TrunkId, Wall};

const WHOLE: &str = include_str!("whole.toml");

fn at(text: &str) -> Wall {
    wall_of(text, "Europe/Sofia").expect("a time")
}

fn from_acme(called: &str) -> Arrival<'_> {
    Arrival { from: Origin::Trunk(TrunkId::of("acme")), caller: "+359888123456", called }
}

#[test]
fn everything_that_was_said_is_in_the_plan() {
    let loaded = taken(WHOLE);
    let plan = &loaded.plan;
    assert_eq!(loaded.warnings, vec![]);
    assert_eq!(plan.listen.udp, ["0.0.0.0:5060".parse().unwrap()]);
    let acme = plan.trunk(TrunkId::of("acme")).unwrap();
    assert_eq!((acme.calls_max, acme.peers[0].1), (60, 28));
    assert_eq!(plan.phone_dialled("101").unwrap().user, "alice");
    let support = plan.queue(QueueId::of("support")).unwrap();
    assert_eq!(support.requirements.len(), 3);
    assert_eq!(support.requirements[1].0, Duration::from_secs(30));
    assert_eq!(
        support.overflow[0],
        (OverflowWhen::Waited(Duration::from_secs(300)), Destination::Flow(FlowId::of("closed")))
    );
    assert!(plan.agents[1].phones().eq([PhoneId::of("bob")]), "an agent without devices has the phone of his name");
    assert_eq!(plan.queue(QueueId::of("sales")).unwrap().agents.len(), 2);
    assert_eq!(loaded.secrets.phones[&PhoneId::of("bob")].from, SecretRef::Env("BOB".into()));
    assert_eq!(plan.prompts.len(), 5);
    assert_eq!(plan.content_hash.len(), 64);
    assert_eq!((plan.routes[0].place.file.as_str(), plan.routes[0].place.line), ("strowger.toml", 59));
}

#[test]
fn a_caller_walks_from_the_greeting_through_the_menu_into_a_queue() {
    let plan = taken(WHOLE).plan;
    let (routed, _) = plan.route(&from_acme("+442079460001"), at("2026-11-20 10:00"));
    let routed = routed.unwrap();
    let mut cursor = Cursor::new(routed.destination, routed.record);
    assert_eq!(cursor.action(&plan), Action::Play { prompt: PromptId::of("welcome.wav") });
    let menu = Action::Menu { prompt: PromptId::of("choose.wav"), wait: Duration::from_secs(5) };
    assert_eq!(cursor.advance(&plan, Outcome::Done), menu);
    assert_eq!(cursor.advance(&plan, Outcome::Digit('7')), Action::Play { prompt: PromptId::of("sorry.wav") });
    assert_eq!(cursor.advance(&plan, Outcome::Done), menu);
    let support = Action::Queue { queue: QueueId::of("support"), credit: Duration::ZERO };
    assert_eq!(cursor.advance(&plan, Outcome::Digit('1')), support);
    assert_eq!(cursor.action(&plan), support);
    assert_eq!(cursor.advance(&plan, Outcome::Overflow(Some(0))), Action::Play { prompt: PromptId::of("closed.wav") });
    assert_eq!(cursor.advance(&plan, Outcome::Done), Action::HangUp { cause: Cause::NORMAL });
    assert_eq!(cursor.advance(&plan, Outcome::Done), Action::HangUp { cause: Cause::NORMAL }, "and stays there");
}

#[test]
fn a_step_with_times_is_passed_so_often_and_no_more() {
    let plan = taken(WHOLE).plan;
    let mut cursor = Cursor::new(Destination::Flow(FlowId::of("main")), false);
    let mut sorry = 0;
    let end = loop {
        match cursor.action(&plan) {
            Action::Play { prompt } => {
                sorry += usize::from(prompt == PromptId::of("sorry.wav"));
                cursor.advance(&plan, Outcome::Done);
            }
            Action::Menu { .. } => {
                cursor.advance(&plan, Outcome::NoInput);
            }
            other => break other,
        }
    };
    assert_eq!((sorry, end), (2, Action::Queue { queue: QueueId::of("support"), credit: Duration::ZERO }));
}

#[test]
fn outside_the_hours_the_other_way_is_taken_and_explained() {
    let plan = taken(WHOLE).plan;
    let (routed, explanation) = plan.route(&from_acme("+442079460001"), at("2026-12-24 10:30"));
    assert_eq!(routed.unwrap().destination, Destination::Flow(FlowId::of("closed")));
    assert_eq!(
        explanation.to_string(),
        "\
trunk acme              strowger.toml:7   by address 192.0.2.0/28
route to +442079460001  strowger.toml:59  number matches
  hours office          strowger.toml:54  closed: 2026-12-24..26
  otherwise             strowger.toml:64  -> flow closed
flow closed / say       strowger.toml:76  plays closed.wav, then hangs up (16, normal clearing)
not taken: route to any number (strowger.toml:66): comes after
"
    );
}

#[test]
fn a_trunk_gets_only_its_numbers_and_a_phone_may_dial_a_phone() {
    let plan = taken(WHOLE).plan;
    let now = at("2026-11-20 10:00");
    assert_eq!(plan.decide(&from_acme("+442079460100"), now), None, "not a number of the trunk");
    assert_eq!(plan.decide(&from_acme("101"), now), None, "an extension is nothing for a trunk");
    assert_eq!(plan.decide(&from_acme("+442079460002"), now).unwrap().route, Some(1));
    let from = Origin::Phone(PhoneId::of("alice"));
    let dialled = |called| plan.decide(&Arrival { from, caller: "alice", called }, now);
    assert_eq!(dialled("102").unwrap().destination, Destination::Phone(PhoneId::of("bob")));
    assert_eq!(dialled("bob").unwrap().destination, Destination::Phone(PhoneId::of("bob")));
    assert_eq!(dialled("999"), None);
}

#[test]
fn a_destination_without_a_flow_rings_and_gives_up_with_the_right_cause() {
    let plan = taken(WHOLE).plan;
    let bob = || Destination::Phone(PhoneId::of("bob"));
    let ring =
        Action::Ring { target: RingTarget::Phone(PhoneId::of("bob")), wait: Duration::from_secs(60), record: true };
    for (outcome, cause) in
        [(Outcome::Busy, Cause::BUSY), (Outcome::NoAnswer, Cause::NO_ANSWER), (Outcome::Unreachable, Cause::ABSENT)]
    {
        let mut cursor = Cursor::new(bob(), true);
        assert_eq!(cursor.action(&plan), ring);
        assert_eq!(cursor.advance(&plan, outcome), Action::HangUp { cause });
    }
}
