//! What the demo's people say.

use anyhow::{Context, Result};
use media::Prompt;
use media::prompt::PromptBook;
use sim::Voices;
use std::sync::Arc;
use terms::PromptId;

macro_rules! sound {
    ($name:literal) => {
        include_bytes!(concat!("../../../../config/sounds/demo/", $name, ".wav"))
    };
}

/// What an agent says.
pub struct Phrases {
    /// At the beginning.
    pub hello: Arc<Prompt>,
    /// At the end.
    pub goodbye: Arc<Prompt>,
    /// To a real phone, before everything is said back to it.
    pub echo: Arc<Prompt>,
}

/// All of it.
pub struct Sounds {
    /// The agents' two voices.
    pub agents: [Phrases; 2],
    /// What callers want.
    pub callers: [Arc<Prompt>; 2],
    /// By which a caller knows that he hears an agent.
    pub voices: Arc<Voices>,
}

impl Sounds {
    /// Reads them.
    pub fn read() -> Result<Sounds> {
        let agents = [
            Phrases {
                hello: read(sound!("agent-1-hello"))?,
                goodbye: read(sound!("agent-1-goodbye"))?,
                echo: read(sound!("agent-1-echo"))?,
            },
            Phrases {
                hello: read(sound!("agent-2-hello"))?,
                goodbye: read(sound!("agent-2-goodbye"))?,
                echo: read(sound!("agent-2-echo"))?,
            },
        ];
        let mut voices = Voices::default();
        for (voice, phrases) in (0..).zip(&agents) {
            for sound in [&phrases.hello, &phrases.goodbye, &phrases.echo] {
                voices.learn(voice, sound);
            }
        }
        let callers = [read(sound!("caller-1"))?, read(sound!("caller-2"))?];
        Ok(Sounds { agents, callers, voices: Arc::new(voices) })
    }
}

fn read(bytes: &[u8]) -> Result<Arc<Prompt>> {
    let id = PromptId::of("demo");
    let mut book = PromptBook::builder();
    book.wav(id, bytes).context("a sound of the demo")?;
    book.build().get(id).cloned().context("a sound of the demo")
}

#[cfg(test)]
mod tests {
    use super::*;
    use media::codec::Codec;
    use std::time::Duration;

    #[test]
    fn the_voices_are_heard_apart_and_nobody_talks_for_long() {
        let sounds = Sounds::read().unwrap();
        for (voice, phrases) in (0..).zip(&sounds.agents) {
            let said = phrases.hello.codes(Codec::Pcma).chunks_exact(160).filter_map(|part| sounds.voices.whose(part));
            let said: Vec<u8> = said.collect();
            assert!(said.len() > 40 && said.iter().all(|whose| *whose == voice), "{said:?}");
            assert!(phrases.hello.duration() < Duration::from_secs(4));
        }
        let asked = sounds.callers[0].codes(Codec::Pcma).chunks_exact(160);
        assert_eq!(asked.filter(|part| sounds.voices.whose(part).is_some()).count(), 0);
    }
}
