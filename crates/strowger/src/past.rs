//! What the account says of the time before this start, read by a thread of its own: no call waits for it.

use crate::nudge::Nudge;
use ledger::Reader;
use ledger::live::Live;
use std::thread;
use terms::{Incarnation, Wall};
use tokio::sync::mpsc;

/// Begins to read what the account says of today before this start. Nobody waits for it.
pub fn read(
    database: String,
    now: Wall,
    incarnation: Incarnation,
    nudges: mpsc::UnboundedSender<Nudge>,
) -> std::io::Result<()> {
    thread::Builder::new().name("figures".into()).spawn(move || {
        let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
            Ok(runtime) => runtime,
            Err(error) => return tracing::warn!(%error, "figures of today begin with this start"),
        };
        let past: ledger::Result<Live> = runtime.block_on(async {
            let reader = Reader::open(&database).await?;
            reader.live(now, incarnation).await
        });
        let past = past.unwrap_or_else(|error| {
            tracing::warn!(%error, "figures of today begin with this start: the account cannot be read");
            Live::default()
        });
        let _the_switch_has_ended = nudges.send(Nudge::Past(Box::new(past)));
    })?;
    Ok(())
}
