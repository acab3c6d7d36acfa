//! Durable ids: which start of which node handed one out, and what comes next.
//!
//! A durable id has node (10 bits), start (17) and counter (36), and so fits a signed database column. The ledger keeps
//! the count of starts. Versions before had node (11), start (20) and counter (32), on node 0 alone: their ids of a
//! start lie below all ids of the next one in this form.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

const NODE_BITS: u32 = 10;
const START_BITS: u32 = 17;
const COUNTER_BITS: u32 = 36;
const COUNTER: u64 = (1 << COUNTER_BITS) - 1;
const START: u32 = (1 << START_BITS) - 1;

/// One start of one node. As a number (in columns, in the daybook) node and start stand beside each other, so that it is
/// the count of starts on node 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "u32", into = "u32")]
pub struct Incarnation(u32);

impl Incarnation {
    /// The highest number of a node.
    pub const NODE_MAX: u16 = (1 << NODE_BITS) - 1;

    /// The `start`-th start of a node, counted from 1. Beyond the last one that has ids, it is spent.
    pub const fn new(node: u16, start: u32) -> Incarnation {
        let start = if start < START { start } else { START };
        Incarnation(((node & Incarnation::NODE_MAX) as u32) << START_BITS | start)
    }
    /// The one that handed out a durable id.
    pub const fn of(id: u64) -> Incarnation {
        Incarnation((id >> COUNTER_BITS) as u32 & (u32::MAX >> (32 - NODE_BITS - START_BITS)))
    }
    /// Which node.
    pub const fn node(self) -> u16 {
        (self.0 >> START_BITS) as u16
    }
    /// Which of its starts.
    pub const fn start(self) -> u32 {
        self.0 & START
    }
    /// The node has started so often that there are no ids left for it.
    pub const fn is_spent(self) -> bool {
        self.start() == START
    }
    /// The `n`-th durable id of it; none where there are not so many.
    pub const fn id(self, n: u64) -> Option<u64> {
        if n <= COUNTER { Some((self.0 as u64) << COUNTER_BITS | n) } else { None }
    }
    /// All durable ids of it, from the first to the last.
    pub const fn ids(self) -> (u64, u64) {
        let begin = (self.0 as u64) << COUNTER_BITS;
        (begin, begin | COUNTER)
    }
}

impl From<u32> for Incarnation {
    fn from(number: u32) -> Incarnation {
        Incarnation(number & (u32::MAX >> (32 - NODE_BITS - START_BITS)))
    }
}

impl From<Incarnation> for u32 {
    fn from(incarnation: Incarnation) -> u32 {
        incarnation.0
    }
}

/// Hands out durable ids of one kind, and none twice: it ends, and does not begin anew.
#[derive(Clone, Debug)]
pub struct IdSource {
    of: Incarnation,
    used: u64,
}

impl IdSource {
    /// The ids of one start. A spent one has none.
    pub const fn new(of: Incarnation) -> IdSource {
        IdSource::behind(of, 0)
    }

    /// Goes on behind the first `used` ids.
    pub const fn behind(of: Incarnation, used: u64) -> IdSource {
        let spent = of.is_spent() || used > COUNTER;
        IdSource { of, used: if spent { COUNTER } else { used } }
    }

    /// The next id.
    pub fn next_id(&mut self) -> Option<u64> {
        let id = self.of.id(self.used + 1)?;
        self.used += 1;
        Some(id)
    }

    /// How many there are.
    pub const fn left(&self) -> u64 {
        COUNTER - self.used
    }
}

/// The number of something that happened: within a start they are in the order in which it did. Written `0-12-48213`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Seq {
    /// Which node.
    pub node: u16,
    /// Which of its starts.
    pub start: u32,
    /// Which of what happened then.
    pub n: u64,
}

impl Seq {
    /// That of a durable id.
    pub const fn of(id: u64) -> Seq {
        let incarnation = Incarnation::of(id);
        Seq { node: incarnation.node(), start: incarnation.start(), n: id & COUNTER }
    }

    /// As a durable id; none where a part is larger than there are ids for.
    pub const fn id(self) -> Option<u64> {
        if self.node <= Incarnation::NODE_MAX && self.start <= START {
            return Incarnation::new(self.node, self.start).id(self.n);
        }
        None
    }
}

impl fmt::Display for Seq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}-{}", self.node, self.start, self.n)
    }
}

/// A text that is no [`Seq`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoSeq;

impl fmt::Display for NoSeq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a number of something that happened; one is written like 0-12-48213")
    }
}

impl std::error::Error for NoSeq {}

impl FromStr for Seq {
    type Err = NoSeq;
    fn from_str(text: &str) -> Result<Seq, NoSeq> {
        fn part<T: FromStr>(text: Option<&str>) -> Result<T, NoSeq> {
            let digits = text.filter(|text| text.bytes().all(|byte| byte.is_ascii_digit())).ok_or(NoSeq)?;
            digits.parse().map_err(|_| NoSeq)
        }
        let mut parts = text.split('-');
        let seq = Seq { node: part(parts.next())?, start: part(parts.next())?, n: part(parts.next())? };
        (parts.next().is_none() && seq.id().is_some()).then_some(seq).ok_or(NoSeq)
    }
}

impl TryFrom<String> for Seq {
    type Error = NoSeq;
    fn try_from(text: String) -> Result<Seq, NoSeq> {
        text.parse()
    }
}

impl From<Seq> for String {
    fn from(seq: Seq) -> String {
        seq.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An id as versions before wrote them: node 0, start (20 bits), counter (32).
    fn as_before(start: u32, counter: u32) -> u64 {
        u64::from(start & 0xf_ffff) << 32 | u64::from(counter)
    }

    #[test]
    fn ids_of_two_starts_and_of_two_nodes_never_meet() {
        let ranges = [(0, 1), (0, 2), (0, START - 1), (1, 1), (Incarnation::NODE_MAX, START - 1)];
        let ranges = ranges.map(|(node, start)| Incarnation::new(node, start).ids());
        assert!(ranges.windows(2).all(|pair| pair[0].1 < pair[1].0), "{ranges:x?}");
        assert!(i64::try_from(ranges[4].1).is_ok(), "they fit a database column");
    }

    #[test]
    fn no_id_of_a_version_before_is_one_of_a_later_start() {
        for start in 1..1 << START_BITS {
            let (first, last) = (as_before(start, 0), as_before(start, u32::MAX));
            assert!(first > as_before(start - 1, u32::MAX), "in their own order");
            assert!(last < Incarnation::new(0, start + 1).ids().0 || start + 1 >= START, "start {start}");
            assert_eq!(Incarnation::of(last), Incarnation::new(0, start >> 4), "as it reads in this form");
        }
        let ever = as_before(u32::MAX, u32::MAX);
        assert!(ever < Incarnation::new(1, 0).ids().0, "and none of another node, however often it started");
    }

    #[test]
    fn a_source_ends_and_does_not_begin_anew() {
        let start = Incarnation::new(3, 7);
        let mut source = IdSource::behind(start, COUNTER - 2);
        let last = [source.next_id(), source.next_id(), source.next_id(), source.next_id()];
        assert_eq!(last, [Some(start.ids().1 - 1), Some(start.ids().1), None, None]);
        assert_eq!((source.left(), IdSource::behind(start, u64::MAX).next_id()), (0, None));
        assert_eq!(IdSource::new(start).next_id().map(Incarnation::of), Some(start));
    }

    #[test]
    fn a_node_that_started_too_often_has_no_ids_left() {
        for start in [START, START + 1, u32::MAX] {
            let spent = Incarnation::new(1, start);
            assert!(spent.is_spent() && spent.node() == 1);
            assert_eq!((IdSource::new(spent).next_id(), IdSource::behind(spent, 0).left()), (None, 0));
        }
        assert!(!Incarnation::new(1, START - 1).is_spent());
    }

    #[test]
    fn an_incarnation_is_the_count_of_starts_on_node_0() {
        assert_eq!(serde_json::to_string(&Incarnation::new(0, 12)).unwrap(), "12");
        assert_eq!(u32::from(Incarnation::new(2, 5)), 2 << 17 | 5);
        let read: Incarnation = serde_json::from_str("262149").unwrap();
        assert_eq!((read.node(), read.start()), (2, 5));
    }

    #[test]
    fn a_seq_is_written_and_read_and_has_the_order_of_its_ids() {
        let seq = Seq { node: 0, start: 12, n: 48_213 };
        assert_eq!((seq.to_string().as_str(), "0-12-48213".parse()), ("0-12-48213", Ok(seq)));
        assert_eq!(serde_json::to_string(&seq).unwrap(), "\"0-12-48213\"");
        assert_eq!(serde_json::from_str::<Seq>("\"0-12-48213\"").unwrap(), seq);
        let all = ["0-1-9", "0-2-1", "0-10-0", "1-1-0", "1-1-68719476735", "1023-131071-0"];
        let all = all.map(|text| text.parse::<Seq>().unwrap());
        assert!(all.windows(2).all(|pair| pair[0] < pair[1] && pair[0].id() < pair[1].id()));
        assert!(all.iter().all(|seq| seq.id().map(Seq::of) == Some(*seq)));
        for text in ["", "0-12", "0-12-1-1", "0-12-", "+0-12-1", "0--1", "1024-1-1", "0-131072-1", "0-1-68719476736"] {
            assert_eq!(text.parse::<Seq>(), Err(NoSeq), "{text:?}");
        }
    }
}
