//! What a process tree has used: processor time to the nanosecond, and memory as its proportional share.

use crate::kernel;
use std::time::Duration;

/// A process and its children, whatever becomes of them.
#[derive(Clone, Copy, Debug)]
pub struct Gauge {
    root: u32,
}

impl Gauge {
    /// Of this process and those that it starts.
    pub fn of(root: u32) -> Gauge {
        Gauge { root }
    }

    /// Processor time used so far, in user and kernel mode.
    pub fn cpu(&self) -> Duration {
        self.tree().into_iter().filter_map(kernel::cpu_time).sum()
    }

    /// Memory in KiB: PSS, which counts a page that n processes share as 1/n in each. The kernel's own
    /// memory for sockets is not in it.
    pub fn kib(&self) -> u64 {
        self.tree().into_iter().filter_map(pss).sum()
    }

    fn tree(&self) -> Vec<u32> {
        let mut tree = vec![self.root];
        let mut next = 0;
        while let Some(pid) = tree.get(next).copied() {
            next += 1;
            let Ok(tasks) = std::fs::read_dir(format!("/proc/{pid}/task")) else { continue };
            for task in tasks.flatten() {
                let children = std::fs::read_to_string(task.path().join("children")).unwrap_or_default();
                tree.extend(children.split_whitespace().filter_map(|child| child.parse::<u32>().ok()));
            }
        }
        tree
    }
}

fn pss(pid: u32) -> Option<u64> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("Pss:"))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    #[test]
    fn children_are_counted_with_their_parent() {
        let busy = "i=0; while [ $i -lt 30000 ]; do i=$((i+1)); done; sleep 2";
        let mut shell = Command::new("sh").args(["-c", &format!("sh -c '{busy}' & wait")]).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(700));
        let gauge = Gauge::of(shell.id());
        let (all, own) = (gauge.cpu(), kernel::cpu_time(shell.id()).unwrap());
        let memory = gauge.kib();
        for pid in gauge.tree() {
            kernel::interrupt(pid, libc::SIGTERM);
        }
        shell.wait().unwrap();
        assert!(all > own + Duration::from_millis(3), "{all:?} with children, {own:?} alone");
        assert!(memory > 100, "{memory} KiB");
    }
}
