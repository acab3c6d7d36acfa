//! Whom to ring, what for, and on whose account.

use super::aim::Aim;
use super::waves::Waves;
use sip::{Source, Target};
use smallvec::SmallVec;
use terms::{AgentId, Mono, Pii};

/// Whom to ring, and what for; also who could still be rung where the one who had it goes before the two are joined.
#[derive(Debug)]
pub(crate) struct Rest {
    pub aim: Aim,
    /// The agent who is meant.
    pub agent: Option<AgentId>,
    pub charge: Option<Box<Charge>>,
    pub waves: Waves,
    /// They ring until then at most.
    pub until: Option<Mono>,
    /// A phone that rings is engaged.
    pub engages: bool,
    /// Devices that are not to be rung: they came to nothing before.
    pub gone: SmallVec<[Target; 1]>,
}

/// Whose doing it is that somebody is rung: with his rights and limits, and on his account.
#[derive(Clone, Debug)]
pub(crate) struct Charge {
    pub by: Source,
    /// What he dialled.
    pub called: Pii<String>,
    /// The route that took it.
    pub route: Option<usize>,
}

/// Where a leg goes.
#[derive(Clone, Debug)]
pub(crate) struct Device {
    pub target: Target,
    /// The agent whose it is.
    pub agent: Option<AgentId>,
    /// Which of those whom the plan names: one user's devices are one.
    pub member: u16,
    /// It shall answer by itself.
    pub answers_itself: bool,
    /// A queue gives the call: its name is shown.
    pub by_queue: bool,
}
