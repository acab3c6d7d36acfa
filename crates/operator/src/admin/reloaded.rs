//! What became of a reload, for people and programs.

use dialplan::Finding;
use serde::{Deserialize, Serialize};

/// What became of a reload.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// Whether it was taken; if not, what was in force stays.
    pub taken: bool,
    /// SHA-256 of the configuration that was in force.
    pub before: String,
    /// SHA-256 of the one in force now.
    pub after: String,
    /// What is different, by kind.
    pub changes: Vec<Changed>,
    /// Mistakes when it was refused, doubts when it was taken.
    pub findings: Vec<Told>,
    /// All of it, as an operator reads it.
    pub text: String,
}

/// The names of one kind.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Changed {
    /// trunk, phone, password, agent, queue, hours, route, flow, sound, setting.
    pub kind: String,
    /// Those that came.
    pub added: Vec<String>,
    /// Those that went.
    pub removed: Vec<String>,
    /// Those that are another than before.
    pub changed: Vec<String>,
}

impl Changed {
    /// Nothing is different yet.
    pub fn of(kind: &str) -> Changed {
        Changed { kind: kind.to_owned(), ..Changed::default() }
    }
}

/// A finding, for programs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// The file.
    pub file: String,
    /// Counted from 1.
    pub line: u32,
    /// Counted from 1.
    pub column: u32,
    /// error, warning.
    pub severity: String,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
}

impl From<&Finding> for Told {
    fn from(finding: &Finding) -> Told {
        Told {
            file: finding.file.clone(),
            line: finding.line,
            column: finding.column,
            severity: match finding.severity {
                dialplan::Severity::Error => "error".into(),
                dialplan::Severity::Warning => "warning".into(),
            },
            message: finding.message.clone(),
            help: finding.help.clone(),
        }
    }
}

/// As much of a digest as a person compares.
pub fn short(hash: &str) -> &str {
    hash.get(..12).unwrap_or(hash)
}
