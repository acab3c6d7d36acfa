//! The modes without sound: call, register, queue, refill.

use crate::line::Wish;
use crate::report::Report;
use anyhow::{Result, bail};

/// Calls through the switch.
pub fn call(_wish: &Wish) -> Result<Report> {
    bail!("bench call is not there yet")
}

/// Registrations.
pub fn register(_wish: &Wish) -> Result<Report> {
    bail!("bench register is not there yet")
}

/// Calls through a queue.
pub fn queue(_wish: &Wish) -> Result<Report> {
    bail!("bench queue is not there yet")
}

/// Waiting callers and agents who become free.
pub fn refill(_wish: &Wish) -> Result<Report> {
    bail!("bench refill is not there yet")
}
