//! SIP messages that a switch has kept, as they go over the control socket: which of them were asked for, and what of
//! them may be seen. The signalling thread hands over all that there are, as they are; both are decided beside it.

use crate::veil::{Clear, field, veiled};
use bytes::Bytes;
use control::TraceWish;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sip::Transport;
use std::collections::BTreeSet;
use std::net::SocketAddr;
use terms::{CallRef, TrunkId};

/// Bytes of messages in one answer: beyond it, the oldest calls are left out.
const ANSWER_BYTES: usize = 4 << 20;

/// Messages in the order in which they came and went.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Traced {
    /// The number of the last one that there is, whether it was asked for or not.
    pub last: u64,
    /// There were more than an answer takes, and the oldest calls were left out.
    #[serde(default)]
    pub more: bool,
    /// Messages are kept.
    pub kept: bool,
    /// Those that were asked for.
    pub messages: Vec<Message>,
}

/// One message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Its number, from the start of the switch on.
    pub n: u64,
    /// When, in milliseconds since 1970.
    pub at: i64,
    /// The call that it belongs to, when that is known.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "call")]
    pub call: Option<CallRef>,
    /// It went out.
    pub out: bool,
    /// How it travelled.
    pub transport: Transport,
    /// Our address.
    pub local: SocketAddr,
    /// The other one's.
    pub remote: SocketAddr,
    /// The message.
    pub text: Text,
    /// Which messages have the same Call-ID.
    #[serde(skip)]
    pub dialog: u64,
    /// The trunk at the other end, when that is known.
    #[serde(skip)]
    pub trunk: Option<TrunkId>,
}

/// A message's octets, of which only what may be seen is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Text {
    /// As they came.
    Kept(Bytes, Clear),
    /// As they were written.
    Told(String),
}

impl Default for Text {
    fn default() -> Text {
        Text::Told(String::new())
    }
}

impl Text {
    /// As it may be seen.
    pub fn seen(&self) -> String {
        match self {
            Text::Kept(bytes, clear) => veiled(bytes, *clear),
            Text::Told(text) => text.clone(),
        }
    }
}

impl Serialize for Text {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&self.seen())
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Text, D::Error> {
        String::deserialize(from).map(Text::Told)
    }
}

mod call {
    use super::*;

    pub fn serialize<S: Serializer>(call: &Option<CallRef>, to: S) -> Result<S::Ok, S::Error> {
        match call {
            Some(call) => to.collect_str(call),
            None => to.serialize_none(),
        }
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<CallRef>, D::Error> {
        let text = Option::<String>::deserialize(from)?;
        text.map(|text| text.parse().map_err(|_| serde::de::Error::custom("not an id"))).transpose()
    }
}

/// What belongs together: a call of ours with all its legs, or what has one Call-ID.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Ladder {
    Call(CallRef),
    Dialog(u64),
}

impl Message {
    fn ladder(&self) -> Ladder {
        self.call.map_or(Ladder::Dialog(self.dialog), Ladder::Call)
    }

    /// Whether it is what was asked for, or makes its call so.
    fn is_wanted(&self, wish: &TraceWish, trunk: Option<TrunkId>) -> Fits {
        let Text::Kept(bytes, _) = &self.text else { return Fits::default() };
        let head = head_of(bytes);
        Fits {
            number: wish.number.as_ref().is_none_or(|number| has_number(&head, number)),
            trunk: trunk.is_none_or(|trunk| self.trunk == Some(trunk)),
            status: wish.status.as_ref().is_none_or(|status| {
                head.strip_prefix("SIP/2.0 ").is_some_and(|rest| rest.starts_with(status.as_str()))
            }),
            method: wish
                .method
                .as_ref()
                .is_none_or(|method| head.split(' ').next().is_some_and(|begin| begin.eq_ignore_ascii_case(method))),
        }
    }
}

/// Which conditions something meets; a call meets those that its messages meet together.
#[derive(Clone, Copy, Default)]
struct Fits {
    number: bool,
    trunk: bool,
    status: bool,
    method: bool,
}

impl Fits {
    fn and_also(self, other: Fits) -> Fits {
        Fits {
            number: self.number || other.number,
            trunk: self.trunk || other.trunk,
            status: self.status || other.status,
            method: self.method || other.method,
        }
    }

    fn all(self) -> bool {
        self.number && self.trunk && self.status && self.method
    }
}

impl Traced {
    /// Leaves of all that there are those that were asked for, and of these what may be seen.
    pub fn select(&mut self, wish: &TraceWish) {
        let trunk = wish.trunk.as_deref().map(TrunkId::of);
        let mut met = std::collections::BTreeMap::<Ladder, (Fits, u64)>::new();
        for message in &self.messages {
            let (fits, last) = met.entry(message.ladder()).or_default();
            *fits = fits.and_also(message.is_wanted(wish, trunk));
            *last = message.n;
        }
        let call = wish.call.map(|shown| Ladder::Call(shown.0));
        let fits = |ladder: &Ladder, (fits, last): &(Fits, u64)| {
            fits.all() && *last > wish.after && call.is_none_or(|call| call == *ladder)
        };
        met.retain(|ladder, met| fits(ladder, met));
        self.messages.retain(|message| met.contains_key(&message.ladder()));
        self.keep_to_size();
        let clear = Clear { bodies: wish.bodies, numbers: wish.numbers };
        for message in &mut self.messages {
            if let Text::Kept(_, seen) = &mut message.text {
                *seen = clear;
            }
        }
    }

    /// Leaves calls out until an answer takes the others, those first that were silent for longest.
    fn keep_to_size(&mut self) {
        let (mut bytes, mut kept) = (0, BTreeSet::new());
        for message in self.messages.iter().rev() {
            bytes += match &message.text {
                Text::Kept(bytes, _) => bytes.len(),
                Text::Told(text) => text.len(),
            };
            if bytes <= ANSWER_BYTES {
                kept.insert(message.ladder());
            }
        }
        let before = self.messages.len();
        self.messages.retain(|message| kept.contains(&message.ladder()));
        self.more = self.messages.len() < before;
    }
}

fn head_of(bytes: &[u8]) -> String {
    let end = memchr::memmem::find(bytes, b"\r\n\r\n").unwrap_or(bytes.len());
    String::from_utf8_lossy(&bytes[..end]).into_owned()
}

/// Whether a request line, a From, a To or an identity has this number, or this user.
fn has_number(head: &str, number: &str) -> bool {
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    let wanted = digits(number);
    let wanted = wanted.trim_start_matches('0');
    let is_number = !wanted.is_empty() && !number.chars().any(char::is_alphabetic);
    let users = [&["from", "f"][..], &["to", "t"], &["p-asserted-identity"]].map(|names| field(head, names));
    let first = head.lines().next().filter(|line| !line.starts_with("SIP/2.0 "));
    users.into_iter().flatten().chain(first).filter_map(user_of).any(|user| match is_number {
        true => digits(user).contains(wanted),
        false => user.eq_ignore_ascii_case(number),
    })
}

/// The user of the first URI in a value.
fn user_of(value: &str) -> Option<&str> {
    let at = ["sips:", "sip:", "tel:"].iter().filter_map(|scheme| Some(value.find(scheme)? + scheme.len())).min()?;
    let rest = value.get(at..)?;
    let end = rest.find(['@', '>', ';', ' ']).unwrap_or(rest.len());
    rest.get(..end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use control::Shown;

    fn message(n: u64, dialog: u64, call: Option<CallRef>, text: &str) -> Message {
        Message {
            n,
            at: 1_000 + n as i64,
            call,
            out: false,
            transport: Transport::Udp,
            local: "192.0.2.1:5060".parse().unwrap(),
            remote: "192.0.2.7:5060".parse().unwrap(),
            text: Text::Kept(Bytes::from(text.to_owned()), Clear::default()),
            dialog,
            trunk: (dialog == 2).then(|| TrunkId::of("acme")),
        }
    }

    /// A call with two legs, and a registration.
    fn kept() -> Traced {
        let call = "c1000000003".parse().ok();
        let invite = "INVITE sip:+442079460001@x SIP/2.0\r\nFrom: <sip:+359888123456@y>;tag=999\r\nTo: <sip:z>\r\n\r\n";
        let busy = "SIP/2.0 486 Busy Here\r\nFrom: <sip:+359888123456@y>\r\n\r\n";
        let register = "REGISTER sip:x SIP/2.0\r\nFrom: \"Al\" <sip:alice@x>\r\nTo: <sip:alice@x>\r\n\r\n";
        let messages = vec![
            message(1, 1, call, invite),
            message(2, 3, None, register),
            message(3, 2, call, "INVITE sip:101@x SIP/2.0\r\n\r\n"),
            message(4, 2, call, busy),
        ];
        Traced { last: 4, kept: true, more: false, messages }
    }

    fn seen(wish: TraceWish) -> Vec<u64> {
        let mut traced = kept();
        traced.select(&wish);
        traced.messages.iter().map(|message| message.n).collect()
    }

    #[test]
    fn one_message_that_was_asked_for_shows_its_call_with_both_legs() {
        let all = TraceWish::default;
        let of = |text: &str| Some(text.to_owned());
        assert_eq!(seen(all()), [1, 2, 3, 4]);
        assert_eq!(
            seen(TraceWish { number: of("020 7946 0001"), ..all() }),
            [1, 3, 4],
            "spaces and a zero are nothing"
        );
        assert_eq!(seen(TraceWish { number: of("alice"), ..all() }), [2]);
        assert!(seen(TraceWish { number: of("999"), ..all() }).is_empty(), "a tag is no number");
        assert_eq!(seen(TraceWish { trunk: of("acme"), ..all() }), [1, 3, 4]);
        assert_eq!(seen(TraceWish { status: of("486"), ..all() }), [1, 3, 4]);
        assert_eq!(seen(TraceWish { status: of("4"), method: of("invite"), ..all() }), [1, 3, 4]);
        assert!(seen(TraceWish { status: of("486"), method: of("REGISTER"), ..all() }).is_empty());
        assert_eq!(seen(TraceWish { after: 3, ..all() }), [1, 3, 4], "what goes on is shown whole");
        assert_eq!(seen(TraceWish { call: Some(Shown("c1000000003".parse().unwrap())), ..all() }), [1, 3, 4]);
        assert!(seen(TraceWish { call: Some(Shown("c1000000004".parse().unwrap())), ..all() }).is_empty());
    }

    #[test]
    fn numbers_leave_the_switch_only_when_they_were_asked_for() {
        let written = |wish| {
            let mut traced = kept();
            traced.select(&wish);
            serde_json::to_string(&traced).unwrap()
        };
        let hidden = written(TraceWish::default());
        assert!(!hidden.contains("359888123456") && !hidden.contains("alice"), "{hidden}");
        let clear = written(TraceWish { numbers: true, ..TraceWish::default() });
        assert!(clear.contains("359888123456") && clear.contains("alice"), "{clear}");
        let back: Traced = serde_json::from_str(&clear).unwrap();
        assert_eq!((back.messages.len(), back.last), (4, 4));
        assert!(back.messages[0].call.is_some() && back.messages[1].call.is_none());
    }
}
