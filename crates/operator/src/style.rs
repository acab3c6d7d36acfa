//! What colour says: states of things, by what they mean to the operator, in what is printed once and in the picture
//! alike. Only where standard output is a terminal that has colours, and never when `NO_COLOR` is set. What a stranger
//! wrote is made harmless before it gets to a terminal.

use anstyle::{AnsiColor, Effects, Style};
use std::io::IsTerminal as _;

/// What a piece of a result says by its colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tone {
    /// Nothing in particular.
    #[default]
    Plain,
    /// It is beside the point: heads, units, what is empty.
    Faint,
    /// It is what the eye looks for.
    Strong,
    /// As it shall be.
    Good,
    /// Something goes on here.
    Busy,
    /// Somebody should look at it soon.
    Warn,
    /// Somebody should look at it now.
    Bad,
    /// It is the reader's own.
    Own,
}

impl Tone {
    /// Its colour, one of the terminal's own sixteen, and its weight.
    pub fn face(self) -> (Option<AnsiColor>, Effects) {
        match self {
            Tone::Plain => (None, Effects::new()),
            Tone::Faint => (None, Effects::DIMMED),
            Tone::Strong => (None, Effects::BOLD),
            Tone::Good => (Some(AnsiColor::Green), Effects::new()),
            Tone::Busy => (Some(AnsiColor::Cyan), Effects::new()),
            Tone::Warn => (Some(AnsiColor::Yellow), Effects::new()),
            Tone::Bad => (Some(AnsiColor::Red), Effects::BOLD),
            Tone::Own => (Some(AnsiColor::Magenta), Effects::BOLD),
        }
    }
}

/// A variable of the environment; an empty one is none.
pub fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Whether a terminal of which the environment says this has colours, and they are wanted.
pub fn wanted(variable: impl Fn(&str) -> Option<String>) -> bool {
    // https://no-color.org: set, and not empty, whatever its value.
    variable("NO_COLOR").is_none() && variable("TERM").is_some_and(|term| term != "dumb")
}

/// Whether results may be coloured.
pub fn colours() -> bool {
    std::io::stdout().is_terminal() && wanted(variable)
}

/// A text in the colour of its meaning, where there are colours.
pub fn paint(text: &str, tone: Tone, colours: bool) -> String {
    if !colours || tone == Tone::Plain {
        return text.to_owned();
    }
    let (colour, weight) = tone.face();
    let style = Style::new().fg_color(colour.map(Into::into)).effects(weight);
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
        assert_eq!(paint("missing", Tone::Plain, true), "missing");
    }

    #[test]
    fn colours_are_left_out_where_they_are_not_wanted() {
        let told = |told: &[(&str, &str)]| {
            wanted(|name| told.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned()))
        };
        assert!(told(&[("TERM", "xterm-256color")]));
        assert!(!told(&[("NO_COLOR", "1"), ("TERM", "xterm")]));
        assert!(!told(&[("TERM", "dumb")]) && !told(&[]));
    }

    #[test]
    fn what_a_terminal_would_obey_is_taken_out_of_what_strangers_write() {
        assert_eq!(harmless("Phone\x1b[2J\r\nroot"), "Phone\u{fffd}[2J\u{fffd}\u{fffd}root");
    }
}
