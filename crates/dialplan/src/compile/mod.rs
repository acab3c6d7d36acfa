//! From checked tables to the plan. Each file reads the tables of one kind and finds every mistake in them.

mod agent;
mod board;
mod codes;
mod confirm;
mod customers;
mod duty;
mod flow;
pub(crate) mod group;
mod hours;
mod incoming;
mod lamps;
mod language;
mod listen;
mod media;
mod named;
mod number;
mod pages;
mod park;
mod parts;
mod phone;
mod queue;
mod roles;
mod room;
mod route;
mod settings;
mod sip;
mod staff;
mod supervises;
mod supervision;
mod transfer;
mod trunk;
mod user;
mod watch;

use crate::finding::{Finding, Report};
use crate::gather::{content_hash, gather};
use crate::pattern::Pattern;
use crate::recover::Stray;
use crate::scope::Scope;
use crate::secret::Secrets;
use crate::source::Sources;
use crate::table::{Str, Table, Value};
use crate::toll::Ways;
use crate::value::{self, Mistake};
use crate::{Plan, Storage, check, habits, machine};
pub(crate) use board::FIGURES;
pub(crate) use lamps::AUDIENCES;
use language::Prompts;
use named::{Named, Standing, are_whole, declare, declare_sections};
use parts::{Parts, sort_out, take_in};
pub(crate) use roles::of as roles;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::rc::Rc;
use std::sync::Arc;
use toml::de::DeTable;

/// A configuration that was taken.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The plan.
    pub plan: Arc<Plan>,
    /// Where the passwords are.
    pub secrets: Secrets,
    /// What is probably not meant.
    pub warnings: Vec<Finding>,
}

/// Reads, checks and compiles a configuration. Every mistake is found at once; a single error refuses it all.
pub fn load(sources: &mut dyn Sources, root: &str) -> Result<Loaded, Vec<Finding>> {
    let mut report = Report::default();
    gather(sources, root, &mut report);
    if report.texts().is_empty() {
        return Err(report.into_findings());
    }
    let texts: Vec<(usize, Rc<str>)> =
        report.order().iter().map(|&file| (file, report.text(file).readable.clone())).collect();
    let documents: Vec<(usize, DeTable<'_>)> =
        texts.iter().map(|(file, text)| (*file, DeTable::parse_recoverable(text).0.into_inner())).collect();
    let strays = report.strays();
    let sections: Vec<(usize, &Stray, DeTable<'_>)> = strays
        .iter()
        .map(|(file, stray)| (*file, stray, DeTable::parse_recoverable(&stray.body).0.into_inner()))
        .collect();
    let mut parts = Parts::default();
    documents.iter().for_each(|(file, document)| sort_out(*file, document, &mut parts, &mut report));
    sections.iter().for_each(|(file, stray, body)| take_in(*file, stray, body, &mut parts, &mut report));
    parts.in_written_order(report.order());
    let (mut plan, secrets) = compile(parts, sources, &mut report);
    plan.content_hash = content_hash(report.texts());
    let failed = report.has_errors();
    let findings = report.into_findings();
    if failed { Err(findings) } else { Ok(Loaded { plan: Arc::new(plan), secrets, warnings: findings }) }
}

fn compile(parts: Parts<'_>, sources: &mut dyn Sources, report: &mut Report) -> (Plan, Secrets) {
    let mut scope = Scope::new();
    let trunks =
        declare(parts.trunks, "name", "name = \"acme\"", &mut scope.trunks, terms::TrunkId::of, |id| id.0, report);
    let phones =
        declare(parts.phones, "user", "user = \"alice\"", &mut scope.phones, terms::PhoneId::of, |id| id.0, report);
    let mut agents =
        declare(parts.agents, "name", "name = \"alice\"", &mut scope.agents, terms::AgentId::of, |id| id.0, report);
    // A user is known by his name: the hash only tells two of them apart.
    let users =
        declare(parts.users, "name", "name = \"anna\"", &mut scope.users, terms::AgentId::of, |id| id.0, report);
    let queues =
        declare(parts.queues, "name", "name = \"support\"", &mut scope.queues, terms::QueueId::of, |id| id.0, report);
    // A group is known by its place: the hash only tells two names apart.
    let groups =
        declare(parts.groups, "name", "name = \"sales\"", &mut scope.groups, terms::GroupId::of, |id| id.0, report);
    let rooms =
        declare(parts.rooms, "name", "name = \"daily\"", &mut scope.rooms, terms::RoomId::of, |id| id.0, report);
    // As is a board.
    let boards =
        declare(parts.boards, "name", "name = \"hall\"", &mut scope.boards, terms::GroupId::of, |id| id.0, report);
    let hours = declare_sections(parts.hours, &mut scope.hours, |name| terms::HoursId::of(name).0, report);
    let flows = declare_sections(parts.flows, &mut scope.flows, |name| terms::FlowId::of(name).0, report);

    if report.names_lost() {
        scope.lose_names();
    }

    supervises::gather_teams(&mut agents, &mut scope, report);
    let mut plan = Plan::default();
    let mut secrets = Secrets::default();
    let own = sources.addresses();
    let Parts {
        listen,
        sip,
        lamps,
        transfer,
        park,
        supervision,
        codes,
        duty,
        storage,
        media,
        metrics,
        console,
        tls,
        trace,
        customers,
        log,
        office,
        routes,
        ..
    } = parts;
    let ports = listen::read(listen.first, &mut plan.listen, &own, report);
    sip::read(sip.first, &mut plan.sip, report);
    lamps::read(lamps.first, &mut plan.lamps, report);
    lamps.others.into_iter().for_each(|table| lamps::read(Some(table), &mut plan.lamps.clone(), report));
    let sounds_known = read_storage(storage.first, &mut plan.storage, report);
    let slots_at = park::read(park.first, &mut plan.park, &mut scope, report);
    park.others.into_iter().for_each(|table| {
        park::read(Some(table), &mut plan.park.clone(), &mut scope, report);
    });
    supervision::read(supervision.first, &mut plan.supervision, &mut scope, report);
    supervision.others.into_iter().for_each(|table| {
        supervision::read(Some(table), &mut plan.supervision.clone(), &mut scope, report);
    });
    duty::read(duty.first, &mut plan.duty, &mut scope, report);
    duty.others.into_iter().for_each(|table| duty::read(Some(table), &mut plan.duty.clone(), &mut scope, report));
    watch::metrics(metrics.first, &mut plan.metrics, &own, report);
    plan.tls = pages::tls(tls.first, sources, report);
    tls.others.into_iter().for_each(|table| _ = pages::tls(Some(table), sources, report));
    pages::console(console.first, &mut plan.console, plan.tls.is_some(), &own, report);
    listen::certified(&plan.listen, ports, plan.tls.is_some(), report);
    let aside = &mut plan.console.clone();
    console.others.into_iter().for_each(|table| pages::console(Some(table), aside, true, &own, report));
    watch::trace(trace.first, &mut plan.trace, report);
    customers::read(customers.first, &mut plan.customers, report);
    customers.others.into_iter().for_each(|table| customers::read(Some(table), &mut plan.customers.clone(), report));
    trace.others.into_iter().for_each(|table| watch::trace(Some(table), &mut plan.trace.clone(), report));
    watch::log(log.first, &mut plan.log, report);
    hours::office(office.first, &mut plan.office, report);
    let others = [listen.others, sip.others, storage.others, metrics.others, log.others, office.others];
    judge_others(others, &own, report);

    let (whole, before) = (are_whole(&trunks, report), report.errors());
    plan.trunks = trunk::read(trunks, &mut secrets, report);
    let trunks_known = whole && report.errors() == before;
    // An address that could not be read has been complained about.
    let pages_heard = plan.listen.pages.is_some() || report.errors() > 0;
    plan.phones = phone::read(phones, &mut scope, &mut secrets, pages_heard, report);
    scope.extensions = extensions(&plan.phones);
    let (whole, before) = (are_whole(&agents, report), report.errors());
    plan.agents = agent::read(agents, &mut secrets, &mut scope, report);
    let names_known = !scope.agents.incomplete && !scope.phones.incomplete;
    scope.agents_known = whole && names_known && report.errors() == before;
    plan.users = user::read(users, &mut scope, report);
    plan.hours = hours::read(hours, report);

    let before = report.errors();
    (plan.queues, plan.written.queues) = queue::read(queues, &plan.agents, &mut scope, report);
    let mut prompts = Prompts::new(sources, &plan.storage, sounds_known);
    plan.media = media::read(media.first, &plan, &mut scope, report);
    media.others.into_iter().for_each(|table| _ = media::read(Some(table), &plan, &mut scope, report));
    plan.groups = group::read(groups, &mut scope.extensions.clone(), &mut scope, report);
    plan.rooms = room::read(rooms, &plan, &mut secrets, &mut scope, report);
    plan.boards = board::read(boards, &scope, report);
    park::judge(&plan, slots_at, report);
    plan.flows = flow::read(flows, &mut prompts, &mut scope, report);
    let ways = Ways {
        trunks: &plan.trunks,
        flows: &plan.flows,
        queues: &plan.queues,
        groups: &plan.groups,
        barred: false,
        known: trunks_known,
    };
    (plan.routes, plan.written.routes) = route::read(routes, &ways, &mut scope, report);
    transfer::read(transfer.first, &mut plan.transfer, &mut scope, report);
    let aside = &mut plan.transfer.clone();
    transfer.others.into_iter().for_each(|table| transfer::read(Some(table), aside, &mut scope, report));
    plan.codes = codes::check(codes::read(codes.first, report), &plan, report);
    codes.others.into_iter().for_each(|table| _ = codes::read(Some(table), report));
    // Perhaps a misspelt name leads there.
    let ways_known = report.errors() == before && !report.has_torn() && !report.names_lost();

    machine::secrets(&secrets, sources, report);
    machine::ports(&plan, ports, report);
    if sounds_known {
        check::sounds(&scope, &plan.storage.sounds, sources, report);
    }
    plan.prompts = scope.prompts().into_iter().map(|(prompt, _)| prompt).collect();
    plan.roles = roles(&plan);
    if ways_known {
        check::unused_things(&plan, &scope, report);
        check::forwards(&plan, &scope, report);
    }
    (plan, secrets)
}

/// Reads `[storage]`; whether the folder of the sounds is what the file says.
fn read_storage(table: Option<Table<'_>>, storage: &mut Storage, report: &mut Report) -> bool {
    let whole = match &table {
        Some(table) => report.torn(table.at).next().is_none(),
        None => !report.names_lost(),
    };
    let before = report.errors();
    listen::read_storage(table, storage, report);
    whole && report.errors() == before
}

/// Finds the mistakes in sections of which one is there already: `[listen]`, `[sip]`, `[storage]`, `[metrics]`, `[log]`,
/// `[office]`.
fn judge_others(others: [Vec<Table<'_>>; 6], own: &[IpAddr], report: &mut Report) {
    let [listen, sip, storage, metrics, log, office] = others;
    let mut aside = Plan::default();
    for table in listen {
        listen::read(Some(table), &mut aside.listen, own, report);
    }
    sip.into_iter().for_each(|table| sip::read(Some(table), &mut aside.sip, report));
    storage.into_iter().for_each(|table| listen::read_storage(Some(table), &mut aside.storage, report));
    metrics.into_iter().for_each(|table| watch::metrics(Some(table), &mut aside.metrics, own, report));
    log.into_iter().for_each(|table| watch::log(Some(table), &mut aside.log, report));
    office.into_iter().for_each(|table| hours::office(Some(table), &mut aside.office, report));
}

/// Users by what others dial to reach them.
fn extensions(phones: &[crate::Phone]) -> BTreeMap<String, String> {
    phones.iter().filter_map(|phone| Some((phone.extension.clone()?, phone.user.clone()))).collect()
}

/// The value, or a finding at the part of the text that is wrong.
fn or_report<T>(result: Result<T, Mistake>, text: &Str, code: &'static str, report: &mut Report) -> Option<T> {
    match result {
        Ok(value) => Some(value),
        Err(mistake) => {
            report.error(text.part(mistake.part), code, mistake.message).help = mistake.help;
            None
        }
    }
}

/// A pattern for numbers; what is taken and probably meant otherwise is warned about.
fn pattern(text: &Str, report: &mut Report) -> Option<Pattern> {
    let read = Pattern::read(&text.text).map_err(|mistake| match habits::pattern(&text.text) {
        Some(help) => {
            Mistake::new(0..text.text.len(), format!("{:?} is not a pattern for numbers", text.text)).help(help)
        }
        None => mistake,
    });
    let pattern = or_report(read, text, "bad-pattern", report)?;
    if let Some((message, help)) = habits::doubt(&text.text) {
        report.warn(text.at, "doubtful-pattern", message).help(help);
    }
    Some(pattern)
}

/// The codecs of a trunk or a phone, in order of preference.
fn codecs(table: &mut Table<'_>, report: &mut Report) -> Vec<crate::Codec> {
    let both = vec![crate::Codec::Pcma, crate::Codec::Pcmu];
    let Some(names) = table.strings("codecs", report) else { return both };
    let mut codecs = Vec::new();
    for name in &names {
        let Some(codec) = or_report(value::codec(&name.text), name, "unknown-codec", report) else { continue };
        if codecs.contains(&codec) {
            report.error(name.at, "defined-twice", format!("{:?} is named twice", name.text)).help("take one out");
        } else {
            codecs.push(codec);
        }
    }
    if let Some(text) = names.iter().find(|text| text.text.contains([',', ';', '|'])) {
        let list = habits::texts(&text.text, |one| habits::codec(one).unwrap_or(one).to_owned());
        if let (Some(list), Some(finding)) = (list, report.last()) {
            finding.help(list);
        }
    }
    if names.is_empty() {
        let at = table.get("codecs").map_or(table.at, |value| value.at);
        report.error(at, "empty", "without a codec nobody can talk").help("leave the line out for both codecs");
    }
    if codecs.is_empty() { both } else { codecs }
}

/// A password: a text, or where one is found.
fn password(table: &mut Table<'_>, key: &'static str, report: &mut Report) -> Option<crate::secret::Secret> {
    use crate::secret::{Secret, SecretRef};
    let value: Value<'_> = table.get(key)?;
    let what = if key == "password" { "password" } else { "PIN" };
    let place = report.place(value.at);
    if let Some(text) = value.text(report) {
        if text.text.is_empty() {
            report.error(value.at, "empty", format!("the {what} is empty"));
            return None;
        }
        let finding =
            report.warn(value.at, "plain-password", format!("this {what} can be read by whoever reads this file"));
        finding.help("keep it in a file of its own: { file = \"secrets/NAME\" }, or { env = \"NAME\" }");
        return Some(Secret { from: SecretRef::Plain(text.text), place, at: value.at });
    }
    let Some(mut inner) = value.table(key) else {
        value.wrong(key, "{ file = \"secrets/NAME\" } or { env = \"NAME\" }", report);
        return None;
    };
    let file = inner.string("file", report);
    let env = inner.string("env", report);
    inner.finish(report);
    let from = match (file, env) {
        (Some(file), None) => SecretRef::File(file.text),
        (None, Some(env)) => SecretRef::Env(env.text),
        _ => {
            let message = format!("a {what} is in one place: a file or an environment variable");
            report.error(value.at, "bad-password", message).help("{ file = \"secrets/NAME\" } or { env = \"NAME\" }");
            return None;
        }
    };
    Some(Secret { from, place, at: value.at })
}
