//! WAV bytes to mono samples at 8 kHz: hound reads what [`riff`] found, rubato resamples.

use super::{PromptError, riff};
use crate::codec::Codec;
use hound::{SampleFormat, WavReader, WavSpec};
use rubato::audioadapter_buffers::direct::SequentialSlice;
use rubato::{Async, FixedAsync, Resampler, SincInterpolationParameters, WindowFunction};
use std::io::Read;
use terms::limits;

/// The sample rates that sound files come in.
const RATES: [u32; 8] = [8_000, 11_025, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000];
/// Samples in the resampler's filter: at 48 kHz five milliseconds, for a steep edge just below 4 kHz.
const FILTER: usize = 256;
/// Frames that it takes at once.
const CHUNK: usize = 1_024;

/// Reads a file. What is refused is refused before its samples are held in memory.
pub(super) fn read(bytes: &[u8]) -> Result<Vec<i16>, PromptError> {
    let (file, _) = riff::plain(bytes, bytes.len() as u64)?;
    let mut reader = WavReader::new(file).map_err(unreadable)?;
    let spec = reader.spec();
    judge(spec, reader.duration())?;
    let sound = mixed_down(&mut reader, spec)?;
    if sound.is_empty() {
        return Err(PromptError::Empty);
    }
    if spec.sample_rate == Codec::CLOCK_RATE {
        return Ok(sound.into_iter().map(to_i16).collect());
    }
    resampled(&sound, spec.sample_rate)
}

/// What the head of a file says, when the switch would take the file. `length` is that of the whole file in bytes.
pub(super) fn head(file: impl Read, length: u64) -> Result<WavSpec, PromptError> {
    let (file, left) = riff::plain(file, length)?;
    let reader = WavReader::new(file).map_err(unreadable)?;
    let spec = reader.spec();
    judge(spec, reader.duration())?;
    let frame_bytes = u64::from(spec.channels) * u64::from(spec.bits_per_sample / 8);
    match u64::from(reader.duration()) * frame_bytes {
        0 => Err(PromptError::Empty),
        sound if sound > left => Err(PromptError::CutShort),
        _ => Ok(spec),
    }
}

/// Refuses what the switch does not take.
fn judge(spec: WavSpec, frames: u32) -> Result<(), PromptError> {
    if !(1..=2).contains(&spec.channels) {
        return Err(PromptError::Surround(spec.channels));
    }
    if !RATES.contains(&spec.sample_rate) {
        return Err(PromptError::Rate(spec.sample_rate));
    }
    let seconds = u64::from(frames) / u64::from(spec.sample_rate);
    if seconds > u64::from(limits::PROMPT_SECONDS) {
        return Err(PromptError::TooLong { seconds });
    }
    match (spec.sample_format, spec.bits_per_sample) {
        (SampleFormat::Int, 8 | 16 | 24 | 32) | (SampleFormat::Float, 32) => Ok(()),
        (SampleFormat::Int, bits) => Err(PromptError::Samples { bits, kind: "PCM" }),
        (SampleFormat::Float, bits) => Err(PromptError::Samples { bits, kind: "floating point" }),
    }
}

/// The samples between -1 and 1, both channels as their mean.
fn mixed_down(reader: &mut WavReader<impl Read>, spec: WavSpec) -> Result<Vec<f32>, PromptError> {
    let samples: Vec<f32> = match spec.sample_format {
        SampleFormat::Int => {
            let scale = 1.0 / (1u64 << (spec.bits_per_sample.max(1) - 1)) as f32;
            let samples = reader.samples::<i32>().map(|s| s.map(|s| s as f32 * scale));
            samples.collect::<Result<_, _>>().map_err(unreadable)?
        }
        SampleFormat::Float => {
            let samples = reader.samples::<f32>().map(|s| s.map(|s| if s.is_finite() { s } else { 0.0 }));
            samples.collect::<Result<_, _>>().map_err(unreadable)?
        }
    };
    match spec.channels {
        2 => Ok(samples.chunks_exact(2).map(|pair| pair.iter().sum::<f32>() / 2.0).collect()),
        _ => Ok(samples),
    }
}

fn resampled(sound: &[f32], rate: u32) -> Result<Vec<i16>, PromptError> {
    let refused = |why: &dyn std::fmt::Display| PromptError::Unreadable(why.to_string());
    let (rate, ours) = (rate as usize, Codec::CLOCK_RATE as usize);
    let filter = SincInterpolationParameters::new(FILTER, WindowFunction::BlackmanHarris2);
    let mut resampler = Async::<f32>::new_sinc(ours as f64 / rate as f64, 1.0, &filter, CHUNK, 1, FixedAsync::Input)
        .map_err(|why| refused(&why))?;
    // Half the filter is a delay, less the one step that the first output stands in; the resampler takes away its whole
    // samples. With so much silence in front there is nothing else to it.
    let silence = (1..=rate).find(|more| ((FILTER / 2 + more) * ours).is_multiple_of(rate)).unwrap_or(rate);
    let late = (FILTER / 2 + silence) * ours / rate - 1 - resampler.output_delay();
    let padded = [vec![0.0; silence].as_slice(), sound].concat();
    let input = SequentialSlice::new(&padded, 1, padded.len()).map_err(|why| refused(&why))?;
    let output = resampler.process_all(&input, padded.len(), None).map_err(|why| refused(&why))?;
    Ok(output.take_data().into_iter().skip(late).map(to_i16).collect())
}

fn to_i16(sample: f32) -> i16 {
    // A cast from floating point saturates.
    (sample * 32_768.0).round() as i16
}

fn unreadable(error: hound::Error) -> PromptError {
    match error {
        hound::Error::IoError(why) => match why.kind() {
            // hound reports a short read of its own as "other".
            std::io::ErrorKind::UnexpectedEof | std::io::ErrorKind::Other => PromptError::CutShort,
            _ => PromptError::Unreadable(why.to_string()),
        },
        hound::Error::Unsupported => PromptError::Unreadable("compressed: convert it to 16-bit PCM".into()),
        hound::Error::FormatError(why) => PromptError::Unreadable(why.into()),
        other => PromptError::Unreadable(other.to_string()),
    }
}
