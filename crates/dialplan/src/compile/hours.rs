//! `[hours.NAME]`: opening hours; and the time zones of the office and of queues.

use super::{Named, or_report};
use crate::Office;
use crate::finding::Report;
use crate::habits;
use crate::hours::{self, Hours};
use crate::table::{Str, Table};
use crate::value::Mistake;
use jiff::tz::TimeZone;

pub(super) fn read(sections: Vec<Named<'_>>, report: &mut Report) -> Vec<Hours> {
    sections.into_iter().map(|named| read_one(named, report)).collect()
}

fn read_one(named: Named<'_>, report: &mut Report) -> Hours {
    let Named { name, mut table, .. } = named;
    let before = report.errors();
    let zone = table.needed("zone", "zone = \"Europe/Sofia\"", report);
    let clock = zone.as_ref().and_then(|zone| clock(zone, report)).unwrap_or(TimeZone::UTC);
    let said = table.get("open").map(|value| value.at);
    if said.is_none() {
        table.missing("open", "open = [\"mon-fri 09:00-18:00\"]", report);
    }
    let open = table.strings("open", report).unwrap_or_default();
    let open = open.iter().filter_map(|text| or_report(open_at(text), text, "bad-hours", report)).collect();
    let closed_at = table.get("closed").map(|value| value.at);
    let closed = table.strings("closed", report).unwrap_or_default();
    let closed =
        closed.iter().filter_map(|text| or_report(hours::read_closed(&text.text), text, "bad-date", report)).collect();
    let (header, place) = (table.at, report.place(table.at));
    table.finish(report);
    let zone = zone.map_or_else(|| "UTC".into(), |zone| zone.text);
    let hours = Hours::compiled(&name.text, &zone, clock, open, closed, place);
    let as_said = report.errors() == before && report.torn(header).next().is_none();
    if said.is_some() && as_said && hours.never_opens() {
        let message = format!("hours {:?} never open", name.text);
        let help = match closed_at {
            Some(_) => "every day is closed by one of these",
            None => "say when: open = [\"mon-fri 09:00-18:00\"]",
        };
        let note = "a route during these hours always goes its `otherwise`, or is passed over";
        report.warn(closed_at.or(said).unwrap_or(name.at), "never-open", message).help(help).note(note);
    }
    hours
}

fn open_at(text: &Str) -> Result<hours::Open, Mistake> {
    hours::read_open(&text.text).map_err(|mistake| match habits::hours(&text.text) {
        Some(meant) => Mistake::new(0..text.text.len(), format!("{:?} are not opening hours", text.text))
            .help(format!("did you mean {meant:?}?")),
        None => mistake,
    })
}

/// `[office]`.
pub(super) fn office(table: Option<Table<'_>>, office: &mut Office, report: &mut Report) {
    let Some(mut table) = table else { return };
    office.zone = zone(&mut table, report);
    table.finish(report);
}

/// The key `zone` of what may have one.
pub(super) fn zone(table: &mut Table<'_>, report: &mut Report) -> Option<String> {
    let text = table.string("zone", report)?;
    clock(&text, report)?;
    Some(text.text)
}

fn clock(zone: &Str, report: &mut Report) -> Option<TimeZone> {
    hours::zone(&zone.text)
        .map_err(|near| {
            // Etc/GMT+2 is two hours behind: nobody who writes GMT+2 means it.
            let offset = zone.text.contains(['+', '-']) && zone.text.contains(|c: char| c.is_ascii_digit());
            let help = match near {
                _ if offset => "a zone is a place, whose summer time goes with it, such as \"Europe/Sofia\"".to_owned(),
                Some(near) => format!("did you mean {near:?}?"),
                None => "write a name of the time zone database, such as \"Europe/Sofia\" or \"UTC\"".to_owned(),
            };
            report.error(zone.at, "unknown-zone", format!("{:?} is not a time zone", zone.text)).help(help);
        })
        .ok()
}
