//! `[duty]`: agents at their telephones, and what the switch says to them there. Each of these voices comes with the
//! program, and the operator may name a sound of his own for it.

use terms::PromptId;

/// What the switch says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Voice {
    /// He takes contacts.
    Ready,
    /// He takes none.
    Paused,
    /// He is at work at this phone.
    LoggedIn,
    /// He has gone home.
    LoggedOut,
    /// His after-call work is done.
    Done,
    /// What he said of a conversation is noted.
    Noted,
    /// The next caller comes.
    Next,
    /// A caller of a queue is joined to him next.
    Zip,
    /// He is asked for his number.
    Number,
    /// He is asked for his PIN.
    Pin,
}

/// A voice: its key in `[duty]`, and what stands for the sound that comes with the program.
#[derive(Clone, Copy, Debug)]
pub struct Spoken {
    /// What is said.
    pub voice: Voice,
    /// Its key.
    pub key: &'static str,
    /// Instead of a path.
    pub built_in: &'static str,
}

const fn spoken(voice: Voice, key: &'static str, built_in: &'static str) -> Spoken {
    Spoken { voice, key, built_in }
}

/// All of them.
pub const VOICES: [Spoken; 10] = [
    spoken(Voice::Ready, "ready", "ready (built in)"),
    spoken(Voice::Paused, "paused", "paused (built in)"),
    spoken(Voice::LoggedIn, "logged_in", "logged in (built in)"),
    spoken(Voice::LoggedOut, "logged_out", "logged out (built in)"),
    spoken(Voice::Done, "done", "done (built in)"),
    spoken(Voice::Noted, "noted", "noted (built in)"),
    spoken(Voice::Next, "next", "next (built in)"),
    spoken(Voice::Zip, "zip", "zip (built in)"),
    spoken(Voice::Number, "ask_number", "ask number (built in)"),
    spoken(Voice::Pin, "ask_pin", "ask PIN (built in)"),
];

/// The section.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Duty {
    /// Why somebody pauses, by the key that says so.
    pub pauses: Vec<(char, String)>,
    /// The operator's own sounds.
    pub voices: Vec<(Voice, PromptId)>,
}

impl Duty {
    /// The reason for which this key stands.
    pub fn pause(&self, key: char) -> Option<&str> {
        self.pauses.iter().find(|(of, _)| *of == key).map(|(_, reason)| reason.as_str())
    }

    /// What is played.
    pub fn sound(&self, voice: Voice) -> PromptId {
        let own = self.voices.iter().find(|(of, _)| *of == voice).map(|(_, prompt)| *prompt);
        let built_in = || VOICES.iter().find(|spoken| spoken.voice == voice).map_or("", |spoken| spoken.built_in);
        own.unwrap_or_else(|| PromptId::of(built_in()))
    }
}
