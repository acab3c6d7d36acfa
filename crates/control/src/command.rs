//! A command: a verb with who wants it, and a name by which it is known when it comes again.

use crate::{Actor, Verb};
use serde::{Deserialize, Serialize};

/// What shall be done, and who wants it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Command {
    /// Chosen by who wants it: the same one again is the same command, and is answered as it was and not done twice.
    /// Without one, each is another command.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<CommandId>,
    /// Who.
    pub by: Actor,
    /// What.
    pub what: Verb,
}

/// A command's name among those of one actor: up to 64 visible ASCII characters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CommandId(String);

/// A text that is no [`CommandId`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the id of a command has 1 to 64 visible ASCII characters")]
pub struct NoCommandId;

impl CommandId {
    /// As it was chosen.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for CommandId {
    type Error = NoCommandId;
    fn try_from(text: String) -> Result<CommandId, NoCommandId> {
        let visible = text.bytes().all(|byte| byte.is_ascii_graphic());
        if visible && (1..=64).contains(&text.len()) { Ok(CommandId(text)) } else { Err(NoCommandId) }
    }
}

impl From<CommandId> for String {
    fn from(id: CommandId) -> String {
        id.0
    }
}

/// What became of a command, in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reply {
    /// It was done.
    Done(String),
    /// It was not done; why, and what to do.
    Refused(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_short_and_visible() {
        let id = |text: &str| CommandId::try_from(text.to_owned());
        assert_eq!(id("7f3a-1").unwrap().as_str(), "7f3a-1");
        assert!(id(&"x".repeat(64)).is_ok());
        for wrong in ["", "a b", "\u{e9}", "a\n", &"x".repeat(65)] {
            assert_eq!(id(wrong), Err(NoCommandId), "{wrong:?}");
        }
    }
}
