//! What the signalling cores must know before their first message.

use crate::clock::Clock;
use crate::config::{self, Configured};
use dialplan::Plan;
use ledger::Start;
use node::{Change, Input, Node};
use std::sync::Arc;

/// What the node must know before its first message.
pub(super) fn prepare(mut node: Node, configured: &Configured, plan: &Arc<Plan>, start: Start, clock: Clock) -> Node {
    let now = clock.now();
    let pins = Some(node::room_pins(&configured.plan, &configured.passwords));
    let change = Change { plan: plan.clone(), sip: Some(Box::new(config::sip(configured))), pins, prompts: None };
    node.handle_input(now, Input::Plan(Box::new(change)));
    for (agent, status) in start.statuses {
        node.handle_input(now, Input::SetStatus { agent, status });
    }
    for binding in start.bindings {
        node.handle_input(now, Input::Sip(sip::Input::Restore(Box::new(binding))));
    }
    if !start.contacts.is_empty() {
        tracing::info!(contacts = start.contacts.len(), "work without a call is in its queues again");
    }
    node.restore_absents(now, start.contacts);
    node.restore_messages(now, start.messages);
    if !start.dialogs.is_empty() {
        tracing::warn!(
            dialogs = start.dialogs.len(),
            calls = start.lost,
            "calls died with an earlier start: their phones get BYE, those that rang CANCEL"
        );
    }
    for (key, owed) in start.dialogs {
        node.handle_input(now, Input::Sip(sip::Input::Farewell { key, owed: Box::new(owed) }));
    }
    node
}
