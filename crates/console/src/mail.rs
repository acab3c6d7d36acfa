//! Messages that callers have left, out of the account: those of mailboxes that are somebody's, or that he leads.
//!
//! It leaves to others: what becomes of one, which is a command like any other, and how it is sent (`sound`).

use crate::Console;
use crate::access::{Viewer, reached};
use crate::wire::message::{Message, Messages};
use crate::wire::problem::{Kind, Problem};
use control::{Deed, Reached};
use dialplan::Plan;
use ledger::{MessageFilter, MessageRow};
use terms::{CaptureId, limits};

impl Console {
    /// Those that somebody may hear: with which nobody is done, or all.
    pub async fn messages(&self, viewer: &Viewer, all: bool) -> Result<Messages, Problem> {
        let filter = MessageFilter { mailboxes: self.mailboxes(viewer)?, all, message: None };
        let most = u32::try_from(limits::CONSOLE_PAGE).unwrap_or(u32::MAX);
        let rows = self.account()?.messages(most, &filter).await.map_err(crate::records::story::away)?;
        Ok(Messages { items: rows.into_iter().map(Message::from).collect() })
    }

    /// One of them, whatever became of it.
    pub async fn message(&self, viewer: &Viewer, message: CaptureId) -> Result<MessageRow, Problem> {
        let filter = MessageFilter { mailboxes: self.mailboxes(viewer)?, all: true, message: Some(message) };
        let rows = self.account()?.messages(1, &filter).await.map_err(crate::records::story::away)?;
        rows.into_iter().next().ok_or_else(|| Kind::NOT_FOUND.into())
    }

    /// The mailboxes of somebody, by the plan in force; none: all.
    fn mailboxes(&self, viewer: &Viewer) -> Result<Option<Vec<String>>, Problem> {
        let look = |plan: &Plan| within(plan, &reached(viewer, &plan.roles, Deed::Mail));
        self.hub.mirror(|mirror, _| look(mirror.plan())).ok_or_else(|| Kind::NOT_READY.into())
    }
}

/// The mailboxes of those whom somebody leads, and of whom he is himself; none: all.
fn within(plan: &Plan, reached: &Reached) -> Option<Vec<String>> {
    let Reached { led, own } = reached;
    if led.is_everything() {
        return None;
    }
    let his = |agent| own.contains(&agent) || led.agent(agent);
    let queues = plan
        .queues
        .iter()
        .filter(|queue| led.queue(queue.id) || queue.agents.iter().any(|(agent, _)| own.contains(agent)));
    let agents = plan.agents.iter().filter(|agent| his(agent.id));
    let phones =
        plan.phones.iter().filter(|phone| led.phone(phone.id) || plan.agents_at(phone.id).any(|agent| his(agent.id)));
    let queues = queues.map(|queue| format!("queue:{}", queue.name));
    let agents = agents.map(|agent| format!("agent:{}", agent.name));
    Some(queues.chain(agents).chain(phones.map(|phone| format!("phone:{}", phone.user))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;
    use control::Sight;
    use terms::AgentId;

    #[test]
    fn an_agent_hears_his_own_and_those_of_the_queues_that_he_serves_and_nobody_else_but_who_leads() {
        let plan = testing::plan();
        let queue = plan.queues.iter().find(|queue| !queue.agents.is_empty()).expect("a queue with agents");
        let agent = plan.agent(queue.agents[0].0).expect("its agent");
        let own = |agent: AgentId| Reached { own: [agent].into(), ..Reached::default() };
        let his = within(&plan, &own(agent.id)).expect("not everything");
        assert!(
            his.contains(&format!("queue:{}", queue.name)) && his.contains(&format!("agent:{}", agent.name)),
            "{his:?}"
        );
        let serving = |name: &String| {
            let queue = plan.queues.iter().find(|queue| format!("queue:{}", queue.name) == *name);
            queue.is_none_or(|queue| queue.agents.iter().any(|(one, _)| *one == agent.id))
        };
        assert!(his.iter().all(serving), "{his:?}");
        assert_eq!(his.iter().filter(|name| name.starts_with("agent:")).count(), 1, "{his:?}");
        assert_eq!(within(&plan, &own(AgentId::of("nobody"))), Some(vec![]));
        assert_eq!(within(&plan, &Reached { led: Sight::everything(), ..Reached::default() }), None);
    }
}
