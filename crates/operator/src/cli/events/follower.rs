//! Following the stream from both ends: the account, which has everything up to a moment ago, and the running switch,
//! which tells what happens but waits for nobody. Each line comes once, in order, whoever had it first.

use ledger::Reader;
use ledger::stream::Line;
use terms::Seq;

/// Lines in memory at once.
const PIECE: u32 = 1_000;

/// Where a reader stands in the stream.
#[derive(Debug)]
pub struct Follower {
    /// The last that he has.
    at: Option<Seq>,
}

/// What to do with a line that was told live.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// It is the next one.
    Now,
    /// He has it already.
    Known,
    /// Something lies between: it is in the account, or will be at once.
    Later,
}

impl Follower {
    /// Behind this one; none: from the beginning.
    pub fn new(after: Option<Seq>) -> Follower {
        Follower { at: after }
    }

    /// What the account has behind the last line; empty when there is nothing new.
    pub async fn catch_up(&mut self, reader: &Reader) -> ledger::Result<Vec<Line>> {
        let lines = reader.stream(self.at, PIECE).await?;
        self.at = lines.last().map(|line| line.seq).or(self.at);
        Ok(lines)
    }

    /// Whether something up to this number is still to come from the account. A start that has told nothing has no number.
    pub fn is_behind(&self, seq: Seq) -> bool {
        seq.n > 0 && self.at.is_none_or(|at| at < seq)
    }

    /// A line was told live.
    pub fn turn(&mut self, seq: Seq) -> Turn {
        let turn = turn(self.at, seq);
        if turn == Turn::Now {
            self.at = Some(seq);
        }
        turn
    }
}

/// Everything of the starts before is in the account when a start tells its first line, so that one follows any of theirs.
fn turn(at: Option<Seq>, seq: Seq) -> Turn {
    let same_start = at.filter(|at| (at.node, at.start) == (seq.node, seq.start));
    let before = same_start.map_or(0, |at| at.n);
    if at.is_some_and(|at| seq <= at) {
        Turn::Known
    } else if seq.n == before + 1 && (same_start.is_some() || at.is_none()) {
        Turn::Now
    } else {
        Turn::Later
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Option<Seq> {
        text.parse().ok()
    }

    fn told(before: &str, live: &str) -> Turn {
        turn(at(before), live.parse().unwrap())
    }

    #[test]
    fn the_next_number_of_the_same_start_comes_now_and_anything_farther_after_the_account() {
        assert_eq!(told("0-1-4", "0-1-5"), Turn::Now);
        assert_eq!(told("0-1-4", "0-1-6"), Turn::Later);
        assert_eq!(told("0-1-4", "0-1-4"), Turn::Known);
        assert_eq!(told("0-1-4", "0-1-3"), Turn::Known);
        assert_eq!(told("", "0-1-1"), Turn::Now, "the first of all");
        assert_eq!(told("", "0-1-2"), Turn::Later);
    }

    #[test]
    fn what_happened_before_he_was_told_anything_live_is_still_to_come_from_the_account() {
        let behind = |before: &str, last: &str| Follower::new(at(before)).is_behind(last.parse().unwrap());
        assert!(behind("0-1-4", "0-1-5") && behind("0-1-4", "0-2-1") && behind("", "0-1-1"));
        assert!(!behind("0-1-4", "0-1-4") && !behind("0-2-1", "0-1-9"));
        assert!(!behind("0-1-4", "0-2-0") && !behind("", "0-1-0"), "a start that has told nothing yet");
    }

    #[test]
    fn the_lines_of_another_start_come_after_the_account_has_told_the_rest_of_the_one_before() {
        assert_eq!(told("0-1-4", "0-2-1"), Turn::Later);
        assert_eq!(told("0-1-4", "0-2-2"), Turn::Later);
        assert_eq!(told("0-2-1", "0-1-9"), Turn::Known);
    }
}
