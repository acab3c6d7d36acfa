//! `strowger bans`: who tried too many wrong passwords or PINs and waits.

use super::client;
use crate::admin::bans::BanLine;
use crate::admin::table;
use crate::admin::wire::Reply;
use crate::style::{self, Tone};
use crate::terminal::say;
use anyhow::bail;
use clap::ValueEnum;
use control::View;
use std::path::Path;

/// What may be done with bans.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum BansVerb {
    /// Shows them.
    List,
    /// Ends them.
    Lift,
}

/// Asks for the bans and prints them.
pub fn bans(socket: &Path, json: bool) -> anyhow::Result<()> {
    let bans = match client::look(socket, View::Bans(()))? {
        Reply::Bans(bans) => bans,
        Reply::Done(words) | Reply::Refused(words) => bail!("{words}"),
        _ => bail!("{}", client::OTHER),
    };
    match json {
        true => say(&format!("{}\n", serde_json::to_string_pretty(&bans)?)),
        false => say(&picture(&bans, style::colours())),
    }
}

fn picture(bans: &[BanLine], colours: bool) -> String {
    if bans.is_empty() {
        return "nobody tried too many wrong passwords or PINs in the last half hour\n".into();
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
    fn who_waits_is_shown_with_the_time_that_is_left() {
        let ban = BanLine {
            source: "192.0.2.66".into(),
            user: "alice".into(),
            pin: false,
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
