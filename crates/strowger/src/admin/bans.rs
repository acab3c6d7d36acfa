//! `strowger bans`: who tried too many wrong passwords and waits, and an end of it.

use super::{Reply, Request, client, table};
use crate::style::{self, Tone, harmless};
use anyhow::bail;
use serde::{Deserialize, Serialize};
use sip::{Ban, Origin};
use std::net::IpAddr;
use std::path::Path;
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

/// Asks for the bans and prints them.
pub fn bans(socket: &Path, json: bool) -> anyhow::Result<()> {
    let bans = match client::request(socket, &Request::Bans(()))? {
        Reply::Bans(bans) => bans,
        Reply::Done(words) | Reply::Refused(words) => bail!("{words}"),
        _ => bail!("{}", client::OTHER),
    };
    match json {
        true => crate::cli::say(&format!("{}\n", serde_json::to_string_pretty(&bans)?)),
        false => crate::cli::say(&picture(&bans, style::colours())),
    }
}

fn picture(bans: &[BanLine], colours: bool) -> String {
    if bans.is_empty() {
        return "nobody tried too many wrong passwords in the last half hour\n".into();
    }
    let heads =
        [("source", false), ("user", false), ("wrong", true), ("not looked at", true), ("for", true), ("waits", true)];
    let row = |ban: &BanLine| {
        let waits = if ban.pause_ms == 0 { "-".into() } else { table::clock(ban.pause_ms.max(1_000)) };
        let tone = if ban.pause_ms == 0 { Tone::Faint } else { Tone::Bad };
        vec![
            ban.source.clone(),
            ban.user.clone(),
            ban.wrong.to_string(),
            ban.held.to_string(),
            table::clock(ban.since_ms),
            style::paint(&waits, tone, colours),
        ]
    };
    table::columns(&heads, &bans.iter().map(row).collect::<Vec<_>>())
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

    #[test]
    fn who_waits_is_shown_with_the_time_that_is_left() {
        let ban = BanLine {
            source: "192.0.2.66".into(),
            user: "alice".into(),
            wrong: 9,
            held: 1_200,
            since_ms: 61_000,
            pause_ms: 15_400,
        };
        let expected = "\
source      user   wrong  not looked at    for  waits
192.0.2.66  alice      9           1200  01:01  00:15
";
        assert_eq!(picture(&[ban], false), expected);
        assert!(picture(&[], false).starts_with("nobody"));
    }
}
