//! What a report tells of agents alone: their time, their breaks by reason, when they logged in and out.

use super::cells::{length, percent};
use super::{By, Page};
use crate::admin::table::{clock, columns};
use jiff::Timestamp;
use ledger::report::{LoginSession, Tally};
use serde_json::{Value, json};
use terms::Wall;

/// Columns of an agent's own time, and of what is made of it.
const TIMES: usize = 7;

/// A row an agent, or a team. His own time is that of all his queues, so with one queue it is left out.
pub(super) fn table(by: By, rows: &[(&str, &Tally)], times: bool) -> String {
    let heads = [
        (by.word(), false),
        ("offered", true),
        ("answered", true),
        ("missed", true),
        ("SL", true),
        ("ASA", true),
        ("AHT", true),
        ("logged in", true),
        ("ready", true),
        ("no phone", true),
        ("talking", true),
        ("wrap-up", true),
        ("paused", true),
        ("occupancy", true),
    ];
    let row = |(name, tally): &(&str, &Tally)| {
        vec![
            (*name).to_owned(),
            tally.offered.to_string(),
            tally.answered.to_string(),
            tally.missed.to_string(),
            percent(tally.service_level()),
            length(tally.average_wait_ms()),
            length(tally.average_handle_ms()),
            clock(tally.logged_in_ms()),
            clock(tally.ready_ms),
            clock(tally.unreachable_ms),
            clock(tally.talking_ms),
            clock(tally.wrapping_ms),
            clock(tally.paused_all_ms()),
            percent(tally.occupancy()),
        ]
    };
    let heads = if times { &heads[..] } else { &heads[..heads.len() - TIMES] };
    columns(heads, &rows.iter().map(row).collect::<Vec<_>>())
}

/// Breaks by reason, and log-ins; an agent a line.
pub(super) fn times(page: &Page) -> String {
    let paused = page.rows.iter().filter(|(_, _, tally)| !tally.paused_ms.is_empty());
    let paused: Vec<String> = paused.map(|(name, _, tally)| format!("{name}: {}", reasons(tally))).collect();
    let there = page.rows.iter().filter_map(|(name, ..)| Some(format!("{name}: {}", sessions(page, name)?)));
    format!("{}{}", list("paused", &paused), list("logged in", &there.collect::<Vec<_>>()))
}

/// What came of conversations, by the words of the agents; a row a line.
pub(super) fn dispositions(page: &Page) -> String {
    let each = |tally: &Tally| {
        let words = tally.dispositions.iter().map(|(word, count)| format!("{word} {count}"));
        words.collect::<Vec<_>>().join(", ")
    };
    let told = page.rows.iter().filter(|(_, _, tally)| !tally.dispositions.is_empty());
    let lines: Vec<String> = told.map(|(name, _, tally)| format!("{name}: {}", each(tally))).collect();
    list("outcomes", &lines)
}

fn list(head: &str, lines: &[String]) -> String {
    let heads = std::iter::once(head).chain(std::iter::repeat(""));
    let lines = heads.zip(lines).map(|(head, line)| format!("{head:9}  {line}\n"));
    let lines: String = lines.collect();
    if lines.is_empty() { lines } else { format!("\n{lines}") }
}

fn reasons(tally: &Tally) -> String {
    let word = |why: &str| if why.is_empty() { "without a reason".to_owned() } else { why.to_owned() };
    let each: Vec<String> = tally.paused_ms.iter().map(|(why, ms)| format!("{} {}", word(why), clock(*ms))).collect();
    each.join(", ")
}

/// When an agent was at work; three dots for before the begin and after the end of the report.
pub(super) fn sessions(page: &Page, agent: &str) -> Option<String> {
    let midnight = page.from.tomorrow().and_then(|day| day.start_of_day());
    let one_day = midnight.is_ok_and(|midnight| page.to <= midnight);
    let form = if one_day { "%H:%M:%S" } else { "%Y-%m-%d %H:%M:%S" };
    let zone = page.from.time_zone();
    let at = |at: Option<Wall>| {
        let at = at.and_then(|at| Timestamp::from_millisecond(at.as_millis()).ok());
        at.map_or_else(|| "...".into(), |at| at.to_zoned(zone.clone()).strftime(form).to_string())
    };
    let one = |session: &LoginSession| format!("{} to {}", at(session.from), at(session.to));
    let all: Vec<String> = page.sessions.get(agent)?.iter().map(one).collect();
    Some(all.join(", "))
}

/// The same in milliseconds since 1970.
pub(super) fn sessions_json(page: &Page, agent: &str) -> Value {
    let ms = |at: Option<Wall>| at.map(Wall::as_millis);
    let one = |session: &LoginSession| json!({"from_ms": ms(session.from), "to_ms": ms(session.to)});
    page.sessions.get(agent).into_iter().flatten().map(one).collect()
}
