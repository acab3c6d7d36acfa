//! On which machine, and at which commit, figures were taken: without both they say nothing.

use serde::Serialize;
use std::path::Path;
use std::process::Command;

/// The machine.
#[derive(Clone, Debug, Serialize)]
pub struct Machine {
    /// As the processor calls itself.
    pub processor: String,
    /// How many cores it has.
    pub cores: usize,
    /// The kernel's release.
    pub kernel: String,
}

impl Machine {
    /// This one.
    pub fn here() -> Machine {
        let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let model = info.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or(": unknown");
        let kernel = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
        Machine {
            processor: model.trim_start_matches([' ', '\t', ':']).into(),
            // Not those that this thread may use: it is pinned to one.
            cores: info.lines().filter(|line| line.starts_with("processor")).count(),
            kernel: kernel.trim().into(),
        }
    }
}

/// What a core has done since the start, in ticks: all of them, and those that the host of this virtual machine gave to
/// others while something here wanted to run.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ticks {
    all: u64,
    stolen: u64,
}

impl Ticks {
    /// Until now; nothing where the kernel does not say.
    pub fn of(core: usize) -> Ticks {
        Ticks::read(&std::fs::read_to_string("/proc/stat").unwrap_or_default(), core)
    }

    fn read(stat: &str, core: usize) -> Ticks {
        let name = format!("cpu{core} ");
        let line = stat.lines().find_map(|line| line.strip_prefix(&name)).unwrap_or_default();
        // user nice system idle iowait irq softirq steal; the guests that follow are in user and nice already.
        let ticks: Vec<u64> = line.split_whitespace().take(8).filter_map(|word| word.parse().ok()).collect();
        Ticks { all: ticks.iter().sum(), stolen: ticks.get(7).copied().unwrap_or(0) }
    }

    /// The share of the time since `before` that was stolen.
    pub fn stolen_percent(self, before: Ticks) -> f64 {
        let all = self.all.saturating_sub(before.all).max(1);
        100.0 * self.stolen.saturating_sub(before.stolen) as f64 / all as f64
    }
}

/// The commit from which this was built, with `+` when files differ from it.
pub fn commit() -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let git = |arguments: &[&str]| {
        let output = Command::new("git").arg("-C").arg(root).args(arguments).output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let Some(commit) = git(&["rev-parse", "--short=12", "HEAD"]) else { return "unknown".into() };
    let changed = git(&["status", "--porcelain", "--untracked-files=no"]).is_some_and(|changed| !changed.is_empty());
    if changed { commit + "+" } else { commit }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stolen_share_is_that_of_the_core_and_the_time() {
        let before =
            Ticks::read("cpu  9 9 9 9 9 9 9 9 0 0\ncpu0 10 0 10 60 0 0 10 10 0 0\ncpu1 1 1 1 1 1 1 1 1 0 0\n", 0);
        let after = Ticks::read("cpu0 60 0 20 90 0 0 10 20 7 7\n", 0);
        assert_eq!(after.stolen_percent(before), 10.0);
        assert_eq!(Ticks::read("", 0).stolen_percent(before), 0.0);
        assert!(Ticks::of(0).all > 0);
    }
}
