//! What surrounds the cores: sockets, files, threads.

mod leg;
pub mod links;
pub mod media;
mod poller;
pub mod recorder;
mod seal;
pub mod signalling;
