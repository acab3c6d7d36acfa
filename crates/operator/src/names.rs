//! What the operator calls things: whether there is a thing of a name, else the nearest right one, and what the account
//! must know of the names of a plan.

use anyhow::{Result, anyhow};
use dialplan::Plan;
use ledger::{Item, Name, Retention, SideDoor};

/// Names that are listed; with more than so many, they are counted.
const LISTED: usize = 12;

/// Whether a name is in the configuration, else what is.
pub fn known<'a>(kind: &str, name: &str, names: impl Iterator<Item = &'a str> + Clone) -> Result<(), String> {
    known_in("the configuration", kind, name, names)
}

/// Whether a name is in some place, else what is.
pub fn known_in<'a>(
    place: &str,
    kind: &str,
    name: &str,
    names: impl Iterator<Item = &'a str> + Clone,
) -> Result<(), String> {
    if names.clone().any(|one| one == name) {
        return Ok(());
    }
    if let Some(near) = dialplan::nearest(name, names.clone()) {
        return Err(format!("no {kind} {name:?} in {place}: did you mean {near:?}?"));
    }
    let all: Vec<_> = names.collect();
    let known = match all.len() {
        0 => "it has none".to_owned(),
        1..=LISTED => format!("it has {}", all.join(", ")),
        many => format!("it has {many} others"),
    };
    Err(format!("no {kind} {name:?} in {place}: {known}"))
}

/// An agent of the plan.
pub fn agent(plan: &Plan, name: &str) -> Result<(), String> {
    known("agent", name, plan.agents.iter().map(|agent| agent.name.as_str()))
}

/// A user of the plan.
pub fn user(plan: &Plan, name: &str) -> Result<(), String> {
    known("user", name, plan.users.iter().map(|user| user.name.as_str()))
}

/// A queue of the plan.
pub fn queue(plan: &Plan, name: &str) -> Result<(), String> {
    known("queue", name, plan.queues.iter().map(|queue| queue.name.as_str()))
}

/// A phone of the plan.
pub fn phone(plan: &Plan, name: &str) -> Result<(), String> {
    known("phone", name, plan.phones.iter().map(|phone| phone.user.as_str()))
}

/// What the ledger must know of a plan: what the operator calls the ids, and how long he keeps what.
pub fn tell(ledger: &SideDoor, plan: &Plan) -> Result<()> {
    let agents = plan.agents.iter().map(|agent| Name::agent(&agent.name));
    let queues = plan.queues.iter().map(|queue| Name::queue(&queue.name));
    let trunks = plan.trunks.iter().map(|trunk| Name::trunk(&trunk.name));
    let phones = plan.phones.iter().map(|phone| Name::phone(&phone.user));
    let rooms = plan.rooms.iter().map(|room| Name::room(&room.name));
    for name in agents.chain(queues).chain(trunks).chain(phones).chain(rooms) {
        ledger.push_blocking(Item::Name(Box::new(name))).map_err(|_| anyhow!("the ledger ended at its start"))?;
    }
    let keep = Retention {
        records: plan.storage.keep,
        recordings: plan.storage.keep_recordings,
        customers: plan.customers.keep,
        notes: plan.customers.keep_notes,
    };
    ledger.push_blocking(Item::Keep(keep)).map_err(|_| anyhow!("the ledger ended at its start"))
}
