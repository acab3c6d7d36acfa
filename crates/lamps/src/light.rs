//! How things stand with what is watched, whatever the document that tells it.
//!
//! A phone shows its calls, a group those of all its phones. An agent's lamp is off while he can be given a contact, blinks
//! while one is offered to him, and is lit otherwise; a queue's blinks while somebody waits. A slot's is lit while somebody is
//! parked there, a room's while somebody is in it.

use crate::face::Sight;
use crate::published::Published;
use crate::resource::Resource;
use acd::{Status, Work};
use dialplan::Plan;
use sip::{Line, LineState};
use std::collections::{BTreeMap, BTreeSet};
use terms::{AgentId, LegId, PhoneId, limits};

/// A call, or what stands for one.
#[derive(Clone, Debug)]
pub(crate) struct Light {
    /// How far it is.
    pub state: LineState,
    /// The leg, where it is one.
    pub line: Option<Line>,
}

/// Whether somebody is there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct There {
    /// He can be reached.
    pub open: bool,
    /// He talks.
    pub busy: bool,
    /// What he says of it.
    pub note: Option<String>,
}

/// What is needed to tell it.
pub(crate) struct Scene<'a> {
    /// Names and memberships.
    pub plan: &'a Plan,
    /// The other cores.
    pub sight: &'a dyn Sight,
    /// The legs of each phone.
    pub legs: &'a BTreeMap<PhoneId, BTreeSet<LegId>>,
    /// What phones have published.
    pub published: &'a Published,
}

impl Scene<'_> {
    /// The calls of what is watched, the furthest first: a phone that looks at one of them looks at the first.
    pub(crate) fn lights(&self, what: Resource) -> Vec<Light> {
        let phones = what.phones(self.plan);
        let legs = phones.iter().filter_map(|phone| self.legs.get(phone)).flatten();
        let lines = legs.filter_map(|leg| self.sight.line(*leg));
        let mut lights: Vec<Light> = lines.map(|line| Light { state: line.state, line: Some(line) }).collect();
        lights.sort_by_key(|light| std::cmp::Reverse(light.state));
        lights.truncate(limits::DIALOGS_SHOWN);
        let own = match what {
            Resource::Agent(agent) if lights.is_empty() => self.of_agent(agent),
            Resource::Slot(slot) => self.sight.is_taken(slot).then_some(LineState::Confirmed),
            Resource::Room(room) => self.sight.room(room).map(|_| LineState::Confirmed),
            Resource::Queue(queue) => {
                self.sight.queue(queue).filter(|(waiting, _)| *waiting > 0).map(|_| LineState::Early)
            }
            _ => None,
        };
        lights.extend(own.map(|state| Light { state, line: None }));
        lights
    }

    fn of_agent(&self, agent: AgentId) -> Option<LineState> {
        let line = self.sight.agent(agent)?;
        match (line.status, line.work) {
            (_, Work::Reserved(_)) => Some(LineState::Early),
            (Status::Ready, Work::Idle) if line.reachable && !line.engaged => None,
            _ => Some(LineState::Confirmed),
        }
    }

    /// Whether it is there.
    pub(crate) fn there(&self, what: Resource) -> There {
        match what {
            Resource::Phone(phone) => self.phone_there(phone),
            Resource::Group(_) => {
                let phones = what.phones(self.plan);
                let all: Vec<There> = phones.iter().map(|phone| self.phone_there(*phone)).collect();
                There { open: all.iter().any(|one| one.open), busy: all.iter().any(|one| one.busy), note: None }
            }
            Resource::Agent(agent) => self.agent_there(agent),
            Resource::Room(room) => {
                let there = self.sight.room(room).map_or(0, |roster| roster.len());
                There { open: true, busy: there > 0, note: Some(format!("{there} in it")) }
            }
            Resource::Slot(slot) => There { open: true, busy: self.sight.is_taken(slot), note: None },
            Resource::Queue(queue) => {
                let (waiting, working) = self.sight.queue(queue).unwrap_or_default();
                There { open: working > 0, busy: waiting > 0, note: Some(format!("{waiting} waiting")) }
            }
        }
    }

    fn phone_there(&self, phone: PhoneId) -> There {
        let said = self.published.of(phone);
        let registered = !self.sight.contacts(phone).is_empty();
        let busy = self.lights(Resource::Phone(phone)).iter().any(|light| light.state == LineState::Confirmed);
        There {
            open: registered && said.as_ref().is_none_or(|said| said.open),
            busy,
            note: said.and_then(|said| said.note),
        }
    }

    fn agent_there(&self, agent: AgentId) -> There {
        let Some(line) = self.sight.agent(agent) else { return There::default() };
        let busy = matches!(line.work, Work::Talking(_)) || line.engaged;
        let (open, note) = match line.status {
            Status::Ready => (line.reachable, None),
            Status::NotReady(reason) => (false, Some(reason)),
            Status::LoggedOut => (false, None),
        };
        There { open, busy, note }
    }
}
