//! Somebody at an outside number who has answered is asked whether he takes the call, since his mailbox answers, too: he
//! hears a sound again and again until he presses the key, hangs up, or the time is over. Until then he has not won. An agent
//! of a queue may first hear of what kind the call is that he gets.

use crate::desk::Desk;
use dialplan::Confirm;
use media::{Playing, Sound};
use terms::{PlayId, PromptId};

/// What somebody must do to take a call.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Consent {
    /// Answer it.
    Answer,
    /// Answer it, and then press a key.
    Key(Confirm),
    /// Answer it, and then hear this, and whatever of these there is, and, where that is to be told, how long the caller has
    /// waited.
    Listen { words: [Option<PromptId>; 2], tell_wait: bool },
    /// Nothing more: he has answered, and hears this, and then whatever of these there is.
    Listens { sound: Playing, then: [Option<PromptId>; 2] },
    /// Press this key: he has answered, and hears that he is asked.
    Asked { prompt: Playing, key: char },
}

impl Consent {
    /// He has answered; the caller has waited so long. Whether that is all.
    pub fn answered(&mut self, desk: &mut Desk<'_>, waited: impl FnOnce() -> PromptId) -> bool {
        *self = match *self {
            Consent::Key(confirm) => {
                let prompt = desk.ids.playing(Sound::Prompt(confirm.prompt), true);
                Consent::Asked { prompt, key: confirm.key }
            }
            Consent::Listen { words: [zip, whisper], tell_wait } => {
                let mut words = [zip, whisper, tell_wait.then(waited)].into_iter().flatten();
                let Some(first) = words.next() else { return true };
                let sound = desk.ids.playing(Sound::Prompt(first), false);
                Consent::Listens { sound, then: [words.next(), words.next()] }
            }
            Consent::Answer | Consent::Asked { .. } | Consent::Listens { .. } => return true,
        };
        false
    }

    /// A sound has come to its end. Whether he has heard all.
    pub fn heard(&mut self, desk: &mut Desk<'_>, play: PlayId) -> bool {
        let Consent::Listens { sound, then } = *self else { return false };
        if sound.play != play {
            return false;
        }
        let [Some(next), last] = then else { return true };
        *self = Consent::Listens { sound: desk.ids.playing(Sound::Prompt(next), false), then: [last, None] };
        false
    }

    /// He hears what kind of call it is.
    pub fn listens(self) -> bool {
        matches!(self, Consent::Listens { .. })
    }

    /// Whether this key takes the call. Another one is a slip.
    pub fn takes(self, pressed: char) -> bool {
        matches!(self, Consent::Asked { key, .. } if key == pressed)
    }

    /// He was asked, and has not said anything yet.
    pub fn is_asked(self) -> bool {
        matches!(self, Consent::Asked { .. })
    }

    /// What he hears.
    pub fn sound(self) -> Option<Playing> {
        match self {
            Consent::Asked { prompt, .. } => Some(prompt),
            Consent::Listens { sound, .. } => Some(sound),
            Consent::Answer | Consent::Key(_) | Consent::Listen { .. } => None,
        }
    }
}
