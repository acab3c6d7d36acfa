//! What is no longer in the plan, and may still be in use by calls that began before.

use dialplan::Plan;
use node::Node;
use std::collections::{BTreeMap, BTreeSet};
use terms::{Now, QueueId, TrunkId};

/// Queues and carriers that went with an earlier plan.
#[derive(Debug, Default)]
pub struct Former {
    /// Queues, with their names.
    pub queues: BTreeMap<QueueId, String>,
    /// Carriers.
    pub trunks: BTreeMap<TrunkId, dialplan::Trunk>,
}

impl Former {
    /// What a new plan leaves out.
    pub fn take(&mut self, before: &Plan, plan: &Plan) {
        self.queues.extend(before.queues.iter().map(|queue| (queue.id, queue.name.clone())));
        self.queues.retain(|id, _| plan.queue(*id).is_none());
        self.trunks.extend(before.trunks.iter().map(|trunk| (trunk.id, trunk.clone())));
        self.trunks.retain(|id, _| plan.trunk(*id).is_none());
    }

    /// Forgets what nothing uses any more.
    pub fn forget(&mut self, now: Now, node: &Node) {
        let queues: BTreeSet<QueueId> = node.acd().inspect().queues.iter().map(|queue| queue.queue).collect();
        self.queues.retain(|queue, _| queues.contains(queue));
        let carry = node.board().inspect(now).trunks;
        self.trunks.retain(|trunk, _| carry.contains_key(trunk));
    }
}
