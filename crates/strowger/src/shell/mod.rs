//! What surrounds the cores: sockets, files, threads.

mod behind;
pub mod busy;
pub mod carrier;
mod datagrams;
pub mod edge;
pub mod frames;
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
