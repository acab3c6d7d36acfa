//! The WAV header of a recording, and its repair.
//!
//! A WAV file cannot be longer than 4 GiB. A recording stays below that by `limits::RECORDING_SECONDS`: a day is
//! 2.8 GB of stereo at 8 kHz.

use crate::codec::Codec;

/// Bytes before the first sample.
pub const HEADER_BYTES: usize = 44;
/// Both sides, 16 bits each.
pub(super) const FRAME_BYTES: u64 = 4;
/// Bytes that the RIFF chunk counts besides the samples.
const RIFF_REST: u32 = HEADER_BYTES as u32 - 8;

const _: () = assert!(
    terms::limits::RECORDING_SECONDS * Codec::CLOCK_RATE as u64 * FRAME_BYTES < (u32::MAX - RIFF_REST) as u64,
    "the longest recording fits a WAV file"
);

/// The header for so many bytes of samples.
pub(super) fn header(sample_bytes: u64) -> [u8; HEADER_BYTES] {
    let frames = sample_bytes / FRAME_BYTES;
    let data = u32::try_from(frames * FRAME_BYTES).unwrap_or(u32::MAX - RIFF_REST - 3);
    let rate = Codec::CLOCK_RATE;
    let mut out = [0; HEADER_BYTES];
    let fields: [&[u8]; 13] = [
        b"RIFF",
        &(data + RIFF_REST).to_le_bytes(),
        b"WAVE",
        b"fmt ",
        &16u32.to_le_bytes(),
        &1u16.to_le_bytes(), // PCM
        &2u16.to_le_bytes(), // both sides
        &rate.to_le_bytes(),
        &(rate * FRAME_BYTES as u32).to_le_bytes(),
        &(FRAME_BYTES as u16).to_le_bytes(),
        &16u16.to_le_bytes(),
        b"data",
        &data.to_le_bytes(),
    ];
    out.iter_mut().zip(fields.concat()).for_each(|(place, byte)| *place = byte);
    out
}

/// Bytes of samples that a header counts.
pub(super) fn sample_bytes(header: &[u8; HEADER_BYTES]) -> u64 {
    header.last_chunk::<4>().map_or(0, |size| u64::from(u32::from_le_bytes(*size)))
}

/// The right header for a recording whose writer was killed, to be written over its beginning: given how the file
/// begins (44 bytes or more) and how long it is. `None` when its header is right already, or when it is not a
/// recording of ours.
pub fn repair(beginning: &[u8], file_bytes: u64) -> Option<[u8; HEADER_BYTES]> {
    let found = beginning.first_chunk::<HEADER_BYTES>()?;
    let right = header(file_bytes.saturating_sub(HEADER_BYTES as u64));
    let ours = header(sample_bytes(found));
    // Everything but the two sizes is the same in all recordings.
    let same = |range: std::ops::Range<usize>| found.get(range.clone()) == ours.get(range);
    (same(0..4) && same(8..40) && *found != right).then_some(right)
}
