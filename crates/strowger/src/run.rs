//! `strowger run`: the switch in the foreground, until Ctrl-C has drained it.

use crate::admin::{self, AdminRequest};
use crate::config;
use crate::shell::signalling::Nudge;
use crate::threads::{DRAIN, Switch, raise_descriptor_limit};
use anyhow::Result;
use std::path::Path;
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};

/// Runs the switch that this configuration describes.
pub fn run(path: &Path) -> Result<()> {
    let configured = config::load(path)?;
    if !configured.warnings.is_empty() {
        eprint!("{}", configured.warnings);
    }
    let descriptors = raise_descriptor_limit();
    let control = configured.plan.storage.control.clone();
    let switch = Switch::start(configured)?;
    tracing::info!(listens = ?switch.listens, descriptors, "the switch is running");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(attend(&switch, &control))?;
    switch.join()
}

/// Answers the control socket until the switch has drained, a second signal came, or it ended by itself.
async fn attend(switch: &Switch, control: &str) -> Result<()> {
    let (requests, mut queue) = tokio::sync::mpsc::channel(64);
    let socket = admin::socket::serve(control.as_ref(), requests)?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut drained = switch.drained.clone();
    let mut draining = false;
    let mut look = tokio::time::interval(Duration::from_millis(200));
    loop {
        let asked = tokio::select! {
            Some(request) = queue.recv() => {
                let _the_switch_has_ended = switch.nudges.send(Nudge::Admin(request));
                false
            }
            _ = interrupt.recv() => true,
            _ = terminate.recv() => true,
            Ok(()) = drained.changed() => break,
            _ = look.tick() => {
                if switch.has_ended() { break } else { false }
            }
        };
        if asked && draining {
            tracing::warn!("told twice: the switch stops at once");
            break;
        }
        if asked {
            draining = true;
            eprintln!("draining: no new calls; running ones may go on for {} s (Ctrl-C again stops at once)", DRAIN.as_secs());
            let _the_switch_has_ended = switch.nudges.send(Nudge::Admin(AdminRequest::drain(DRAIN)));
        }
    }
    drop(socket);
    let _the_switch_has_ended = switch.nudges.send(Nudge::Admin(AdminRequest::stop()));
    Ok(())
}
