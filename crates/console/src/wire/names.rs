//! The operator's names for the ids in the stream. A name's id follows from the name, so the same id has the same name
//! live, from the account, and after a restart.

use dialplan::Plan;
use std::collections::HashMap;

/// Names by id, as ids are written: what kind of thing it is stands before it.
#[derive(Clone, Debug, Default)]
pub struct Names(HashMap<String, String>);

impl Names {
    /// Everything that the account knows.
    pub fn take_account(&mut self, known: ledger::Names) {
        self.extend(known.agents);
        self.extend(known.queues);
        self.extend(known.trunks);
        self.extend(known.phones);
    }

    /// Everything that a plan names.
    pub fn take_plan(&mut self, plan: &Plan) {
        self.extend(plan.agents.iter().map(|agent| (agent.id, agent.name.clone())));
        self.extend(plan.queues.iter().map(|queue| (queue.id, queue.name.clone())));
        self.extend(plan.trunks.iter().map(|trunk| (trunk.id, trunk.name.clone())));
        self.extend(plan.phones.iter().map(|phone| (phone.id, phone.user.clone())));
    }

    fn extend<Id: ToString>(&mut self, names: impl IntoIterator<Item = (Id, String)>) {
        self.0.extend(names.into_iter().map(|(id, name)| (id.to_string(), name)));
    }

    /// The name for an id.
    pub fn of(&self, id: &str) -> Option<&str> {
        self.0.get(id).map(String::as_str)
    }
}
