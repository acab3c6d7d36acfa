//! Random days: what `report`, `calls` and the live figures of status and metrics say, against SQL written apart from them.
#![allow(clippy::unwrap_used)] // A test; clippy sees only the functions marked so.

mod day;
mod desk;

use call::cdr::Entry;
use day::{AGENTS, DAY_MS, Fate, PHONES, QUEUES, TRUNKS, WORDS, day, duty, fate, numbers, stays, within, write};
use desk::{Desk, url};
use ledger::live::Live;
use ledger::report::{CallGrouping, CallKey, Grouping, Key, Question, Tally, Volume, Way};
use ledger::{CallFilter, CallRow, Direction, Within};
use proptest::prelude::*;
use sqlx::{Connection, SqliteConnection};
use std::time::Duration;
use terms::{AgentId, CallRef, PhoneId, QueueId, TrunkId, Wall};

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
            sum(talked_ms) FROM v_calls WHERE ({which}) AND merged_into IS NULL"
    );
    numbers(db, &sql).await
}

/// A queue's figures by the segments: each counts once, in its queue.
async fn segments(db: &mut SqliteConnection, queue: &str) -> [u64; 9] {
    let t = within(queue).as_millis();
    let sql = format!(
        "SELECT count(*), sum(nth > 0), sum(how = 'answered'), sum(how = 'answered' AND waited_ms <= {t}),
            sum(how = 'abandoned'), sum(how = 'abandoned' AND waited_ms <= {t}), sum(how = 'overflowed'),
            sum(iif(how = 'answered', waited_ms, 0)), max(waited_ms)
         FROM segments JOIN names ON names.kind = 'queue' AND names.id = queue WHERE name = '{queue}'"
    );
    numbers(db, &sql).await
}

async fn rows_of_contacts(db: &mut SqliteConnection) -> u64 {
    let [rows] = numbers(db, "SELECT count(*) FROM contacts").await;
    rows
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
        assert_eq!(segments(db, queue).await, apart, "segments of {queue}");
        sums.iter_mut().zip(apart).for_each(|(sum, figure)| *sum += figure);
        let (midnight, now) = (Wall::from_millis(DAY_MS), Wall::from_millis(2 * DAY_MS - 1));
        let today = live.of(QueueId::of(queue), within(queue), midnight, now).today;
        assert_eq!(told(&today), apart, "live, {queue}");
    }
    let total = &report.total;
    let [contacts, whole @ ..]: [u64; 8] = numbers(db, CONTACTS).await;
    assert_eq!((total.contacts(), rows_of_contacts(db).await), (contacts, contacts));
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

/// What came of conversations, by the hour in which they ended and by queue, and by SQL.
async fn dispositions_agree(desk: &Desk, db: &mut SqliteConnection) {
    let hour = DAY_MS / 24;
    let hours: Vec<i64> = (0..=24).map(|nth| DAY_MS + nth * hour).collect();
    let by_hour = desk.reader.report(&question(Grouping::Time, &hours)).await.unwrap();
    let by_queue = desk.reader.report(&question(Grouping::Queue, &[DAY_MS, 2 * DAY_MS])).await.unwrap();
    let told = |report: &ledger::report::Report, key, word: &str| {
        report.rows.get(&key).and_then(|row| row.dispositions.get(word)).copied().unwrap_or_default()
    };
    for word in WORDS {
        for nth in 0..24 {
            let from = DAY_MS + nth * hour;
            let sql = format!(
                "SELECT count(*) FROM segments WHERE disposition = '{word}' AND over >= {from} AND over < {from} + {hour}"
            );
            let [apart]: [u64; 1] = numbers(db, &sql).await;
            assert_eq!(told(&by_hour, Key::Time(usize::try_from(nth).unwrap()), word), apart, "{word}, {nth} h");
        }
        for queue in QUEUES {
            let sql = format!(
                "SELECT count(*) FROM segments JOIN names ON names.kind = 'queue' AND names.id = queue
                 WHERE disposition = '{word}' AND name = '{queue}' AND over < {}",
                2 * DAY_MS
            );
            let [apart]: [u64; 1] = numbers(db, &sql).await;
            assert_eq!(told(&by_queue, Key::Queue(QueueId::of(queue)), word), apart, "{word}, {queue}");
        }
    }
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
        let [listed]: [u64; 1] =
            numbers(db, &format!("SELECT count(*) FROM v_calls WHERE direction = '{}'", direction.word())).await;
        assert_eq!(desk.reader.calls(1_000, &filter).await.unwrap().len() as u64, listed, "joined ones, too");
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
    searches_agree(desk).await;
}

/// What a list of calls is asked by, against the same asked of each of them; page by page, it is the whole list.
async fn searches_agree(desk: &Desk) {
    let all = desk.reader.calls(1_000, &CallFilter::default()).await.unwrap();
    let only = |keep: &dyn Fn(&CallRow) -> bool| all.iter().filter(|row| keep(row)).cloned().collect::<Vec<_>>();
    let [alice, bob] = AGENTS.map(AgentId::of);
    let [sales, support, _] = QUEUES.map(QueueId::of);
    let desk_phone = PhoneId::of(PHONES[0]);
    let within =
        Within { queues: [sales].into(), agents: [alice].into(), phones: [desk_phone].into(), own: [bob].into() };
    let filter = CallFilter { within: Some(within.clone()), ..CallFilter::default() };
    let may = |row: &CallRow| match row.queue {
        _ if row.agent == Some(bob) => true,
        Some(queue) => queue == sales,
        None => {
            row.agent == Some(alice) || row.phone == Some(desk_phone) || row.source == sip::Source::Phone(desk_phone)
        }
    };
    assert_eq!(all.iter().map(may).collect::<Vec<_>>(), all.iter().map(|row| within.covers(row)).collect::<Vec<_>>());
    // What a running call is about is told by its events: it is nobody's yet.
    let over = |rows: Vec<CallRow>| rows.into_iter().filter(|row| row.outcome != "open").collect::<Vec<_>>();
    assert_eq!(over(desk.reader.calls(1_000, &filter).await.unwrap()), over(only(&may)));
    let filter = CallFilter { over: true, ..CallFilter::default() };
    assert_eq!(desk.reader.calls(1_000, &filter).await.unwrap(), over(all.clone()));
    let nothing = CallFilter { within: Some(Within::default()), ..CallFilter::default() };
    assert_eq!(desk.reader.calls(1_000, &nothing).await.unwrap(), []);

    let (short, long) = (Duration::from_secs(5), Duration::from_secs(60));
    let (talked_from, talked_to) = (Some(short), Some(long));
    let filter = CallFilter { talked_from, talked_to, agents: Some([alice].into()), ..CallFilter::default() };
    let asked = |row: &CallRow| row.agent == Some(alice) && (5_000..=60_000).contains(&row.talked_ms);
    assert_eq!(over(desk.reader.calls(1_000, &filter).await.unwrap()), over(only(&asked)));

    let (mut paged, mut page) = (vec![], CallFilter { queue: Some(support), ..CallFilter::default() });
    let whole = desk.reader.calls(1_000, &page).await.unwrap();
    while let part = desk.reader.calls(3, &page).await.unwrap()
        && let Some(last) = part.last()
    {
        page.behind = Some((last.started, last.call));
        paged.extend(part);
    }
    let ids = |rows: &[CallRow]| rows.iter().map(|row| (row.started, row.call)).collect::<Vec<_>>();
    assert_eq!(ids(&paged), ids(&whole));
}

fn times(tally: &Tally) -> [u64; 8] {
    let break_ms = |why: &str| tally.paused_ms.get(why).copied().unwrap_or_default();
    let occupancy = tally.occupancy();
    let Tally { talking_ms, wrapping_ms, ready_ms, unreachable_ms, .. } = *tally;
    assert_eq!(occupancy.numerator + ready_ms, occupancy.denominator);
    [
        talking_ms,
        wrapping_ms,
        ready_ms,
        unreachable_ms,
        break_ms("lunch"),
        break_ms(""),
        tally.logged_in_ms(),
        occupancy.denominator,
    ]
}

/// What agents did, from one change of state to the next one or the end of the day.
async fn times_apart(db: &mut SqliteConnection, which: &str) -> [u64; 8] {
    let end = 2 * DAY_MS;
    let sql = format!(
        "WITH spans AS (SELECT agent, status, work, reason, reachable,
             coalesce(lead(at_ms) OVER (PARTITION BY agent ORDER BY id), {end}) - at_ms AS ms
             FROM v_events WHERE kind = 'agent_state'),
         told AS (SELECT agent, ms, reason, CASE WHEN work IN ('talking', 'wrap_up') THEN work
             WHEN status = 'ready' THEN iif(reachable = 0 AND work = 'idle', 'no phone', 'ready') ELSE status END AS doing
             FROM spans)
         SELECT sum(iif(doing = 'talking', ms, 0)), sum(iif(doing = 'wrap_up', ms, 0)), sum(iif(doing = 'ready', ms, 0)),
             sum(iif(doing = 'no phone', ms, 0)), sum(iif(doing = 'not_ready' AND reason IS NOT NULL, ms, 0)),
             sum(iif(doing = 'not_ready' AND reason IS NULL, ms, 0)), sum(iif(doing = 'logged_out', 0, ms)),
             sum(iif(doing IN ('talking', 'wrap_up', 'ready'), ms, 0)) FROM told WHERE {which}"
    );
    numbers(db, &sql).await
}

/// Everything about agents' time.
async fn times_agree(desk: &Desk, db: &mut SqliteConnection) {
    let report = desk.reader.report(&question(Grouping::Agent, &[DAY_MS, 2 * DAY_MS])).await.unwrap();
    for agent in AGENTS {
        let row = report.rows.get(&Key::Agent(AgentId::of(agent))).map(times).unwrap_or_default();
        assert_eq!(row, times_apart(db, &format!("agent = '{agent}'")).await, "{agent}");
    }
    assert_eq!(times(&report.total), times_apart(db, "true").await);
}

/// However a story is asked for, it is the same one, and each call is in one story.
async fn stories_agree(desk: &Desk, fates: &[Fate]) {
    let mut told = 0;
    let mut known = std::collections::BTreeSet::new();
    for call in 1..=fates.len() as u64 {
        let story = desk.reader.story(CallRef(call)).await.unwrap();
        let calls: Vec<u64> = story.calls.iter().map(|row| row.call.0).collect();
        assert!(calls.contains(&call), "{calls:?}");
        for other in &calls {
            let other = desk.reader.story(CallRef(*other)).await.unwrap();
            // A running call's times go on between two questions.
            assert_eq!(other.contacts, story.contacts);
            assert!(other.calls.iter().map(|row| row.call.0).eq(calls.iter().copied()), "{calls:?}");
        }
        told += if known.insert(calls.clone()) { calls.len() } else { 0 };
        let ends = story.calls.iter().filter(|row| row.merged_into.is_none()).count();
        assert_eq!(ends, 1, "one of them is in the totals: {story:?}");
    }
    assert_eq!(told, fates.len());
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
    fn report_calls_and_live_figures_say_what_sql_says(
        fates in prop::collection::vec(fate(), 1..40),
        duties in prop::collection::vec(duty(), 0..30),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let mut desk = Desk::open(folder.path());
        let day = day(&fates, &duties);
        write(&mut desk, &day);
        let mut live = Live::default();
        for entry in &day {
            if let Entry::Event(event) = entry {
                live.take(event);
            }
        }
        desk.runtime.block_on(async {
            let mut db = SqliteConnection::connect(&url(folder.path())).await.unwrap();
            contacts_agree(&desk, &mut db, &live).await;
            calls_agree(&desk, &mut db).await;
            dispositions_agree(&desk, &mut db).await;
            times_agree(&desk, &mut db).await;
            running_calls_agree(&desk, &fates).await;
            stories_agree(&desk, &fates).await;
            db.close().await.unwrap();
        });
        desk.close();
    }
}
