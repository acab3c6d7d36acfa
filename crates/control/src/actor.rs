//! Who wants something. Whoever lets him in has proved who he is; what he may is another question.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Who wants something. Written `operator:1000`, `user:anna`, `agent:alice`, `phone:desk1`, `signal`, `file change`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Actor {
    /// Who may open the control socket, the owner of the process or root, by the kernel's word; without his number where
    /// the kernel did not give it.
    Operator(Option<u32>),
    /// Somebody whom the configuration names, and who has proved it.
    User(String),
    /// An agent.
    Agent(String),
    /// A phone, for the agents who are rung there.
    Phone(String),
    /// A signal of the system, which only the process's owner and root can send.
    Signal,
    /// The switch itself, since a file of the configuration changed.
    FileChange,
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Actor::Operator(None) => f.write_str("operator"),
            Actor::Operator(Some(uid)) => write!(f, "operator:{uid}"),
            Actor::User(name) => write!(f, "user:{name}"),
            Actor::Agent(name) => write!(f, "agent:{name}"),
            Actor::Phone(user) => write!(f, "phone:{user}"),
            Actor::Signal => f.write_str("signal"),
            Actor::FileChange => f.write_str("file change"),
        }
    }
}

/// A text that is no [`Actor`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("nobody is written so; write operator:1000, user:NAME, agent:NAME or phone:NAME")]
pub struct NoActor;

impl FromStr for Actor {
    type Err = NoActor;
    fn from_str(text: &str) -> Result<Actor, NoActor> {
        match text.split_once(':') {
            None if text == "operator" => Ok(Actor::Operator(None)),
            None if text == "signal" => Ok(Actor::Signal),
            None if text == "file change" => Ok(Actor::FileChange),
            Some(("operator", uid)) => uid.parse().map(|uid| Actor::Operator(Some(uid))).map_err(|_| NoActor),
            Some(("user", name)) => Ok(Actor::User(name.to_owned())),
            Some(("agent", name)) => Ok(Actor::Agent(name.to_owned())),
            Some(("phone", user)) => Ok(Actor::Phone(user.to_owned())),
            _ => Err(NoActor),
        }
    }
}

impl TryFrom<String> for Actor {
    type Error = NoActor;
    fn try_from(text: String) -> Result<Actor, NoActor> {
        text.parse()
    }
}

impl From<Actor> for String {
    fn from(actor: Actor) -> String {
        actor.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_is_read_as_he_is_written() {
        let named = [Actor::User("anna".into()), Actor::Agent("alice".into()), Actor::Phone("desk:1".into())];
        let others = [Actor::Operator(None), Actor::Operator(Some(1_000)), Actor::Signal, Actor::FileChange];
        for actor in named.into_iter().chain(others) {
            assert_eq!(actor.to_string().parse(), Ok(actor));
        }
        for nobody in ["", "alice", "operator:x", "operator:-1", "trunk:acme", "Signal"] {
            assert_eq!(nobody.parse::<Actor>(), Err(NoActor), "{nobody}");
        }
    }
}
