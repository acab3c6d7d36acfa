//! The sections of all files, each put where it belongs.

use super::named::{Named, Standing};
use crate::finding::Report;
use crate::habits;
use crate::recover::Stray;
use crate::table::{Number, Str, Table};
use crate::text::{At, ROOT};
use toml::de::DeTable;

/// The tables of all files, by kind.
#[derive(Default)]
pub(super) struct Parts<'d> {
    pub listen: Single<'d>,
    pub sip: Single<'d>,
    pub lamps: Single<'d>,
    pub transfer: Single<'d>,
    pub codes: Single<'d>,
    pub duty: Single<'d>,
    pub park: Single<'d>,
    pub supervision: Single<'d>,
    pub storage: Single<'d>,
    pub media: Single<'d>,
    pub metrics: Single<'d>,
    pub console: Single<'d>,
    pub tls: Single<'d>,
    pub trace: Single<'d>,
    pub customers: Single<'d>,
    pub log: Single<'d>,
    pub office: Single<'d>,
    pub trunks: Vec<Table<'d>>,
    pub phones: Vec<Table<'d>>,
    pub agents: Vec<Table<'d>>,
    pub users: Vec<Table<'d>>,
    pub queues: Vec<Table<'d>>,
    pub groups: Vec<Table<'d>>,
    pub rooms: Vec<Table<'d>>,
    pub boards: Vec<Table<'d>>,
    pub routes: Vec<Table<'d>>,
    pub hours: Vec<Named<'d>>,
    pub flows: Vec<Named<'d>>,
}

impl Parts<'_> {
    /// Puts what stood below a header that could not be read among the others.
    pub(super) fn in_written_order(&mut self, files: &[usize]) {
        let place = |at: At| (files.iter().position(|file| *file == at.file), at.start);
        let Parts { trunks, phones, agents, users, queues, groups, rooms, boards, routes, hours, flows, .. } = self;
        for tables in [trunks, phones, agents, users, queues, groups, rooms, boards, routes] {
            tables.sort_by_key(|table| place(table.at));
        }
        [hours, flows].into_iter().for_each(|sections| sections.sort_by_key(|named| place(named.table.at)));
    }
}

/// A section of which there is one; others of its name are judged, and do not count.
#[derive(Default)]
pub(super) struct Single<'d> {
    pub first: Option<Table<'d>>,
    pub others: Vec<Table<'d>>,
}

/// Puts the top-level tables of one file where they belong.
pub(super) fn sort_out<'d>(file: usize, document: &'d DeTable<'d>, parts: &mut Parts<'d>, report: &mut Report) {
    let mut top = Table::new(document, At { file, start: 0, end: 0 }, ROOT, Number::none());
    let _ = top.get("include");
    single(&mut top, "listen", "[listen]", &mut parts.listen, report);
    single(&mut top, "sip", "[sip]", &mut parts.sip, report);
    single(&mut top, "lamps", "[lamps]", &mut parts.lamps, report);
    single(&mut top, "transfer", "[transfer]", &mut parts.transfer, report);
    single(&mut top, "codes", "[codes]", &mut parts.codes, report);
    single(&mut top, "duty", "[duty]", &mut parts.duty, report);
    single(&mut top, "park", "[park]", &mut parts.park, report);
    single(&mut top, "supervision", "[supervision]", &mut parts.supervision, report);
    single(&mut top, "storage", "[storage]", &mut parts.storage, report);
    single(&mut top, "media", "[media]", &mut parts.media, report);
    single(&mut top, "metrics", "[metrics]", &mut parts.metrics, report);
    single(&mut top, "console", "[console]", &mut parts.console, report);
    single(&mut top, "tls", "[tls]", &mut parts.tls, report);
    single(&mut top, "trace", "[trace]", &mut parts.trace, report);
    single(&mut top, "customers", "[customers]", &mut parts.customers, report);
    single(&mut top, "log", "[log]", &mut parts.log, report);
    single(&mut top, "office", "[office]", &mut parts.office, report);
    parts.trunks.extend(top.tables("trunk", "[[trunk]]", "[[trunk]]", report));
    parts.phones.extend(top.tables("phone", "[[phone]]", "[[phone]]", report));
    parts.agents.extend(top.tables("agent", "[[agent]]", "[[agent]]", report));
    parts.users.extend(top.tables("user", "[[user]]", "[[user]]", report));
    parts.queues.extend(top.tables("queue", "[[queue]]", "[[queue]]", report));
    parts.groups.extend(top.tables("group", "[[group]]", "[[group]]", report));
    parts.rooms.extend(top.tables("room", "[[room]]", "[[room]]", report));
    parts.boards.extend(top.tables("board", "[[board]]", "[[board]]", report));
    parts.routes.extend(top.tables("route", "[[route]]", "[[route]]", report));
    sections(&mut top, "hours", &mut parts.hours, report);
    sections(&mut top, "flow", &mut parts.flows, report);
    top.finish(report);
}

fn single<'d>(top: &mut Table<'d>, key: &'static str, title: &str, part: &mut Single<'d>, report: &mut Report) {
    let Some(value) = top.get(key) else { return };
    let Some(table) = value.table(title) else {
        value.wrong(key, &format!("a section, {title}"), report);
        let example = value.text(report).and_then(|text| habits::address(&text.text)).filter(|_| key == "listen");
        if let (Some(example), Some(finding)) = (example, report.last()) {
            finding.help(format!("write {title}, and below it: udp = {example:?}"));
        }
        return;
    };
    if let Some(first) = &part.first {
        let there = report.where_is(first.at, table.at);
        report.error(table.at, "defined-twice", format!("{title} is there twice")).help(format!("first in {there}"));
    }
    part.add(table);
}

impl<'d> Single<'d> {
    fn add(&mut self, table: Table<'d>) {
        match self.first {
            None => self.first = Some(table),
            Some(_) => self.others.push(table),
        }
    }
}

/// Puts the section below a header that could not be read where it belongs; where that is cannot always be told.
pub(super) fn take_in<'d>(
    file: usize,
    stray: &Stray,
    body: &'d DeTable<'d>,
    parts: &mut Parts<'d>,
    report: &mut Report,
) {
    let table = |title: &str| Table::new(body, At::new(file, stray.header.clone()), title, Number::none());
    let path: Vec<&str> = stray.path.iter().map(String::as_str).collect();
    match path.as_slice() {
        ["listen"] => parts.listen.add(table("[listen]")),
        ["sip"] => parts.sip.add(table("[sip]")),
        ["lamps"] => parts.lamps.add(table("[lamps]")),
        ["transfer"] => parts.transfer.add(table("[transfer]")),
        ["codes"] => parts.codes.add(table("[codes]")),
        ["duty"] => parts.duty.add(table("[duty]")),
        ["park"] => parts.park.add(table("[park]")),
        ["supervision"] => parts.supervision.add(table("[supervision]")),
        ["storage"] => parts.storage.add(table("[storage]")),
        ["media"] => parts.media.add(table("[media]")),
        ["metrics"] => parts.metrics.add(table("[metrics]")),
        ["console"] => parts.console.add(table("[console]")),
        ["tls"] => parts.tls.add(table("[tls]")),
        ["trace"] => parts.trace.add(table("[trace]")),
        ["customers"] => parts.customers.add(table("[customers]")),
        ["log"] => parts.log.add(table("[log]")),
        ["office"] => parts.office.add(table("[office]")),
        ["trunk"] => parts.trunks.push(table("[[trunk]]")),
        ["phone"] => parts.phones.push(table("[[phone]]")),
        ["agent"] => parts.agents.push(table("[[agent]]")),
        ["user"] => parts.users.push(table("[[user]]")),
        ["queue"] => parts.queues.push(table("[[queue]]")),
        ["group"] => parts.groups.push(table("[[group]]")),
        ["room"] => parts.rooms.push(table("[[room]]")),
        ["board"] => parts.boards.push(table("[[board]]")),
        ["route"] => parts.routes.push(table("[[route]]")),
        [kind @ ("hours" | "flow"), name] => {
            let section = table(&format!("[{kind}.{name}]"));
            let name = Str::of_name(name, section.at);
            let named = Named { name, standing: Standing::Nameless(0), table: section };
            if *kind == "hours" { parts.hours.push(named) } else { parts.flows.push(named) }
        }
        _ => report.lose_names(),
    }
}

/// The tables of `[hours.NAME]` or `[flow.NAME]`.
fn sections<'d>(top: &mut Table<'d>, key: &'static str, parts: &mut Vec<Named<'d>>, report: &mut Report) {
    let Some(value) = top.get(key) else { return };
    let Some(table) = value.table(key) else {
        value.wrong(key, &format!("sections, [{key}.NAME]"), report);
        return;
    };
    for (name, value) in table.entries() {
        match value.table(format!("[{key}.{}]", name.text)) {
            Some(table) => parts.push(Named { name, standing: Standing::Taken, table }),
            None => value.wrong(&name.text, &format!("to be a section, [{key}.{}]", name.text), report),
        }
    }
}
