//! What became of a command, and who asks, as the API tells of it.

use serde::Serialize;
use utoipa::ToSchema;

/// A command that was done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Taken {
    /// Its name, where who asked gave it one.
    pub command: Option<String>,
    /// The number in the stream from which on the truth is told.
    pub sequence: String,
    /// What was done, in words.
    pub said: String,
}

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Me {
    /// The user's name.
    pub user: String,
    /// What he is.
    pub roles: Vec<&'static str>,
    /// The agent who he is.
    pub agent: Option<String>,
    /// The language in which pages speak to him (BCP 47).
    pub language: &'static str,
}
