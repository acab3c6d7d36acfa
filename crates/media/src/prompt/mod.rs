//! Prompts and music: sound files decoded, mixed down, resampled and coded once, so that playing is copying.
//!
//! The shell reads the files; a book is built from their bytes and then only read, by all workers at once.

mod riff;
mod wav;

#[cfg(test)]
mod tests;

use crate::codec::Codec;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use terms::PromptId;

/// The prompts that may be played. Immutable: a reload builds another.
#[derive(Clone, Debug, Default)]
pub struct PromptBook {
    prompts: BTreeMap<PromptId, Arc<Prompt>>,
}

/// Makes a [`PromptBook`].
#[derive(Debug, Default)]
pub struct PromptBookBuilder {
    book: PromptBook,
}

/// One sound, coded for each codec.
#[derive(PartialEq, Eq)]
pub struct Prompt {
    pcmu: Box<[u8]>,
    pcma: Box<[u8]>,
}

/// What is wrong with a sound file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PromptError {
    /// It is no WAV file, or a damaged one.
    #[error("not a readable WAV file ({0})")]
    Unreadable(String),
    /// It ends before its header says.
    #[error("the file ends before its sound does: copy it again")]
    CutShort,
    /// It is compressed, or its samples have an unusual width.
    #[error("samples of {bits} bits {kind}: convert it to 16-bit PCM")]
    Samples {
        /// Bits in a sample.
        bits: u16,
        /// Whole numbers or floating point.
        kind: &'static str,
    },
    /// More than two channels.
    #[error("{0} channels: mix it down to mono")]
    Surround(u16),
    /// A sample rate that is not one of the usual ones.
    #[error("{0} samples a second: convert it to 8000, 16000, 44100 or 48000")]
    Rate(u32),
    /// There is no sound in it.
    #[error("there is no sound in it")]
    Empty,
    /// Longer than `limits::PROMPT_SECONDS`.
    #[error("{seconds} seconds long: at most {} are kept", terms::limits::PROMPT_SECONDS)]
    TooLong {
        /// Its length.
        seconds: u64,
    },
}

/// What the head of a sound file says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SoundKind {
    /// Samples a second.
    pub rate: u32,
    /// Mono or stereo.
    pub sides: u16,
}

impl SoundKind {
    /// Whether it is played as it is.
    pub fn fits(self) -> bool {
        self == SoundKind { rate: Codec::CLOCK_RATE, sides: 1 }
    }
}

impl fmt::Display for SoundKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} samples a second, {}", self.rate, if self.sides == 1 { "mono" } else { "stereo" })
    }
}

/// Whether a sound file would be taken, by its head and its length in bytes; its samples are not read.
pub fn look(file: impl std::io::Read, length: u64) -> Result<SoundKind, PromptError> {
    let spec = wav::head(file, length)?;
    Ok(SoundKind { rate: spec.sample_rate, sides: spec.channels })
}

impl PromptBook {
    /// Begins a book.
    pub fn builder() -> PromptBookBuilder {
        PromptBookBuilder::default()
    }

    /// The prompt of that id. Whoever plays it keeps it, whatever a reload does.
    pub fn get(&self, id: PromptId) -> Option<&Arc<Prompt>> {
        self.prompts.get(&id)
    }

    /// Keeps those sounds of another book that this one does not have: a call that began with an older plan may want them.
    pub fn keep(&mut self, other: &PromptBook) {
        for (id, prompt) in &other.prompts {
            self.prompts.entry(*id).or_insert_with(|| prompt.clone());
        }
    }

    /// How many prompts there are.
    pub fn len(&self) -> usize {
        self.prompts.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.prompts.is_empty()
    }
}

impl PromptBookBuilder {
    /// Adds a sound from the bytes of a WAV file: 8, 16, 24 or 32 bits, mono or stereo. An id that is there already
    /// gets the new sound.
    pub fn wav(&mut self, id: PromptId, bytes: &[u8]) -> Result<(), PromptError> {
        let samples = wav::read(bytes)?;
        self.samples(id, &samples)
    }

    /// Adds a sound from linear samples at 8 kHz.
    pub fn samples(&mut self, id: PromptId, samples: &[i16]) -> Result<(), PromptError> {
        if samples.is_empty() {
            return Err(PromptError::Empty);
        }
        let seconds = samples.len() as u64 / u64::from(Codec::CLOCK_RATE);
        if seconds > u64::from(terms::limits::PROMPT_SECONDS) {
            return Err(PromptError::TooLong { seconds });
        }
        self.book.prompts.insert(id, Arc::new(Prompt::coded(samples)));
        Ok(())
    }

    /// Adds a sound that another book has.
    pub fn share(&mut self, id: PromptId, sound: &Arc<Prompt>) {
        self.book.prompts.insert(id, sound.clone());
    }

    /// The book.
    pub fn build(self) -> PromptBook {
        self.book
    }
}

impl Prompt {
    fn coded(samples: &[i16]) -> Prompt {
        let coded = |codec: Codec| samples.iter().map(|sample| codec.code(*sample)).collect();
        Prompt { pcmu: coded(Codec::Pcmu), pcma: coded(Codec::Pcma) }
    }

    /// All of it, coded: one byte a sample.
    pub fn codes(&self, codec: Codec) -> &[u8] {
        match codec {
            Codec::Pcmu => &self.pcmu,
            Codec::Pcma => &self.pcma,
        }
    }

    /// How many samples it has, at 8 kHz.
    pub fn samples(&self) -> usize {
        self.pcmu.len()
    }

    /// How long it is.
    pub fn duration(&self) -> Duration {
        Duration::from_micros(self.samples() as u64 * 1_000_000 / u64::from(Codec::CLOCK_RATE))
    }

    /// Fills `frame` from `position` samples after the start, padded with silence beyond the end.
    /// Returns how many samples are the prompt's: fewer than the frame at its end, 0 behind it.
    pub fn frame(&self, codec: Codec, position: usize, frame: &mut [u8]) -> usize {
        let rest = self.codes(codec).get(position..).unwrap_or_default();
        let n = rest.len().min(frame.len());
        let (sound, padding) = frame.split_at_mut(n);
        sound.copy_from_slice(rest.split_at(n).0);
        padding.fill(codec.silence());
        n
    }

    /// Fills `frame` as [`Prompt::frame`] does, but starts over at the end, without a seam.
    /// Returns the position of the next frame.
    pub fn frame_repeating(&self, codec: Codec, position: usize, frame: &mut [u8]) -> usize {
        let codes = self.codes(codec);
        let mut at = position % codes.len().max(1);
        let mut rest = frame;
        while !rest.is_empty() && !codes.is_empty() {
            let n = self.frame(codec, at, rest);
            rest = rest.split_at_mut(n).1;
            at = (at + n) % codes.len();
        }
        at
    }
}

impl fmt::Debug for Prompt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Prompt({:?})", self.duration())
    }
}
