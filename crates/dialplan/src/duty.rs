//! `[duty]`: agents at their telephones, and what the switch says to them there. Each of these voices comes with the
//! program, and the operator may name a sound of his own for it.

use std::time::Duration;
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
    /// That caller has waited for so many minutes, or more.
    Waited(u8),
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
pub const VOICES: [Spoken; 19] = [
    spoken(Voice::Ready, "ready", "ready (built in)"),
    spoken(Voice::Paused, "paused", "paused (built in)"),
    spoken(Voice::LoggedIn, "logged_in", "logged in (built in)"),
    spoken(Voice::LoggedOut, "logged_out", "logged out (built in)"),
    spoken(Voice::Done, "done", "done (built in)"),
    spoken(Voice::Noted, "noted", "noted (built in)"),
    spoken(Voice::Next, "next", "next (built in)"),
    spoken(Voice::Zip, "zip", "zip (built in)"),
    spoken(Voice::Waited(0), "waited_0", "waited 0 (built in)"),
    spoken(Voice::Waited(1), "waited_1", "waited 1 (built in)"),
    spoken(Voice::Waited(2), "waited_2", "waited 2 (built in)"),
    spoken(Voice::Waited(3), "waited_3", "waited 3 (built in)"),
    spoken(Voice::Waited(4), "waited_4", "waited 4 (built in)"),
    spoken(Voice::Waited(5), "waited_5", "waited 5 (built in)"),
    spoken(Voice::Waited(10), "waited_10", "waited 10 (built in)"),
    spoken(Voice::Waited(20), "waited_20", "waited 20 (built in)"),
    spoken(Voice::Waited(30), "waited_30", "waited 30 (built in)"),
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

    /// What says how long somebody has waited: whole sentences, since languages count in ways of their own.
    pub fn waited(&self, waited: Duration) -> PromptId {
        let minutes = |spoken: &Spoken| match spoken.voice {
            Voice::Waited(minutes) if Duration::from_secs(60 * u64::from(minutes)) <= waited => Some(minutes),
            _ => None,
        };
        self.sound(Voice::Waited(VOICES.iter().filter_map(minutes).max().unwrap_or_default()))
    }

    /// What is played.
    pub fn sound(&self, voice: Voice) -> PromptId {
        let own = self.voices.iter().find(|(of, _)| *of == voice).map(|(_, prompt)| *prompt);
        let built_in = || VOICES.iter().find(|spoken| spoken.voice == voice).map_or("", |spoken| spoken.built_in);
        own.unwrap_or_else(|| PromptId::of(built_in()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_told_by_the_last_sentence_that_is_true_of_it() {
        let duty = Duty { voices: vec![(Voice::Waited(10), PromptId(7))], ..Duty::default() };
        let built_in = |minutes: u8| PromptId::of(&format!("waited {minutes} (built in)"));
        for (secs, wanted) in [
            (0, built_in(0)),
            (59, built_in(0)),
            (60, built_in(1)),
            (299, built_in(4)),
            (599, built_in(5)),
            (600, PromptId(7)),
            (1_800, built_in(30)),
            (1_000_000, built_in(30)),
        ] {
            assert_eq!(duty.waited(Duration::from_secs(secs)), wanted, "{secs} s");
        }
    }
}
