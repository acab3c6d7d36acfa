//! Recordings: a call's timeline, assembled from tapped packets, as a stereo WAV file.

use crate::codec::Codec;
use bytes::Bytes;
use terms::{CallRef, CaptureId, Mono, StreamId};

/// What the recorder is told, by a media worker. Frames are lossy, the rest is not.
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
        /// The samples, still coded.
        payload: Bytes,
    },
    /// The recording ends.
    End {
        /// Which.
        capture: CaptureId,
        /// The end of its timeline.
        at: Mono,
    },
}
