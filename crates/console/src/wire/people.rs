//! Who may log in and who is there, what programs look by, and who did what, as the API tells of them.

use super::time;
use ledger::{AuditEntry, Token};
use serde::Serialize;
use serde_json::Value;
use terms::Wall;
use utoipa::ToSchema;

/// A user of the configuration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = User)]
pub struct UserState {
    /// His name.
    pub user: String,
    /// What he is.
    pub roles: Vec<&'static str>,
    /// The agent who he is.
    pub agent: Option<String>,
    /// When he chose his password; absent while he has none (RFC 3339, UTC).
    pub password_since: Option<String>,
    /// Browsers in which he is.
    pub sessions: usize,
    /// When he was seen last, of those who are there.
    pub seen: Option<String>,
}

/// A browser in which somebody is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Session)]
pub struct SessionState {
    /// What it is called.
    pub session: String,
    /// Whether it is this one.
    pub here: bool,
    /// Since when.
    pub began: String,
    /// When it was used last.
    pub seen: String,
    /// What the browser calls itself.
    pub browser: String,
}

/// What lets a program look, or a screen on a wall.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Token)]
pub struct TokenState {
    /// What it is called.
    pub token: String,
    /// What its bearer is; none: a screen on a wall.
    pub roles: Vec<String>,
    /// The queues that he sees; none: all.
    pub queues: Vec<String>,
    /// The board that the screen shows.
    pub board: Option<String>,
    /// Until when it is good.
    pub until: Option<String>,
    /// Who wanted it.
    pub asked: String,
    /// When it was made.
    pub at: String,
    /// When it was used last.
    pub seen: Option<String>,
}

impl From<Token> for TokenState {
    fn from(token: Token) -> TokenState {
        let Token { name, pass, asked, at, seen, proof: _ } = token;
        let until = pass.until.map(time);
        let (roles, queues, board) = (pass.roles, pass.queues, pass.board);
        TokenState { token: name, roles, queues, board, until, asked, at: time(at), seen: seen.map(time) }
    }
}

/// Something secret that is told once.
#[derive(Clone, Serialize, ToSchema)]
pub struct Secretly {
    /// A token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
    /// Where a link leads, on this site: who opens it chooses a password, or has a screen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// What was done, in words.
    pub said: String,
}

/// Who did what.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[schema(as = AuditEntry)]
pub struct AuditLine {
    /// When (RFC 3339, UTC).
    pub at: String,
    /// The number of a command in the stream.
    pub sequence: Option<String>,
    /// Who, such as `user:anna`.
    pub by: String,
    /// From where, where it is known.
    pub address: Option<String>,
    /// What: the kind of a command, `sign_in`, or what was looked at.
    pub what: String,
    /// The rest of it.
    #[schema(value_type = Object)]
    pub subject: Value,
    /// How it stood before, of a setting or a state.
    pub before: Option<String>,
    /// How it stood after that.
    pub after: Option<String>,
    /// `done` or `refused`.
    pub outcome: String,
    /// What was answered.
    pub words: String,
}

impl From<AuditEntry> for AuditLine {
    fn from(entry: AuditEntry) -> AuditLine {
        let AuditEntry { at, seq, by, address, what, subject, before, after, outcome, words } = entry;
        AuditLine { at: time(at), sequence: seq, by, address, what, subject, before, after, outcome, words }
    }
}

/// What was asked for, and what to ask for the rest.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Few<T> {
    /// The items.
    pub items: Vec<T>,
    /// `after` of the next page; absent on the last one.
    pub next: Option<String>,
}

/// A place in the audit: the moment of the last entry that was read, and how many of that moment were.
pub fn place(at: Wall, read: usize) -> String {
    format!("{}-{read}", at.as_millis())
}

/// Reads one.
pub fn placed(text: &str) -> Option<(Wall, usize)> {
    let (at, read) = text.split_once('-')?;
    Some((Wall::from_millis(at.parse().ok()?), read.parse().ok().filter(|read| *read <= 100_000)?))
}
