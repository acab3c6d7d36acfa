//! Random days: what `report`, `calls` and the live figures of status and metrics say, against SQL written apart from them.
#![allow(clippy::unwrap_used)] // A test; clippy sees only the functions marked so.

mod desk;

use call::cdr::{By, CallEvent, CallEventKind, CallRecord, Entry, Outcome};
use desk::{Desk, record, url};
use ledger::live::Live;
use ledger::report::{CallGrouping, CallKey, Grouping, Key, Question, Tally, Volume, Way};
use ledger::{CallFilter, Direction, Item, Name};
use proptest::prelude::*;
use sqlx::{Connection, Row, SqliteConnection};
use std::time::Duration;
use terms::{AgentId, CallRef, ContactId, PhoneId, QueueId, TrunkId, Wall};

const QUEUES: [&str; 3] = ["sales", "support", "billing"];
const AGENTS: [&str; 2] = ["alice", "bob"];
const PHONES: [&str; 3] = ["desk1", "desk2", "desk3"];
const TRUNKS: [&str; 2] = ["acme", "beta"];
/// Seconds; other queues have 20.
const SALES_WITHIN: u64 = 10;
const DAY_MS: i64 = 86_400_000;

/// How a call of the day goes.
#[derive(Clone, Debug)]
struct Fate {
    /// Seconds after midnight.
    at: u32,
    from_trunk: bool,
    who: usize,
    /// Queues that send it on: which, why, after so many milliseconds.
    sent_on: Vec<(usize, u8, u16)>,
    /// The last queue, if there is one, and the wait in it.
    last: Option<(usize, u16)>,
    /// Who is rung by a call without a queue: a phone, or a trunk.
    to_trunk: bool,
    /// 0 answered, 1 left, 2 refused or released, 3 runs on.
    end: u8,
    agent: usize,
    talk: u16,
    hold: u16,
}

fn fate() -> impl Strategy<Value = Fate> {
    let way = (0_u32..80_000, any::<bool>(), 0_usize..3, any::<bool>());
    let stays = (
        prop::collection::vec((0_usize..3, 0_u8..4, 1_u16..40_000), 0..3),
        prop::option::of((0_usize..3, 0_u16..40_000)),
    );
    let end = (0_u8..4, 0_usize..2, 1_u16..60_000, any::<u16>());
    (way, stays, end).prop_map(|((at, from_trunk, who, to_trunk), (sent_on, last), (end, agent, talk, hold))| {
        let sent_on = if last.is_some() { sent_on } else { vec![] };
        Fate { at, from_trunk, who, sent_on, last, to_trunk, end, agent, talk, hold: hold % (talk + 1) }
    })
}

/// Tells a call as call control does.
struct Teller {
    record: Box<CallRecord>,
    events: Vec<CallEvent>,
    now: i64,
    contacts: u64,
    waited: u64,
}

impl Teller {
    fn note(&mut self, agent: Option<&str>, what: CallEventKind) {
        self.events.push(CallEvent {
            at: Wall::from_millis(self.now),
            call: Some(self.record.call),
            queue: self.record.queue,
            contact: self.record.contact,
            agent: agent.map(AgentId::of),
            what,
        });
    }

    fn stay(&mut self, queue: usize) -> bool {
        self.contacts += 1;
        self.record.contact = Some(ContactId(self.record.call.0 * 16 + self.contacts));
        self.record.queue.replace(QueueId::of(QUEUES[queue])).is_some()
    }

    fn left(&mut self, waited_ms: u64) {
        self.waited += waited_ms;
        self.record.waited_ms = self.waited;
    }

    fn send_on(&mut self, (queue, why, wait): (usize, u8, u16)) {
        let again = self.stay(queue);
        let (why, let_in) =
            [("full", false), ("no_agents", false), ("waited", true), ("no_agents", true)][usize::from(why)];
        let waited_ms = if let_in { u64::from(wait) } else { 0 };
        if let_in {
            self.note(None, CallEventKind::Entered { position: 1, again });
        }
        self.now += waited_ms.cast_signed();
        let (before_ms, let_in) = (self.waited, Some(let_in));
        self.note(None, CallEventKind::Overflowed { why: why.into(), waited_ms, again, before_ms, let_in });
        self.left(waited_ms);
    }
}

/// The events and the record of one call.
fn tell(call: u64, fate: &Fate) -> (Vec<CallEvent>, Box<CallRecord>) {
    let mut record = record(call, Outcome::Open);
    let start = DAY_MS + i64::from(fate.at) * 1_000;
    record.started = Wall::from_millis(start);
    (record.queue, record.contact, record.waited_ms, record.talked_ms, record.held_ms) = (None, None, 0, 0, 0);
    if !fate.from_trunk {
        record.source = sip::Source::Phone(PhoneId::of(PHONES[fate.who]));
    }
    let mut teller = Teller { record, events: vec![], now: start + 1_000, contacts: 0, waited: 0 };
    fate.sent_on.iter().for_each(|stay| teller.send_on(*stay));
    let agent = AGENTS[fate.agent];
    if let Some((queue, wait)) = fate.last {
        let again = teller.stay(queue);
        teller.note(None, CallEventKind::Entered { position: 1, again });
        let (waited_ms, before_ms) = (u64::from(wait), teller.waited);
        teller.now += i64::from(wait);
        match fate.end {
            0 => teller.note(Some(agent), CallEventKind::Connected { waited_ms, rang_ms: 5, before_ms }),
            1 => teller.note(None, CallEventKind::Abandoned { waited_ms, before_ms }),
            _ => {}
        }
        if fate.end != 3 {
            teller.left(waited_ms);
        }
    } else if fate.to_trunk && fate.end != 3 {
        teller.record.trunk_out = Some(TrunkId::of(TRUNKS[fate.agent]));
    }
    let (talked_ms, held_ms) = (u64::from(fate.talk), u64::from(fate.hold));
    teller.record.outcome = match (fate.end, fate.last) {
        (0, _) => Outcome::Answered,
        (1, Some(_)) => Outcome::Abandoned,
        (1, None) => Outcome::Finished,
        (2, _) => Outcome::Failed,
        _ => Outcome::Open,
    };
    if fate.end == 0 {
        (teller.record.talked_ms, teller.record.held_ms) = (talked_ms, held_ms);
        teller.now += i64::from(fate.talk);
        if fate.last.is_some() {
            teller.record.agent = Some(AgentId::of(agent));
            teller.note(Some(agent), CallEventKind::Completed { by: By::Caller, talked_ms, held_ms });
        }
        if teller.record.trunk_out.is_none() {
            teller.record.phone = Some(PhoneId::of(PHONES[(fate.who + 1) % 3]));
        }
    }
    teller.record.ended = (fate.end != 3).then(|| Wall::from_millis(teller.now));
    (teller.events, teller.record)
}

/// Writes the day down in the order of its events; the live figures hear the same.
fn write(desk: &mut Desk, fates: &[Fate]) -> Live {
    let names = AGENTS.map(Name::agent).into_iter().chain(QUEUES.map(Name::queue));
    let names = names.chain(PHONES.map(Name::phone)).chain(TRUNKS.map(Name::trunk));
    names.for_each(|name| desk.push(Item::Name(Box::new(name))));
    let mut live = Live::default();
    let mut events = vec![];
    for (fate, call) in fates.iter().zip(1..) {
        let (told, record) = tell(call, fate);
        let opened = CallRecord { ended: None, outcome: Outcome::Open, ..*record.clone() };
        let opened = CallRecord { queue: None, contact: None, agent: None, phone: None, trunk_out: None, ..opened };
        let opened = CallRecord { waited_ms: 0, talked_ms: 0, held_ms: 0, ..opened };
        desk.push(Item::Call(Entry::Opened(Box::new(opened))));
        if record.outcome != Outcome::Open {
            desk.push(Item::Call(Entry::Closed(record)));
        }
        events.extend(told);
    }
    events.sort_by_key(|event| event.at);
    for event in events {
        live.take(&event);
        desk.push(Item::Call(Entry::Event(event)));
    }
    desk.settle();
    live
}

fn within(queue: &str) -> Duration {
    Duration::from_secs(if queue == "sales" { SALES_WITHIN } else { 20 })
}

/// One row of numbers.
async fn numbers<const N: usize>(db: &mut SqliteConnection, sql: &str) -> [u64; N] {
    let row = sqlx::query(sqlx::AssertSqlSafe(sql.to_owned())).fetch_one(db).await.unwrap();
    std::array::from_fn(|n| row.get::<Option<i64>, _>(n).unwrap_or_default().cast_unsigned())
}

/// Stays in a queue: came, came again, answered, in time, abandoned, in time, sent on, waits of the answered, longest.
async fn stays(db: &mut SqliteConnection, queue: &str) -> [u64; 9] {
    let t = within(queue).as_millis();
    let sql = format!(
        "WITH ends AS (SELECT * FROM v_events WHERE queue = '{queue}' AND kind IN ('connected', 'abandoned', 'overflowed'))
         SELECT (SELECT count(DISTINCT contact) FROM events JOIN names ON names.id = queue WHERE name = '{queue}'),
            (SELECT count(DISTINCT contact) FROM events AS here JOIN names ON names.id = queue WHERE name = '{queue}'
             AND EXISTS (SELECT 1 FROM events AS e WHERE e.call = here.call AND e.contact < here.contact)),
            sum(kind = 'connected'), sum(kind = 'connected' AND waited_ms <= {t}), sum(kind = 'abandoned'),
            sum(kind = 'abandoned' AND waited_ms <= {t}), sum(kind = 'overflowed'),
            sum(iif(kind = 'connected', waited_ms, 0)), max(waited_ms) FROM ends"
    );
    numbers(db, &sql).await
}

fn told(tally: &Tally) -> [u64; 9] {
    let Tally { came, came_again, answered, answered_in_time, abandoned, abandoned_in_time, overflowed, .. } = tally;
    let (asa, longest) = (tally.answered_wait_ms, tally.longest_wait_ms);
    [*came, *came_again, *answered, *answered_in_time, *abandoned, *abandoned_in_time, *overflowed, asa, longest]
}

fn question(grouping: Grouping, edges: &[i64]) -> Question {
    Question {
        grouping,
        edges: edges.iter().map(|edge| Wall::from_millis(*edge)).collect(),
        queue: None,
        thresholds: [(QueueId::of("sales"), within("sales"))].into(),
        otherwise: within("support"),
        now: Wall::from_millis(10 * DAY_MS),
    }
}

/// Contacts as a whole, from the records of calls: contacts, answered, in time, abandoned, in time, waits of the answered.
const CONTACTS: &str = "WITH whole AS (SELECT *, iif(queue = 'sales', 10000, 20000) AS t FROM v_calls
        WHERE call IN (SELECT call FROM v_events WHERE queue IS NOT NULL))
    SELECT count(*), sum(agent IS NOT NULL), sum(agent IS NOT NULL AND waited_ms <= t), sum(outcome = 'abandoned'),
        sum(outcome = 'abandoned' AND waited_ms <= t), sum(iif(agent IS NULL, 0, waited_ms)),
        sum(iif(agent IS NULL, 0, talked_ms)), sum(iif(agent IS NULL, 0, held_ms)) FROM whole";

fn volume(volume: &Volume) -> [u64; 8] {
    let Volume { calls, queued, answered, abandoned, finished, failed, running, talked_ms, .. } = volume;
    [*calls, *queued, *answered, *abandoned, *finished, *failed, *running, *talked_ms]
}

async fn volumes(db: &mut SqliteConnection, which: &str) -> [u64; 8] {
    let sql = format!(
        "SELECT count(*), sum(call IN (SELECT call FROM v_events WHERE queue IS NOT NULL)), sum(outcome = 'answered'),
            sum(outcome = 'abandoned'), sum(outcome = 'finished'), sum(outcome = 'failed'), sum(outcome = 'open'),
            sum(talked_ms) FROM v_calls WHERE {which}"
    );
    numbers(db, &sql).await
}

/// Everything about contacts and queues.
async fn contacts_agree(desk: &Desk, db: &mut SqliteConnection, live: &Live) {
    let day = [DAY_MS, 2 * DAY_MS];
    let report = desk.reader.report(&question(Grouping::Queue, &day)).await.unwrap();
    let mut sums = [0; 9];
    for queue in QUEUES {
        let row = report.rows.get(&Key::Queue(QueueId::of(queue))).cloned().unwrap_or_default();
        let apart = stays(db, queue).await;
        assert_eq!(told(&row), apart, "{queue}");
        sums.iter_mut().zip(apart).for_each(|(sum, figure)| *sum += figure);
        let (midnight, now) = (Wall::from_millis(DAY_MS), Wall::from_millis(2 * DAY_MS - 1));
        let today = live.of(QueueId::of(queue), within(queue), midnight, now).today;
        assert_eq!(told(&today), apart, "live, {queue}");
    }
    let total = &report.total;
    let [contacts, whole @ ..]: [u64; 8] = numbers(db, CONTACTS).await;
    assert_eq!(total.contacts(), contacts);
    let of = [total.answered, total.answered_in_time, total.abandoned, total.abandoned_in_time, total.answered_wait_ms];
    assert_eq!((of, [total.talk_ms, total.hold_ms]), (whole[..5].try_into().unwrap(), whole[5..].try_into().unwrap()));
    // The counts of the rows add up to the total's; waits do not, since a whole wait is longer than its stays.
    assert_eq!([0, 1, 2, 4, 6].map(|n| told(total)[n]), [0, 1, 2, 4, 6].map(|n| sums[n]));
    let hours: Vec<i64> = (0..=24).map(|hour| DAY_MS + hour * DAY_MS / 24).collect();
    let by_hour = desk.reader.report(&question(Grouping::Time, &hours)).await.unwrap();
    let mut rows = by_hour.rows.values().map(told).fold([0; 9], |sum, row| std::array::from_fn(|n| sum[n] + row[n]));
    rows[8] = by_hour.rows.values().map(|row| row.longest_wait_ms).max().unwrap_or_default();
    assert_eq!((&by_hour.total, rows), (total, told(total)));
    let by_agent = desk.reader.report(&question(Grouping::Agent, &day)).await.unwrap();
    let sum = |figure: fn(&Tally) -> u64| by_agent.rows.values().map(figure).sum::<u64>();
    assert_eq!(sum(|row| row.answered), total.answered);
    assert_eq!((sum(|row| row.answered_wait_ms), sum(|row| row.handled)), (total.answered_wait_ms, total.handled));
}

/// Everything about calls.
async fn calls_agree(desk: &Desk, db: &mut SqliteConnection) {
    let (from, to) = (Wall::from_millis(DAY_MS), Wall::from_millis(2 * DAY_MS));
    let by = |grouping| desk.reader.volumes(grouping, from, to);
    let row = |calls: &ledger::report::Calls, key| calls.rows.get(&key).map(volume).unwrap_or_default();
    let ways = by(CallGrouping::Direction).await.unwrap();
    let all = volumes(db, "true").await;
    for direction in Direction::ALL {
        let apart = volumes(db, &format!("direction = '{}'", direction.word())).await;
        assert_eq!(row(&ways, CallKey::Direction(direction)), apart, "{direction:?}");
        let filter = CallFilter { direction: Some(direction), ..CallFilter::default() };
        assert_eq!(desk.reader.calls(1_000, &filter).await.unwrap().len() as u64, apart[0]);
    }
    assert_eq!(ways.totals.get(&None).map(volume).unwrap_or_default(), all);
    let (trunks, phones) = (by(CallGrouping::Trunk).await.unwrap(), by(CallGrouping::Phone).await.unwrap());
    for trunk in TRUNKS {
        let brought = volumes(db, &format!("source_kind = 'trunk' AND source = '{trunk}'")).await;
        let took = volumes(db, &format!("trunk_out = '{trunk}'")).await;
        assert_eq!(row(&trunks, CallKey::Trunk(TrunkId::of(trunk), Way::From)), brought, "{trunk}");
        assert_eq!(row(&trunks, CallKey::Trunk(TrunkId::of(trunk), Way::To)), took, "{trunk}");
    }
    for phone in PHONES {
        let made = volumes(db, &format!("source_kind = 'phone' AND source = '{phone}'")).await;
        let took = volumes(db, &format!("phone = '{phone}'")).await;
        assert_eq!(row(&phones, CallKey::Phone(PhoneId::of(phone), Way::From)), made, "{phone}");
        assert_eq!(row(&phones, CallKey::Phone(PhoneId::of(phone), Way::To)), took, "{phone}");
        let filter = CallFilter { phone: Some(PhoneId::of(phone)), ..CallFilter::default() };
        let [either]: [u64; 1] =
            numbers(db, &format!("SELECT count(*) FROM v_calls WHERE source = '{phone}' OR phone = '{phone}'")).await;
        assert_eq!(desk.reader.calls(1_000, &filter).await.unwrap().len() as u64, either, "{phone}");
    }
    for queue in QUEUES {
        let filter = CallFilter { queue: Some(QueueId::of(queue)), ..CallFilter::default() };
        let sql = format!("SELECT count(DISTINCT call) FROM v_events WHERE queue = '{queue}'");
        let [through]: [u64; 1] = numbers(db, &sql).await;
        assert_eq!(
            desk.reader.calls(1_000, &filter).await.unwrap().len() as u64,
            through,
            "all that came through {queue}"
        );
    }
}

/// A call that runs has the last queue that its events tell of.
async fn running_calls_agree(desk: &Desk, fates: &[Fate]) {
    let rows =
        desk.reader.calls(1_000, &CallFilter { outcome: Some("open".into()), ..CallFilter::default() }).await.unwrap();
    for row in rows {
        let CallRef(call) = row.call;
        let last = fates[call as usize - 1].last.map(|(queue, _)| QUEUES[queue].to_owned());
        assert_eq!((row.queue_name, row.agent), (last, None));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, ..ProptestConfig::default() })]

    #[test]
    fn report_calls_and_live_figures_say_what_sql_says(fates in prop::collection::vec(fate(), 1..40)) {
        let folder = tempfile::tempdir().unwrap();
        let mut desk = Desk::open(folder.path());
        let live = write(&mut desk, &fates);
        desk.runtime.block_on(async {
            let mut db = SqliteConnection::connect(&url(folder.path())).await.unwrap();
            contacts_agree(&desk, &mut db, &live).await;
            calls_agree(&desk, &mut db).await;
            running_calls_agree(&desk, &fates).await;
            db.close().await.unwrap();
        });
        desk.close();
    }
}
