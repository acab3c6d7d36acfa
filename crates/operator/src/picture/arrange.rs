//! Which block of the picture gets how many lines, when not all fit.

use super::look::Look;
use super::row::Row;
use crate::style::Tone;
use ratatui_core::text::Line;

/// A head with rows below it.
pub struct Block {
    /// The head.
    pub head: Line<'static>,
    /// All its rows.
    pub rows: Vec<Line<'static>>,
    /// So many are shown before others get more than they need at least.
    pub least: usize,
    /// How many things a row shows: what is left out is counted in them.
    pub things: usize,
    /// There are always more; nobody needs to be told.
    pub latest: bool,
}

/// A free line and the head.
const FRAME: usize = 2;

/// The lines of the blocks, one below the other, as many as there is room for.
pub fn arrange(blocks: Vec<Block>, room: usize, look: Look) -> Vec<Line<'static>> {
    let needs: Vec<(usize, usize)> = blocks.iter().map(|block| (block.least, block.rows.len())).collect();
    let shares = allot(&needs, room);
    blocks
        .into_iter()
        .zip(shares)
        .filter(|(_, share)| *share > 0)
        .flat_map(|(block, share)| lines(block, share, look))
        .collect()
}

fn lines(mut block: Block, share: usize, look: Look) -> Vec<Line<'static>> {
    let left = block.rows.len().saturating_sub(share);
    if left > 0 && !block.latest {
        block.rows.truncate(share.saturating_sub(1));
        let more = format!("{} {} more", look.ellipsis(), (left + 1) * block.things);
        block.rows.push(Row::new(look).text(&more, Tone::Faint).line());
    }
    block.rows.truncate(share);
    [Line::default(), block.head].into_iter().chain(block.rows).collect()
}

/// How many rows each gets: first each the least that it needs, in order, then as many as it has.
fn allot(needs: &[(usize, usize)], mut room: usize) -> Vec<usize> {
    let mut shares: Vec<usize> = Vec::with_capacity(needs.len());
    for (least, all) in needs {
        let share = (*least).clamp(usize::from(*all > 0), (*all).max(1)).min(room.saturating_sub(FRAME)).min(*all);
        room -= if share > 0 { share + FRAME } else { 0 };
        shares.push(share);
    }
    for (share, (_, all)) in shares.iter_mut().zip(needs).filter(|(share, _)| **share > 0) {
        let more = (all - *share).min(room);
        *share += more;
        room -= more;
    }
    shares
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_gets_its_least_before_any_gets_more_and_nothing_is_given_twice() {
        assert_eq!(allot(&[(2, 2), (2, 6), (3, 50)], 100), [2, 6, 50]);
        assert_eq!(allot(&[(2, 2), (2, 6), (3, 50)], 13), [2, 2, 3]);
        assert_eq!(allot(&[(2, 2), (2, 6), (3, 50)], 15), [2, 4, 3]);
        assert_eq!(allot(&[(2, 2), (2, 6), (3, 50)], 9), [2, 3, 0], "a head alone is not shown");
        assert_eq!(allot(&[(2, 0), (1, 1)], 3), [0, 1]);
        assert_eq!(allot(&[(2, 2)], 0), [0]);
    }

    #[test]
    fn what_is_left_out_is_counted() {
        let look = Look { colour: false, unicode: false };
        let row = |nth: usize| Line::from(nth.to_string());
        let block = |latest| Block { head: row(0), rows: (1..=9).map(row).collect(), least: 1, things: 3, latest };
        let text = |latest| arrange(vec![block(latest)], 5, look).iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(text(false), ["", "0", "1", "2", " ~ 21 more"]);
        assert_eq!(text(true), ["", "0", "1", "2", "3"]);
    }
}
