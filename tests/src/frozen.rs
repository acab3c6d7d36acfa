//! One thread of the switch, stopped as if it hung, while the others go on: what a disk or a database does to
//! whoever waits for it, and a bug to a loop.

use anyhow::{Context, Result};
use nix::sys::ptrace;
use nix::sys::wait::{WaitPidFlag, waitpid};
use nix::unistd::Pid;
use std::marker::PhantomData;

/// A thread that stands still as long as this lives.
pub struct Frozen {
    thread: Pid,
    /// The kernel lets only the thread that stopped it let it go.
    _here: PhantomData<*const ()>,
}

impl Frozen {
    /// Stops the thread of this name.
    pub fn stop(process: u32, name: &str) -> Result<Frozen> {
        let tasks = std::fs::read_dir(format!("/proc/{process}/task"))?;
        let called =
            |path: &std::path::Path| std::fs::read_to_string(path.join("comm")).is_ok_and(|comm| comm.trim() == name);
        let path = tasks.flatten().map(|task| task.path()).find(|path| called(path));
        let path = path.with_context(|| format!("no thread {name:?}"))?;
        let id = path.file_name().and_then(|name| name.to_str()).context("a number")?;
        let thread = Pid::from_raw(id.parse()?);
        ptrace::seize(thread, ptrace::Options::empty()).context("ptrace")?;
        ptrace::interrupt(thread)?;
        waitpid(thread, Some(WaitPidFlag::__WALL))?;
        Ok(Frozen { thread, _here: PhantomData })
    }
}

impl Drop for Frozen {
    fn drop(&mut self) {
        let _ = ptrace::detach(self.thread, None);
    }
}
