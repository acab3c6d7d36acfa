//! Call control: the back-to-back user agent as a core without I/O, split by phase.

pub mod cdr;
mod face;

pub use face::*;
