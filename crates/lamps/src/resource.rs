//! What can be watched, by the name that a phone has on its key: as it would be dialled, or `agent/anna`, `queue/support`,
//! `group/sales`, `phone/alice`, `park/701`, `room/daily`.

use dialplan::{Device, Plan};
use terms::{AgentId, GroupId, PhoneId, QueueId, RoomId, Slot};

/// Something that is watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Resource {
    /// A phone.
    Phone(PhoneId),
    /// The phones of a group.
    Group(GroupId),
    /// An agent, wherever he is.
    Agent(AgentId),
    /// A queue.
    Queue(QueueId),
    /// A slot in which calls are parked.
    Slot(Slot),
    /// A conference room.
    Room(RoomId),
}

/// What may change it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Key {
    /// A leg or a device of a phone.
    Phone(PhoneId),
    /// What an agent does.
    Agent(AgentId),
    /// Who waits.
    Queue(QueueId),
    /// Who is parked.
    Slot(Slot),
    /// Who is in a room.
    Room(RoomId),
}

impl Resource {
    /// What is meant by a name.
    pub(crate) fn named(plan: &Plan, name: &str) -> Option<Resource> {
        if let Some(phone) = plan.phone_dialled(name) {
            return Some(Resource::Phone(phone.id));
        }
        if let Some(group) = plan.group_dialled(name) {
            return Some(Resource::Group(group.id));
        }
        if let Some(room) = plan.room_dialled(name) {
            return Some(Resource::Room(room.id));
        }
        let slot = |number: &str| number.parse().ok().filter(|slot| plan.park.has(*slot)).map(Resource::Slot);
        if let Some(slot) = slot(name) {
            return Some(slot);
        }
        match name.split_once('/')? {
            ("phone", user) => {
                plan.phones.iter().find(|phone| phone.user == user).map(|phone| Resource::Phone(phone.id))
            }
            ("group", group) => plan.group(GroupId::of(group)).map(|group| Resource::Group(group.id)),
            ("agent", agent) => plan.agent(AgentId::of(agent)).map(|agent| Resource::Agent(agent.id)),
            ("park", number) => slot(number),
            ("room", room) => plan.room(RoomId::of(room)).map(|room| Resource::Room(room.id)),
            ("queue", queue) => plan.queue(QueueId::of(queue)).map(|queue| Resource::Queue(queue.id)),
            _ => None,
        }
    }

    /// The phones whose legs it shows.
    pub(crate) fn phones(self, plan: &Plan) -> Vec<PhoneId> {
        let mut phones: Vec<PhoneId> = match self {
            Resource::Phone(phone) => vec![phone],
            Resource::Group(group) => plan.group(group).map(|group| group.phones(plan).collect()).unwrap_or_default(),
            Resource::Agent(agent) => plan.agent(agent).map(|agent| agent.phones().collect()).unwrap_or_default(),
            Resource::Queue(_) | Resource::Slot(_) | Resource::Room(_) => vec![],
        };
        phones.sort_unstable();
        phones.dedup();
        phones
    }

    /// Whatever may change it.
    pub(crate) fn keys(self, plan: &Plan) -> Vec<Key> {
        let own = match self {
            Resource::Agent(agent) => Some(Key::Agent(agent)),
            Resource::Queue(queue) => Some(Key::Queue(queue)),
            Resource::Slot(slot) => Some(Key::Slot(slot)),
            Resource::Room(room) => Some(Key::Room(room)),
            Resource::Phone(_) | Resource::Group(_) => None,
        };
        own.into_iter().chain(self.phones(plan).into_iter().map(Key::Phone)).collect()
    }
}

/// The agents of a queue who have this phone.
pub(crate) fn serves(plan: &Plan, queue: QueueId, phone: PhoneId) -> bool {
    let has = |agent: &AgentId| plan.agent(*agent).is_some_and(|agent| agent.devices.contains(&Device::Phone(phone)));
    plan.queue(queue).is_some_and(|queue| queue.agents.iter().any(|(agent, _)| has(agent)))
}
