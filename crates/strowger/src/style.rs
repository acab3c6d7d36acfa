//! Colour for what is printed once: states of things, by what they mean to the operator. Only where standard output is a
//! terminal that has colours, and never when `NO_COLOR` is set. What a stranger wrote is made harmless before it gets
//! to a terminal.

use anstyle::{AnsiColor, Style};
use std::io::IsTerminal as _;

/// What a state means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// As it should be.
    Good,
    /// At work, or worth a look.
    Busy,
    /// Something is wrong.
    Bad,
    /// Of no importance now.
    Quiet,
}

/// Whether results may be coloured.
pub fn colours() -> bool {
    let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let plain = std::env::var_os("TERM").is_none_or(|term| term.is_empty() || term == "dumb");
    std::io::stdout().is_terminal() && !refused && !plain
}

/// A text in the colour of its meaning, where there are colours.
pub fn paint(text: &str, tone: Tone, colours: bool) -> String {
    if !colours {
        return text.to_owned();
    }
    let style = match tone {
        Tone::Good => Style::new().fg_color(Some(AnsiColor::Green.into())),
        Tone::Busy => Style::new().fg_color(Some(AnsiColor::Yellow.into())),
        Tone::Bad => Style::new().fg_color(Some(AnsiColor::Red.into())).bold(),
        Tone::Quiet => Style::new().dimmed(),
    };
    format!("{style}{text}{style:#}")
}

/// How many columns a text takes: colours take none.
pub fn width(text: &str) -> usize {
    let mut inside = false;
    let shows = |letter: &char| {
        let hidden = inside || *letter == '\x1b';
        inside = hidden && *letter != 'm';
        !hidden
    };
    text.chars().filter(shows).count()
}

/// A text from outside, on one line and without anything that a terminal would obey.
pub fn harmless(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { '\u{fffd}' } else { letter }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_take_no_room_and_are_left_out_where_there_are_none() {
        let painted = paint("missing", Tone::Bad, true);
        assert_ne!(painted, "missing");
        assert_eq!((width(&painted), width("missing")), (7, 7));
        assert_eq!(paint("missing", Tone::Bad, false), "missing");
    }

    #[test]
    fn what_a_terminal_would_obey_is_taken_out_of_what_strangers_write() {
        assert_eq!(harmless("Phone\x1b[2J\r\nroot"), "Phone\u{fffd}[2J\u{fffd}\u{fffd}root");
    }
}
