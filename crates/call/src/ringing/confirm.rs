//! Somebody at an outside number who has answered is asked whether he takes the call, since his mailbox answers, too: he
//! hears a sound again and again until he presses the key, hangs up, or the time is over. Until then he has not won.

use crate::desk::Desk;
use dialplan::Confirm;
use media::{Playing, Sound};

/// What somebody must do to take a call.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Consent {
    /// Answer it.
    Answer,
    /// Answer it, and then press a key.
    Key(Confirm),
    /// Press this key: he has answered, and hears that he is asked.
    Asked { prompt: Playing, key: char },
}

impl Consent {
    /// He has answered. Whether that is all.
    pub fn answered(&mut self, desk: &mut Desk<'_>) -> bool {
        let Consent::Key(confirm) = *self else { return true };
        let prompt = desk.ids.playing(Sound::Prompt(confirm.prompt), true);
        *self = Consent::Asked { prompt, key: confirm.key };
        false
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
        if let Consent::Asked { prompt, .. } = self { Some(prompt) } else { None }
    }
}
