//! The operator's TOML: checked with every mistake explained at its place, and compiled into an
//! immutable [`Plan`] that answers "what happens to this call?".
//!
//! It reads no file and no clock: sources come in as text, time as a value. Secrets are not in the
//! plan; [`Secrets`] says where the shell finds each.

pub mod flow;
pub mod hours;
pub mod pattern;
mod plan;

pub use plan::*;
