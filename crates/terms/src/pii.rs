//! Personal data that must not slip into a log: `Debug` and `Display` show only the last two characters.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A value about a person (a phone number, a display name). Reading it takes a visible `reveal`.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Pii<T>(T);

impl<T> Pii<T> {
    /// Wraps a value.
    pub const fn new(value: T) -> Pii<T> {
        Pii(value)
    }
    /// The value itself; whoever calls this answers for where it goes.
    pub fn reveal(&self) -> &T {
        &self.0
    }
}

impl<T: AsRef<str>> fmt::Display for Pii<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.0.as_ref();
        let count = text.chars().count();
        let tail: String = text.chars().skip(count.saturating_sub(2).max(count.min(3))).collect();
        write!(f, "***{tail}")
    }
}

impl<T: AsRef<str>> fmt::Debug for Pii<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl From<&str> for Pii<String> {
    fn from(text: &str) -> Self {
        Pii(text.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_shows_its_last_two_digits_and_a_short_one_nothing() {
        assert_eq!(format!("{:?}", Pii::from("+442079460001")), "***01");
        assert_eq!(format!("{}", Pii::from("101")), "***");
        assert_eq!(format!("{}", Pii::from("")), "***");
    }
}
