//! Who logs in at a telephone, with number and PIN: whether he is believed. Wrong PINs are braked by agent and by phone.

use crate::Plan;
use crate::codes::Said;
use control::{Actor, AgentWish, Verb};
use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;
use terms::{AgentId, Guesses, Mono, Patience, PhoneId, Waits, is_same};

/// An agent mistypes, and so do those who come to the same phone one after another.
const PATIENCE: Patience = Patience { free: 4, longest: Duration::from_secs(60) };

/// The agents' PINs. They show nowhere.
#[derive(Clone, Default)]
pub struct Pins(BTreeMap<AgentId, String>);

impl Pins {
    /// These.
    pub fn of(pins: BTreeMap<AgentId, String>) -> Pins {
        Pins(pins)
    }

    fn is(&self, agent: AgentId, tried: &str) -> bool {
        self.0.get(&agent).is_some_and(|pin| is_same(pin.as_bytes(), tried.as_bytes()))
    }
}

impl fmt::Debug for Pins {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pins({})", self.0.len())
    }
}

/// Whom a wrong PIN is held against.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tried {
    /// Whose PIN it was to be, wherever it was tried.
    Agent(AgentId),
    /// Where it was tried, whose ever it was to be.
    Phone(PhoneId),
}

/// Why he is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It is no phone of ours.
    #[error("not at a phone")]
    NoPhone,
    /// No agent is rung at this phone, and he gave no number.
    #[error("no agent is rung at this phone")]
    Nobody,
    /// There is no such agent, or the PIN is another.
    #[error("the number or the PIN is wrong")]
    Wrong,
    /// Too many wrong ones before: it was not looked at.
    #[error("too many wrong PINs: nothing is looked at for {} s", .0.as_secs() + 1)]
    Wait(Duration),
}

/// Where agents prove who they are.
#[derive(Debug, Default)]
pub struct Logins {
    pins: Pins,
    guesses: Guesses<Tried>,
}

impl Logins {
    /// With these PINs.
    pub fn new(pins: Pins) -> Logins {
        Logins { pins, guesses: Guesses::default() }
    }

    /// Other PINs are in force.
    pub fn take(&mut self, pins: Pins) {
        self.pins = pins;
    }

    /// Of whom nothing is looked at, or was not a while ago.
    pub fn held_by_pins(&self, now: Mono) -> impl Iterator<Item = (Tried, Waits)> {
        self.guesses.waiting(now).map(|(tried, waits)| (*tried, waits))
    }

    /// Forgets the wrong ones; how many waited for that.
    pub fn lift(&mut self, now: Mono) -> usize {
        self.guesses.lift(now)
    }

    /// Who he is, and what he wants; or why he is not believed. For who has no number the phone
    /// speaks, which may do so for the agent who is there.
    pub fn log_in(&mut self, plan: &Plan, said: &Said, now: Mono) -> Result<(Actor, Verb), Refused> {
        let phone = said.phone.and_then(|id| plan.phone(id)).ok_or(Refused::NoPhone)?;
        let number = said.argument.reveal().as_str();
        if number.is_empty() {
            let name = said.agent_here(plan).ok_or(Refused::Nobody)?;
            // Nobody has proved anything: it is the phone that speaks for him.
            let verb = Verb::Agent { name, status: AgentWish::Ready, reason: None };
            return Ok((Actor::Phone(phone.user.clone()), verb));
        }
        let agent = plan.agent_numbered(number);
        let tried = [Some(Tried::Phone(phone.id)), agent.map(|agent| Tried::Agent(agent.id))];
        let pauses = tried.iter().flatten().filter_map(|of| self.guesses.pause(of, now));
        if let Some(pause) = pauses.max() {
            tried.iter().flatten().for_each(|of| self.guesses.held(of));
            return Err(Refused::Wait(pause));
        }
        let pin = said.pin.as_ref().map_or("", |pin| pin.reveal().as_str());
        let Some(agent) = agent.filter(|agent| self.pins.is(agent.id, pin)) else {
            tried.into_iter().flatten().for_each(|of| self.guesses.wrong(of, &PATIENCE, now));
            return Err(Refused::Wrong);
        };
        // Not the phone: else whoever has a PIN of his own could guess those of others without end.
        self.guesses.forgive(&Tried::Agent(agent.id));
        let (agent, phone) = (agent.name.clone(), phone.user.clone());
        Ok((Actor::Agent(agent.clone()), Verb::LogIn { agent, phone }))
    }
}
