//! What comes out of a run: one JSON object, or the same as text. A key that does not apply is left out.

use crate::machine::{self, Machine, Ticks};
use crate::stand::SERVER_CORE;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt;

/// The figures of one run. `units` are calls, or registrations.
#[derive(Clone, Debug, Serialize)]
#[allow(missing_docs, reason = "names say it, units are in them; `docs/performance.md` explains each")]
pub struct Report {
    pub mode: String,
    /// `strowger`, or the peer that was measured.
    pub program: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rate: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cpu_ms_per_call: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub floor_ms_per_call: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cpu_us_per_packet: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub floor_us_per_packet: Option<f64>,
    /// Server's processor time over the floor's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ratio: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kib_per_call: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub p50_ms: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub p99_ms: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub loss_percent: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retransmissions: Option<u64>,
    /// How late the generator began what was due: 99 of 100 were less late.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub generator_late_ms: Option<f64>,
    /// Calls or registrations that were begun.
    pub units: u64,
    /// Those that did not go as they should have.
    pub failed: u64,
    /// Why, and how often.
    pub failures: BTreeMap<String, u64>,
    /// Most calls at the same time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at_once: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hold_ms: Option<u64>,
    /// Records in the account; equal to the calls, each ended once, or the run has failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub records: Option<u64>,
    /// Share of its core that the server used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub server_core_percent: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub generator_core_percent: Option<f64>,
    /// Share of the server's core that the machine's host gave to others meanwhile.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stolen_percent: Option<f64>,
    #[serde(skip)]
    begun: Ticks,
    /// Whatever a mode has to say beyond this.
    #[serde(flatten)]
    pub more: BTreeMap<String, serde_json::Value>,
    /// What the reader must know to judge the figures.
    pub notes: Vec<String>,
    pub machine: Machine,
    pub commit: String,
}

impl Report {
    /// An empty one.
    pub fn new(mode: &str, program: &str) -> Report {
        Report {
            mode: mode.into(),
            program: program.into(),
            rate: None,
            cpu_ms_per_call: None,
            floor_ms_per_call: None,
            cpu_us_per_packet: None,
            floor_us_per_packet: None,
            ratio: None,
            kib_per_call: None,
            p50_ms: None,
            p99_ms: None,
            loss_percent: None,
            retransmissions: None,
            generator_late_ms: None,
            units: 0,
            failed: 0,
            failures: BTreeMap::new(),
            at_once: None,
            hold_ms: None,
            records: None,
            server_core_percent: None,
            generator_core_percent: None,
            stolen_percent: None,
            begun: Ticks::of(SERVER_CORE),
            more: BTreeMap::new(),
            notes: Vec::new(),
            machine: Machine::here(),
            commit: machine::commit(),
        }
    }

    /// Counts something that went wrong.
    pub fn fail(&mut self, reason: impl Into<String>, count: u64) {
        if count > 0 {
            self.failed += count;
            *self.failures.entry(reason.into()).or_default() += count;
        }
    }

    /// Says what the host took, from the beginning until now.
    pub fn tell_stolen(&mut self) {
        self.stolen_percent = Some(rounded(Ticks::of(SERVER_CORE).stolen_percent(self.begun)));
    }

    /// Adds a figure that only this mode has.
    pub fn add(&mut self, key: &str, value: impl Into<serde_json::Value>) {
        self.more.insert(key.into(), value.into());
    }
}

/// Rounded to four significant digits: more would pretend.
pub fn rounded(value: f64) -> f64 {
    if value == 0.0 || !value.is_finite() {
        return value;
    }
    let scale = 10f64.powi(3 - value.abs().log10().floor() as i32);
    (value * scale).round() / scale
}

/// The value below which this share of the samples lies. Sorts them.
pub fn quantile(samples: &mut [f64], share: f64) -> Option<f64> {
    samples.sort_unstable_by(f64::total_cmp);
    let last = samples.len().checked_sub(1)?;
    samples.get(((samples.len() as f64 * share) as usize).min(last)).copied()
}

impl fmt::Display for Report {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = serde_json::to_value(self).map_err(|_| fmt::Error)?;
        let Some(fields) = value.as_object() else { return Err(fmt::Error) };
        writeln!(out, "{} {}", self.program, self.mode)?;
        for (key, value) in fields {
            match value {
                _ if matches!(key.as_str(), "mode" | "program" | "machine" | "commit" | "notes" | "failures") => {}
                serde_json::Value::Number(number) => writeln!(out, "  {key:<24} {number}")?,
                other => writeln!(out, "  {key:<24} {other}")?,
            }
        }
        for (reason, count) in &self.failures {
            writeln!(out, "  failed: {count} x {reason}")?;
        }
        for note in &self.notes {
            writeln!(out, "  note: {note}")?;
        }
        let machine = &self.machine;
        writeln!(
            out,
            "  {} cores of {}, Linux {}, commit {}",
            machine.cores, machine.processor, machine.kernel, self.commit
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_and_rounding() {
        let mut samples: Vec<f64> = (0..100).rev().map(f64::from).collect();
        assert_eq!(quantile(&mut samples, 0.5), Some(50.0));
        assert_eq!(quantile(&mut samples, 0.99), Some(99.0));
        assert_eq!(quantile(&mut [], 0.5), None);
        assert_eq!((rounded(0.123_456), rounded(123_456.0), rounded(0.0)), (0.1235, 123_500.0, 0.0));
    }
}
