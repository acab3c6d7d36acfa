//! What a new plan owes to the calls that began with an older one.
//!
//! A call walks the flows of its own plan and is sent on by the rules of its own plan. A queue that is no longer in
//! the plan in force goes on for as long as such a call runs: whoever waits in it is served or sent on as if nothing
//! had happened, and nobody new gets there. Who serves, and on which phone, is a matter of the plan in force.

use crate::desk::Usage;
use crate::setup;
use acd::{OverflowReason, OverflowWhen, QueueSetup, Setup};
use dialplan::Plan;
use std::collections::BTreeMap;
use terms::QueueId;

/// What is left of older plans.
#[derive(Debug, Default)]
pub(crate) struct Succession {
    /// Running calls that began with an older plan.
    older_calls: usize,
    /// Queues that only they can be in.
    kept: BTreeMap<QueueId, QueueSetup>,
}

impl Succession {
    /// A plan follows another while so many calls run.
    pub fn begin(&mut self, before: &Plan, after: &Plan, calls: usize) {
        self.older_calls = calls;
        if calls == 0 {
            return self.kept.clear();
        }
        self.kept.retain(|id, _| after.queue(*id).is_none());
        let gone = before.queues.iter().filter(|queue| after.queue(queue.id).is_none());
        self.kept.extend(gone.map(|queue| (queue.id, setup::queue(queue))));
    }

    /// One of the older calls has ended. With the last one, the queues that were kept go: then this is true.
    pub fn one_less(&mut self) -> bool {
        self.older_calls = self.older_calls.saturating_sub(1);
        let over = self.older_calls == 0 && !self.kept.is_empty();
        if over {
            self.kept.clear();
        }
        over
    }

    /// What the routing core must know.
    pub fn setup(&self, plan: &Plan, usage: &Usage) -> Setup {
        let mut setup = setup::acd_setup(plan);
        setup.queues.extend(self.kept.values().cloned().map(|mut queue| {
            queue.agents.retain(|(agent, _)| plan.agent(*agent).is_some());
            queue
        }));
        setup.present = plan.agents.iter().map(|agent| (agent.id, usage.presence(plan, agent))).collect();
        setup
    }
}

/// Which rule of the call's own plan sends it on: the very same one, else the first that is about the same thing.
pub(crate) fn own_rule(own: &Plan, queue: QueueId, why: OverflowReason, said: Option<OverflowWhen>) -> Option<usize> {
    let rules = || own.queue(queue).into_iter().flat_map(|queue| &queue.overflow).map(|(when, _)| *when);
    let alike = |when: &OverflowWhen| {
        matches!(
            (why, when),
            (OverflowReason::Full, OverflowWhen::Full)
                | (OverflowReason::Waited, OverflowWhen::Waited(_))
                | (OverflowReason::NoAgents, OverflowWhen::NoAgents(_))
        )
    };
    rules().position(|when| Some(when) == said).or_else(|| rules().position(|when| alike(&when)))
}
