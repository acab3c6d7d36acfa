//! What the shell tells the core.

use super::{BindingChange, Command, Config, Owed, Transport};
use crate::origin::Origin;
use bytes::Bytes;
use std::net::{IpAddr, SocketAddr};
use terms::{LinkId, TrunkId};

/// What the shell (or the simulator) tells the core.
#[derive(Clone, Debug)]
pub enum Input {
    /// A link is there: a UDP listener (no fixed remote), an accepted or a connected stream.
    LinkOpened {
        /// Its id: `LinkId::accepted` from the shell, or the one in [`Output::Connect`].
        link: LinkId,
        /// How its bytes travel.
        transport: Transport,
        /// The address that the peer sees, as far as the shell knows.
        local: SocketAddr,
        /// The other end; absent for a UDP listener.
        remote: Option<SocketAddr>,
    },
    /// Streams are accepted here: the port that is told over links that we connect.
    Listening {
        /// How their bytes travel.
        transport: Transport,
        /// Where.
        local: SocketAddr,
    },
    /// A link is gone, or could not be connected.
    LinkClosed {
        /// Which.
        link: LinkId,
    },
    /// A datagram, or the next piece of a stream.
    Received {
        /// Where it came in.
        link: LinkId,
        /// Who sent it.
        remote: SocketAddr,
        /// What was sent.
        bytes: Bytes,
    },
    /// Call control wants something.
    Command(Command),
    /// Trunks, phones and limits, at the start and at each reload. Running legs are untouched.
    Reconfigure(Box<Config>),
    /// A binding that the ledger kept from before a restart.
    Restore(Box<BindingChange>),
    /// A name was looked up.
    Resolved {
        /// Whose.
        trunk: TrunkId,
        /// The name.
        name: String,
        /// Its addresses; none: the look-up failed.
        addresses: Vec<IpAddr>,
    },
    /// A leg that died with an earlier process: its peer is owed a word.
    Farewell {
        /// The ledger's name for it.
        key: i64,
        /// Which, and what it takes.
        owed: Box<Owed>,
    },
    /// The wrong passwords of a source, or of all, are forgotten.
    Lift(Option<Origin>),
}
