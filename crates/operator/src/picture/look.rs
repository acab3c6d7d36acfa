//! How the picture looks in this terminal: colours where it has them and nobody said NO_COLOR, lines and
//! bars of Unicode where its locale has them.

use crate::style::{self, Tone};
use anstyle::{AnsiColor, Effects};
use ratatui_core::style::{Color, Modifier, Style};
use ratatui_core::text::Span;

/// What the terminal can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// It has colours, and they are wanted.
    pub colour: bool,
    /// It shows more than ASCII.
    pub unicode: bool,
}

impl Look {
    /// What the environment says of this terminal.
    pub fn of_environment() -> Look {
        Look::told_by(style::variable)
    }

    fn told_by(variable: impl Fn(&str) -> Option<String>) -> Look {
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(&variable).unwrap_or_default();
        let locale = locale.to_lowercase();
        Look { colour: style::wanted(variable), unicode: locale.contains("utf-8") || locale.contains("utf8") }
    }

    /// The style of a tone. Without colours weight alone speaks.
    pub fn style(self, tone: Tone) -> Style {
        let (colour, weight) = tone.face();
        let mut modifier = Modifier::empty();
        modifier.set(Modifier::BOLD, weight.contains(Effects::BOLD));
        modifier.set(Modifier::DIM, weight.contains(Effects::DIMMED));
        let style = Style::new().add_modifier(modifier);
        colour.filter(|_| self.colour).map_or(style, |colour| style.fg(own(colour)))
    }

    /// The mark of a state.
    pub fn dot(self) -> &'static str {
        if self.unicode { "●" } else { "*" }
    }

    /// The mark of what is the reader's own.
    pub fn arrow(self) -> &'static str {
        if self.unicode { "▸" } else { ">" }
    }

    /// What stands for what was cut off.
    pub fn ellipsis(self) -> &'static str {
        if self.unicode { "…" } else { "~" }
    }

    /// A bar, filled to a share of its width.
    pub fn bar(self, share: f64, width: usize, tone: Tone) -> [Span<'static>; 2] {
        let (full, half, empty) = if self.unicode { ("━", "╸", "─") } else { ("=", "", "-") };
        #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)] // A few cells.
        let halves = (share.clamp(0.0, 1.0) * (2 * width) as f64).round() as usize;
        // Something is not nothing, and not all is not all.
        let least = usize::from(share > 0.0 && width > 0);
        let most = 2 * width - usize::from(share < 1.0 && width > 0);
        let halves = halves.clamp(least, most.max(least));
        let mut filled = full.repeat(halves / 2);
        if halves % 2 == 1 {
            filled.push_str(half);
        }
        let rest = width - filled.chars().count();
        [Span::styled(filled, self.style(tone)), Span::styled(empty.repeat(rest), self.style(Tone::Faint))]
    }
}

/// The terminal's own colour.
fn own(colour: AnsiColor) -> Color {
    match colour {
        AnsiColor::Red => Color::Red,
        AnsiColor::Green => Color::Green,
        AnsiColor::Yellow => Color::Yellow,
        AnsiColor::Magenta => Color::Magenta,
        AnsiColor::Cyan => Color::Cyan,
        _ => Color::Reset,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(told: &[(&str, &str)]) -> Look {
        Look::told_by(|name| told.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned()))
    }

    #[test]
    fn colours_are_left_out_where_they_are_not_wanted_and_unicode_where_the_locale_has_none() {
        let usual = [("TERM", "xterm-256color"), ("LANG", "C.UTF-8")];
        assert_eq!(look(&usual), Look { colour: true, unicode: true });
        assert!(!look(&[("NO_COLOR", "1"), ("TERM", "xterm")]).colour);
        assert!(!look(&[("LC_ALL", "C"), ("LANG", "en_GB.UTF-8")]).unicode, "LC_ALL goes before LANG");
        let style = Look { colour: false, unicode: true }.style(Tone::Bad);
        assert_eq!((style.fg, style.bg), (None, None));
    }

    #[test]
    fn a_bar_has_its_width_and_is_full_or_empty_only_when_it_is() {
        for unicode in [true, false] {
            let look = Look { colour: true, unicode };
            for share in [0.0, 0.001, 0.5, 0.93, 0.999, 1.0, 7.0, -1.0] {
                let [filled, rest] = look.bar(share, 10, Tone::Good);
                assert_eq!(filled.width() + rest.width(), 10, "{share}");
                let full = look.bar(1.0, 10, Tone::Good)[0].content.clone();
                assert_eq!(filled.content == full, share >= 1.0, "{share} {unicode}");
                assert_eq!(filled.width() == 0, share <= 0.0 || !unicode && share < 0.1, "{share} {unicode}");
            }
        }
        let [filled, _] = Look { colour: true, unicode: true }.bar(0.001, 10, Tone::Good);
        assert_eq!(filled.content, "╸");
        assert_eq!(Look { colour: true, unicode: true }.bar(0.5, 0, Tone::Good).map(|span| span.width()), [0, 0]);
    }
}
