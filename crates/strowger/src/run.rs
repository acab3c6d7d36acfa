//! `strowger run`: the switch in the foreground, until Ctrl-C has drained it.

use crate::admin::socket::Control;
use crate::nudge::{Nudge, Request};
use crate::threads::{DRAIN, FAREWELL, Switch};
use crate::{config, descriptors, log, notify};
use anyhow::Result;
use control::{Actor, Verb};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tokio::signal::unix::{SignalKind, signal};

/// Runs the switch that this configuration describes.
pub fn run(path: &Path, log_file: Option<PathBuf>, wanted: log::Wanted<'_>, watch: bool) -> Result<()> {
    let configured = config::load(path)?;
    let log_file = log_file.or_else(|| configured.places.log.clone());
    let _until_the_end = log::start_running(wanted, log_file.as_deref())?;
    if !configured.warnings.is_empty() {
        eprint!("{}", configured.warnings);
    }
    let descriptors = descriptors::raise();
    let control = configured.places.control.clone();
    let allowance = crate::allowance::of_this_process(&configured.plan.listen);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    // Whatever may keep it from starting comes before the account is opened: a start that fails leaves nothing behind.
    let control = {
        let _inside = runtime.enter();
        Control::bind(&control)?
    };
    let switch = Switch::start(configured, watch, None)?;
    let (calls, links) = (allowance.calls(0, 0), allowance.links(0, 0));
    tracing::info!(udp = ?switch.listens.udp, tcp = ?switch.listens.tcp, edge = ?switch.listens.edge, descriptors, calls, links, "the switch is running");
    notify::watchdog(switch.pulse.clone())?;
    let attended = tokio::task::LocalSet::new().block_on(&runtime, attend(&switch, control));
    let _has_ended_already = switch.nudges.send(Nudge::Stop);
    switch.join()?;
    tracing::info!("the switch has stopped");
    attended
}

/// Answers the control socket until the switch has drained or ended by itself. A second signal releases its calls.
async fn attend(switch: &Switch, control: Control) -> Result<()> {
    let nudges = switch.nudges.clone();
    let serving = control.serve(Box::new(move |nudge| nudges.send(nudge).is_ok()));
    tokio::pin!(serving);
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut reopen = signal(SignalKind::user_defined1())?;
    let mut hangup = signal(SignalKind::hangup())?;
    let mut drained = switch.drained.clone();
    notify::ready();
    let mut told = 0;
    let mut until = None;
    let mut stalled = None;
    let mut look = tokio::time::interval(Duration::from_millis(200));
    loop {
        tokio::select! {
            () = &mut serving => return Ok(()),
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            Ok(()) = drained.changed() => return Ok(()),
            _ = reopen.recv() => {
                log::reopen();
                continue;
            }
            _ = hangup.recv() => {
                let request = Request { id: None, by: Actor::Signal, what: Verb::Reload(()).into(), before: None, heard: None, reply: None };
                let _has_ended_already = switch.nudges.send(Nudge::Asked(request));
                continue;
            }
            _ = look.tick() => {
                if switch.has_ended() || until.is_some_and(|until| until <= Instant::now()) {
                    return Ok(());
                }
                stalled = tell_stall(stalled, switch.recorder.stalled_ms());
                continue;
            }
        }
        told += 1;
        match told {
            1 => {
                notify::stopping();
                let seconds = DRAIN.as_secs();
                eprintln!(
                    "draining: no new calls, running ones are released after {seconds} s; Ctrl-C again releases them now"
                );
                tracing::info!(seconds, "told to stop: new calls are refused, running ones may end");
                let _has_ended_already = switch.nudges.send(Nudge::Drain(DRAIN));
            }
            2 => {
                tracing::warn!("told twice: every call is released");
                let _has_ended_already = switch.nudges.send(Nudge::Drain(Duration::ZERO));
                until = Some(Instant::now() + FAREWELL);
            }
            _ => {
                tracing::warn!("told three times: the switch stops at once");
                return Ok(());
            }
        }
    }
}

/// Says once that the disk of the recordings hangs, and once that it is over.
fn tell_stall(before: Option<u64>, now: Option<u64>) -> Option<u64> {
    match (before, now) {
        (None, Some(waited_ms)) => {
            tracing::error!(waited_ms, "recordings cannot be written: their disk does not answer; calls go on");
        }
        (Some(waited_ms), None) => tracing::warn!(waited_ms, "recordings are written again"),
        _ => {}
    }
    now
}
