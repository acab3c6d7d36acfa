//! The media core: SDP, RTP, codecs, rooms and recordings, without I/O.
//!
//! A `Worker` owns streams and decides for every packet; the binary's shell owns threads and sockets.

pub mod codec;
mod face;
pub mod prompt;
pub mod recording;
pub mod sdp;
mod tone;

pub use face::*;
pub use prompt::{Prompt, PromptBook, PromptError};
