//! What happens, in one stream: numbered here, when it happens, and from here on known by its number everywhere.
//!
//! The account keeps each record under its number, and whoever follows the stream gets the same ones: two readers that
//! know the last number that they saw know what they have missed.

use std::collections::{BTreeMap, BTreeSet};
use terms::{IdSource, Incarnation, Now, PhoneId, Seq, TrunkId, Wall, limits};

/// Something that happened.
#[derive(Clone, Debug)]
pub struct Record {
    /// Its number. `n` is 0 where there was none left: such a record is no part of the stream.
    pub seq: Seq,
    /// When.
    pub at: Wall,
    /// What.
    pub what: Happening,
}

/// What may happen.
#[derive(Clone, Debug)]
pub enum Happening {
    /// To a call, in a queue, to an agent.
    Call(call::cdr::Entry),
    /// The routing core was told something, or decided.
    Acd(Box<acd::Entry>),
    /// A phone can be rung from now on, or no longer.
    Phone {
        /// Which.
        phone: PhoneId,
        /// Whether it can be rung.
        reachable: bool,
    },
    /// To a carrier.
    Trunk {
        /// Which.
        trunk: TrunkId,
        /// What.
        what: TrunkNews,
    },
    /// A configuration came into force.
    Plan {
        /// SHA-256 of its sources, in hexadecimal.
        hash: String,
    },
    /// Somebody wanted something, and was answered.
    Command(Box<Ordered>),
}

/// What is new of a carrier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TrunkNews {
    /// It answers when it is asked, or does not.
    Reachable(bool),
    /// Our registration there: the final status, 200 where it stands.
    Registered(u16),
}

/// A command and its reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ordered {
    /// The command.
    pub command: control::Command,
    /// What was answered.
    pub reply: control::Reply,
    /// How that which it is about stood before, where it changes a setting or a state.
    pub before: Option<String>,
    /// How it stands since, where it was done.
    pub after: Option<String>,
}

/// Gives everything its number.
#[derive(Debug)]
pub(crate) struct Numbering {
    ids: IdSource,
    of: Incarnation,
    last: u64,
    /// How the last registration at each carrier went.
    registered: BTreeMap<TrunkId, u16>,
    /// Phones that can be rung.
    reachable: BTreeSet<PhoneId>,
}

impl Numbering {
    /// Goes on behind the numbers that this start has used already.
    pub(crate) fn new(of: Incarnation, used: u64) -> Numbering {
        Numbering {
            ids: IdSource::behind(of, used),
            of,
            last: used,
            registered: BTreeMap::new(),
            reachable: BTreeSet::new(),
        }
    }

    /// The record of something that happens now.
    pub(crate) fn record(&mut self, now: Now, what: Happening) -> Record {
        let seq = match self.ids.next_id() {
            Some(id) => {
                self.last += 1;
                Seq::of(id)
            }
            None => self.seq(0),
        };
        Record { seq, at: now.wall, what }
    }

    /// The number of the last record.
    pub(crate) fn last(&self) -> Seq {
        self.seq(self.last)
    }

    fn seq(&self, n: u64) -> Seq {
        Seq { node: self.of.node(), start: self.of.start(), n }
    }

    /// There are no more numbers than what runs may need.
    pub(crate) fn is_spent(&self) -> bool {
        self.ids.left() < limits::IDS_KEPT
    }

    /// What is new in how a registration went; it is done again and again, and mostly goes as before.
    pub(crate) fn news_of_registration(&mut self, trunk: TrunkId, status: u16) -> Option<Happening> {
        let status = if (200..300).contains(&status) { 200 } else { status };
        let before = self.registered.insert(trunk, status);
        (before != Some(status)).then_some(Happening::Trunk { trunk, what: TrunkNews::Registered(status) })
    }

    /// What is new of a phone, of which each device that comes or goes is told: whether it can be rung at all.
    pub(crate) fn news_of_phone(&mut self, phone: PhoneId, reachable: bool) -> Option<Happening> {
        let news = if reachable { self.reachable.insert(phone) } else { self.reachable.remove(&phone) };
        news.then_some(Happening::Phone { phone, reachable })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan() -> Happening {
        Happening::Plan { hash: String::new() }
    }

    #[test]
    fn numbers_follow_each_other_from_the_first_that_was_not_used() {
        let mut numbering = Numbering::new(Incarnation::new(2, 7), 3);
        assert_eq!(numbering.last().to_string(), "2-7-3");
        let numbers = [(); 2].map(|()| numbering.record(Now::default(), plan()).seq.to_string());
        assert_eq!(numbers, ["2-7-4", "2-7-5"]);
        assert_eq!(numbering.last().to_string(), "2-7-5");
    }

    #[test]
    fn what_finds_no_number_is_told_all_the_same() {
        let mut numbering = Numbering::new(Incarnation::new(0, 1), u64::MAX);
        assert!(numbering.is_spent());
        assert_eq!(numbering.record(Now::default(), plan()).seq, Seq { node: 0, start: 1, n: 0 });
    }

    #[test]
    fn a_registration_that_goes_as_before_is_no_news() {
        let mut numbering = Numbering::new(Incarnation::new(0, 1), 0);
        let trunk = TrunkId::of("acme");
        let mut is_news = |status| numbering.news_of_registration(trunk, status).is_some();
        assert_eq!([200, 202, 503, 503, 403, 200].map(&mut is_news), [true, false, true, false, true, true]);
    }
}
