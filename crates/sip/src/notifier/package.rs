//! What can be subscribed to (RFC 6665 7.2): the event packages, as a table.

use std::time::Duration;

/// An event package.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Package {
    /// Who is in a conference room (RFC 4575).
    Conference,
    /// What somebody's phone does: the lamp beside his name (RFC 4235).
    Dialog,
    /// Whether there are messages for him (RFC 3842).
    MessageSummary,
    /// Whether he is there (RFC 3856).
    Presence,
    /// Where he is registered (RFC 3680).
    Reg,
}

impl Package {
    /// All of them.
    pub(crate) const ALL: [Package; 5] =
        [Package::Conference, Package::Dialog, Package::MessageSummary, Package::Presence, Package::Reg];
    /// Their names, for Allow-Events.
    pub(crate) const NAMES: &'static str = "conference, dialog, message-summary, presence, reg";
    /// How long a subscription lives that names no time, and the longest that is granted (RFC 4235 3.4, RFC 4575 3.4, RFC 3842 3.3,
    /// RFC 3856 6.4; RFC 3680 4.3 has two minutes more).
    pub(crate) const LIFE: Duration = Duration::from_secs(3_600);
    /// The shortest that may be asked for: beneath it, 423.
    pub(crate) const LEAST: Duration = Duration::from_secs(60);

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Package::Conference => "conference",
            Package::Dialog => "dialog",
            Package::MessageSummary => "message-summary",
            Package::Presence => "presence",
            Package::Reg => "reg",
        }
    }

    /// The type of its documents.
    pub const fn content_type(self) -> &'static str {
        match self {
            Package::Conference => "application/conference-info+xml",
            Package::Dialog => "application/dialog-info+xml",
            Package::MessageSummary => "application/simple-message-summary",
            Package::Presence => "application/pidf+xml",
            Package::Reg => "application/reginfo+xml",
        }
    }

    /// Whether a document may say only what is new (RFC 4575 3.4).
    pub(crate) const fn is_partial(self) -> bool {
        matches!(self, Package::Conference)
    }

    /// The package of this name (RFC 6665 8.4: names are compared as they are).
    pub(crate) fn of(name: &str) -> Option<Package> {
        Package::ALL.into_iter().find(|package| package.name() == name)
    }

    /// Whether whoever names these types takes its documents (RFC 6665 3.1.3: all do who name none).
    pub(crate) fn fits<'a>(self, mut accept: impl Iterator<Item = &'a str>) -> bool {
        let ours = [self.content_type(), "application/*", "*/*"];
        accept.any(|accepted| ours.iter().any(|ours| ours.eq_ignore_ascii_case(accepted)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_are_those_of_the_table() {
        assert_eq!(Package::ALL.map(Package::name).join(", "), Package::NAMES);
        assert!(Package::ALL.into_iter().all(|package| Package::of(package.name()) == Some(package)));
        assert_eq!(Package::of("Dialog"), None);
    }
}
