//! The last SIP messages, by call: kept as the bytes that came or went, and looked into when somebody wants to see them.
//!
//! Each is copied to the end of a block, and of the full blocks the oldest goes: no message holds memory that the next
//! one could have, and nothing is looked up for it. Which messages are of which call is found out by whoever asks.
//!
//! Two bounds: so many bytes for the whole switch, of which the oldest go first, and so many for what has one Call-ID.
//! Those that say more than that have blocks of their own, and drive out one another alone.

use super::block::{Blocks, Head};
use super::passed::Passed;
use super::shares::Shares;
use bytes::Bytes;
use call::cdr::{CallRecord, LegRecord};
use operator::admin::trace::{Message, Text, Traced};
use operator::veil::Clear;
use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasher, RandomState};
use terms::{CallRef, TrunkId, limits};

/// One byte in so many is for those who say more than their share.
const TALKERS: usize = 8;

/// Which call a Call-ID is of, and the last message that there was when it was told.
struct Told {
    n: u64,
    key: u64,
    call: CallRef,
    trunk: Option<TrunkId>,
}

/// The messages.
pub struct Ring {
    blocks: Blocks,
    /// Those of whom as much is there as may be.
    talkers: Blocks,
    /// What is in `blocks` of each.
    shares: Shares,
    /// In the order in which it was told.
    told: VecDeque<Told>,
    room: usize,
    last: u64,
    hasher: RandomState,
}

impl Ring {
    /// An empty one for so many bytes; for none, nothing is kept.
    pub fn new(room: usize) -> Ring {
        let (most, talkers) = (room - room / TALKERS, Blocks::new(room / TALKERS));
        let (blocks, shares) = (Blocks::new(most), Shares::new(most));
        Ring { blocks, talkers, shares, told: VecDeque::new(), room, last: 0, hasher: RandomState::new() }
    }

    /// Whether anything is kept.
    pub fn is_on(&self) -> bool {
        self.room > 0
    }

    /// Keeps a message. One without a Call-ID is none.
    pub fn keep(&mut self, passed: &Passed<impl AsRef<[u8]>>) {
        let bytes = passed.bytes.as_ref();
        let Some(call_id) = call_id(bytes).filter(|_| self.is_on()) else { return };
        let key = self.hasher.hash_one(call_id);
        self.last += 1;
        let head = Head::of(self.last, key, passed);
        if self.shares.of(key) + head.size() > limits::TRACE_CALL_BYTES {
            return self.talkers.push(head, bytes, |_| {});
        }
        self.shares.more(key, head.size());
        let (mut some_went, shares) = (false, &mut self.shares);
        self.blocks.push(head, bytes, |gone| {
            shares.less(gone.key, gone.size());
            some_went = true;
        });
        if some_went {
            self.forget();
        }
    }

    /// This leg is of that call.
    pub fn leg(&mut self, leg: &LegRecord) {
        let trunk = if let sip::Source::Trunk(trunk) = leg.who { Some(trunk) } else { None };
        self.belongs(&leg.sip_call_id, leg.call, trunk);
    }

    /// Its first leg is of that call.
    pub fn call(&mut self, call: &CallRecord) {
        let trunk = if let sip::Source::Trunk(trunk) = call.source { Some(trunk) } else { None };
        self.belongs(&call.sip_call_id, call.call, trunk);
    }

    fn belongs(&mut self, call_id: &str, call: CallRef, trunk: Option<TrunkId>) {
        let key = self.hasher.hash_one(call_id.as_bytes());
        if self.shares.of(key) > 0 {
            self.told.push_back(Told { n: self.last, key, call, trunk });
        }
    }

    /// What was told before the oldest message, unless it is of a Call-ID that has others still.
    fn forget(&mut self) {
        let oldest = self.blocks.oldest().unwrap_or(self.last);
        while let Some(told) = self.told.pop_front_if(|told| told.n < oldest) {
            // A counter that two share may say that it has: not for everybody, however few the counters are.
            if self.shares.of(told.key) > 0 && self.told.len() < self.blocks.count() {
                self.told.push_back(Told { n: self.last, ..told });
            }
        }
    }

    /// All that is kept, in the order in which it came and went.
    pub fn seen(&self) -> Traced {
        let known = self.known();
        let mut kept: Vec<(&Head, Bytes)> = self.blocks.messages().chain(self.talkers.messages()).collect();
        kept.sort_unstable_by_key(|(head, _)| std::cmp::Reverse(head.n));
        let mut shares = HashMap::<u64, usize>::new();
        kept.retain(|(head, _)| {
            let share = shares.entry(head.key).or_default();
            *share += head.size();
            *share <= limits::TRACE_CALL_BYTES
        });
        let messages = kept.into_iter().rev().map(|(head, bytes)| message(head, bytes, known.get(&head.key)));
        Traced { last: self.last, more: false, kept: self.is_on(), messages: messages.collect() }
    }

    /// Which call each Call-ID is of, as far as that was told.
    fn known(&self) -> HashMap<u64, (CallRef, Option<TrunkId>)> {
        let mut known = HashMap::new();
        for Told { key, call, trunk, .. } in &self.told {
            let (of, over) = known.entry(*key).or_insert((*call, *trunk));
            (*of, *over) = (*call, trunk.or(*over));
        }
        known
    }
}

fn message(head: &Head, bytes: Bytes, known: Option<&(CallRef, Option<TrunkId>)>) -> Message {
    Message {
        n: head.n,
        at: head.at.as_millis(),
        call: known.map(|(call, _)| *call),
        out: head.out,
        transport: head.way.transport,
        local: head.way.local,
        remote: head.remote,
        text: Text::Kept(bytes, Clear::default()),
        dialog: head.key,
        trunk: known.and_then(|(_, trunk)| *trunk),
    }
}

/// The value of the Call-ID of a message. It stands among the first header fields, as a rule; a body has none.
pub fn call_id(bytes: &[u8]) -> Option<&[u8]> {
    let mut rest = bytes;
    loop {
        let line = memchr::memchr(b'\n', rest)?;
        rest = rest.get(line + 1..)?;
        match rest {
            [b'C' | b'c', b'a' | b'A', ..] if rest.get(..7)?.eq_ignore_ascii_case(b"call-id") => {
                return value(rest.get(7..)?);
            }
            [b'i' | b'I', b':' | b' ' | b'\t', ..] => return value(rest.get(1..)?),
            [b'\r' | b'\n', ..] => return None,
            _ => {}
        }
    }
}

fn value(rest: &[u8]) -> Option<&[u8]> {
    let end = memchr::memchr(b'\n', rest)?;
    rest.get(..end)?.trim_ascii_start().strip_prefix(b":").map(<[u8]>::trim_ascii)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::passed::Way;
    use proptest::prelude::*;
    use std::sync::Arc;
    use terms::Wall;

    /// The kept message's size is counted with it.
    const BESIDE: usize = 160;

    fn passed(call_id: &str, size: usize) -> Passed {
        let text = format!("INVITE sip:x SIP/2.0\r\nVia: y\r\nCall-ID: {call_id}\r\n\r\n{}", "x".repeat(size));
        let local = "192.0.2.1:5060".parse().unwrap();
        let way = Arc::new(Way { transport: sip::Transport::Udp, local });
        Passed { at: Wall::from_millis(1), out: false, way, remote: local, bytes: Bytes::from(text) }
    }

    fn held(ring: &Ring) -> usize {
        ring.blocks.size() + ring.talkers.size()
    }

    fn numbers(ring: &Ring) -> Vec<u64> {
        ring.seen().messages.iter().map(|message| message.n).collect()
    }

    #[test]
    fn the_call_id_is_found_in_whatever_way_it_is_written() {
        let of = |text: &str| call_id(text.as_bytes()).map(|id| String::from_utf8(id.to_vec()).unwrap());
        assert_eq!(of("OPTIONS x SIP/2.0\r\nVia: i: 7\r\nCall-ID: a@b\r\n\r\n").as_deref(), Some("a@b"));
        assert_eq!(of("OPTIONS x SIP/2.0\r\nCALL-id  : a@b \r\n\r\n").as_deref(), Some("a@b"));
        assert_eq!(of("OPTIONS x SIP/2.0\ni:a@b\n\n").as_deref(), Some("a@b"));
        assert_eq!(of("OPTIONS x SIP/2.0\r\nVia: y\r\n\r\nCall-ID: a@b\r\n"), None, "a body has none");
        assert_eq!(of("\r\n\r\n"), None);
    }

    #[test]
    fn the_oldest_go_first_and_one_that_repeats_itself_drives_nobody_out() {
        let mut ring = Ring::new(1_000_000);
        ring.keep(&passed("quiet", 10));
        for _ in 0..10_000 {
            ring.keep(&passed("loud", 500));
        }
        let kept = ring.seen().messages;
        assert_eq!(kept[0].n, 1, "the quiet one is still there");
        assert_eq!(kept.last().map(|message| message.n), Some(10_001), "and the last that the loud one said");
        let of_loud = kept.len() * (500 + BESIDE);
        assert!(of_loud <= limits::TRACE_CALL_BYTES, "{of_loud}");
        assert!(held(&ring) <= limits::TRACE_CALL_BYTES + 1_000_000 / TALKERS + 400, "{}", held(&ring));
        for nth in 0..2_000 {
            ring.keep(&passed(&format!("next {nth}"), 500));
        }
        assert!(!numbers(&ring).contains(&1), "now it was the oldest");
        assert!(numbers(&ring).contains(&12_001));
        ring.keep(&passed("loud", 500));
        assert!(numbers(&ring).contains(&12_002));
    }

    fn leg(call_id: &str, call: u64) -> (String, CallRef) {
        (call_id.into(), CallRef(call))
    }

    #[test]
    fn a_call_is_known_for_as_long_as_a_message_of_it_is_there_and_no_longer() {
        let mut ring = Ring::new(1_000_000);
        let (long, of) = leg("long", 7);
        ring.keep(&passed(&long, 10));
        ring.belongs(&long, of, Some(TrunkId(3)));
        ring.belongs(&long, of, None);
        ring.belongs("never heard of", CallRef(8), None);
        assert_eq!(ring.told.len(), 2);
        for nth in 0..6_000 {
            let other = format!("other {nth}");
            ring.keep(&passed(&other, 500));
            ring.belongs(&other, CallRef(100 + nth), None);
            // It goes on: what was told of it is older than all that is there of it.
            if nth % 500 == 0 && nth < 3_000 {
                ring.keep(&passed(&long, 10));
            }
        }
        let kept = ring.seen().messages;
        assert!(kept.iter().all(|message| message.call.is_some()), "each of the others");
        assert!(ring.told.len() <= 2 * kept.len(), "{} of {}", ring.told.len(), kept.len());
        assert!(!kept.iter().any(|message| message.call == Some(of)), "the long one is over");
        ring.keep(&passed(&long, 10));
        ring.belongs(&long, of, Some(TrunkId(3)));
        ring.belongs(&long, of, None);
        for nth in 0..300 {
            ring.keep(&passed(&format!("more {nth}"), 500));
        }
        ring.keep(&passed(&long, 10));
        for nth in 0..1_100 {
            ring.keep(&passed(&format!("most {nth}"), 500));
        }
        let kept = ring.seen().messages;
        let of_it: Vec<_> = kept.iter().filter(|message| message.call == Some(of)).collect();
        assert_eq!(of_it.len(), 1, "the first is gone, and the second is known by what was told before it");
        assert_eq!(of_it[0].trunk, Some(TrunkId(3)));
    }

    #[test]
    fn what_somebody_looks_at_stays_as_it_was_and_what_nobody_does_is_filled_anew() {
        let mut ring = Ring::new(1_000_000);
        ring.keep(&passed("first", 10));
        let seen = ring.seen().messages;
        for nth in 0..9_000 {
            ring.keep(&passed(&format!("other {nth}"), 500));
        }
        let Text::Kept(bytes, _) = &seen[0].text else { panic!("{:?}", seen[0].text) };
        assert_eq!(bytes, &passed("first", 10).bytes);
        assert_eq!(seen.len(), 1);
    }

    #[test]
    fn nothing_is_kept_where_nothing_is_wanted_and_nothing_of_what_is_no_message() {
        let mut ring = Ring::new(0);
        ring.keep(&passed("a", 1));
        assert!(ring.seen().messages.is_empty() && !ring.seen().kept);
        let mut ring = Ring::new(10_000);
        ring.keep(&Passed { bytes: Bytes::from_static(b"\r\n\r\n"), ..passed("a", 1) });
        assert_eq!((held(&ring), ring.last), (0, 0));
    }

    proptest! {
        #[test]
        fn what_is_counted_is_what_is_there(steps in prop::collection::vec((0_u8..6, 0_usize..3_000), 1..300)) {
            let mut ring = Ring::new(20_000);
            for (who, size) in steps {
                ring.keep(&passed(&who.to_string(), size));
                let there: usize = ring.seen().messages.iter().map(|message| match &message.text {
                    Text::Kept(bytes, _) => bytes.len() + BESIDE,
                    Text::Told(_) => 0,
                }).sum();
                prop_assert_eq!(there, held(&ring));
                prop_assert!(held(&ring) <= 20_000);
                let last = ring.seen().messages.last().map(|message| message.n);
                prop_assert_eq!(last, Some(ring.last), "the newest is there");
            }
        }
    }
}
