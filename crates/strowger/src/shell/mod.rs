//! What surrounds the cores: sockets, files, threads.

pub mod links;
pub mod media;
mod poller;
pub mod signalling;
