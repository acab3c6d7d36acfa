//! A message that came or went, as those who keep it or send a copy of it are told of it.

use bytes::Bytes;
use std::net::SocketAddr;
use std::sync::Arc;
use terms::Wall;

/// The way that a message took on our side.
#[derive(Debug, PartialEq, Eq)]
pub struct Way {
    /// How.
    pub transport: sip::Transport,
    /// Our address.
    pub local: SocketAddr,
}

/// A message that came or went.
#[derive(Clone, Debug)]
pub struct Passed<B = Bytes> {
    /// When.
    pub at: Wall,
    /// It went out.
    pub out: bool,
    /// How.
    pub way: Arc<Way>,
    /// From where, or where to.
    pub remote: SocketAddr,
    /// The message.
    pub bytes: B,
}
