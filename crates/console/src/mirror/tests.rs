//! The mirror, told what a switch tells.

use super::boards::Boards;
use super::{Mirror, Then};
use crate::testing::{after, agent, connected, entered, event, journal, record, snapshot};
use acd::{Command, Status, What, Work};
use call::cdr::CallEventKind;
use node::Happening;
use terms::{AgentId, ContactId, OfferId, QueueId};

fn told(records: &[node::Record]) -> Mirror {
    let mut mirror = Mirror::new(snapshot());
    records.iter().for_each(|record| assert_eq!(mirror.take(record), Then::Nothing));
    mirror
}

fn waiting(mirror: &Mirror, queue: &str) -> (usize, Option<String>) {
    let state = mirror.queue_state(QueueId::of(queue), after(60_000)).unwrap();
    (state.waiting, state.longest_since)
}

#[test]
fn who_waits_is_who_entered_and_was_neither_answered_nor_left_nor_was_sent_on() {
    let overflowed = serde_json::json!({ "kind": "overflowed", "why": "full", "waited_ms": 1 });
    let overflowed: CallEventKind = serde_json::from_value(overflowed).unwrap();
    let mirror = told(&[
        event(11, 1_000, 1, "support", None, entered()),
        event(12, 2_000, 2, "support", None, entered()),
        event(13, 3_000, 3, "support", None, entered()),
        event(14, 4_000, 4, "sales", None, entered()),
        event(15, 5_000, 1, "support", Some("anna"), CallEventKind::Offered { contact_kind: Default::default() }),
    ]);
    assert_eq!(waiting(&mirror, "support"), (3, Some("2023-11-14T22:13:21.000Z".into())), "who is offered waits still");
    let mut mirror = mirror;
    for last in [
        event(16, 6_000, 1, "support", Some("anna"), connected(5_000)),
        event(
            17,
            7_000,
            3,
            "support",
            None,
            CallEventKind::Abandoned { waited_ms: 4_000, before_ms: 0, contact_kind: Default::default() },
        ),
        event(18, 8_000, 4, "sales", None, overflowed),
    ] {
        mirror.take(&last);
    }
    assert_eq!(waiting(&mirror, "support"), (1, Some("2023-11-14T22:13:22.000Z".into())));
    assert_eq!(waiting(&mirror, "sales"), (0, None));
    let today = mirror.queue_state(QueueId::of("support"), after(9_000)).unwrap().today;
    assert_eq!((today.answered, today.abandoned, today.service_level), (1, 1, Some(1.0)));
}

#[test]
fn what_the_snapshot_has_is_not_counted_again_and_a_configuration_asks_for_another() {
    let mut mirror = Mirror::new(snapshot());
    mirror.take(&event(10, 1_000, 1, "support", None, entered()));
    assert_eq!(waiting(&mirror, "support").0, 0);
    assert_eq!(mirror.take(&record(11, 2_000, Happening::Plan { hash: String::new() })), Then::AskAgain);
    assert_eq!(mirror.as_of().to_string(), "0-1-11");
}

#[test]
fn an_agent_is_what_the_routing_core_says_and_his_change_waits_while_he_is_held() {
    let wants = |n, ms, status| {
        let agent = AgentId::of("anna");
        journal(n, ms, What::Input(Command::SetStatus { agent, status }))
    };
    let engaged = |n, ms, engaged| {
        let agent = AgentId::of("anna");
        journal(n, ms, What::Input(Command::Engaged { agent, engaged }))
    };
    let lunch = || Status::NotReady("lunch".into());
    let mut mirror = told(&[agent(11, 1_000, "anna", Status::Ready, Work::Idle)]);
    let anna = |mirror: &Mirror| mirror.agent_state(AgentId::of("anna")).unwrap();
    assert_eq!((anna(&mirror).state, anna(&mirror).pending), ("ready", None));
    mirror.take(&engaged(12, 2_000, true));
    assert_eq!((anna(&mirror).state, anna(&mirror).since.as_str()), ("other_call", "2023-11-14T22:13:21.000Z"));
    mirror.take(&engaged(13, 3_000, false));
    mirror.take(&agent(14, 4_000, "anna", Status::Ready, Work::Reserved(OfferId(1))));
    mirror.take(&wants(15, 5_000, lunch()));
    mirror.take(&agent(16, 6_000, "anna", Status::Ready, Work::Talking(ContactId(1))));
    assert_eq!((anna(&mirror).state, anna(&mirror).pending), ("talking", Some("not_ready")));
    mirror.take(&agent(17, 7_000, "anna", lunch(), Work::WrapUp));
    assert_eq!((anna(&mirror).state, anna(&mirror).pending), ("wrap_up", None));
    mirror.take(&agent(18, 8_000, "anna", lunch(), Work::Idle));
    let line = anna(&mirror);
    assert_eq!(
        (line.state, line.reason.as_deref(), line.queues),
        ("paused", Some("lunch"), vec!["support".to_owned()])
    );
    let staff = mirror.queue_state(QueueId::of("support"), after(0)).unwrap().agents;
    assert_eq!((staff.paused, staff.logged_in, staff.ready), (1, 1, 0));
}

#[test]
fn a_call_goes_where_its_contact_goes_and_what_has_changed_is_told_once() {
    let mut mirror = told(&[]);
    let opened = |n, call| {
        let record_of = serde_json::json!({
            "call": call, "sip_call_id": "x", "source": { "Phone": 1 }, "caller": "+44207", "called": "500",
            "started": after(0), "answered": null, "connected": null, "ended": null, "outcome": "open", "status": null,
            "cause": 16, "ended_by": "switch", "queue": null, "contact": null, "agent": null, "phone": null,
            "trunk_out": null, "waited_ms": 0, "talked_ms": 0, "held_ms": 0, "capture": null, "digits": "", "media": null,
        });
        let call: call::cdr::CallRecord = serde_json::from_value(record_of).unwrap();
        (record(n, 0, Happening::Call(call::cdr::Entry::Opened(Box::new(call.clone())))), call)
    };
    let (open, call) = opened(11, 7);
    mirror.take(&open);
    let stage = |mirror: &Mirror| {
        let state = mirror.call_state(call.call).unwrap();
        (terms::Word::word(state.stage), state.agent)
    };
    assert_eq!(stage(&mirror), ("open", None));
    assert_eq!(mirror.changes().calls.len(), 1);
    assert!(mirror.changes().is_empty(), "told once");
    let failed = || CallEventKind::OfferFailed {
        why: acd::OfferEnd::NoAnswer.into(),
        rang_ms: 1,
        contact_kind: Default::default(),
    };
    let mut n = 11;
    let mut then = |mirror: &mut Mirror, agent, what| {
        n += 1;
        mirror.take(&event(n, 1_000 * n as i64, 7, "support", agent, what));
        stage(mirror)
    };
    assert_eq!(then(&mut mirror, None, entered()), ("queued", None));
    assert_eq!(
        then(&mut mirror, Some("anna"), CallEventKind::Offered { contact_kind: Default::default() }),
        ("offered", Some("anna".into()))
    );
    assert_eq!(
        then(&mut mirror, Some("boris"), CallEventKind::Offered { contact_kind: Default::default() }),
        ("offered", Some("boris".into()))
    );
    assert_eq!(then(&mut mirror, Some("boris"), failed()).0, "offered", "another one rings still");
    assert_eq!(then(&mut mirror, Some("anna"), failed()), ("queued", None));
    assert_eq!(
        then(&mut mirror, Some("anna"), CallEventKind::Offered { contact_kind: Default::default() }).0,
        "offered"
    );
    assert_eq!(then(&mut mirror, Some("anna"), connected(1)), ("talking", Some("anna".into())));
    let completed =
        CallEventKind::Completed { by: terms::By::Caller, talked_ms: 1, held_ms: 0, contact_kind: Default::default() };
    assert_eq!(then(&mut mirror, Some("anna"), completed), ("open", None));
    mirror.take(&record(99, 0, Happening::Call(call::cdr::Entry::Closed(Box::new(call.clone())))));
    assert!(mirror.call_state(call.call).is_none());
    assert_eq!(mirror.changes().ended.len(), 1);
}

#[test]
fn a_board_adds_its_queues_up_counts_an_agent_once_and_tells_no_news_of_a_wait_that_grows() {
    let (mut boards, mut mirror) = (Boards::default(), told(&[]));
    mirror.take(&event(11, 1_000, 1, "support", None, entered()));
    mirror.take(&event(12, 2_000, 2, "sales", None, entered()));
    mirror.take(&agent(13, 3_000, "boris", Status::Ready, Work::Idle));
    let all = boards.news(&mirror, after(4_000));
    let values: Vec<_> = all[0].figures.iter().map(|figure| (figure.value, figure.level)).collect();
    assert_eq!(values, [(Some(2.0), "warning"), (None, "ok"), (Some(1.0), "ok")], "boris serves both, and is one");
    assert_eq!(all[0].figures[1].since.as_deref(), Some("2023-11-14T22:13:21.000Z"));
    assert_eq!((all[1].name.as_str(), all[1].figures[0].value), ("shop", Some(1.0)));
    assert!(boards.news(&mirror, after(50_000)).is_empty());
    mirror.take(&agent(14, 51_000, "boris", Status::Ready, Work::Talking(ContactId(2))));
    let news = boards.news(&mirror, after(51_000));
    assert_eq!((news[0].figures[2].level, news[0].figures[2].level_since.is_some()), ("critical", true));
}

fn ordered(n: u64, by: control::Actor, status: control::AgentWish, reason: &str) -> node::Record {
    let what = control::Verb::Agent { name: "anna".into(), status, reason: Some(reason.to_owned()) };
    let command = control::Command { id: "k".to_owned().try_into().ok(), by, what };
    let reply = control::Reply::Done("so be it".into());
    record(n, 1_000, Happening::Command(Box::new(node::Ordered { command, reply, before: None, after: None })))
}

#[test]
fn an_agent_is_told_what_somebody_else_has_wanted_of_him_until_he_says_something_himself() {
    use control::{Actor, AgentWish};
    let chief = || Actor::User("chief".into());
    let mut mirror = told(&[ordered(11, chief(), AgentWish::Logout, "go home, it is late")]);
    let seen = |mirror: &Mirror| mirror.agent_state(AgentId::of("anna")).unwrap().set_by;
    let by = seen(&mirror).unwrap();
    assert_eq!(
        (by.by.as_str(), by.wish, by.reason.as_deref()),
        ("user:chief", "logged_out", Some("go home, it is late"))
    );
    assert_eq!(by.command.as_deref(), Some("k"), "whoever has asked knows it again");
    assert!(mirror.changes().agents.contains(&AgentId::of("anna")), "it is told at once");
    // A reload asks for a snapshot, which does not know it.
    let mut again = Mirror::new(snapshot());
    again.inherit(&mut mirror);
    assert!(seen(&again).is_some());
    again.take(&ordered(12, Actor::Agent("anna".into()), AgentWish::Ready, ""));
    assert_eq!(seen(&again), None);
}

#[test]
fn a_call_shows_who_watches_it_and_who_hears_him_from_stretch_to_stretch() {
    use call::cdr::{Entry, Watching};
    let call = terms::CallRef(0x1000_0000_0007);
    let mut mirror = Mirror::new(snapshot());
    mirror.take(&event(11, 1_000, 7, "support", None, entered()));
    let watching = |n, nth, mode, until: Option<i64>| {
        let carol = sip::Source::Phone(terms::PhoneId::of("carol"));
        let watching = Watching {
            call,
            nth,
            leg: Some(4),
            who: carol,
            of_leg: Some(2),
            whom: carol,
            agent: Some(AgentId::of("anna")),
            mode,
            since: after(1_000),
            until: until.map(after),
        };
        record(n, 2_000, Happening::Call(Entry::Watched(Box::new(watching))))
    };
    let modes = |mirror: &Mirror| mirror.told.watches.values().map(|watch| watch.mode).collect::<Vec<_>>();
    use terms::WatchMode::{Listen, Whisper};
    mirror.take(&watching(12, 0, Listen, None));
    assert_eq!(modes(&mirror), [Listen]);
    assert!(mirror.changes().calls.contains(&call));
    // The next stretch may be told before the end of the last.
    mirror.take(&watching(13, 1, Whisper, None));
    mirror.take(&watching(14, 0, Listen, Some(2_000)));
    assert_eq!(modes(&mirror), [Whisper]);
    mirror.take(&watching(15, 1, Whisper, Some(3_000)));
    assert_eq!(modes(&mirror), []);
}
