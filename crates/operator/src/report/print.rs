//! A report of contacts as text, JSON and CSV. Each says by which formula a figure is made.

use super::cells::{decimal, harmless, length, percent, period};
use super::{By, Page, agents, others};
use crate::admin::table::{clock, columns};
use ledger::report::{ABANDONED, AHT, ASA, OCCUPANCY, Ratio, SERVICE_LEVEL, Tally};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::time::Duration;

fn seconds(within: &Duration) -> String {
    format!("{} s", within.as_secs_f64())
}

/// The figures as a table, and what they mean.
pub(super) fn text(page: &Page) -> String {
    let queue = page.queue.as_ref().map_or_else(String::new, |queue| format!(", queue {queue}"));
    let mut out = format!("{}{queue}\n\n", period(&page.from, &page.to));
    let total = ("total".to_owned(), None, page.total.clone());
    let rows: Vec<(&str, &Tally)> =
        page.rows.iter().chain([&total]).map(|(name, _, tally)| (name.as_str(), tally)).collect();
    out.push_str(&match page.by {
        By::Agent | By::Team => agents::table(page.by, &rows, page.queue.is_none()),
        by => queues(by, &rows, page.queue.is_none()),
    });
    if page.by == By::Agent {
        out.push_str(&agents::times(page));
    }
    out.push_str(&agents::dispositions(page));
    out.push_str(&agents::others(page));
    let within: Vec<String> = page.thresholds.iter().map(seconds).collect();
    let each = if within.len() > 1 { ", each queue its own" } else { "" };
    let _ = writeln!(out, "\nSL is {SERVICE_LEVEL}; T = {}{each}", within.join(", "));
    for formula in formulas(page) {
        let _ = writeln!(out, "{formula}");
    }
    out.push_str(notes(page));
    out.push_str(
        "A contact counts where its wait ended, a conversation and its wrap-up where the conversation ended.\n",
    );
    out
}

/// How the columns that are shown are made.
fn formulas(page: &Page) -> impl Iterator<Item = &'static str> {
    let lost = (!matches!(page.by, By::Agent | By::Team)).then_some(ABANDONED);
    let occupancy = page.queue.is_none().then_some(OCCUPANCY);
    lost.into_iter().chain([ASA, AHT]).chain(occupancy)
}

/// Why a total is more than its rows, where it is.
fn notes(page: &Page) -> &'static str {
    match (page.by, &page.queue) {
        (By::Queue, None) => {
            "answered: also those who talk still; volume: came to the queue; contacts: of which to no queue before, so that each counts once.\n\
             A row takes the wait in its queue, the total a contact's whole wait, in all its queues.\n"
        }
        (By::Agent | By::Team, Some(_)) => "",
        (By::Agent | By::Team, None) => "logged in: ready + no phone + talking + wrap-up + paused.\n",
        _ => {
            "answered: also those who talk still; volume: came to a queue; contacts: of which to no queue before, so that each counts once.\n"
        }
    }
}

/// With one queue nobody's occupancy is known: an agent's time belongs to all his queues.
fn queues(by: By, rows: &[(&str, &Tally)], occupancy: bool) -> String {
    let heads = [
        (by.word(), false),
        ("volume", true),
        ("contacts", true),
        ("answered", true),
        ("abandoned", true),
        ("sent on", true),
        ("SL", true),
        ("lost", true),
        ("ASA", true),
        ("AHT", true),
        ("longest", true),
        ("occupancy", true),
    ];
    let row = |(name, tally): &(&str, &Tally)| {
        vec![
            (*name).to_owned(),
            tally.came.to_string(),
            tally.contacts().to_string(),
            tally.answered.to_string(),
            tally.abandoned.to_string(),
            tally.overflowed.to_string(),
            percent(tally.service_level()),
            percent(tally.abandoned_share()),
            length(tally.average_wait_ms()),
            length(tally.average_handle_ms()),
            clock(tally.longest_wait_ms),
            percent(tally.occupancy()),
        ]
    };
    let heads = if occupancy { &heads[..] } else { &heads[..heads.len() - 1] };
    columns(heads, &rows.iter().map(row).collect::<Vec<_>>())
}

/// One object; every figure with what it is made of.
pub(super) fn json(page: &Page) -> anyhow::Result<String> {
    let rows: Vec<Value> = page
        .rows
        .iter()
        .map(|(name, within, tally)| {
            let mut row = figures(tally, within.map(|within| vec![within]).as_ref().unwrap_or(&page.thresholds));
            row[page.by.word()] = json!(name);
            if page.by == By::Agent {
                row["sessions"] = agents::sessions_json(page, name);
            }
            row
        })
        .collect();
    let value = json!({
        "from": page.from.to_string(),
        "to": page.to.to_string(),
        "from_ms": page.from.timestamp().as_millisecond(),
        "to_ms": page.to.timestamp().as_millisecond(),
        "zone": page.from.time_zone().iana_name(),
        "by": page.by.word(),
        "queue": page.queue,
        "formulas": {
            "service_level": SERVICE_LEVEL,
            "abandoned_share": ABANDONED,
            "asa_ms": ASA,
            "aht_ms": AHT,
            "occupancy": OCCUPANCY,
        },
        "rows": rows,
        "total": figures(&page.total, &page.thresholds),
    });
    Ok(format!("{}\n", serde_json::to_string_pretty(&value)?))
}

fn figures(tally: &Tally, within: &[Duration]) -> Value {
    let thresholds: Vec<u128> = within.iter().map(Duration::as_millis).collect();
    let mut service_level = json!(tally.service_level());
    service_level["formula"] = json!("SL3");
    service_level["threshold_ms"] = if let [one] = thresholds[..] { json!(one) } else { json!(thresholds) };
    json!({
        "volume": tally.came,
        "contacts": tally.contacts(),
        "answered": tally.answered,
        "answered_in_time": tally.answered_in_time,
        "abandoned": tally.abandoned,
        "abandoned_in_time": tally.abandoned_in_time,
        "overflowed": tally.overflowed,
        "offered": tally.offered,
        "missed": tally.missed,
        "handled": tally.handled,
        "talk_ms": tally.talk_ms,
        "hold_ms": tally.hold_ms,
        "wrap_up_ms": tally.wrap_up_ms,
        "longest_wait_ms": tally.longest_wait_ms,
        "agents_talking_ms": tally.talking_ms,
        "agents_wrap_up_ms": tally.wrapping_ms,
        "agents_ready_ms": tally.ready_ms,
        "agents_unreachable_ms": tally.unreachable_ms,
        "agents_paused_ms": tally.paused_all_ms(),
        "agents_paused_by_reason_ms": tally.paused_ms,
        "agents_logged_in_ms": tally.logged_in_ms(),
        "dispositions": tally.dispositions,
        "others": tally.others,
        "service_level": service_level,
        "abandoned_share": tally.abandoned_share(),
        "asa_ms": tally.average_wait_ms(),
        "aht_ms": tally.average_handle_ms(),
        "occupancy": tally.occupancy(),
    })
}

const COLUMNS: [&str; 32] = [
    "volume",
    "contacts",
    "answered",
    "answered_in_time",
    "abandoned",
    "abandoned_in_time",
    "overflowed",
    "offered",
    "missed",
    "service_level",
    "service_level_of",
    "service_level_formula",
    "threshold_s",
    "abandoned_share",
    "asa_s",
    "answered_wait_s",
    "aht_s",
    "handled",
    "talk_s",
    "hold_s",
    "wrap_up_s",
    "longest_wait_s",
    "occupancy",
    "agents_talking_s",
    "agents_wrap_up_s",
    "agents_ready_s",
    "agents_unreachable_s",
    "agents_paused_s",
    "agents_paused_by_reason_s",
    "agents_logged_in_s",
    "sessions",
    "dispositions",
];

/// Comma-separated values. A name that a spreadsheet would take for a formula is quoted with an apostrophe.
pub(super) fn csv(page: &Page) -> anyhow::Result<String> {
    let mut out = csv::Writer::from_writer(vec![]);
    let own = others::columns();
    out.write_record([page.by.word()].into_iter().chain(COLUMNS).chain(own.iter().map(String::as_str)))?;
    for (name, within, tally) in &page.rows {
        let within = within.map(|one| vec![one]);
        out.write_record(record(page, name, within.as_ref().unwrap_or(&page.thresholds), tally))?;
    }
    out.write_record(record(page, "total", &page.thresholds, &page.total))?;
    Ok(String::from_utf8(out.into_inner()?)?)
}

fn record(page: &Page, name: &str, within: &[Duration], tally: &Tally) -> Vec<String> {
    let share = |ratio: Ratio| ratio.value.map_or_else(String::new, |value| format!("{value:.4}"));
    let average = |ratio: Ratio| ratio.value.map_or_else(String::new, |value| format!("{:.3}", value / 1_000.0));
    let s = decimal;
    let paused: Vec<String> = tally.paused_ms.iter().map(|(why, ms)| format!("{why}={}", s(*ms))).collect();
    let within: Vec<String> = within.iter().map(|within| within.as_secs_f64().to_string()).collect();
    let outcomes: Vec<String> = tally.dispositions.iter().map(|(word, count)| format!("{word}={count}")).collect();
    let level = tally.service_level();
    let mut cells = vec![
        harmless(name),
        tally.came.to_string(),
        tally.contacts().to_string(),
        tally.answered.to_string(),
        tally.answered_in_time.to_string(),
        tally.abandoned.to_string(),
        tally.abandoned_in_time.to_string(),
        tally.overflowed.to_string(),
        tally.offered.to_string(),
        tally.missed.to_string(),
        share(level),
        level.denominator.to_string(),
        "SL3".into(),
        within.join(" "),
        share(tally.abandoned_share()),
        average(tally.average_wait_ms()),
        s(tally.answered_wait_ms),
        average(tally.average_handle_ms()),
        tally.handled.to_string(),
        s(tally.talk_ms),
        s(tally.hold_ms),
        s(tally.wrap_up_ms),
        s(tally.longest_wait_ms),
        share(tally.occupancy()),
        s(tally.talking_ms),
        s(tally.wrapping_ms),
        s(tally.ready_ms),
        s(tally.unreachable_ms),
        s(tally.paused_all_ms()),
        harmless(&paused.join("; ")),
        s(tally.logged_in_ms()),
        agents::sessions(page, name).unwrap_or_default(),
        harmless(&outcomes.join("; ")),
    ];
    cells.extend(others::cells(tally));
    cells
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use jiff::tz::TimeZone;
    use ledger::report::{LoginSession, Others};
    use std::collections::BTreeMap;
    use terms::{ContactKind, Wall, Word as _};

    fn page(by: By) -> Page {
        let busy = Tally {
            came: 5,
            came_again: 1,
            answered: 3,
            answered_in_time: 2,
            abandoned: 1,
            answered_wait_ms: 45_000,
            longest_wait_ms: 30_000,
            handled: 2,
            talk_ms: 70_000,
            hold_ms: 10_000,
            wrap_up_ms: 20_000,
            ..Tally::default()
        };
        let paused_ms = [("lunch".to_owned(), 30_000), (String::new(), 5_000)].into();
        let total = Tally { talking_ms: 60_000, ready_ms: 140_000, paused_ms, ..busy.clone() };
        let at = |day| date(2026, 11, day).to_zoned(TimeZone::UTC).unwrap();
        let nine = Wall::from_millis(at(20).timestamp().as_millisecond() + 9 * 3_600_000);
        let session = LoginSession { from: Some(nine), to: None };
        Page {
            by,
            from: at(20),
            to: at(21),
            queue: None,
            rows: vec![
                ("=HYPERLINK(\"http://x\"),1".into(), Some(Duration::from_secs(20)), busy),
                ("quiet".into(), Some(Duration::from_millis(7_500)), Tally::default()),
            ],
            sessions: [("quiet".to_owned(), vec![session])].into(),
            total,
            thresholds: vec![Duration::from_millis(7_500), Duration::from_secs(20)],
        }
    }

    #[test]
    fn the_table_names_its_formulas_and_thresholds() {
        let text = text(&page(By::Queue));
        assert!(text.starts_with("2026-11-20 00:00:00 to 2026-11-21 00:00:00 (UTC)\n\nqueue "), "{text}");
        assert!(
            text.contains("SL3: answered within T / (answered + abandoned after T); T = 7.5 s, 20 s, each"),
            "{text}"
        );
        let lines: Vec<Vec<&str>> = text.lines().map(|line| line.split_whitespace().collect()).collect();
        let total = lines.iter().find(|line| line.first() == Some(&"total")).unwrap();
        let figures = ["5", "4", "3", "1", "0", "50.0", "%", "25.0", "%", "00:15", "00:50", "00:30", "30.0", "%"];
        assert_eq!(total[1..], figures, "{text}");
        let quiet = lines.iter().find(|line| line.first() == Some(&"quiet")).unwrap();
        assert_eq!(quiet[1..], ["0", "0", "0", "0", "0", "-", "-", "-", "-", "00:00", "-"], "nothing is not 0 %");
    }

    /// The words before a colon below the table, and the heads of its columns.
    fn explained_and_shown(page: &Page) -> (Vec<String>, String) {
        let text = text(page);
        let mut lines = text.lines().skip(2);
        let heads = lines.next().unwrap().to_owned();
        let words = ["lost:", "ASA:", "AHT:", "occupancy:", "volume:", "logged in:"];
        let explained = words.into_iter().filter(|word| lines.clone().any(|line| line.contains(word)));
        (explained.map(|word| word.trim_end_matches(':').to_owned()).collect(), heads)
    }

    #[test]
    fn what_is_explained_is_shown_and_what_has_a_formula_is_explained() {
        for by in [By::Queue, By::Agent, By::Team, By::Hour, By::Day] {
            for queue in [None, Some("support".to_owned())] {
                let (explained, heads) = explained_and_shown(&Page { queue, ..page(by) });
                for word in ["lost", "ASA", "AHT", "occupancy", "volume", "logged in"] {
                    let is_explained = explained.iter().any(|one| one == word);
                    let is_shown = heads.split("  ").any(|head| head.trim() == word);
                    assert_eq!(is_explained, is_shown, "{by:?} {word}: {heads}");
                }
            }
        }
    }

    #[test]
    fn agents_have_their_breaks_by_reason_and_their_log_ins() {
        let mut page = page(By::Agent);
        page.rows[1].2 = page.total.clone();
        let text = text(&page);
        let row = text.lines().find(|line| line.starts_with("quiet ")).unwrap();
        let words: Vec<&str> = row.split_whitespace().collect();
        assert_eq!(words[8..], ["03:55", "02:20", "00:00", "01:00", "00:00", "00:35", "30.0", "%"], "{text}");
        assert!(text.contains("\npaused     quiet: without a reason 00:05, lunch 00:30\n"), "{text}");
        assert!(text.contains("\nlogged in  quiet: 09:00:00 to ...\n"), "{text}");
        let value: Value = serde_json::from_str(&json(&page).unwrap()).unwrap();
        let row = &value["rows"][1];
        assert_eq!(row["agents_paused_by_reason_ms"], json!({"": 5_000, "lunch": 30_000}));
        assert_eq!(row["sessions"], json!([{"from_ms": 1_795_165_200_000_u64, "to_ms": null}]));
        assert_eq!(row["agents_logged_in_ms"], 235_000);
    }

    #[test]
    fn what_comes_by_no_call_is_told_beneath_by_its_kind() {
        let mut page = page(By::Queue);
        let tasks = Others {
            came: 3,
            taken: 2,
            taken_wait_ms: 90_000,
            done: 1,
            work_ms: 55_000,
            wrap_up_ms: 5_000,
            ..Others::default()
        };
        page.rows[1].2.others.insert(ContactKind::Task, tasks);
        let text = text(&page);
        let line = "\nno call    quiet: task 3 came, 2 taken after 00:45, 0 sent on, 1 done in 01:00\n";
        assert!(text.contains(line), "{text}");
        let value: Value = serde_json::from_str(&json(&page).unwrap()).unwrap();
        assert_eq!(value["rows"][1]["others"]["task"]["taken_wait_ms"], 90_000);
        assert_eq!((&value["rows"][1]["volume"], &value["rows"][0]["others"]), (&json!(0), &json!({})));
    }

    /// A row of the values in one form and in the other.
    fn both(page: &Page) -> (Value, BTreeMap<String, String>) {
        let value: Value = serde_json::from_str(&json(page).unwrap()).unwrap();
        let text = csv(page).unwrap();
        let mut rows = csv::Reader::from_reader(text.as_bytes());
        let heads = rows.headers().unwrap().clone();
        let row = rows.records().next().unwrap().unwrap();
        let cells = heads.iter().zip(&row).map(|(head, cell)| (head.to_owned(), cell.to_owned())).collect();
        (value["rows"][0].clone(), cells)
    }

    /// As a table of values has it: seconds where the other has milliseconds, words with their counts as one text.
    fn cell(key: &str, value: &Value) -> Option<(String, String)> {
        let seconds = |ms: u64| format!("{}.{:03}", ms / 1_000, ms % 1_000);
        Some(match (key.strip_suffix("_ms"), value) {
            (Some(key), Value::Number(ms)) => (format!("{key}_s"), seconds(ms.as_u64()?)),
            (None, Value::Number(count)) => (key.to_owned(), count.to_string()),
            (Some(key), Value::Object(told)) if !told.contains_key("value") => {
                let each = told.iter().map(|(why, ms)| Some(format!("{why}={}", seconds(ms.as_u64()?))));
                (format!("{key}_s"), each.collect::<Option<Vec<_>>>()?.join("; "))
            }
            (None, Value::Object(told)) if !told.contains_key("value") => (
                key.to_owned(),
                told.iter().map(|(word, count)| format!("{word}={count}")).collect::<Vec<_>>().join("; "),
            ),
            (Some(key), Value::Object(told)) => {
                (format!("{key}_s"), format!("{:.3}", told["value"].as_f64()? / 1_000.0))
            }
            (None, Value::Object(told)) => (key.to_owned(), format!("{:.4}", told["value"].as_f64()?)),
            _ => return None,
        })
    }

    #[test]
    fn every_figure_of_the_one_form_is_in_the_other_and_so_is_what_comes_by_no_call() {
        let mut page = page(By::Agent);
        page.rows[0].2 = Tally { talking_ms: 60_001, ready_ms: 140_002, ..page.total.clone() };
        page.rows[0].2.paused_ms.remove("");
        page.rows[0].2.dispositions = [("sold".to_owned(), 3), ("no".to_owned(), 1)].into();
        for (nth, kind) in ContactKind::ALL.iter().filter(|kind| !kind.is_call()).enumerate() {
            let many = 100 * (nth as u64 + 1);
            let one = Others {
                came: many,
                came_again: many + 1,
                taken: many + 2,
                taken_wait_ms: many + 3,
                ..Others::default()
            };
            let one = Others { overflowed: many + 4, done: many + 5, work_ms: many + 6, wrap_up_ms: many + 7, ..one };
            page.rows[0].2.others.insert(*kind, one);
        }
        let (value, cells) = both(&page);
        let told = |key: &str, value: &Value| {
            let (head, wanted) = cell(key, value).unwrap_or_else(|| panic!("{key}: {value}"));
            assert_eq!(cells.get(&head), Some(&wanted), "{key}");
        };
        let row = value.as_object().unwrap();
        for (key, value) in row.iter().filter(|(key, _)| !["agent", "sessions", "others"].contains(&key.as_str())) {
            told(key, value);
        }
        let others = row["others"].as_object().unwrap();
        assert!(!others.is_empty() && others.len() == 5);
        for (kind, figures) in others {
            figures.as_object().unwrap().iter().for_each(|(key, value)| told(&format!("{kind}_{key}"), value));
        }
    }

    #[test]
    fn json_has_every_numerator_and_denominator() {
        let value: Value = serde_json::from_str(&json(&page(By::Queue)).unwrap()).unwrap();
        let row = &value["rows"][0];
        let level = json!({"value": 0.5, "numerator": 2, "denominator": 4, "formula": "SL3", "threshold_ms": 20_000});
        assert_eq!(row["service_level"], level);
        assert_eq!(row["asa_ms"], json!({"value": 15_000.0, "numerator": 45_000, "denominator": 3}));
        assert_eq!(row["aht_ms"], json!({"value": 50_000.0, "numerator": 100_000, "denominator": 2}));
        assert_eq!(value["total"]["occupancy"], json!({"value": 0.3, "numerator": 60_000, "denominator": 200_000}));
        assert_eq!(value["total"]["service_level"]["threshold_ms"], json!([7_500, 20_000]));
        assert_eq!(value["rows"][1]["asa_ms"], json!({"value": null, "numerator": 0, "denominator": 0}));
        assert_eq!((&row["volume"], &row["contacts"]), (&json!(5), &json!(4)));
    }

    #[test]
    fn a_spreadsheet_runs_nothing_that_a_name_says() {
        let text = csv(&page(By::Queue)).unwrap();
        let mut rows = csv::Reader::from_reader(text.as_bytes());
        assert_eq!(rows.headers().unwrap().len(), 1 + COLUMNS.len() + others::columns().len());
        let rows: Vec<csv::StringRecord> = rows.records().map(Result::unwrap).collect();
        assert_eq!(&rows[0][0], "'=HYPERLINK(\"http://x\"),1");
        assert_eq!((&rows[0][10], &rows[0][15], &rows[0][17]), ("0.5000", "15.000", "50.000"), "{text}");
        assert_eq!((&rows[1][0], &rows[2][0]), ("quiet", "total"));
        for name in ["+1-1", "-1", "@SUM(A1)", "\t=1", "\r=1"] {
            assert!(harmless(name).starts_with('\''), "{name:?}");
        }
        for name in ["support-2", "+442079460001"] {
            assert_eq!(harmless(name), name);
        }
    }
}
