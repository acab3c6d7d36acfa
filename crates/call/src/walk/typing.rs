//! A PIN that is being typed: digits, to `#`, or until no more come.

use media::Playing;
use std::time::Duration;
use terms::{Mono, PlayId, RoomId, limits};

/// How long the first digit is waited for after the prompt,
const FIRST: Duration = Duration::from_secs(10);
/// and each further one after the one before it.
const NEXT: Duration = Duration::from_secs(5);

/// What is typed, and for what.
pub(crate) struct Typing {
    pub room: RoomId,
    /// What led him here wants it recorded.
    pub record: bool,
    /// Wrong ones in this call.
    pub tries: u8,
    pub prompt: Option<Playing>,
    pub until: Option<Mono>,
    digits: String,
}

impl Typing {
    /// Nothing yet.
    pub fn new(room: RoomId, record: bool) -> Typing {
        Typing { room, record, tries: 0, prompt: None, until: None, digits: String::new() }
    }

    /// A key; whether that was the last one.
    pub fn pressed(&mut self, key: char, now: Mono) -> bool {
        (self.prompt, self.until) = (None, Some(now + NEXT));
        match key {
            '#' => return true,
            '0'..='9' => self.digits.push(key),
            _ => {}
        }
        self.digits.len() >= limits::PIN_DIGITS
    }

    /// A sound has come to its end.
    pub fn played(&mut self, play: PlayId, now: Mono) {
        if self.prompt.take_if(|prompt| prompt.play == play).is_some() {
            self.until = Some(now + FIRST);
        }
    }

    /// The digits; nothing is typed then.
    pub fn take(&mut self) -> String {
        self.until = None;
        std::mem::take(&mut self.digits)
    }
}
