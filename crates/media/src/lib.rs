//! The media core: SDP, RTP, codecs, rooms and recordings, without I/O.
//!
//! A `Worker` owns streams and decides for every packet; the binary's shell owns threads and sockets.

pub mod codec;
mod digits;
mod egress;
mod face;
mod hearing;
mod latch;
mod ports;
pub mod prompt;
pub mod recording;
mod rng;
pub mod rtp;
pub mod sdp;
mod sound;
mod tone;
mod worker;

pub use face::*;
pub use hearing::{Groups, Hearing, Playing};
pub use prompt::{Prompt, PromptBook, PromptError};
pub use worker::{DropReason, Slot, Snapshot, StreamSnapshot, StreamState, Transmit, Verdict, Worker, WorkerConfig};
