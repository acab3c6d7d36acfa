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

/// Lines that one text may take.
pub const FOLDED: usize = 2;

/// A text in lines of a width, each but the first one set in: cut between the parts of a list, or else between words.
/// Of a list, what does not fit into so many lines is counted; of words the last line has all the rest.
pub fn fold(text: &str, width: usize, most: usize) -> Vec<String> {
    let list = text.contains(", ");
    let (between, ending) = if list { (", ", ",") } else { (" ", "") };
    let parts: Vec<&str> = text.split(between).collect();
    let mut lines = vec![String::new()];
    for (nth, part) in parts.iter().enumerate() {
        let left = parts.len() - nth;
        let rest = if list { format!("and {left} more") } else { String::new() };
        let Some(line) = lines.last() else { break };
        let is_new = line.trim().is_empty();
        let ends = if left > 1 { ending } else { "" };
        // The last line keeps room for the count of what is left out.
        let spare = if lines.len() == most && left > 1 { rest.len() + 1 } else { 0 };
        let needed = length(line) + usize::from(!is_new) + length(part) + ends.len() + spare;
        if needed > width && !is_new && lines.len() == most {
            push(&mut lines, if list { &rest } else { parts[nth] });
            if !list {
                parts[nth + 1..].iter().for_each(|part| push(&mut lines, part));
            }
            return lines;
        }
        if needed > width && !is_new {
            lines.push("  ".into());
        }
        push(&mut lines, &format!("{part}{ends}"));
    }
    lines
}

fn push(lines: &mut [String], word: &str) {
    if let Some(line) = lines.last_mut() {
        if !line.trim().is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
}

fn length(text: &str) -> usize {
    Span::raw(text).width()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_folded_between_its_parts_and_what_is_left_out_is_counted() {
        let text = "refused: no route 30, busy 20, not here 10, no password 5, drained 1";
        assert_eq!(fold(text, 200, 2), [text]);
        assert_eq!(fold(text, 40, 2), ["refused: no route 30, busy 20,", "  not here 10, no password 5, drained 1"]);
        assert_eq!(fold(text, 32, 2), ["refused: no route 30, busy 20,", "  not here 10, and 2 more"]);
        assert_eq!(fold("a fault of many words", 12, 2), ["a fault of", "  many words"]);
        for width in 0..80 {
            let lines = fold(text, width, 2);
            assert!(lines.len() <= 2 && !lines.is_empty(), "{width}: {lines:?}");
            assert!(width < 32 || lines.iter().all(|line| line.len() <= width), "{width}: {lines:?}");
        }
    }

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
