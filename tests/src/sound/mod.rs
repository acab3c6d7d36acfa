//! Time-coded sounds: noise drawn from a seed by name. Any 30 ms of it are unlike any other 30 ms of
//! this or of another sound, so a recording tells which sound it holds and, to the sample, which part.
//! [`listen`] finds that out; what gaps mean to a test is the test's business.

mod listen;
mod tone;

pub use listen::{Run, listen};
pub use tone::{Tone, tones};

use anyhow::{Context, Result};
use std::path::Path;
use std::sync::OnceLock;

/// Samples a second, everywhere in these tests.
pub const RATE: usize = 8_000;

/// A sound with a name.
#[derive(Clone, Debug)]
pub struct Sound {
    /// What tells it from others; its seed too.
    pub name: String,
    /// 8 kHz, mono.
    pub samples: Vec<i16>,
    rows: OnceLock<Vec<(u32, u32)>>,
}

impl Sound {
    /// The sound of this name: the same each time, about 18 dB below full scale.
    pub fn new(name: &str, seconds: f64) -> Sound {
        // FNV-1a of the name seeds splitmix64.
        let mut state = name
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
        let mut noise = || {
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            ((mixed ^ (mixed >> 31)) >> 48) as i32 - 32_768
        };
        let (mut before, mut last) = (noise(), noise());
        let samples = (0..(seconds * RATE as f64) as usize)
            .map(|_| {
                // A little low-pass: half a sample of delay in somebody's resampler then costs little likeness.
                let next = noise();
                let smooth = (before + 2 * last + next) / 4;
                (before, last) = (last, next);
                (smooth * 3 / 8) as i16
            })
            .collect();
        Sound::of(name, samples)
    }

    /// One of these samples.
    fn of(name: &str, samples: Vec<i16>) -> Sound {
        Sound { name: name.into(), samples, rows: OnceLock::new() }
    }

    /// A tone of so many hertz, about 16 dB below full scale, for [`loudness`]: [`listen`] does not know it again.
    pub fn tone(name: &str, hertz: f64, seconds: f64) -> Sound {
        let at = |n: usize| (5_000.0 * (std::f64::consts::TAU * hertz * n as f64 / RATE as f64).sin()) as i16;
        let samples = (0..(seconds * RATE as f64) as usize).map(at).collect();
        Sound { name: name.into(), samples, rows: OnceLock::new() }
    }

    /// A sound from a WAV file: speech or music, of which silences and long tones are not known again.
    pub fn read(name: &str, path: &Path) -> Result<Sound> {
        Ok(Sound::of(name, read_wav(path)?.into_iter().next().context("no sound")?))
    }

    /// The signs of each row of samples with the row's place, sorted: where [`listen`] looks first.
    fn rows(&self) -> &[(u32, u32)] {
        self.rows.get_or_init(|| {
            let mut rows: Vec<(u32, u32)> = listen::signs(&self.samples).zip(0..).collect();
            rows.sort_unstable();
            rows
        })
    }

    /// The sample at a place, the sound repeating itself without end.
    pub fn looped(&self, place: usize) -> i16 {
        self.samples[place % self.samples.len()]
    }

    /// Writes it as a WAV file, 16 bits, mono.
    pub fn write_wav(&self, path: &Path) -> Result<()> {
        let spec = hound::WavSpec {
            channels: 1,
            sample_rate: RATE as u32,
            bits_per_sample: 16,
            sample_format: hound::SampleFormat::Int,
        };
        let mut writer = hound::WavWriter::create(path, spec).with_context(|| path.display().to_string())?;
        for sample in &self.samples {
            writer.write_sample(*sample)?;
        }
        Ok(writer.finalize()?)
    }
}

/// The tracks of a WAV file at 8 kHz: one for mono, left and right for stereo.
pub fn read_wav(path: &Path) -> Result<Vec<Vec<i16>>> {
    let mut reader = hound::WavReader::open(path).with_context(|| path.display().to_string())?;
    let spec = reader.spec();
    anyhow::ensure!(spec.sample_rate as usize == RATE, "{}: {} Hz", path.display(), spec.sample_rate);
    let mut tracks = vec![Vec::new(); usize::from(spec.channels)];
    for (place, sample) in reader.samples::<i16>().enumerate() {
        tracks[place % usize::from(spec.channels)].push(sample?);
    }
    Ok(tracks)
}

/// How loud a tone of so many hertz is in a recording: its amplitude (Goertzel, over a tenth of a second at a time, since who
/// is mixed is moved by a moment now and then).
pub fn loudness(recording: &[i16], hertz: f64) -> f64 {
    let pieces = recording.chunks_exact(RATE / 10);
    let count = pieces.len().max(1) as f64;
    pieces.map(|piece| amplitude(piece, hertz)).sum::<f64>() / count
}

fn amplitude(piece: &[i16], hertz: f64) -> f64 {
    let turn = std::f64::consts::TAU;
    // Hann: a tone stays where it is, and does not show at another's place.
    let window = |n: usize| 1.0 - (turn * n as f64 / piece.len() as f64).cos();
    let step = 2.0 * (turn * hertz / RATE as f64).cos();
    let (last, before) = piece
        .iter()
        .enumerate()
        .fold((0.0, 0.0), |(last, before), (n, sample)| (f64::from(*sample) * window(n) + step * last - before, last));
    let power: f64 = last * last + before * before - step * last * before;
    2.0 * power.max(0.0).sqrt() / piece.len() as f64
}

/// Samples as milliseconds.
pub fn ms(samples: usize) -> f64 {
    samples as f64 * 1_000.0 / RATE as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tone_is_told_from_others_and_from_noise() {
        let (low, high) = (Sound::tone("low", 440.0, 1.0), Sound::tone("high", 620.0, 1.0));
        let both: Vec<i16> = low.samples.iter().zip(&high.samples).map(|(one, other)| one + other).collect();
        for hertz in [440.0, 620.0] {
            assert!((4_900.0..5_100.0).contains(&loudness(&both, hertz)), "{}", loudness(&both, hertz));
        }
        assert!(loudness(&both, 850.0) < 50.0 && loudness(&Sound::new("noise", 1.0).samples, 440.0) < 1_000.0);
    }
}
