//! `[[queue]]`: where callers wait, for whom, and what happens when it takes too long.

use super::settings::Settings;
use super::staff::{Step, can_be_answered, requirement, staff};
use super::{Named, or_report, settings};
use crate::finding::Report;
use crate::scope::Scope;
use crate::table::Table;
use crate::text::At;
use crate::value::{self, Mistake};
use crate::{
    Agent, Announcement, BackOff, Briefing, Destination, OverflowWhen, Queue, Strategy, WrittenQueue, check, habits,
};
use std::ops::RangeInclusive;
use std::time::Duration;
use terms::{QueueId, Requirement, limits};

const fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

/// How long a contact may wait for something.
const WAIT: RangeInclusive<Duration> = Duration::ZERO..=seconds(24 * 3600);

/// How long a device rings.
const RING: Duration = seconds(20);

/// The queues, and how their parts were written.
pub(super) fn read(
    queues: Vec<Named<'_>>,
    agents: &[Agent],
    scope: &mut Scope,
    report: &mut Report,
) -> (Vec<Queue>, Vec<WrittenQueue>) {
    let mut rules = Vec::new();
    let (queues, written): (Vec<Queue>, Vec<WrittenQueue>) =
        queues.into_iter().map(|named| read_one(named, agents, &mut rules, scope, report)).unzip();
    check::overflow_circles(&queues, &rules, report);
    (queues, written)
}

fn read_one(
    named: Named<'_>,
    agents: &[Agent],
    rules: &mut Vec<Vec<At>>,
    scope: &mut Scope,
    report: &mut Report,
) -> (Queue, WrittenQueue) {
    let (id, title) = (QueueId::of(&named.id_text()), named.title("queue"));
    let Named { name, mut table, .. } = named;
    let before = report.errors();
    let staff = staff(&mut table, agents, scope, report);
    let steps = requirements(&mut table, scope, report);
    if report.errors() == before && report.torn(table.at).next().is_none() {
        can_be_answered(&title, &staff, &steps, scope, report);
    }
    let settings = settings::read(&mut table, report);
    let delay = delay(&mut table, &settings, report);
    rung_together(&title, &staff, &settings, table.at, report);
    let back_off = back_off(&mut table, report);
    let music = table.string("music", report).map(|path| scope.prompt(&path, report));
    let answer = table.boolean("answer", report).unwrap_or(true);
    if let Some(at) = table.get("music").filter(|_| !answer) {
        let finding = report.warn(at.at, "music-unheard", "nobody hears this music");
        finding.note("with answer = false callers hear ringback until an agent answers");
    }
    let announce = announce(&mut table, answer, scope, report);
    let (service_level, service_target) = service_level(&mut table, report);
    let (overflow, at): (Vec<_>, Vec<At>) = overflow(&mut table, id, scope, report).into_iter().unzip();
    let zone = super::hours::zone(&mut table, report);
    let briefing = briefing(&mut table, scope, report);
    let number = number(&mut table, report);
    let dispositions = super::duty::words(&mut table, "dispositions", "{ 1 = \"sold\" }", report);
    let interrupts_ring = table.boolean("interrupt_ring", report).unwrap_or(false);
    let place = report.place(table.at);
    table.finish(report);
    let written = WrittenQueue {
        queue: id,
        requirements: steps.iter().map(|step| (step.text.clone(), report.place(step.at))).collect(),
        overflow: at.iter().map(|at| report.place(*at)).collect(),
    };
    rules.push(at);
    let queue = Queue {
        id,
        name: name.text,
        agents: staff.into_iter().map(|(agent, tier)| (agent.id, tier)).collect(),
        requirements: steps.into_iter().map(|step| (step.after, step.requirement)).collect(),
        strategy: settings.strategy.unwrap_or_default(),
        delay,
        ring: settings.ring.unwrap_or(RING),
        wrap_up: settings.wrap_up.unwrap_or(seconds(15)),
        back_off,
        music,
        announce,
        answer,
        record: settings.record.unwrap_or(false),
        service_level,
        service_target,
        length: settings.length.unwrap_or(limits::QUEUE_LENGTH),
        overflow,
        interrupts_ring,
        zone,
        briefing,
        number,
        dispositions,
        place,
    };
    (queue, written)
}

/// What an agent sees and hears before he has a caller.
fn briefing(table: &mut Table<'_>, scope: &mut Scope, report: &mut Report) -> Briefing {
    let usual = Briefing::default();
    Briefing {
        display: table.boolean("display", report).unwrap_or(usual.display),
        zip: table.boolean("zip", report).unwrap_or(usual.zip),
        whisper: table.string("whisper", report).map(|path| scope.prompt(&path, report)),
        tell_wait: table.boolean("tell_wait", report).unwrap_or(usual.tell_wait),
        auto_answer: table.boolean("auto_answer", report).unwrap_or(usual.auto_answer),
    }
}

/// What agents dial to take its next caller.
fn number(table: &mut Table<'_>, report: &mut Report) -> Option<String> {
    let number = table.string("number", report)?;
    let right = !number.text.is_empty() && number.text.len() <= 8 && number.text.bytes().all(|b| b.is_ascii_digit());
    if !right {
        let message = format!("{:?} cannot be typed as the number of a queue", number.text);
        report.error(number.at, "bad-number", message).help("write up to 8 digits, such as \"1\"");
    }
    right.then_some(number.text)
}

/// How long after one agent the next is rung too.
fn delay(table: &mut Table<'_>, settings: &Settings, report: &mut Report) -> Duration {
    let at = table.get("delay").map(|value| value.at);
    let delay = table.duration("delay", seconds(1)..=seconds(300), report).unwrap_or(seconds(10));
    let ring = settings.ring.unwrap_or(RING);
    if settings.strategy == Some(Strategy::Progressive) && delay >= ring {
        let message = format!(
            "nobody rings beside another: each rings for {}, and the next after {}",
            value::say(ring),
            value::say(delay)
        );
        report.warn(at.unwrap_or(table.at), "rings-alone", message).help("let `delay` be shorter than `ring`");
    }
    delay
}

/// What is announced to those who wait.
fn announce(table: &mut Table<'_>, answer: bool, scope: &mut Scope, report: &mut Report) -> Vec<Announcement> {
    let mut announce = Vec::new();
    let example = "{ every = \"30s\", play = \"still-waiting.wav\" }";
    for mut line in table.tables("announce", "this line of `announce`", example, report) {
        if announce.len() == limits::ANNOUNCEMENTS {
            let message = format!("a queue announces {} things at most", limits::ANNOUNCEMENTS);
            report.error(line.at, "too-many-announcements", message).help("say more in one of them");
        }
        if !line.says("every", report) {
            line.missing("every", "every = \"30s\"", report);
        }
        let every = line.duration("every", seconds(5)..=seconds(3600), report);
        let play = line.needed("play", "play = \"still-waiting.wav\"", report);
        let play = play.map(|path| scope.prompt(&path, report));
        if !answer {
            let finding = report.warn(line.at, "music-unheard", "nobody hears this announcement");
            finding.note("with answer = false callers hear ringback until an agent answers");
        }
        line.finish(report);
        announce.extend(every.zip(play).map(|(every, play)| Announcement { every, play }));
    }
    announce
}

/// More agents in a tier than ever ring for one caller.
fn rung_together(title: &str, staff: &[(&Agent, u8)], settings: &Settings, at: At, report: &mut Report) {
    let of = |tier| staff.iter().filter(|(_, other)| *other == tier).count();
    let most = staff.iter().map(|(_, tier)| of(*tier)).max().unwrap_or(0);
    if settings.strategy == Some(Strategy::RingAll) && most > limits::RINGING_LEGS {
        let message =
            format!("{title} rings {most} agents at once, and {} can ring for one caller", limits::RINGING_LEGS);
        let finding = report.warn(at, "too-many-members", message);
        finding.note("those who are idle for the longest time ring").help("make tiers of them");
    }
}

fn requirements(table: &mut Table<'_>, scope: &Scope, report: &mut Report) -> Vec<Step> {
    let first = match table.string("require", report) {
        Some(text) => Step {
            after: Duration::ZERO,
            requirement: requirement(&text, scope, report).unwrap_or_default(),
            at: text.at,
            text: text.text,
        },
        None => Step { after: Duration::ZERO, requirement: Requirement::Anyone, text: "anyone".into(), at: table.at },
    };
    let required = table.says("require", report);
    let mut steps = vec![first];
    let relaxed = table.tables("relax", "this step of `relax`", "{ after = \"30s\", require = \"...\" }", report);
    for (count, mut relax) in (1..).zip(relaxed) {
        if count == limits::REQUIREMENT_STEPS {
            let message = format!("a queue relaxes {} times at most", limits::REQUIREMENT_STEPS - 1);
            report.error(relax.at, "too-many-steps", message).help("let each step relax more");
        }
        if !required && steps.len() == 1 {
            let message = "there is nothing to relax: the queue requires nothing";
            report.error(relax.at, "nothing-to-relax", message).help("add require = \"...\" to the queue");
        }
        let after = relax.get("after").map(|value| value.at);
        if after.is_none() {
            relax.missing("after", "after = \"30s\"", report);
        }
        let text = relax.needed("require", "require = \"anyone\"", report);
        let time = relax.duration("after", WAIT, report);
        relax.finish(report);
        let requirement = text.as_ref().map(|text| requirement(text, scope, report).unwrap_or_default());
        let early = steps.last().filter(|before| time.is_some_and(|time| time <= before.after));
        if let (Some(before), Some(after)) = (early, after) {
            let message = format!("this step begins no later than the one before it ({})", value::say(before.after));
            report.error(after, "steps-out-of-order", message).help("let each step begin later than the last");
            continue;
        }
        let (Some(text), Some(requirement), Some(time)) = (text, requirement, time) else { continue };
        steps.push(Step { after: time, requirement, at: text.at, text: text.text });
    }
    steps
}

fn back_off(table: &mut Table<'_>, report: &mut Report) -> BackOff {
    let usual = BackOff::default();
    let Some(value) = table.get("back_off") else { return usual };
    let Some(mut inner) = value.table("back_off") else {
        value.wrong("back_off", "a table such as { no_answer = \"5s\", misses_max = 3 }", report);
        return usual;
    };
    let rest = Duration::ZERO..=seconds(3600);
    let back_off = BackOff {
        no_answer: inner.duration("no_answer", rest.clone(), report).unwrap_or(usual.no_answer),
        busy: inner.duration("busy", rest.clone(), report).unwrap_or(usual.busy),
        declined: inner.duration("declined", rest.clone(), report).unwrap_or(usual.declined),
        unreachable: inner.duration("unreachable", rest, report).unwrap_or(usual.unreachable),
        misses_max: inner.integer("misses_max", 0..=1000, report).unwrap_or(usual.misses_max),
    };
    inner.finish(report);
    back_off
}

fn service_level(table: &mut Table<'_>, report: &mut Report) -> (Duration, f64) {
    let usual = (seconds(20), 0.8);
    let Some(value) = table.get("service_level") else { return usual };
    let Some(mut inner) = value.table("service_level") else {
        value.wrong("service_level", "a table such as { within = \"20s\", target = 0.8 }", report);
        let said = value.text(report);
        let parts = said.as_ref().and_then(|text| text.text.split_once('/'));
        let numbers =
            parts.and_then(|(share, time)| Some((share.trim().parse::<u32>().ok()?, time.trim().parse::<u32>().ok()?)));
        if let (Some((share @ 1..=100, time)), Some(finding)) = (numbers, report.last()) {
            finding.help(format!("did you mean {{ within = \"{time}s\", target = {} }}?", f64::from(share) / 100.0));
        }
        return usual;
    };
    let within = inner.duration("within", seconds(1)..=seconds(3600), report).unwrap_or(usual.0);
    if let Some(at) = inner.get("within").filter(|_| within.subsec_nanos() != 0) {
        let message = "`within` is told in whole seconds";
        report.error(at.at, "out-of-range", message).help("such as \"20s\"");
    }
    let target = inner.fraction("target", 0.0..=1.0, report).unwrap_or(usual.1);
    inner.finish(report);
    (within, target)
}

/// The rules of `overflow`, and where the destination of each stands.
fn overflow(
    table: &mut Table<'_>,
    queue: QueueId,
    scope: &mut Scope,
    report: &mut Report,
) -> Vec<((OverflowWhen, Destination), At)> {
    let mut rules: Vec<((OverflowWhen, Destination), At)> = Vec::new();
    for mut rule in
        table.tables("overflow", "this rule of `overflow`", "{ when = \"waited > 5m\", go = \"...\" }", report)
    {
        let when = rule.needed("when", "when = \"waited > 5m\"", report);
        let go = rule.needed("go", "go = \"hangup\"", report);
        rule.finish(report);
        let condition = when.as_ref().and_then(|text| or_report(self::when(&text.text), text, "bad-condition", report));
        let destination = go.as_ref().and_then(|text| scope.destination(text, report));
        let (Some(when_text), Some(go_text)) = (when, go) else { continue };
        let (Some(when), Some(go)) = (condition, destination) else { continue };
        if go == Destination::Queue(queue) {
            let finding = report.error(go_text.at, "overflow-loop", "the queue sends its callers to itself");
            finding.help("send them to another queue, a flow, or \"hangup\"");
        }
        if rules.iter().any(|((earlier, _), _)| shadows(*earlier, when)) {
            let message = "this rule never comes into play: an earlier one holds first";
            report.warn(when_text.at, "rule-hidden", message);
        }
        rules.push(((when, go), go_text.at));
    }
    rules
}

/// Whether an earlier rule always holds when a later one does.
fn shadows(earlier: OverflowWhen, later: OverflowWhen) -> bool {
    match (earlier, later) {
        (OverflowWhen::Waited(earlier), OverflowWhen::Waited(later)) => earlier <= later,
        (OverflowWhen::NoAgents(earlier), OverflowWhen::NoAgents(later)) => earlier <= later,
        (earlier, later) => earlier == later,
    }
}

/// Reads `waited > 5m`, `no agents for 10s`, `no agents`, `full`.
fn when(text: &str) -> Result<OverflowWhen, Mistake> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let time = |word: &str| {
        let from = text.rfind(word).unwrap_or(0);
        let shifted =
            |mistake: Mistake| Mistake { part: from + mistake.part.start..from + mistake.part.end, ..mistake };
        value::duration(word).map_err(|mistake| named(word, mistake)).map_err(shifted).and_then(|time| {
            match WAIT.contains(&time) {
                true => Ok(time),
                false => Err(Mistake::new(from..text.len(), "a wait may last a day at most")),
            }
        })
    };
    match words.as_slice() {
        ["full"] => Ok(OverflowWhen::Full),
        ["no", "agents"] => Ok(OverflowWhen::NoAgents(Duration::ZERO)),
        ["no", "agents", "for", word] => time(word).map(OverflowWhen::NoAgents),
        ["waited", ">" | ">=" | "for", word] => time(word).map(OverflowWhen::Waited),
        [word] if word.starts_with("waited>") => time(word.trim_start_matches("waited>")).map(OverflowWhen::Waited),
        _ => Err(Mistake::new(0..text.len(), format!("{text:?} is not a condition")).help(condition(text))),
    }
}

/// A time that is written otherwise elsewhere.
fn named(word: &str, mistake: Mistake) -> Mistake {
    match habits::number_with_unit(word, &WAIT).or_else(|| habits::duration(word)) {
        Some(meant) => Mistake { part: 0..word.len(), ..mistake }.help(format!("did you mean \"{meant}\"?")),
        None => mistake,
    }
}

/// The condition that was probably meant.
fn condition(text: &str) -> &'static str {
    let lower = text.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    if has(&["empty", "member", "agent", "unavail", "nobody"]) {
        "did you mean \"no agents for 10s\"? (nobody of the queue is working)"
    } else if has(&["full", "length", "maxlen"]) {
        "did you mean \"full\"?"
    } else if has(&["wait", "timeout", "time"]) {
        "did you mean \"waited > 5m\"?"
    } else {
        "write \"waited > 5m\", \"no agents for 10s\" or \"full\""
    }
}
