//! RTCP at its times: a report about every five seconds (RFC 3550 6.2, randomised by half), a goodbye at the end,
//! and what is read from the peer's reports.

use super::stream::Reports;
use super::{DropReason, Slot, Timer, Worker};
use crate::latch::canonical;
use crate::rtp::rtcp::{self, Heard, Sent};
use std::net::SocketAddr;
use std::time::Duration;
use terms::{Mono, Now};

/// The mean time between two reports (RFC 3550 6.2: the minimum of the fixed interval).
const INTERVAL: Duration = Duration::from_secs(5);

impl Worker {
    /// Sets the next report, 0.5 to 1.5 intervals from now; the first one after half of that.
    pub(super) fn schedule_report(&mut self, now: Now, slot: u32, first: bool) {
        let interval_us = INTERVAL.as_micros() as u64;
        let wait_us = interval_us / 2 + self.rng.below(interval_us);
        let at = now.mono + Duration::from_micros(if first { wait_us / 2 } else { wait_us });
        self.arm(slot, Timer::Report, at);
    }

    /// A stream that has sent and heard nothing yet has nothing to report.
    pub(super) fn report(&mut self, now: Now, slot: u32) {
        if self.stream(slot).is_some_and(|s| s.has_sent() || s.reception.received() > 0) {
            self.write_report(now, slot, false);
        }
        self.schedule_report(now, slot, false);
    }

    /// RFC 3550 6.3.7: who never sent a packet of his own says no goodbye either.
    pub(super) fn goodbye(&mut self, now: Now, slot: u32) {
        if self.stream(slot).is_some_and(|s| s.reports.spoke || s.has_sent()) {
            self.write_report(now, slot, true);
        }
    }

    fn write_report(&mut self, now: Now, slot: u32, goodbye: bool) {
        let Some(s) = self.streams.get_mut(slot as usize).and_then(|s| s.as_deref_mut()) else { return };
        let Some(to) = s.report_target() else { return };
        let (packets, octets) = s.egress.sent();
        s.reports.spoke = true;
        let ntp = rtcp::ntp(now.wall);
        // RFC 3550 6.4: a sender report from whoever sent since the last one.
        let sends = packets > std::mem::replace(&mut s.reports.sent_at_last, packets);
        let sent = sends.then(|| Sent { ntp, rtp_time: s.egress.rtp_time(now.mono), packets, octets });
        if sends {
            s.reports.note_ours((ntp >> 16) as u32, now.mono);
        }
        let (last_report, delay) = s.reports.his.map_or((0, 0), |(at, came)| (at, in_65536ths(now.mono - came)));
        let heard = s.reception.report().map(|block| Heard { block, last_report, delay });
        let ssrc = s.egress.ssrc();
        self.outbox.push(Slot(slot), true, to, |bytes| rtcp::write(bytes, ssrc, sent, heard, goodbye));
    }

    /// Takes what came to a stream's RTCP port, or refuses it, and counts it. It is never passed on and never ends anything.
    pub fn ingest_rtcp(&mut self, now: Now, slot: Slot, from: SocketAddr, packet: &[u8]) -> Result<(), DropReason> {
        let taken = self.take_report(now, slot, canonical(from), packet);
        if let Err(reason) = taken {
            match self.stream_mut(slot.0) {
                Some(s) => s.refuse(reason),
                None => self.gone += 1,
            }
        }
        taken
    }

    fn take_report(&mut self, now: Now, slot: Slot, from: SocketAddr, packet: &[u8]) -> Result<(), DropReason> {
        let s = self.stream_mut(slot.0).ok_or(DropReason::Gone)?;
        if s.settings.is_none() {
            return Err(DropReason::NotConfigured);
        }
        if !s.believes_reports(from) {
            return Err(DropReason::WrongSource);
        }
        let report = rtcp::parse(packet, s.egress.ssrc()).ok_or(DropReason::Report)?;
        s.note_report(from);
        if let Some(at) = report.sent_at {
            s.reports.his = Some((at, now.mono));
        }
        if let Some((ours, delay)) = report.echo {
            s.reports.note_echo(now.mono, ours, delay);
        }
        Ok(())
    }
}

impl Reports {
    fn note_ours(&mut self, middle: u32, at: Mono) {
        let place = self.count % self.ours.len();
        if let Some(place) = self.ours.get_mut(place) {
            *place = (middle, at);
        }
        self.count += 1;
    }

    /// RFC 3550 6.4.1: the round trip is the time since that report of ours, less what he kept it for. Our own clock
    /// tells when it went out: the wall time in it may have been set since.
    fn note_echo(&mut self, now: Mono, ours: u32, delay: u32) {
        let Some((_, sent)) = self.ours.iter().take(self.count).find(|(middle, _)| *middle == ours) else { return };
        let kept = Duration::from_micros((u64::from(delay) * 1_000_000) >> 16);
        let trip = (now - *sent).saturating_sub(kept);
        self.round_trip_us = Some(u64::try_from(trip.as_micros()).unwrap_or(u64::MAX));
    }
}

fn in_65536ths(duration: Duration) -> u32 {
    u32::try_from((duration.as_micros() << 16) / 1_000_000).unwrap_or(u32::MAX)
}
