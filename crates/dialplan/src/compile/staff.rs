//! Who answers a queue: its agents by name, range, `all` or requirement, and whether they can.

use super::or_report;
use crate::finding::Report;
use crate::scope::{Scope, is_misspelt};
use crate::table::{Str, Table, Value};
use crate::text::At;
use crate::{Agent, habits, nearest, require, value};
use std::time::Duration;
use terms::{AgentId, Requirement, SkillId, Skills};

/// What is required from a certain wait on.
pub(super) struct Step {
    pub after: Duration,
    pub requirement: Requirement,
    pub text: String,
    pub at: At,
}

/// The agents with their tiers.
pub(super) fn staff<'a>(
    table: &mut Table<'_>,
    agents: &'a [Agent],
    scope: &mut Scope,
    report: &mut Report,
) -> Vec<(&'a Agent, u8)> {
    let tiers = table.get("tiers");
    let said = table.strings("agents", report);
    if let (Some(tiers), Some(_)) = (&tiers, &said) {
        let finding = report.error(tiers.at, "said-twice", "a queue has either `agents` or `tiers`");
        finding.help("`tiers` is a list of lists, the first tier first");
    }
    let mut staff = Vec::new();
    if tiers.is_none() && !table.says("agents", report) && !report.is_torn(table.at, "tiers") {
        table.missing("agents", "agents = [\"alice\", \"bob\"], or agents = \"all\"", report);
    }
    for text in said.iter().flatten() {
        named_by(text, 1, agents, scope, &mut staff, report);
    }
    // What is said twice is judged twice, and counts once.
    let mut aside = Vec::new();
    let of_tiers = if said.is_some() { &mut aside } else { &mut staff };
    tiers.into_iter().for_each(|tiers| in_tiers(&tiers, agents, scope, of_tiers, report));
    staff
}

/// The agents of a list of lists, the first tier first.
fn in_tiers<'a>(
    tiers: &Value<'_>,
    agents: &'a [Agent],
    scope: &mut Scope,
    staff: &mut Vec<(&'a Agent, u8)>,
    report: &mut Report,
) {
    const WANTED: &str = "a list of lists, such as [[\"alice\"], [\"bob\"]]";
    let Some(lists) = tiers.elements() else { return tiers.wrong("tiers", WANTED, report) };
    for (tier, list) in (1..=u8::MAX).zip(lists) {
        let Some(names) = list.elements() else {
            list.wrong("tiers", WANTED, report);
            continue;
        };
        for name in names {
            match name.text(report) {
                Some(text) => named_by(&text, tier, agents, scope, staff, report),
                None => name.wrong("tiers", "names of agents", report),
            }
        }
    }
}

/// The agents that one text names: a name, a range of names, `all`, or a requirement.
fn named_by<'a>(
    text: &Str,
    tier: u8,
    agents: &'a [Agent],
    scope: &mut Scope,
    staff: &mut Vec<(&'a Agent, u8)>,
    report: &mut Report,
) {
    let bare = text.text.strip_prefix("agent:").unwrap_or(&text.text);
    let mut add = |agent: &'a Agent, exact: bool, report: &mut Report| {
        if !staff.iter().any(|(known, _)| known.id == agent.id) {
            staff.push((agent, tier));
        } else if exact {
            report
                .error(text.at, "defined-twice", format!("agent {:?} is named twice", agent.name))
                .help("take one out");
        }
    };
    if bare == "all" {
        agents.iter().for_each(|agent| add(agent, false, report));
        return;
    }
    if bare.contains(['=', '<', '>', ' ', '(']) {
        let Some(requirement) = requirement(text, scope, report) else { return };
        agents.iter().filter(|agent| requirement.admits(&skills_of(agent))).for_each(|agent| add(agent, false, report));
        return;
    }
    let Some(repeated) = or_report(value::repeated(bare), text, "bad-range", report) else { return };
    let names =
        repeated.map_or_else(|| vec![bare.to_owned()], |range| range.into_iter().map(|(name, _)| name).collect());
    for name in names {
        match scope.agents.find(&name) {
            None => {
                if !scope.agents.unknown(&name, text.at, "", report) {
                    continue;
                }
                let list = || habits::texts(&text.text, str::to_owned);
                let help = list().or_else(|| foreign(&name, scope));
                if let (Some(help), Some(finding)) = (help, report.last()) {
                    finding.help(help);
                }
            }
            // An agent whose definition was refused has a name and no entry.
            Some(_) => {
                agents.iter().filter(|agent| agent.id == AgentId::of(&name)).for_each(|agent| add(agent, true, report))
            }
        }
    }
}

/// `SIP/alice`, `alice@default`: the agent of that name.
fn foreign(name: &str, scope: &Scope) -> Option<String> {
    let bare = name.split_once('/').map_or(name, |(_, bare)| bare);
    let bare = bare.split('@').next().unwrap_or(bare);
    (bare != name && scope.agents.find(bare).is_some()).then(|| format!("did you mean {bare:?}?"))
}

fn skills_of(agent: &Agent) -> Skills {
    agent.skills.iter().copied().collect()
}

/// A requirement with the names in it checked.
pub(super) fn requirement(text: &Str, scope: &Scope, report: &mut Report) -> Option<Requirement> {
    let (requirement, mentions) = or_report(require::parse(&text.text), text, "bad-requirement", report)?;
    let mut known = true;
    for mention in mentions {
        if scope.skills.contains_key(&mention.skill) {
            continue;
        }
        known = false;
        if scope.skills_lost && !is_misspelt(&mention.skill, scope.skills.keys().map(String::as_str)) {
            continue; // It may be one of an agent whose skills could not be read.
        }
        let message = format!("no agent has the skill {:?}", mention.skill);
        let at = text.part(mention.part);
        let help = match nearest::of(&mention.skill, scope.skills.keys().map(String::as_str)) {
            Some(near) => {
                let there =
                    scope.skills.get(near).map_or(String::new(), |there| format!(" ({})", report.where_is(*there, at)));
                format!("did you mean {near:?}{there}?")
            }
            None => "give it to an agent: skills = { ... }".to_owned(),
        };
        report.error(at, "unknown-skill", message).help(help);
    }
    known.then_some(requirement)
}

/// Warns about requirements that none of the queue's agents meets.
pub(super) fn can_be_answered(queue: &str, staff: &[(&Agent, u8)], steps: &[Step], scope: &Scope, report: &mut Report) {
    let Some(first) = steps.first() else { return };
    if !scope.agents_known {
        return; // Perhaps their names or their skills are misspelt.
    }
    if staff.is_empty() {
        report.warn(first.at, "unanswerable", format!("nobody can ever answer {queue}: it has no agents"));
        return;
    }
    let all = staff.len();
    let staff: Vec<(&Agent, u8)> = staff.iter().filter(|(agent, _)| !agent.devices.is_empty()).copied().collect();
    if staff.is_empty() {
        let message = format!("nobody can ever answer {queue}: none of its agents has a device");
        report.warn(first.at, "unanswerable", message);
        return;
    }
    let meets = |step: &Step| staff.iter().any(|(agent, _)| step.requirement.admits(&skills_of(agent)));
    let last_met = steps.iter().rposition(&meets);
    for (index, step) in steps.iter().enumerate().filter(|(_, step)| !meets(step)) {
        let message = match last_met {
            None => format!("nobody can ever answer {queue} while {} is required", step.text),
            Some(met) if met > index => {
                let until = steps.get(index + 1).map_or(Duration::ZERO, |next| next.after);
                let until = value::say(until);
                format!("nobody can answer {queue} in the first {until}, while {} is required", step.text)
            }
            Some(_) => format!("nobody can answer {queue} any more once {} is required", step.text),
        };
        let note = best_levels(&step.requirement, &staff, all, scope);
        report.warn(step.at, "unanswerable", message).note = note;
    }
}

/// `the best billing level among its 4 agents is 6 (alice)`, for each level that nobody reaches.
fn best_levels(requirement: &Requirement, staff: &[(&Agent, u8)], all: usize, scope: &Scope) -> Option<String> {
    let mut notes = Vec::new();
    let count = match staff.len() {
        1 => "its 1 agent".to_owned(),
        count => format!("its {count} agents"),
    };
    let count = if staff.len() < all { format!("{count} with a device") } else { count };
    collect_levels(requirement, &mut |skill, level| {
        let name = scope.skills.keys().find(|name| SkillId::of(name) == skill)?;
        let best =
            staff.iter().map(|(agent, _)| (skills_of(agent).level(skill), agent)).max_by_key(|(best, _)| *best)?;
        match best {
            (0, _) => notes.push(format!("none of {count} has the skill {name}")),
            (best, agent) if best < level => {
                notes.push(format!("the best {name} level among {count} is {best} ({})", agent.name));
            }
            _ => {}
        }
        Some(())
    });
    if notes.is_empty() {
        notes.push(format!("each part is met by somebody among {count}, but nobody meets them together"));
    }
    Some(notes.join("; "))
}

fn collect_levels(requirement: &Requirement, with: &mut dyn FnMut(SkillId, u8) -> Option<()>) {
    match requirement {
        Requirement::AtLeast(skill, level) => {
            let _ = with(*skill, *level);
        }
        Requirement::All(parts) | Requirement::Any(parts) => parts.iter().for_each(|part| collect_levels(part, with)),
        Requirement::Anyone | Requirement::Not(_) => {}
    }
}
