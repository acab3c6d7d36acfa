//! RTP and RTCP (RFC 3550) as far as a terminating relay needs them: the fixed header, what a receiver
//! counts, and the reports. The hot path reads and writes twelve bytes by hand.

pub mod packet;
pub(crate) mod reception;
pub mod rtcp;

/// The RTP clock of every codec that is here: 8,000 ticks a second (RFC 3551 table 4).
pub(crate) const CLOCK_HZ: u64 = 8_000;

/// A duration in RTP ticks.
pub(crate) fn ticks(duration: std::time::Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX).saturating_mul(CLOCK_HZ / 1_000) / 1_000
}

/// RTP ticks as a duration.
pub(crate) fn duration(ticks: u32) -> std::time::Duration {
    std::time::Duration::from_micros(u64::from(ticks) * 1_000_000 / CLOCK_HZ)
}
