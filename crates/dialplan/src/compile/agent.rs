//! `[[agent]]`: people, their devices and what they can do.

use super::{Named, Standing, confirm, password, supervises};
use crate::finding::Report;
use crate::require::LEVEL_MAX;
use crate::scope::Scope;
use crate::secret::Secrets;
use crate::table::{Str, Table, integer};
use crate::{Agent, Destination, Device, LineLost, Share, habits, nearest};
use std::collections::BTreeMap;
use std::time::Duration;
use terms::{AgentId, ContactKind, PhoneId, SkillId, Word as _};

/// Longest after-call work.
pub(super) const WRAP_UP_MAX: Duration = Duration::from_secs(3600);

pub(super) fn read(
    agents: Vec<Named<'_>>,
    secrets: &mut Secrets,
    scope: &mut Scope,
    report: &mut Report,
) -> Vec<Agent> {
    let (mut shared, mut numbers) = (BTreeMap::new(), BTreeMap::new());
    let mut all = Vec::new();
    for named in agents {
        let (name, at) = (named.name.clone(), named.table.at);
        let mut agent = read_one(named, secrets, scope, &mut shared, report);
        let twice = agent.number.as_ref().and_then(|number| numbers.insert(number.clone(), name.text.clone()));
        if let Some(other) = twice.filter(|other| *other != name.text) {
            let message =
                format!("number {:?} is that of agent {other:?} already", agent.number.take().unwrap_or_default());
            report.error(at, "number-twice", message).help("each agent logs in with a number of his own");
        }
        all.push(agent);
    }
    all
}

fn read_one(
    named: Named<'_>,
    secrets: &mut Secrets,
    scope: &mut Scope,
    shared: &mut BTreeMap<PhoneId, String>,
    report: &mut Report,
) -> Agent {
    let (id, title) = (AgentId::of(&named.id_text()), named.title("agent"));
    let named_after = named.standing != Standing::Taken;
    let Named { name, mut table, .. } = named;
    let number = desk_number(&mut table, (id, &title), secrets, report);
    let owner = Owner { name: &name, title, refused: named_after, anywhere: number.is_some() };
    let devices = devices(&mut table, &owner, scope, shared, report);
    let auto_answer = table.boolean("auto_answer", report).unwrap_or(false);
    let nailed_up = nailed_up(&mut table, report);
    let confirm = confirm::read(&mut table, scope, report);
    let codes = table.boolean("codes", report).unwrap_or(false);
    scope.skills_lost |= report.is_torn(table.at, "skills");
    let skills = skills(&mut table, scope, report);
    let wrap_up = table.duration("wrap_up", Duration::ZERO..=WRAP_UP_MAX, report);
    let capacity = capacity(&mut table, report);
    let ready_at_start = ready(&mut table, report);
    let team = supervises::team(&mut table, report);
    let place = report.place(table.at);
    table.finish(report);
    let (name, seat) = (name.text, None);
    Agent {
        id,
        name,
        team,
        devices,
        number,
        seat,
        auto_answer,
        nailed_up,
        confirm,
        codes,
        skills,
        wrap_up,
        capacity,
        ready_at_start,
        place,
    }
}

/// What becomes of one whose standing call ends, as it is written.
const LOST: [(&str, LineLost); 2] = [("pause", LineLost::Pause), ("log out", LineLost::LogOut)];

/// Whether a call with him stands, and what its end means.
fn nailed_up(table: &mut Table<'_>, report: &mut Report) -> Option<LineLost> {
    let stands = table.boolean("nailed_up", report).unwrap_or(false);
    let mut lost = LineLost::Pause;
    if let Some(text) = table.string("line_lost", report) {
        match LOST.iter().find(|(word, _)| *word == text.text) {
            Some((_, said)) => lost = *said,
            None => {
                let message = format!("{:?} is nothing that becomes of an agent", text.text);
                let words = LOST.map(|(word, _)| word);
                report.error(text.at, "unknown-word", message).help(format!("it is {}", nearest::list(&words)));
            }
        }
    }
    stands.then_some(lost)
}

/// Whose the devices are.
struct Owner<'a> {
    name: &'a Str,
    title: String,
    /// Its name does not count.
    refused: bool,
    /// He logs in at any phone, and needs none of his own.
    anywhere: bool,
}

/// By what he logs in at any phone: a number, and a PIN for it.
fn desk_number(
    table: &mut Table<'_>,
    (id, title): (AgentId, &str),
    secrets: &mut Secrets,
    report: &mut Report,
) -> Option<String> {
    let lacks = match (table.says("number", report), table.says("pin", report)) {
        (true, false) => Some(("number", "pin", "add pin = { file = \"secrets/NAME-pin\" }")),
        (false, true) => Some(("pin", "number", "add number = \"4711\"")),
        _ => None,
    };
    if let Some((has, lacks, help)) = lacks {
        let message = format!("{title} has a `{has}` to log in with, but no `{lacks}`");
        report.error(table.at, "missing-key", message).help(help);
    }
    let (number, pin) = (table.string("number", report), password(table, "pin", report));
    secrets.agents.extend(pin.map(|secret| (id, secret)));
    let number = number?;
    let right = !number.text.is_empty() && number.text.len() <= 16 && number.text.bytes().all(|b| b.is_ascii_digit());
    if !right {
        let message = format!("{:?} cannot be typed as the number of an agent", number.text);
        report.error(number.at, "bad-number", message).help("write up to 16 digits, such as \"4711\"");
    }
    right.then_some(number.text)
}

/// The devices; when nothing is said, the phone of the same name.
fn devices(
    table: &mut Table<'_>,
    owner: &Owner<'_>,
    scope: &mut Scope,
    shared: &mut BTreeMap<PhoneId, String>,
    report: &mut Report,
) -> Vec<Device> {
    let agent = owner.name;
    let said = table.strings("devices", report);
    if said.is_none() && owner.anywhere && scope.phones.find(&agent.text).is_none() {
        return Vec::new();
    }
    let unsaid = said.is_none() && !table.says("devices", report) && !scope.phones.incomplete && !owner.refused;
    if unsaid && scope.phones.find(&agent.text).is_none() {
        let message = format!("{} has no device, and there is no phone of that name", owner.title);
        report.error(agent.at, "missing-key", message).help("add devices = [\"phone:NAME\"]");
    }
    if let Some(value) = table.get("devices").filter(|_| said.as_ref().is_some_and(Vec::is_empty) && !owner.anywhere) {
        let message = format!("{} has no device", owner.title);
        let finding = report.warn(value.at, "no-device", message);
        finding.help("name a phone: devices = [\"phone:NAME\"]").note("no call can ring this agent");
    }
    let said = said.unwrap_or_else(|| vec![agent.with(&format!("phone:{}", agent.text))]);
    let mut devices = Vec::new();
    for text in said {
        if let Some(number) = number(&text, scope, report) {
            devices.extend(number.filter(|one| is_new(&devices, one, &text, report)));
            continue;
        }
        let bare = text.text.strip_prefix("phone:");
        let name = bare.unwrap_or(&text.text).to_owned();
        if scope.phones.find(&name).is_none() {
            // The default that does not exist has been complained about already.
            if text.at != agent.at && scope.phones.unknown(&name, text.at, "phone:", report) {
                let help = habits::destination(&text.text, scope);
                report.last().zip(help).map(|(finding, help)| finding.help(help));
            }
            continue;
        }
        if bare.is_none() {
            let message = format!("{:?} does not say what it is", text.text);
            report.error(text.at, "no-kind", message).help(format!("did you mean \"phone:{name}\"?"));
        }
        let id = PhoneId::of(&name);
        if !is_new(&devices, &Device::Phone(id), &text, report) {
            continue;
        }
        if let Some(other) = shared.insert(id, agent.text.clone()).filter(|_| !owner.refused) {
            let message = format!("phone {name:?} is a device of agent {other:?} and of agent {:?}", agent.text);
            report.warn(text.at, "device-shared", message).note("a call for one of them rings in front of the other");
        }
        devices.push(Device::Phone(id));
    }
    devices
}

/// A number behind a trunk, where that is what the text means; it may be wrong all the same.
fn number(text: &Str, scope: &mut Scope, report: &mut Report) -> Option<Option<Device>> {
    let bare = text.text.strip_prefix('+').unwrap_or(&text.text);
    let dialable = bare.len() > 5 && bare.bytes().all(|digit| digit.is_ascii_digit());
    if dialable && scope.phones.find(&text.text).is_none() {
        let trunk = scope.trunks.all().next().unwrap_or("acme").to_owned();
        let message = format!("{:?} does not say over which trunk it is called", text.text);
        report.error(text.at, "no-kind", message).help(format!("write \"trunk:{trunk}/{}\"", text.text));
        return Some(None);
    }
    if !text.text.starts_with("trunk:") {
        return None;
    }
    match scope.destination(text, report) {
        Some(Destination::Trunk(trunk, Some(number))) => Some(Some(Device::Number(trunk, number))),
        Some(_) => {
            let message = format!("{:?} does not say which number is called", text.text);
            report.error(text.at, "no-number", message).help(format!("write \"{}/+447700900123\"", text.text));
            Some(None)
        }
        None => Some(None),
    }
}

/// Whether it is the first of its kind.
fn is_new(devices: &[Device], one: &Device, text: &Str, report: &mut Report) -> bool {
    let new = !devices.contains(one);
    if !new {
        report.error(text.at, "defined-twice", format!("{:?} is named twice", text.text)).help("take one out");
    }
    new
}

fn skills(table: &mut Table<'_>, scope: &mut Scope, report: &mut Report) -> Vec<(SkillId, u8)> {
    let Some(value) = table.get("skills") else { return Vec::new() };
    let Some(inner) = value.table("skills") else {
        value.wrong("skills", "a table such as { english = 9, billing = 6 }", report);
        scope.skills_lost = true;
        return Vec::new();
    };
    let mut skills = Vec::new();
    for (name, value) in inner.entries() {
        let nameable = nameable(&name, report);
        if nameable {
            scope.skills.entry(name.text.clone()).or_insert(name.at);
        }
        let Some(level) = integer(&value, &name.text, 1..=u32::from(LEVEL_MAX), report) else { continue };
        skills.extend(nameable.then(|| (SkillId::of(&name.text), level as u8)));
    }
    skills
}

/// How many contacts of which kind at once.
fn capacity(table: &mut Table<'_>, report: &mut Report) -> Vec<Share> {
    let mut shares: Vec<Share> = Vec::new();
    for mut line in table.tables("capacity", "this line of `capacity`", "{ kind = \"chat\", at_once = 3 }", report) {
        let text = line.needed("kind", "kind = \"chat\"", report);
        let at_once = line.integer("at_once", 1..=100, report).unwrap_or(1) as u8;
        let beside = line.strings("beside", report).unwrap_or_default();
        line.finish(report);
        let beside = beside.iter().filter_map(|text| kind(text, report)).collect();
        let Some((text, kind)) = text.and_then(|text| kind(&text, report).map(|kind| (text, kind))) else { continue };
        if shares.iter().any(|share| share.kind == kind) {
            report.error(text.at, "defined-twice", format!("{:?} is named twice", text.text)).help("take one out");
            continue;
        }
        shares.push(Share { kind, at_once, beside });
    }
    shares
}

/// A kind of contact.
fn kind(text: &Str, report: &mut Report) -> Option<ContactKind> {
    let known = ContactKind::of_word(&text.text);
    if known.is_none() {
        let words: Vec<&str> = ContactKind::ALL.iter().map(|kind| kind.word()).collect();
        let help = match nearest::of(&text.text, words.iter().copied()) {
            Some(near) => format!("did you mean {near:?}?"),
            None => format!("it is {}", nearest::list(&words)),
        };
        report.error(text.at, "unknown-contact-kind", format!("{:?} is no kind of contact", text.text)).help(help);
    }
    known
}

/// Whether a requirement can speak of a skill of this name.
fn nameable(name: &Str, report: &mut Report) -> bool {
    let word = name.text.as_str();
    let reserved = ["and", "or", "not", "anyone", "anybody"].contains(&word.to_ascii_lowercase().as_str());
    let begins_well = word.chars().next().is_some_and(|c| c.is_alphabetic() || c == '_');
    let right = begins_well && word.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '-');
    if reserved || !right {
        let message = format!("{word:?} cannot be a skill");
        let help = match reserved {
            true => "it is a word of the requirements; choose another",
            false => "a skill begins with a letter and goes on with letters, digits, _ and -",
        };
        report.error(name.at, "bad-name", message).help(help);
    }
    right && !reserved
}

fn ready(table: &mut Table<'_>, report: &mut Report) -> bool {
    let Some(value) = table.get("ready") else { return false };
    match (value.value.as_bool(), value.value.as_str()) {
        (Some(ready), _) => ready,
        (_, Some("at start")) => true,
        _ => {
            value.wrong("ready", "\"at start\" or false", report);
            if let Some(finding) = report.last() {
                finding.help("write \"at start\" to have the agent ready by himself; otherwise leave the line out");
            }
            false
        }
    }
}
