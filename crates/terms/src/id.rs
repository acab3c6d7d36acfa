//! Ids. Counted ids (`CallRef`, `LegId`, ...) are handed out by one owner each; named ids
//! (`AgentId`, `QueueId`, ...) are a hash of the operator's name, so that they stay the same across
//! reloads, restarts and nodes. The plan refuses two names of one kind with the same hash. A name belongs to a
//! tenant: those of the default tenant are hashed as they stand.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

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
        impl FromStr for $name {
            type Err = NoId;
            fn from_str(text: &str) -> Result<$name, NoId> {
                digits(text, $prefix).map($name)
            }
        }
    )*};
}

/// A text that is no id of its kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoId(&'static str);

impl fmt::Display for NoId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not an id; one is written as {} and hexadecimal digits, like {0}1000000003", self.0)
    }
}

impl std::error::Error for NoId {}

fn digits(text: &str, prefix: &'static str) -> Result<u64, NoId> {
    let digits = text.strip_prefix(prefix).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
    digits.and_then(|digits| u64::from_str_radix(digits, 16).ok()).ok_or(NoId(prefix))
}

counted! {
    /// One call: one record. Unique across nodes and restarts (see [`crate::IdSource`]). Never "call id": that is the SIP header.
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

/// A place where a call is parked: the number that is dialled to fetch it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Slot(pub u32);

impl fmt::Display for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl FromStr for Slot {
    type Err = NoSlot;
    fn from_str(text: &str) -> Result<Slot, NoSlot> {
        let plain = !text.is_empty() && !text.starts_with('0') && text.bytes().all(|byte| byte.is_ascii_digit());
        plain.then(|| text.parse().ok()).flatten().map(Slot).ok_or(NoSlot)
    }
}

/// A text that is no number of a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoSlot;

impl fmt::Display for NoSlot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a slot; one is written as its number, like 701")
    }
}

impl std::error::Error for NoSlot {}

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
    /// Whether `sip` asked for it.
    pub const fn is_dialled(self) -> bool {
        self.0 & 1 == 1
    }
}

/// FNV-1a, 64 bits: where a hash begins.
const HASH_BEGIN: u64 = 0xcbf2_9ce4_8422_2325;

const fn hash_on(mut hash: u64, bytes: &[u8]) -> u64 {
    let mut i = 0;
    while i < bytes.len() {
        hash = (hash ^ bytes[i] as u64).wrapping_mul(0x0000_0100_0000_01b3);
        i += 1;
    }
    hash
}

/// With the top bit cleared, so that an id fits a signed database column.
const fn name_hash(tenant: TenantId, name: &str) -> u64 {
    let begin = match tenant.0 {
        0 => HASH_BEGIN,
        // 0xff is in no UTF-8 text: no name of the default tenant is hashed over the same bytes.
        id => hash_on(hash_on(HASH_BEGIN, &id.to_le_bytes()), &[0xff]),
    };
    hash_on(begin, name.as_bytes()) & (u64::MAX >> 1)
}

macro_rules! named {
    ($($(#[$doc:meta])* $name:ident $prefix:literal;)*) => {
        counted! { $($(#[$doc])* $name $prefix;)* }
        $(impl $name {
            /// The id that belongs to the operator's name, in the default tenant.
            pub const fn of(name: &str) -> $name {
                $name::within(TenantId::DEFAULT, name)
            }
            /// The id that belongs to a tenant's name.
            pub const fn within(tenant: TenantId, name: &str) -> $name {
                $name(name_hash(tenant, name))
            }
        })*
    };
}

counted! {
    /// Whose configuration a name stands in.
    TenantId "tenant-";
}

impl TenantId {
    /// The one that is there when nothing is said of tenants.
    pub const DEFAULT: TenantId = TenantId(0);

    /// The tenant of that name.
    pub const fn of(name: &str) -> TenantId {
        TenantId(name_hash(TenantId::DEFAULT, name))
    }
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
    /// A flow, by the configured name.
    FlowId "flow-";
    /// A group of those who ring for one call, by the configured name.
    GroupId "group-";
    /// A conference room, by the configured name.
    RoomId "room-";
    /// Opening hours, by the configured name.
    HoursId "hours-";
    /// A sound file, by its path below the sounds folder.
    PromptId "prompt-";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_named_id_is_stable_and_tells_names_apart() {
        assert_eq!(AgentId::of("alice"), AgentId::of("alice"));
        assert_ne!(AgentId::of("alice"), AgentId::of("alicf"));
    }

    #[test]
    fn names_of_the_default_tenant_hash_as_accounts_have_them() {
        assert_eq!(AgentId::of("alice"), AgentId(5_803_779_529_149_266_183));
        assert_eq!(QueueId::of("support"), QueueId(1_274_936_032_859_025_832));
        assert_eq!(TrunkId::of("acme"), TrunkId(514_768_821_131_075_087));
        assert_eq!(PhoneId::of(""), PhoneId(HASH_BEGIN & (u64::MAX >> 1)));
        assert_eq!(AgentId::within(TenantId::DEFAULT, "alice"), AgentId::of("alice"));
    }

    #[test]
    fn two_tenants_may_use_one_name() {
        let (acme, beta) = (TenantId::of("acme"), TenantId::of("beta"));
        let alices = [TenantId::DEFAULT, acme, beta].map(|tenant| AgentId::within(tenant, "alice"));
        assert!(alices[0] != alices[1] && alices[1] != alices[2] && alices[0] != alices[2], "{alices:?}");
        assert!(alices.iter().all(|id| i64::try_from(id.0).is_ok()), "they fit a database column");
        assert_eq!(AgentId::within(acme, "alice"), AgentId::within(TenantId::of("acme"), "alice"));
    }

    #[test]
    fn an_id_is_read_as_it_is_written() {
        let (call, largest) = (CallRef(0x10_0000_0003), CallRef(u64::MAX));
        assert_eq!([call, largest].map(|call| call.to_string().parse()), [Ok(call), Ok(largest)]);
        for wrong in ["", "c", "17", "l17", "c+1", "c-1", "c1x", "c11112222333344445"] {
            assert_eq!(wrong.parse::<CallRef>(), Err(NoId("c")), "{wrong}");
        }
        let told = NoId("c").to_string();
        assert_eq!(told, "not an id; one is written as c and hexadecimal digits, like c1000000003");
    }

    #[test]
    fn received_and_placed_legs_never_share_an_id() {
        assert_ne!(LegId::inbound(3), LegId::outbound(3));
        assert!(LegId::inbound(3).is_inbound() && !LegId::outbound(3).is_inbound());
    }
}
