//! Who is rung: agents, where they are, what they must do to take a call, and groups.

use super::{Place, Plan};
use crate::flow::RingTarget;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeSet;
use std::time::Duration;
use terms::{AgentId, ContactKind, GroupId, PhoneId, PromptId, SkillId, TrunkId};

/// An agent.
#[derive(Clone, Debug)]
pub struct Agent {
    /// His id.
    pub id: AgentId,
    /// His name.
    pub name: String,
    /// The team that he is in.
    pub team: Option<String>,
    /// His devices; all of them ring.
    pub devices: Vec<Device>,
    /// By which he logs in at any phone.
    pub number: Option<String>,
    /// Where he has logged in, in place of his own devices.
    pub seat: Option<PhoneId>,
    /// His phones answer by themselves for callers of queues.
    pub auto_answer: bool,
    /// A call with him stands for as long as he is at work, and contacts come over it. Absent: his devices ring for each.
    pub nailed_up: Option<LineLost>,
    /// What he must do at an outside number; absent: nothing.
    pub confirm: Option<Confirm>,
    /// He has the codes of a conversation at an outside number, too.
    pub codes: bool,
    /// What he can do.
    pub skills: Vec<(SkillId, u8)>,
    /// Instead of the queue's wrap-up.
    pub wrap_up: Option<Duration>,
    /// How many contacts he takes at once, by kind; nothing: one, of whatever kind.
    pub capacity: Vec<Share>,
    /// Ready as soon as the switch first sees him, instead of logged out.
    pub ready_at_start: bool,
    /// Where it was written.
    pub place: Place,
}

/// What becomes of an agent whose standing call ends while he is at work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineLost {
    /// He takes no more contacts.
    Pause,
    /// He is logged out.
    LogOut,
}

/// What of one kind an agent takes at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Share {
    /// Of this kind.
    pub kind: ContactKind,
    /// So many at once.
    pub at_once: u8,
    /// Kinds beside which he is offered it all the same.
    pub beside: Vec<ContactKind>,
}

impl Agent {
    /// His phones.
    pub fn phones(&self) -> impl Iterator<Item = PhoneId> {
        self.devices.iter().filter_map(|device| if let Device::Phone(phone) = device { Some(*phone) } else { None })
    }

    /// The phone of his that is a page, where one is: it has the voice of the page at which he sits.
    pub fn page(&self, plan: &Plan) -> Option<PhoneId> {
        self.phones().find(|id| plan.phones.iter().any(|phone| phone.id == *id && phone.page))
    }
}

/// Where an agent is rung.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Device {
    /// At a phone of ours.
    Phone(PhoneId),
    /// At a number behind a trunk: his mobile, his home.
    Number(TrunkId, String),
}

/// What somebody who answers at an outside number must do to take the call: his mailbox answers, too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Confirm {
    /// What he hears, again and again.
    pub prompt: PromptId,
    /// The key that takes the call.
    pub key: char,
    /// How long it is waited for.
    pub within: Duration,
}

/// What he hears where the operator names no sound: a voice that comes with the program.
pub const CONFIRM_PROMPT: &str = "confirm (built in)";

impl Default for Confirm {
    fn default() -> Self {
        Confirm { prompt: PromptId::of(CONFIRM_PROMPT), key: '1', within: Duration::from_secs(15) }
    }
}

/// Several who ring for one call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Its id.
    pub id: GroupId,
    /// Its name.
    pub name: String,
    /// The short number that rings it.
    pub extension: Option<String>,
    /// Whom it rings.
    pub members: Vec<GroupMember>,
    /// In which order.
    pub order: GroupOrder,
    /// How long each rings, where one is rung after the other.
    pub turn: Duration,
    /// Whether a phone that rings for it is engaged meanwhile.
    pub engages: bool,
    /// What a member at an outside number must do to take the call; absent: nothing.
    pub confirm: Option<Confirm>,
    /// Where it was written.
    pub place: Place,
}

/// One of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupMember {
    /// Whom to ring; never another group.
    pub target: crate::flow::RingTarget,
    /// How long after the call came, where several ring at a time.
    pub after: Duration,
}

/// In which order those of a group are rung.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum GroupOrder {
    /// All together.
    #[default]
    AtOnce,
    /// One after the other.
    InTurn,
    /// All together, but each begins later than the one before him.
    Staggered,
    /// One after the other, in another order for each call.
    Random,
}

impl Group {
    /// The phones of its members.
    pub fn phones<'a>(&'a self, plan: &'a Plan) -> impl Iterator<Item = PhoneId> + 'a {
        self.phones_with(|id| plan.agent(id))
    }

    pub(crate) fn phones_with<'a>(
        &'a self,
        agent: impl Fn(AgentId) -> Option<&'a Agent> + 'a,
    ) -> impl Iterator<Item = PhoneId> + 'a {
        self.members.iter().flat_map(move |member| {
            let (phone, agent) = match &member.target {
                RingTarget::Phone(phone) | RingTarget::Intercom(phone) => (Some(*phone), None),
                RingTarget::Agent(id) => (None, agent(*id)),
                RingTarget::Trunk(..) | RingTarget::Group(_) => (None, None),
            };
            phone.into_iter().chain(agent.into_iter().flat_map(Agent::phones))
        })
    }
}

/// What an agent sees and hears of a caller of a queue before he has him.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Briefing {
    /// The queue's name stands before the caller's on his display.
    pub display: bool,
    /// He hears a short tone.
    pub zip: bool,
    /// And then this.
    pub whisper: Option<PromptId>,
    /// And then how long the caller has waited.
    pub tell_wait: bool,
    /// His phone answers by itself.
    pub auto_answer: bool,
}

impl Default for Briefing {
    fn default() -> Briefing {
        Briefing { display: true, zip: false, whisper: None, tell_wait: false, auto_answer: false }
    }
}

impl super::Queue {
    /// What a key, or the word itself, stands for in its after-call work.
    pub fn disposition(&self, said: &str) -> Option<&str> {
        let is = |(key, word): &&(char, String)| word == said || said.chars().eq([*key]);
        self.dispositions.iter().find(is).map(|(_, word)| word.as_str())
    }
}

impl Plan {
    /// The queue of this name or number.
    pub fn queue_said(&self, said: &str) -> Option<&super::Queue> {
        let numbered = |queue: &&super::Queue| queue.number.as_deref() == Some(said);
        self.queues.iter().find(|queue| queue.name == said).or_else(|| self.queues.iter().find(numbered))
    }

    /// An agent is rung at this phone and nowhere else; the phone may speak for him.
    pub fn seat(&mut self, id: AgentId, phone: PhoneId) {
        let Some(agent) = self.agents.iter_mut().find(|one| one.id == id) else { return };
        (agent.devices, agent.seat) = (vec![Device::Phone(phone)], Some(phone));
        self.roles = crate::compile::roles(self);
    }

    /// Those who had logged in at a phone where, since an earlier plan, somebody else has: no two sit on one chair.
    pub fn made_way(&self, before: &Plan) -> Vec<AgentId> {
        let taken: BTreeSet<PhoneId> = self.agents.iter().filter_map(|agent| agent.seat).collect();
        let there = before.agents.iter().filter(|agent| agent.seat.is_some_and(|phone| taken.contains(&phone)));
        let stood_up = there.filter(|agent| self.agent(agent.id).is_some_and(|now| now.seat.is_none()));
        stood_up.map(|agent| agent.id).collect()
    }

    /// The agent of this number.
    pub fn agent_numbered(&self, number: &str) -> Option<&Agent> {
        self.agents.iter().find(|agent| agent.number.as_deref() == Some(number))
    }
}

impl crate::Plan {
    /// What an agent is given, his queues with their tiers and his skills, in a mark that is another once any of it is.
    pub fn mark_of(&self, agent: AgentId) -> Option<String> {
        let skills = &self.agent(agent)?.skills;
        let seat = |queue: &crate::Queue| {
            let tier = queue.agents.iter().find(|(id, _)| *id == agent).map(|(_, tier)| *tier)?;
            Some((queue.id, tier))
        };
        let given: (Vec<_>, _) = (self.queues.iter().filter_map(seat).collect(), skills);
        let hash = Sha256::digest(format!("{given:?}").as_bytes());
        Some(hash.iter().take(MARK).map(|byte| format!("{byte:02x}")).collect())
    }
}

/// Bytes of a mark.
const MARK: usize = 8;
