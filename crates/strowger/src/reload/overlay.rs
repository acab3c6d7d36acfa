//! What supervisors change at run time, laid over the configuration: plan + overlay = the plan in force.
//!
//! A change stays until it is dropped, over reloads and restarts. One whose agent or queue is no longer in
//! the configuration stays listed, without effect, and has it again when the name comes back.

use crate::admin::overlay::OverlayLine;
use crate::destination::destination;
use crate::names;
use control::Change;
use dialplan::{Destination, Incoming, OverflowWhen, Plan};
use ledger::OverlayRow;
use std::collections::BTreeSet;
use terms::{AgentId, PhoneId, QueueId, Requirement, SkillId, Wall};

/// Changes that may be laid over a configuration.
const CHANGES: usize = 10_000;
/// The best level of a skill.
const LEVEL_MAX: u8 = 10;

/// A change with its history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its number.
    pub id: i64,
    /// When it was made.
    pub at: Wall,
    /// By whom.
    pub asked: String,
    /// What.
    pub change: Change,
}

/// All of them, in the order in which they were made.
#[derive(Clone, Debug, Default)]
pub struct Overlay {
    entries: Vec<Entry>,
    /// The last number that was given.
    last: i64,
}

/// Whether a change makes sense now, else what does not.
fn check(change: &Change, plan: &Plan) -> Result<(), String> {
    match change {
        Change::Skill { agent, skill, level } => {
            names::agent(plan, agent)?;
            if *level > LEVEL_MAX {
                return Err(format!("levels go from 0 to {LEVEL_MAX}, and {level} is more"));
            }
            match knows_skill(plan, SkillId::of(skill)) {
                true => Ok(()),
                false => Err(format!("no agent has, and no queue asks for, a skill {skill:?}")),
            }
        }
        Change::Join { agent, queue, .. } | Change::Leave { agent, queue } => {
            names::agent(plan, agent)?;
            names::queue(plan, queue)
        }
        Change::Close { queue, go } => {
            names::queue(plan, queue)?;
            match go.as_deref().map(|go| destination(plan, go)).transpose()? {
                Some(Destination::Queue(id)) if id == QueueId::of(queue) => Err("it would go round in a circle".into()),
                _ => Ok(()),
            }
        }
        Change::Set { queue, key, value } => {
            names::queue(plan, queue)?;
            // Tried on a copy.
            plan.queue(QueueId::of(queue)).map_or(Ok(()), |queue| queue.clone().set(key, value))
        }
        Change::Seat { agent, phone } => {
            names::agent(plan, agent)?;
            names::phone(plan, phone)
        }
        Change::Phone { phone, key, value } => {
            names::phone(plan, phone)?;
            let id = PhoneId::of(phone);
            plan.phone(id).map_or(Ok(()), |phone| phone.clone().incoming.set(key, value))?;
            let stays = !Incoming::leads_on(key, value) || plan.leads_somewhere(id, value);
            if stays { Ok(()) } else { Err(format!("{phone} reaches nobody at {value}: no route leads there from it")) }
        }
    }
}

/// What a plan says of the thing that a change is about.
pub fn stands(change: &Change, plan: &Plan) -> Option<String> {
    let seat = |agent: &str, queue: &str| {
        let seats = &plan.queue(QueueId::of(queue))?.agents;
        let tier = seats.iter().find(|(id, _)| *id == AgentId::of(agent)).map(|(_, tier)| *tier);
        Some(tier.map_or("does not serve it".to_owned(), |tier| format!("serves it in tier {tier}")))
    };
    match change {
        Change::Skill { agent, skill, .. } => {
            let skills = &plan.agent(AgentId::of(agent))?.skills;
            let level = skills.iter().find(|(id, _)| *id == SkillId::of(skill)).map(|(_, level)| *level);
            Some(level.map_or("without".to_owned(), |level| level.to_string()))
        }
        Change::Join { agent, queue, .. } | Change::Leave { agent, queue } => seat(agent, queue),
        Change::Close { queue, .. } => plan.queue(QueueId::of(queue)).map(|_| "open".to_owned()),
        Change::Set { queue, key, .. } => plan.queue(QueueId::of(queue))?.setting(key),
        Change::Seat { agent, .. } => {
            let known = |id| plan.phone(id).map(|phone| phone.user.as_str());
            let phones: Vec<&str> = plan.agent(AgentId::of(agent))?.phones().filter_map(known).collect();
            Some(if phones.is_empty() { "at no phone".into() } else { phones.join(", ") })
        }
        Change::Phone { phone, key, .. } => plan.phone(PhoneId::of(phone))?.incoming.setting(key),
    }
}

/// Whom a change takes off the queues: agents who have no device but phones that are not to be disturbed.
pub fn cut_off(change: &Change, in_force: &Plan) -> Option<String> {
    let Change::Phone { phone, key, .. } = change else { return None };
    let quiet = |id| in_force.phone(id).is_some_and(|phone| phone.incoming.dnd);
    let mute = |agent: &&dialplan::Agent| agent.phones().count() == agent.devices.len() && agent.phones().all(quiet);
    let id = PhoneId::of(phone);
    let names: Vec<&str> = in_force.agents_at(id).filter(mute).map(|agent| agent.name.as_str()).collect();
    let told = key == "dnd" && quiet(id) && !names.is_empty();
    told.then(|| format!("no queue offers a call meanwhile to {}", names.join(", ")))
}

/// Lays a change over the plan; what is not there is left alone.
fn lay(change: &Change, plan: &mut Plan) {
    match change {
        Change::Skill { agent, skill, level } => {
            let (id, skill) = (AgentId::of(agent), SkillId::of(skill));
            if let Some(agent) = plan.agents.iter_mut().find(|one| one.id == id) {
                agent.skills.retain(|(other, _)| *other != skill);
                agent.skills.extend((*level > 0).then_some((skill, *level)));
            }
        }
        Change::Join { agent, queue, tier } => {
            let id = AgentId::of(agent);
            if let Some(queue) = queue_of(plan, queue) {
                queue.agents.retain(|(other, _)| *other != id);
                queue.agents.push((id, *tier));
            }
        }
        Change::Leave { agent, queue } => {
            let id = AgentId::of(agent);
            if let Some(queue) = queue_of(plan, queue) {
                queue.agents.retain(|(other, _)| *other != id);
            }
        }
        Change::Close { queue, go } => {
            let go = go.as_deref().and_then(|go| destination(plan, go).ok());
            let Some(queue) = queue_of(plan, queue) else { return };
            queue.length = 0;
            if let Some(go) = go {
                queue.overflow.retain(|(when, _)| *when != OverflowWhen::Full);
                queue.overflow.push((OverflowWhen::Full, go));
            }
        }
        Change::Set { queue, key, value } => {
            let _checked_before = queue_of(plan, queue).map(|queue| queue.set(key, value));
        }
        Change::Seat { agent, phone } => plan.seat(AgentId::of(agent), PhoneId::of(phone)),
        Change::Phone { phone, key, value } => {
            let phone = plan.phones.iter_mut().find(|one| one.user == *phone);
            let _checked_before = phone.map(|phone| phone.incoming.set(key, value));
        }
    }
}

fn queue_of<'a>(plan: &'a mut Plan, name: &str) -> Option<&'a mut dialplan::Queue> {
    plan.queues.iter_mut().find(|queue| queue.name == name)
}

fn knows_skill(plan: &Plan, skill: SkillId) -> bool {
    let had = plan.agents.iter().flat_map(|agent| &agent.skills).any(|(id, _)| *id == skill);
    had || plan.queues.iter().flat_map(|queue| &queue.requirements).any(|(_, wanted)| mentions(wanted, skill))
}

fn mentions(requirement: &Requirement, skill: SkillId) -> bool {
    match requirement {
        Requirement::Anyone => false,
        Requirement::AtLeast(id, _) => *id == skill,
        Requirement::All(parts) | Requirement::Any(parts) => parts.iter().any(|part| mentions(part, skill)),
        Requirement::Not(part) => mentions(part, skill),
    }
}

impl Overlay {
    /// What the account has kept. A change that this version does not understand is left where it is.
    pub fn restored(rows: Vec<OverlayRow>) -> Overlay {
        let entry = |row: OverlayRow| match serde_json::from_str(&row.change) {
            Ok(change) => Some(Entry { id: row.id, at: row.at, asked: row.asked, change }),
            Err(error) => {
                tracing::error!(id = row.id, %error, "a run-time change is not understood and has no effect");
                None
            }
        };
        // Numbers of those that are not understood are not given again either.
        let last = rows.iter().map(|row| row.id).max().unwrap_or(0);
        Overlay { entries: rows.into_iter().filter_map(entry).collect(), last }
    }

    /// The plan in force.
    pub fn lay(&self, base: &Plan) -> Plan {
        let mut plan = base.clone();
        let effective = self.entries.iter().filter(|entry| check(&entry.change, base).is_ok());
        // A queue that is closed stays closed, whatever length it was given after that.
        let (closing, others): (Vec<_>, Vec<_>) =
            effective.partition(|entry| matches!(entry.change, Change::Close { .. }));
        others.into_iter().chain(closing).for_each(|entry| lay(&entry.change, &mut plan));
        plan
    }

    /// The change that says exactly this already.
    pub fn has(&self, change: &Change) -> Option<i64> {
        self.entries.iter().find(|entry| entry.change == *change).map(|entry| entry.id)
    }

    /// Adds a change; the numbers of those that it replaces.
    pub fn add(&mut self, base: &Plan, at: Wall, asked: &str, change: Change) -> Result<(Entry, Vec<i64>), String> {
        check(&change, base)?;
        let replaced: Vec<i64> =
            self.entries.iter().filter(|entry| entry.change.same_thing(&change)).map(|entry| entry.id).collect();
        if self.entries.len() - replaced.len() >= CHANGES {
            return Err(format!("{CHANGES} changes are laid over the configuration: write them into it and drop them"));
        }
        // Small, to be typed; not used again while the switch runs, so that a drop never hits another one.
        self.last = self.entries.iter().map(|entry| entry.id).max().unwrap_or(0).max(self.last) + 1;
        let id = self.last;
        self.entries.retain(|entry| !replaced.contains(&entry.id));
        let entry = Entry { id, at, asked: asked.to_owned(), change };
        self.entries.push(entry.clone());
        Ok((entry, replaced))
    }

    /// Takes changes away: one, or all; their numbers.
    pub fn drop(&mut self, id: Option<i64>) -> Vec<i64> {
        self.take(|entry| id.is_none_or(|id| id == entry.id))
    }

    /// Takes away that a queue is closed.
    pub fn open(&mut self, name: &str) -> Vec<i64> {
        self.take(|entry| matches!(&entry.change, Change::Close { queue, .. } if queue == name))
    }

    /// Takes away where an agent is, beside what the configuration says.
    pub fn unseat(&mut self, name: &str) -> Vec<i64> {
        self.take(|entry| matches!(&entry.change, Change::Seat { agent, .. } if agent == name))
    }

    fn take(&mut self, goes: impl Fn(&Entry) -> bool) -> Vec<i64> {
        let gone = self.entries.iter().filter(|entry| goes(entry)).map(|entry| entry.id).collect();
        self.entries.retain(|entry| !goes(entry));
        gone
    }

    /// The queues that take no new callers.
    pub fn closed(&self, base: &Plan) -> BTreeSet<QueueId> {
        let closed = |entry: &Entry| match &entry.change {
            Change::Close { queue, .. } if check(&entry.change, base).is_ok() => Some(QueueId::of(queue)),
            _ => None,
        };
        self.entries.iter().filter_map(closed).collect()
    }

    /// All of them, for people and programs.
    pub fn lines(&self, base: &Plan) -> Vec<OverlayLine> {
        let line = |entry: &Entry| OverlayLine {
            id: entry.id,
            at: entry.at.as_millis(),
            asked: entry.asked.clone(),
            text: entry.change.to_string(),
            change: entry.change.clone(),
            configured: stands(&entry.change, base),
            without_effect: check(&entry.change, base).err(),
        };
        self.entries.iter().map(line).collect()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }
}

#[cfg(test)]
#[path = "overlay_tests.rs"]
mod tests;
