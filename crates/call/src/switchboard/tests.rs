//! Admission, what cannot be, and a panic in one call, at the switchboard itself.

use super::*;
use dialplan::{Destination, From, Plan, Route};
use sip::Source;
use terms::limits;
use terms::{IdSource, PhoneId, Pii, QueueId, TrunkId};

fn outputs(board: &mut Switchboard) -> Vec<Output> {
    std::iter::from_fn(|| board.poll_output()).collect()
}

fn arrival() -> sip::Arrival {
    sip::Arrival {
        source: Source::Trunk(TrunkId::of("carrier")),
        caller: Pii::from("+359888123456"),
        caller_name: None,
        withheld: false,
        called: Pii::from("100"),
        call_id: "one@example".into(),
        max_forwards: 70,
        remote: "192.0.2.1:5060".parse().unwrap(),
        body: None,
        diversion: None,
        replaces: None,
    }
}

fn arrive(board: &mut Switchboard, leg: LegId) {
    let event = sip::Event::Invited { leg, arrival: Box::new(arrival()) };
    board.handle_input(Now::default(), Input::Sip(event));
}

fn board() -> Switchboard {
    let mut board =
        Switchboard::new(Settings { incarnation: Incarnation::new(1, 1), workers: 1, calls_max: limits::CALLS });
    let trunk = dialplan::Trunk {
        id: TrunkId::of("carrier"),
        name: "carrier".into(),
        peers: vec![],
        media: None,
        target: None,
        host: None,
        register: None,
        trusted: false,
        diversion: dialplan::ToldForwards::None,
        redirects: 0,
        presented: Default::default(),
        incoming: Default::default(),
        outgoing: Default::default(),
        country: None,
        numbers: vec![],
        codecs: vec![dialplan::Codec::Pcma],
        calls_max: 10,
        user: None,
        probe: None,
        place: Default::default(),
    };
    let route = Route {
        from: From::AnyTrunk,
        to: None,
        during: None,
        go: Destination::Queue(QueueId::of("none")),
        otherwise: None,
        presented: Default::default(),
        rewrite: Default::default(),
        record: false,
        place: Default::default(),
    };
    let plan = Plan { trunks: vec![trunk], routes: vec![route], ..Plan::default() };
    board.handle_input(Now::default(), Input::Plan { plan: Arc::new(plan), devices: vec![], pins: None });
    outputs(&mut board);
    board
}

#[test]
fn a_full_ledger_closes_admission_until_it_takes_entries_again() {
    let mut board = board();
    let refused = |board: &mut Switchboard, leg| {
        arrive(board, leg);
        let said = outputs(board);
        said.iter().any(|output| matches!(output, Output::Sip(sip::Command::Refuse { status: 503, .. })))
    };
    board.handle_input(Now::default(), Input::LedgerFull(true));
    assert!(refused(&mut board, LegId::inbound(1)));
    board.handle_input(Now::default(), Input::LedgerFull(false));
    assert!(!refused(&mut board, LegId::inbound(2)));
}

#[test]
fn who_asks_what_would_become_of_a_call_is_told_and_leaves_nothing_behind() {
    let mut board = board();
    let ask = |board: &mut Switchboard, trunk: &str| {
        let source = Source::Trunk(TrunkId::of(trunk));
        let arrival = Box::new(sip::Arrival { source, ..arrival() });
        board.handle_input(Now::default(), Input::Sip(sip::Event::Queried { query: 7, arrival }));
        match outputs(board).as_slice() {
            [Output::Sip(sip::Command::AnswerQuery { query: 7, status })] => *status,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(ask(&mut board, "carrier"), 200);
    board.plan = Arc::new(Plan { routes: vec![], ..(*board.plan).clone() });
    assert_eq!(ask(&mut board, "carrier"), 404);
    board.handle_input(Now::default(), Input::MemoryFull(true));
    assert_eq!(ask(&mut board, "carrier"), 503);
}

#[test]
fn what_cannot_be_is_counted_and_what_is_merely_late_is_not() {
    let mut board = board();
    let mut hear = |leg, event| {
        board.handle_input(Now::default(), Input::Sip(sip::Event::Leg(LegId::inbound(leg), event)));
        board.inspect(Now::default()).astray
    };
    let ended = sip::LegEvent::Ended { by: sip::EndedBy::Peer, cause: None };
    assert!(hear(9, ended).is_empty(), "a call that was refused at the door ends, too");
    let counted = hear(9, sip::LegEvent::Established { body: None });
    assert_eq!(counted.into_iter().collect::<Vec<_>>(), [("news of a leg of no call", 1)]);
}

#[test]
fn the_place_of_a_leg_that_is_not_there_is_nobodys_and_nobody_is_transferred_to_a_number() {
    let mut board = board();
    let mut turned_down = |event| {
        board.handle_input(Now::default(), Input::Sip(event));
        let told = outputs(&mut board);
        told.iter().any(|output| {
            use sip::Command::{Refuse, RefuseRefer};
            matches!(output, Output::Sip(Refuse { status: 481, .. } | RefuseRefer { status: 603, .. }))
        })
    };
    let (one, two, by) = (LegId::inbound(1), LegId::inbound(2), PhoneId::of("a"));
    let replaces = Some(sip::Replaced { leg: two, early: false });
    let invited =
        |leg, replaces| sip::Event::Invited { leg, arrival: Box::new(sip::Arrival { replaces, ..arrival() }) };
    assert!(turned_down(invited(one, replaces)) && !turned_down(invited(two, None)));
    let referral = Box::new(sip::Referral { refer: 7, to: "1".into(), replaces: None, by });
    assert!(turned_down(sip::Event::Leg(two, sip::LegEvent::Referred(referral))));
}

#[test]
fn a_start_without_ids_takes_no_call_and_is_not_ready() {
    let start = Incarnation::new(0, 1);
    let with_left = |left: u64| IdSource::behind(start, (1 << 36) - 1 - left);
    type Spend = fn(&mut Ids, IdSource);
    let cases: [(Spend, u64, usize); 4] = [
        (|ids, few| ids.calls = few, 1, 1),
        (|ids, few| ids.contacts = few, limits::IDS_KEPT - 1, 0),
        (|ids, few| ids.captures = few, limits::IDS_KEPT - 1, 0),
        (|ids, _| *ids = Ids::new(Incarnation::new(0, u32::MAX)), 0, 0),
    ];
    for (spend, left, taken) in cases {
        let mut board = board();
        spend(&mut board.office.ids, with_left(left));
        (1..=3).for_each(|leg| arrive(&mut board, LegId::inbound(leg)));
        let said = outputs(&mut board);
        let refused = |said: &&Output| matches!(said, Output::Sip(sip::Command::Refuse { status: 503, .. }));
        assert_eq!(said.iter().filter(refused).count(), 3 - taken, "{said:?}");
        let seen = board.inspect(Now::default());
        assert_eq!((seen.calls.len(), seen.ids_spent), (taken, true));
        let counted = seen.refusals.get("ids exhausted").copied().unwrap_or(0);
        assert_eq!(counted, 3 - taken as u64);
    }
}

#[test]
fn a_running_call_that_finds_no_id_for_its_contact_ends_with_a_record() {
    let mut board = board();
    arrive(&mut board, LegId::inbound(1));
    outputs(&mut board);
    board.office.ids.contacts = IdSource::behind(Incarnation::new(0, 1), u64::MAX);
    let opened =
        media::Event::Stream(StreamId(1), media::StreamEvent::Opened { local: "192.0.2.2:4000".parse().unwrap() });
    board.handle_input(Now::default(), Input::Media { worker: 0, event: opened });
    let said = outputs(&mut board);
    let refused = |said: &Output| matches!(said, Output::Sip(sip::Command::Refuse { .. }));
    assert!(said.iter().any(refused), "{said:?}");
    assert_eq!(board.inspect(Now::default()).refusals.get("ids exhausted"), Some(&1));
}

#[test]
fn a_leg_or_an_event_that_could_not_be_numbered_closes_admission_too() {
    let mut board = board();
    arrive(&mut board, LegId::inbound(1 << 35));
    assert_eq!((board.running(), board.inspect(Now::default()).ids_spent), (0, true));
    let mut board = self::board();
    board.handle_input(Now::default(), Input::IdsSpent);
    arrive(&mut board, LegId::inbound(1));
    assert_eq!((board.running(), board.inspect(Now::default()).ids_spent), (0, true));
}

#[test]
fn a_panic_in_one_call_ends_that_call_with_a_record_and_leaves_the_others_alone() {
    let mut board = board();
    let (first, second) = (LegId::inbound(1), LegId::inbound(2));
    arrive(&mut board, first);
    arrive(&mut board, second);
    outputs(&mut board);
    let call = board.office.index.legs[&first];
    board.tell(Now::default(), call, Signal::Panic);
    let said = outputs(&mut board);
    let refused =
        |output: &Output| matches!(output, Output::Sip(sip::Command::Refuse { leg, status: 500, .. }) if *leg == first);
    assert!(said.iter().any(refused), "{said:?}");
    let gone = sip::LegEvent::Ended { by: sip::EndedBy::Us, cause: None };
    board.handle_input(Now::default(), Input::Sip(sip::Event::Leg(first, gone)));
    let closed = media::Event::Stream(StreamId(1), media::StreamEvent::Closed { totals: Box::default() });
    board.handle_input(Now::default(), Input::Media { worker: 0, event: closed });
    let closed = |output: &Output| matches!(output, Output::Ledger(Entry::Closed(record)) if record.call == call);
    assert!(outputs(&mut board).iter().any(closed));
    let left = board.inspect(Now::default());
    assert_eq!((left.calls.len(), left.refusals.get("panic in a call")), (1, Some(&1)));
}

#[test]
fn who_is_sent_out_of_a_recorded_room_is_recorded_there_no_more() {
    let mut stage = super::stage::Stage::new();
    let (one, other) = (LegId::inbound(1), LegId::inbound(2));
    stage.arrive(one, "3");
    stage.arrive(other, "3");
    let [Some(_), Some(right)] = stage.recorded else { panic!("both are recorded: {:?}", stage.recorded) };
    assert_eq!(stage.board.office.index.legs[&one], stage.board.office.index.legs[&other], "they are in one room");
    let to =
        dialplan::Routed { destination: dialplan::Destination::Phone(PhoneId::of("bob")), record: false, route: None };
    stage.verb(other, Verb::Away { party: other, to, by: None, called: "102".into() });
    assert_ne!(stage.board.office.index.legs[&one], stage.board.office.index.legs[&other], "he has a call of his own");
    assert!(!stage.recorded.contains(&Some(right)), "{:?}", stage.recorded);
}
