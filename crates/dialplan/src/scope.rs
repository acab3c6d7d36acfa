//! The names of a configuration: declared before anything refers to them, so that order never matters.

use crate::Destination;
use crate::finding::Report;
use crate::table::Str;
use crate::text::At;
use crate::{Prompt, habits, nearest};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;
use terms::{AgentId, Cause, FlowId, GroupId, PhoneId, PromptId, QueueId, RoomId, Slot, TrunkId};

/// The names of one kind.
#[derive(Debug)]
pub(crate) struct Names {
    /// `queue`, as in `queue:support`.
    pub kind: &'static str,
    /// Some are defined where they could not be read.
    pub incomplete: bool,
    names: BTreeMap<String, (usize, At)>,
    ids: BTreeMap<u64, String>,
}

impl Names {
    fn new(kind: &'static str) -> Names {
        Names { kind, incomplete: false, names: BTreeMap::new(), ids: BTreeMap::new() }
    }

    /// Takes a name in; false (with a finding) when it is taken or cannot be one.
    pub fn declare(&mut self, name: &Str, id: u64, report: &mut Report) -> bool {
        if !well_formed(&name.text, name.at, report) {
            return false;
        }
        if let Some((_, first)) = self.names.get(&name.text) {
            let there = report.where_is(*first, name.at);
            let message = format!("{} {:?} is defined twice", self.kind, name.text);
            report.error(name.at, "defined-twice", message).help(format!("first defined in {there}"));
            return false;
        }
        if let Some(other) = self.ids.insert(id, name.text.clone()) {
            let message = format!("{} {:?} cannot be told from {other:?} by the switch", self.kind, name.text);
            report.error(name.at, "same-id", message).help("choose another name");
            return false;
        }
        self.names.insert(name.text.clone(), (self.names.len(), name.at));
        true
    }

    /// The n-th declared, by name.
    pub fn find(&self, name: &str) -> Option<usize> {
        self.names.get(name).map(|(index, _)| *index)
    }

    /// The name most like one that does not exist.
    pub fn nearest(&self, name: &str) -> Option<(&str, At)> {
        let found = nearest::of(name, self.names.keys().map(String::as_str))?;
        Some((found, self.names.get(found)?.1))
    }

    /// All of them, in alphabetic order.
    pub fn all(&self) -> impl Iterator<Item = &str> {
        self.names.keys().map(String::as_str)
    }

    /// All of them, with their places.
    pub fn places(&self) -> impl Iterator<Item = (&str, At)> {
        self.names.iter().map(|(name, (_, at))| (name.as_str(), *at))
    }

    /// Complains that a name does not exist, and tells whether it did: one that may be defined where nothing could be
    /// read is left alone. `prefix` stands before a right one.
    pub fn unknown(&self, name: &str, at: At, prefix: &str, report: &mut Report) -> bool {
        if self.incomplete && !is_misspelt(name, self.all()) {
            return false;
        }
        let message = format!("{} {name:?} is not defined", self.kind);
        let help = match self.nearest(name) {
            Some((near, there)) => {
                format!("did you mean \"{prefix}{near}\" ({})?", report.where_is(there, at))
            }
            None => self.known(),
        };
        report.error(at, "unknown-name", message).help(help);
        true
    }

    fn known(&self) -> String {
        let kind = self.kind;
        match self.names.len() {
            0 if ["hours", "flow"].contains(&kind) => format!("define it: [{kind}.NAME]"),
            0 => format!("define it: [[{kind}]]"),
            1..=6 => format!("known: {}", self.all().collect::<Vec<_>>().join(", ")),
            count => format!("{count} others are defined, none with a name like it"),
        }
    }
}

/// Whether a name is one of these with a typing error, and not the next in a row of numbers.
pub(crate) fn is_misspelt<'n>(name: &str, names: impl Iterator<Item = &'n str>) -> bool {
    nearest::of(name, names).is_some_and(|near| nearest::without_digits(near) != nearest::without_digits(name))
}

/// Names are letters, digits and `_ - . +`, so that they need no quotes anywhere.
pub(crate) fn well_formed(name: &str, at: At, report: &mut Report) -> bool {
    let right = |c: char| c.is_alphanumeric() || "_-.+".contains(c);
    let help = match name.chars().find(|c| !right(*c)) {
        _ if name.is_empty() => "a name is missing".to_owned(),
        _ if name.len() > 64 => "a name has at most 64 letters".to_owned(),
        Some(c) => format!("{c:?} cannot be in a name; letters, digits and _ - . + can"),
        None => return true,
    };
    report.error(at, "bad-name", format!("{name:?} cannot be a name")).help(help);
    false
}

/// Every name, and the sound files that were met.
#[derive(Debug)]
pub(crate) struct Scope {
    pub trunks: Names,
    pub phones: Names,
    pub agents: Names,
    pub queues: Names,
    pub groups: Names,
    pub rooms: Names,
    pub hours: Names,
    pub flows: Names,
    pub users: Names,
    /// Teams that agents are in.
    pub teams: BTreeSet<String>,
    /// Phones by what others dial to reach them, for the help about names.
    pub extensions: BTreeMap<String, String>,
    /// Where calls are parked.
    pub slots: Option<RangeInclusive<u32>>,
    /// Skills by name, with the first agent that has each.
    pub skills: BTreeMap<String, At>,
    /// Some skills were said where they could not be read.
    pub skills_lost: bool,
    /// Whether the agents are what the file says.
    pub agents_known: bool,
    prompts: BTreeMap<PromptId, (Prompt, At)>,
    /// What something leads to or uses, for the warnings about what nothing does.
    pub used: BTreeSet<(&'static str, String)>,
}

impl Scope {
    pub fn new() -> Scope {
        Scope {
            trunks: Names::new("trunk"),
            phones: Names::new("phone"),
            agents: Names::new("agent"),
            queues: Names::new("queue"),
            groups: Names::new("group"),
            rooms: Names::new("room"),
            hours: Names::new("hours"),
            flows: Names::new("flow"),
            users: Names::new("user"),
            teams: BTreeSet::new(),
            extensions: BTreeMap::new(),
            slots: None,
            skills: BTreeMap::new(),
            skills_lost: false,
            agents_known: true,
            prompts: BTreeMap::new(),
            used: BTreeSet::new(),
        }
    }

    /// Names and skills may be said where nothing could be read.
    pub fn lose_names(&mut self) {
        let Scope { trunks, phones, agents, queues, groups, rooms, hours, flows, users, .. } = self;
        let all = [trunks, phones, agents, queues, groups, rooms, hours, flows, users];
        all.into_iter().for_each(|names| names.incomplete = true);
        self.skills_lost = true;
    }

    /// Whether some agent is in this team; else complains.
    pub fn has_team(&self, team: &str, text: &Str, report: &mut Report) -> bool {
        let there = self.teams.contains(team);
        if !there && !self.agents.incomplete {
            let help = match nearest::of(team, self.teams.iter().map(String::as_str)) {
                Some(near) => format!("did you mean \"team:{near}\"?"),
                None => format!("say of the agents who are in it: team = {team:?}"),
            };
            report.error(text.at, "unknown-name", format!("no agent is in team {team:?}")).help(help);
        }
        there
    }

    /// Notes a sound file. Whether it exists is asked once, at the end.
    pub fn prompt(&mut self, path: &Str, report: &mut Report) -> PromptId {
        let id = PromptId::of(&path.text);
        let inside =
            !path.text.is_empty() && !path.text.starts_with('/') && path.text.split('/').all(|part| part != "..");
        if !inside {
            let message = format!("{:?} is not below the sounds folder", path.text);
            report
                .error(path.at, "bad-path", message)
                .help("name a file below `storage.sounds`, such as \"welcome.wav\"");
        }
        let place = report.place(path.at);
        let prompt = || (Prompt { id, path: path.text.clone(), place }, path.at);
        let (known, _) = self.prompts.entry(id).or_insert_with(prompt);
        if known.path != path.text {
            let message = format!("sound {:?} cannot be told from {:?} by the switch", path.text, known.path);
            report.error(path.at, "same-id", message).help("rename the file");
        }
        id
    }

    /// The sound files in the order in which they were first named.
    pub fn prompts(&self) -> Vec<(Prompt, At)> {
        let mut prompts: Vec<_> = self.prompts.values().cloned().collect();
        prompts.sort_by_key(|(_, at)| *at);
        prompts
    }

    /// Reads `queue:support`, `phone:alice`, `agent:alice`, `group:sales`, `room:daily`, `flow:main`, `trunk:acme/123`, `hangup:17`.
    pub fn destination(&mut self, text: &Str, report: &mut Report) -> Option<Destination> {
        let whole = text.text.as_str();
        if let Some(cause) = whole.strip_prefix("hangup").or_else(|| whole.strip_prefix("hang_up")) {
            return hang_up(cause, text, report);
        }
        if let Some(slot) = whole.strip_prefix("park").filter(|rest| rest.is_empty() || rest.starts_with(':')) {
            return self.park(slot.trim_start_matches(':'), text, report);
        }
        let known = whole.split_once(':').is_some_and(|(kind, _)| self.names_of(kind).is_some());
        if let Some(help) =
            habits::destination(whole, self).filter(|_| !known && whole.contains(['/', '(', ':', '@', ' ']))
        {
            report
                .error(text.at, "unknown-kind", format!("{whole:?} is not how a destination is written here"))
                .help(help);
            return None;
        }
        let Some((kind, name)) = whole.split_once(':') else {
            self.kind_missing(text, report);
            return None;
        };
        let number = name.split_once('/').filter(|_| kind == "trunk").map(|(_, number)| number.to_owned());
        let name = if number.is_some() { name.split('/').next().unwrap_or(name) } else { name };
        let Some(names) = self.names_of(kind) else {
            let kinds = ["flow", "queue", "phone", "intercom", "agent", "group", "room", "trunk", "park", "hangup"];
            let message = format!("nothing can be sent to a {kind:?}");
            let help = match nearest::of(kind, kinds) {
                Some(kind) => format!("did you mean \"{kind}:{name}\"?"),
                None => format!("it can be sent to {}", nearest::list(&kinds)),
            };
            report.error(text.at, "unknown-kind", message).help(help);
            return None;
        };
        if let Some(number) = &number {
            check_number(number, text, report);
        }
        if names.find(name).is_none() {
            names.unknown(name, text.at, &format!("{kind}:"), report);
            return None;
        }
        let of = names.kind;
        self.used.insert((of, name.to_owned()));
        Some(match kind {
            "intercom" => Destination::Intercom(PhoneId::of(name)),
            "flow" => Destination::Flow(FlowId::of(name)),
            "queue" => Destination::Queue(QueueId::of(name)),
            "phone" => Destination::Phone(PhoneId::of(name)),
            "agent" => Destination::Agent(AgentId::of(name)),
            "group" => Destination::Group(GroupId::of(name)),
            "room" => Destination::Room(RoomId::of(name)),
            _ => Destination::Trunk(TrunkId::of(name), number),
        })
    }

    /// `""`, or a slot.
    fn park(&self, slot: &str, text: &Str, report: &mut Report) -> Option<Destination> {
        let Some(slots) = &self.slots else {
            let message = "nothing can be parked without slots";
            report.error(text.at, "no-park", message).help("write [park], and below it: slots = \"701-720\"");
            return None;
        };
        let found = slot.parse().ok().filter(|slot: &Slot| slots.contains(&slot.0));
        if !slot.is_empty() && found.is_none() {
            let message = format!("{slot:?} is not among the slots {}-{}", slots.start(), slots.end());
            let help = format!("write \"park:{}\", or \"park\" for any", slots.start());
            report.error(text.at, "unknown-slot", message).help(help);
            return None;
        }
        Some(Destination::Park(found))
    }

    fn names_of(&self, kind: &str) -> Option<&Names> {
        let names = match kind {
            "flow" => &self.flows,
            "queue" => &self.queues,
            "phone" | "intercom" => &self.phones,
            "agent" => &self.agents,
            "group" => &self.groups,
            "room" => &self.rooms,
            "trunk" => &self.trunks,
            _ => return None,
        };
        Some(names)
    }

    /// A destination without `kind:`; says of which kind the name is.
    fn kind_missing(&self, text: &Str, report: &mut Report) {
        let name = text.text.as_str();
        let all = [&self.flows, &self.queues, &self.phones, &self.agents, &self.groups, &self.rooms, &self.trunks];
        let kinds: Vec<_> = all.iter().filter(|names| names.find(name).is_some()).map(|names| names.kind).collect();
        let message = format!("{name:?} does not say what it is");
        let usual = "write it like \"queue:support\", \"phone:alice\", \"flow:main\" or \"hangup\"";
        let help = match kinds.as_slice() {
            [] => habits::destination(name, self).unwrap_or_else(|| usual.to_owned()),
            kinds => {
                let meant: Vec<String> = kinds.iter().map(|kind| format!("\"{kind}:{name}\"")).collect();
                format!("did you mean {}?", meant.join(" or "))
            }
        };
        report.error(text.at, "no-kind", message).help(help);
    }
}

fn check_number(number: &str, text: &Str, report: &mut Report) {
    let digits = number.strip_prefix('+').unwrap_or(number);
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit() || b == b'*' || b == b'#') {
        let message = format!("{number:?} is not a number that a trunk can call");
        report.error(text.at, "bad-number", message).help("write it like \"trunk:acme/+442079460001\"");
    }
}

/// Words for the causes that an operator chooses.
pub(crate) const CAUSES: [(&str, Cause); 10] = [
    ("normal", Cause::NORMAL),
    ("busy", Cause::BUSY),
    ("unallocated", Cause::UNALLOCATED),
    ("no-answer", Cause::NO_ANSWER),
    ("absent", Cause::ABSENT),
    ("rejected", Cause::REJECTED),
    ("congestion", Cause::CONGESTION),
    ("not-authorised", Cause::BARRED),
    ("number-changed", Cause::NUMBER_CHANGED),
    ("temporary", Cause::TEMPORARY),
];

/// `""`, `:17` or `:busy`.
fn hang_up(rest: &str, text: &Str, report: &mut Report) -> Option<Destination> {
    if rest.is_empty() {
        return Some(Destination::HangUp(Cause::NORMAL));
    }
    let found = rest.strip_prefix(':').and_then(cause);
    if found.is_none() {
        bad_cause(text.at, rest.trim_start_matches(':'), "hangup:", report);
    }
    found.map(Destination::HangUp)
}

/// A cause by its number or its word.
pub(crate) fn cause(text: &str) -> Option<Cause> {
    let word = text.replace('_', "-");
    let by_word = CAUSES.iter().find(|(name, _)| *name == word).map(|(_, cause)| *cause);
    by_word.or_else(|| text.parse().ok().filter(|number| (1..=127).contains(number)).map(Cause))
}

/// Complains about a cause. `prefix` stands before a right one.
pub(crate) fn bad_cause(at: At, text: &str, prefix: &str, report: &mut Report) {
    let words: Vec<&str> = CAUSES.iter().map(|(word, _)| *word).collect();
    let help = match habits::cause(text).or_else(|| nearest::of(text, words.iter().copied())) {
        Some(word) => format!("did you mean \"{prefix}{word}\"?"),
        None => format!("it is {}, or a Q.850 number from 1 to 127", words.join(", ")),
    };
    report.error(at, "bad-cause", format!("{text:?} is not a cause for hanging up")).help(help);
}
