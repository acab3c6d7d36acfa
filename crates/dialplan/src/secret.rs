//! Where the passwords are. They are not in the plan, and never in a log.

use crate::Place;
use crate::text::At;
use std::collections::BTreeMap;
use std::fmt;
use terms::{AgentId, PhoneId, RoomId, TrunkId};

/// Which phone or trunk has which password.
#[derive(Clone, Debug, Default)]
pub struct Secrets {
    /// Phones that register or call with a password.
    pub phones: BTreeMap<PhoneId, Secret>,
    /// Trunks that challenge us.
    pub trunks: BTreeMap<TrunkId, Secret>,
    /// Agents who log in at any phone.
    pub agents: BTreeMap<AgentId, Secret>,
    /// Rooms that ask their guests for a PIN.
    pub rooms: BTreeMap<RoomId, Secret>,
    /// Rooms with a PIN for hosts.
    pub hosts: BTreeMap<RoomId, Secret>,
}

impl Secrets {
    /// All of them.
    pub fn all(&self) -> impl Iterator<Item = &Secret> {
        let Secrets { phones, trunks, agents, rooms, hosts } = self;
        phones.values().chain(trunks.values()).chain(agents.values()).chain(rooms.values()).chain(hosts.values())
    }
}

/// One password, and where the operator said so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Secret {
    /// Where the shell finds it.
    pub from: SecretRef,
    /// Where it was written, for the shell's own complaint.
    pub place: Place,
    /// The same, for ours.
    pub(crate) at: At,
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

impl fmt::Display for SecretRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SecretRef::Plain(_) => f.write_str("this password"),
            SecretRef::File(path) => write!(f, "the password file {path:?}"),
            SecretRef::Env(name) => write!(f, "the environment's {name:?}"),
        }
    }
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

/// What secrets are called, here and in other switches, the longer before the shorter.
pub(crate) const WORDS: [&str; 6] = ["password", "passwd", "secret", "pass", "pwd", "ha1"];

/// Whether a text speaks of a secret.
pub(crate) fn is_said(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    WORDS.iter().any(|word| lower.contains(word)) || pin_in(&lower).is_some()
}

/// Where `pin` stands as a word of its own, as in `host_pin`.
fn pin_in(lower: &str) -> Option<usize> {
    let letter = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    let mut all = lower.match_indices("pin").map(|(at, _)| at);
    all.find(|at| !letter(lower[..*at].chars().next_back()) && !letter(lower[at + 3..].chars().next()))
}

/// A line of the configuration with the text after each `password =` (and what others call it) starred out, its
/// length kept.
pub(crate) fn masked(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(after) = behind_secret(rest) {
        let (before, after) = rest.split_at(after);
        out.push_str(before);
        rest = after;
        let value = value_of(after);
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
    without_credentials(out)
}

/// The line with the password of each `scheme://user:password@host` starred out, and of each `user:password@host` that is
/// a whole text, as other switches write a registration.
pub(crate) fn without_credentials(line: String) -> String {
    let mut out = line;
    let mut from = 0;
    while let Some(at) = out[from..].find("://").map(|at| from + at + 3) {
        let end = out[at..].find(|c: char| c.is_whitespace() || c == '"' || c == '/').map_or(out.len(), |end| at + end);
        let password =
            out[at..end].rfind('@').map(|end| at + end).and_then(|end| Some((at + out[at..end].find(':')? + 1, end)));
        if let Some((begin, end)) = password {
            let stars = "*".repeat(out[begin..end].chars().count());
            out.replace_range(begin..end, &stars);
        }
        from = at;
    }
    let texts = out.split('"').enumerate().map(|(nth, text)| match bare_password(text).filter(|_| nth % 2 == 1) {
        Some(place) => {
            [&text[..place.start], &"*".repeat(text[place.clone()].chars().count()), &text[place.end..]].concat()
        }
        None => text.to_owned(),
    });
    texts.collect::<Vec<_>>().join("\"")
}

/// What stands before a colon, with an `@` behind it, and is no user with a password: the schemes of addresses (RFC 3261 19.1,
/// RFC 3966), and what other switches write before the name of a destination, as in `callcenter:support@default`. Neither holds
/// a secret, and a message that starred it out would hide what it is about.
const SCHEMES: [&str; 7] = ["sip", "sips", "tel", "callcenter", "conference", "fifo", "voicemail"];

/// Where the password is in `user:password@host`; what stands before the colon of an address is its scheme.
fn bare_password(text: &str) -> Option<std::ops::Range<usize>> {
    let (colon, at) = (text.find(':')?, text.rfind('@')?);
    let is_scheme = SCHEMES.contains(&text[..colon].to_ascii_lowercase().as_str());
    (!is_scheme && colon < at && !text[..at].contains(['/', ' '])).then_some(colon + 1..at)
}

/// The byte behind the first word for a secret, and behind what it goes on with.
fn behind_secret(line: &str) -> Option<usize> {
    let lower = line.to_ascii_lowercase();
    let found = WORDS
        .iter()
        .filter_map(|word| Some((lower.find(word)?, word.len())))
        .chain(pin_in(&lower).map(|at| (at, "pin".len())))
        .min_by_key(|(at, length)| (*at, usize::MAX - length));
    let (at, length) = found?;
    let goes_on = lower[at + length..].bytes().take_while(|b| b.is_ascii_alphanumeric() || b"_-".contains(b)).count();
    Some(at + length + goes_on)
}

/// What stands behind the sign after a key: `=`, `=>`, `:`, or `value=` of XML.
fn value_of(after: &str) -> &str {
    let key_end = after.strip_prefix(['"', '\'']).unwrap_or(after).trim_start();
    let key_end = key_end.strip_prefix("value").map_or(key_end, str::trim_start);
    let signs = ["=>", "=", ":"];
    signs.iter().find_map(|sign| key_end.strip_prefix(sign)).map_or("", str::trim_start)
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
        assert_eq!(masked(r#"host_pin = "1234""#), r#"host_pin = "****""#);
        assert_eq!(masked(r#"pin = "1234", ping = "5""#), r#"pin = "****", ping = "5""#);
        assert_eq!(masked(r#"password = { file = "secrets/alice" }"#), r#"password = { file = "secrets/alice" }"#);
        assert_eq!(masked(r#""password" = "hunter2""#), r#""password" = "*******""#);
        assert_eq!(masked("md5secret => hunter2"), "md5secret => *******");
        assert_eq!(masked("Passwd: hunter2"), "Passwd: *******");
        assert_eq!(
            masked(r#"<param name="password" value="hunter2"/>"#),
            r#"<param name="password" value="*******"/>"#
        );
        assert_eq!(masked(r#"database = "mysql://me:hunter2@host/x""#), r#"database = "mysql://me:*******@host/x""#);
        assert_eq!(masked(r#"a = "x://host:5/y@z""#), r#"a = "x://host:5/y@z""#);
        assert_eq!(masked(r#"register = "me:hunter2@host""#), r#"register = "me:*******@host""#);
        assert_eq!(masked(r#"contact = "sip:me@host:5060""#), r#"contact = "sip:me@host:5060""#);
        assert_eq!(masked(r#"go = "callcenter:support@default""#), r#"go = "callcenter:support@default""#);
        assert_eq!(masked(r#"file = "secrets/alice""#), r#"file = "secrets/alice""#);
        assert_eq!(format!("{:?}", SecretRef::Plain("hunter2".into())), "Plain(***)");
    }
}
