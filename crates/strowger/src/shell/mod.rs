//! What surrounds the cores: sockets, files, threads.

pub mod links;
pub mod signalling;
