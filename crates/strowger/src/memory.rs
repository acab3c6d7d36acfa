//! The memory that this process may use, and how much of it it has. It is looked at a few times a second, never for a
//! call: between two looks little can come in, since what comes in is bounded everywhere else.

use std::fs;
use std::io::Read as _;
use std::path::Path;
use std::sync::OnceLock;
use std::time::Duration;
use terms::{Mono, limits};

/// How often it is looked at.
const EVERY: Duration = Duration::from_millis(200);
/// What /proc counts in.
const PAGE: u64 = 4_096;
/// A machine that does not say how much it has.
const UNKNOWN: u64 = 1 << 30;
/// Says in MiB that the process is to use less than the machine or its control group has.
pub const VARIABLE: &str = "STROWGER_MEMORY_MIB";

/// What this process may use, in bytes: the machine's memory, its control group's if that has less, or what the
/// operator says if that is less still. Found out once: the room for calls is reckoned from it at the start.
pub fn limit_bytes() -> u64 {
    static LIMIT: OnceLock<u64> = OnceLock::new();
    *LIMIT.get_or_init(find_limit)
}

fn find_limit() -> u64 {
    let said = std::env::var(VARIABLE).ok().and_then(|text| text.trim().parse::<u64>().ok()).map(|mib| mib << 20);
    [machine(), group(), said].into_iter().flatten().min().unwrap_or(UNKNOWN)
}

fn machine() -> Option<u64> {
    let text = fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok().map(|kib| kib * 1_024)
}

/// The least that the process's own control group and those above it allow: a unit's `MemoryMax=` is there.
fn group() -> Option<u64> {
    let all = fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
    let own = all.lines().find_map(|line| line.strip_prefix("0::/")).unwrap_or_default();
    least(Path::new("/sys/fs/cgroup"), Path::new(own))
}

fn least(root: &Path, own: &Path) -> Option<u64> {
    let allowed = |group: &Path| {
        let text = fs::read_to_string(root.join(group).join("memory.max")).ok()?;
        text.trim().parse::<u64>().ok()
    };
    own.ancestors().filter_map(allowed).min()
}

/// What this process has now: the second word of /proc/self/statm.
pub fn used_bytes() -> Option<u64> {
    let mut text = [0; 128];
    let length = fs::File::open("/proc/self/statm").ok()?.read(&mut text).ok()?;
    let words = std::str::from_utf8(text.get(..length)?).ok()?;
    words.split_whitespace().nth(1)?.parse::<u64>().ok().map(|pages| pages * PAGE)
}

/// What this thread has freed and the allocator keeps for later goes back to the system: links, which can take the most,
/// are this thread's.
#[allow(unsafe_code)] // the allocator's own function, which is C
fn give_back() {
    // SAFETY: it takes a plain flag, and any thread may call it at any time.
    unsafe { libmimalloc_sys::mi_collect(true) };
}

/// Looks now and then whether there is room for more.
#[derive(Debug)]
pub struct Watch {
    full_bytes: u64,
    due: Mono,
    full: bool,
}

impl Watch {
    /// Watches a process that may use so much.
    pub fn new(limit_bytes: u64) -> Watch {
        Watch { full_bytes: limit_bytes / 100 * limits::MEMORY_FULL_PERCENT, due: Mono::default(), full: false }
    }

    /// `Some` when it became full, or is no longer.
    pub fn look(&mut self, now: Mono) -> Option<bool> {
        if now < self.due {
            return None;
        }
        self.due = now + EVERY;
        let is_full = || used_bytes().is_some_and(|used| used >= self.full_bytes);
        let mut full = is_full();
        if full {
            give_back();
            full = is_full();
        }
        (std::mem::replace(&mut self.full, full) != full).then_some(full)
    }

    /// Whether it was full when it was last looked at.
    pub fn is_full(&self) -> bool {
        self.full
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_of_the_groups_above_holds() {
        let root = tempfile::tempdir().unwrap();
        let own = root.path().join("system.slice/strowger.service");
        fs::create_dir_all(&own).unwrap();
        let own_name = Path::new("system.slice/strowger.service");
        assert_eq!(least(root.path(), own_name), None, "no group says anything");
        fs::write(own.join("memory.max"), "max\n").unwrap();
        assert_eq!(least(root.path(), own_name), None);
        fs::write(own.join("memory.max"), "500000000\n").unwrap();
        fs::write(root.path().join("system.slice/memory.max"), "300000000\n").unwrap();
        assert_eq!(least(root.path(), own_name), Some(300_000_000));
    }

    #[test]
    fn it_is_told_once_that_the_memory_is_full_and_looked_at_now_and_then() {
        let at = |ms| Mono::default() + Duration::from_millis(ms);
        let mut watch = Watch::new(0);
        assert_eq!(watch.look(at(0)), Some(true));
        watch.full_bytes = u64::MAX;
        assert_eq!((watch.look(at(100)), watch.is_full()), (None, true), "too early to look again");
        assert_eq!((watch.look(at(200)), watch.look(at(400))), (Some(false), None));
        assert!(used_bytes().unwrap() > 1 << 20);
    }
}
