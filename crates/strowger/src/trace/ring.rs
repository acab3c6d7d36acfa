//! The last SIP messages, by call: kept as the bytes that came or went, and looked into when somebody wants to see them.
//!
//! Two bounds: so many bytes for the whole switch, of which the oldest go first, and so many for what has one Call-ID, so
//! that one that repeats itself drives nobody else out.

use bytes::Bytes;
use call::cdr::{CallRecord, LegRecord};
use operator::admin::trace::{Message, Text, Traced};
use operator::veil::Clear;
use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasher, RandomState};
use std::net::SocketAddr;
use std::sync::Arc;
use terms::{CallRef, TrunkId, Wall, limits};

/// What keeping a message costs beside its bytes.
const BESIDE: usize = 160;

/// The way that a message took on our side.
#[derive(Debug, PartialEq, Eq)]
pub struct Way {
    /// How.
    pub transport: sip::Transport,
    /// Our address.
    pub local: SocketAddr,
}

/// A message that came or went.
#[derive(Clone, Debug)]
pub struct Passed {
    /// When.
    pub at: Wall,
    /// It went out.
    pub out: bool,
    /// How.
    pub way: Arc<Way>,
    /// From where, or where to.
    pub remote: SocketAddr,
    /// The message.
    pub bytes: Bytes,
}

/// What has one Call-ID.
#[derive(Default)]
struct Dialog {
    passed: VecDeque<(u64, Passed)>,
    bytes: usize,
    call: Option<CallRef>,
    trunk: Option<TrunkId>,
}

/// The messages.
pub struct Ring {
    dialogs: HashMap<u64, Dialog>,
    /// Which message is of which dialog, the oldest first. One that its dialog has let go of is still named here.
    order: VecDeque<(u64, u64)>,
    bytes: usize,
    room: usize,
    last: u64,
    hasher: RandomState,
}

impl Ring {
    /// An empty one for so many bytes; for none, nothing is kept.
    pub fn new(room: usize) -> Ring {
        let (dialogs, order) = (HashMap::new(), VecDeque::new());
        Ring { dialogs, order, bytes: 0, room, last: 0, hasher: RandomState::new() }
    }

    /// Whether anything is kept.
    pub fn is_on(&self) -> bool {
        self.room > 0
    }

    /// Keeps a message. One without a Call-ID is none.
    pub fn keep(&mut self, passed: Passed) {
        let Some(call_id) = call_id(&passed.bytes).filter(|_| self.is_on()) else { return };
        let key = self.hasher.hash_one(call_id);
        self.last += 1;
        let size = passed.bytes.len() + BESIDE;
        let dialog = self.dialogs.entry(key).or_default();
        dialog.passed.push_back((self.last, passed));
        dialog.bytes += size;
        self.bytes += size;
        self.order.push_back((self.last, key));
        while dialog.bytes > limits::TRACE_CALL_BYTES {
            let Some((_, passed)) = dialog.passed.pop_front() else { break };
            dialog.bytes -= passed.bytes.len() + BESIDE;
            self.bytes -= passed.bytes.len() + BESIDE;
        }
        self.make_room();
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
        if let Some(dialog) = self.dialogs.get_mut(&self.hasher.hash_one(call_id.as_bytes())) {
            dialog.call = Some(call);
            dialog.trunk = trunk.or(dialog.trunk);
        }
    }

    /// Lets the oldest go.
    fn make_room(&mut self) {
        while self.bytes > self.room {
            let Some((n, key)) = self.order.pop_front() else { return };
            let Some(dialog) = self.dialogs.get_mut(&key) else { continue };
            if dialog.passed.front().is_some_and(|(first, _)| *first == n)
                && let Some((_, passed)) = dialog.passed.pop_front()
            {
                dialog.bytes -= passed.bytes.len() + BESIDE;
                self.bytes -= passed.bytes.len() + BESIDE;
            }
            if dialog.passed.is_empty() {
                self.dialogs.remove(&key);
            }
        }
        // One dialog that goes on and on lets go of its own messages, and their names stay.
        if self.order.len() > 64 + 2 * self.room / BESIDE {
            let Ring { dialogs, order, .. } = self;
            let first = |key: &u64| dialogs.get(key).and_then(|dialog| dialog.passed.front()).map(|(n, _)| *n);
            order.retain(|(n, key)| first(key).is_some_and(|first| first <= *n));
        }
    }

    /// All that is kept, in the order in which it came and went.
    pub fn seen(&self) -> Traced {
        let of = |(key, dialog): (&u64, &Dialog)| {
            let (key, call, trunk) = (*key, dialog.call, dialog.trunk);
            dialog.passed.iter().map(move |(n, passed)| message(*n, passed, key, call, trunk)).collect::<Vec<_>>()
        };
        let mut messages: Vec<Message> = self.dialogs.iter().flat_map(of).collect();
        messages.sort_unstable_by_key(|message| message.n);
        Traced { last: self.last, more: false, kept: self.is_on(), messages }
    }
}

fn message(n: u64, passed: &Passed, dialog: u64, call: Option<CallRef>, trunk: Option<TrunkId>) -> Message {
    Message {
        n,
        at: passed.at.as_millis(),
        call,
        out: passed.out,
        transport: passed.way.transport,
        local: passed.way.local,
        remote: passed.remote,
        text: Text::Kept(passed.bytes.clone(), Clear::default()),
        dialog,
        trunk,
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
    use proptest::prelude::*;

    fn passed(call_id: &str, size: usize) -> Passed {
        let text = format!("INVITE sip:x SIP/2.0\r\nVia: y\r\nCall-ID: {call_id}\r\n\r\n{}", "x".repeat(size));
        let local = "192.0.2.1:5060".parse().unwrap();
        let way = Arc::new(Way { transport: sip::Transport::Udp, local });
        Passed { at: Wall::from_millis(1), out: false, way, remote: local, bytes: Bytes::from(text) }
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
        let mut ring = Ring::new(limits::TRACE_CALL_BYTES + 3_000);
        ring.keep(passed("quiet", 10));
        for _ in 0..10_000 {
            ring.keep(passed("loud", 500));
        }
        assert_eq!(numbers(&ring)[0], 1, "the quiet one is still there");
        assert!(ring.bytes <= limits::TRACE_CALL_BYTES + 400, "{}", ring.bytes);
        for nth in 0..100 {
            ring.keep(passed(&format!("next {nth}"), 500));
        }
        assert!(!numbers(&ring).contains(&1), "now it was the oldest");
        assert!(numbers(&ring).contains(&10_101));
    }

    #[test]
    fn nothing_is_kept_where_nothing_is_wanted_and_nothing_of_what_is_no_message() {
        let mut ring = Ring::new(0);
        ring.keep(passed("a", 1));
        assert!(ring.seen().messages.is_empty() && !ring.seen().kept);
        let mut ring = Ring::new(10_000);
        ring.keep(Passed { bytes: Bytes::from_static(b"\r\n\r\n"), ..passed("a", 1) });
        assert_eq!((ring.bytes, ring.last), (0, 0));
    }

    proptest! {
        #[test]
        fn what_is_counted_is_what_is_there(steps in prop::collection::vec((0_u8..6, 0_usize..3_000), 1..300)) {
            let mut ring = Ring::new(20_000);
            for (who, size) in steps {
                ring.keep(passed(&who.to_string(), size));
                let there: usize = ring.seen().messages.iter().map(|message| match &message.text {
                    Text::Kept(bytes, _) => bytes.len() + BESIDE,
                    Text::Told(_) => 0,
                }).sum();
                prop_assert_eq!(there, ring.bytes);
                prop_assert!(ring.bytes <= 20_000 && ring.order.len() <= 64 + 2 * 20_000 / BESIDE + 1);
                let last = ring.seen().messages.last().map(|message| message.n);
                prop_assert_eq!(last, Some(ring.last), "the newest is there");
            }
        }
    }
}
