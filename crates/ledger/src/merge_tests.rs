//! Posting groups together, one by one, or once more leaves the same tables.

use crate::batch::Batch;
use crate::{Item, Name, OverlayRow, Reload, store};
use call::cdr::{
    By, CallEvent, CallEventKind, CallRecord, Entry, ForwardedBy, How, KeptContact, LegRecord, LegRole, Moved, Outcome,
    Parking, Recording, Seating, Track, Watching,
};
use node::{Happening, Record};
use proptest::prelude::*;
use sqlx::{Connection, Row as _, SqliteConnection};
use terms::{
    AgentId, CallRef, CaptureId, Cause, ContactId, ContactKind, IdSource, Incarnation, LegId, Now, PhoneId, Pii,
    QueueId, RoomId, Seq, Slot, TrunkId, Wall,
};

/// Calls of an earlier start, which died; the later ones are of this start.
const DEAD: u64 = 100;
const START: Incarnation = Incarnation::new(0, 3);

fn record(call: u64, outcome: Outcome, at: u64) -> Box<CallRecord> {
    let ended = (outcome != Outcome::Open).then(|| Wall::from_millis(at.cast_signed()));
    Box::new(CallRecord {
        call: CallRef(call),
        sip_call_id: format!("call {call}"),
        source: sip::Source::Trunk(TrunkId::of("acme")),
        caller: Pii::from("1"),
        called: Pii::from("2"),
        started: Wall::from_millis(call.cast_signed()),
        answered: ended,
        connected: ended,
        ended,
        outcome,
        status: None,
        cause: Cause::NORMAL,
        ended_by: By::Caller,
        queue: None,
        contact: None,
        agent: None,
        phone: None,
        trunk_out: None,
        waited_ms: at,
        talked_ms: 0,
        held_ms: 0,
        capture: None,
        digits: String::new(),
        media: None,
        joined: at.is_multiple_of(3).then_some(CallRef(DEAD)),
    })
}

fn recording(call: u64, capture: u64, at: u64) -> Box<Recording> {
    let summary = media::CaptureSummary { file: format!("{at}.wav"), duration_ms: at, gap_ms: 0, fault: None };
    let started = Wall::from_millis(at.cast_signed());
    Box::new(Recording {
        capture: CaptureId(capture),
        call: CallRef(call),
        started,
        summary,
        tracks: vec![Track { side: 1, leg: Some(2), since: started }],
    })
}

fn agent(nth: u64, at: u64, status: acd::Status) -> Item {
    let (reason, status) = (status.reason().cloned(), status.kind().into());
    let work = acd::WorkKind::Idle.into();
    let what =
        CallEventKind::AgentState { status, reason, work, lasted_ms: None, reachable: None, wrapped_ms: Some(at) };
    let (contact, segment) = (Some(ContactId(nth % 2)), Some((at % 2) as u16));
    event(at, None, (contact, segment), Some(AgentId(nth)), what)
}

fn event(
    at: u64,
    call: Option<u64>,
    (contact, segment): (Option<ContactId>, Option<u16>),
    agent: Option<AgentId>,
    what: CallEventKind,
) -> Item {
    let (wall, call, queue) = (Wall::from_millis(at.cast_signed()), call.map(CallRef), call.map(QueueId));
    told(at, Entry::Event(CallEvent { at: wall, call, queue, contact, segment, agent, what }))
}

/// Something that happens to a contact in a queue.
fn in_a_queue(nth: u64, at: u64) -> Item {
    let (waited_ms, before_ms, again, contact_kind) = (at % 50, 0, false, ContactKind::Chat);
    let what = match at % 8 {
        0 | 1 => CallEventKind::Entered { position: 1, again, contact_kind },
        2 => CallEventKind::Connected { waited_ms, rang_ms: at, before_ms, again, contact_kind: Default::default() },
        7 => CallEventKind::Disposed { disposition: "sold".into(), instead_of: None },
        3 => CallEventKind::Completed {
            by: By::Caller,
            talked_ms: at % 60,
            held_ms: 0,
            contact_kind: Default::default(),
        },
        4 => CallEventKind::Abandoned { waited_ms, before_ms, contact_kind: Default::default() },
        5 => CallEventKind::Withdrawn { why: acd::Withdrawal::Dropped.into(), waited_ms, before_ms },
        _ => CallEventKind::Overflowed {
            why: "full".into(),
            waited_ms,
            again,
            before_ms,
            let_in: Some(true),
            contact_kind,
        },
    };
    event(at, Some(DEAD + nth), (Some(ContactId(nth)), Some((at / 8 % 2) as u16)), Some(AgentId(nth)), what)
}

/// An entry of the journal; now and then a configuration, one of three.
fn journalled(nth: u64, at: u64) -> Item {
    let agent = |id| acd::AgentSetup {
        id: AgentId(id),
        skills: Default::default(),
        wrap_up: None,
        initial: acd::Status::Ready,
        capacity: Default::default(),
    };
    let setup = acd::Setup {
        agents: vec![agent(at % 3)],
        present: vec![(AgentId(nth), Default::default())],
        ..Default::default()
    };
    let what = match at % 2 {
        0 => acd::What::Tick,
        _ => acd::What::Input(acd::Command::Reconfigure(setup.into())),
    };
    let now = Now { wall: Wall::from_millis(at.cast_signed()), ..Now::default() };
    let entry = acd::Entry { sequence: at, now, what };
    numbered(at, Happening::Acd(Box::new(entry)))
}

/// Something that happened, numbered by its place.
fn numbered(at: u64, what: Happening) -> Item {
    let seq = Seq { node: START.node(), start: START.start(), n: at + 1 };
    Item::Happened(Record { seq, at: Wall::from_millis(at.cast_signed()), what })
}

fn told(at: u64, entry: Entry) -> Item {
    numbered(at, Happening::Call(entry))
}

fn binding(nth: u64, at: u64) -> Item {
    Item::Binding(Box::new(sip::BindingChange {
        phone: PhoneId(nth % 2),
        key: format!("key {}", nth / 2),
        contact: Pii::from("sip:x@y"),
        remote: ([192, 0, 2, 7], 5060).into(),
        transport: sip::Transport::Udp,
        local: ([192, 0, 2, 8], 5060).into(),
        q: 0,
        call_id: "x".into(),
        cseq: at as u32,
        expires: Wall::from_millis(at.cast_signed()),
    }))
}

/// A leg of a call, as it is known at that time.
fn leg_record(call: u64, at: u64) -> Box<LegRecord> {
    let (call, who) = (CallRef(call), sip::Source::Phone(PhoneId(at)));
    let mut leg = LegRecord::new(call, 1, LegRole::Callee, who, Wall::from_millis(at.cast_signed()));
    leg.how = How::Lost;
    leg.charged_to = Some(sip::Source::Phone(PhoneId(7)));
    leg.forwarded = vec![ForwardedBy { phone: Some(PhoneId(7)), number: None, why: terms::ForwardWhy::Busy }];
    leg.media = Some(media::StreamTotals { packets_sent: at, ..Default::default() });
    Box::new(leg)
}

/// The same, since it went on in another call.
fn moved(call: u64, at: u64) -> Box<LegRecord> {
    let mut leg = leg_record(DEAD + call, at);
    leg.moves = vec![Moved { call: CallRef(call), nth: (at % 2) as u16, until: Wall::from_millis(at.cast_signed()) }];
    leg
}

fn parking(call: u64, at: u64) -> Parking {
    let since = Wall::from_millis(at.cast_signed());
    Parking { call: CallRef(call), nth: Some(0), slot: Slot(701), by: None, since, end: None }
}

/// A task as it is known at that time.
fn message(nth: u64, at: u64) -> call::cdr::Message {
    let wall = Wall::from_millis(at.cast_signed());
    call::cdr::Message {
        capture: CaptureId(nth),
        call: CallRef(nth),
        mailbox: terms::Mailbox::Phone(PhoneId(nth)),
        who: sip::Source::Phone(PhoneId(nth)),
        number: Pii::new(format!("{nth}")),
        since: wall,
        until: at.is_multiple_of(2).then_some(wall),
        dropped: at.is_multiple_of(4),
    }
}

fn mark(nth: u64, at: u64) -> call::cdr::MessageMark {
    use call::cdr::Mark::{Deleted, Done, Heard};
    let what = [Heard, Done, Deleted][at as usize % 3];
    call::cdr::MessageMark {
        capture: CaptureId(nth),
        what,
        at: Wall::from_millis(at.cast_signed()),
        by: format!("{at}"),
    }
}

fn kept(nth: u64, at: u64) -> KeptContact {
    let (contact, queue, kind, subject) = (ContactId(nth), QueueId(at), ContactKind::Task, Pii::from("x"));
    KeptContact {
        contact,
        queue,
        kind,
        subject,
        segment: 0,
        before_ms: at,
        entered: Wall::from_millis(at.cast_signed()),
    }
}

/// Somebody watches, or does so no more.
fn watching(call: u64, at: u64) -> Watching {
    let (who, whom) = (sip::Source::Phone(PhoneId(at)), sip::Source::Phone(PhoneId(2)));
    let (since, mode, agent) = (Wall::from_millis(at.cast_signed()), Default::default(), None);
    let until = at.is_multiple_of(2).then_some(since);
    Watching { call: CallRef(call), nth: 0, leg: Some(2), who, of_leg: Some(1), whom, agent, mode, since, until }
}

/// Somebody is invited, chooses a password, logs in and out.
fn access(nth: u64, at: u64) -> crate::Access {
    let (user, proof) = (format!("user {nth}"), format!("proof {}", at / 8));
    let (asked, browser, at_wall) = ("x".into(), "y".into(), Wall::from_millis(at.cast_signed()));
    match at % 6 {
        0 => crate::Access::Invited(crate::Invitation { proof, user, asked, at: at_wall, until: at_wall }),
        1 => crate::Access::Password { user, phc: format!("$argon2id${at}"), at: at_wall },
        2 => crate::Access::Session(crate::Session { proof, user, began: at_wall, seen: at_wall, browser }),
        3 => crate::Access::Ended(proof),
        4 => crate::Access::Seen(proof, at_wall),
        _ => crate::Access::Locked(user),
    }
}

/// Somebody is in a room, or is so no more.
fn seating(call: u64, at: u64) -> Seating {
    let (room, who, number) = (RoomId(3), sip::Source::Phone(PhoneId(at)), "101".into());
    let since = Wall::from_millis(at.cast_signed());
    let until = at.is_multiple_of(2).then_some(since);
    Seating { call: CallRef(call), nth: 0, room, leg: Some(2), who, number, host: false, since, until }
}

/// A leg's dialog is confirmed, moves for a while, and ends, once.
fn dialog(ages: &mut [u64; 4], nth: u64, at: u64) -> Option<Item> {
    let age = &mut ages[nth as usize];
    let leg = LegId::inbound(nth);
    let party = || sip::KeptParty { display: None, uri: "sip:x@y".into() };
    let owed = Box::new(sip::Owed::Bye(sip::KeptDialog {
        call_id: format!("dialog {nth}"),
        local_tag: "l".into(),
        remote_tag: "r".into(),
        local: party(),
        remote: party(),
        seq: at as u32,
        routes: vec![],
        target: "sip:x@192.0.2.1".into(),
        peer: sip::Source::Phone(PhoneId(1)),
        transport: sip::Transport::Udp,
        to: ([192, 0, 2, 7], 5060).into(),
        from: ([192, 0, 2, 8], 5060).into(),
    }));
    *age += 1;
    let change = match *age {
        1 => sip::DialogChange::Begun { leg, owed },
        2 | 3 => sip::DialogChange::Moved { leg, owed },
        4 => sip::DialogChange::Ended { leg },
        _ => return None,
    };
    Some(Item::Dialog(change, (*age < 4 && nth.is_multiple_of(2)).then(|| leg_record(nth, at))))
}

/// What comes in at this place. `at` is unique, so that which of two won can be seen.
fn item(ages: &mut [u64; 4], kind: u8, nth: u64, at: u64) -> Option<Item> {
    let (id, wall) = (nth.cast_signed(), Wall::from_millis(at.cast_signed()));
    Some(match kind {
        0 => told(at, Entry::Opened(record(nth, Outcome::Open, at))),
        1 => told(at, Entry::Closed(record(nth, Outcome::Answered, at))),
        2 => in_a_queue(nth, at),
        3 => told(at, Entry::Captured(recording(nth, nth, at))),
        4 => Item::Salvaged(recording(DEAD + nth, nth + at % 2, at)),
        5 => Item::Sealed { capture: CaptureId(nth), sha256: [at as u8; 32] },
        6 => agent(nth, at, acd::Status::Ready),
        7 => agent(nth, at, acd::Status::NotReady("lunch".into())),
        8 => agent(nth, at, acd::Status::NotReady("tea".into())),
        9 => binding(nth, at),
        10 => {
            Item::Name(Box::new(Name { name: format!("name {at}"), ..Name::agent(["a", "b", "c", "d"][nth as usize]) }))
        }
        11 => Item::Overlay(id, None),
        12 => Item::Overlay(id, Some(Box::new(OverlayRow { id, at: wall, asked: "x".into(), change: "{}".into() }))),
        13 => {
            let (before, after) = (String::new(), String::new());
            let (asked, detail) = ("x".into(), format!("at {at}"));
            Item::Reload(Box::new(Reload { at: wall, asked, taken: true, before, after, detail }))
        }
        14 => journalled(nth, at),
        15 => numbered(at, Happening::Phone { phone: PhoneId(nth), reachable: at.is_multiple_of(2) }),
        16 => numbered(at, Happening::Plan { hash: format!("hash {at}") }),
        17 => told(at, Entry::Leg(leg_record(nth, at))),
        18 => told(at, Entry::Moved { leg: LegId::inbound(nth), record: moved(nth, at) }),
        19 => told(at, Entry::Parked(Box::new(parking(nth, at)))),
        20 => told(at, Entry::Watched(Box::new(watching(nth, at)))),
        21 => Item::Access(Box::new(access(nth, at))),
        22 => Item::Contact(ContactId(nth), at.is_multiple_of(3).then(|| Box::new(kept(nth, at)))),
        23 => told(at, Entry::Seated(Box::new(seating(nth, at)))),
        24 => told(at, Entry::Message(Box::new(message(nth, at)))),
        25 => told(at, Entry::Marked(Box::new(mark(nth, at)))),
        _ => return dialog(ages, nth, at),
    })
}

/// The same groups each time it is asked.
fn groups(from: &[Vec<(u8, u64)>]) -> Vec<Batch> {
    let (mut ages, mut ids, mut at) = ([0; 4], IdSource::new(START), 1_000);
    let group = |items: &Vec<(u8, u64)>| {
        let mut group = Batch::new(START);
        for (kind, nth) in items {
            at += 1;
            if let Some(item) = item(&mut ages, *kind, *nth, at) {
                group.add(item, &mut ids);
            }
        }
        group
    };
    from.iter().map(group).collect()
}

/// An account in memory with calls that died.
async fn account() -> SqliteConnection {
    let mut db = SqliteConnection::connect("sqlite::memory:").await.unwrap();
    crate::migrations::migrator().run(&mut db).await.unwrap();
    let earlier = Incarnation::new(0, 2);
    let (mut dead, mut ids) = (Batch::new(earlier), IdSource::new(earlier));
    for nth in 0..4 {
        let seq = Seq { node: 0, start: 2, n: nth + 1 };
        let what = Happening::Call(Entry::Opened(record(DEAD + nth, Outcome::Open, 0)));
        dead.add(Item::Happened(Record { seq, at: Wall::default(), what }), &mut ids);
    }
    store::commit(&mut db, 1, None, &dead).await.unwrap();
    db
}

/// Every row of every table; journal and stream entry by entry, since where they are cut is nobody's business.
async fn rows(db: &mut SqliteConnection) -> Vec<String> {
    let mut found = vec![];
    let tables = [
        "calls",
        "legs",
        "moves",
        "merges",
        "charges",
        "forwards",
        "watches",
        "seats",
        "messages",
        "message_marks",
        "tracks",
        "events",
        "happenings",
        "contacts",
        "segments",
        "recordings",
        "agents",
        "bindings",
        "names",
        "dialogs",
        "reloads",
        "overlay",
        "kept_contacts",
        "passwords",
        "invitations",
        "sessions",
    ];
    for table in tables {
        let sql = format!("SELECT group_concat(name) FROM pragma_table_info('{table}')");
        let columns: String = sqlx::query(sqlx::AssertSqlSafe(sql)).fetch_one(&mut *db).await.unwrap().get(0);
        let sql = format!("SELECT json_array('{table}', {columns}) AS line FROM {table} ORDER BY line");
        let lines = sqlx::query(sqlx::AssertSqlSafe(sql)).fetch_all(&mut *db).await.unwrap();
        found.extend(lines.iter().map(|line| line.get::<String, _>(0)));
    }
    let names = "SELECT count(*) FROM setups JOIN journal
        ON instr(CAST(entries AS TEXT), hash) > 0 AND journal.last_id > setups.last_id";
    assert_eq!(sqlx::query(names).fetch_one(&mut *db).await.unwrap().get::<i64, _>(0), 0, "a later row names it");
    for line in sqlx::query("SELECT hash || setup FROM setups ORDER BY hash").fetch_all(&mut *db).await.unwrap() {
        found.push(line.get(0));
    }
    for sql in [
        "SELECT CAST(entries AS TEXT) FROM journal ORDER BY incarnation, first",
        "SELECT CAST(moments AS TEXT) FROM pages ORDER BY first_id",
    ] {
        for line in sqlx::query(sql).fetch_all(&mut *db).await.unwrap() {
            let entries: Vec<serde_json::Value> = serde_json::from_str(line.get(0)).unwrap();
            found.extend(entries.iter().map(ToString::to_string));
        }
    }
    found
}

async fn post(db: &mut SqliteConnection, batch: Batch) {
    let batch = batch.news(db).await.unwrap();
    store::commit(db, 2, None, &batch).await.unwrap();
}

fn merged(groups: Vec<Batch>) -> Batch {
    let mut all = Batch::new(START);
    groups.into_iter().for_each(|group| all.merge(group));
    all
}

/// As the daybook holds it.
fn read_back(batch: &Batch) -> Batch {
    let (mut back, mut texts): (Batch, _) =
        (serde_json::from_slice(&serde_json::to_vec(batch).unwrap()).unwrap(), vec![]);
    batch.write_texts(&mut texts);
    back.read_texts(&texts).unwrap();
    back
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn groups_posted_together_one_by_one_or_again_leave_the_same_tables(
        from in prop::collection::vec(prop::collection::vec((0..=27_u8, 0..2_u64), 0..24), 2..8),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let (mut one_by_one, mut together, mut again) = (account().await, account().await, account().await);
            for group in groups(&from) {
                post(&mut one_by_one, group).await;
            }
            post(&mut together, read_back(&merged(groups(&from).iter().map(read_back).collect()))).await;
            let wanted = rows(&mut one_by_one).await;
            prop_assert_eq!(&rows(&mut together).await, &wanted);
            // What the database has of a round it has wholly: only then may a round come again, cut as it may be.
            post(&mut again, merged(groups(&from))).await;
            post(&mut again, merged(groups(&from))).await;
            prop_assert_eq!(&rows(&mut again).await, &wanted);
            for group in groups(&from) {
                post(&mut again, group).await;
            }
            prop_assert_eq!(&rows(&mut again).await, &wanted);
            Ok(())
        })?;
    }
}

#[test]
fn a_group_keeps_the_names_that_the_daybook_has_for_changes() {
    let line = r#"{"desk":{"reloads":[[7,{"at":1,"asked":"root","taken":true,"before":"a","after":"b","detail":"c"}]],
        "overlay":{"9":{"id":9,"at":2,"asked":"root","change":"{}"},"10":null}}}"#;
    let said: serde_json::Value = serde_json::from_str(line).unwrap();
    let read: Batch = serde_json::from_str(line).unwrap();
    assert!(!read.changes.is_empty());
    assert_eq!(serde_json::to_value(&read).unwrap()["desk"], said["desk"]);
}
