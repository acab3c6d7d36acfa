//! The screen while a picture fills it: entered at the start, and given back as it was however this ends, by
//! return, error or panic. Log lines wait until then.

use super::backend::Ansi;
use super::look::Look;
use super::{Picture, paint};
use crate::log;
use crossterm::cursor::{Hide, Show};
use crossterm::execute;
use crossterm::style::ResetColor;
use crossterm::terminal::{EnterAlternateScreen, LeaveAlternateScreen};
use ratatui_core::terminal::Terminal;
use rustix::process::getpgrp;
use rustix::termios::{LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcgetpgrp, tcsetattr};
use std::io::{self, BufWriter, IsTerminal as _, Stdout, stdin, stdout};
use std::sync::{Mutex, Once, PoisonError};
use std::thread::{self, ThreadId};

/// The screen that is filled now.
static FILLED: Mutex<Option<Filled>> = Mutex::new(None);

/// What must be given back.
struct Filled {
    /// Who draws.
    by: ThreadId,
    keys: Option<Termios>,
}

/// Whether standard output is a terminal that can show a picture, and this program may draw on it.
pub fn is_wanted() -> bool {
    let dumb = std::env::var("TERM").is_ok_and(|term| term == "dumb");
    stdout().is_terminal() && !dumb && is_in_the_foreground()
}

/// A screen with a picture.
pub struct Screen {
    terminal: Terminal<Ansi<BufWriter<Stdout>>>,
    look: Look,
}

impl Screen {
    /// Fills the screen.
    pub fn enter() -> io::Result<Screen> {
        give_back_on_panic();
        *filled() = Some(Filled { by: thread::current().id(), keys: quiet_keys() });
        log::hold();
        // From here on, dropping it gives the screen back.
        let terminal = Terminal::new(Ansi::new(BufWriter::new(stdout())));
        let screen = terminal.map(|terminal| Screen { terminal, look: Look::of_environment() });
        let entered = execute!(stdout(), EnterAlternateScreen, Hide);
        if screen.is_err() || entered.is_err() {
            give_back();
        }
        entered.and(screen)
    }

    /// Draws a picture over the one before, in the size that the terminal has now.
    pub fn draw(&mut self, picture: &Picture<'_>) -> io::Result<()> {
        let look = self.look;
        self.terminal.draw(|frame| paint(picture, look, frame.area(), frame.buffer_mut()))?;
        Ok(())
    }

    /// How many lines it has.
    pub fn height(&self) -> usize {
        self.terminal.size().map_or(0, |size| usize::from(size.height))
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        give_back();
    }
}

fn filled() -> std::sync::MutexGuard<'static, Option<Filled>> {
    FILLED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Gives the screen back, once.
fn give_back() {
    let Some(Filled { keys, .. }) = filled().take() else { return };
    let _nobody_looks = execute!(stdout(), ResetColor, Show, LeaveAlternateScreen);
    if let Some(keys) = keys {
        set_keys(&keys);
    }
    log::release();
}

/// A panic of who draws gives the screen back before it speaks. What another thread says waits like the log.
fn give_back_on_panic() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let speak = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            let by = filled().as_ref().map(|filled| filled.by);
            match by {
                Some(by) if by != thread::current().id() => log::keep(&format!("{panic}\n")),
                Some(_) => {
                    give_back();
                    speak(panic);
                }
                None => speak(panic),
            }
        }));
    });
}

/// Whether the terminal takes this program for the one in front: one behind would be stopped for touching it.
fn is_in_the_foreground() -> bool {
    tcgetpgrp(stdout()) == Ok(getpgrp())
}

/// Keys shall leave no letters in the picture, nor stop the program under it; Ctrl-C still interrupts.
fn quiet_keys() -> Option<Termios> {
    let before = tcgetattr(stdin()).ok()?;
    let mut quiet = before.clone();
    quiet.local_modes.remove(LocalModes::ECHO | LocalModes::ICANON);
    for unwanted in [SpecialCodeIndex::VSUSP, SpecialCodeIndex::VQUIT] {
        quiet.special_codes[unwanted] = 0; // _POSIX_VDISABLE
    }
    set_keys(&quiet);
    Some(before)
}

/// What was typed meanwhile is thrown away.
fn set_keys(keys: &Termios) {
    let _the_terminal_may_be_gone = tcsetattr(stdin(), OptionalActions::Flush, keys);
}
