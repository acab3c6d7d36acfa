//! The caller hears a prompt, or stands before a menu.

use super::{Phase, advance, ending, exit_for};
use crate::call::{Common, Fact};
use crate::desk::Desk;
use dialplan::flow::Outcome;
use media::Sound;
use std::time::Duration;
use terms::PromptId;

/// What the caller hears.
pub(crate) enum Prompting {
    /// A prompt, to its end; keys wait for the next menu.
    Play,
    /// A menu: a key ends the prompt; after it, this long is waited for one.
    Menu(Duration),
}

/// Plays a prompt.
pub(crate) fn play(common: &mut Common, desk: &mut Desk<'_>, prompt: PromptId) -> Phase {
    common.play(desk, Sound::Prompt(prompt), false);
    Phase::Prompting(Prompting::Play)
}

/// Plays a menu; keys pressed ahead of it count.
pub(crate) fn menu(common: &mut Common, desk: &mut Desk<'_>, prompt: PromptId, wait: Duration) -> Phase {
    if let Some(digit) = common.digits.pop_front() {
        return chosen(common, desk, digit);
    }
    common.play(desk, Sound::Prompt(prompt), false);
    Phase::Prompting(Prompting::Menu(wait))
}

impl Prompting {
    pub fn on(self, common: &mut Common, desk: &mut Desk<'_>, fact: Fact) -> Phase {
        match (self, &fact) {
            (Prompting::Play, Fact::Played) => advance(common, desk, Outcome::Done),
            (Prompting::Menu(wait), Fact::Played) => {
                desk.arm(common, wait);
                Phase::Prompting(Prompting::Menu(wait))
            }
            (Prompting::Menu(wait), Fact::Digit) => match common.digits.pop_front() {
                Some(digit) => {
                    desk.disarm(common);
                    common.silence(desk);
                    chosen(common, desk, digit)
                }
                None => Phase::Prompting(Prompting::Menu(wait)),
            },
            (Prompting::Menu(_), Fact::Timer) => advance(common, desk, Outcome::NoInput),
            (phase, _) => match exit_for(&fact) {
                Some(exit) => ending::begin(common, desk, exit),
                None => Phase::Prompting(phase),
            },
        }
    }
}

fn chosen(common: &mut Common, desk: &mut Desk<'_>, digit: char) -> Phase {
    common.record.digits.push(digit);
    advance(common, desk, Outcome::Digit(digit))
}
