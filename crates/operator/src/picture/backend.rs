//! The terminal as ratatui wants it, by crossterm's commands. Ratatui's own crossterm backend brings keyboard and
//! mouse with it, which nobody reads here, and more than a dozen crates to build for them.

use crossterm::cursor::{Hide, MoveTo, Show};
use crossterm::queue;
use crossterm::style::{Attribute, Color as Colour, Print, ResetColor, SetAttribute, SetForegroundColor};
use crossterm::terminal::{Clear, ClearType as Clearing};
use ratatui_core::backend::{Backend, ClearType, WindowSize};
use ratatui_core::buffer::Cell;
use ratatui_core::layout::{Position, Size};
use ratatui_core::style::{Color, Modifier};
use std::io::{self, Write};

/// A terminal that understands ANSI sequences.
pub struct Ansi<W: Write> {
    out: W,
}

impl<W: Write> Ansi<W> {
    /// The terminal behind a writer.
    pub fn new(out: W) -> Ansi<W> {
        Ansi { out }
    }

    fn wear(&mut self, (colour, weight): (Color, Modifier)) -> io::Result<()> {
        queue!(self.out, SetAttribute(Attribute::Reset))?;
        if weight.contains(Modifier::BOLD) {
            queue!(self.out, SetAttribute(Attribute::Bold))?;
        }
        if weight.contains(Modifier::DIM) {
            queue!(self.out, SetAttribute(Attribute::Dim))?;
        }
        match ansi(colour) {
            Some(colour) => queue!(self.out, SetForegroundColor(colour)),
            None => Ok(()),
        }
    }
}

/// The colours that a `Look` uses: the terminal's own sixteen, which fit its background.
fn ansi(colour: Color) -> Option<Colour> {
    match colour {
        Color::Red => Some(Colour::DarkRed),
        Color::Green => Some(Colour::DarkGreen),
        Color::Yellow => Some(Colour::DarkYellow),
        Color::Magenta => Some(Colour::DarkMagenta),
        Color::Cyan => Some(Colour::DarkCyan),
        _ => None,
    }
}

impl<W: Write> Backend for Ansi<W> {
    type Error = io::Error;

    fn draw<'a, I>(&mut self, content: I) -> io::Result<()>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        let mut worn = None;
        let mut next = None;
        for (x, y, cell) in content {
            if next != Some((x, y)) {
                queue!(self.out, MoveTo(x, y))?;
            }
            next = Some((x + 1, y));
            let style = (cell.fg, cell.modifier);
            if worn != Some(style) {
                self.wear(style)?;
                worn = Some(style);
            }
            queue!(self.out, Print(cell.symbol()))?;
        }
        queue!(self.out, ResetColor, SetAttribute(Attribute::Reset))
    }

    fn hide_cursor(&mut self) -> io::Result<()> {
        queue!(self.out, Hide)
    }

    fn show_cursor(&mut self) -> io::Result<()> {
        queue!(self.out, Show)
    }

    fn get_cursor_position(&mut self) -> io::Result<Position> {
        // The cursor is hidden, and only this picture moves it: nobody needs to ask the terminal.
        Ok(Position::ORIGIN)
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> io::Result<()> {
        let Position { x, y } = position.into();
        queue!(self.out, MoveTo(x, y))
    }

    fn clear(&mut self) -> io::Result<()> {
        queue!(self.out, Clear(Clearing::All))
    }

    fn clear_region(&mut self, what: ClearType) -> io::Result<()> {
        let what = match what {
            ClearType::All => Clearing::All,
            ClearType::AfterCursor => Clearing::FromCursorDown,
            ClearType::BeforeCursor => Clearing::FromCursorUp,
            ClearType::CurrentLine => Clearing::CurrentLine,
            ClearType::UntilNewLine => Clearing::UntilNewLine,
        };
        queue!(self.out, Clear(what))
    }

    fn size(&self) -> io::Result<Size> {
        let (width, height) = crossterm::terminal::size()?;
        Ok(Size { width, height })
    }

    fn window_size(&mut self) -> io::Result<WindowSize> {
        Ok(WindowSize { columns_rows: self.size()?, pixels: Size::ZERO })
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui_core::style::Style;

    #[test]
    fn neighbours_of_one_style_are_written_in_one_go_and_the_style_ends_with_them() {
        let style = Style::new().fg(Color::Red).add_modifier(Modifier::BOLD);
        let mut cells = ["a", "b", "c"].map(Cell::new);
        cells[0].set_style(style);
        cells[1].set_style(style);
        let mut ansi = Ansi::new(Vec::new());
        ansi.draw([(3, 1, &cells[0]), (4, 1, &cells[1]), (7, 2, &cells[2])].into_iter()).unwrap();
        let text = String::from_utf8(ansi.out).unwrap();
        assert!(text.starts_with("\x1b[2;4H\x1b[0m\x1b[1m"), "{text:?}");
        assert!(text.contains("ab\x1b[3;8H\x1b[0mc"), "{text:?}");
        assert!(text.ends_with("\x1b[0m"), "{text:?}");
    }
}
