//! The caller hears a prompt, or stands before a menu.

use super::{Phase, advance, ending, exit_for};
use crate::call::{Common, Fact};
use crate::desk::Desk;
use crate::timers::Timer;
use dialplan::flow::Outcome;
use media::{Playing, Sound};
use std::time::Duration;
use terms::PromptId;

/// What the caller hears.
#[derive(Clone, Copy)]
pub(crate) enum Prompting {
    /// A prompt, to its end; keys wait for the next menu.
    Play(Playing),
    /// A menu: a key ends the prompt; after it, this long is waited for one.
    Menu { prompt: Option<Playing>, wait: Duration },
}

/// Plays a prompt.
pub(crate) fn play(desk: &mut Desk<'_>, prompt: PromptId) -> Phase {
    Phase::Prompting(Prompting::Play(desk.ids.playing(Sound::Prompt(prompt), false)))
}

/// Plays a menu; keys pressed ahead of it count.
pub(crate) fn menu(common: &mut Common, desk: &mut Desk<'_>, prompt: PromptId, wait: Duration) -> Phase {
    if let Some(digit) = common.digits.pop_front() {
        return chosen(common, desk, digit);
    }
    let prompt = Some(desk.ids.playing(Sound::Prompt(prompt), false));
    Phase::Prompting(Prompting::Menu { prompt, wait })
}

impl Prompting {
    /// What is played.
    pub fn sound(self) -> Option<Playing> {
        match self {
            Prompting::Play(prompt) => Some(prompt),
            Prompting::Menu { prompt, .. } => prompt,
        }
    }

    pub fn on(self, common: &mut Common, desk: &mut Desk<'_>, fact: Fact) -> Phase {
        match (self, &fact) {
            (_, Fact::Played(play)) if self.sound().is_some_and(|prompt| prompt.play == *play) => {
                self.played(common, desk)
            }
            (Prompting::Menu { .. }, Fact::Digit) => match common.digits.pop_front() {
                Some(digit) => {
                    common.timers.stop(Timer::Menu);
                    chosen(common, desk, digit)
                }
                None => Phase::Prompting(self),
            },
            (Prompting::Menu { .. }, Fact::Due(Timer::Menu)) => advance(common, desk, Outcome::NoInput),
            (phase, _) => match exit_for(&fact) {
                Some(exit) => ending::begin(common, desk, exit),
                None => Phase::Prompting(phase),
            },
        }
    }

    fn played(self, common: &mut Common, desk: &mut Desk<'_>) -> Phase {
        match self {
            Prompting::Play(_) => advance(common, desk, Outcome::Done),
            Prompting::Menu { wait, .. } => {
                common.timers.set(Timer::Menu, desk.now.mono + wait);
                Phase::Prompting(Prompting::Menu { prompt: None, wait })
            }
        }
    }
}

fn chosen(common: &mut Common, desk: &mut Desk<'_>, digit: char) -> Phase {
    common.record.digits.push(digit);
    advance(common, desk, Outcome::Digit(digit))
}
