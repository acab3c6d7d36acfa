//! What the operator writes and reads: configurations on disk and what is wrong with them, the command line, what its
//! commands print, and what is said over the control socket. No call waits for any of it.

pub mod account;
pub mod addresses;
pub mod admin;
#[cfg(test)]
mod book;
pub mod calls;
pub mod certificates;
mod check;
pub mod cli;
pub mod config;
pub mod destination;
pub mod files;
mod ladder;
pub mod log;
mod log_thread;
pub mod names;
mod pcap;
pub mod picture;
mod report;
mod route;
mod schema;
pub mod secrets;
pub mod signals;
pub mod style;
pub mod terminal;
pub mod veil;
