//! Agents who log in at any phone, with number and PIN. Where somebody is belongs to the plan, which the office changes:
//! his status follows once that is in force.

use super::FrontDesk;
use crate::log_lines::who;
use control::{Actor, AgentWish, Verb};
use dialplan::Plan;
use dialplan::codes::Said;
use node::{Input, Node};
use terms::{AgentId, Now};

impl FrontDesk {
    /// Somebody at a phone says who he is. None: he is not believed.
    pub(super) fn logs_in(&mut self, now: Now, said: &Said) -> Option<(Actor, Verb)> {
        match self.logins.log_in(&self.plan, said, now.mono) {
            Ok(wanted) => Some(wanted),
            Err(refused) => {
                let phone = said.phone.and_then(|id| self.plan.phone(id)).map(|phone| who(&phone.user));
                tracing::warn!(phone, "an agent could not log in: {refused}");
                None
            }
        }
    }

    /// Whether the office has a part in it: somebody goes home who is where he has logged in.
    pub(super) fn leaves_a_seat(&self, verb: &Verb) -> bool {
        let Verb::Agent { name, status: AgentWish::Logout, .. } = verb else { return false };
        self.plan.agent(AgentId::of(name)).is_some_and(|agent| agent.seat.is_some())
    }

    /// Whoever sat where somebody else has logged in since goes home, however that came about.
    pub(super) fn make_way(&self, now: Now, before: &Plan, node: &mut Node) {
        for agent in self.plan.made_way(before) {
            node.handle_input(now, Input::SetStatus { agent, status: acd::Status::LoggedOut });
        }
    }
}
