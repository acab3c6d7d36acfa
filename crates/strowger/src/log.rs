//! Logging: to standard error, so that standard output stays for results. Whatever is about a person is
//! wrapped in `terms::Pii`, whose `Display` and `Debug` show two characters: redaction is the default
//! that one would have to work around, not an option of the log.

use anyhow::anyhow;
use std::io::IsTerminal as _;
use tracing_subscriber::EnvFilter;

/// What a switch logs when nobody says otherwise. The database's own chatter is left out.
pub const USUAL: &str = "info,sqlx=warn";
/// The same for what has a screen of its own.
pub const QUIET: &str = "warn";

/// Starts logging. `filter` goes before RUST_LOG, RUST_LOG before `default`.
pub fn start(filter: Option<&str>, default: &str, json: bool) -> anyhow::Result<()> {
    let from_env = std::env::var("RUST_LOG").ok();
    let wanted = filter.or(from_env.as_deref()).filter(|text| !text.trim().is_empty()).unwrap_or(default);
    let filter = EnvFilter::try_new(wanted)
        .map_err(|_| anyhow!("log filter \"{wanted}\": write a level such as info, or info,sip=debug"))?;
    let subscriber = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    if json {
        subscriber.json().flatten_event(true).init();
    } else {
        subscriber.with_ansi(std::io::stderr().is_terminal()).init();
    }
    Ok(())
}
