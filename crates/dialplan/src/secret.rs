//! Where the passwords are. They are not in the plan, and never in a log.

use crate::Place;
use std::collections::BTreeMap;
use std::fmt;
use terms::{PhoneId, TrunkId};

/// Which phone or trunk has which password.
#[derive(Clone, Debug, Default)]
pub struct Secrets {
    /// Phones that register or call with a password.
    pub phones: BTreeMap<PhoneId, Secret>,
    /// Trunks that challenge us.
    pub trunks: BTreeMap<TrunkId, Secret>,
}

/// One password, and where the operator said so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Secret {
    /// Where the shell finds it.
    pub from: SecretRef,
    /// Where it was written, for the shell's own complaint.
    pub place: Place,
}

/// Where a password is found.
#[derive(Clone, PartialEq, Eq)]
pub enum SecretRef {
    /// In the configuration itself.
    Plain(String),
    /// The first line of a file.
    File(String),
    /// An environment variable.
    Env(String),
}

impl fmt::Debug for SecretRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SecretRef::Plain(_) => f.write_str("Plain(***)"),
            SecretRef::File(path) => write!(f, "File({path:?})"),
            SecretRef::Env(name) => write!(f, "Env({name:?})"),
        }
    }
}

/// A line of the configuration with the text after each `password =` starred out, its length kept.
pub(crate) fn masked(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(at) = rest.find("password") {
        let (before, after) = rest.split_at(at + "password".len());
        out.push_str(before);
        let key_end = after.strip_prefix(['"', '\'']).unwrap_or(after).trim_start();
        let value = key_end.strip_prefix('=').map(str::trim_start).unwrap_or("");
        rest = after;
        if value.is_empty() || value.starts_with('{') {
            continue;
        }
        let from = after.len() - value.len();
        out.push_str(&after[..from]);
        let length = secret_length(value);
        out.extend(value[..length].chars().map(|c| if c == '"' || c == '\'' { c } else { '*' }));
        rest = &value[length..];
    }
    out.push_str(rest);
    out
}

/// How much of a value is the secret: to the closing quote; without one, the whole line.
fn secret_length(value: &str) -> usize {
    let Some(quote) = value.chars().next().filter(|c| *c == '"' || *c == '\'') else { return value.len() };
    let mut escaped = false;
    for (at, c) in value.char_indices().skip(1) {
        if c == quote && !escaped {
            return at + 1;
        }
        escaped = c == '\\' && !escaped && quote == '"';
    }
    value.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_never_shows_in_an_excerpt_or_a_debug_text() {
        assert_eq!(masked(r#"password = "hunter2"  # mine"#), r#"password = "*******"  # mine"#);
        assert_eq!(
            masked(r#"{ user = "a", password = "x\"y", wrong = 1 }"#),
            r#"{ user = "a", password = "**"*", wrong = 1 }"#
        );
        assert_eq!(masked("password = 'hunter2"), "password = '*******");
        assert_eq!(masked("password=hunter2"), "password=*******");
        assert_eq!(masked(r#"password = { file = "secrets/alice" }"#), r#"password = { file = "secrets/alice" }"#);
        assert_eq!(masked(r#""password" = "hunter2""#), r#""password" = "*******""#);
        assert_eq!(format!("{:?}", SecretRef::Plain("hunter2".into())), "Plain(***)");
    }
}
