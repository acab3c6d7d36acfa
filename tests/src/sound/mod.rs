//! Time-coded sounds: noise drawn from a seed by name. Any 30 ms of it are unlike any other 30 ms of
//! this or of another sound, so a recording tells which sound it holds and, to the sample, which part.
//! [`listen`] finds that out; what gaps mean to a test is the test's business.

mod listen;

pub use listen::{Run, listen};

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
        Sound { name: name.into(), samples, rows: OnceLock::new() }
    }

    /// A sound from a WAV file: speech or music, of which silences and long tones are not known again.
    pub fn read(name: &str, path: &Path) -> Result<Sound> {
        let samples = read_wav(path)?.into_iter().next().context("no sound")?;
        Ok(Sound { name: name.into(), samples, rows: OnceLock::new() })
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

/// Samples as milliseconds.
pub fn ms(samples: usize) -> f64 {
    samples as f64 * 1_000.0 / RATE as f64
}
