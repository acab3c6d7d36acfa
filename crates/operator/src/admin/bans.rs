//! Who tried too many wrong passwords and waits, by source.

use crate::style::harmless;
use serde::{Deserialize, Serialize};
use sip::{Ban, Origin};
use std::net::IpAddr;
use terms::Wall;

/// An account of a source that waits, or had to lately.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct BanLine {
    /// Where the tries come from: an address, or the /64 of one.
    pub source: String,
    /// The user name that was tried, whether there is such a phone or not.
    pub user: String,
    /// Wrong passwords.
    pub wrong: u32,
    /// Tries since then that were not looked at.
    pub held: u64,
    /// Since the first wrong password of this source.
    pub since_ms: u64,
    /// For how long still no password is looked at; 0: the next one is.
    pub pause_ms: u64,
}

/// The bans, by source.
pub fn lines(bans: &[Ban], now: Wall) -> Vec<BanLine> {
    let line = |ban: &Ban| BanLine {
        source: ban.origin.to_string(),
        user: harmless(&ban.user),
        wrong: ban.wrong,
        held: ban.held,
        since_ms: now.ms_since(ban.since),
        pause_ms: u64::try_from(ban.pause.as_millis()).unwrap_or(u64::MAX),
    };
    bans.iter().map(line).collect()
}

/// The source that an operator names: an address, `all`, or a /64 as `bans` shows it.
pub fn source(text: &str) -> Result<Option<Origin>, String> {
    if text == "all" {
        return Ok(None);
    }
    let address = text.strip_suffix("/64").unwrap_or(text).parse::<IpAddr>();
    address
        .map(|address| Some(Origin::of(address)))
        .map_err(|_| format!("{text:?} is no address: say it as `strowger bans` shows it, or all"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_is_named_as_it_is_shown() {
        assert_eq!(source("all"), Ok(None));
        for text in ["192.0.2.66", "2001:db8::/64"] {
            assert_eq!(source(text).unwrap().unwrap().to_string(), text);
        }
        assert_eq!(source("2001:db8::7").unwrap().unwrap().to_string(), "2001:db8::/64");
        assert!(source("office").is_err());
    }
}
