//! Which SIP messages of the last minutes somebody wants to see.

use serde::{Deserialize, Serialize};
use terms::CallRef;

/// Which calls, and what of them. A call is shown whole once one of its messages is what was asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TraceWish {
    /// Only what has had a message since this one.
    #[serde(skip_serializing_if = "is_zero")]
    pub after: u64,
    /// Only this call.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub call: Option<Shown>,
    /// Only what has this number, or user, in its From, its To or its request line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// Only what comes from this trunk, or goes to it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trunk: Option<String>,
    /// Only what was answered so: a status, or its first digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// Only what has a request of this method.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// With bodies.
    #[serde(skip_serializing_if = "is_not")]
    pub bodies: bool,
    /// With numbers and names of people.
    #[serde(skip_serializing_if = "is_not")]
    pub numbers: bool,
}

impl TraceWish {
    /// Whether it shows more of people than that they talk.
    pub fn is_clear(&self) -> bool {
        self.bodies || self.numbers
    }
}

/// A call, written as everywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shown(pub CallRef);

impl Serialize for Shown {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Shown {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        text.parse().map(Shown).map_err(|_| serde::de::Error::custom("not an id; one is written as c1000000003"))
    }
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

fn is_not(wanted: &bool) -> bool {
    !wanted
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::View;

    #[test]
    fn a_wish_is_written_with_what_it_says_and_nothing_else() {
        let call = "c1000000003".parse().unwrap();
        let wish = TraceWish { call: Some(Shown(call)), bodies: true, ..TraceWish::default() };
        let text = serde_json::to_string(&View::Trace(wish.clone())).unwrap();
        assert_eq!(text, format!(r#"{{"trace":{{"call":"{call}","bodies":true}}}}"#));
        assert_eq!(serde_json::from_str::<View>(&text).unwrap(), View::Trace(wish));
        assert_eq!(serde_json::from_str::<View>(r#"{"trace":{}}"#).unwrap(), View::Trace(TraceWish::default()));
    }
}
