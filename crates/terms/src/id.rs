//! Ids. Counted ids (`CallRef`, `LegId`, ...) are handed out by one owner each; named ids
//! (`AgentId`, `QueueId`, ...) are a hash of the operator's name, so that they stay the same across
//! reloads, restarts and nodes. The plan refuses two names of one kind with the same hash.

use serde::{Deserialize, Serialize};
use std::fmt;

macro_rules! counted {
    ($($(#[$doc:meta])* $name:ident $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub struct $name(pub u64);
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($prefix, "{:x}"), self.0)
            }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }
    )*};
}

counted! {
    /// One call: one record. Unique across nodes and restarts (see [`IdSource`]). Never "call id": that is the SIP header.
    CallRef "c";
    /// A piece of work in a queue; it may outlive a call. Unique across nodes and restarts.
    ContactId "w";
    /// One INVITE with its set of early and confirmed dialogs. See [`LegId::inbound`] and [`LegId::outbound`].
    LegId "l";
    /// One RTP stream pair of one leg.
    StreamId "s";
    /// A transport association. The shell numbers those it accepts, `sip` those it asks for; never reused in a process.
    LinkId "k";
    /// One offer of a contact to an agent (never the SDP offer).
    OfferId "o";
    /// One sound being played into one leg.
    PlayId "p";
    /// One recording of a call's timeline.
    CaptureId "r";
}

impl LegId {
    /// The id of the n-th leg that `sip` received.
    pub const fn inbound(n: u64) -> LegId {
        LegId(n << 1)
    }
    /// The id of the n-th leg that `call` placed.
    pub const fn outbound(n: u64) -> LegId {
        LegId((n << 1) | 1)
    }
    /// Whether `sip` received this leg's INVITE.
    pub const fn is_inbound(self) -> bool {
        self.0 & 1 == 0
    }
}

impl LinkId {
    /// The id of the n-th link that the shell opened by itself (listeners and accepted connections).
    pub const fn accepted(n: u64) -> LinkId {
        LinkId(n << 1)
    }
    /// The id of the n-th link that `sip` asked the shell to connect.
    pub const fn dialled(n: u64) -> LinkId {
        LinkId((n << 1) | 1)
    }
}

/// FNV-1a, 64 bits, with the top bit cleared so that an id fits a signed database column.
const fn name_hash(name: &str) -> u64 {
    let bytes = name.as_bytes();
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut i = 0;
    while i < bytes.len() {
        hash = (hash ^ bytes[i] as u64).wrapping_mul(0x0000_0100_0000_01b3);
        i += 1;
    }
    hash & (u64::MAX >> 1)
}

macro_rules! named {
    ($($(#[$doc:meta])* $name:ident $prefix:literal;)*) => {
        counted! { $($(#[$doc])* $name $prefix;)* }
        $(impl $name {
            /// The id that belongs to the operator's name.
            pub const fn of(name: &str) -> $name {
                $name(name_hash(name))
            }
        })*
    };
}

named! {
    /// An agent, by the configured name.
    AgentId "agent-";
    /// A queue, by the configured name.
    QueueId "queue-";
    /// A skill, by the configured name.
    SkillId "skill-";
    /// A trunk, by the configured name.
    TrunkId "trunk-";
    /// A phone (a device that may register), by the configured user.
    PhoneId "phone-";
    /// A sound file, by its path below the sounds folder.
    PromptId "prompt-";
}

/// Hands out ids unique across nodes and restarts: node (11 bits), incarnation (20), counter (32).
///
/// The ledger persists the incarnation and adds one at each start; the counter begins at 1.
#[derive(Clone, Debug)]
pub struct IdSource {
    prefix: u64,
    counter: u32,
}

impl IdSource {
    /// A source for `node` (0..2048) in its `incarnation`-th start (modulo 2^20).
    pub fn new(node: u16, incarnation: u32) -> IdSource {
        let prefix = (u64::from(node) & 0x7ff) << 52 | (u64::from(incarnation) & 0xf_ffff) << 32;
        IdSource { prefix, counter: 0 }
    }

    /// The next id.
    pub fn next_id(&mut self) -> u64 {
        self.counter = self.counter.wrapping_add(1);
        self.prefix | u64::from(self.counter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_two_incarnations_never_meet() {
        let (mut a, mut b) = (IdSource::new(1, 7), IdSource::new(1, 8));
        assert_ne!(a.next_id(), b.next_id());
        assert!(i64::try_from(IdSource::new(2047, 0xf_ffff).next_id()).is_ok(), "fits a database column");
    }

    #[test]
    fn a_named_id_is_stable_and_tells_names_apart() {
        assert_eq!(AgentId::of("alice"), AgentId::of("alice"));
        assert_ne!(AgentId::of("alice"), AgentId::of("alicf"));
    }

    #[test]
    fn received_and_placed_legs_never_share_an_id() {
        assert_ne!(LegId::inbound(3), LegId::outbound(3));
        assert!(LegId::inbound(3).is_inbound() && !LegId::outbound(3).is_inbound());
    }
}
