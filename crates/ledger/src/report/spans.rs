//! Agents' time: what each does, since when, and when it ends. A state ends with the next one that is told;
//! when the switch died in between, with its last sign of life.

use acd::{StatusKind, WorkKind};
use call::cdr::CallEventKind;
use std::collections::BTreeMap;
use terms::AgentId;

/// What an agent's time is spent on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Doing {
    Talking,
    WrapUp,
    /// Ready: idle, or his phone rings for an offer.
    Ready,
    /// He would be ready, and no phone of his can be rung.
    NoPhone,
    /// On a break, for this reason (or for none).
    Paused(String),
    /// Not at work.
    LoggedOut,
}

impl Doing {
    fn of(status: Option<StatusKind>, reason: Option<&String>, work: Option<WorkKind>, reachable: bool) -> Doing {
        match (work, status) {
            (Some(WorkKind::Talking), _) => Doing::Talking,
            (Some(WorkKind::WrapUp), _) => Doing::WrapUp,
            (Some(WorkKind::Idle), Some(StatusKind::Ready)) if !reachable => Doing::NoPhone,
            (_, Some(StatusKind::Ready)) => Doing::Ready,
            (_, Some(StatusKind::NotReady)) => Doing::Paused(reason.cloned().unwrap_or_default()),
            (_, Some(StatusKind::LoggedOut) | None) => Doing::LoggedOut,
        }
    }
}

/// A stretch of an agent's time, in wall milliseconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub agent: AgentId,
    pub doing: Doing,
    pub from: i64,
    pub to: i64,
}

/// What every agent does.
#[derive(Debug, Default)]
pub(super) struct Spans {
    now: BTreeMap<AgentId, (Doing, i64)>,
}

impl Spans {
    /// An agent's state was told; the stretch that it ends, when its begin is known.
    pub fn tell(&mut self, agent: AgentId, at: i64, what: &CallEventKind) -> Option<Span> {
        let CallEventKind::AgentState { status, reason, work, lasted_ms, reachable, .. } = what else { return None };
        // Older versions did not tell whether he could be rung: who was ready counts as ready.
        let doing = Doing::of(status.known(), reason.as_ref(), work.known(), reachable.unwrap_or(true));
        let (doing, since) = self.now.insert(agent, (doing, at))?;
        // The wall may have stepped in between; the length that was told did not.
        let from = lasted_ms.map_or(since, |lasted| at.saturating_sub_unsigned(lasted)).min(at);
        Some(Span { agent, doing, from, to: at })
    }

    /// Whether an agent is at work, as far as that was told.
    pub fn is_at_work(&self, agent: AgentId) -> bool {
        self.now.get(&agent).is_some_and(|(doing, _)| *doing != Doing::LoggedOut)
    }

    /// Who is at work.
    pub fn at_work(&self) -> impl Iterator<Item = AgentId> {
        self.now.iter().filter(|(_, (doing, _))| *doing != Doing::LoggedOut).map(|(agent, _)| *agent)
    }

    /// What ended goes on after all.
    pub fn resume(&mut self, span: Span) {
        self.now.insert(span.agent, (span.doing, span.from));
    }

    /// All that goes on is taken to end now.
    pub fn end(&mut self, at: i64) -> Vec<Span> {
        let ended = std::mem::take(&mut self.now).into_iter();
        ended.map(|(agent, (doing, from))| Span { agent, doing, from, to: at.max(from) }).collect()
    }
}
