//! What a worker shows of itself, for `inspect` and for tests.

use super::stream::{DropReason, Plug, Stream};
use super::{Slot, Worker};
use crate::StreamTotals;
use serde::Serialize;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use terms::{CallRef, StreamId};

/// A worker.
#[derive(Clone, Debug, Serialize)]
pub struct Snapshot {
    /// Its streams.
    pub streams: Vec<StreamSnapshot>,
    /// Recordings that run.
    pub captures: usize,
    /// Port pairs that may be used now (those whose rest is over are counted only when they are asked for).
    pub ports_free: usize,
    /// Port pairs at rest.
    pub ports_resting: usize,
    /// Streams that could not be opened.
    pub open_failures: u64,
    /// Packets refused by the streams that live, by reason.
    pub dropped: BTreeMap<DropReason, u64>,
}

/// A stream.
#[derive(Clone, Debug, Serialize)]
pub struct StreamSnapshot {
    /// Its id.
    pub stream: StreamId,
    /// Whose it is.
    pub call: CallRef,
    /// Its place.
    pub slot: Slot,
    /// Its RTP port.
    pub port: u16,
    /// Its sockets are there.
    pub bound: bool,
    /// Where its packets go.
    pub target: Option<SocketAddr>,
    /// The latched source is final.
    pub settled: bool,
    /// What it sends: a sound, another stream, a mix of several, or nothing.
    pub plug: &'static str,
    /// The stream that it hears.
    pub hears: Option<StreamId>,
    /// The source under which we send.
    pub ssrc: u32,
    /// Whom it hears.
    pub heard_ssrc: Option<u32>,
    /// Keys that came too fast and were not told.
    pub keys_refused: u64,
    /// What passed through it.
    pub totals: StreamTotals,
}

impl Worker {
    /// What is in the worker now.
    pub fn inspect(&self) -> Snapshot {
        let (ports_free, ports_resting) = self.ports.counts();
        let live = || self.names.values().filter_map(|slot| Some((*slot, self.stream(*slot)?)));
        let mut dropped: BTreeMap<DropReason, u64> = BTreeMap::new();
        for reason in DropReason::ALL {
            let count: u64 = live().map(|(_, s)| s.dropped[reason as usize]).sum();
            let count = count + if reason == DropReason::Gone { self.gone } else { 0 };
            if count > 0 {
                dropped.insert(reason, count);
            }
        }
        Snapshot {
            streams: live().map(|(slot, s)| self.describe(slot, s)).collect(),
            captures: self.captures.len(),
            ports_free,
            ports_resting,
            open_failures: self.open_failures,
            dropped,
        }
    }

    fn describe(&self, slot: u32, s: &Stream) -> StreamSnapshot {
        let (plug, hears) = match s.plug {
            Plug::Nothing => ("nothing", None),
            Plug::Sound => ("sound", None),
            Plug::Mix => ("mix", None),
            Plug::Hear(speaker) => ("stream", self.stream(speaker).map(|s| s.id)),
        };
        StreamSnapshot {
            stream: s.id,
            call: s.call,
            slot: Slot(slot),
            port: s.port,
            bound: s.bound,
            target: s.latch.target(),
            settled: s.latch.is_settled(),
            plug,
            hears,
            ssrc: s.egress.ssrc(),
            heard_ssrc: s.reception.ssrc(),
            keys_refused: s.digits.refused,
            totals: s.totals(),
        }
    }
}
