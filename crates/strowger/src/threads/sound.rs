//! The threads of sound: media workers, each with its share of the ports, and the recorder behind them.

use super::random;
use crate::admin::surroundings::Surroundings;
use crate::clock::Clock;
use crate::config::Configured;
use crate::shell::media::{Lanes, Shared};
use crate::shell::shelf::Shelf;
use crate::shell::signalling::MediaWires;
use crate::shell::{media as media_shell, recorder};
use anyhow::Result;
use dialplan::Plan;
use media::{Command, Event, WorkerConfig};
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::thread::{self, JoinHandle};
use terms::{Allowance, limits};

/// Commands for one worker: an opening, a configuration, a play and an edge for each leg, with room.
const COMMANDS: usize = 8 * limits::LEGS;
const EVENTS: usize = 4 * limits::LEGS;
/// Says that fewer frames than [`limits::RECORDER_FRAMES`] may wait: for a machine with little memory.
const FRAMES_VARIABLE: &str = "STROWGER_RECORDER_FRAMES";

/// What the signalling thread needs of them.
pub(super) struct Sound {
    /// The lanes to and from each worker.
    pub media: Vec<MediaWires>,
    /// Finished recordings.
    pub recorder: lane::Receiver<Event>,
    /// Bytes that were recorded since the start.
    pub recorded: Arc<AtomicU64>,
    pub threads: Vec<JoinHandle<()>>,
}

/// Starts them, at this address; what they count is among the surroundings.
pub(super) fn start(
    configured: &Configured,
    address: IpAddr,
    allowance: &Allowance,
    clock: Clock,
    surroundings: &mut Surroundings,
) -> Result<Sound> {
    let workers = workers(&configured.plan);
    let (mut frames, mut media, mut threads) = (vec![], vec![], vec![]);
    let shelf = Arc::new(Shelf::default());
    for worker in 0..workers {
        let (mut commands, command_lane) = lane::ring(COMMANDS)?;
        let (event_lane, events) = lane::ring(EVENTS)?;
        let (frame_lane, frame_queue) = lane::ring(frames_waiting())?;
        let _empty_lane = commands.push(Command::Prompts(configured.prompts.clone()));
        let config = worker_config(configured, address, allowance, (worker, workers))?;
        let shared = Shared { gauges: Arc::default(), shelf: shelf.clone() };
        surroundings.workers.push(shared.gauges.clone());
        let lanes = Lanes { commands: command_lane, events: event_lane, frames: frame_lane };
        threads.push(media_shell::spawn(config, address, lanes, clock, shared)?);
        frames.push(frame_queue);
        media.push(MediaWires { commands, urgent: false, events });
    }
    let (finished, recorder) = lane::ring(EVENTS)?;
    let recorded = Arc::new(AtomicU64::new(0));
    let (folder, busy) = (configured.places.recordings.clone(), surroundings.recorder.clone());
    threads.push(recorder::spawn(folder, frames, finished, clock, recorded.clone(), busy)?);
    Ok(Sound { media, recorder, recorded, threads })
}

fn worker_config(
    configured: &Configured,
    address: IpAddr,
    allowance: &Allowance,
    (worker, workers): (usize, usize),
) -> Result<WorkerConfig> {
    let listen = &configured.plan.listen;
    Ok(WorkerConfig {
        address: listen.advertise.unwrap_or(address),
        ports: share(listen.rtp, worker, workers),
        kept_pairs: allowance.kept_pairs() / workers,
        seed: random()?,
    })
}

/// Pairs of ports that are worth a worker: a call stays with one, and may not find it short while others have some.
const PAIRS_PER_WORKER: usize = 64;

/// How many threads move sound: as many as the operator says, else all cores but one, and fewer where there are few ports.
fn workers(plan: &Plan) -> usize {
    let cores = || thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let by_itself = || cores().saturating_sub(1).min(plan.listen.pairs() / PAIRS_PER_WORKER);
    let workers = plan.media.workers.map_or_else(by_itself, usize::from);
    workers.clamp(1, limits::MEDIA_WORKERS as usize)
}

fn frames_waiting() -> usize {
    let said = std::env::var(FRAMES_VARIABLE).ok().and_then(|text| text.trim().parse::<usize>().ok());
    said.unwrap_or(limits::RECORDER_FRAMES).clamp(1, limits::RECORDER_FRAMES)
}

/// A worker's share of the RTP ports; even at its start.
fn share((low, high): (u16, u16), worker: usize, workers: usize) -> (u16, u16) {
    let pairs = (u32::from(high) - u32::from(low)).div_ceil(2) / workers as u32;
    let first = u32::from(low) + 2 * pairs * worker as u32;
    (first as u16, (first + 2 * pairs - 1) as u16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_workers_share_the_ports_without_overlap() {
        let shares: Vec<_> = (0..3).map(|worker| share((16_384, 32_767), worker, 3)).collect();
        assert!(shares.iter().all(|(low, high)| low % 2 == 0 && high > low));
        assert!(shares.windows(2).all(|pair| pair[0].1 < pair[1].0));
        assert!(shares[2].1 <= 32_767);
    }

    #[test]
    fn as_many_workers_as_are_written_and_by_itself_no_more_than_the_ports_are_worth() {
        let with = |said, rtp| {
            let mut plan = Plan::default();
            (plan.media.workers, plan.listen.rtp) = (said, rtp);
            workers(&plan)
        };
        assert_eq!((with(Some(3), (16_384, 32_767)), with(Some(3), (20_000, 20_011))), (3, 3));
        assert_eq!(with(None, (20_000, 20_011)), 1);
    }
}
