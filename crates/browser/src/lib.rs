//! The leg of a page: what a browser's `RTCPeerConnection` talks to. ICE-lite (RFC 8445 2.5), DTLS-SRTP (RFC 5764) and the
//! offers and answers of both (RFC 8829), for one line of sound in G.711, keys as telephone-events.
//!
//! Datagrams and time come in as values, plain RTP goes out to whoever owns the call's sound, and plain RTP comes from
//! there. No sockets, no threads. Behind [`Leg`] stands str0m; nothing of it is seen outside.
//!
//! It is no core in the strict sense: keys and passwords must be random, so the library draws them by itself. That is
//! why the media core does not know this crate, and the simulator is built without it: for both, a page is a peer who
//! talks plain RTP.

mod dtls;
mod gate;
mod identity;
mod leg;
mod line;
mod offer;
mod pages;

pub use gate::{Gate, PageId};
pub use identity::Identity;
pub use leg::{Agreed, Codec, Ignored, Leg, Output};
pub use offer::Refused;
pub use pages::Pages;
