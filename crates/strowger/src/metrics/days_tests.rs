//! Random days: what is scraped, read as Prometheus reads it, against SQL written apart from it.
#![allow(clippy::unwrap_used, clippy::cast_precision_loss)] // A test with small counts; clippy sees only the functions marked so.

#[path = "../../../ledger/tests/day/mod.rs"]
mod day;
#[path = "../../../ledger/tests/desk/mod.rs"]
mod desk;

use super::text::exposition;
use crate::addresses::Listens;
use crate::admin::status::ReloadLine;
use crate::admin::surroundings::Surroundings;
use crate::admin::tally::Tally;
use crate::front::{Former, Sources, status};
use crate::nudge::Overlaid;
use call::cdr::Entry;
use day::{DAY_MS, QUEUES, TRUNKS, day, duty, fate, numbers, stays, within, write};
use desk::{Desk, url};
use dialplan::Plan;
use ledger::live::Today;
use proptest::prelude::*;
use sqlx::{Connection, SqliteConnection};
use std::sync::Arc;
use std::time::Duration;
use terms::{Mono, Now, Wall};

/// The queues and carriers of the days.
fn plan() -> Arc<Plan> {
    let queue = |name: &str| {
        let seconds = within(name).as_secs();
        format!("[[queue]]\nname = \"{name}\"\nagents = []\nservice_level = {{ within = \"{seconds}s\" }}\n")
    };
    let trunk = |name: &str| format!("[[trunk]]\nname = \"{name}\"\ntarget = \"192.0.2.1:5060\"\n");
    let text = QUEUES.map(queue).into_iter().chain(TRUNKS.map(trunk)).collect::<String>();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("strowger.toml");
    std::fs::write(&path, format!("[office]\nzone = \"UTC\"\n{text}")).unwrap();
    crate::files::load(&path).unwrap_or_else(|findings| panic!("{findings:?}")).plan
}

/// The page of a switch that has told this day, at this time.
fn page(entries: &[Entry], now: Wall) -> String {
    let plan = plan();
    let (mut figures, mut tally) = (Today::new(&plan), Tally::default());
    for entry in entries {
        tally.count(entry);
        if let Entry::Event(event) = entry {
            figures.take(event);
        }
    }
    let (queues, agents, offers, elsewhere) = (vec![], vec![], vec![], vec![]);
    let counters = acd::Counters::default();
    let status = status(&Sources {
        plan: &plan,
        calls: &call::Snapshot::default(),
        acd: &acd::Snapshot { at: Mono::ZERO, queues, agents, offers, elsewhere, counters },
        sip: sip::Snapshot::default(),
        figures: &figures,
        tally: &tally,
        surroundings: &Surroundings::default(),
        listens: &Listens::default(),
        reloads: ReloadLine::default(),
        overlaid: &Overlaid::default(),
        former: &Former::default(),
        ledger: ledger::Health::default(),
        streams: 0,
        now: Now { mono: Mono::ZERO, wall: now },
        as_of: terms::Seq::default(),
        up: Duration::ZERO,
        incarnation: terms::Incarnation::new(0, 1),
    });
    exposition(Some(&status), Duration::ZERO)
}

/// A sample's value; none when it is not there.
fn sample(page: &str, name: &str) -> Option<f64> {
    let values = page.lines().filter_map(|line| line.rsplit_once(' ')).filter(|(sample, _)| *sample == name);
    let values: Vec<f64> = values.map(|(_, value)| value.parse().unwrap()).collect();
    assert!(values.len() <= 1, "{name} twice");
    values.first().copied()
}

fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

async fn queue_agrees(db: &mut SqliteConnection, page: &str, queue: &str, now: Wall) {
    let of = |family: &str| sample(page, &format!("strowger_queue_{family}{{queue=\"{queue}\"}}"));
    let [came, again, answered, in_time, abandoned, left_in_time, sent_on, waits_ms, _] = stays(db, queue).await;
    for (family, apart) in [
        ("volume_total", came),
        ("contacts_total", came - again),
        ("answered_total", answered),
        ("answered_in_time_total", in_time),
        ("abandoned_total", abandoned),
        ("abandoned_in_time_total", left_in_time),
        ("overflowed_total", sent_on),
        ("answer_wait_seconds_count", answered),
    ] {
        assert_eq!(of(family), Some(apart as f64), "{queue} {family}");
    }
    assert_eq!(of("answer_wait_seconds_sum"), Some(waits_ms as f64 / 1_000.0), "{queue}");
    for bound in [1, 5, 10, 20, 30, 60, 120, 300, 600, 1_800] {
        let sql = format!(
            "SELECT count(*) FROM v_events WHERE queue = '{queue}' AND kind = 'connected' AND waited_ms <= {bound}000"
        );
        let name = format!("strowger_queue_answer_wait_seconds_bucket{{queue=\"{queue}\",le=\"{bound}\"}}");
        let [upto]: [u64; 1] = numbers(db, &sql).await;
        assert_eq!(sample(page, &name), Some(upto as f64), "{name}");
    }
    let since = now.as_millis().div_euclid(60_000) * 60_000 - 29 * 60_000;
    for (time, since) in [("today", DAY_MS), ("last_30_minutes", since)] {
        let of = |family: &str| sample(page, &format!("strowger_queue_{family}{{queue=\"{queue}\",of=\"{time}\"}}"));
        let t = within(queue).as_millis();
        let sql = format!(
            "SELECT sum(kind = 'connected'), sum(kind = 'connected' AND waited_ms <= {t}), sum(kind = 'abandoned'),
                sum(kind = 'abandoned' AND waited_ms > {t}), sum(iif(kind = 'connected', waited_ms, 0))
             FROM v_events WHERE queue = '{queue}' AND at_ms >= {since}"
        );
        let [answered, in_time, abandoned, late, waits_ms] = numbers(db, &sql).await;
        assert_eq!(of("service_level_ratio"), share(in_time, answered + late), "{queue} {time}");
        assert_eq!(of("abandoned_ratio"), share(abandoned, answered + abandoned), "{queue} {time}");
        let asa = waits_ms.checked_div(answered).map(|ms| ms as f64 / 1_000.0);
        assert_eq!(of("asa_seconds"), asa, "{queue} {time}");
    }
}

async fn calls_agree(db: &mut SqliteConnection, page: &str) {
    for trunk in TRUNKS {
        let of = |family: &str| sample(page, &format!("strowger_trunk_{family}{{trunk=\"{trunk}\"}}"));
        let sql = format!(
            "SELECT count(*), sum(outcome NOT IN ('open', 'joined')), sum(outcome = 'answered') FROM v_calls
             WHERE source_kind = 'trunk' AND source = '{trunk}'"
        );
        let apart: [u64; 3] = numbers(db, &sql).await;
        let told = ["calls_total", "ended_total", "ended_answered_total"].map(of);
        assert_eq!(told, apart.map(|count| Some(count as f64)), "{trunk}");
    }
    let sql = "SELECT count(answered), sum(CAST(round((julianday(answered) - julianday(started)) * 86400000) AS INTEGER)) FROM v_calls";
    let [setups, setups_ms] = numbers(db, sql).await;
    assert_eq!(sample(page, "strowger_call_setup_seconds_count"), Some(setups as f64));
    assert_eq!(sample(page, "strowger_call_setup_seconds_sum"), Some(setups_ms as f64 / 1_000.0));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn what_is_scraped_says_what_sql_says(
        fates in prop::collection::vec(fate(), 1..40),
        duties in prop::collection::vec(duty(), 0..10),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let mut desk = Desk::open(folder.path());
        let entries = day(&fates, &duties);
        write(&mut desk, &entries);
        let contacts = entries.iter().filter_map(|entry| match entry {
            Entry::Event(event) => event.queue.map(|_| event.at),
            _ => None,
        });
        let now = contacts.max().unwrap_or(Wall::from_millis(DAY_MS));
        let page = page(&entries, now);
        desk.runtime.block_on(async {
            let mut db = SqliteConnection::connect(&url(folder.path())).await.unwrap();
            for queue in QUEUES {
                queue_agrees(&mut db, &page, queue, now).await;
            }
            calls_agree(&mut db, &page).await;
            db.close().await.unwrap();
        });
        desk.close();
    }
}
