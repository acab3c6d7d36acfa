//! The latest events, in memory: as many as the limits allow. What is older is in the account.

use crate::wire::Event;
use std::collections::VecDeque;
use std::sync::Arc;
use terms::{Seq, limits};

/// The events behind a number.
#[derive(Debug)]
pub struct Ring {
    /// Everything that happened behind it is here.
    after: Seq,
    /// The last number that was seen: some numbers are no events.
    last: Seq,
    events: VecDeque<Arc<Event>>,
    bytes: usize,
}

/// What lies behind a cursor.
#[derive(Debug, PartialEq, Eq)]
pub enum Behind {
    /// These, and the cursor behind them.
    Events(Vec<Arc<Event>>, Seq),
    /// More than is here: the account has what comes before this number.
    Older(Seq),
    /// Nothing: the cursor is ahead of everything. It is not of this account.
    Ahead(Seq),
}

impl Ring {
    /// One to which everything behind this number will be told.
    pub fn new(after: Seq) -> Ring {
        Ring { after, last: after, events: VecDeque::new(), bytes: 0 }
    }

    /// The last number.
    pub fn last(&self) -> Seq {
        self.last
    }

    /// Something happened; none where it is no event.
    pub fn push(&mut self, seq: Seq, event: Option<Event>) {
        self.last = self.last.max(seq);
        let Some(event) = event else { return };
        self.bytes += event.json.len();
        self.events.push_back(Arc::new(event));
        while self.events.len() > limits::CONSOLE_EVENTS || self.bytes > limits::CONSOLE_BYTES {
            let Some(oldest) = self.events.pop_front() else { break };
            self.bytes -= oldest.json.len();
            self.after = oldest.seq;
        }
    }

    /// What lies behind a cursor, of at most so many bytes.
    pub fn behind(&self, cursor: Seq, most: usize) -> Behind {
        if cursor > self.last {
            return Behind::Ahead(self.last);
        }
        if cursor < self.after {
            return Behind::Older(self.after);
        }
        let from = self.events.partition_point(|event| event.seq <= cursor);
        let (mut bytes, mut piece) = (0, vec![]);
        for event in self.events.range(from..) {
            bytes += event.json.len();
            if bytes > most && !piece.is_empty() {
                let until = piece.last().map_or(cursor, |event: &Arc<Event>| event.seq);
                return Behind::Events(piece, until);
            }
            piece.push(event.clone());
        }
        Behind::Events(piece, self.last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;

    fn seq(n: u64) -> Seq {
        Seq { node: 0, start: 1, n }
    }

    fn event(n: u64, length: usize) -> Event {
        let json = Bytes::from(vec![b'x'; length]);
        Event { seq: seq(n), kind: "call.started", queue: None, agent: None, json }
    }

    fn numbers(behind: Behind) -> (Vec<u64>, u64) {
        let Behind::Events(events, until) = behind else { panic!("{behind:?}") };
        (events.iter().map(|event| event.seq.n).collect(), until.n)
    }

    #[test]
    fn what_lies_behind_a_cursor_is_given_in_pieces_and_numbers_that_are_no_events_are_passed() {
        let mut ring = Ring::new(seq(4));
        for n in [5, 6, 8] {
            ring.push(seq(n), Some(event(n, 10)));
        }
        ring.push(seq(9), None);
        assert_eq!(numbers(ring.behind(seq(4), 100)), (vec![5, 6, 8], 9));
        assert_eq!(numbers(ring.behind(seq(4), 25)), (vec![5, 6], 6));
        assert_eq!(numbers(ring.behind(seq(6), 1)), (vec![8], 9), "one at least");
        assert_eq!(numbers(ring.behind(seq(9), 100)), (vec![], 9));
        assert_eq!(ring.behind(seq(3), 100), Behind::Older(seq(4)));
        assert_eq!(ring.behind(seq(10), 100), Behind::Ahead(seq(9)));
    }

    #[test]
    fn the_oldest_go_at_the_limits_and_the_cursor_says_so() {
        let mut ring = Ring::new(seq(0));
        let most = limits::CONSOLE_EVENTS as u64;
        (1..=most + 2).for_each(|n| ring.push(seq(n), Some(event(n, 1))));
        assert_eq!(ring.behind(seq(1), 10), Behind::Older(seq(2)));
        assert_eq!(numbers(ring.behind(seq(2), 1)).0, [3]);
        ring.push(seq(most + 3), Some(event(most + 3, limits::CONSOLE_BYTES)));
        assert_eq!(ring.events.len(), 1, "bytes are limited, too");
        assert_eq!(ring.bytes, limits::CONSOLE_BYTES);
    }
}
