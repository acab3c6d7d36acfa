//! The phases of a call, one file each. `step` gives a fact to the phase and takes the next phase;
//! `perform` begins what the dial plan says next.

pub(crate) mod arriving;
pub(crate) mod ending;
pub(crate) mod prompting;
pub(crate) mod queueing;
pub(crate) mod rung;
pub(crate) mod talking;

use crate::call::{Common, Fact};
use crate::cdr::By;
use crate::desk::Desk;
use crate::room::Stance;
use dialplan::flow::{Action, Outcome};
use ending::Exit;
use media::Playing;
use terms::{AgentId, Cause, Now};

/// Where a call stands.
pub(crate) enum Phase {
    /// The INVITE is there: waiting for a port, or for the ACK to our 200.
    Arriving(arriving::Arriving),
    /// The caller hears a prompt or stands before a menu.
    Prompting(prompting::Prompting),
    /// The caller waits in a queue.
    Queueing(queueing::Queueing),
    /// Somebody's phone rings for the caller.
    Ringing(Box<rung::Rung>),
    /// The caller talks to somebody.
    Talking(talking::Talking),
    /// The end is decided: waiting until every core has forgotten the call.
    Ending(ending::Ending),
    /// Nothing is left; the record has gone to the ledger.
    Gone,
}

impl Phase {
    /// The name shown to people.
    pub fn name(&self) -> &'static str {
        match self {
            Phase::Arriving(_) => "arriving",
            Phase::Prompting(_) => "prompting",
            Phase::Queueing(_) => "queueing",
            Phase::Ringing(_) => "offering",
            Phase::Talking(phase) if phase.is_held() => "held",
            Phase::Talking(_) => "talking",
            Phase::Ending(_) | Phase::Gone => "ending",
        }
    }

    /// How long the caller has waited in the queue that he is in.
    pub fn waits_ms(&self, now: Now) -> u64 {
        match self {
            Phase::Queueing(waiting) => waiting.so_far_ms(now),
            Phase::Ringing(phase) => phase.waiting().map_or(0, |waiting| waiting.so_far_ms(now)),
            _ => 0,
        }
    }

    /// What is played to the caller, once he can hear it.
    pub fn sound(&self) -> Option<Playing> {
        match self {
            Phase::Prompting(phase) => phase.sound(),
            Phase::Queueing(waiting) => Some(waiting.music),
            Phase::Ringing(phase) => Some(phase.sound()),
            Phase::Arriving(_) | Phase::Talking(_) | Phase::Ending(_) | Phase::Gone => None,
        }
    }

    /// Where the caller and whoever talks to him stand towards each other.
    pub fn stance(&self) -> Stance {
        match self {
            Phase::Talking(_) => Stance::Floor,
            _ => Stance::Apart,
        }
    }

    /// Whether the caller hears who is heard before he answers.
    pub fn lets_hear(&self) -> bool {
        matches!(self, Phase::Ringing(phase) if phase.lets_hear())
    }

    /// What they hear while the other does not listen.
    pub fn comfort(&self) -> Option<Playing> {
        match self {
            Phase::Talking(phase) => phase.comfort(),
            _ => None,
        }
    }

    /// The agent who is offered the caller or talks to him.
    pub fn agent(&self) -> Option<AgentId> {
        match self {
            Phase::Ringing(phase) => phase.agent,
            Phase::Talking(phase) => phase.agent,
            _ => None,
        }
    }
}

/// Gives a fact to a phase and takes the next phase.
pub(crate) fn step(phase: Phase, common: &mut Common, desk: &mut Desk<'_>, fact: Fact) -> Phase {
    match phase {
        Phase::Arriving(phase) => phase.on(common, desk, fact),
        Phase::Prompting(phase) => phase.on(common, desk, fact),
        Phase::Queueing(phase) => phase.on(common, desk, fact),
        Phase::Ringing(phase) => phase.on(common, desk, fact),
        Phase::Talking(phase) => phase.on(common, desk, fact),
        Phase::Ending(phase) => phase.on(common, desk),
        Phase::Gone => Phase::Gone,
    }
}

/// The facts that end any phase; `None` when this is not one of them.
pub(crate) fn exit_for(fact: &Fact) -> Option<Exit> {
    match fact {
        Fact::CallerGone(cause) => Some(Exit { cause: cause.unwrap_or(Cause::NORMAL), by: By::Caller, status: None }),
        Fact::Release(cause) => Some(Exit { cause: *cause, by: By::Switch, status: None }),
        // A spare pair of which the worker thought better: there is no sound, and the peer knows the port already.
        Fact::NoPort => Some(Exit { cause: Cause::CONGESTION, by: By::Switch, status: Some(480) }),
        _ => None,
    }
}

/// Moves the caller on in the dial plan.
pub(crate) fn advance(common: &mut Common, desk: &mut Desk<'_>, outcome: Outcome) -> Phase {
    let action = common.cursor.advance(&common.plan, outcome);
    perform(common, desk, action)
}

/// Begins what the dial plan says.
pub(crate) fn perform(common: &mut Common, desk: &mut Desk<'_>, action: Action) -> Phase {
    let answers = match &action {
        Action::Play { .. } | Action::Menu { .. } => true,
        // A queue may send the caller on at once: it answers when it takes him in.
        Action::Queue { .. } | Action::Ring { .. } | Action::HangUp { .. } => false,
    };
    if answers && !common.caller.is_up() {
        return arriving::await_ack(common, desk, action);
    }
    match action {
        Action::Play { prompt } => prompting::play(desk, prompt),
        Action::Menu { prompt, wait } => prompting::menu(common, desk, prompt, wait),
        Action::Queue { queue, credit } => queueing::enter(common, desk, queue, credit),
        Action::Ring { target, wait, record } => rung::ring(common, desk, target, wait, record),
        Action::HangUp { cause } => ending::begin(common, desk, Exit { cause, by: By::Switch, status: None }),
    }
}
