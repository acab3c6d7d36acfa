//! What surrounds the cores: sockets, files, threads.

mod behind;
pub mod busy;
mod datagrams;
mod kept;
pub mod links;
pub mod media;
mod pace;
pub mod pages;
mod places;
pub mod poller;
pub mod recorder;
pub mod remover;
mod resolver;
pub mod salvage;
mod seal;
pub mod shelf;
pub mod signalling;
mod sockets;
pub mod voices;
mod wire_log;
