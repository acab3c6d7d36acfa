//! From checked tables to the plan. Each file reads the tables of one kind and finds every mistake in them.

mod agent;
mod flow;
mod hours;
mod language;
mod listen;
mod number;
mod phone;
mod queue;
mod route;
mod settings;
mod staff;
mod trunk;
mod watch;

use crate::finding::{Finding, Report};
use crate::pattern::Pattern;
use crate::scope::{Names, Scope};
use crate::secret::Secrets;
use crate::source::{self, At, Sources};
use crate::table::{Number, ROOT, Str, Table, Value};
use crate::toll::Ways;
use crate::value::{self, Mistake};
use crate::{Plan, check, habits, machine};
use language::Prompts;
use std::collections::BTreeMap;
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
    source::gather(sources, root, &mut report);
    // A text with broken TOML would bring a train of mistakes that are not there.
    if report.has_errors() {
        return Err(report.into_findings());
    }
    let texts: Vec<(usize, Rc<str>)> =
        report.order().iter().map(|&file| (file, report.text(file).text.clone())).collect();
    let documents: Vec<(usize, DeTable<'_>)> =
        texts.iter().map(|(file, text)| (*file, DeTable::parse_recoverable(text).0.into_inner())).collect();
    let (mut plan, secrets) = compile(&documents, sources, &mut report);
    plan.content_hash = source::content_hash(report.texts());
    let failed = report.has_errors();
    let findings = report.into_findings();
    if failed { Err(findings) } else { Ok(Loaded { plan: Arc::new(plan), secrets, warnings: findings }) }
}

/// A table with the name that it defines.
pub(crate) struct Named<'d> {
    pub name: Str,
    pub table: Table<'d>,
}

/// The tables of all files, by kind.
#[derive(Default)]
struct Parts<'d> {
    listen: Option<Table<'d>>,
    storage: Option<Table<'d>>,
    metrics: Option<Table<'d>>,
    log: Option<Table<'d>>,
    office: Option<Table<'d>>,
    trunks: Vec<Table<'d>>,
    phones: Vec<Table<'d>>,
    agents: Vec<Table<'d>>,
    queues: Vec<Table<'d>>,
    routes: Vec<Table<'d>>,
    hours: Vec<Named<'d>>,
    flows: Vec<Named<'d>>,
}

fn compile(documents: &[(usize, DeTable<'_>)], sources: &mut dyn Sources, report: &mut Report) -> (Plan, Secrets) {
    let mut parts = Parts::default();
    for (file, document) in documents {
        sort_out(*file, document, &mut parts, report);
    }
    let mut scope = Scope::new();
    let trunks =
        declare(parts.trunks, "name", "name = \"acme\"", &mut scope.trunks, terms::TrunkId::of, |id| id.0, report);
    let phones =
        declare(parts.phones, "user", "user = \"alice\"", &mut scope.phones, terms::PhoneId::of, |id| id.0, report);
    let agents =
        declare(parts.agents, "name", "name = \"alice\"", &mut scope.agents, terms::AgentId::of, |id| id.0, report);
    let queues =
        declare(parts.queues, "name", "name = \"support\"", &mut scope.queues, terms::QueueId::of, |id| id.0, report);
    let hours = declare_sections(parts.hours, &mut scope.hours, report);
    let flows = declare_sections(parts.flows, &mut scope.flows, report);

    let mut plan = Plan::default();
    let mut secrets = Secrets::default();
    let own = sources.addresses();
    let ports = listen::read(parts.listen, &mut plan.listen, &own, report);
    listen::read_storage(parts.storage, &mut plan.storage, report);
    watch::metrics(parts.metrics, &mut plan.metrics, &own, report);
    watch::log(parts.log, &mut plan.log, report);
    hours::office(parts.office, &mut plan.office, report);
    plan.trunks = trunk::read(trunks, &mut secrets, report);
    plan.phones = phone::read(phones, &mut secrets, report);
    scope.extensions = extensions(&plan.phones);
    plan.agents = agent::read(agents, &mut scope, report);
    (plan.queues, plan.written.queues) = queue::read(queues, &plan.agents, &mut scope, report);
    plan.hours = hours::read(hours, report);
    let mut prompts = Prompts::new(sources, &plan.storage);
    plan.flows = flow::read(flows, &mut prompts, &mut scope, report);
    let ways = Ways { trunks: &plan.trunks, flows: &plan.flows, queues: &plan.queues, barred: false };
    (plan.routes, plan.written.routes) = route::read(parts.routes, &ways, &mut scope, report);
    machine::secrets(&secrets, sources, report);
    machine::ports(&plan, ports, report);
    check::sounds(&scope, &plan.storage.sounds, sources, report);
    plan.prompts = scope.prompts().into_iter().map(|(prompt, _)| prompt).collect();
    check::plan(&plan, &scope, report);
    (plan, secrets)
}

/// Users by what others dial to reach them.
fn extensions(phones: &[crate::Phone]) -> BTreeMap<String, String> {
    phones.iter().filter_map(|phone| Some((phone.extension.clone()?, phone.user.clone()))).collect()
}

/// Puts the top-level tables of one file where they belong.
fn sort_out<'d>(file: usize, document: &'d DeTable<'d>, parts: &mut Parts<'d>, report: &mut Report) {
    let mut top = Table::new(document, At { file, start: 0, end: 0 }, ROOT, Number::none());
    let _ = top.get("include");
    single(&mut top, "listen", "[listen]", &mut parts.listen, report);
    single(&mut top, "storage", "[storage]", &mut parts.storage, report);
    single(&mut top, "metrics", "[metrics]", &mut parts.metrics, report);
    single(&mut top, "log", "[log]", &mut parts.log, report);
    single(&mut top, "office", "[office]", &mut parts.office, report);
    parts.trunks.extend(top.tables("trunk", "[[trunk]]", "[[trunk]]", report));
    parts.phones.extend(top.tables("phone", "[[phone]]", "[[phone]]", report));
    parts.agents.extend(top.tables("agent", "[[agent]]", "[[agent]]", report));
    parts.queues.extend(top.tables("queue", "[[queue]]", "[[queue]]", report));
    parts.routes.extend(top.tables("route", "[[route]]", "[[route]]", report));
    sections(&mut top, "hours", &mut parts.hours, report);
    sections(&mut top, "flow", &mut parts.flows, report);
    top.finish(report);
}

fn single<'d>(top: &mut Table<'d>, key: &'static str, title: &str, part: &mut Option<Table<'d>>, report: &mut Report) {
    let Some(value) = top.get(key) else { return };
    let Some(table) = value.table(title) else {
        value.wrong(key, &format!("a section, {title}"), report);
        let example = value.text(report).and_then(|text| habits::address(&text.text)).filter(|_| key == "listen");
        if let (Some(example), Some(finding)) = (example, report.last()) {
            finding.help(format!("write {title}, and below it: udp = {example:?}"));
        }
        return;
    };
    if let Some(first) = part {
        let there = report.where_is(first.at, table.at);
        report.error(table.at, "defined-twice", format!("{title} is there twice")).help(format!("first in {there}"));
        return;
    }
    *part = Some(table);
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
            Some(table) => parts.push(Named { name, table }),
            None => value.wrong(&name.text, &format!("to be a section, [{key}.{}]", name.text), report),
        }
    }
}

/// Takes in the names of `[[trunk]]` and its like; a name with a range makes many tables of one.
fn declare<'d, Id>(
    tables: Vec<Table<'d>>,
    key: &'static str,
    example: &str,
    names: &mut Names,
    id_of: impl Fn(&str) -> Id,
    number_of: impl Fn(Id) -> u64,
    report: &mut Report,
) -> Vec<Named<'d>> {
    let mut named = Vec::new();
    for mut table in tables {
        let Some(name) = table.needed(key, example, report) else { continue };
        let Some(repeated) = or_report(value::repeated(&name.text), &name, "bad-range", report) else { continue };
        let tables = match repeated {
            None => vec![Named { name, table }],
            Some(range) => range
                .iter()
                .map(|(text, number)| Named { name: name.with(text), table: table.numbered(number) })
                .collect(),
        };
        for Named { name, mut table } in tables {
            let _ = table.get(key);
            if names.declare(&name, number_of(id_of(&name.text)), report) {
                named.push(Named { name, table });
            }
        }
    }
    named
}

fn declare_sections<'d>(sections: Vec<Named<'d>>, names: &mut Names, report: &mut Report) -> Vec<Named<'d>> {
    let mut declared = Vec::new();
    for section in sections {
        let id = declared.len() as u64;
        if names.declare(&section.name, id, report) {
            declared.push(section);
        }
    }
    declared
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
fn password(table: &mut Table<'_>, report: &mut Report) -> Option<crate::secret::Secret> {
    use crate::secret::{Secret, SecretRef};
    let value: Value<'_> = table.get("password")?;
    let place = report.place(value.at);
    if let Some(text) = value.text(report) {
        if text.text.is_empty() {
            report.error(value.at, "empty", "the password is empty");
            return None;
        }
        let finding = report.warn(value.at, "plain-password", "this password can be read by whoever reads this file");
        finding.help("keep it in a file of its own: { file = \"secrets/NAME\" }, or { env = \"NAME\" }");
        return Some(Secret { from: SecretRef::Plain(text.text), place, at: value.at });
    }
    let Some(mut inner) = value.table("password") else {
        value.wrong("password", "{ file = \"secrets/NAME\" } or { env = \"NAME\" }", report);
        return None;
    };
    let file = inner.string("file", report);
    let env = inner.string("env", report);
    inner.finish(report);
    let from = match (file, env) {
        (Some(file), None) => SecretRef::File(file.text),
        (None, Some(env)) => SecretRef::Env(env.text),
        _ => {
            let message = "a password is in one place: a file or an environment variable";
            report.error(value.at, "bad-password", message).help("{ file = \"secrets/NAME\" } or { env = \"NAME\" }");
            return None;
        }
    };
    Some(Secret { from, place, at: value.at })
}
