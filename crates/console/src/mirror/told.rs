//! What the stream alone tells, and no snapshot: whose word an agent's status is, and who watches a call. It is kept over
//! the snapshots that a reload asks for.

use super::Mirror;
use call::cdr::Watching;
use control::{Actor, AgentWish, Reply, Verb};
use node::Ordered;
use std::collections::BTreeMap;
use terms::{AgentId, CallRef, PhoneId, WatchMode};

/// All of it.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// By agent: what somebody else wanted of him last.
    pub words: BTreeMap<AgentId, Word>,
    /// By call and leg: who watches.
    pub watches: BTreeMap<(CallRef, Option<u16>), Watch>,
}

/// What somebody has said of an agent's status.
#[derive(Clone, Debug)]
pub(super) struct Word {
    pub by: Actor,
    pub command: Option<String>,
    pub wish: AgentWish,
    pub reason: Option<String>,
}

/// Somebody who watches.
#[derive(Clone, Debug)]
pub(super) struct Watch {
    nth: u16,
    pub at: Option<PhoneId>,
    pub whom: Option<AgentId>,
    pub mode: WatchMode,
}

impl Mirror {
    /// What the stream had told before this snapshot was taken.
    pub fn inherit(&mut self, before: &mut Mirror) {
        self.told = std::mem::take(&mut before.told);
        self.told.watches.retain(|(call, _), _| self.calls.contains_key(call));
    }

    /// Whose word an agent's status is: he himself needs not be told.
    pub(super) fn wished(&mut self, ordered: &Ordered) {
        let Verb::Agent { name, status, reason } = &ordered.command.what else { return };
        if !matches!(ordered.reply, Reply::Done(_)) {
            return;
        }
        let id = AgentId::of(name);
        self.changed.agents.insert(id);
        if matches!(&ordered.command.by, Actor::Agent(_) | Actor::Phone(_)) || self.is_himself(&ordered.command.by, id)
        {
            self.told.words.remove(&id);
            return;
        }
        let command = ordered.command.id.as_ref().map(|id| id.as_str().to_owned());
        let by = ordered.command.by.clone();
        let word = Word { by, command, wish: *status, reason: reason.clone() };
        self.told.words.insert(id, word);
    }

    fn is_himself(&self, by: &Actor, agent: AgentId) -> bool {
        let Actor::User(name) = by else { return false };
        self.plan.users.iter().any(|user| user.name == *name && user.agent == Some(agent))
    }

    /// Somebody watches a call, or no more.
    pub(super) fn watched(&mut self, watching: &Watching) {
        let key = (watching.call, watching.leg);
        if watching.until.is_none() {
            let at = if let sip::Source::Phone(phone) = watching.who { Some(phone) } else { None };
            let watch = Watch { nth: watching.nth, at, whom: watching.agent, mode: watching.mode };
            self.told.watches.insert(key, watch);
        } else if self.told.watches.get(&key).is_some_and(|watch| watch.nth == watching.nth) {
            self.told.watches.remove(&key);
        }
        self.changed.calls.insert(watching.call);
    }
}
