//! The media core: SDP, RTP, codecs, rooms and recordings, without I/O.
//!
//! A `Worker` owns streams and decides for every packet; the binary's shell owns threads and sockets.

pub mod codec;
mod face;
pub mod recording;
pub mod sdp;

pub use face::*;

/// The prompts that may be played, decoded once.
#[derive(Debug, Default)]
pub struct PromptBook {}
