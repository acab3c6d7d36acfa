//! What may be said to `strowger calls`.

use crate::account::Account;
use clap::Args;

/// Which calls.
#[derive(Debug, Args)]
pub struct CallsArgs {
    /// At most so many.
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub limit: u32,
    /// With this outcome only.
    #[arg(long, value_name = "OUTCOME")]
    pub outcome: Option<String>,
    /// That came through this queue only, whatever queue came then.
    #[arg(long, value_name = "NAME")]
    pub queue: Option<String>,
    /// Taken by this agent only.
    #[arg(long, value_name = "NAME")]
    pub agent: Option<String>,
    /// Whose caller or called number has these digits in a row; spaces, a plus and zeros before them do not matter.
    #[arg(long, value_name = "NUMBER")]
    pub number: Option<String>,
    /// Begun at this time or later: 2026-12-24, "2026-12-24 10:30", with an offset or Z if need be, today, yesterday.
    #[arg(long, value_name = "TIME")]
    pub from: Option<String>,
    /// Begun before this time, written alike; a day alone is included.
    #[arg(long, value_name = "TIME")]
    pub to: Option<String>,
    /// That went this way only: inbound, outbound, internal or transit.
    #[arg(long, value_name = "DIRECTION")]
    pub direction: Option<String>,
    /// Brought by this trunk or sent out by it only.
    #[arg(long, value_name = "NAME")]
    pub trunk: Option<String>,
    /// Made by this phone or answered at it only.
    #[arg(long, value_name = "USER")]
    pub phone: Option<String>,
    /// This call only, with its events and its recording.
    #[arg(long, value_name = "CALL")]
    pub call: Option<String>,
    /// The whole story of what this call was about: the contact's stays in queues and all its calls.
    #[arg(long, value_name = "CALL", conflicts_with = "call")]
    pub story: Option<String>,
    /// The SIP messages of this call, both sides of it, while the running switch still keeps them.
    #[arg(long, value_name = "CALL", conflicts_with_all = ["call", "story", "database", "json", "csv"])]
    pub ladder: Option<String>,
    /// Print a JSON array; times are milliseconds since 1970, lengths milliseconds.
    #[arg(long)]
    pub json: bool,
    /// Print comma-separated values; times are those of this machine's zone, lengths seconds.
    #[arg(long, conflicts_with = "json")]
    pub csv: bool,
    /// Whose account.
    #[command(flatten)]
    pub account: Account,
}
