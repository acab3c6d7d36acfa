//! What the service manager is told: ready, stopping, and that the signalling loop turns. The protocol is that
//! of sd_notify(3); without NOTIFY_SOCKET nobody is told anything.

use crate::pulse::Pulse;
use sd_notify::NotifyState;
use std::thread;
use std::time::Duration;

/// The loop sleeps for a second when nothing happens; less patience than this would miss it.
const LEAST: Duration = Duration::from_millis(1_500);

fn tell(what: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(what) {
        tracing::warn!(%error, "the service manager could not be told {what:?}");
    }
}

/// It listens: whatever waits for it may start.
pub fn ready() {
    tell(&[NotifyState::Ready]);
}

/// It takes no more calls and will end.
pub fn stopping() {
    tell(&[NotifyState::Stopping]);
}

/// Pings the service manager's watchdog, when it asks for that, as long as the loop turns. A thread of its own:
/// the manager may be slow to read.
pub fn watchdog(pulse: Pulse) -> std::io::Result<()> {
    let Some(interval) = sd_notify::watchdog_enabled().filter(|interval| !interval.is_zero()) else { return Ok(()) };
    let patience = (interval / 2).max(LEAST);
    thread::Builder::new().name("watchdog".into()).spawn(move || {
        loop {
            if pulse.age() < patience {
                tell(&[NotifyState::Watchdog]);
            } else {
                tracing::error!(age = ?pulse.age(), "the signalling loop hangs; the watchdog is not pinged");
            }
            thread::sleep(interval / 2);
        }
    })?;
    Ok(())
}
