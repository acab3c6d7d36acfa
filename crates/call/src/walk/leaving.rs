//! A message that is being left: what is said before it, the tone, and then how long he may speak.

use dialplan::Leave;
use media::Playing;
use terms::{Mono, PlayId};

/// A message, and how far it is.
pub(crate) struct Leaving {
    pub leave: Leave,
    pub stage: Stage,
}

/// How far it is.
#[derive(Clone, Copy)]
pub(crate) enum Stage {
    /// What is said before it.
    Greeting(Playing),
    /// The tone, until then.
    Beep(Playing, Mono),
    /// He speaks, until then at the latest. He hears nothing, in as many packets as anything else.
    Speaking(Playing, Mono),
}

impl Leaving {
    /// What is played to him.
    pub fn sound(&self) -> Playing {
        match self.stage {
            Stage::Greeting(sound) | Stage::Beep(sound, _) | Stage::Speaking(sound, _) => sound,
        }
    }

    /// Whether that was the greeting.
    pub fn is_greeted(&self, play: PlayId) -> bool {
        matches!(self.stage, Stage::Greeting(sound) if sound.play == play)
    }

    /// Whether a key of his means anything now: it cuts the greeting short, or ends the message.
    pub fn takes_keys(&self) -> bool {
        !matches!(self.stage, Stage::Beep(..))
    }

    /// He speaks.
    pub fn speaks(&self) -> bool {
        matches!(self.stage, Stage::Speaking(..))
    }

    /// Until when it is at this.
    pub fn until(&self) -> Option<Mono> {
        match self.stage {
            Stage::Greeting(_) => None,
            Stage::Beep(_, until) | Stage::Speaking(_, until) => Some(until),
        }
    }
}
