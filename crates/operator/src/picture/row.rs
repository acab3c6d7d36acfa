//! A row of the picture: cells of fixed width, so that nothing moves when a figure grows.

use super::look::Look;
use crate::style::Tone;
use ratatui_core::text::{Line, Span};

/// A row that is being filled from the left.
pub struct Row {
    look: Look,
    spans: Vec<Span<'static>>,
}

impl Row {
    /// An empty row behind the picture's margin.
    pub fn new(look: Look) -> Row {
        Row { look, spans: vec![Span::raw(" ")] }
    }

    /// A text at the left of its cell.
    pub fn left(mut self, text: &str, width: usize, tone: Tone) -> Row {
        let text = fit(text, width, self.look);
        let pad = " ".repeat(width.saturating_sub(text.width()));
        self.spans.extend([text.style(self.look.style(tone)), Span::raw(pad)]);
        self
    }

    /// A figure at the right of its cell.
    pub fn right(mut self, text: &str, width: usize, tone: Tone) -> Row {
        let text = fit(text, width, self.look);
        let pad = " ".repeat(width.saturating_sub(text.width()));
        self.spans.extend([Span::raw(pad), text.style(self.look.style(tone))]);
        self
    }

    /// The mark of a state.
    pub fn mark(self, tone: Tone) -> Row {
        let dot = self.look.dot();
        self.text(dot, tone)
    }

    /// A text as it is.
    pub fn text(mut self, text: &str, tone: Tone) -> Row {
        self.spans.push(Span::styled(text.to_owned(), self.look.style(tone)));
        self
    }

    /// Nothing, so wide.
    pub fn gap(self, width: usize) -> Row {
        self.left("", width, Tone::Plain)
    }

    /// A bar.
    pub fn bar(mut self, share: f64, width: usize, tone: Tone) -> Row {
        self.spans.extend(self.look.bar(share, width, tone));
        self
    }

    /// How wide it is so far.
    pub fn width(&self) -> usize {
        self.spans.iter().map(Span::width).sum()
    }

    /// What was filled in.
    pub fn line(self) -> Line<'static> {
        Line::from(self.spans)
    }
}

/// As much of a text as fits, and a mark where it was cut.
fn fit(text: &str, width: usize, look: Look) -> Span<'static> {
    let whole = Span::raw(text.to_owned());
    if whole.width() <= width {
        return whole;
    }
    let mut cut = String::new();
    for letter in text.chars() {
        let longer = Span::raw(format!("{cut}{letter}"));
        if longer.width() + 1 > width {
            break;
        }
        cut.push(letter);
    }
    if width > 0 {
        cut.push_str(look.ellipsis());
    }
    Span::raw(cut)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_keep_their_width_whatever_is_in_them() {
        let look = Look { colour: false, unicode: true };
        let row = Row::new(look).left("änna-Magdalena", 6, Tone::Plain).right("7", 4, Tone::Good).gap(2);
        assert_eq!(row.width(), 13);
        let text: String = row.line().spans.iter().map(|span| span.content.as_ref()).collect();
        assert_eq!(text, " änna-…   7  ");
        assert_eq!(fit("漢字漢字", 5, look).content, "漢字…");
        assert_eq!(fit("abc", 0, look).content, "");
    }
}
