//! `[flow.NAME]`: steps in written order. Whatever a step does not say goes to the next step; after the
//! last one the call is hung up.

use super::language::{self, Prompts, Speaker};
use super::{Named, are_whole};
use crate::finding::Report;
use crate::flow::RING_DEFAULT;
use crate::scope::{self, Scope};
use crate::table::{Str, Table, Value};
use crate::text::At;
use crate::{Act, Destination, Flow, Leave, Next, Step, Voicemail, check, habits, nearest};
use std::ops::RangeInclusive;
use std::time::Duration;
use terms::{Cause, FlowId, Mailbox, PromptId, QueueId, limits};

/// How long a menu may wait for a key.
const KEY_WAIT: RangeInclusive<Duration> = Duration::from_secs(1)..=Duration::from_secs(60);
/// How long somebody may ring.
const RING_WAIT: RangeInclusive<Duration> = Duration::from_secs(1)..=Duration::from_secs(600);
/// How long a message may be;
const MESSAGE: RangeInclusive<Duration> = Duration::from_secs(5)..=Duration::from_secs(900);
/// how long nobody speaks before it ends;
const SILENCE: RangeInclusive<Duration> = Duration::from_secs(2)..=Duration::from_secs(60);
/// and what is so short that it is none.
const SHORTEST: RangeInclusive<Duration> = Duration::ZERO..=Duration::from_secs(30);
/// How long ago a caller may be said to have come.
const CREDIT: RangeInclusive<Duration> = Duration::ZERO..=Duration::from_secs(24 * 3600);

pub(super) fn read(
    sections: Vec<Named<'_>>,
    prompts: &mut Prompts<'_>,
    scope: &mut Scope,
    report: &mut Report,
) -> Vec<Flow> {
    let mut places = Vec::new();
    let mut flows = Vec::new();
    let before = report.errors();
    let whole = are_whole(&sections, report);
    for named in sections {
        let (flow, steps) = read_one(named, prompts, scope, report);
        flows.push(flow);
        places.push(steps);
    }
    let as_said = whole && report.errors() == before;
    check::flows(&flows, &places, as_said, report);
    flows
}

/// One flow, and where each of its steps stands.
fn read_one(named: Named<'_>, prompts: &mut Prompts<'_>, scope: &mut Scope, report: &mut Report) -> (Flow, Vec<At>) {
    let id = FlowId::of(&named.id_text());
    let Named { name, mut table, .. } = named;
    let language = own_language(&mut table, report).or_else(|| prompts.usual());
    let speaker = Speaker { name: &name.text, language: language.as_deref() };
    let is_setting = |(key, value): &(Str, Value<'_>)| key.text == LANGUAGE && value.value.as_str().is_some();
    let entries: Vec<(Str, Value<'_>)> = table.entries().into_iter().filter(|entry| !is_setting(entry)).collect();
    if entries.is_empty() && report.torn(table.at).next().is_none() {
        let message = format!("flow {:?} has no steps", name.text);
        report.error(table.at, "empty-flow", message).help("add a step: greet = { play = \"welcome.wav\" }");
    }
    let entries = with_torn(entries, &table, report);
    let names: Vec<(String, At)> = entries.iter().map(|(name, _)| (name.text.clone(), name.at)).collect();
    let mut steps = Vec::new();
    for (index, (step, value)) in entries.iter().enumerate() {
        let (scope, report) = (&mut *scope, &mut *report);
        let mut reader = StepReader { names: &names, index, speaker: &speaker, prompts: &mut *prompts, scope, report };
        let act = value.as_ref().and_then(|value| reader.act(step, value));
        let act = act.unwrap_or(Act::HangUp { cause: Cause::NORMAL });
        steps.push(Step { name: step.text.clone(), act, place: report.place(step.at) });
    }
    let place = report.place(name.at);
    (Flow { id, name: name.text, language, steps, place }, names.into_iter().map(|(_, at)| at).collect())
}

/// The steps with those among them that could not be read: others lead there.
fn with_torn<'d>(entries: Vec<(Str, Value<'d>)>, table: &Table<'_>, report: &Report) -> Vec<(Str, Option<Value<'d>>)> {
    let torn = report.torn(table.at).filter(|torn| torn.key != LANGUAGE);
    let torn = torn.map(|torn| (Str::of_name(&torn.key, At::new(table.at.file, torn.part.clone())), None));
    let mut steps: Vec<_> = entries.into_iter().map(|(name, value)| (name, Some(value))).chain(torn).collect();
    steps.sort_by_key(|(name, _)| name.at);
    steps
}

/// The one key of a flow that is no step, when it is a text.
const LANGUAGE: &str = "language";

/// The language that the flow names.
fn own_language(table: &mut Table<'_>, report: &mut Report) -> Option<String> {
    let text = table.get(LANGUAGE)?.text(report)?;
    language::read(&text, report)
}

/// What a step can do, by the key that says so.
const ACTS: [&str; 8] = ["play", "menu", "queue", "call_back", "voicemail", "ring", "hang_up", "go"];

struct StepReader<'a, 'p> {
    names: &'a [(String, At)],
    index: usize,
    speaker: &'a Speaker<'a>,
    prompts: &'a mut Prompts<'p>,
    scope: &'a mut Scope,
    report: &'a mut Report,
}

impl StepReader<'_, '_> {
    fn act(&mut self, step: &Str, value: &Value<'_>) -> Option<Act> {
        let title = format!("step {:?}", step.text);
        let Some(mut table) = value.table(title.clone()) else {
            value.wrong(&step.text, "to be a step, such as { play = \"welcome.wav\" }", self.report);
            return None;
        };
        let said: Vec<&'static str> = ACTS.into_iter().filter(|act| table.get(act).is_some()).collect();
        // A fresh table: the keys of the other acts are unknown to this one.
        table = value.table(title)?;
        let act = match said.as_slice() {
            [act] => self.one(act, &mut table),
            [] => {
                self.nothing_done(step, &table);
                self.ways(&mut table);
                return None;
            }
            several => {
                let message = format!("step {:?} does {} things at once", step.text, several.len());
                self.report.error(step.at, "several-acts", message).help("make a step of each, one after the other");
                several.iter().for_each(|act| _ = self.one(act, &mut table));
                None
            }
        };
        table.finish(self.report);
        act
    }

    /// What the step does by one of its keys.
    fn one(&mut self, act: &str, table: &mut Table<'_>) -> Option<Act> {
        match act {
            "play" => self.play(table),
            "menu" => self.menu(table),
            "queue" => self.queue(table),
            "call_back" => self.call_back(table),
            "voicemail" => self.voicemail(table),
            "ring" => self.ring(table),
            "hang_up" => self.hang_up(table),
            _ => table.string("go", self.report).and_then(|text| self.leave(&text)).map(Act::Go),
        }
    }

    /// Where a step leads that does nothing.
    fn ways(&mut self, table: &mut Table<'_>) {
        for key in ["then", "after", "no_input", "no_match", "otherwise", "no_answer", "busy", "unreachable"] {
            let _ = self.next(table, key);
        }
        if table.get("keys").is_some() {
            let _ = self.keys(table);
        }
    }

    fn nothing_done(&mut self, step: &Str, table: &Table<'_>) {
        let message = format!("step {:?} does nothing", step.text);
        let meant = table.entries().into_iter().find_map(|(key, _)| nearest::of(&key.text, ACTS).map(|act| (key, act)));
        let foreign = || table.entries().into_iter().find_map(|(key, _)| Some((habits::act(&key.text)?, key)));
        if let Some((help, key)) = foreign() {
            self.report.error(key.at, "no-act", message).help(help);
            return;
        }
        match meant {
            Some((key, act)) => self.report.error(key.at, "no-act", message).help(format!("did you mean `{act}`?")),
            None => self.report.error(step.at, "no-act", message).help(format!("it can {}", nearest::list(&ACTS))),
        };
    }

    /// Where a caller goes when nothing is said: the next step, after the last one away.
    fn onward(&self, last: Cause) -> Next {
        match self.index + 1 < self.names.len() {
            true => Next::Step(self.index + 1),
            false => Next::Go(Destination::HangUp(last)),
        }
    }

    fn next(&mut self, table: &mut Table<'_>, key: &'static str) -> Option<Next> {
        let text = table.string(key, self.report)?;
        self.target(&text)
    }

    /// A step of this flow, or a destination.
    fn target(&mut self, text: &Str) -> Option<Next> {
        if let Some(step) = self.names.iter().position(|(name, _)| *name == text.text) {
            return Some(Next::Step(step));
        }
        let away = text.text.contains(':') || text.text.starts_with("hangup") || text.text.starts_with("hang_up");
        if away {
            return self.scope.destination(text, self.report).map(Next::Go);
        }
        let message = format!("this flow has no step {:?}", text.text);
        let names = self.names.iter().map(|(name, _)| name.as_str());
        let help = match nearest::of(&text.text, names) {
            Some(near) => {
                let there = self.names.iter().find(|(name, _)| name == near).map(|(_, at)| *at);
                let there = there.map_or(String::new(), |there| format!(" ({})", self.report.where_is(there, text.at)));
                format!("did you mean {near:?}{there}?")
            }
            None => self.elsewhere(&text.text),
        };
        self.report.error(text.at, "unknown-step", message).help(help);
        None
    }

    /// What to write for a name that is no step.
    fn elsewhere(&self, name: &str) -> String {
        let all = [&self.scope.queues, &self.scope.flows, &self.scope.phones, &self.scope.agents];
        match all.iter().find(|names| names.find(name).is_some()) {
            Some(names) => format!("did you mean \"{}:{name}\"?", names.kind),
            None => "name a step of this flow, or something like \"queue:support\" or \"hangup\"".into(),
        }
    }

    fn leave(&mut self, text: &Str) -> Option<Destination> {
        if self.names.iter().any(|(name, _)| *name == text.text) {
            let message = format!("`go` leaves the flow, and {:?} is a step of it", text.text);
            let help = format!("send the step before straight to {:?}", text.text);
            self.report.error(text.at, "go-inside", message).help(help);
            return None;
        }
        self.scope.destination(text, self.report)
    }

    fn prompt(&mut self, path: &Str) -> PromptId {
        self.prompts.find(path, self.speaker, self.scope, self.report)
    }

    fn play(&mut self, table: &mut Table<'_>) -> Option<Act> {
        let path = table.string("play", self.report);
        let prompt = path.map(|path| self.prompt(&path));
        let onward = self.onward(Cause::NORMAL);
        let then = self.next(table, "then").unwrap_or_else(|| onward.clone());
        let times = table.integer("times", 1..=limits::FLOW_STEPS as u32, self.report);
        let after = self.next(table, "after");
        if let Some(at) = table.get("after").filter(|_| table.get("times").is_none()) {
            let message = "`after` is for when `times` is used up, and no `times` is given";
            self.report.error(at.at, "no-times", message).help("add times = 2, or take `after` out");
        }
        let after = after.or_else(|| times.map(|_| onward));
        Some(Act::Play { prompt: prompt?, then, times, after })
    }

    fn menu(&mut self, table: &mut Table<'_>) -> Option<Act> {
        let path = table.string("menu", self.report);
        let prompt = path.map(|path| self.prompt(&path));
        let keys = self.keys(table);
        let wait = table.duration("wait", KEY_WAIT, self.report).unwrap_or(Duration::from_secs(5));
        let onward = self.onward(Cause::NORMAL);
        let no_input = self.next(table, "no_input").unwrap_or(onward);
        let no_match = self.next(table, "no_match").unwrap_or_else(|| no_input.clone());
        Some(Act::Menu { prompt: prompt?, keys, wait, no_input, no_match })
    }

    fn keys(&mut self, table: &mut Table<'_>) -> Vec<(char, Next)> {
        let example = "keys = { 1 = \"queue:support\" }";
        let Some(value) = table.get("keys") else {
            table.missing("keys", example, self.report);
            return Vec::new();
        };
        let Some(inner) = value.table("keys") else {
            value.wrong("keys", "a table such as { 1 = \"queue:support\" }", self.report);
            return Vec::new();
        };
        let mut keys = Vec::new();
        for (key, value) in inner.entries() {
            let text = value.text(self.report);
            if text.is_none() {
                value.wrong(&key.text, "a text in quotes, such as \"queue:support\"", self.report);
            }
            let next = text.and_then(|text| self.target(&text));
            let Some(digit) = telephone_key(&key.text) else {
                let message = format!("{:?} is not a key of a telephone", key.text);
                let usual = "the keys are 0 to 9, \"*\" and \"#\", one at a time";
                let help = habits::key("step of keys", &key.text).unwrap_or(usual);
                self.report.error(key.at, "bad-key", message).help(help);
                continue;
            };
            keys.extend(next.map(|next| (digit, next)));
        }
        if inner.entries().is_empty() {
            self.report.error(value.at, "empty", "this menu has no keys").help(format!("write {example}"));
        }
        keys
    }

    fn queue(&mut self, table: &mut Table<'_>) -> Option<Act> {
        let queue = self.queue_named(table, "queue");
        let credit = table.duration("credit", CREDIT, self.report).unwrap_or_default();
        let onward = self.onward(Cause::ABSENT);
        let otherwise = self.next(table, "otherwise").unwrap_or(onward);
        Some(Act::Queue { queue: queue?, credit, otherwise })
    }

    fn call_back(&mut self, table: &mut Table<'_>) -> Option<Act> {
        let queue = self.queue_named(table, "call_back");
        let onward = self.onward(Cause::NORMAL);
        let then = self.next(table, "then").unwrap_or_else(|| onward.clone());
        let otherwise = self.next(table, "otherwise").unwrap_or(onward);
        Some(Act::CallBack { queue: queue?, then, otherwise })
    }

    fn voicemail(&mut self, table: &mut Table<'_>) -> Option<Act> {
        let mailbox = self.mailbox(table);
        let greeting = table.string("greeting", self.report).map(|path| self.prompt(&path));
        let mut within = |key, range, usual| table.duration(key, range, self.report).unwrap_or(usual);
        let longest = within("longest", MESSAGE, Duration::from_secs(180));
        let silence = within("silence", SILENCE, Duration::from_secs(8));
        let shortest = within("shortest", SHORTEST, Duration::from_secs(2));
        let onward = self.onward(Cause::NORMAL);
        let then = self.next(table, "then").unwrap_or_else(|| onward.clone());
        let otherwise = self.next(table, "otherwise").unwrap_or(onward);
        let leave = Leave { mailbox: mailbox?, greeting, longest, silence, shortest };
        Some(Act::Voicemail(Voicemail { leave, then, otherwise }))
    }

    /// Whose mailbox it is.
    fn mailbox(&mut self, table: &mut Table<'_>) -> Option<Mailbox> {
        let text = table.string("voicemail", self.report)?;
        let known = text.text.split_once(':').filter(|(kind, _)| ["phone", "agent", "queue"].contains(kind));
        if known.is_none() {
            let message = format!("{:?} has no mailbox", text.text);
            let help = "a phone, an agent or a queue has one: \"phone:alice\", \"agent:alice\", \"queue:support\"";
            self.report.error(text.at, "no-mailbox", message).help(help);
            return None;
        }
        match self.scope.destination(&text, self.report)? {
            Destination::Phone(phone) => Some(Mailbox::Phone(phone)),
            Destination::Agent(agent) => Some(Mailbox::Agent(agent)),
            Destination::Queue(queue) => Some(Mailbox::Queue(queue)),
            _ => None,
        }
    }

    fn queue_named(&mut self, table: &mut Table<'_>, key: &'static str) -> Option<QueueId> {
        let text = table.string(key, self.report)?;
        let name = text.text.strip_prefix("queue:").unwrap_or(&text.text);
        if self.scope.queues.find(name).is_none() {
            let prefix = if name == text.text { "" } else { "queue:" };
            self.scope.queues.unknown(name, text.at, prefix, self.report);
            return None;
        }
        self.scope.used.insert(("queue", name.to_owned()));
        Some(QueueId::of(name))
    }

    fn ring(&mut self, table: &mut Table<'_>) -> Option<Act> {
        let text = table.string("ring", self.report);
        let target = text.as_ref().and_then(|text| self.scope.destination(text, self.report));
        if let (Some(Destination::Flow(_) | Destination::Queue(_) | Destination::HangUp(_)), Some(text)) =
            (&target, &text)
        {
            let message = format!("{:?} cannot be rung", text.text);
            let help = "a phone, an agent, a group or a trunk can; for anything else write `go`";
            self.report.error(text.at, "cannot-ring", message).help(help);
        }
        let wait = table.duration("wait", RING_WAIT, self.report).unwrap_or(RING_DEFAULT);
        let said = self.next(table, "no_answer");
        let fallback = |reader: &Self, cause| said.clone().unwrap_or_else(|| reader.onward(cause));
        let (no_answer, busy, unreachable) =
            (fallback(self, Cause::NO_ANSWER), fallback(self, Cause::BUSY), fallback(self, Cause::ABSENT));
        let busy = self.next(table, "busy").unwrap_or(busy);
        let unreachable = self.next(table, "unreachable").unwrap_or(unreachable);
        let record = table.boolean("record", self.report).unwrap_or(false);
        Some(Act::Ring { target: target?, wait, no_answer, busy, unreachable, record })
    }

    fn hang_up(&mut self, table: &mut Table<'_>) -> Option<Act> {
        let value = table.get("hang_up")?;
        if let Some(text) = value.text(self.report) {
            let cause = scope::cause(&text.text);
            if cause.is_none() {
                scope::bad_cause(text.at, &text.text, "", self.report);
            }
            return cause.map(|cause| Act::HangUp { cause });
        }
        let number = crate::table::integer(&value, "hang_up", 1..=127, self.report)?;
        Some(Act::HangUp { cause: Cause(number as u8) })
    }
}

pub(super) fn telephone_key(text: &str) -> Option<char> {
    let mut chars = text.chars();
    match (chars.next(), chars.next()) {
        (Some(key @ ('0'..='9' | '*' | '#')), None) => Some(key),
        _ => None,
    }
}
