//! The cursor that walks a caller through a destination: pure, walked by `call` for real calls and by
//! `explain` for imagined ones.

use crate::{Destination, Plan};
use std::time::Duration;
use terms::{AgentId, Cause, PhoneId, PromptId, QueueId, TrunkId};

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
    /// Ring somebody; then `Outcome::NoAnswer`, `Busy` or `Unreachable` (or the call is through).
    Ring {
        /// Whom.
        target: RingTarget,
        /// How long.
        wait: Duration,
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
    /// An agent's devices.
    Agent(AgentId),
    /// A number behind a trunk; absent: the number that was called.
    Trunk(TrunkId, Option<String>),
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
    at: Destination,
}

impl Cursor {
    /// At the start of a destination. `record` is the route's wish, for destinations that ring directly.
    pub fn new(destination: Destination, _record: bool) -> Cursor {
        Cursor { at: destination }
    }

    /// What is to be done here.
    pub fn action(&self, _plan: &Plan) -> Action {
        match &self.at {
            Destination::HangUp(cause) => Action::HangUp { cause: *cause },
            _ => Action::HangUp { cause: Cause::NORMAL },
        }
    }

    /// Move on.
    pub fn advance(&mut self, plan: &Plan, _outcome: Outcome) -> Action {
        self.action(plan)
    }
}
