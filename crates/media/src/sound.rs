//! A sound on its way into an egress: where it comes from and how far it has been heard.

use crate::codec::Codec;
use crate::{Playing, Prompt, PromptBook, Sound, Tone};
use std::sync::Arc;
use terms::PlayId;

/// A sound being played.
#[derive(Clone, Debug)]
pub(crate) struct Player {
    pub(crate) play: PlayId,
    source: Source,
    /// Samples heard; within the sound when it repeats.
    position: usize,
    pub(crate) repeat: bool,
    /// It yields to a voice.
    pub(crate) yields: bool,
}

#[derive(Clone, Debug)]
enum Source {
    Prompt(Arc<Prompt>),
    Tone(Tone),
    Silence,
}

impl Player {
    /// A player at the beginning of a sound; `None` when the book does not have it.
    pub(crate) fn new(playing: &Playing, book: &PromptBook) -> Option<Player> {
        let Playing { play, sound, repeat, yields } = *playing;
        let source = match sound {
            Sound::Tone(tone) => Source::Tone(tone),
            Sound::Silence => Source::Silence,
            Sound::Prompt(id) => Source::Prompt(Arc::clone(book.get(id)?)),
        };
        Some(Player { play, source, position: 0, repeat, yields })
    }

    /// Fills one packet's payload, padded with silence at the end. Answers whether this was the last one.
    pub(crate) fn fill(&mut self, codec: Codec, payload: &mut [u8]) -> bool {
        match &self.source {
            Source::Tone(tone) => tone.frame(codec, self.position as u64, payload),
            Source::Silence => payload.fill(codec.silence()),
            Source::Prompt(prompt) if self.repeat => {
                prompt.frame_repeating(codec, self.position, payload);
            }
            Source::Prompt(prompt) => {
                prompt.frame(codec, self.position, payload);
            }
        }
        self.skip(payload.len())
    }

    /// Lets as much of the sound pass unheard. Answers whether that was its end.
    pub(crate) fn skip(&mut self, samples: usize) -> bool {
        let length = self.length().max(1);
        self.position += samples;
        if self.repeat {
            self.position %= length;
        }
        self.position >= length
    }

    /// The length of the sound in samples; a tone that does not repeat is one of its cadence, and silence has no end.
    fn length(&self) -> usize {
        match &self.source {
            Source::Prompt(prompt) => prompt.samples(),
            Source::Tone(tone) => {
                let (on, off) = tone.cadence();
                usize::try_from(on + off).unwrap_or(usize::MAX)
            }
            Source::Silence => usize::MAX,
        }
    }
}
