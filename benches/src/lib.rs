//! The load harness: one program under load on one core, a generator of our own on another, and in the
//! same run the floor, which is what the kernel alone takes for the same messages.
//!
//! `line` reads the command; `stand` prepares addresses, folder and cores and starts what is measured;
//! `gauge` reads its processor time and memory; `generator` makes the load; `report` is what comes out.

pub mod account;
pub mod floor;
pub mod gauge;
pub mod generator;
pub mod kernel;
pub mod lamps;
pub mod line;
pub mod machine;
pub mod measuring;
pub mod media;
pub mod micro;
pub mod page;
pub mod peers;
pub mod plot;
pub mod queueing;
pub mod report;
pub mod signalling;
pub mod sipp;
pub mod stand;
