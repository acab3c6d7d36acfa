//! Plans and histories. Few ids and round times, so that things collide.

use acd::{
    AgentSetup, BackOff, Capacity, Command, OfferFailure, OverflowWhen, QueueSetup, Setup, Status, Stay,
    Strategy as Turns, Withdrawal,
};
use proptest::prelude::*;
use proptest::{collection, option, sample};
use std::sync::Arc;
use std::time::Duration;
use terms::{AgentId, ContactId, QueueId, Requirement, SkillId, Skills};

pub const CONTACTS: u64 = 10;
pub const AGENTS: u64 = 5;
const QUEUES: u64 = 3;

#[derive(Clone, Debug)]
pub struct History {
    pub plans: Vec<Arc<Setup>>,
    pub actions: Vec<Action>,
}

#[derive(Clone, Debug)]
pub enum Action {
    /// Milliseconds pass.
    Wait(u64),
    /// A reload.
    Plan(usize),
    /// An answer to the n-th last offer, dead or alive.
    Accept(usize),
    /// A failure of it.
    Fail(usize, OfferFailure),
    /// Anything else.
    Tell(Command),
}

pub fn history() -> impl Strategy<Value = History> {
    (collection::vec(plan().prop_map(Arc::new), 1..4), collection::vec(action(), 0..150))
        .prop_map(|(plans, actions)| History { plans, actions })
}

fn secs(choices: &'static [u64]) -> impl Strategy<Value = Duration> {
    sample::select(choices).prop_map(Duration::from_secs)
}

fn requirement() -> impl Strategy<Value = Requirement> {
    let at_least = |skill, level| Requirement::AtLeast(SkillId(skill), level);
    sample::select(vec![
        Requirement::Anyone,
        at_least(1, 1),
        at_least(1, 2),
        at_least(2, 1),
        Requirement::Not(Box::new(at_least(1, 1))),
        Requirement::All(vec![at_least(1, 1), at_least(2, 2)]),
        Requirement::Any(vec![at_least(1, 2), at_least(2, 2)]),
    ])
}

fn overflow() -> impl Strategy<Value = OverflowWhen> {
    prop_oneof![
        secs(&[0, 20, 30, 90, 90]).prop_map(OverflowWhen::Waited),
        secs(&[0, 5, 20]).prop_map(OverflowWhen::NoAgents),
        Just(OverflowWhen::Full),
    ]
}

fn back_off() -> impl Strategy<Value = BackOff> {
    (secs(&[0, 5]), secs(&[0, 10]), secs(&[0, 10, 40]), 0..4_u32).prop_map(|(no_answer, busy, declined, misses_max)| {
        BackOff { no_answer, busy, declined, unreachable: Duration::from_secs(5), misses_max }
    })
}

fn queue(id: u64) -> impl Strategy<Value = QueueSetup> {
    let seat = (0..AGENTS + 1, 0..2_u8).prop_map(|(agent, tier)| (AgentId(agent), tier));
    use Turns::{Linear, LongestIdle, Progressive, RingAll, RoundRobin};
    let turns = sample::select(vec![LongestIdle, LongestIdle, Linear, RoundRobin, RingAll, RingAll, Progressive]);
    let turns = (turns, secs(&[1, 5, 10]));
    let seats = collection::vec(seat, 1..8);
    let step = (secs(&[0, 5, 20, 40]), requirement());
    let steps = prop_oneof![2 => Just(vec![]), 3 => collection::vec(step, 1..4)];
    let rules = prop_oneof![1 => Just(vec![]), 1 => collection::vec(overflow(), 1..3)];
    let rules = (rules, prop::bool::weighted(0.4));
    (seats, steps, turns, secs(&[5, 20]), secs(&[0, 10]), back_off(), 1..8_usize, rules).prop_map(
        move |(
            agents,
            requirements,
            (strategy, delay),
            ring,
            wrap_up,
            back_off,
            length,
            (overflow, interrupts_ring),
        )| {
            let id = QueueId(id);
            QueueSetup {
                id,
                agents,
                requirements,
                strategy,
                delay,
                ring,
                wrap_up,
                back_off,
                length,
                overflow,
                moves_absent: None,
                interrupts_ring,
            }
        },
    )
}

fn agent(id: u64) -> impl Strategy<Value = AgentSetup> {
    (0..4_u8, 0..4_u8, option::weighted(0.3, secs(&[0, 30])), status()).prop_map(move |(one, two, wrap_up, initial)| {
        let skills = Skills::from_iter([(SkillId(1), one), (SkillId(2), two)]);
        AgentSetup { id: AgentId(id), skills, wrap_up, initial, capacity: Capacity::default() }
    })
}

fn plan() -> impl Strategy<Value = Setup> {
    let queues: Vec<_> = (0..QUEUES).map(|id| option::weighted(0.92, queue(id))).collect();
    let agents: Vec<_> = (0..AGENTS).map(|id| option::weighted(0.92, agent(id))).collect();
    (queues, agents).prop_map(|(queues, agents)| Setup {
        present: vec![],
        queues: queues.into_iter().flatten().collect(),
        agents: agents.into_iter().flatten().collect(),
    })
}

fn status() -> impl Strategy<Value = Status> {
    prop_oneof![
        8 => Just(Status::Ready),
        2 => Just(Status::NotReady("lunch".to_owned())),
        1 => Just(Status::LoggedOut),
    ]
}

fn failure() -> impl Strategy<Value = OfferFailure> {
    use OfferFailure::{Busy, Declined, NoAnswer, Unreachable};
    sample::select(vec![NoAnswer, Busy, Declined, Declined, Unreachable])
}

fn action() -> impl Strategy<Value = Action> {
    let wait = prop_oneof![secs(&[0, 1, 4, 5, 10, 20, 60]).prop_map(|d| d.as_millis() as u64), 0..20_000_u64];
    prop_oneof![
        30 => wait.prop_map(Action::Wait),
        3 => (0..4_usize).prop_map(Action::Plan),
        22 => (0..16_usize).prop_map(Action::Accept),
        10 => (0..16_usize, failure()).prop_map(|(index, why)| Action::Fail(index, why)),
        100 => command().prop_map(Action::Tell),
    ]
}

fn command() -> impl Strategy<Value = Command> {
    let contact = || (0..CONTACTS).prop_map(ContactId);
    let agent = || (0..AGENTS + 1).prop_map(AgentId);
    let why = sample::select(vec![Withdrawal::Abandoned, Withdrawal::TakenElsewhere, Withdrawal::Dropped]);
    let queue = prop_oneof![15 => 0..QUEUES, 1 => Just(QUEUES)];
    let enqueue =
        (contact(), queue, secs(&[0, 0, 10, 60]), prop::bool::weighted(0.1), option::weighted(0.2, requirement()));
    prop_oneof![
        30 => enqueue.prop_map(|(contact, queue, credit, emergency, requirement)| {
            let stay = Stay { segment: u16::from(emergency), ..Stay::default() };
            Command::Enqueue { contact, queue: QueueId(queue), credit, emergency, requirement, stay }
        }),
        6 => (contact(), why).prop_map(|(contact, why)| Command::Withdraw { contact, why }),
        3 => (contact(), secs(&[1, 10, 60])).prop_map(|(contact, at_most)| Command::Suspend { contact, at_most }),
        3 => contact().prop_map(|contact| Command::Resume { contact }),
        20 => contact().prop_map(crate::world::finished),
        6 => agent().prop_map(|agent| Command::WrapUpDone { agent }),
        3 => agent().prop_map(|agent| Command::Dispose { agent, disposition: "sold".into() }),
        10 => (agent(), status()).prop_map(|(agent, status)| Command::SetStatus { agent, status }),
        10 => (agent(), prop::bool::weighted(0.9)).prop_map(|(agent, reachable)| Command::Reachable { agent, reachable }),
        4 => (agent(), any::<bool>()).prop_map(|(agent, engaged)| Command::Engaged { agent, engaged }),
    ]
}
