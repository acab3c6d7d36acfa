//! Recordings: a call's timeline, assembled from tapped packets, as a stereo WAV file (8 kHz, 16 bits, left the
//! caller, right the agent).
//!
//! - A packet's place is its speaker's anchor plus its RTP time, so that jitter on the way moves nothing. The anchor is
//!   where the least delayed of the first packets arrived; it is looked at again every few seconds (clocks drift), and
//!   at once when RTP time and arrival disagree by more than 200 ms (`voice`).
//! - What arrives within 300 ms finds its place, in whatever order; what comes twice is taken once (`window`).
//! - The file grows at least every 200 ms and its header after it, so a killed process leaves a playable file that
//!   lacks less than half a second; [`repair`] counts in what the header missed.
//!
//! Files belong to the shell: the recorder says what to open, append, patch and close, and hears of faults.

mod capture;
mod recorder;
mod silence;
mod voice;
mod wav;
mod window;

#[cfg(test)]
mod tests;

pub use recorder::{Recorder, Snapshot};
pub use wav::{HEADER_BYTES, repair};

use crate::codec::Codec;
use crate::face::CaptureSummary;
use bytes::Bytes;
use std::time::Duration;
use terms::{CallRef, CaptureId, Mono, StreamId};

/// What the recorder is told, by a media worker. Frames are lossy, the rest is not: what is lost of them is told.
#[derive(Clone, Debug)]
pub enum Input {
    /// A recording begins.
    Begin {
        /// Which.
        capture: CaptureId,
        /// Whose.
        call: CallRef,
        /// The origin of its timeline.
        at: Mono,
    },
    /// A tapped packet.
    Frame {
        /// The recording.
        capture: CaptureId,
        /// 0 left, 1 right.
        channel: u8,
        /// Who spoke: another stream or another SSRC has another time line.
        stream: StreamId,
        /// The synchronisation source.
        ssrc: u32,
        /// When it arrived.
        at: Mono,
        /// Its RTP time.
        rtp_time: u32,
        /// How it is coded.
        codec: Codec,
        /// The samples, still coded. None at all stands for a packet without sound (a digit, RFC 4733): the hole
        /// that it leaves in the speaker's RTP time is then no loss.
        payload: Bytes,
    },
    /// Frames of a speaker found no room on their way here: so much of the hole that follows is our own loss.
    Lost {
        /// The recording.
        capture: CaptureId,
        /// 0 left, 1 right.
        channel: u8,
        /// Who spoke.
        stream: StreamId,
        /// The synchronisation source.
        ssrc: u32,
        /// How much.
        samples: u64,
    },
    /// It is to be told once nobody has said anything for so long.
    HearSilence {
        /// The recording.
        capture: CaptureId,
        /// For how long.
        lasts: Duration,
    },
    /// The recording ends.
    End {
        /// Which.
        capture: CaptureId,
        /// The end of its timeline.
        at: Mono,
    },
}

/// What the recorder asks of its shell, in this order for each recording: `Open`, any number of `Write` and `Patch`,
/// perhaps once `Silent`, `Close`, `Finished`. A request that fails is told with [`Recorder::fault`]; nothing waits for an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// Create the file. The first `Write` brings its header.
    Open {
        /// The recording.
        capture: CaptureId,
        /// The file's name below the recordings folder.
        file_name: String,
    },
    /// Append these bytes.
    Write {
        /// The recording.
        capture: CaptureId,
        /// What to append.
        bytes: Bytes,
    },
    /// Overwrite the file's beginning.
    Patch {
        /// The recording.
        capture: CaptureId,
        /// The header that fits what was written so far.
        header: [u8; HEADER_BYTES],
    },
    /// Close the file.
    Close {
        /// The recording.
        capture: CaptureId,
    },
    /// Nobody has said anything for as long as was asked: for call control, as `Event::CaptureSilent`.
    Silent {
        /// The recording.
        capture: CaptureId,
    },
    /// The recording is over: for call control, as `Event::CaptureFinished`.
    Finished {
        /// The recording.
        capture: CaptureId,
        /// What became of it.
        summary: CaptureSummary,
    },
}
