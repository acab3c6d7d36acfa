//! The cursor that walks a caller through a destination: pure, walked by `call` for real calls and by
//! `explain` for imagined ones.

use crate::{Act, Destination, Leave, Next, OverflowWhen, Plan, Voicemail};
use std::collections::BTreeMap;
use std::time::Duration;
use terms::{AgentId, Cause, FlowId, GroupId, PhoneId, PromptId, QueueId, RoomId, Slot, TrunkId, limits};

/// How long a phone, an agent or a trunk rings when nothing is said.
pub(crate) const RING_DEFAULT: Duration = Duration::from_secs(60);

/// What is to be done now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Play to the end; then `Outcome::Done`.
    Play {
        /// What.
        prompt: PromptId,
    },
    /// Play until a key is pressed; then wait for one; `Outcome::Digit` or `Outcome::NoInput`.
    Menu {
        /// What.
        prompt: PromptId,
        /// How long to wait after the prompt.
        wait: Duration,
    },
    /// Enter a queue; if it sends the caller on: `Outcome::Overflow`.
    Queue {
        /// Which.
        queue: QueueId,
        /// Waits as if it had come this much earlier.
        credit: Duration,
    },
    /// Have the caller's number wait in a queue in his place: `Outcome::Done`; where it cannot: `Outcome::Unreachable`.
    CallBack {
        /// Which.
        queue: QueueId,
    },
    /// Take a message; `Outcome::Done`, or `Unreachable` where none was left.
    Voicemail(Leave),
    /// Ring somebody; then `Outcome::NoAnswer`, `Busy` or `Unreachable` (or the call is through).
    Ring {
        /// Whom.
        target: RingTarget,
        /// How long.
        wait: Duration,
        /// Record the conversation.
        record: bool,
    },
    /// Park the caller; where no slot is free: `Outcome::Unreachable`.
    Park {
        /// In this slot; absent: in the next free one.
        slot: Option<Slot>,
    },
    /// Meet the others in a room; whoever is not let in is hung up.
    Room {
        /// Which.
        room: RoomId,
        /// Record the conversation.
        record: bool,
    },
    /// End the call.
    HangUp {
        /// Why.
        cause: Cause,
    },
}

/// Whom to ring.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RingTarget {
    /// A device.
    Phone(PhoneId),
    /// A device that answers by itself.
    Intercom(PhoneId),
    /// An agent's devices.
    Agent(AgentId),
    /// A number behind a trunk; absent: the number that was called.
    Trunk(TrunkId, Option<String>),
    /// Those of a group, in its own order.
    Group(GroupId),
}

/// How an action went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The prompt was played (or could not be: a missing prompt is passed over and counted).
    Done,
    /// A key was pressed.
    Digit(char),
    /// No key was pressed in time.
    NoInput,
    /// The queue sent the caller on, by this rule of its overflow list.
    Overflow(Option<usize>),
    /// Nobody answered.
    NoAnswer,
    /// Busy or refused.
    Busy,
    /// Nobody there.
    Unreachable,
}

/// Where a caller stands.
#[derive(Clone, Debug)]
pub struct Cursor {
    spot: Spot,
    /// The route's wish; it holds for whoever is rung on the way.
    record: bool,
    /// Whether `spot` has been walked to an action; until then a `times` has not been counted.
    settled: bool,
    /// How often each step with `times` was passed, by flow and step.
    passes: BTreeMap<(FlowId, usize), u32>,
    /// Steps since the caller last had to wait for something.
    hurry: usize,
    /// The last ring came to nothing, and nothing was said about what follows.
    ends_as_rung: bool,
}

/// A step of a flow, or a destination by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Spot {
    Step { flow: FlowId, step: usize },
    At(Destination),
}

impl Cursor {
    /// At the start of a destination. `record` is the route's wish: whoever is rung, directly or by a flow, is recorded.
    pub fn new(destination: Destination, record: bool) -> Cursor {
        Cursor {
            spot: Spot::At(destination),
            record,
            settled: false,
            passes: BTreeMap::new(),
            hurry: 0,
            ends_as_rung: false,
        }
    }

    /// What is to be done here.
    pub fn action(&self, plan: &Plan) -> Action {
        if self.settled {
            return self.act_here(plan);
        }
        let mut ahead = self.clone();
        ahead.settle(plan);
        ahead.act_here(plan)
    }

    /// What is to be done here; from now on the cursor stands at that action.
    pub fn arrive(&mut self, plan: &Plan) -> Action {
        self.settle(plan);
        self.act_here(plan)
    }

    /// Move on: what is to be done next, after the last action went like this.
    pub fn advance(&mut self, plan: &Plan, outcome: Outcome) -> Action {
        self.settle(plan);
        self.hurry = if self.waited(plan, outcome) { 0 } else { self.hurry };
        let next = self.next(plan, outcome);
        self.ends_as_rung = unless_said(outcome).is_some_and(
            |usual| matches!(next, Next::Go(Destination::HangUp(cause)) if cause == usual || cause == Cause::NORMAL),
        );
        self.enter(next);
        self.settle(plan);
        self.act_here(plan)
    }

    /// The flow in which the caller stands, and which step of it; none at a destination by itself.
    pub fn step(&self) -> Option<(FlowId, usize)> {
        match self.spot {
            Spot::Step { flow, step } => Some((flow, step)),
            Spot::At(_) => None,
        }
    }

    /// Whether a ring that came to nothing ends the call, without a cause of the operator's own: then the caller is told
    /// what whoever was rung said.
    pub fn ends_as_rung(&self) -> bool {
        self.ends_as_rung
    }

    fn enter(&mut self, next: Next) {
        self.settled = false;
        self.spot = match (next, &self.spot) {
            (Next::Step(step), Spot::Step { flow, .. }) => Spot::Step { flow: *flow, step },
            (Next::Step(_), Spot::At(_)) => Spot::At(Destination::HangUp(Cause::TEMPORARY)),
            (Next::Go(destination), _) => Spot::At(destination),
        };
    }

    /// Walks over everything that needs no action, and counts passes.
    fn settle(&mut self, plan: &Plan) {
        while !self.settled {
            self.hurry += 1;
            if self.hurry > limits::FLOW_STEPS {
                self.spot = Spot::At(Destination::HangUp(Cause::TEMPORARY));
            }
            match self.pass(plan) {
                Some(next) => self.enter(next),
                None => self.settled = true,
            }
        }
    }

    /// Where to from a spot that is not an action, or from a step whose passes are used up.
    fn pass(&mut self, plan: &Plan) -> Option<Next> {
        match self.spot.clone() {
            Spot::At(Destination::Flow(flow)) => {
                self.spot = Spot::Step { flow, step: 0 };
                self.pass(plan)
            }
            Spot::At(_) => None,
            Spot::Step { flow, step } => match act(plan, flow, step) {
                None => Some(Next::Go(Destination::HangUp(Cause::TEMPORARY))),
                Some(Act::Go(destination)) => Some(Next::Go(destination.clone())),
                Some(Act::Play { times: Some(times), after, .. }) => {
                    let passed = self.passes.entry((flow, step)).or_default();
                    if *passed >= *times {
                        return Some(after.clone().unwrap_or(Next::Go(Destination::HangUp(Cause::NORMAL))));
                    }
                    *passed += 1;
                    None
                }
                Some(_) => None,
            },
        }
    }

    fn act_here(&self, plan: &Plan) -> Action {
        match &self.spot {
            Spot::At(destination) => direct(destination, self.record),
            Spot::Step { flow, step } => match act(plan, *flow, *step).map_or(DEAD_END, action_of) {
                Action::Ring { target, wait, record } => Action::Ring { target, wait, record: record || self.record },
                action => action,
            },
        }
    }

    /// Where a caller goes from a settled spot.
    fn next(&self, plan: &Plan, outcome: Outcome) -> Next {
        match &self.spot {
            Spot::At(Destination::HangUp(cause)) => Next::Go(Destination::HangUp(*cause)),
            Spot::At(Destination::Queue(queue)) => overflow(plan, *queue, outcome).unwrap_or(HANG_UP_ABSENT),
            Spot::At(_) => Next::Go(Destination::HangUp(unless_said(outcome).unwrap_or(Cause::NO_ANSWER))),
            Spot::Step { flow, step } => match act(plan, *flow, *step) {
                Some(act) => after(plan, act, outcome),
                None => Next::Go(Destination::HangUp(Cause::TEMPORARY)),
            },
        }
    }

    /// Whether time has passed for certain. A prompt may be missing and a queue may be full, so these do not count.
    fn waited(&self, plan: &Plan, outcome: Outcome) -> bool {
        match outcome {
            Outcome::Digit(_) | Outcome::NoInput | Outcome::NoAnswer => true,
            Outcome::Overflow(Some(rule)) => {
                let Action::Queue { queue, credit } = self.act_here(plan) else { return false };
                let rule = plan.queue(queue).and_then(|queue| queue.overflow.get(rule));
                matches!(rule, Some((OverflowWhen::Waited(wait), _)) if *wait > credit)
            }
            Outcome::Overflow(None) | Outcome::Done | Outcome::Busy | Outcome::Unreachable => false,
        }
    }
}

/// How a call ends whose ring came to nothing, when the operator says nothing else.
fn unless_said(outcome: Outcome) -> Option<Cause> {
    match outcome {
        Outcome::NoAnswer => Some(Cause::NO_ANSWER),
        Outcome::Busy => Some(Cause::BUSY),
        Outcome::Unreachable => Some(Cause::ABSENT),
        Outcome::Done | Outcome::Digit(_) | Outcome::NoInput | Outcome::Overflow(_) => None,
    }
}

const DEAD_END: Action = Action::HangUp { cause: Cause::TEMPORARY };
const HANG_UP_ABSENT: Next = Next::Go(Destination::HangUp(Cause::ABSENT));

fn act(plan: &Plan, flow: FlowId, step: usize) -> Option<&Act> {
    plan.flow(flow)?.steps.get(step).map(|step| &step.act)
}

/// The action of a step at which a caller can stand.
fn action_of(act: &Act) -> Action {
    match act {
        Act::Play { prompt, .. } => Action::Play { prompt: *prompt },
        Act::Menu { prompt, wait, .. } => Action::Menu { prompt: *prompt, wait: *wait },
        Act::Queue { queue, credit, .. } => Action::Queue { queue: *queue, credit: *credit },
        Act::CallBack { queue, .. } => Action::CallBack { queue: *queue },
        Act::Voicemail(step) => Action::Voicemail(step.leave),
        Act::Ring { target, wait, record, .. } => ring(target, *wait, *record),
        Act::HangUp { cause } => Action::HangUp { cause: *cause },
        Act::Go(_) => DEAD_END,
    }
}

/// The action of a destination that no flow surrounds.
fn direct(destination: &Destination, record: bool) -> Action {
    match destination {
        Destination::Queue(queue) => Action::Queue { queue: *queue, credit: Duration::ZERO },
        Destination::HangUp(cause) => Action::HangUp { cause: *cause },
        Destination::Park(slot) => Action::Park { slot: *slot },
        Destination::Room(room) => Action::Room { room: *room, record },
        other => ring(other, RING_DEFAULT, record),
    }
}

fn ring(target: &Destination, wait: Duration, record: bool) -> Action {
    ring_target(target).map_or(DEAD_END, |target| Action::Ring { target, wait, record })
}

/// Whom to ring there; none where nobody can be rung.
pub(crate) fn ring_target(destination: &Destination) -> Option<RingTarget> {
    match destination {
        Destination::Phone(phone) => Some(RingTarget::Phone(*phone)),
        Destination::Intercom(phone) => Some(RingTarget::Intercom(*phone)),
        Destination::Agent(agent) => Some(RingTarget::Agent(*agent)),
        Destination::Trunk(trunk, number) => Some(RingTarget::Trunk(*trunk, number.clone())),
        Destination::Group(group) => Some(RingTarget::Group(*group)),
        Destination::Flow(_)
        | Destination::Queue(_)
        | Destination::Park(_)
        | Destination::Room(_)
        | Destination::HangUp(_) => None,
    }
}

/// Where the queue's own rule sends a caller.
fn overflow(plan: &Plan, queue: QueueId, outcome: Outcome) -> Option<Next> {
    let Outcome::Overflow(Some(rule)) = outcome else { return None };
    let (_, destination) = plan.queue(queue)?.overflow.get(rule)?;
    Some(Next::Go(destination.clone()))
}

/// Where a step leads after an outcome. An outcome that does not fit is taken as the nearest one that does.
fn after(plan: &Plan, act: &Act, outcome: Outcome) -> Next {
    match act {
        Act::Play { then, .. } => then.clone(),
        Act::Menu { keys, no_input, no_match, .. } => match outcome {
            Outcome::Digit(digit) => {
                keys.iter().find(|(key, _)| *key == digit).map_or(no_match, |(_, next)| next).clone()
            }
            _ => no_input.clone(),
        },
        Act::Queue { queue, otherwise, .. } => overflow(plan, *queue, outcome).unwrap_or_else(|| otherwise.clone()),
        Act::CallBack { then, .. } | Act::Voicemail(Voicemail { then, .. }) if outcome == Outcome::Done => then.clone(),
        Act::CallBack { otherwise, .. } | Act::Voicemail(Voicemail { otherwise, .. }) => otherwise.clone(),
        Act::Ring { no_answer, busy, unreachable, .. } => match outcome {
            Outcome::Busy => busy.clone(),
            Outcome::Unreachable => unreachable.clone(),
            _ => no_answer.clone(),
        },
        Act::HangUp { cause } => Next::Go(Destination::HangUp(*cause)),
        Act::Go(destination) => Next::Go(destination.clone()),
    }
}
