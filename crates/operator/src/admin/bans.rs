//! Who tried too many wrong passwords or PINs and waits, by source.

use crate::style::harmless;
use serde::{Deserialize, Serialize};
use sip::{Ban, Origin};
use std::net::IpAddr;
use std::time::Duration;
use terms::{Waits, Wall};

/// An account of a source that waits, or had to lately.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct BanLine {
    /// Where the tries come from: an address, or the /64 of one. Of PINs: the phone, or the carrier with the end of the
    /// caller's number; `anybody`, where all must wait.
    pub source: String,
    /// The user name that was tried, whether there is such a phone or not. Of PINs: the agent or the room; `any agent`.
    pub user: String,
    /// PINs were tried, not passwords.
    pub pin: bool,
    /// Wrong passwords, or PINs.
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
        pin: false,
        wrong: ban.wrong,
        held: ban.held,
        since_ms: now.ms_since(ban.since),
        pause_ms: ms(ban.pause),
    };
    bans.iter().map(line).collect()
}

/// Whoever waits for wrong PINs: where they were tried, and whose they were to be.
pub fn held_by_pins(source: String, user: String, waits: Waits) -> BanLine {
    let Waits { wrong, held, since, pause } = waits;
    BanLine { source, user, pin: true, wrong, held, since_ms: ms(since), pause_ms: ms(pause) }
}

fn ms(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
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
