//! How that which a command is about stands: asked before it is done and once it is, so that its record has both. It is read
//! off the plan in force and the routing core, which are what it is true of.

use super::FrontDesk;
use super::verbs::in_words;
use crate::reload::overlay;
use control::{Change, Verb};
use node::Node;
use terms::{AgentId, QueueId};

/// Letters of a configuration's hash that are shown.
const HASH: usize = 12;

impl FrontDesk {
    /// None where it is no setting and no state, or where nobody knows the thing.
    pub(super) fn stands(&self, verb: &Verb, node: &Node) -> Option<String> {
        match verb {
            Verb::Agent { name, .. } => agent(node, name),
            Verb::LogIn { agent, phone } => self.setting(&Change::Seat { agent: agent.clone(), phone: phone.clone() }),
            Verb::Change(change) => self.setting(change),
            Verb::Changes(changes) | Verb::Assign { changes, .. } => self.settings(changes),
            Verb::QueueOpen { name } => Some(self.door(name).to_owned()),
            Verb::Reload(()) => Some(self.plan.content_hash.chars().take(HASH).collect()),
            _ => None,
        }
    }

    fn settings(&self, changes: &[Change]) -> Option<String> {
        let all: Option<Vec<String>> = changes.iter().map(|change| self.setting(change)).collect();
        all.filter(|all| !all.is_empty()).map(|all| all.join("; "))
    }

    fn setting(&self, change: &Change) -> Option<String> {
        if let Change::Close { queue, .. } = change {
            return Some(self.door(queue).to_owned());
        }
        overlay::stands(change, &self.plan)
    }

    fn door(&self, queue: &str) -> &'static str {
        if self.overlaid.closed.contains(&QueueId::of(queue)) { "closed" } else { "open" }
    }
}

fn agent(node: &Node, name: &str) -> Option<String> {
    let line = node.acd().agent(AgentId::of(name))?;
    let now = in_words(&line.status);
    Some(match &line.pending {
        Some(pending) => format!("{now}, then {}", in_words(pending)),
        None => now,
    })
}
