//! The whole switch under a virtual clock and a lossy network, without I/O: the very same cores and
//! lanes as in the binary, between synthetic phones and a synthetic carrier.
//!
//! A [`World`] is driven by verbs (`dial`, `advance`, `hang_up`, ...) and ends with
//! `assert_quiescent`: no call, transaction, stream, reservation or recording is left over, and each
//! call has exactly one record.

mod codes;
pub mod deeds;
mod hearing;
mod ladder;
mod media;
mod network;
mod quiescence;
pub mod rooms;
mod rtp;
pub mod scenario;
mod trouble;
mod ua;
mod watcher;
mod words;
mod world;

pub use ladder::Ladder;
pub use network::{Fault, Faults, Network};
pub use rtp::{Heard, PACKET_TIME, Speech};
pub use ua::{Conduct, Identity, Packet, Standing, Talk, Then, UserAgent};
pub use watcher::{Told, Watcher};
pub use words::{Voices, Words};
pub use world::{AgentDesk, CARRIER, GUEST_PIN, HOST_PIN, PhoneIndex, World};
