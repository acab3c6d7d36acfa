//! A flow that a party walks: where he stands in it, and the keys that he has pressed ahead. It is told what happens to
//! him, and says what is next; it never does it.

mod announce;
mod keys;
mod leaving;
mod typing;

use crate::ringing::Rest;
use crate::want::Want;
pub(crate) use announce::Announcing;
use dialplan::flow::{Action, Cursor, Outcome};
use keys::Keys;
pub(crate) use leaving::{Leaving, Stage};
use media::{Playing, Sound};
use std::time::Duration;
use terms::{Mono, PlayId};
pub(crate) use typing::Typing;

/// A party's way through the dial plan.
pub(crate) struct Walk {
    pub cursor: Cursor,
    pub at: At,
    keys: Keys,
}

/// What the party is at.
pub(crate) enum At {
    /// His stream needs a port; nothing has begun yet.
    Port,
    /// Our 200 waits for his ACK; then this is done.
    Ack(Action),
    /// A prompt, to its end; keys wait for the next menu.
    Prompt(Playing),
    /// A menu: a key ends its prompt; after that this long is waited for one, until then.
    Menu { prompt: Option<Playing>, wait: Duration, until: Option<Mono> },
    /// The PIN of a room.
    Pin(Box<Typing>),
    /// A message that he leaves.
    Message(Box<Leaving>),
    /// A queue, and what is announced to him there.
    Queue(Option<Box<Announcing>>),
    /// Somebody is rung for him, while he hears this.
    Ring(Playing),
    /// He is through. Until his ACK those who could be rung instead are known.
    Talk(Option<Box<Rest>>),
    /// What his flow says next is being done.
    Next,
}

impl At {
    /// What is played to him there.
    pub fn sound(&self) -> Option<Playing> {
        match self {
            At::Prompt(prompt) | At::Ring(prompt) => Some(*prompt),
            At::Menu { prompt, .. } => *prompt,
            At::Pin(typing) => typing.prompt,
            At::Message(leaving) => Some(leaving.sound()),
            At::Queue(announcing) => announcing.as_ref().and_then(|announcing| announcing.sound()),
            At::Port | At::Ack(_) | At::Talk(_) | At::Next => None,
        }
    }
}

impl Walk {
    /// Before its first step.
    pub fn new(cursor: Cursor) -> Walk {
        Walk { cursor, at: At::Port, keys: Keys::default() }
    }

    /// His stream has its port.
    pub fn opened(&self) -> Want {
        if matches!(self.at, At::Port) { Want::Begin } else { Want::Nothing }
    }

    /// His ACK to our 200 is here.
    pub fn acknowledged(&mut self) -> Want {
        match std::mem::replace(&mut self.at, At::Next) {
            At::Ack(action) => return Want::Go(action),
            At::Talk(_) => {
                self.at = At::Talk(None);
                return Want::Through;
            }
            at => self.at = at,
        }
        Want::Nothing
    }

    /// A sound that was played to him has come to its end.
    pub fn played(&mut self, play: PlayId, now: Mono) -> Want {
        match &mut self.at {
            At::Prompt(prompt) if prompt.play == play => return Want::Next(Outcome::Done),
            At::Pin(typing) => typing.played(play, now),
            At::Message(leaving) if leaving.is_greeted(play) => return Want::Message,
            At::Menu { prompt, wait, until } if prompt.is_some_and(|prompt| prompt.play == play) => {
                (*prompt, *until) = (None, Some(now + *wait));
            }
            At::Queue(Some(announcing)) => announcing.played(play, now),
            _ => {}
        }
        Want::Nothing
    }

    /// He stands before a menu; a key that he pressed ahead of it counts.
    pub fn choose(&mut self, prompt: impl FnOnce() -> Playing, wait: Duration) -> Want {
        if let Some(key) = self.keys.take() {
            return Want::Next(Outcome::Digit(key));
        }
        self.at = At::Menu { prompt: Some(prompt()), wait, until: None };
        Want::Nothing
    }

    /// He is asked for a PIN; what he pressed ahead counts.
    pub fn ask(&mut self, mut typing: Typing, prompt: Playing, now: Mono) -> Want {
        typing.prompt = Some(prompt);
        let complete = std::iter::from_fn(|| self.keys.take()).any(|key| typing.pressed(key, now));
        self.at = At::Pin(Box::new(typing));
        if complete { Want::Typed } else { Want::Nothing }
    }

    /// The PIN that he has typed.
    pub fn typed(&mut self) -> Option<Typing> {
        match std::mem::replace(&mut self.at, At::Next) {
            At::Pin(typing) => Some(*typing),
            at => {
                self.at = at;
                None
            }
        }
    }

    /// He pressed a key.
    pub fn pressed(&mut self, key: char, now: Mono) -> Want {
        self.keys.press(key);
        match &mut self.at {
            At::Pin(typing) => {
                let complete = self.keys.take().is_some_and(|key| typing.pressed(key, now));
                if complete { Want::Typed } else { Want::Nothing }
            }
            At::Message(leaving) => {
                let told = self.keys.take().is_some() && leaving.takes_keys();
                if told { Want::Message } else { Want::Nothing }
            }
            At::Menu { .. } => self.keys.take().map_or(Want::Nothing, |key| Want::Next(Outcome::Digit(key))),
            _ => Want::Nothing,
        }
    }

    /// It has not come to its end.
    pub fn goes_on(&self) -> bool {
        !matches!(self.at, At::Talk(_))
    }

    /// Until when a key is waited for, or when the next announcement is due.
    pub fn deadline(&self) -> Option<Mono> {
        match &self.at {
            At::Menu { until, .. } => *until,
            At::Queue(Some(announcing)) => announcing.deadline(),
            At::Pin(typing) => typing.until,
            At::Message(leaving) => leaving.until(),
            _ => None,
        }
    }

    /// A key that was waited for may not have come; an announcement begins.
    pub fn due(&mut self, now: Mono, playing: impl FnOnce(Sound) -> Playing) -> Want {
        let due = self.deadline().is_some_and(|until| until <= now);
        match &mut self.at {
            _ if !due => {}
            At::Queue(Some(announcing)) => announcing.due(now, playing),
            At::Pin(_) => return Want::Typed,
            At::Message(_) => return Want::Message,
            _ => return Want::Next(Outcome::NoInput),
        }
        Want::Nothing
    }

    /// Who could be rung instead of the one to whom he is put through; they are not known any more then.
    pub fn rest(&mut self) -> Option<Box<Rest>> {
        if let At::Talk(rest) = &mut self.at { rest.take() } else { None }
    }
}
