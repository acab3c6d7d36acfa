//! A plan's things by their ids.

use crate::hours::Hours;
use crate::{Agent, Flow, Group, Phone, Plan, Prompt, Queue, Trunk};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;
use terms::{AgentId, FlowId, GroupId, HoursId, PhoneId, PromptId, QueueId, TrunkId};

/// Positions by id. A copy of a plan begins with an empty one, so that the copy may still be changed.
#[derive(Debug, Default)]
pub struct Index(OnceLock<Positions>);

impl Clone for Index {
    fn clone(&self) -> Index {
        Index::default()
    }
}

#[derive(Debug, Default)]
struct Positions {
    trunks: BTreeMap<TrunkId, usize>,
    phones: BTreeMap<PhoneId, usize>,
    agents: BTreeMap<AgentId, usize>,
    /// Those who have a device, in the operator's order.
    agents_at: BTreeMap<PhoneId, Vec<usize>>,
    queues: BTreeMap<QueueId, usize>,
    hours: BTreeMap<HoursId, usize>,
    flows: BTreeMap<FlowId, usize>,
    groups: BTreeMap<GroupId, usize>,
    prompts: BTreeMap<PromptId, usize>,
    /// Phones by extension, and by user.
    dialled: BTreeMap<String, usize>,
    /// Groups by extension.
    groups_dialled: BTreeMap<String, usize>,
    /// The phones of each group; the groups in which a phone is.
    members: Vec<BTreeSet<PhoneId>>,
    groups_of: BTreeMap<PhoneId, Vec<usize>>,
}

impl Plan {
    fn positions(&self) -> &Positions {
        self.index.0.get_or_init(|| self.placed())
    }

    fn placed(&self) -> Positions {
        let members = self.members();
        let groups_of = groups_of(&members);
        Positions {
            trunks: self.trunks.iter().enumerate().map(|(at, trunk)| (trunk.id, at)).collect(),
            phones: self.phones.iter().enumerate().map(|(at, phone)| (phone.id, at)).collect(),
            agents: self.agents.iter().enumerate().map(|(at, agent)| (agent.id, at)).collect(),
            agents_at: self.staffed(),
            queues: self.queues.iter().enumerate().map(|(at, queue)| (queue.id, at)).collect(),
            hours: self.hours.iter().enumerate().map(|(at, hours)| (hours.id, at)).collect(),
            flows: self.flows.iter().enumerate().map(|(at, flow)| (flow.id, at)).collect(),
            groups: self.groups.iter().enumerate().map(|(at, group)| (group.id, at)).collect(),
            prompts: self.prompts.iter().enumerate().map(|(at, prompt)| (prompt.id, at)).collect(),
            dialled: self.dialled(),
            groups_dialled: {
                let groups = self.groups.iter().enumerate();
                groups.filter_map(|(at, group)| Some((group.extension.clone()?, at))).collect()
            },
            members,
            groups_of,
        }
    }

    /// Agents are looked for here, and not by their ids: the index is being made.
    fn members(&self) -> Vec<BTreeSet<PhoneId>> {
        let agents: BTreeMap<AgentId, &Agent> = self.agents.iter().map(|agent| (agent.id, agent)).collect();
        let phones = |group: &Group| group.phones_with(|id| agents.get(&id).copied()).collect();
        self.groups.iter().map(phones).collect()
    }

    fn staffed(&self) -> BTreeMap<PhoneId, Vec<usize>> {
        let mut at: BTreeMap<PhoneId, Vec<usize>> = BTreeMap::new();
        for (place, agent) in self.agents.iter().enumerate() {
            for phone in agent.phones() {
                let places = at.entry(phone).or_default();
                if places.last() != Some(&place) {
                    places.push(place);
                }
            }
        }
        // Whoever has logged in there is meant first.
        for (phone, places) in &mut at {
            places.sort_by_key(|place| self.agents.get(*place).is_none_or(|agent| agent.seat != Some(*phone)));
        }
        at
    }

    /// Extensions go before users: a phone cannot take another's short number by its name.
    fn dialled(&self) -> BTreeMap<String, usize> {
        let users = self.phones.iter().enumerate().map(|(at, phone)| (phone.user.clone(), at));
        let extensions = self.phones.iter().enumerate().filter_map(|(at, phone)| Some((phone.extension.clone()?, at)));
        users.chain(extensions).collect()
    }

    /// The trunk of an id.
    pub fn trunk(&self, id: TrunkId) -> Option<&Trunk> {
        self.trunks.get(*self.positions().trunks.get(&id)?)
    }

    /// The phone of an id.
    pub fn phone(&self, id: PhoneId) -> Option<&Phone> {
        self.phones.get(*self.positions().phones.get(&id)?)
    }

    /// The agent of an id.
    pub fn agent(&self, id: AgentId) -> Option<&Agent> {
        self.agents.get(*self.positions().agents.get(&id)?)
    }

    /// The queue of an id.
    pub fn queue(&self, id: QueueId) -> Option<&Queue> {
        self.queues.get(*self.positions().queues.get(&id)?)
    }

    /// The opening hours of an id.
    pub fn hours_of(&self, id: HoursId) -> Option<&Hours> {
        self.hours.get(*self.positions().hours.get(&id)?)
    }

    /// The flow of an id.
    pub fn flow(&self, id: FlowId) -> Option<&Flow> {
        self.flows.get(*self.positions().flows.get(&id)?)
    }

    /// The group of an id.
    pub fn group(&self, id: GroupId) -> Option<&Group> {
        self.groups.get(*self.positions().groups.get(&id)?)
    }

    /// The sound of an id.
    pub fn prompt(&self, id: PromptId) -> Option<&Prompt> {
        self.prompts.get(*self.positions().prompts.get(&id)?)
    }

    /// The phone whose extension, or whose user, was dialled.
    pub fn phone_dialled(&self, called: &str) -> Option<&Phone> {
        self.phones.get(*self.positions().dialled.get(called)?)
    }

    /// The group whose extension was dialled.
    pub fn group_dialled(&self, called: &str) -> Option<&Group> {
        self.groups.get(*self.positions().groups_dialled.get(called)?)
    }

    /// Whether two phones are in one group.
    pub fn share_a_group(&self, one: PhoneId, other: PhoneId) -> bool {
        self.groups_with(one).any(|members| members.contains(&other))
    }

    /// The phones that are in a group with this one, and it itself where it is in any.
    pub fn colleagues(&self, phone: PhoneId) -> BTreeSet<PhoneId> {
        self.groups_with(phone).flatten().copied().collect()
    }

    fn groups_with(&self, phone: PhoneId) -> impl Iterator<Item = &BTreeSet<PhoneId>> {
        let positions = self.positions();
        let places = positions.groups_of.get(&phone).map_or(&[][..], Vec::as_slice);
        places.iter().filter_map(|place| positions.members.get(*place))
    }

    /// The agents who have a device.
    pub fn agents_at(&self, phone: PhoneId) -> impl Iterator<Item = &Agent> {
        let places = self.positions().agents_at.get(&phone).map_or(&[][..], Vec::as_slice);
        places.iter().filter_map(|place| self.agents.get(*place))
    }
}

fn groups_of(members: &[BTreeSet<PhoneId>]) -> BTreeMap<PhoneId, Vec<usize>> {
    let mut of: BTreeMap<PhoneId, Vec<usize>> = BTreeMap::new();
    for (place, phones) in members.iter().enumerate() {
        phones.iter().for_each(|phone| of.entry(*phone).or_default().push(place));
    }
    of
}
