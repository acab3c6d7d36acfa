//! A status as a picture that fills a terminal's screen, whatever its size: `strowger demo` and
//! `strowger status --live`. What the figures are is decided in `admin::status`; here they get their places.

mod arrange;
mod backend;
mod blocks;
mod calls;
mod look;
mod row;
mod screen;

#[cfg(test)]
mod tests;

pub use crate::style::Tone;
pub use calls::{CallCells, outcome};
pub use look::Look;
pub use row::Row;
pub use screen::{Screen, is_wanted};

use crate::admin::status::Status;
use crate::admin::{lines, table};
use arrange::{Block, arrange};
use ratatui_core::buffer::Buffer;
use ratatui_core::layout::Rect;
use ratatui_core::text::Line;

/// From this width on, calls stand beside the agents instead of below them.
const WIDE: usize = 116;
/// How wide the agents' side then is.
const SIDE: usize = 39;

/// What is shown.
pub struct Picture<'a> {
    /// What it is a picture of.
    pub title: &'a str,
    /// The switch.
    pub status: &'a Status,
    /// Lines below the title, made for a width.
    pub top: &'a dyn Fn(Look, usize) -> Top,
    /// Calls, when they are wanted: so many as there are, or the latest of many.
    pub calls: Option<Calls<'a>>,
    /// What the last line says.
    pub foot: (&'a str, Tone),
}

/// Lines below the title.
#[derive(Default)]
pub struct Top {
    /// These stay in sight whatever else has to go.
    pub must: Vec<Line<'static>>,
    /// These have room in a picture that is high enough.
    pub more: Vec<Line<'static>>,
}

/// Calls to be shown.
pub struct Calls<'a> {
    /// In their order.
    pub rows: &'a [CallCells],
    /// There are always more: the picture shows those that it has room for.
    pub latest: bool,
}

/// A part of the height that the lines below the title may have, but for those that must stay.
const TOP_SHARE: usize = 3;

/// Paints a picture over the whole of an area.
pub fn paint(picture: &Picture<'_>, look: Look, area: Rect, buffer: &mut Buffer) {
    let (width, height) = (usize::from(area.width), usize::from(area.height));
    let Top { must, mut more } = (picture.top)(look, width);
    let widest = must.iter().map(Line::width).max().unwrap_or(0);
    // The title, a free line, and the foot.
    if height < must.len() + 3 || width < widest {
        return cramped(&must, (widest, must.len() + 1), look, area, buffer);
    }
    more.truncate((height / TOP_SHARE).saturating_sub(must.len()));
    let mut top = vec![title(picture, look, width)];
    top.extend(notices(picture.status, look, width).into_iter().take(height.saturating_sub(must.len() + 3)));
    top.push(Line::default());
    top.extend(must.into_iter().chain(more));
    let body = height.saturating_sub(top.len() + 2);
    write(buffer, area, (0, 0), &top[..top.len().min(height)], width);
    floor(picture, look, area, (top.len(), body), buffer);
    let foot = Row::new(look).left(picture.foot.0, width.saturating_sub(2), picture.foot.1).line();
    write(buffer, area, (0, height - 1), &[foot], width);
}

/// No room for a picture: what must stay in sight, and how much room that needs where it has not even that.
fn cramped(must: &[Line<'_>], (wide, high): (usize, usize), look: Look, area: Rect, buffer: &mut Buffer) {
    let (width, height) = (usize::from(area.width), usize::from(area.height));
    write(buffer, area, (0, 0), &must[..must.len().min(height)], width);
    if width < wide || height < high {
        let words = format!("too small: {wide}x{high} needed");
        let words = Row::new(look).left(&words, width.saturating_sub(2), Tone::Warn).line();
        write(buffer, area, (0, height.saturating_sub(1)), &[Line::raw(" ".repeat(width))], width);
        write(buffer, area, (0, height.saturating_sub(1)), &[words], width);
    }
}

/// Queues over the whole width; agents, carriers and calls below them, side by side where there is room.
fn floor(picture: &Picture<'_>, look: Look, area: Rect, (from, room): (usize, usize), buffer: &mut Buffer) {
    let (status, width) = (picture.status, usize::from(area.width));
    let queues = blocks::queues(&status.queues, look, width);
    let calls = |width| picture.calls.as_ref().map(|calls| calls::block(calls, look, width));
    let agents = |width| blocks::agents(&status.agents, look, width);
    let trunks = |width| blocks::trunks(&status.trunks, look, width);
    if width < WIDE {
        let all: Vec<Block> = [queues, agents(width), calls(width), trunks(width)].into_iter().flatten().collect();
        write(buffer, area, (0, from), &arrange(all, room, look), width);
        return;
    }
    let above = arrange(queues.into_iter().collect(), room / 2, look);
    write(buffer, area, (0, from), &above, width);
    let (from, room) = (from + above.len(), room.saturating_sub(above.len()));
    let side = if calls(width).is_some() { SIDE } else { width };
    write(
        buffer,
        area,
        (0, from),
        &arrange([agents(side), trunks(side)].into_iter().flatten().collect(), room, look),
        side,
    );
    let beside = arrange(calls(width - side).into_iter().collect(), room, look);
    write(buffer, area, (side, from), &beside, width - side);
}

/// The first line: what it is, and how it is in a few words.
fn title(picture: &Picture<'_>, look: Look, width: usize) -> Line<'static> {
    let status = picture.status;
    let row = Row::new(look).text("Strowger", Tone::Strong).text(&format!(" {}", picture.title), Tone::Faint);
    let (state, tone) = if status.draining { ("DRAINING", Tone::Bad) } else { ("", Tone::Plain) };
    let calls = if status.calls == 1 { "call" } else { "calls" };
    // Where not all that run are among the rows, it says how many are.
    let shown = picture.calls.as_ref().map(|calls| calls.rows.iter().filter(|call| call.runs).count());
    let shown =
        shown.filter(|shown| *shown < status.calls).map_or_else(String::new, |shown| format!(" ({shown} below)"));
    let right = format!("{:>4} {calls}{shown}   up {}", status.calls, table::clock(status.up_ms));
    let room = width.saturating_sub(row.width() + right.len() + 1);
    row.right(state, room, tone).text(&right, Tone::Plain).line()
}

/// What is wrong, if anything is.
fn notices(status: &Status, look: Look, width: usize) -> Vec<Line<'static>> {
    let row = |text: String| Row::new(look).left(&text, width.saturating_sub(2), Tone::Bad).line();
    let folded =
        table::notices(status).into_iter().flat_map(|text| lines::fold(&text, width.saturating_sub(2), lines::FOLDED));
    folded.map(row).collect()
}

fn write(buffer: &mut Buffer, area: Rect, (x, y): (usize, usize), lines: &[Line<'_>], width: usize) {
    let at = |offset: usize| u16::try_from(offset).unwrap_or(u16::MAX);
    for (nth, line) in lines.iter().enumerate() {
        let (x, y) = (area.x + at(x), area.y + at(y + nth));
        if y < area.bottom() && x < area.right() {
            buffer.set_line(x, y, line, at(width).min(area.right() - x));
        }
    }
}
